/* TLS on the server's side, without sockets: bytes in, bytes out. RFC 8446, RFC 5246. */
#ifndef SIGNET_HTTP_TLS_H
#define SIGNET_HTTP_TLS_H

#include "base/buf.h"

struct tls_context; /* a certificate with its key; counted, so it can be replaced under way */
struct tls_session;

enum tls_result {
    TLS_OK,
    TLS_CLOSED, /* the peer said that nothing more comes */
    TLS_FAILED,
};

/* Reads PEM files. NULL, with a line in why (why_n bytes), when they cannot be used together. */
struct tls_context *tls_context_new(const char *cert_path, const char *key_path, char *why,
                                    size_t why_n);
void tls_context_free(struct tls_context *context); /* sessions keep what they need; takes NULL */

/* NULL when memory is out. */
struct tls_session *tls_session_new(struct tls_context *context);
void tls_session_free(struct tls_session *session); /* takes NULL */
bool tls_is_established(const struct tls_session *session);

/* Takes records from the peer; what they held is appended to plain, what must be sent back (also
 * when it fails) to cipher. */
enum tls_result tls_read(struct tls_session *session, struct str bytes, struct buf *plain,
                         struct buf *cipher);
/* Appends bytes as records to cipher. */
bool tls_write(struct tls_session *session, struct str bytes, struct buf *cipher);
/* Appends the alert that says that nothing more comes. */
void tls_close(struct tls_session *session, struct buf *cipher);

#endif
