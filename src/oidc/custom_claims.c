/* Asking the tenant's script for claims. */
#include "oidc/custom_claims.h"

#include "base/log.h"
#include "script/script.h"

#define MAX_MESSAGE ((size_t)512) /* bytes of what a script says that are passed on */

/* One run of the script; lives in the request's arena. */
struct question {
    struct script_request request;
    struct script_result result;
    struct str jti;
    bool machine, blocks;
};

/* Claims that are the server's own, RFC 9068 2.2 and what Logto puts there. */
static const char *const reserved[] = {
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "client_id", "act", "organization_id",
    "cnf", NULL};

/* On a thread of the pool. */
static void run(void *arg)
{
    struct question *question = arg;
    script_run(&question->request, &question->result);
}

static void free_result(void *arg)
{
    struct question *question = arg;
    free(question->result.text);
}

static struct str render_payload(struct ctx *ctx, const struct script_entry *script,
                                 struct str token, struct str context)
{
    struct buf buf = buf_new(ctx->arena, SCRIPT_REQUEST_MAX);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_RAW(&out, "token", token);
    JSON_RAW(&out, "context", context);
    JSON_RAW(&out, "environmentVariables", script->environment);
    json_close_object(&out);
    return buf_view(&buf);
}

enum err custom_claims_ask(struct ctx *ctx, const struct script_entry *script,
                           const struct issuance *what, struct str jti, struct str token)
{
    struct str context;
    if (!ctx->db)
        return ERR_NEEDS_WRITER;
    enum err err = script_context(ctx, what, &context);
    if (err)
        return err;
    struct question *question = ARENA_NEW(ctx->arena, struct question);
    struct str payload = render_payload(ctx, script, token, context);
    if (!question || !payload.p || !arena_defer(ctx->arena, free_result, question))
        return fail(ctx, ERR_NO_MEMORY);
    *question = (struct question){.request = {arena_str(ctx->arena, script->script), payload},
                                  .jti = jti,
                                  .machine = !what->user_id.p,
                                  .blocks = script->blocks};
    return question->request.script.p ? ctx_slow_script(ctx, run, question)
                                      : fail(ctx, ERR_NO_MEMORY);
}

bool custom_claims_are_there(const struct ctx *ctx)
{
    return ctx->slow.done && ctx->slow.run == run;
}

/* ---- The answer ---- */

static struct question *question_of(const struct ctx *ctx)
{
    return ctx->slow.arg;
}

static struct str text_of(const struct script_result *result, size_t max)
{
    struct str text = {result->text ? result->text : "memory is out", result->length};
    if (!result->text)
        text.n = strlen(text.p);
    if (text.n > max)
        text.n = max;
    while (text.n && !str_is_utf8(text)) /* cut inside a character */
        text.n--;
    return text;
}

static bool is_reserved(struct str name)
{
    for (size_t i = 0; reserved[i]; i++) {
        if (str_eq(name, str_of(reserved[i])))
            return true;
    }
    return false;
}

static enum err put_members(struct ctx *ctx, struct str text, struct str *members)
{
    json *object, *name, *value;
    size_t i, n;
    struct buf buf = buf_new(ctx->arena, SCRIPT_RESPONSE_MAX * 2);
    struct json_out out = json_out(&buf);
    if (json_parse(ctx->arena, text, &object, NULL) || !yyjson_is_obj(object))
        return fail(ctx, ERR_NO_MEMORY); /* script_run has read it already */
    yyjson_obj_foreach(object, i, n, name, value)
    {
        if (is_reserved(json_str(name)))
            continue;
        json_key_escaped(&out, json_str(name));
        json_put_value(&out, value);
    }
    if (buf.n)
        buf_byte(&buf, ',');
    if (buf.failed)
        return fail(ctx, ERR_NO_MEMORY);
    *members = buf.n ? buf_view(&buf) : STR("");
    return OK;
}

static enum err go_without(struct ctx *ctx, const struct question *question)
{
    struct str said = text_of(&question->result, MAX_MESSAGE);
    log_warn("tenant %.*s: the script for claims of %s failed", STR_ARG(ctx->tenant->id),
             question->machine ? "machines' tokens" : "users' tokens");
    return question->blocks ? fail_text(ctx, ERR_OAUTH_INVALID_REQUEST,
                                        "Custom claims script error: %.*s", STR_ARG(said))
                            : OK;
}

enum err custom_claims_drop(struct ctx *ctx, const char *why, struct custom_claims *claims)
{
    struct question *question = question_of(ctx);
    free(question->result.text);
    question->result = (struct script_result){SCRIPT_FAILED, strdup(why), strlen(why)};
    claims->members = STR("");
    return go_without(ctx, question);
}

enum err custom_claims_get(struct ctx *ctx, struct custom_claims *out)
{
    const struct question *question = question_of(ctx);
    const struct script_result *result = &question->result;
    struct str said = text_of(result, MAX_MESSAGE);
    *out = (struct custom_claims){.members = STR(""), .jti = question->jti};
    switch (result->outcome) {
    case SCRIPT_VALUE:
        return put_members(ctx, text_of(result, SCRIPT_RESPONSE_MAX), &out->members);
    case SCRIPT_DENIED:
        return fail(ctx, ERR_OAUTH_SCRIPT_DENIED, arena_cstr(ctx->arena, said));
    case SCRIPT_INVALID:
    case SCRIPT_FAILED:
        break;
    }
    return go_without(ctx, question);
}

void custom_claims_audit(const struct ctx *ctx, struct json_out *out)
{
    if (!custom_claims_are_there(ctx))
        return;
    const struct question *question = question_of(ctx);
    json_key(out, STR("jwtCustomizer"));
    json_open_object(out);
    JSON_STR(out, "key",
             question->machine ? STR("JwtCustomizer.ClientCredentials")
                               : STR("JwtCustomizer.AccessToken"));
    JSON_STR(out, "result",
             question->result.outcome == SCRIPT_VALUE ? STR("Success") : STR("Error"));
    if (question->result.outcome != SCRIPT_VALUE)
        JSON_STR(out, "error", text_of(&question->result, MAX_MESSAGE));
    json_close_object(out);
}
