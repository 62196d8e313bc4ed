/* /api/my-account/identities and /api/verifications/social: accounts at other providers, linked by
 * the user. */
#include "domain/hooks.h"
#include "domain/user_identities.h"
#include "domain/verification_records.h"
#include "experience/account.h"
#include "experience/social.h"

/* ---- Showing that one has it ---- */

static struct str stored(struct ctx *ctx, const struct verification *what)
{
    struct buf buf = buf_new(ctx->arena, (size_t)128 * 1024);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    social_verification.render(&out, what);
    json_close_object(&out);
    return buf_view(&buf);
}

/* Neither needs a field of the account center: what was shown is worth nothing without /identities.
 */
static enum err enter(struct ctx *ctx)
{
    struct my_account account;
    enum err err = account_open(ctx, &account);
    return err ? err : account_check_first_party(ctx);
}

static enum err start_handle(struct ctx *ctx)
{
    struct social_provider provider;
    struct str url, connector = json_str(ctx_body(ctx, STR("connectorId")));
    struct social_own own = {.connector_id = connector,
                             .trip = {.redirect_uri = json_str(ctx_body(ctx, STR("redirectUri"))),
                                      .state = json_str(ctx_body(ctx, STR("state")))}};
    const struct verification what = {.kind = &social_verification, .own = &own};
    if (!own.trip.redirect_uri.n || !own.trip.state.n)
        return fail(ctx, ERR_INSUFFICIENT_INFO);
    enum err err = enter(ctx);
    if (err || (err = social_open(ctx, connector, &provider)))
        return err;
    own.target = provider.target;
    if ((err = social_start(ctx, &provider, &own.trip, &url)))
        return err;
    struct verification_record record = {
        .type = STR("Social"), .identifier = connector, .data = stored(ctx, &what)};
    if (!record.data.p)
        return fail(ctx, ERR_NO_MEMORY);
    if ((err = verification_record_create(ctx, &record)))
        return err;
    json_open_object(&ctx->answer.json);
    JSON_STR(&ctx->answer.json, "verificationRecordId", record.id);
    JSON_STR(&ctx->answer.json, "authorizationUri", url);
    JSON_STR(&ctx->answer.json, "expiresAt", hook_time(ctx->arena, record.expires_at));
    json_close_object(&ctx->answer.json);
    return OK;
}

static enum err finish(struct ctx *ctx, struct verification_record *record,
                       struct verification *what)
{
    struct social_own *own = what->own;
    struct social_provider provider;
    json *data = ctx_body(ctx, STR("connectorData"));
    struct str code = json_str(json_get(data, STR("code")));
    struct str state = json_str(json_get(data, STR("state")));
    if (record->verified || (state.p && !str_eq_secret(state, own->trip.state)))
        return fail(ctx, ERR_SOCIAL_STATE);
    if (!code.n)
        return fail(ctx, ERR_SOCIAL_CODE);
    enum err err = social_open(ctx, own->connector_id, &provider);
    if (!err)
        err = social_finish(ctx, &provider, &own->trip, code, &own->who);
    if (err)
        return err;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    record->verified = true;
    if ((err = social_keep(ctx, own, provider.keeps_tokens)))
        return err;
    record->data = stored(ctx, what);
    return record->data.p ? verification_record_update(ctx, record) : fail(ctx, ERR_NO_MEMORY);
}

static enum err verify_handle(struct ctx *ctx)
{
    struct verification_record record;
    struct verification what;
    enum err err = enter(ctx);
    if (!err)
        err = verification_record_get(ctx, json_str(ctx_body(ctx, STR("verificationRecordId"))),
                                      STR("Social"), &record);
    if (!err)
        err = social_read_record(ctx, &record, &what);
    if (!err)
        err = finish(ctx, &record, &what);
    if (err)
        return err;
    json_open_object(&ctx->answer.json);
    JSON_STR(&ctx->answer.json, "verificationRecordId", record.id);
    json_close_object(&ctx->answer.json);
    return OK;
}

/* ---- Linking ---- */

static const struct account_need linking = {.field = "social",
                                            .scope = "identities",
                                            .edits = true,
                                            .reverified = true,
                                            .if_possible = true};

/* As Logto says it, a missing scope is another error here. */
static const struct account_need unlinking = {.field = "social",
                                              .scope = "identities",
                                              .scope_error = ERR_ACCOUNT_SCOPE,
                                              .edits = true,
                                              .reverified = true,
                                              .if_possible = true};

static enum err check_new(struct ctx *ctx, const struct my_account *account, struct str target)
{
    json *has = NULL;
    if (ctx->route->method == HTTP_M_PUT)
        return OK;
    if (json_parse(ctx->arena, db_text(&account->user, 0, USER_IDENTITIES), &has, NULL))
        return fail(ctx, ERR_INTERNAL);
    return json_get(has, target) ? fail(ctx, ERR_USER_HAS_IDENTITY) : OK;
}

static enum err link_handle(struct ctx *ctx)
{
    struct my_account account;
    struct verification_record record;
    struct verification what;
    struct str id = json_str(ctx_body(ctx, STR("newIdentifierVerificationRecordId")));
    enum err err = account_enter(ctx, &linking, &account);
    if (!err)
        err = verification_record_consume(ctx, id, STR("Social"), &record);
    if (!err)
        err = social_read_record(ctx, &record, &what);
    if (err)
        return err;
    const struct social_own *own = what.own;
    const struct profile linked = {.target = own->target,
                                   .identity = own->who.id,
                                   .details = own->who.details,
                                   .kept = social_kept(own, false)};
    if ((err = check_new(ctx, &account, own->target)) ||
        (err = profile_write(ctx, &linked, ctx->caller.id)) ||
        (err = user_get(ctx, ctx->caller.id, &account.user)))
        return err;
    return account_tell(ctx, &account.user);
}

static enum err unlink_handle(struct ctx *ctx)
{
    struct my_account account;
    json *has = NULL;
    enum err err = account_enter(ctx, &unlinking, &account);
    if (err)
        return err;
    if (json_parse(ctx->arena, db_text(&account.user, 0, USER_IDENTITIES), &has, NULL))
        return fail(ctx, ERR_INTERNAL);
    if (!json_get(has, ctx->params[0]))
        return fail(ctx, ERR_USER_NO_IDENTITY);
    if ((err = account_check_remaining(ctx, &account, -1)) ||
        (err = user_identity_unlink(ctx, ctx->caller.id, ctx->params[0], &account.user)))
        return err;
    return account_tell(ctx, &account.user);
}

/* ---- Routes ---- */

static const struct field start_body[] = {
    {.name = STR_INIT("connectorId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "The connector to the provider."},
    SOCIAL_TRIP_FIELDS,
    FIELDS_END,
};

static const struct field verify_body[] = {
    {.name = STR_INIT("verificationRecordId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "The record that began."},
    SOCIAL_DATA_FIELD,
    FIELDS_END,
};

static const struct field link_body[] = {
    {.name = STR_INIT("newIdentifierVerificationRecordId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "The verified record of /api/verifications/social; it serves once."},
    FIELDS_END,
};

#define RECORD                                                                                     \
    {                                                                                              \
        .name = STR_INIT("verificationRecordId"), .type = FIELD_STRING,                            \
        .doc = "For /api/my-account/identities."                                                   \
    }
static const struct field start_reply[] = {
    RECORD,
    {.name = STR_INIT("authorizationUri"), .type = FIELD_STRING, .doc = "Where the browser goes."},
    {.name = STR_INIT("expiresAt"), .type = FIELD_STRING, .doc = "ISO 8601; ten minutes from now."},
    FIELDS_END,
};
static const struct field verify_reply[] = {RECORD, FIELDS_END};

#define LINK(method_value, text)                                                                   \
    {                                                                                              \
        .method = method_value, .path = STR_INIT("/api/my-account/identities"),                    \
        .guard = GUARD_USER, .run = RUN_WRITE, .body_mode = BODY_CREATE, .body = link_body,        \
        .status = 204, .reply = REPLY_EMPTY, .summary = text, .doc = "It needs a fresh proof.",    \
        .handle = link_handle                                                                      \
    }

ROUTES(account_identities) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/verifications/social"),
     .guard = GUARD_USER,
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = start_body,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = start_reply,
     .summary = "Begin to show that one has an account at another provider",
     .handle = start_handle},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/verifications/social/verify"),
     .guard = GUARD_USER,
     .body_mode = BODY_CREATE,
     .body = verify_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = verify_reply,
     .summary = "Show that one has an account at another provider",
     .handle = verify_handle},
    LINK(HTTP_M_POST, "Link an account at another provider to one's own"),
    LINK(HTTP_M_PUT, "Link another account at the same provider to one's own"),
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/my-account/identities/:target"),
     .guard = GUARD_USER,
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Unlink an account at another provider from one's own",
     .doc = "It needs a fresh proof, and another way to sign in.",
     .handle = unlink_handle},
    ROUTES_END,
};
