/* The words of signet init: names and order are those of Postman's form for OAuth 2.0. */
#include "cli/init_print.h"

#include <stdio.h>

#include "base/json.h"

#define TEXT_MAX ((size_t)64 * 1024)

static struct str invitation_url(const struct cli *cli, const struct init_result *result)
{
    if (!result->invitation.p)
        return STR_NONE;
    return arena_printf(cli->arena, "%.*s/console/register?token=%.*s",
                        STR_ARG(cli->tenants[TENANT_ADMIN]->endpoint), STR_ARG(result->invitation));
}

static struct str token_url(const struct cli *cli)
{
    return arena_printf(cli->arena, "%.*s/token", STR_ARG(cli->tenants[TENANT_DEFAULT]->issuer));
}

static int print_json(const struct cli *cli, const struct init_result *result)
{
    const struct tenant *tenant = cli->tenants[TENANT_DEFAULT];
    struct buf buf = buf_new(cli->arena, TEXT_MAX);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "endpoint", tenant->endpoint);
    JSON_STR(&out, "adminEndpoint", cli->tenants[TENANT_ADMIN]->endpoint);
    JSON_STR(&out, "tokenUrl", token_url(cli));
    JSON_STR(&out, "clientId", result->client_id);
    JSON_STR(&out, "clientSecret", result->client_secret);
    JSON_STR(&out, "scope", result->scope);
    JSON_STR(&out, "resource", tenant->management_resource);
    JSON_STR(&out, "invitationUrl", invitation_url(cli, result));
    json_close_object(&out);
    if (buf.failed)
        return cli_fail("memory is out");
    printf("%.*s\n", (int)buf.n, buf.p);
    return CLI_OK;
}

static void row(const char *name, struct str value)
{
    printf("  %-22s %.*s\n", name, STR_ARG(value));
}

/* text as one word of a shell. */
static struct str quoted(struct arena *arena, struct str text)
{
    struct buf buf = buf_new(arena, TEXT_MAX);
    buf_byte(&buf, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\'')
            BUF_LIT(&buf, "'\\'");
        buf_byte(&buf, text.p[i]);
    }
    buf_byte(&buf, '\'');
    return buf_view(&buf);
}

/* Two lines to paste into a shell. */
static void print_curl(const struct cli *cli, const struct init_result *result)
{
    const struct tenant *tenant = cli->tenants[TENANT_DEFAULT];
    struct arena *arena = cli->arena;
    struct str secret = result->client_secret.p ? result->client_secret : STR("CLIENT_SECRET");
    struct str user = arena_printf(arena, "%.*s:%.*s", STR_ARG(result->client_id), STR_ARG(secret));
    struct str scope = arena_printf(arena, "scope=%.*s", STR_ARG(result->scope));
    struct str list = arena_printf(arena, "%.*s/api/applications", STR_ARG(tenant->endpoint));
    printf("\nGet a token, and list the applications with it:\n\n");
    printf("  TOKEN=$(curl -s -u %.*s -d grant_type=client_credentials -d %.*s "
           "-d resource=%.*s %.*s | sed -n 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/p')\n",
           STR_ARG(quoted(arena, user)), STR_ARG(quoted(arena, scope)),
           STR_ARG(tenant->management_resource), STR_ARG(quoted(arena, token_url(cli))));
    printf("  curl -s -H \"Authorization: Bearer $TOKEN\" %.*s\n", STR_ARG(quoted(arena, list)));
}

static void print_client(const struct cli *cli, const struct init_result *result)
{
    if (!result->client_id.p) {
        printf("The quick-start client was deleted; signet init --new-secret makes it again.\n");
        return;
    }
    printf("Access to the Management API, as Postman's form for OAuth 2.0 asks for it:\n\n");
    row("Grant type", STR("Client Credentials"));
    row("Access Token URL", token_url(cli));
    row("Client ID", result->client_id);
    row("Client Secret", result->client_secret.p
                             ? result->client_secret
                             : STR("(made earlier; signet init --new-secret adds one)"));
    row("Scope", result->scope.n
                     ? result->scope
                     : STR("(none any more; signet init --new-secret gives it access again)"));
    row("Client Authentication", STR("Send as Basic Auth header"));
    row("resource", cli->tenants[TENANT_DEFAULT]->management_resource);
    printf("\n  (resource is an Advanced option: Token Request, sent in the request body)\n");
}

int init_print(const struct cli *cli, const struct init_result *result, bool as_json)
{
    if (as_json)
        return print_json(cli, result);
    print_client(cli, result);
    printf("\nThe operator's first sign-in, valid once and for %lld minutes:\n\n",
           (long long)(result->invitation_ms / 60000));
    if (result->invitation.p)
        printf("  %.*s\n", STR_ARG(invitation_url(cli, result)));
    else
        printf("  the invitation of SIGNET_BOOTSTRAP was used already\n");
    if (result->client_id.p && result->scope.n)
        print_curl(cli, result);
    return CLI_OK;
}
