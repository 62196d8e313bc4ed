/* The head of an answer. RFC 9110, RFC 9112. */
#ifndef SIGNET_HTTP_RESPONSE_H
#define SIGNET_HTTP_RESPONSE_H

#include "base/buf.h"
#include "http/http.h"

enum response_connection {
    RESPONSE_PERSISTENT, /* HTTP/1.1's default: nothing is said */
    RESPONSE_KEEP_ALIVE, /* for an HTTP/1.0 client that asked for it */
    RESPONSE_CLOSE,
};

#define RESPONSE_DATE_LENGTH (sizeof "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" - 1)

/* Writes the header line for that second (since 1970) into line, without a NUL. */
void response_date(int64_t second, char line[RESPONSE_DATE_LENGTH]);

/* Appends status line and headers with the empty line. date has RESPONSE_DATE_LENGTH bytes. */
void response_head(struct buf *out, const struct http_response *response,
                   enum response_connection connection, const char *date);

#endif
