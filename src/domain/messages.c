/* Messages: what they tell, whom too many reach, and the outbox. */
#include "domain/messages.h"

#include "base/ids.h"
#include "base/log.h"
#include "base/trace.h"
#include "base/unicode.h"
#include "domain/hooks.h"
#include "domain/opaque.h"
#include "domain/outbox.h"
#include "domain/page.h"
#include "domain/phone.h"
#include "domain/sealed.h"
#include "domain/sign_in_experience.h"

#define WINDOW_MS  ((int64_t)600 * 1000)
#define MOST       10
#define EXPIRES_MS ((int64_t)600 * 1000)
#define MAX_TEXT   ((size_t)256 * 1024)

/* A message without a code: connectors' templates are made for codes, so it has its own. */
#define NOTICE "AccountChanged"
#define NOTICE_TEMPLATE                                                                            \
    "{\"subject\":\"Your account was changed\",\"contentType\":\"text/plain\",\"content\":\"What " \
    "your "                                                                                        \
    "account is signed in with was changed: {{change}}. If that was not you, set a new password "  \
    "now, or tell those who run this service.\"}"

static const char *type_of(const struct message *message)
{
    return message->by_phone ? "Sms" : "Email";
}

/* ---- What is told ---- */

static void put_text(struct json_out *out, struct str name, struct str value)
{
    if (!value.p)
        return;
    json_key(out, name);
    json_put_str(out, value);
}

static void put_named(struct json_out *out, struct str key, struct str id, struct str name)
{
    json_key(out, key);
    json_open_object(out);
    JSON_STR(out, "id", id);
    JSON_STR(out, "name", name);
    json_close_object(out);
}

static enum err put_organization(struct ctx *ctx, struct json_out *out, struct str id)
{
    struct db_rows rows;
    if (!id.p)
        return OK;
    enum err err = db_query(ctx->db, "SELECT name FROM organizations WHERE id = $1",
                            DB_PARAMS(db_text_value(id)), ctx->arena, &rows);
    if (!err && rows.count)
        put_named(out, STR("organization"), id, db_text(&rows, 0, 0));
    return err;
}

static enum err put_inviter(struct ctx *ctx, struct json_out *out, struct str id)
{
    static const struct str names[] = {STR_INIT("id"),           STR_INIT("name"),
                                       STR_INIT("avatar"),       STR_INIT("username"),
                                       STR_INIT("primaryEmail"), STR_INIT("primaryPhone")};
    struct db_rows rows;
    if (!id.p)
        return OK;
    enum err err =
        db_query(ctx->db,
                 "SELECT id, name, avatar, username, primary_email, primary_phone FROM users"
                 " WHERE id = $1",
                 DB_PARAMS(db_text_value(id)), ctx->arena, &rows);
    if (err || !rows.count)
        return err;
    json_key(out, STR("inviter"));
    json_open_object(out);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        put_text(out, names[i], db_text(&rows, 0, i));
    json_close_object(out);
    return OK;
}

static bool is_ours(const struct message *message, struct str name)
{
    return str_eq(name, STR("application")) || str_eq(name, STR("organization")) ||
           (message->inviter_id.p && str_eq(name, STR("inviter")));
}

/* What the caller wants told besides; our own words win. */
static void put_more(struct json_out *out, const struct message *message)
{
    json *key, *value;
    size_t index, max;
    yyjson_obj_foreach(message->more, index, max, key, value)
    {
        if (is_ours(message, json_str(key)))
            continue;
        json_key_escaped(out, json_str(key));
        json_put_value(out, value);
    }
}

static enum err put_payload(struct ctx *ctx, struct json_out *out, const struct message *message)
{
    const struct app *app =
        message->application_id.p ? snapshot_app(ctx->snapshot, message->application_id) : NULL;
    json_open_object(out);
    put_text(out, STR("code"), message->code);
    put_text(out, STR("link"), message->link);
    if (message->more)
        put_more(out, message);
    else
        put_text(out, STR("locale"), message->locale);
    if (app)
        put_named(out, STR("application"), app->id, app->name);
    enum err err = put_organization(ctx, out, message->organization_id);
    if (!err)
        err = put_inviter(ctx, out, message->inviter_id);
    json_close_object(out);
    return err;
}

/* The tenant's own text for it: in the language wanted, or else in the tenant's. */
static enum err find_template(struct ctx *ctx, const struct message *message, struct str *details)
{
    struct db_rows rows;
    json *language;
    enum err err = sign_in_experience_get(ctx, &rows);
    if (!err)
        err = sign_in_experience_json(ctx, &rows, STR("languageInfo"), &language);
    if (err)
        return err;
    struct str usual = json_str(json_get(language, STR("fallbackLanguage")));
    err = db_query(ctx->db,
                   "SELECT details FROM email_templates WHERE template_type = $1 AND"
                   " (language_tag = $2 OR language_tag = $3) ORDER BY"
                   " CASE WHEN language_tag = $2 THEN 0 ELSE 1 END LIMIT 1",
                   DB_PARAMS(db_text_value(str_of(message->usage)),
                             db_text_value(message->locale.p ? message->locale : usual),
                             db_text_value(usual)),
                   ctx->arena, &rows);
    *details = !err && rows.count ? db_text(&rows, 0, 0) : STR_NONE;
    return err;
}

enum err message_text(struct ctx *ctx, const struct message *message, struct str *text)
{
    struct buf buf = buf_new(ctx->arena, MAX_TEXT);
    struct json_out out = json_out(&buf);
    struct str details = STR_NONE;
    json_open_object(&out);
    JSON_STR(&out, "to", message->to);
    JSON_STR(&out, "type", str_of(message->usage));
    json_key(&out, STR("payload"));
    enum err err = put_payload(ctx, &out, message);
    JSON_STR(&out, "ip", ctx->address);
    if (!err && !message->by_phone)
        err = find_template(ctx, message, &details);
    if (!details.p && str_eq(str_of(message->usage), STR(NOTICE)))
        details = STR(NOTICE_TEMPLATE);
    if (details.p)
        JSON_RAW(&out, "template", details);
    json_close_object(&out);
    if (err)
        return fail(ctx, err);
    *text = buf_view(&buf);
    return text->p ? OK : fail(ctx, ERR_NO_MEMORY);
}

/* ---- The outbox ---- */

static enum err check_connector(struct ctx *ctx, const struct message *message)
{
    struct sign_in_means means;
    enum err err = connectors_find_means(ctx, &means);
    if (err)
        return fail(ctx, err);
    return (message->by_phone ? means.sms : means.email)
               ? OK
               : fail(ctx, ERR_NO_CONNECTOR, type_of(message));
}

/* Webhooks are told of the first refusal, when it was no operator who asked for the message. */
static enum err refuse_rate(struct ctx *ctx, const struct message *message, bool first)
{
    struct buf buf = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&buf);
    if (!first || ctx->route->guard == GUARD_MANAGEMENT)
        return fail(ctx, ERR_MESSAGE_RATE);
    json_open_object(&out);
    JSON_STR(&out, "action", STR("VerificationCodeSend"));
    JSON_STR(&out, "recipient", message->to);
    json_close_object(&out);
    enum err err = hooks_note_happening(
        ctx, &(struct hook_happening){.event = "Message.RateLimited",
                                      .application_id = message->application_id,
                                      .members = buf_view(&buf)});
    if (err)
        return err;
    ctx_keep_writes(ctx);
    return fail(ctx, ERR_MESSAGE_RATE);
}

/* The count is by the form of the address that counts as the same. */
static enum err count(struct ctx *ctx, const struct message *message)
{
    struct db_rows rows;
    struct str same = message->by_phone ? phone_canonical(ctx->arena, message->to)
                                        : unicode_fold(ctx->arena, message->to);
    struct str digest = opaque_digest(ctx->arena, same.p ? same : message->to);
    if (!digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_query(
        ctx->db,
        "INSERT INTO message_counts (recipient, messages, since) VALUES ($1, 1, $2)"
        " ON CONFLICT (recipient) DO UPDATE SET messages ="
        " CASE WHEN message_counts.since < $3 THEN 1 ELSE message_counts.messages + 1 END,"
        " since = CASE WHEN message_counts.since < $3 THEN $2 ELSE message_counts.since END"
        " RETURNING messages",
        DB_PARAMS(db_text_value(digest), db_int_value(ctx->now),
                  db_int_value(ctx->now - WINDOW_MS)),
        ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    int64_t messages = db_int(&rows, 0, 0);
    return messages > MOST ? refuse_rate(ctx, message, messages == MOST + 1) : OK;
}

enum err message_pretend(struct ctx *ctx, const struct message *message)
{
    enum err err = check_connector(ctx, message);
    return err ? err : count(ctx, message);
}

static enum err add(struct ctx *ctx, const struct message *message)
{
    char made[ID_ORDERED_LENGTH], trace[TRACE_PARENT];
    struct str id = {made, sizeof made}, text, sealed;
    id_ordered(made, ctx->now);
    enum err err = message_text(ctx, message, &text);
    if (err || (err = sealed_make(ctx, "messages|sealed", id, text, &sealed)))
        return err;
    outbox_note();
    err = db_exec(ctx->db,
                  "INSERT INTO messages (id, type, sealed, attempts, due_at, created_at,"
                  " expires_at, traceparent) VALUES ($1, $2, $3, 0, $4, $4, $5, $6)",
                  DB_PARAMS(db_text_value(id), db_text_value(str_of(type_of(message))),
                            db_text_value(sealed), db_int_value(ctx->now),
                            db_int_value(ctx->now + EXPIRES_MS),
                            db_text_value(trace_current_header(trace))),
                  NULL);
    return err ? fail(ctx, err) : OK;
}

static enum err put_out(struct ctx *ctx, const struct message *message)
{
    if (!ctx->tenant->config->development_messages)
        return add(ctx, message);
    log_info("development message to %.*s: %s %.*s%.*s", STR_ARG(message->to), message->usage,
             STR_ARG(message->code), STR_ARG(message->link));
    return OK;
}

enum err message_send(struct ctx *ctx, const struct message *message)
{
    enum err err = message_pretend(ctx, message);
    return err ? err : put_out(ctx, message);
}

/* {NULL,0}: nothing tells. */
static struct str language_of(struct ctx *ctx, struct str languages)
{
    if (languages.n)
        return str_split(&languages, ' ');
    return http_header_get(ctx->request, STR("accept-language"), NULL).n
               ? str_of(page_language(ctx))
               : STR_NONE;
}

enum err message_notice(struct ctx *ctx, struct str address, const char *change,
                        struct str languages)
{
    struct sign_in_means means;
    json *more = NULL;
    struct message message = {
        .usage = NOTICE, .to = address, .locale = language_of(ctx, languages)};
    enum err err = connectors_find_means(ctx, &means);
    if (err)
        return fail(ctx, err);
    if (!address.n || !means.email)
        return OK;
    struct buf buf = buf_new(ctx->arena, 65536);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "change", str_of(change));
    put_text(&out, STR("locale"), message.locale);
    json_close_object(&out);
    if (buf.failed || json_parse(ctx->arena, buf_view(&buf), &more, NULL))
        return fail(ctx, ERR_NO_MEMORY);
    message.more = more;
    return put_out(ctx, &message);
}
