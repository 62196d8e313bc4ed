/* What is sent for a message: by SMTP, or to an HTTP service of the operator's. */
#include <time.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/ids.h"
#include "domain/messages.h"

#define MAX_MAIL ((size_t)512 * 1024)

/* ---- Templates ---- */

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

static void put_escaped(struct buf *buf, struct str text)
{
    static const char special[] = "&<>\"'";
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] && strchr(special, text.p[i]))
            buf_printf(buf, "&#%d;", text.p[i]);
        else
            buf_byte(buf, text.p[i]);
    }
}

/* The value of "name.member"; *known tells whether payload has the first name at all. */
static struct str value_of(struct arena *arena, json *payload, struct str path, bool *known)
{
    struct str part = str_split(&path, '.');
    json *value = json_get(payload, part);
    *known = value != NULL;
    while (value && (part = str_split(&path, '.')).p)
        value = json_get(value, part);
    if (!value || yyjson_is_null(value))
        return STR("");
    return yyjson_is_str(value) ? json_str(value) : json_text(arena, value);
}

/* The length of the variable at the beginning of text, 0 for none; *name is what it names. */
static size_t read_variable(struct str text, struct str *name)
{
    if (!str_starts(text, STR("{{")))
        return 0;
    size_t at = 2, from;
    while (at < text.n && (text.p[at] == ' ' || text.p[at] == '\t'))
        at++;
    for (from = at; at < text.n && is_name(text.p[at]);)
        at++;
    *name = (struct str){text.p + from, at - from};
    while (at < text.n && (text.p[at] == ' ' || text.p[at] == '\t'))
        at++;
    return name->n && str_starts(str_from(text, at), STR("}}")) ? at + 2 : 0;
}

struct str message_fill(struct arena *arena, struct str template, json *payload, bool html)
{
    struct buf buf = buf_new(arena, MAX_MAIL);
    while (template.n) {
        struct str name;
        bool known = false;
        size_t length = read_variable(template, &name);
        struct str value = length ? value_of(arena, payload, name, &known) : STR_NONE;
        if (known && html)
            put_escaped(&buf, value);
        else if (known)
            buf_str(&buf, value);
        else
            buf_str(&buf, (struct str){template.p, length ? length : 1});
        template = str_from(template, length ? length : 1);
    }
    return buf.failed ? STR_NONE : buf.n ? buf_view(&buf) : STR("");
}

/* ---- An HTTP service ---- */

static const char *http_request(struct arena *arena, json *config, json *text, struct outgoing *out)
{
    struct buf buf = buf_new(arena, MAX_MAIL);
    struct json_out body = json_out(&buf);
    struct str authorization = json_str(json_get(config, STR("authorization")));
    json_open_object(&body);
    JSON_STR(&body, "to", json_str(json_get(text, STR("to"))));
    JSON_STR(&body, "type", json_str(json_get(text, STR("type"))));
    json_key(&body, STR("payload"));
    json_put_value(&body, json_get(text, STR("payload")));
    JSON_STR(&body, "ip", json_str(json_get(text, STR("ip"))));
    json_close_object(&body);
    out->url = json_str(json_get(config, STR("endpoint")));
    out->body = buf_view(&buf);
    bool made =
        out->body.p && outgoing_header(out, arena, STR("content-type"), STR("application/json")) &&
        (!authorization.n || outgoing_header(out, arena, STR("authorization"), authorization));
    return made ? NULL : "its address or header cannot be used";
}

/* ---- SMTP ---- */

/* The template of the usage, or of "Generic". */
static json *find_template(json *config, struct str usage)
{
    json *found = NULL;
    yyjson_arr_iter items = yyjson_arr_iter_with(json_get(config, STR("templates")));
    for (json *item; (item = yyjson_arr_iter_next(&items));) {
        struct str name = json_str(json_get(item, STR("usageType")));
        if (str_eq(name, usage))
            return item;
        if (str_eq(name, STR("Generic")))
            found = item;
    }
    return found;
}

/* "a@b.example" of "Name <a@b.example>". */
static struct str address_in(struct str text)
{
    size_t open = str_find(text, '<');
    struct str inner = str_from(text, open + 1);
    return open < text.n ? (struct str){inner.p, str_find(inner, '>')} : text;
}

static bool is_line(struct str text)
{
    return text.n && !memchr(text.p, '\r', text.n) && !memchr(text.p, '\n', text.n) &&
           !memchr(text.p, 0, text.n);
}

static bool is_ascii(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] >= 0x80)
            return false;
    return true;
}

/* RFC 2047 2: encoded words of 45 bytes at most, cut between characters. */
static void put_subject(struct buf *buf, struct str text)
{
    BUF_LIT(buf, "Subject: ");
    if (is_ascii(text)) {
        buf_str(buf, text);
        BUF_LIT(buf, "\r\n");
        return;
    }
    for (bool first = true; text.n; first = false) {
        size_t n = text.n < 45 ? text.n : 45;
        while (n < text.n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
            n--;
        if (first)
            BUF_LIT(buf, "=?UTF-8?B?");
        else
            BUF_LIT(buf, "\r\n =?UTF-8?B?");
        base64_encode(buf, text.p, n);
        BUF_LIT(buf, "?=");
        text = str_from(text, n);
    }
    BUF_LIT(buf, "\r\n");
}

static void put_header(struct buf *buf, const char *name, struct str value)
{
    if (value.n)
        buf_printf(buf, "%s: %.*s\r\n", name, STR_ARG(value));
}

/* RFC 2045 6.8: lines of 76 characters. */
static void put_body(struct buf *buf, struct str text)
{
    while (text.n) {
        size_t n = text.n < 57 ? text.n : 57;
        base64_encode(buf, text.p, n);
        BUF_LIT(buf, "\r\n");
        text = str_from(text, n);
    }
}

static struct str date_now(struct arena *arena)
{
    char text[64];
    struct tm utc;
    time_t now = (time_t)(clock_now_ms() / 1000);
    size_t n =
        gmtime_r(&now, &utc) ? strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &utc) : 0;
    return arena_str(arena, (struct str){text, n});
}

struct mail {
    struct str from, reply_to, to, subject, content;
    bool html;
};

/* RFC 5322 2 */
static struct str render_mail(struct arena *arena, const struct mail *mail)
{
    struct buf buf = buf_new(arena, MAX_MAIL);
    struct str from = address_in(mail->from);
    struct str domain = str_from(from, str_find(from, '@') + 1);
    char id[ID_LENGTH];
    id_random(id, sizeof id);
    put_header(&buf, "Date", date_now(arena));
    put_header(&buf, "From", mail->from);
    put_header(&buf, "To", mail->to);
    put_header(&buf, "Reply-To", mail->reply_to);
    put_subject(&buf, mail->subject);
    buf_printf(&buf, "Message-ID: <%.*s@%.*s>\r\n", (int)sizeof id, id, STR_ARG(domain));
    BUF_LIT(&buf, "MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\nContent-Type: text/");
    buf_str(&buf, mail->html ? STR("html") : STR("plain"));
    BUF_LIT(&buf, "; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    put_body(&buf, mail->content);
    return buf_view(&buf);
}

static struct str filled(struct arena *arena, json *template, struct str name, json *payload,
                         bool html)
{
    struct str text = json_str(json_get(template, name));
    return text.n ? message_fill(arena, text, payload, html) : STR_NONE;
}

static struct str either(struct str first, struct str second)
{
    return first.n ? first : second;
}

/* A text of its own says text/plain, or it is HTML; a connector's always says which. */
static struct str fill_mail(struct arena *arena, json *config, json *text, struct mail *mail)
{
    json *template = json_get(text, STR("template")), *payload = json_get(text, STR("payload"));
    if (!template)
        template = find_template(config, json_str(json_get(text, STR("type"))));
    if (!template)
        return STR_NONE;
    mail->html = !str_eq(json_str(json_get(template, STR("contentType"))), STR("text/plain"));
    mail->to = json_str(json_get(text, STR("to")));
    mail->from = either(filled(arena, template, STR("sendFrom"), payload, false),
                        json_str(json_get(config, STR("fromEmail"))));
    mail->reply_to = either(filled(arena, template, STR("replyTo"), payload, false),
                            json_str(json_get(config, STR("replyTo"))));
    mail->subject = filled(arena, template, STR("subject"), payload, false);
    mail->content = filled(arena, template, STR("content"), payload, mail->html);
    bool good = is_line(mail->from) && is_line(mail->to) && is_line(mail->subject) &&
                (!mail->reply_to.n || is_line(mail->reply_to));
    return good ? render_mail(arena, mail) : STR_NONE;
}

static void read_security(json *config, struct outgoing *out)
{
    if (yyjson_get_bool(json_get(config, STR("requireTLS"))))
        out->mail.security = OUTGOING_TLS_NEEDED;
    else if (yyjson_get_bool(json_get(config, STR("ignoreTLS"))))
        out->mail.security = OUTGOING_TLS_NEVER;
}

static const char *smtp_request(struct arena *arena, json *config, json *text, struct outgoing *out)
{
    struct mail mail = {0};
    json *auth = json_get(config, STR("auth"));
    bool secure = yyjson_get_bool(json_get(config, STR("secure")));
    out->body = fill_mail(arena, config, text, &mail);
    if (!out->body.p)
        return "it has no template for this, or its sender or subject is not one line";
    out->url = arena_printf(arena, "%s://%.*s:%d", secure ? "smtps" : "smtp",
                            STR_ARG(json_str(json_get(config, STR("host")))),
                            (int)yyjson_get_num(json_get(config, STR("port"))));
    out->mail.from = arena_str(arena, address_in(mail.from));
    out->mail.to = arena_str(arena, address_in(mail.to));
    out->mail.user = arena_str(arena, json_str(json_get(auth, STR("user"))));
    out->mail.password = arena_str(arena, json_str(json_get(auth, STR("pass"))));
    read_security(config, out);
    return out->url.p && out->mail.from.p && out->mail.to.p ? NULL : "memory is out";
}

/* ---- Which ---- */

static const struct {
    const char *factory;
    const char *(*make)(struct arena *arena, json *config, json *text, struct outgoing *out);
} senders[] = {
    {"simple-mail-transfer-protocol", smtp_request},
    {"http-email", http_request},
    {"http-sms", http_request},
};
#define SENDERS (sizeof senders / sizeof *senders)

static size_t find_sender(const struct connector_factory *factory)
{
    size_t i = 0;
    while (i < SENDERS && strcmp(senders[i].factory, factory->id) != 0)
        i++;
    return i;
}

bool message_is_supported(const struct connector_factory *factory)
{
    return find_sender(factory) < SENDERS;
}

const char *message_request(struct arena *arena, const struct connector_factory *factory,
                            struct str config, struct str text, struct outgoing *out)
{
    json *settings, *told;
    size_t i = find_sender(factory);
    if (i == SENDERS)
        return "messages cannot be sent with connectors of this kind";
    if (json_parse(arena, config, &settings, NULL) != JSON_OK ||
        json_parse(arena, text, &told, NULL) != JSON_OK)
        return "its configuration cannot be read";
    return senders[i].make(arena, settings, told, out);
}
