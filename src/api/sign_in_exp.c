/* /api/sign-in-exp: how users sign up and sign in. */
#include "domain/connectors.h"
#include "domain/password_policy.h"
#include "domain/profile_fields.h"
#include "domain/sign_in_experience.h"
#include "domain/sign_in_rules.h"
#include "domain/users.h"

/* ---- Reading ---- */

static enum err get_experience(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = sign_in_experience_get(ctx, &rows);
    if (!err)
        entity_answer(ctx, &sign_in_experience_entity, &rows, 0);
    return err;
}

#define CASE_GROUPS                                                                                \
    "FROM users WHERE username IS NOT NULL GROUP BY lower(username) HAVING count(*) > 1"

static enum err count_conflicts(struct ctx *ctx, int64_t *count)
{
    struct db_rows rows;
    enum err err =
        db_query(ctx->db, "SELECT count(*) FROM (SELECT lower(username) AS name " CASE_GROUPS ") g",
                 DB_NO_PARAMS, ctx->arena, &rows);
    if (!err)
        *count = db_int(&rows, 0, 0);
    return err;
}

static enum err put_conflict(struct ctx *ctx, struct str name)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    enum err err =
        db_query(ctx->db, "SELECT id FROM users WHERE lower(username) = $1 ORDER BY created_at, id",
                 DB_PARAMS(db_text_value(name)), ctx->arena, &rows);
    json_open_object(out);
    JSON_STR(out, "usernameLower", name);
    json_key(out, STR("userIds"));
    json_open_array(out);
    for (size_t i = 0; !err && i < rows.count; i++)
        json_put_str(out, db_text(&rows, i, 0));
    json_close_array(out);
    json_close_object(out);
    return err;
}

static enum err list_conflicts(struct ctx *ctx)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    int64_t total, limit = 20;
    if (json_get(ctx->query, STR("limit")))
        field_int(json_get(ctx->query, STR("limit")), &limit);
    enum err err = count_conflicts(ctx, &total);
    if (!err)
        err =
            db_query(ctx->db, "SELECT lower(username) AS name " CASE_GROUPS " ORDER BY 1 LIMIT $1",
                     DB_PARAMS(db_int_value(limit)), ctx->arena, &rows);
    if (err)
        return err;
    json_open_object(out);
    JSON_INT(out, "totalConflicts", total);
    json_key(out, STR("samples"));
    json_open_array(out);
    for (size_t i = 0; !err && i < rows.count; i++)
        err = put_conflict(ctx, db_text(&rows, i, 0));
    json_close_array(out);
    json_close_object(out);
    return err;
}

/* ---- Changing ---- */

/* A change while it is looked at: what is stored, and what will be. */
struct change {
    struct db_rows now;
    struct sign_in_means means;
    json *sign_up, *sign_in, *mfa, *adaptive, *forgotten; /* as they will be */
    struct crud_set sets[16];
    size_t set_count;
};

static void set(struct change *change, const char *column, struct db_value value)
{
    change->sets[change->set_count++] = (struct crud_set){column, value};
}

/* The body's member, or else the stored one. */
static enum err future(struct ctx *ctx, struct change *change, struct str name, json **out)
{
    *out = ctx_body(ctx, name);
    return *out ? OK : sign_in_experience_json(ctx, &change->now, name, out);
}

static enum err read_change(struct ctx *ctx, struct change *change)
{
    enum err err = sign_in_experience_get(ctx, &change->now);
    if (!err)
        err = connectors_find_means(ctx, &change->means);
    if (!err)
        err = future(ctx, change, STR("signUp"), &change->sign_up);
    if (!err)
        err = future(ctx, change, STR("signIn"), &change->sign_in);
    if (!err)
        err = future(ctx, change, STR("mfa"), &change->mfa);
    if (!err)
        err = future(ctx, change, STR("adaptiveMfa"), &change->adaptive);
    if (!err)
        err = future(ctx, change, STR("forgotPasswordMethods"), &change->forgotten);
    return err;
}

static enum err check_language(struct ctx *ctx)
{
    struct db_rows rows;
    struct str tag =
        json_str(json_get(ctx_body(ctx, STR("languageInfo")), STR("fallbackLanguage")));
    if (!tag.p || language_tag_is_built_in(tag))
        return OK;
    enum err err = db_query(ctx->db, "SELECT 1 FROM custom_phrases WHERE language_tag = $1",
                            DB_PARAMS(db_text_value(tag)), ctx->arena, &rows);
    return err || rows.count ? err : fail(ctx, ERR_SIE_LANGUAGE, arena_cstr(ctx->arena, tag));
}

/* What only a hosted Logto has, and what would not be kept to here. */
static enum err check_supported(struct ctx *ctx)
{
    json *csp = ctx_body(ctx, STR("customUiCsp"));
    if (yyjson_is_true(ctx_body(ctx, STR("hideLogtoBranding"))))
        return fail(ctx, ERR_INVALID_INPUT, "there is no branding to hide");
    if (yyjson_arr_size(json_get(csp, STR("scriptSrc"))) ||
        yyjson_arr_size(json_get(csp, STR("connectSrc"))))
        return fail(ctx, ERR_INVALID_INPUT, "the policy for pages of one's own cannot be changed");
    return OK;
}

static enum err check_ways(struct ctx *ctx, struct change *change)
{
    enum err err = check_supported(ctx);
    if (!err)
        err = check_language(ctx);
    if (!err && ctx_body(ctx, STR("signUp")))
        err = sign_in_check_sign_up(ctx, change->sign_up, change->means);
    if (!err && ctx_body(ctx, STR("signIn")))
        err = sign_in_check_sign_in(ctx, change->sign_in, change->sign_up, change->mfa,
                                    change->means);
    if (!err && ctx_body(ctx, STR("mfa")))
        err = sign_in_check_mfa(ctx, change->mfa, change->sign_in);
    if (!err && ctx_body(ctx, STR("forgotPasswordMethods")))
        err = sign_in_check_forgotten(ctx, change->forgotten, change->means);
    return err;
}

/* Second factors that are switched off take the adaptive ones along. */
static enum err check_adaptive(struct ctx *ctx, struct change *change)
{
    json *mfa = ctx_body(ctx, STR("mfa")), *adaptive = ctx_body(ctx, STR("adaptiveMfa"));
    if (json_get(adaptive, STR("enabled")) || (!adaptive && sign_in_mfa_is_on(mfa)))
        return sign_in_check_adaptive(ctx, change->adaptive, change->mfa);
    if (mfa && !adaptive && !sign_in_mfa_is_on(mfa))
        set(change, "adaptive_mfa", db_text_value(STR("{\"enabled\":false}")));
    return OK;
}

static enum err check_usernames(struct ctx *ctx, struct change *change)
{
    json *old, *policy = ctx_body(ctx, STR("usernamePolicy"));
    int64_t conflicts = 0;
    if (!yyjson_is_false(json_get(policy, STR("caseSensitive"))))
        return OK;
    enum err err = sign_in_experience_json(ctx, &change->now, STR("usernamePolicy"), &old);
    if (!err && yyjson_is_true(json_get(old, STR("caseSensitive"))))
        err = count_conflicts(ctx, &conflicts);
    return err || !conflicts ? err : fail(ctx, ERR_SIE_USERNAME_CASE);
}

/* enabledAt stays while the policy does; users without a date are given a whole period from it. */
static enum err set_expiration(struct ctx *ctx, struct change *change)
{
    json *policy = ctx_body(ctx, STR("passwordExpiration")), *old;
    int64_t days = 0, since = ctx->now;
    enum err err = sign_in_experience_json(ctx, &change->now, STR("passwordExpiration"), &old);
    if (err || !policy)
        return err;
    json *enabled = json_get(policy, STR("enabled"));
    bool was = yyjson_is_true(json_get(old, STR("enabled")));
    if (enabled ? yyjson_is_false(enabled) : !was) {
        set(change, "password_expiration",
            db_text_value(enabled ? STR("{\"enabled\":false}") : STR("{}")));
        return OK;
    }
    if (!field_int(json_get(policy, STR("validPeriodDays")), &days) &&
        !field_int(json_get(old, STR("validPeriodDays")), &days))
        return fail(ctx, ERR_SIE_EXPIRATION_DAYS);
    if (!sign_in_can_reset(change->forgotten, change->means))
        return fail(ctx, ERR_SIE_EXPIRATION_FORGOTTEN);
    if (was)
        field_int(json_get(old, STR("enabledAt")), &since);
    set(change, "password_expiration",
        db_text_value(arena_printf(ctx->arena,
                                   "{\"enabled\":true,\"validPeriodDays\":%lld,\"enabledAt\":%lld}",
                                   (long long)days, (long long)since)));
    return OK;
}

static void set_links(struct ctx *ctx, struct change *change)
{
    static const struct {
        struct str name;
        const char *column;
    } links[] = {
        {STR_INIT("termsOfUseUrl"), "terms_of_use_url"},
        {STR_INIT("privacyPolicyUrl"), "privacy_policy_url"},
        {STR_INIT("supportEmail"), "support_email"},
        {STR_INIT("supportWebsiteUrl"), "support_website_url"},
        {STR_INIT("unknownSessionRedirectUrl"), "unknown_session_redirect_url"},
    };
    for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
        struct str text = json_str(ctx_body(ctx, links[i].name));
        if (text.p && !text.n)
            set(change, links[i].column, db_text_value(STR_NONE));
    }
}

static enum err set_lists(struct ctx *ctx, struct change *change)
{
    struct str text = STR_NONE;
    json *targets = ctx_body(ctx, STR("socialSignInConnectorTargets"));
    json *shown = ctx_body(ctx, STR("signUpProfileFields"));
    json *blocklist = ctx_body(ctx, STR("emailBlocklistPolicy"));
    enum err err = OK;
    if (targets) {
        err = connectors_filter_targets(ctx, targets, &text);
        set(change, "social_sign_in_connector_targets", db_text_value(text));
    }
    if (!err && yyjson_is_arr(shown)) {
        err = profile_fields_normalize(ctx, shown, &text);
        set(change, "sign_up_profile_fields", db_text_value(text));
    }
    if (!err && blocklist) {
        err = sign_in_clean_blocklist(ctx, blocklist, &text);
        set(change, "email_blocklist_policy", db_text_value(text));
    }
    return err;
}

static enum err patch_experience(struct ctx *ctx)
{
    struct change change = {0};
    struct db_rows rows;
    bool nothing;
    enum err err = read_change(ctx, &change);
    if (!err)
        err = check_ways(ctx, &change);
    if (!err)
        err = check_adaptive(ctx, &change);
    if (!err)
        err = check_usernames(ctx, &change);
    if (!err)
        err = set_expiration(ctx, &change);
    if (!err)
        err = set_lists(ctx, &change);
    if (err)
        return err;
    set_links(ctx, &change);
    if (ctx_body(ctx, STR("customUiCsp"))) /* check_supported: lists that are there are empty */
        set(&change, "custom_ui_csp", db_text_value(STR("{}")));
    err = crud_update(ctx->db, &sign_in_experience_entity, STR(SIGN_IN_EXPERIENCE_ID), ctx->body,
                      change.sets, change.set_count, ctx->arena, &rows, &nothing);
    if (!err && nothing)
        return fail(ctx, ERR_NOTHING_TO_SET);
    if (!err)
        entity_answer(ctx, &sign_in_experience_entity, &rows, 0);
    return err;
}

/* ---- The rest ---- */

static enum err read_user(struct ctx *ctx, struct str id, struct password_owner *owner)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "SELECT name, username, primary_email, primary_phone FROM users"
                            " WHERE id = $1",
                            DB_PARAMS(db_text_value(id)), ctx->arena, &rows);
    if (err)
        return err;
    if (!rows.count)
        return fail(ctx, ERR_NOT_FOUND);
    *owner = (struct password_owner){
        db_text(&rows, 0, 0),
        db_text(&rows, 0, 1),
        db_text(&rows, 0, 2),
        db_text(&rows, 0, 3),
    };
    return OK;
}

static enum err check_password(struct ctx *ctx)
{
    struct db_rows rows;
    json *policy;
    struct password_owner owner;
    struct str user = json_str(ctx_body(ctx, STR("userId"))), issues;
    enum err err = sign_in_experience_get(ctx, &rows);
    if (!err)
        err = sign_in_experience_json(ctx, &rows, STR("passwordPolicy"), &policy);
    if (!err && user.n)
        err = read_user(ctx, user, &owner);
    if (err)
        return err;
    const struct password_policy parsed = password_policy_parse(policy);
    if (parsed.user_info && !user.n)
        return fail_data(
            ctx, fail(ctx, ERR_INVALID_INPUT, "the policy looks at the user: name a userId"),
            STR("{\"message\":\"User information data is required to check user information.\"}"));
    issues = password_policy_issues(&parsed, json_str(ctx_body(ctx, STR("password"))),
                                    user.n ? &owner : NULL, ctx->arena);
    if (!issues.p)
        return fail(ctx, ERR_NO_MEMORY);
    json_open_object(&ctx->answer.json);
    JSON_BOOL(&ctx->answer.json, "result", str_eq(issues, STR("[]")));
    if (!str_eq(issues, STR("[]"))) {
        ctx->answer.status = 400;
        JSON_RAW(&ctx->answer.json, "issues", issues);
    }
    json_close_object(&ctx->answer.json);
    return OK;
}

static enum err upload_assets(struct ctx *ctx)
{
    return fail(ctx, ERR_STORAGE_NOT_CONFIGURED);
}

/* ---- Routes ---- */

static const struct field patch_query[] = {
    {.name = STR_INIT("removeUnusedDemoSocialConnector"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Without effect: there are no demo connectors."},
    FIELDS_END,
};

static const struct field password_body[] = {
    {.name = STR_INIT("password"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_SECRET,
     .doc = "In clear."},
    {.name = STR_INIT("userId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Whose it is to be."},
    FIELDS_END,
};

static const struct field issue[] = {
    {.name = STR_INIT("code"), .type = FIELD_STRING, .doc = "What is wrong."},
    {.name = STR_INIT("interpolation"),
     .type = FIELD_MAP,
     .flags = FIELD_MAYBE,
     .doc = "The limit."},
    FIELDS_END,
};
static const struct field issue_item = {.type = FIELD_OBJECT, .fields = issue};
static const struct field password_reply[] = {
    {.name = STR_INIT("result"), .type = FIELD_BOOL, .doc = "Whether the password would do."},
    {.name = STR_INIT("issues"),
     .type = FIELD_ARRAY,
     .flags = FIELD_MAYBE,
     .item = &issue_item,
     .doc = "Why it would not."},
    FIELDS_END,
};

static const struct field conflict_query[] = {
    {.name = STR_INIT("limit"),
     .type = FIELD_INT,
     .flags = FIELD_CREATE,
     .min = 1,
     .max = 100,
     .doc = "Samples at most; 20 when not given."},
    FIELDS_END,
};
static const struct field id_item = {.type = FIELD_STRING};
static const struct field conflict[] = {
    {.name = STR_INIT("usernameLower"), .type = FIELD_STRING, .doc = "The name in lower case."},
    {.name = STR_INIT("userIds"),
     .type = FIELD_ARRAY,
     .item = &id_item,
     .doc = "Whose names it stands for."},
    FIELDS_END,
};
static const struct field conflict_item = {.type = FIELD_OBJECT, .fields = conflict};
static const struct field conflict_reply[] = {
    {.name = STR_INIT("totalConflicts"), .type = FIELD_INT, .doc = "How many there are."},
    {.name = STR_INIT("samples"),
     .type = FIELD_ARRAY,
     .item = &conflict_item,
     .doc = "Some of them."},
    FIELDS_END,
};

ROUTES(sign_in_exp) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/sign-in-exp"),
     .area = "sign-in-exp",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = sign_in_experience_fields,
     .summary = "Get the sign-in experience",
     .handle = get_experience},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/sign-in-exp"),
     .area = "sign-in-exp",
     .run = RUN_WRITE,
     .query = patch_query,
     .body_mode = BODY_UPDATE,
     .body = sign_in_experience_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = sign_in_experience_fields,
     .summary = "Change the sign-in experience",
     .doc = "Members that are not in the body stay as they are; an object in the body replaces "
            "the whole stored object.",
     .handle = patch_experience},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/sign-in-exp/default/check-password"),
     .area = "sign-in-exp",
     .safe = true,
     .body_mode = BODY_CREATE,
     .body = password_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = password_reply,
     .summary = "Check a password against the policy",
     .doc = "400 with the issues when it would be refused. Breaches are not looked up.",
     .handle = check_password},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/sign-in-exp/default/custom-ui-assets"),
     .area = "sign-in-exp",
     .body_mode = BODY_RAW,
     .status = 400,
     .reply = REPLY_FREE,
     .summary = "Upload pages of one's own",
     .doc = "Refused: there is no storage for files.",
     .handle = upload_assets},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/sign-in-exp/username-policy/case-sensitivity-conflicts"),
     .area = "sign-in-exp",
     .query = conflict_query,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = conflict_reply,
     .summary = "List usernames that differ in case only",
     .doc = "They stand in the way of a policy that does not tell them apart.",
     .handle = list_conflicts},
    ROUTES_END,
};
