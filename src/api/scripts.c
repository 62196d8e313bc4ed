/* /api/configs/jwt-customizer and /api/configs/actions: scripts, stored and given back; those for
 * claims run (oidc/custom_claims.h) and can be tried. */
#include "domain/configs.h"
#include "script/script.h"

/* ---- Rows ---- */

static bool is_text_map(json *value)
{
    size_t i, n;
    json *key, *member;
    yyjson_obj_foreach(value, i, n, key, member)
    {
        if (!yyjson_is_str(member))
            return false;
    }
    return true;
}

#define SCRIPT(needed)                                                                             \
    {.name = STR_INIT("script"),                                                                   \
     .type = FIELD_STRING,                                                                         \
     .flags = FIELD_WRITE | (needed),                                                              \
     .doc = "JavaScript."},                                                                        \
        {.name = STR_INIT("environmentVariables"),                                                 \
         .type = FIELD_MAP,                                                                        \
         .flags = FIELD_WRITE | FIELD_MAYBE | FIELD_SECRET,                                        \
         .check = is_text_map,                                                                     \
         .doc = "Texts that the script is given; encrypted at rest."},
#define SAMPLE(json_name, kind)                                                                    \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = (kind), .flags = FIELD_WRITE | FIELD_MAYBE,           \
        .doc = "Example for the editor."                                                           \
    }

static const struct field customizer_fields[] = {
    SCRIPT(FIELD_REQUIRED) SAMPLE("tokenSample", FIELD_MAP),
    SAMPLE("contextSample", FIELD_MAP),
    {.name = STR_INIT("blockIssuanceOnError"),
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "Whether there is no token when the script fails."},
    FIELDS_END,
};

static const char *const error_policies[] = {"block", "allow", NULL};
static const struct field action_fields[] = {
    SCRIPT(FIELD_REQUIRED) SAMPLE("contextSample", FIELD_ANY),
    {.name = STR_INIT("enabled"),
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "Whether it runs. Scripts of sign-ins are kept, but not run: true is refused."},
    {.name = STR_INIT("onExecutionError"),
     .type = FIELD_ENUM,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .options = error_policies,
     .doc = "What happens to the sign-in when the script fails."},
    FIELDS_END,
};

/* ---- Kinds of scripts ---- */

struct script_kind {
    const char *const *values; /* of the path parameter */
    const char *const *names;  /* of the configs, in the same order */
    const struct field *fields;
};

static const char *const customizer_paths[] = {"access-token", "client-credentials", NULL};
static const char *const customizer_names[] = {CONFIG_JWT_ACCESS_TOKEN, CONFIG_JWT_CREDENTIALS,
                                               NULL};
static const char *const action_names[] = {"action.postFirstFactorVerification",
                                           "action.postSignIn", NULL};
static const struct script_kind customizers = {customizer_paths, customizer_names,
                                               customizer_fields};
static const struct script_kind actions = {action_names, action_names, action_fields};

/* The kind of the route that is asked for. */
static const struct script_kind *kind_of(const struct ctx *ctx)
{
    return str_starts(ctx->route->path, STR("/api/configs/actions")) ? &actions : &customizers;
}

/* The config that the path names; the route's rows let no other through. */
static struct str name_of(const struct ctx *ctx)
{
    const struct script_kind *kind = kind_of(ctx);
    size_t at = 0;
    while (kind->values[at + 1] && !str_eq(str_of(kind->values[at]), ctx->params[0]))
        at++;
    return str_of(kind->names[at]);
}

/* ---- Handlers ---- */

/* What a script keeps in its variables are tokens of other systems, as a rule. */
static void put_config(struct ctx *ctx, json *value)
{
    if (ctx_only_looks(ctx))
        json_put_with(&ctx->answer.json, value, STR("environmentVariables"), STR("{}"));
    else
        json_put_value(&ctx->answer.json, value);
}

static enum err list_scripts(struct ctx *ctx)
{
    const struct script_kind *kind = kind_of(ctx);
    struct json_out *out = &ctx->answer.json;
    enum err err = OK;
    json_open_array(out);
    for (size_t i = 0; !err && kind->names[i]; i++) {
        json *value;
        err = config_find(ctx, str_of(kind->names[i]), &value);
        if (err || !value)
            continue;
        json_open_object(out);
        JSON_STR(out, "key", str_of(kind->names[i]));
        json_key(out, STR("value"));
        put_config(ctx, value);
        json_close_object(out);
    }
    json_close_array(out);
    return err;
}

static enum err find_script(struct ctx *ctx, json **value)
{
    enum err err = config_find(ctx, name_of(ctx), value);
    if (!err && !*value)
        return fail(ctx, ERR_NOT_EXISTS_WITH_ID, "logto_config",
                    arena_cstr(ctx->arena, name_of(ctx)));
    return err;
}

static enum err get_script(struct ctx *ctx)
{
    json *value;
    enum err err = find_script(ctx, &value);
    if (!err)
        put_config(ctx, value);
    return err;
}

/* What issues tokens has the scripts in memory. */
static enum err note(struct ctx *ctx)
{
    return kind_of(ctx) == &customizers ? change_note(ctx, CHANGE_SCRIPTS, name_of(ctx)) : OK;
}

/* One that does not run must not seem to keep somebody out. */
static enum err check_enabled(struct ctx *ctx)
{
    if (kind_of(ctx) == &customizers || !yyjson_is_true(ctx_body(ctx, STR("enabled"))))
        return OK;
    return fail(ctx, ERR_INVALID_INPUT, "scripts of sign-ins are kept, but not run");
}

static enum err store_script(struct ctx *ctx, json *old, bool *made)
{
    enum err refusal = check_enabled(ctx);
    if (refusal)
        return refusal;
    struct str text = config_merge(ctx, kind_of(ctx)->fields, old, ctx->body);
    enum err err = config_put(ctx, name_of(ctx), text, made);
    if (!err)
        err = note(ctx);
    if (!err)
        json_put_raw(&ctx->answer.json, text);
    return err;
}

static enum err put_script(struct ctx *ctx)
{
    bool made = false;
    enum err err = store_script(ctx, NULL, &made);
    if (!err && made)
        ctx->answer.status = 201;
    return err;
}

static enum err patch_script(struct ctx *ctx)
{
    json *old;
    enum err err = find_script(ctx, &old);
    return err ? err : store_script(ctx, old, NULL);
}

static enum err delete_script(struct ctx *ctx)
{
    bool found;
    enum err err = config_delete(ctx, name_of(ctx), &found);
    if (!err)
        err = found ? note(ctx) : fail(ctx, ERR_NOT_FOUND);
    return err;
}

/* ---- Trying a script ---- */

static enum err test_action(struct ctx *ctx)
{
    return fail(ctx, ERR_ACTION_UNAVAILABLE);
}

struct trial {
    struct script_request request;
    struct script_result result;
};

/* On a thread of the pool. */
static void run_trial(void *arg)
{
    struct trial *trial = arg;
    script_run(&trial->request, &trial->result);
}

static void free_trial(void *arg)
{
    struct trial *trial = arg;
    free(trial->result.text);
}

static struct str trial_payload(struct ctx *ctx)
{
    struct buf buf = buf_new(ctx->arena, SCRIPT_REQUEST_MAX);
    struct json_out out = json_out(&buf);
    static const struct str names[] = {STR_INIT("token"), STR_INIT("context"),
                                       STR_INIT("environmentVariables")};
    json_open_object(&out);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        json *value = ctx_body(ctx, names[i]);
        json_key(&out, names[i]);
        if (value)
            json_put_value(&out, value);
        else
            json_put_raw(&out, STR("{}"));
    }
    json_close_object(&out);
    return buf_view(&buf);
}

static enum err start_trial(struct ctx *ctx)
{
    struct trial *trial = ARENA_NEW(ctx->arena, struct trial);
    struct str payload = trial_payload(ctx);
    if (!trial || !payload.p || !arena_defer(ctx->arena, free_trial, trial))
        return fail(ctx, ERR_NO_MEMORY);
    *trial = (struct trial){.request = {json_str(ctx_body(ctx, STR("script"))), payload}};
    return ctx_slow_script(ctx, run_trial, trial);
}

/* {"message"[,"error":{"code":"AccessDenied","message"}]} */
static enum err refuse_trial(struct ctx *ctx, enum err why, struct str message)
{
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "message", message);
    if (why == ERR_SCRIPT_DENIED) {
        json_key(&out, STR("error"));
        json_open_object(&out);
        JSON_STR(&out, "code", STR("AccessDenied"));
        JSON_STR(&out, "message", message);
        json_close_object(&out);
    }
    json_close_object(&out);
    return fail_data(ctx, fail(ctx, why), buf_view(&buf));
}

static enum err test_customizer(struct ctx *ctx)
{
    static const enum err refusals[] = {[SCRIPT_INVALID] = ERR_SCRIPT_INVALID,
                                        [SCRIPT_DENIED] = ERR_SCRIPT_DENIED,
                                        [SCRIPT_FAILED] = ERR_SCRIPT_FAILED};
    if (!ctx->slow.done)
        return start_trial(ctx);
    const struct trial *trial = ctx->slow.arg;
    const struct script_result *result = &trial->result;
    if (!result->text)
        return fail(ctx, ERR_NO_MEMORY);
    struct str text = {result->text, result->length};
    if (result->outcome != SCRIPT_VALUE)
        return refuse_trial(ctx, refusals[result->outcome], text);
    ctx->answer.no_store = true;
    json_put_raw(&ctx->answer.json, text);
    return OK;
}

/* ---- Routes ---- */

static const struct field list_fields[] = {
    {.name = STR_INIT("key"), .type = FIELD_STRING, .doc = "What the script is for."},
    {.name = STR_INIT("value"), .type = FIELD_MAP, .doc = "The script and what belongs to it."},
    FIELDS_END,
};

static const struct field customizer_test_body[] = {
    {.name = STR_INIT("tokenType"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .options = customizer_paths,
     .doc = "Kind of the token."},
    SCRIPT(FIELD_REQUIRED){.name = STR_INIT("token"),
                           .type = FIELD_MAP,
                           .flags = FIELD_CREATE | FIELD_REQUIRED,
                           .doc = "Claims of the token."},
    {.name = STR_INIT("context"),
     .type = FIELD_MAP,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "What else the script is given."},
    FIELDS_END,
};

static const struct field action_test_body[] = {
    SCRIPT(FIELD_REQUIRED){.name = STR_INIT("actionType"),
                           .type = FIELD_ENUM,
                           .flags = FIELD_CREATE | FIELD_REQUIRED,
                           .options = action_names,
                           .doc = "When it runs."},
    {.name = STR_INIT("event"),
     .type = FIELD_ANY,
     .flags = FIELD_CREATE,
     .doc = "What the script is given."},
    FIELDS_END,
};

#define NAME_PARAM(json_name, choices)                                                             \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_ENUM, .flags = FIELD_CREATE | FIELD_REQUIRED,   \
        .options = (choices), .doc = "What the script is for."                                     \
    }
static const struct field customizer_param[] = {NAME_PARAM("tokenTypePath", customizer_paths),
                                                FIELDS_END};
static const struct field action_param[] = {NAME_PARAM("actionType", action_names), FIELDS_END};

#define SCRIPT_ROUTES(base, one, param, fields, patch_mode, test_fields, try_it, what)             \
    {.method = HTTP_M_GET,                                                                         \
     .path = STR_INIT(base),                                                                       \
     .area = "configs",                                                                            \
     .status = 200,                                                                                \
     .reply = REPLY_ARRAY,                                                                         \
     .reply_fields = list_fields,                                                                  \
     .summary = "List the scripts that " what,                                                     \
     .handle = list_scripts},                                                                      \
        {.method = HTTP_M_POST,                                                                    \
         .path = STR_INIT(base "/test"),                                                           \
         .area = "configs",                                                                        \
         .body_mode = BODY_CREATE,                                                                 \
         .body = (test_fields),                                                                    \
         try_it,                                                                                   \
         .summary = "Try a script that is to " what},                                              \
        {.method = HTTP_M_GET,                                                                     \
         .path = STR_INIT(one),                                                                    \
         .params = (param),                                                                        \
         .area = "configs",                                                                        \
         .status = 200,                                                                            \
         .reply = REPLY_OBJECT,                                                                    \
         .reply_fields = (fields),                                                                 \
         .summary = "Get a script that is to " what,                                               \
         .handle = get_script},                                                                    \
        {.method = HTTP_M_PUT,                                                                     \
         .path = STR_INIT(one),                                                                    \
         .params = (param),                                                                        \
         .area = "configs",                                                                        \
         .run = RUN_WRITE,                                                                         \
         .body_mode = BODY_CREATE,                                                                 \
         .body = (fields),                                                                         \
         .status = 200,                                                                            \
         .reply = REPLY_OBJECT,                                                                    \
         .reply_fields = (fields),                                                                 \
         .summary = "Set a script that is to " what,                                               \
         .doc = "201 when there was none.",                                                        \
         .handle = put_script},                                                                    \
        {.method = HTTP_M_PATCH,                                                                   \
         .path = STR_INIT(one),                                                                    \
         .params = (param),                                                                        \
         .area = "configs",                                                                        \
         .run = RUN_WRITE,                                                                         \
         .body_mode = (patch_mode),                                                                \
         .body = (fields),                                                                         \
         .status = 200,                                                                            \
         .reply = REPLY_OBJECT,                                                                    \
         .reply_fields = (fields),                                                                 \
         .summary = "Change a script that is to " what,                                            \
         .handle = patch_script},                                                                  \
    {                                                                                              \
        .method = HTTP_M_DELETE, .path = STR_INIT(one), .params = (param), .area = "configs",      \
        .run = RUN_WRITE, .status = 204, .reply = REPLY_EMPTY,                                     \
        .summary = "Delete a script that is to " what, .handle = delete_script                     \
    }

#define TRY_CUSTOMIZER                                                                             \
    .status = 200, .reply = REPLY_FREE,                                                            \
    .doc = "The claims that it gives; 422 with data.message when it fails, 403 when it denies.",   \
    .handle = test_customizer
#define TRY_ACTION                                                                                 \
    .status = 501, .reply = REPLY_FREE, .doc = "Refused: these scripts are stored, but not run.",  \
    .handle = test_action

ROUTES(scripts) = {
    SCRIPT_ROUTES("/api/configs/jwt-customizer", "/api/configs/jwt-customizer/:tokenTypePath",
                  customizer_param, customizer_fields, BODY_CREATE, customizer_test_body,
                  TRY_CUSTOMIZER, "add claims to tokens"),
    SCRIPT_ROUTES("/api/configs/actions", "/api/configs/actions/:actionType", action_param,
                  action_fields, BODY_UPDATE, action_test_body, TRY_ACTION, "run during a sign-in"),
    ROUTES_END,
};
