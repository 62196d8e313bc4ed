/* /api/connectors: how messages are sent, and the providers that users sign in with. */
#include "domain/connectors.h"
#include "base/encoding.h"
#include "base/ids.h"
#include "domain/kept_tokens.h"
#include "domain/messages.h"
#include "domain/sign_in_experience.h"

/* ---- Reading ---- */

static enum err put_connector(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    struct json_out *out = &ctx->answer.json;
    struct str id = db_text(rows, row, CONNECTOR_ID), config;
    json *metadata;
    const struct connector_factory *factory =
        connector_factory_find(db_text(rows, row, CONNECTOR_FACTORY));
    enum err err = connector_open_config(ctx, id, db_text(rows, row, CONNECTOR_SEALED), &config);
    if (err)
        return err;
    if (!factory || json_parse(ctx->arena, db_text(rows, row, CONNECTOR_METADATA), &metadata, NULL))
        return fail(ctx, ERR_INTERNAL);
    json_open_object(out);
    JSON_STR(out, "id", id);
    JSON_BOOL(out, "syncProfile", db_int(rows, row, CONNECTOR_SYNC) != 0);
    JSON_BOOL(out, "enableTokenStorage", db_int(rows, row, CONNECTOR_TOKENS) != 0);
    JSON_RAW(out, "config", ctx_only_looks(ctx) ? STR("{}") : config);
    JSON_RAW(out, "metadata", db_text(rows, row, CONNECTOR_METADATA));
    JSON_STR(out, "connectorId", str_of(factory->id));
    connector_put_metadata(out, factory, metadata, false);
    JSON_STR(out, "type", str_of(factory->type));
    JSON_BOOL(out, "isDemo", false);
    JSON_RAW(out, "extraInfo", STR("{}"));
    json_close_object(out);
    ctx->answer.no_store = true;
    return OK;
}

static enum err list_connectors(struct ctx *ctx)
{
    struct db_rows rows;
    struct db_value target = db_text_value(ctx_query(ctx, STR("target")));
    const struct crud_filter filter = {"target = $1", &target, 1};
    enum err err = entity_list(ctx, &connector_entity, &filter, target.s.n ? 1 : 0, &rows);
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; !err && i < rows.count; i++)
        err = put_connector(ctx, &rows, i);
    json_close_array(&ctx->answer.json);
    return err;
}

static enum err answer_connector(struct ctx *ctx, struct str id)
{
    struct db_rows rows;
    enum err err = connector_get(ctx, id, &rows);
    return err ? err : put_connector(ctx, &rows, 0);
}

static enum err get_connector(struct ctx *ctx)
{
    return answer_connector(ctx, ctx->params[0]);
}

/* ---- Writing ---- */

static bool is_social(const struct connector_factory *factory)
{
    return strcmp(factory->type, "Social") == 0;
}

static enum err check_social(struct ctx *ctx, const struct connector_factory *factory,
                             struct str target)
{
    struct db_rows rows;
    bool given = json_str(json_get(ctx_body(ctx, STR("metadata")), STR("target"))).n != 0;
    if (factory->standard && !given)
        return fail(ctx, ERR_CONNECTOR_TARGET);
    if (!factory->standard && ctx_body(ctx, STR("metadata")))
        return fail(ctx, ERR_CONNECTOR_METADATA);
    enum err err = db_query(ctx->db, "SELECT connector_id FROM connectors WHERE connector_id = $1",
                            DB_PARAMS(db_text_value(str_of(factory->id))), ctx->arena, &rows);
    if (!err && rows.count && !factory->standard)
        return fail(ctx, ERR_CONNECTOR_INSTANCES);
    if (!err)
        err = db_query(ctx->db, "SELECT connector_id FROM connectors WHERE target = $1",
                       DB_PARAMS(db_text_value(target)), ctx->arena, &rows);
    for (size_t i = 0; !err && i < rows.count; i++) {
        const struct connector_factory *other = connector_factory_find(db_text(&rows, i, 0));
        if (other && other->platform && str_eq(str_of(other->platform), str_of(factory->platform)))
            return fail(ctx, ERR_CONNECTOR_SAME_TARGET);
    }
    return err;
}

static enum err check_tokens(struct ctx *ctx, const struct connector_factory *factory)
{
    if (yyjson_is_true(ctx_body(ctx, STR("syncProfile"))) && !is_social(factory) &&
        ctx->route->body_mode == BODY_UPDATE)
        return fail(ctx, ERR_CONNECTOR_SYNC);
    if (yyjson_is_true(ctx_body(ctx, STR("enableTokenStorage"))) && !factory->keeps_tokens)
        return fail(ctx, ERR_CONNECTOR_TOKENS);
    return OK;
}

/* There is one connector for email, and one for text messages: a new one takes its place. */
static enum err make_room(struct ctx *ctx, const struct connector_factory *factory)
{
    return is_social(factory) ? OK
                              : db_exec(ctx->db, "DELETE FROM connectors WHERE type = $1",
                                        DB_PARAMS(db_text_value(str_of(factory->type))), NULL);
}

static const struct field metadata_field;

static enum err insert_connector(struct ctx *ctx, const struct connector_factory *factory,
                                 struct str target)
{
    struct db_rows rows;
    char made[ID_SHORT_LENGTH];
    struct str id = json_str(ctx_body(ctx, STR("id"))), sealed;
    json *config = ctx_body(ctx, STR("config"));
    struct str metadata = field_clean(&metadata_field, ctx_body(ctx, STR("metadata")), ctx->arena);
    id_random(made, sizeof(made));
    if (!id.n)
        id = arena_str(ctx->arena, (struct str){made, sizeof(made)});
    enum err err =
        connector_seal_config(ctx, id, config ? json_text(ctx->arena, config) : STR("{}"), &sealed);
    if (err)
        return err;
    const struct crud_set sets[] = {
        {"id", db_text_value(id)},
        {"connector_id", db_text_value(str_of(factory->id))},
        {"type", db_text_value(str_of(factory->type))},
        {"target", db_text_value(target)},
        {"sealed_config", db_text_value(sealed)},
        {"metadata", db_text_value(metadata.p ? metadata : STR("{}"))},
        {"created_at", db_int_value(ctx->now)},
    };
    err = crud_insert(ctx->db, &connector_entity, ctx->body, sets, sizeof(sets) / sizeof(*sets),
                      ctx->arena, &rows);
    if (err == ERR_DB_UNIQUE)
        return fail(ctx, ERR_DB_UNIQUE);
    return err ? err : put_connector(ctx, &rows, 0);
}

static enum err create_connector(struct ctx *ctx)
{
    json *config = ctx_body(ctx, STR("config"));
    struct str target = json_str(json_get(ctx_body(ctx, STR("metadata")), STR("target")));
    const struct connector_factory *factory =
        connector_factory_find(json_str(ctx_body(ctx, STR("connectorId"))));
    if (!factory)
        return fail(ctx, ERR_CONNECTOR_UNKNOWN);
    if (!target.n)
        target = str_of(factory->target);
    enum err err = is_social(factory) ? check_social(ctx, factory, target) : OK;
    if (!err && config)
        err = connector_check_config(ctx, factory, config);
    if (!err)
        err = check_tokens(ctx, factory);
    if (!err)
        err = make_room(ctx, factory);
    return err ? err : insert_connector(ctx, factory, target);
}

static enum err check_patch(struct ctx *ctx, const struct connector_factory *factory,
                            struct str target)
{
    json *metadata = ctx_body(ctx, STR("metadata")), *config = ctx_body(ctx, STR("config"));
    if (metadata && !factory->standard)
        return fail(ctx, ERR_CONNECTOR_METADATA);
    if (metadata && !str_eq(json_str(json_get(metadata, STR("target"))), target))
        return fail(ctx, ERR_CONNECTOR_TARGET_FIXED);
    enum err err = check_tokens(ctx, factory);
    return err || !config ? err : connector_check_config(ctx, factory, config);
}

static enum err patch_connector(struct ctx *ctx)
{
    struct db_rows rows;
    struct crud_set sets[2];
    size_t count = 0;
    bool nothing;
    json *config = ctx_body(ctx, STR("config")), *metadata = ctx_body(ctx, STR("metadata"));
    struct str sealed;
    enum err err = connector_get(ctx, ctx->params[0], &rows);
    if (err)
        return err;
    const struct connector_factory *factory =
        connector_factory_find(db_text(&rows, 0, CONNECTOR_FACTORY));
    if (!factory)
        return fail(ctx, ERR_INTERNAL);
    err = check_patch(ctx, factory, db_text(&rows, 0, CONNECTOR_TARGET));
    if (!err && config) {
        err = connector_seal_config(ctx, ctx->params[0], json_text(ctx->arena, config), &sealed);
        sets[count++] = (struct crud_set){"sealed_config", db_text_value(sealed)};
    }
    if (metadata)
        sets[count++] = (struct crud_set){
            "metadata", db_text_value(field_clean(&metadata_field, metadata, ctx->arena))};
    if (!err)
        err = crud_update(ctx->db, &connector_entity, ctx->params[0], ctx->body, sets, count,
                          ctx->arena, &rows, &nothing);
    if (!err && yyjson_is_false(ctx_body(ctx, STR("enableTokenStorage"))))
        err = kept_tokens_forget(ctx, false, ctx->params[0]);
    return err ? err : answer_connector(ctx, ctx->params[0]);
}

/* Passwords that expire need a way to set a new one. */
static enum err check_needed(struct ctx *ctx)
{
    struct db_rows rows;
    struct sign_in_means means;
    json *expiration, *methods;
    enum err err = sign_in_experience_get(ctx, &rows);
    if (!err)
        err = sign_in_experience_json(ctx, &rows, STR("passwordExpiration"), &expiration);
    if (!err)
        err = sign_in_experience_json(ctx, &rows, STR("forgotPasswordMethods"), &methods);
    if (err || !yyjson_is_true(json_get(expiration, STR("enabled"))))
        return err;
    err = connectors_find_means(ctx, &means);
    return err || sign_in_can_reset(methods, means) ? err : fail(ctx, ERR_SIE_EXPIRATION_FORGOTTEN);
}

/* The sign-in pages no longer offer it. */
static enum err forget_target(struct ctx *ctx)
{
    struct db_rows rows;
    json *targets;
    struct str text;
    enum err err = sign_in_experience_get(ctx, &rows);
    if (!err)
        err = sign_in_experience_json(ctx, &rows, STR("socialSignInConnectorTargets"), &targets);
    if (!err)
        err = connectors_filter_targets(ctx, targets, &text);
    return err ? err
               : db_exec(ctx->db,
                         "UPDATE sign_in_experiences SET social_sign_in_connector_targets = $1",
                         DB_PARAMS(db_text_value(text)), NULL);
}

static enum err delete_connector(struct ctx *ctx)
{
    bool found;
    enum err err = crud_delete(ctx->db, &connector_entity, ctx->params[0], &found);
    if (!err && !found)
        return fail(ctx, ERR_NOT_FOUND);
    if (!err)
        err = check_needed(ctx);
    return err ? err : forget_target(ctx);
}

/* ---- Using ---- */

static enum err authorization_uri(struct ctx *ctx)
{
    struct db_rows rows;
    struct str config_text, state = json_str(ctx_body(ctx, STR("state")));
    struct str redirect = json_str(ctx_body(ctx, STR("redirectUri")));
    json *config;
    if (!state.n || !redirect.n)
        return fail(ctx, ERR_INSUFFICIENT_INFO);
    enum err err = connector_get(ctx, ctx->params[0], &rows);
    if (err)
        return err;
    const struct connector_factory *factory =
        connector_factory_find(db_text(&rows, 0, CONNECTOR_FACTORY));
    if (!factory || !is_social(factory))
        return fail(ctx, ERR_CONNECTOR_TYPE);
    if (!factory->authorization_url)
        return fail(ctx, ERR_CONNECTOR_UNAVAILABLE);
    err = connector_open_config(ctx, ctx->params[0], db_text(&rows, 0, CONNECTOR_SEALED),
                                &config_text);
    if (err)
        return err;
    if (json_parse(ctx->arena, config_text, &config, NULL))
        return fail(ctx, ERR_INTERNAL);
    struct str scope = json_str(json_get(config, STR("scope")));
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    buf_printf(&buf, "%s?response_type=code&client_id=", factory->authorization_url);
    percent_encode(&buf, json_str(json_get(config, STR("clientId"))));
    BUF_LIT(&buf, "&redirect_uri=");
    percent_encode(&buf, redirect);
    BUF_LIT(&buf, "&state=");
    percent_encode(&buf, state);
    BUF_LIT(&buf, "&scope=");
    percent_encode(&buf, scope.n ? scope : str_of(factory->scope));
    json_open_object(&ctx->answer.json);
    JSON_STR(&ctx->answer.json, "redirectTo", buf_view(&buf));
    json_close_object(&ctx->answer.json);
    return OK;
}

/* ---- Trying a config ---- */

static void run_trial(void *arg)
{
    outgoing_send(arg);
}

static enum err start_trial(struct ctx *ctx, const struct connector_factory *factory,
                            const struct message *message)
{
    struct str text;
    struct outgoing *out = ARENA_NEW(ctx->arena, struct outgoing);
    struct str config = json_text(ctx->arena, ctx_body(ctx, STR("config")));
    if (!out || !config.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = message_text(ctx, message, &text);
    if (err)
        return err;
    const char *why = message_request(ctx->arena, factory, config, text, out);
    out->allow_private = ctx->tenant->config->connector_private_addresses;
    return why ? fail(ctx, ERR_CONNECTOR_SEND, why) : ctx_slow(ctx, run_trial, out);
}

static enum err end_trial(struct ctx *ctx)
{
    const struct outgoing *out = ctx->slow.arg;
    if (out->status >= 200 && out->status < 300)
        return OK;
    return fail(ctx, ERR_CONNECTOR_SEND, out->error ? out->error : "the receiver refused it");
}

static enum err test_connector(struct ctx *ctx)
{
    const struct connector_factory *factory = connector_factory_find(ctx->params[0]);
    struct str phone = json_str(ctx_body(ctx, STR("phone")));
    struct message message = {.usage = "Generic",
                              .to = phone.n ? phone : json_str(ctx_body(ctx, STR("email"))),
                              .by_phone = phone.n != 0,
                              .code = STR("000000"),
                              .locale = json_str(ctx_body(ctx, STR("locale")))};
    if (!message.to.n)
        return fail_text(ctx, ERR_INVALID_BODY, "name an email address or a phone number");
    if (!factory || is_social(factory))
        return fail(ctx, ERR_CONNECTOR_NONE, phone.n ? "Sms" : "Email");
    if (strcmp(factory->type, phone.n ? "Sms" : "Email") != 0)
        return fail(ctx, ERR_CONNECTOR_TYPE);
    enum err err = connector_check_config(ctx, factory, ctx_body(ctx, STR("config")));
    if (err)
        return err;
    if (!message_is_supported(factory))
        return fail(ctx, ERR_CONNECTOR_UNAVAILABLE);
    return ctx->slow.done ? end_trial(ctx) : start_trial(ctx, factory, &message);
}

/* ---- Routes ---- */

#define METADATA_TEXT(json_name, text)                                                             \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_STRING, .flags = FIELD_WRITE | FIELD_MAYBE,     \
        .doc = (text)                                                                              \
    }
static const struct field metadata[] = {
    METADATA_TEXT("target", "The provider; fixed once it is there."),
    {.name = STR_INIT("name"),
     .type = FIELD_MAP,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "Name by language."},
    METADATA_TEXT("logo", "Address of the logo."),
    METADATA_TEXT("logoDark", "The same on a dark ground."),
    FIELDS_END,
};
static const struct field metadata_field = {.type = FIELD_OBJECT, .fields = metadata};

static const char *const types[] = {"Email", "Sms", "Social", NULL};
static const struct field form_item = {.type = FIELD_MAP};

#define SHOWN(json_name, kind, extra, text)                                                        \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = (kind), .flags = (extra), .doc = (text)               \
    }

static const struct field connector_fields[] = {
    {.name = STR_INIT("id"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .max = 128,
     .doc = "Identifier; made up when the body has none."},
    {.name = STR_INIT("syncProfile"),
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE,
     .doc = "Whether each sign-in takes name and picture over from the provider."},
    {.name = STR_INIT("enableTokenStorage"),
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE,
     .doc = "Whether the provider's tokens are kept."},
    {.name = STR_INIT("config"),
     .type = FIELD_MAP,
     .flags = FIELD_WRITE | FIELD_SECRET,
     .doc = "What the form items of its kind say; encrypted at rest."},
    {.name = STR_INIT("metadata"),
     .type = FIELD_OBJECT,
     .flags = FIELD_WRITE,
     .fields = metadata,
     .doc = "Of a standard connector: what makes it one of its own."},
    {.name = STR_INIT("connectorId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .max = 128,
     .doc = "Its kind."},
    SHOWN("target", FIELD_STRING, 0, "The provider."),
    SHOWN("name", FIELD_MAP, 0, "Name by language."),
    SHOWN("description", FIELD_MAP, 0, "What it does, by language."),
    SHOWN("logo", FIELD_STRING, 0, "Address of the logo."),
    SHOWN("logoDark", FIELD_STRING, FIELD_NULLABLE, "The same on a dark ground."),
    SHOWN("readme", FIELD_STRING, 0, "How to set it up."),
    {.name = STR_INIT("formItems"),
     .type = FIELD_ARRAY,
     .item = &form_item,
     .doc = "What its config is made of."},
    SHOWN("platform", FIELD_STRING, FIELD_NULLABLE, "Where a provider of sign-in works."),
    SHOWN("isStandard", FIELD_BOOL, FIELD_MAYBE, "Whether there may be several."),
    SHOWN("isTokenStorageSupported", FIELD_BOOL, FIELD_MAYBE, "Whether tokens can be kept."),
    {.name = STR_INIT("type"), .type = FIELD_ENUM, .options = types, .doc = "What it is for."},
    SHOWN("isDemo", FIELD_BOOL, 0, "Always false."),
    SHOWN("extraInfo", FIELD_MAP, 0, "Always empty."),
    FIELDS_END,
};

static const struct field list_query[] = {
    {.name = STR_INIT("target"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Only those of this provider."},
    FIELDS_END,
};

#define BODY_TEXT(json_name, extra, text)                                                          \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_STRING, .flags = FIELD_CREATE | (extra),        \
        .doc = (text)                                                                              \
    }
static const struct field uri_body[] = {
    BODY_TEXT("state", FIELD_REQUIRED, "Comes back with the answer."),
    BODY_TEXT("redirectUri", FIELD_REQUIRED, "Where the answer goes."),
    FIELDS_END,
};
static const struct field uri_reply[] = {
    {.name = STR_INIT("redirectTo"), .type = FIELD_STRING, .doc = "Where to send the browser."},
    FIELDS_END,
};

static bool is_phone(json *value)
{
    struct str s = json_str(value);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    }
    return s.n != 0;
}

static const struct field test_body[] = {
    {.name = STR_INIT("phone"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .check = is_phone,
     .format = "regex",
     .doc = "Number to send to."},
    {.name = STR_INIT("email"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .check = field_is_email,
     .format = "regex",
     .doc = "Address to send to."},
    {.name = STR_INIT("config"),
     .type = FIELD_MAP,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_SECRET,
     .doc = "The config to try."},
    BODY_TEXT("locale", 0, "Language of the message."),
    FIELDS_END,
};

ROUTES(connectors) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/connectors"),
     .area = "connectors",
     .query = list_query,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = connector_fields,
     .summary = "List connectors",
     .handle = list_connectors},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/connectors"),
     .area = "connectors",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = connector_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = connector_fields,
     .summary = "Set up a connector",
     .doc = "For email and text messages it takes the place of the one that was there.",
     .handle = create_connector},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/connectors/:id"),
     .area = "connectors",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = connector_fields,
     .summary = "Get a connector",
     .handle = get_connector},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/connectors/:id"),
     .area = "connectors",
     .run = RUN_WRITE,
     .body_mode = BODY_UPDATE,
     .body = connector_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = connector_fields,
     .summary = "Change a connector",
     .handle = patch_connector},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/connectors/:id"),
     .area = "connectors",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete a connector",
     .handle = delete_connector},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/connectors/:connectorId/authorization-uri"),
     .area = "connectors",
     .safe = true,
     .body_mode = BODY_CREATE,
     .body = uri_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = uri_reply,
     .summary = "Get the address to sign in at a provider",
     .handle = authorization_uri},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/connectors/:factoryId/test"),
     .area = "connectors",
     .body_mode = BODY_CREATE,
     .body = test_body,
     .sends = true,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Try a config by sending a message",
     .handle = test_connector},
    ROUTES_END,
};
