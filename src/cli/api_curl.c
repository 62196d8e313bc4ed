/* The curl command of a request. */
#include "cli/api.h"
#include "cli/cli.h"

#define TEXT_MAX ((size_t)128 << 20)

/* text as one word of a shell; with variable, $TOKEN in it is left for the shell to fill. */
static void put_word(struct buf *buf, struct str text, bool variable)
{
    char quote = variable ? '"' : '\'';
    buf_byte(buf, quote);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool dollar = c == '$' && !str_starts(str_from(text, i), STR("$TOKEN"));
        if (variable && (c == '"' || c == '\\' || c == '`' || dollar))
            buf_byte(buf, '\\');
        if (!variable && c == '\'')
            BUF_LIT(buf, "'\\'");
        buf_byte(buf, c);
    }
    buf_byte(buf, quote);
}

int api_print_curl(struct api *api)
{
    struct http_call call;
    bool shown = args_has(&api->args, "--show-secrets");
    int status = shown ? renewal_run(&api->store, &api->profile, false) : CLI_OK;
    if (!status)
        status = api_call(api, api->url, shown, &call);
    if (status)
        return status;
    struct buf buf = buf_new(api->arena, TEXT_MAX);
    buf_printf(&buf, "curl -X %s", api->method);
    if (strcmp(api->method, "HEAD") == 0)
        BUF_LIT(&buf, " --head");
    if (call.ca_file) {
        BUF_LIT(&buf, " --cacert ");
        put_word(&buf, str_of(call.ca_file), false);
    }
    for (size_t i = 0; i < call.header_count; i++) {
        BUF_LIT(&buf, " -H ");
        bool token = !shown && str_ends(call.headers[i], STR("$TOKEN"));
        put_word(&buf, call.headers[i], token);
    }
    if (call.body.p) {
        BUF_LIT(&buf, " --data-binary ");
        put_word(&buf, call.body, false);
    }
    buf_byte(&buf, ' ');
    put_word(&buf, call.url, !shown && str_ends(call.url, STR("=$TOKEN")));
    struct str text = buf_view(&buf);
    if (!text.p)
        return cli_fail("the body is too large");
    printf("%.*s\n", STR_ARG(text));
    return CLI_OK;
}
