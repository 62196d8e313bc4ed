/* The head of an answer, put together from prepared pieces. */
#include "http/response.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "base/log.h"

#define LINE(status, text) [status] = STR_INIT("HTTP/1.1 " #status " " text "\r\n")

static const struct str lines[] = {
    LINE(200, "OK"),
    LINE(201, "Created"),
    LINE(202, "Accepted"),
    LINE(204, "No Content"),
    LINE(206, "Partial Content"),
    LINE(301, "Moved Permanently"),
    LINE(302, "Found"),
    LINE(303, "See Other"),
    LINE(304, "Not Modified"),
    LINE(307, "Temporary Redirect"),
    LINE(308, "Permanent Redirect"),
    LINE(400, "Bad Request"),
    LINE(401, "Unauthorized"),
    LINE(403, "Forbidden"),
    LINE(404, "Not Found"),
    LINE(405, "Method Not Allowed"),
    LINE(406, "Not Acceptable"),
    LINE(408, "Request Timeout"),
    LINE(409, "Conflict"),
    LINE(410, "Gone"),
    LINE(411, "Length Required"),
    LINE(412, "Precondition Failed"),
    LINE(413, "Content Too Large"),
    LINE(414, "URI Too Long"),
    LINE(415, "Unsupported Media Type"),
    LINE(417, "Expectation Failed"),
    LINE(421, "Misdirected Request"),
    LINE(422, "Unprocessable Content"),
    LINE(423, "Locked"),
    LINE(428, "Precondition Required"),
    LINE(429, "Too Many Requests"),
    LINE(431, "Request Header Fields Too Large"),
    LINE(500, "Internal Server Error"),
    LINE(501, "Not Implemented"),
    LINE(502, "Bad Gateway"),
    LINE(503, "Service Unavailable"),
    LINE(504, "Gateway Timeout"),
    LINE(505, "HTTP Version Not Supported"),
};

static void put_status(struct buf *out, int status)
{
    assert(status >= 200 && status <= 599);
    if ((size_t)status < sizeof lines / sizeof *lines && lines[status].p)
        buf_str(out, lines[status]);
    else
        buf_printf(out, "HTTP/1.1 %d \r\n", status);
}

static bool is_line_safe(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
            return false;
    }
    return true;
}

static void put_header(struct buf *out, struct str name, struct str value)
{
    if (!is_line_safe(name) || !is_line_safe(value)) {
        log_error("a response header with a line break was dropped: %.*s", STR_ARG(name));
        return;
    }
    buf_str(out, name);
    BUF_LIT(out, ": ");
    buf_str(out, value);
    BUF_LIT(out, "\r\n");
}

void response_head(struct buf *out, const struct http_response *response,
                   enum response_connection connection, const char *date)
{
    put_status(out, response->status);
    buf_put(out, date, RESPONSE_DATE_LENGTH);
    if (connection == RESPONSE_CLOSE)
        BUF_LIT(out, "Connection: close\r\n");
    else if (connection == RESPONSE_KEEP_ALIVE)
        BUF_LIT(out, "Connection: keep-alive\r\n");
    buf_str(out, response->fixed);
    for (size_t i = 0; i < response->header_count; i++)
        put_header(out, response->headers[i].name, response->headers[i].value);
    if (response->content_type.p)
        put_header(out, STR("Content-Type"), response->content_type);
    /* RFC 9110 8.6: none on 204; on 304 it would be the other representation's. */
    if (response->status != 204 && response->status != 304) {
        BUF_LIT(out, "Content-Length: ");
        buf_int(out, (int64_t)response->body.n);
        BUF_LIT(out, "\r\n");
    }
    BUF_LIT(out, "\r\n");
}

void response_date(int64_t second, char line[RESPONSE_DATE_LENGTH])
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char text[96];
    time_t when = (time_t)second;
    struct tm tm;
    gmtime_r(&when, &tm);
    /* Not strftime: its names follow the locale. */
    snprintf(text, sizeof text, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", days[tm.tm_wday],
             tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
    memcpy(line, text, RESPONSE_DATE_LENGTH);
}
