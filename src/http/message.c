/* One request from bytes to struct http_request: llhttp splits, the rules it leaves open are here.
 */
#include "http/message.h"
#include "http/spool.h"

#include <stdlib.h>

#include "http/target.h"

/* Beside target and headers: method, version, blanks, empty lines before the request. */
#define HEAD_SLACK 256
/* Chunk sizes, extensions and trailers: a chunk of one byte has five of framing. */
#define FRAMING_FACTOR 8
#define FRAMING_SLACK  ((size_t)16 * 1024)
/* Bodies up to this size leave their memory to the next request. */
#define KEPT_BODY ((size_t)16 * 1024)

static int refuse(struct message *message, int status, const char *reason)
{
    if (message->state != MESSAGE_REFUSED) {
        message->state = MESSAGE_REFUSED;
        message->status = status;
        message->reason = reason;
    }
    return -1;
}

static struct message *message_of(llhttp_t *parser)
{
    return parser->data;
}

static void add(struct message *message, const char *at, size_t n)
{
    memcpy(message->head + message->head_n, at, n);
    message->head_n += n;
}

/* The bytes of the request line before at, which may have come in an earlier piece. */
static bool is_behind(const struct message *message, const char *at, struct str expected)
{
    for (size_t back = 1; back <= expected.n; back++) {
        size_t here = (size_t)(at - message->piece);
        char byte = back <= here ? *(at - back) : message->tail[MESSAGE_TAIL - (back - here)];
        if (byte != expected.p[expected.n - back])
            return false;
    }
    return true;
}

static void keep_tail(struct message *message, const char *bytes, size_t n)
{
    size_t kept = n < MESSAGE_TAIL ? n : MESSAGE_TAIL;
    memmove(message->tail, message->tail + kept, MESSAGE_TAIL - kept);
    memcpy(message->tail + MESSAGE_TAIL - kept, bytes + n - kept, kept);
}

static int on_url(llhttp_t *parser, const char *at, size_t n)
{
    struct message *message = message_of(parser);
    if (message->target_n == 0 && is_behind(message, at, STR("  ")))
        return refuse(message, 400, "the request line has more than one blank in a row");
    if (n > message->limits->max_target - message->target_n)
        return refuse(message, 414, "the request target is too long");
    message->target_n += n;
    add(message, at, n);
    return 0;
}

/* llhttp takes any number of blanks before the version, and names of other protocols. */
static int on_version(llhttp_t *parser, const char *at, size_t n)
{
    struct message *message = message_of(parser);
    (void)n;
    if (message->version_seen)
        return 0;
    message->version_seen = true;
    if (is_behind(message, at, STR("  HTTP/")) || !is_behind(message, at, STR(" HTTP/")))
        return refuse(message, 400, "the request line does not end in HTTP/1.1");
    return 0;
}

/* Accounts for header bytes before they are stored: what passes here fits into head. */
static bool takes_header_bytes(struct message *message, size_t n)
{
    if (n > message->limits->max_headers - message->header_n)
        return refuse(message, 431, "the request headers are too large") == 0;
    message->header_n += n;
    return true;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t n)
{
    struct message *message = message_of(parser);
    if (message->state != MESSAGE_HEAD)
        return 0; /* trailers */
    struct http_request *request = &message->request;
    if (!message->name_open) {
        if (request->header_count == MESSAGE_MAX_HEADERS)
            return refuse(message, 431, "there are too many request headers");
        if (!takes_header_bytes(message, sizeof ": \r\n" - 1))
            return -1;
        message->name_open = true;
        message->headers[request->header_count++] =
            (struct http_header){.name = {message->head + message->head_n, 0}};
    }
    if (!takes_header_bytes(message, n))
        return -1;
    add(message, at, n);
    message->headers[request->header_count - 1].name.n += n;
    return 0;
}

static int on_header_field_complete(llhttp_t *parser)
{
    struct message *message = message_of(parser);
    if (message->state != MESSAGE_HEAD)
        return 0;
    message->name_open = false;
    message->headers[message->request.header_count - 1].value.p = message->head + message->head_n;
    return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t n)
{
    struct message *message = message_of(parser);
    if (message->state != MESSAGE_HEAD)
        return 0;
    if (!takes_header_bytes(message, n))
        return -1;
    add(message, at, n);
    message->headers[message->request.header_count - 1].value.n += n;
    return 0;
}

static enum http_method method_of(uint8_t method)
{
    switch (method) {
    case HTTP_GET:
        return HTTP_M_GET;
    case HTTP_HEAD:
        return HTTP_M_HEAD;
    case HTTP_POST:
        return HTTP_M_POST;
    case HTTP_PUT:
        return HTTP_M_PUT;
    case HTTP_PATCH:
        return HTTP_M_PATCH;
    case HTTP_DELETE:
        return HTTP_M_DELETE;
    case HTTP_OPTIONS:
        return HTTP_M_OPTIONS;
    default:
        return HTTP_M_OTHER;
    }
}

/* Headers that say something about the message itself. */
struct framing {
    const struct http_header *host, *length, *coding, *expect, *type;
    const char *repeated; /* one of these that is there twice */
};

static void note(const struct http_header **slot, const struct http_header *header,
                 const char *complaint, struct framing *framing)
{
    if (*slot)
        framing->repeated = complaint;
    *slot = header;
}

static struct framing framing_of(struct message *message)
{
    struct framing framing = {0};
    for (size_t i = 0; i < message->request.header_count; i++) {
        struct http_header *header = &message->headers[i];
        header->value = str_trim(header->value);
        struct str name = header->name;
        if (name.n == 4 && str_eq_nocase(name, STR("host")))
            note(&framing.host, header, "there is more than one Host header", &framing);
        else if (name.n == 6 && str_eq_nocase(name, STR("expect")))
            note(&framing.expect, header, "there is more than one Expect header", &framing);
        else if (name.n == 12 && str_eq_nocase(name, STR("content-type")))
            note(&framing.type, header, "there is more than one Content-Type header", &framing);
        else if (name.n == 14 && str_eq_nocase(name, STR("content-length")))
            note(&framing.length, header, "there is more than one Content-Length", &framing);
        else if (name.n == 17 && str_eq_nocase(name, STR("transfer-encoding")))
            note(&framing.coding, header, "there is more than one Transfer-Encoding", &framing);
    }
    return framing;
}

/* RFC 9112 3.2: one valid Host in HTTP/1.1; one in the target comes first. */
static bool check_host(struct message *message, const struct framing *framing)
{
    const struct http_header *host = framing->host;
    if (!host && !message->http_1_0)
        return refuse(message, 400, "the Host header is missing") == 0;
    if (host && !target_is_authority(host->value))
        return refuse(message, 400, "the Host header is not a host with an optional port") == 0;
    if (host && !message->request.host.p)
        message->request.host = host->value;
    if (!message->request.host.p)
        message->request.host = STR("");
    return true;
}

/* RFC 9112 6.1, 6.3: what could make two readers see different messages is refused. */
static bool check_framing(struct message *message, const struct framing *framing)
{
    if (framing->repeated)
        return refuse(message, 400, framing->repeated) == 0;
    if (!framing->coding)
        return true;
    if (framing->length)
        return refuse(message, 400, "Content-Length and Transfer-Encoding exclude each other") == 0;
    if (message->http_1_0)
        return refuse(message, 400, "HTTP/1.0 has no Transfer-Encoding") == 0;
    struct str rest = framing->coding->value, coding;
    while ((coding = str_trim(str_split(&rest, ','))).p) {
        if (!str_eq_nocase(coding, STR("chunked")))
            return refuse(message, 501, "the only known transfer coding is chunked") == 0;
        if (rest.p && rest.n)
            return refuse(message, 400, "chunked must be the only transfer coding") == 0;
    }
    return true;
}

static bool has_body(const llhttp_t *parser)
{
    return (parser->flags & F_CHUNKED) ||
           ((parser->flags & F_CONTENT_LENGTH) && parser->content_length > 0);
}

/* RFC 9110 10.1.1. */
static bool check_expect(struct message *message, const struct framing *framing)
{
    if (!framing->expect || message->http_1_0)
        return true;
    if (!str_eq_nocase(framing->expect->value, STR("100-continue")))
        return refuse(message, 417, "the only known expectation is 100-continue") == 0;
    message->expects_continue = has_body(&message->parser);
    return true;
}

static bool check_line(struct message *message)
{
    const llhttp_t *parser = &message->parser;
    struct http_request *request = &message->request;
    if (!message->version_seen)
        return refuse(message, 400, "the request line has no protocol version") == 0;
    if (parser->http_major != 1 || parser->http_minor > 1)
        return refuse(message, 505, "the protocol must be HTTP/1.0 or HTTP/1.1") == 0;
    message->http_1_0 = parser->http_minor == 0;
    if (parser->method == HTTP_CONNECT)
        return refuse(message, 501, "this is no proxy") == 0;
    request->method = method_of(parser->method);
    request->method_name = str_of(llhttp_method_name((llhttp_method_t)parser->method));
    const char *wrong = target_parse((struct str){message->head, message->target_n}, request);
    return !wrong || refuse(message, 400, wrong) == 0;
}

static int too_large(struct message *message)
{
    message->request.body_too_large = true;
    message->keep_alive = false;
    message->body.n = message->body_n = 0;
    message->state = MESSAGE_DONE;
    return -1; /* stops the parser; what follows is thrown away */
}

/* A long body goes to a file, where the owner wants that. */
static bool choose_place(struct message *message)
{
    struct http_request *request = &message->request;
    if (!message->limits->spool || !has_body(&message->parser))
        return true;
    if (!request->arena && !(request->arena = arena_new(message->limits->arena_max)))
        return false;
    int fd = message->limits->spool(request, &message->body_max);
    if (fd >= 0)
        request->spool = spool_new(request->arena, fd);
    return fd < 0 || request->spool;
}

static bool keep_body(struct message *message, const char *bytes, size_t n)
{
    message->body_n += n;
    if (message->request.spool)
        return spool_put(message->request.spool, bytes, n);
    buf_put(&message->body, bytes, n);
    return !message->body.failed;
}

static int on_headers_complete(llhttp_t *parser)
{
    struct message *message = message_of(parser);
    if (!check_line(message))
        return -1;
    struct framing framing = framing_of(message);
    if (!check_framing(message, &framing) || !check_host(message, &framing) ||
        !check_expect(message, &framing))
        return -1;
    parser->upgrade = 0; /* RFC 9110 7.8: an offer to upgrade may be ignored */
    message->keep_alive = llhttp_should_keep_alive(parser);
    message->state = MESSAGE_BODY;
    if (!choose_place(message))
        return refuse(message, 503, "the server is out of memory");
    if ((parser->flags & F_CONTENT_LENGTH) && parser->content_length > message->body_max)
        return too_large(message);
    return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t n)
{
    struct message *message = message_of(parser);
    if (n > message->body_max - message->body_n)
        return too_large(message);
    return keep_body(message, at, n) ? 0 : refuse(message, 503, "the server is out of memory");
}

static int on_message_complete(llhttp_t *parser)
{
    struct message *message = message_of(parser);
    message->state = MESSAGE_DONE;
    struct spool *spool = message->request.spool;
    message->request.body = spool ? spool_view(spool) : buf_view(&message->body);
    return HPE_PAUSED;
}

static llhttp_settings_t settings = {
    .on_url = on_url,
    .on_version = on_version,
    .on_header_field = on_header_field,
    .on_header_field_complete = on_header_field_complete,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

struct message *message_new(const struct http_limits *limits)
{
    struct message *message = malloc(sizeof *message + limits->max_target + limits->max_headers);
    if (!message)
        return NULL;
    memset(message, 0, offsetof(struct message, headers));
    message->limits = limits;
    message->body = buf_new(NULL, limits->max_body);
    return message;
}

void message_free(struct message *message)
{
    if (!message)
        return;
    arena_free(message->request.arena);
    buf_free(&message->body);
    free(message);
}

void message_start(struct message *message)
{
    struct arena *arena = message->request.arena;
    message->request = (struct http_request){.arena = arena, .headers = message->headers};
    message->state = MESSAGE_HEAD;
    message->http_1_0 = message->keep_alive = message->expects_continue = false;
    message->line_begun = message->after_cr = message->version_seen = message->name_open = false;
    message->head_n = message->header_n = message->raw_head = message->raw_body = 0;
    message->target_n = 0;
    message->body_since = 0;
    memset(message->tail, 0, sizeof message->tail);
    if (message->body.cap > KEPT_BODY || message->body.failed)
        buf_free(&message->body);
    message->body.n = message->body_n = 0;
    message->body_max = message->limits->max_body;
    llhttp_init(&message->parser, HTTP_REQUEST, &settings);
    message->parser.data = message;
}

static void refuse_parse_error(struct message *message, llhttp_errno_t error)
{
    const char *reason = llhttp_get_error_reason(&message->parser);
    if (error == HPE_PAUSED_H2_UPGRADE ||
        (error == HPE_INVALID_VERSION && reason && strcmp(reason, "Invalid HTTP version") == 0))
        refuse(message, 505, "the protocol must be HTTP/1.0 or HTTP/1.1");
    else if (message->state == MESSAGE_BODY)
        refuse(message, 400, "the chunks of the body are malformed");
    else
        refuse(message, 400, "the request line or a header is malformed");
}

static size_t execute(struct message *message, const char *bytes, size_t n)
{
    message->piece = bytes;
    llhttp_errno_t error = llhttp_execute(&message->parser, bytes, n);
    if (error == HPE_OK) {
        keep_tail(message, bytes, n);
        return n;
    }
    if (error == HPE_PAUSED && message->state == MESSAGE_DONE)
        return (size_t)(llhttp_get_error_pos(&message->parser) - bytes);
    if (message->state < MESSAGE_DONE)
        refuse_parse_error(message, error);
    return n;
}

/* RFC 9112 2.2: empty lines before the request are ignored. llhttp would take any CR or LF for one.
 */
static size_t skip_empty_lines(struct message *message, const char *bytes, size_t n)
{
    size_t used = 0;
    while (used < n && (bytes[used] == '\r' || bytes[used] == '\n' || message->after_cr)) {
        if (message->after_cr != (bytes[used] == '\n')) {
            refuse(message, 400, "a line before the request does not end in CRLF");
            return n;
        }
        message->after_cr = bytes[used++] == '\r';
    }
    message->line_begun = used < n;
    return used;
}

static size_t feed_head(struct message *message, const char *bytes, size_t n)
{
    /* No more than a head may have, so that the outcome does not depend on how the bytes happened
     * to be cut. */
    size_t limit = message->limits->max_target + message->limits->max_headers + HEAD_SLACK;
    if (n > limit - message->raw_head)
        n = limit - message->raw_head;
    size_t used =
        message->line_begun ? execute(message, bytes, n) : skip_empty_lines(message, bytes, n);
    message->raw_head += used;
    if (message->state == MESSAGE_HEAD && message->raw_head == limit)
        refuse(message, 431, "the request line and headers are too large");
    return used;
}

static size_t feed_body(struct message *message, const char *bytes, size_t n)
{
    size_t used = execute(message, bytes, n);
    message->raw_body += used;
    if (message->state == MESSAGE_BODY &&
        message->raw_body > message->body_n * FRAMING_FACTOR + FRAMING_SLACK)
        refuse(message, 400, "the chunks of the body are malformed");
    return used;
}

size_t message_feed(struct message *message, const char *bytes, size_t n)
{
    size_t used = 0;
    while (used < n && message->state == MESSAGE_HEAD)
        used += feed_head(message, bytes + used, n - used);
    if (used < n && message->state == MESSAGE_BODY)
        used += feed_body(message, bytes + used, n - used);
    return used;
}
