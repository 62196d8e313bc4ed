/* Requests from strangers: what is accepted has one reading only, and it does not depend on how the
 * bytes were cut. The first byte of the input chooses the cut. */
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>

#include "http/message.h"
#include "http/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_limits limits = {
    .max_target = 200, .max_headers = 600, .max_body = 300, .arena_max = 1 << 20};

static size_t feed(struct message *message, struct str bytes, size_t step)
{
    size_t used = 0;
    message_start(message);
    while (used < bytes.n && message->state < MESSAGE_DONE) {
        size_t n = bytes.n - used < step ? bytes.n - used : step;
        size_t taken = message_feed(message, bytes.p + used, n);
        assert(taken <= n && (taken == n || message->state >= MESSAGE_DONE));
        used += taken;
    }
    return used;
}

static void same_str(struct str a, struct str b)
{
    assert(str_eq(a, b));
}

/* Of two reasons to refuse either may be found first: the status may differ, the verdict may not.
 */
static void assert_same(const struct message *a, const struct message *b)
{
    assert(a->state == b->state);
    if (a->state != MESSAGE_DONE)
        return;
    assert(a->request.method == b->request.method);
    assert(a->request.body_too_large == b->request.body_too_large);
    assert(a->keep_alive == b->keep_alive);
    assert(a->request.header_count == b->request.header_count);
    same_str(a->request.path, b->request.path);
    same_str(a->request.query, b->request.query);
    same_str(a->request.host, b->request.host);
    same_str(a->request.body, b->request.body);
    for (size_t i = 0; i < a->request.header_count; i++) {
        same_str(a->headers[i].name, b->headers[i].name);
        same_str(a->headers[i].value, b->headers[i].value);
    }
}

/* ---- A second, plain reading of an accepted head ---- */

struct reading {
    size_t headers, hosts, lengths, codings;
    uint64_t length;
};

static void read_header(struct str line, struct reading *reading)
{
    size_t colon = str_find(line, ':');
    struct str name = {line.p, colon};
    assert(colon > 0 && colon < line.n);
    for (size_t i = 0; i < name.n; i++)
        assert(name.p[i] > ' ' && name.p[i] < 0x7f);
    for (size_t i = colon; i < line.n; i++)
        assert(line.p[i] == '\t' || ((unsigned char)line.p[i] >= ' ' && line.p[i] != 0x7f));
    reading->headers++;
    reading->hosts += str_eq_nocase(name, STR("Host"));
    reading->codings += str_eq_nocase(name, STR("Transfer-Encoding"));
    if (!str_eq_nocase(name, STR("Content-Length")))
        return;
    struct str digits = str_trim(str_from(line, colon + 1));
    assert(digits.n);
    reading->lengths++;
    for (size_t i = 0; i < digits.n; i++) {
        assert(digits.p[i] >= '0' && digits.p[i] <= '9');
        assert(!__builtin_mul_overflow(reading->length, 10, &reading->length));
        reading->length += (uint64_t)(digits.p[i] - '0');
    }
}

static void check_request_line(struct str line)
{
    size_t blanks = 0;
    for (size_t i = 0; i < line.n; i++) {
        assert(line.p[i] >= ' ' && line.p[i] < 0x7f);
        blanks += line.p[i] == ' ';
    }
    assert(blanks == 2);
    assert(str_ends(line, STR(" HTTP/1.1")) || str_ends(line, STR(" HTTP/1.0")));
}

/* Every line of the head ends in CRLF and holds no other CR or LF. Returns where the body starts.
 */
static size_t read_head(struct str bytes, struct reading *reading)
{
    bool first = true;
    size_t at = 0;
    for (;;) {
        struct str rest = str_from(bytes, at);
        size_t n = str_find(rest, '\n');
        assert(n > 0 && n < rest.n && rest.p[n - 1] == '\r');
        struct str line = {rest.p, n - 1};
        at += n + 1;
        if (line.n == 0 && first)
            continue; /* RFC 9112 2.2: empty lines before the request */
        if (line.n == 0)
            return at;
        assert(str_find(line, '\r') == line.n);
        if (first)
            check_request_line(line);
        else
            read_header(line, reading);
        first = false;
    }
}

/* A line without its CRLF; it holds no other CR or LF. */
static struct str take_line(struct str *rest)
{
    size_t n = str_find(*rest, '\n');
    assert(n > 0 && n < rest->n && rest->p[n - 1] == '\r');
    struct str line = {rest->p, n - 1};
    assert(str_find(line, '\r') == line.n);
    *rest = str_from(*rest, n + 1);
    return line;
}

static size_t chunk_size(struct str line)
{
    size_t size = 0, i;
    for (i = 0; i < line.n && isxdigit((unsigned char)line.p[i]); i++) {
        char digit[] = {line.p[i], '\0'};
        assert(!__builtin_mul_overflow(size, 16, &size));
        size += strtoul(digit, NULL, 16);
    }
    assert(i > 0 && (i == line.n || line.p[i] == ';'));
    return size;
}

/* RFC 9112 7.1: the chunks hold just the body, and nothing is left behind the last line. */
static void check_chunks(struct str rest, struct str body)
{
    size_t size;
    while ((size = chunk_size(take_line(&rest)))) {
        assert(size <= body.n && size <= rest.n && memcmp(rest.p, body.p, size) == 0);
        body = str_from(body, size);
        rest = str_from(rest, size);
        assert(take_line(&rest).n == 0);
    }
    assert(body.n == 0);
    while (take_line(&rest).n)
        ;
    assert(rest.n == 0);
}

static void check_accepted(const struct message *message, struct str bytes)
{
    struct reading reading = {0};
    const struct http_request *request = &message->request;
    size_t head = read_head(bytes, &reading);
    assert(reading.headers == request->header_count && reading.headers <= MESSAGE_MAX_HEADERS);
    assert(reading.lengths <= 1 && reading.codings <= 1 && reading.lengths + reading.codings <= 1);
    assert(reading.hosts == 1 || (reading.hosts == 0 && message->http_1_0));
    assert(reading.codings == 0 || !message->http_1_0);
    assert(request->host.n == 0 ? message->http_1_0 : target_is_authority(request->host));
    assert(request->path.n && (request->path.p[0] == '/' || str_eq(request->path, STR("*"))));
    if (request->body_too_large) {
        assert(!message->keep_alive);
        assert(reading.lengths == 0 || reading.length > limits.max_body);
        return;
    }
    assert(request->body.n <= limits.max_body);
    struct str rest = str_from(bytes, head);
    if (reading.codings)
        check_chunks(rest, request->body);
    else
        assert(rest.n == reading.length && str_eq(rest, request->body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct message *whole, *cut;
    if (!whole) {
        whole = message_new(&limits);
        cut = message_new(&limits);
        assert(whole && cut);
    }
    if (size == 0)
        return 0;
    struct str bytes = {(const char *)data + 1, size - 1};
    size_t used = feed(whole, bytes, bytes.n);
    feed(cut, bytes, (size_t)data[0] % 16 + 1);
    assert_same(whole, cut);
    if (whole->state == MESSAGE_DONE)
        check_accepted(whole, (struct str){bytes.p, used});
    return 0;
}
