/* Text encodings: base64, base64url, hex, percent and form. */
#ifndef SIGNET_BASE_ENCODING_H
#define SIGNET_BASE_ENCODING_H

#include "base/buf.h"

#define BASE64URL_LENGTH(n) (((n)*4 + 2) / 3)

/* RFC 4648 5, no padding. out must have BASE64URL_LENGTH(n) bytes; returns that length. */
size_t base64url_encode(const void *bytes, size_t n, char *out);
/* The same into out. */
void base64url_put(struct buf *out, const void *bytes, size_t n);
/* Strict: no padding, no blanks, no other alphabet, zero trailing bits. False otherwise or when out
 * (cap bytes) is too small. */
bool base64url_decode(struct str text, void *out, size_t cap, size_t *n);
/* RFC 4648 4 with padding; decode takes both padded and unpadded input. */
void base64_encode(struct buf *buf, const void *bytes, size_t n);
bool base64_decode(struct str text, void *out, size_t cap, size_t *n);

void hex_encode(const void *bytes, size_t n, char *out); /* 2n bytes, lower case */
bool hex_decode(struct str text, void *out, size_t cap, size_t *n);

/* application/x-www-form-urlencoded value: '+' is a blank, %XX a byte. A '%' without two hex digits
 * stands for itself (as browsers' URLSearchParams). Result is UTF-8 checked: {NULL,0} if it is not
 * UTF-8, contains NUL or memory is out. May return the input itself when nothing was encoded. */
struct str form_decode(struct arena *arena, struct str text);
/* Path segment: %XX only. Same result rules, but a bad escape is refused. */
struct str percent_decode(struct arena *arena, struct str text);
/* Percent-encodes all but RFC 3986 unreserved characters. */
void percent_encode(struct buf *buf, struct str text);
/* A form value: the same with '+' for a blank. */
void form_encode(struct buf *buf, struct str text);

#endif
