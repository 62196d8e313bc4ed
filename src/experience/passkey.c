/* Passkeys of a sign-in. */
#include "experience/passkey.h"

#include "base/encoding.h"
#include "base/ids.h"
#include "crypto/webauthn.h"
#include "domain/users.h"

#define TIMEOUT_MS 60000
#define AGENT_MAX  512

/* ---- Asking ---- */

static struct str encode(struct arena *arena, struct str bytes)
{
    char *text = arena_bytes(arena, BASE64URL_LENGTH(bytes.n) + 1);
    return text ? (struct str){text, base64url_encode(bytes.p, bytes.n, text)} : STR_NONE;
}

enum err passkey_challenge(struct ctx *ctx, struct str *out)
{
    uint8_t bytes[WEBAUTHN_CHALLENGE_SIZE];
    random_bytes(bytes, sizeof(bytes));
    *out = encode(ctx->arena, (struct str){(char *)bytes, sizeof(bytes)});
    return out->p ? OK : fail(ctx, ERR_NO_MEMORY);
}

/* An array of the user's passkeys. */
static enum err put_credentials(struct ctx *ctx, struct str name, const struct db_rows *rows)
{
    struct json_out *out = &ctx->answer.json;
    json_key(out, name);
    json_open_array(out);
    for (size_t i = 0; i < rows->count; i++) {
        json *opened;
        if (!str_eq(db_text(rows, i, MFA_TYPE), STR(MFA_WEBAUTHN)))
            continue;
        enum err err = user_mfa_open(ctx, rows, i, &opened);
        if (err)
            return err;
        json *transports = json_get(opened, STR("transports"));
        json_open_object(out);
        JSON_STR(out, "id", json_str(json_get(opened, STR("credentialId"))));
        JSON_STR(out, "type", STR("public-key"));
        if (transports) {
            json_key(out, STR("transports"));
            json_put_value(out, transports);
        }
        json_close_object(out);
    }
    json_close_array(out);
    return OK;
}

static void put_algorithms(struct json_out *out)
{
    json_key(out, STR("pubKeyCredParams"));
    json_open_array(out);
    for (const int *each = webauthn_algorithms; *each; each++) {
        json_open_object(out);
        JSON_STR(out, "type", STR("public-key"));
        JSON_INT(out, "alg", *each);
        json_close_object(out);
    }
    json_close_array(out);
}

/* Who a passkey is made for. */
struct holder {
    struct str id, identifier, name;
};

static void put_parties(struct ctx *ctx, const struct holder *holder)
{
    struct json_out *out = &ctx->answer.json;
    struct str host = mfa_service(ctx->origin);
    json_key(out, STR("rp"));
    json_open_object(out);
    JSON_STR(out, "name", host);
    JSON_STR(out, "id", host);
    json_close_object(out);
    json_key(out, STR("user"));
    json_open_object(out);
    JSON_STR(out, "id", encode(ctx->arena, holder->id));
    JSON_STR(out, "name", holder->identifier);
    JSON_STR(out, "displayName", holder->name);
    json_close_object(out);
}

/* rows: the factors that the holder has. */
static enum err put_registration(struct ctx *ctx, const struct holder *holder,
                                 const struct db_rows *rows, struct str challenge)
{
    struct json_out *out = &ctx->answer.json;
    json_key(out, STR("registrationOptions"));
    json_open_object(out);
    put_parties(ctx, holder);
    JSON_STR(out, "challenge", challenge);
    put_algorithms(out);
    JSON_INT(out, "timeout", TIMEOUT_MS);
    enum err err = put_credentials(ctx, STR("excludeCredentials"), rows);
    if (err)
        return err;
    JSON_RAW(out, "authenticatorSelection",
             STR("{\"requireResidentKey\":true,\"residentKey\":\"required\",\"userVerification\":"
                 "\"required\"}"));
    JSON_STR(out, "attestation", STR("none"));
    JSON_RAW(out, "extensions", STR("{\"credProps\":true}"));
    json_close_object(out);
    return OK;
}

enum err passkey_put_registration(struct ctx *ctx, struct str user_id, struct str challenge)
{
    struct db_rows user, rows;
    enum err err = user_get(ctx, user_id, &user);
    if (!err && (err = user_mfa_list(ctx, user_id, &rows)))
        return fail(ctx, err);
    if (err)
        return err;
    const struct holder holder = {db_text(&user, 0, USER_ID), mfa_user_identifier(ctx, &user),
                                  mfa_user_name(ctx, &user)};
    return put_registration(ctx, &holder, &rows, challenge);
}

enum err passkey_put_first_registration(struct ctx *ctx, struct str user_id, struct str username,
                                        struct str challenge)
{
    const struct holder holder = {user_id, username, username};
    return put_registration(ctx, &holder, &(struct db_rows){0}, challenge);
}

enum err passkey_put_authentication(struct ctx *ctx, struct str user_id, struct str challenge)
{
    struct db_rows rows = {0};
    struct json_out *out = &ctx->answer.json;
    enum err err = user_id.p ? user_mfa_list(ctx, user_id, &rows) : OK;
    if (err)
        return fail(ctx, err);
    json_key(out, STR("authenticationOptions"));
    json_open_object(out);
    JSON_STR(out, "rpId", mfa_service(ctx->origin));
    JSON_STR(out, "challenge", challenge);
    if ((err = put_credentials(ctx, STR("allowCredentials"), &rows)))
        return err;
    JSON_INT(out, "timeout", TIMEOUT_MS);
    JSON_STR(out, "userVerification", STR("required"));
    json_close_object(out);
    return OK;
}

enum err passkey_check_exists(struct ctx *ctx, struct str user_id)
{
    struct db_rows rows = {0};
    enum err err = user_id.p ? user_mfa_list(ctx, user_id, &rows) : OK;
    if (err)
        return fail(ctx, err);
    for (size_t i = 0; i < rows.count; i++)
        if (str_eq(db_text(&rows, i, MFA_TYPE), STR(MFA_WEBAUTHN)))
            return OK;
    return fail(ctx, ERR_MFA_NO_PASSKEY);
}

/* ---- Answers ---- */

static enum err refuse(struct ctx *ctx, enum webauthn_fault fault)
{
    if (fault == WEBAUTHN_NO_MEMORY)
        return fail(ctx, ERR_NO_MEMORY);
    return fail_data(ctx, fail(ctx, ERR_MFA_WEBAUTHN),
                     arena_printf(ctx->arena, "{\"message\":\"%s\"}", webauthn_fault_text(fault)));
}

/* The bytes of a member of the payload's response; {NULL,0}: not base64url. */
static struct str bytes_of(struct ctx *ctx, json *payload, struct str name)
{
    struct str text = json_str(json_get(json_get(payload, STR("response")), name));
    char *bytes = arena_bytes(ctx->arena, text.n + 1);
    size_t n;
    return bytes && base64url_decode(text, bytes, text.n + 1, &n) ? (struct str){bytes, n}
                                                                  : STR_NONE;
}

static struct webauthn_ceremony ceremony(const struct ctx *ctx, struct str challenge)
{
    return (struct webauthn_ceremony){challenge, ctx->origin, mfa_service(ctx->origin)};
}

static struct str describe(struct ctx *ctx, const struct webauthn_credential *made, json *payload)
{
    struct buf buf = buf_new(ctx->arena, (size_t)16 * 1024);
    struct json_out out = json_out(&buf);
    struct str agent = http_header_get(ctx->request, STR("user-agent"), NULL);
    json *transports = json_get(json_get(payload, STR("response")), STR("transports"));
    if (agent.n > AGENT_MAX || !str_is_utf8(agent))
        agent = STR("");
    json_open_object(&out);
    JSON_STR(&out, "rpId", mfa_service(ctx->origin));
    JSON_STR(&out, "credentialId", encode(ctx->arena, made->id));
    JSON_STR(&out, "publicKey", encode(ctx->arena, made->public_key));
    JSON_INT(&out, "counter", made->counter);
    JSON_STR(&out, "agent", agent);
    json_key(&out, STR("transports"));
    if (transports)
        json_put_value(&out, transports);
    else
        json_put_raw(&out, STR("[]"));
    json_close_object(&out);
    return buf_view(&buf);
}

enum err passkey_register(struct ctx *ctx, struct str challenge, json *payload, struct str *data)
{
    struct webauthn_credential made;
    struct webauthn_ceremony expected = ceremony(ctx, challenge);
    enum webauthn_fault fault =
        webauthn_register(ctx->arena, &expected, bytes_of(ctx, payload, STR("clientDataJSON")),
                          bytes_of(ctx, payload, STR("attestationObject")), &made);
    if (fault)
        return refuse(ctx, fault);
    *data = describe(ctx, &made, payload);
    return data->p ? OK : fail(ctx, ERR_NO_MEMORY);
}

enum err passkey_insert(struct ctx *ctx, struct str user_id, json *data)
{
    struct db_rows rows;
    struct str credential = json_str(json_get(data, STR("credentialId")));
    enum err err = user_mfa_find_credential(ctx, credential, &rows);
    if (!err && rows.count)
        return fail(ctx, ERR_MFA_WEBAUTHN);
    if (!err)
        err = user_mfa_insert_passkey(ctx, user_id, json_text(ctx->arena, data), credential,
                                      yyjson_get_sint(json_get(data, STR("counter"))));
    return err ? fail(ctx, err) : OK;
}

/* A counter that does not grow is a copy of the key. */
static enum err count_use(struct ctx *ctx, struct str id, uint32_t counter)
{
    bool later;
    enum err err = user_mfa_advance(ctx, id, counter, &later);
    if (err)
        return fail(ctx, err);
    return later ? OK : fail(ctx, ERR_MFA_WEBAUTHN);
}

enum err passkey_assert(struct ctx *ctx, const struct db_rows *passkey, struct str challenge,
                        json *payload)
{
    json *opened;
    uint32_t counter;
    size_t n;
    struct webauthn_ceremony expected = ceremony(ctx, challenge);
    enum err err = user_mfa_open(ctx, passkey, 0, &opened);
    if (err)
        return err;
    struct str text = json_str(json_get(opened, STR("publicKey")));
    char *key = arena_bytes(ctx->arena, text.n + 1);
    if (!key || !base64url_decode(text, key, text.n + 1, &n))
        return fail(ctx, ERR_INTERNAL);
    struct str handle = bytes_of(ctx, payload, STR("userHandle"));
    if (handle.n && !str_eq(handle, db_text(passkey, 0, MFA_USER)))
        return fail(ctx, ERR_MFA_WEBAUTHN);
    enum webauthn_fault fault = webauthn_assert(ctx->arena, &expected, (struct str){key, n},
                                                bytes_of(ctx, payload, STR("clientDataJSON")),
                                                bytes_of(ctx, payload, STR("authenticatorData")),
                                                bytes_of(ctx, payload, STR("signature")), &counter);
    return fault ? refuse(ctx, fault) : count_use(ctx, db_text(passkey, 0, MFA_ID), counter);
}

/* ---- Payloads, as Logto's clients send them ---- */

static const char *const type[] = {MFA_WEBAUTHN, NULL};
static const char *const attachments[] = {"cross-platform", "platform", NULL};
static const char *const transports[] = {"ble", "cable",      "hybrid", "internal",
                                         "nfc", "smart-card", "usb",    NULL};
static const struct field transport = {.type = FIELD_ENUM, .options = transports};

#define BYTES(field_name, more, text)                                                              \
    {                                                                                              \
        .name = STR_INIT(field_name), .type = FIELD_STRING, .flags = more, .doc = text             \
    }

static const struct field registration_response[] = {
    BYTES("clientDataJSON", FIELD_REQUIRED, "Base64url."),
    BYTES("attestationObject", FIELD_REQUIRED, "Base64url."),
    BYTES("authenticatorData", FIELD_MAYBE, "Not looked at."),
    {.name = STR_INIT("transports"),
     .type = FIELD_ARRAY,
     .flags = FIELD_MAYBE,
     .item = &transport,
     .doc = "How the authenticator is reached."},
    FIELDS_END,
};

static const struct field assertion_response[] = {
    BYTES("clientDataJSON", FIELD_REQUIRED, "Base64url."),
    BYTES("authenticatorData", FIELD_REQUIRED, "Base64url."),
    BYTES("signature", FIELD_REQUIRED, "Base64url."),
    BYTES("userHandle", FIELD_MAYBE, "Base64url of the user's id."),
    FIELDS_END,
};

static const struct field extensions[] = {
    {.name = STR_INIT("appid"), .type = FIELD_BOOL, .flags = FIELD_MAYBE, .doc = "Not looked at."},
    FIELDS_END,
};

#define PAYLOAD(response_fields)                                                                   \
    {.name = STR_INIT("type"),                                                                     \
     .type = FIELD_ENUM,                                                                           \
     .flags = FIELD_REQUIRED,                                                                      \
     .options = type,                                                                              \
     .doc = "`WebAuthn`."},                                                                        \
        BYTES("id", FIELD_REQUIRED, "Of the credential, base64url."),                              \
        BYTES("rawId", FIELD_REQUIRED, "The same."),                                               \
        {.name = STR_INIT("response"),                                                             \
         .type = FIELD_OBJECT,                                                                     \
         .flags = FIELD_REQUIRED,                                                                  \
         .fields = response_fields,                                                                \
         .doc = "What the authenticator answers."},                                                \
        {.name = STR_INIT("authenticatorAttachment"),                                              \
         .type = FIELD_ENUM,                                                                       \
         .flags = FIELD_MAYBE,                                                                     \
         .options = attachments,                                                                   \
         .doc = "Not looked at."},                                                                 \
        {.name = STR_INIT("clientExtensionResults"),                                               \
         .type = FIELD_OBJECT,                                                                     \
         .flags = FIELD_REQUIRED,                                                                  \
         .fields = extensions,                                                                     \
         .doc = "Not looked at."},                                                                 \
        FIELDS_END

const struct field passkey_registration_fields[] = {PAYLOAD(registration_response)};
const struct field passkey_assertion_fields[] = {PAYLOAD(assertion_response)};
