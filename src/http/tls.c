/* TLS by OpenSSL, on BIOs that read from a slice and write to a buffer. */
#include "http/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define RECORD_MAX ((size_t)16 * 1024)

struct tls_session {
    SSL *ssl;
    struct str in;   /* only during a call */
    struct buf *out; /* only during a call */
    bool failed;
};

/* struct tls_context is OpenSSL's SSL_CTX, which counts its users. */
static SSL_CTX *ctx_of(struct tls_context *context)
{
    return (SSL_CTX *)context;
}

static int bio_read(BIO *bio, char *out, int size)
{
    struct tls_session *session = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (session->in.n == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t n = (size_t)size < session->in.n ? (size_t)size : session->in.n;
    memcpy(out, session->in.p, n);
    session->in = str_from(session->in, n);
    return (int)n;
}

static int bio_write(BIO *bio, const char *bytes, int n)
{
    struct tls_session *session = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (session->out)
        buf_put(session->out, bytes, (size_t)n);
    return session->out && !session->out->failed ? n : -1;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *bio_method;

static void make_bio_method(void)
{
    bio_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "slices");
    if (!bio_method)
        return;
    BIO_meth_set_read(bio_method, bio_read);
    BIO_meth_set_write(bio_method, bio_write);
    BIO_meth_set_ctrl(bio_method, bio_ctrl);
}

/* RFC 7301: a client that names protocols must name ours. */
static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_n,
                       const unsigned char *in, unsigned in_n, void *arg)
{
    static const unsigned char ours[] = "\x08http/1.1";
    (void)ssl, (void)arg;
    unsigned char *chosen;
    if (SSL_select_next_proto(&chosen, out_n, ours, sizeof ours - 1, in, in_n) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* Without this OpenSSL would ask the terminal for the passphrase of an encrypted key. */
static int refuse_passphrase(char *out, int size, int writing, void *arg)
{
    (void)out, (void)size, (void)writing, (void)arg;
    return -1;
}

static void explain_certificate(char *why, size_t why_n, const char *path)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    snprintf(why, why_n, "HTTPS_CERT_PATH: cannot use the certificate '%s': %s", path,
             reason ? reason : "it is none in PEM");
    ERR_clear_error();
}

static void explain_key(char *why, size_t why_n, const char *path, bool is_key)
{
    bool other = is_key || ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_X509;
    snprintf(why, why_n, "HTTPS_KEY_PATH: cannot use the private key '%s': %s", path,
             other ? "it is not that of the certificate in HTTPS_CERT_PATH"
                   : "it is none in PEM, or needs a passphrase");
    ERR_clear_error();
}

static void configure(SSL_CTX *ctx)
{
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    /* Forward secrecy and AEAD; TLS 1.3 has nothing else anyway. */
    SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); /* tickets need none */
    SSL_CTX_set_num_tickets(ctx, 1);
    SSL_CTX_set_default_passwd_cb(ctx, refuse_passphrase);
    SSL_CTX_set_alpn_select_cb(ctx, select_alpn, NULL);
}

struct tls_context *tls_context_new(const char *cert_path, const char *key_path, char *why,
                                    size_t why_n)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_bio_method);
    SSL_CTX *ctx = bio_method ? SSL_CTX_new(TLS_server_method()) : NULL;
    if (!ctx) {
        snprintf(why, why_n, "TLS cannot be set up: memory is out");
        return NULL;
    }
    configure(ctx);
    if (SSL_CTX_use_certificate_chain_file(ctx, cert_path) != 1) {
        explain_certificate(why, why_n, cert_path);
    } else {
        bool is_key = SSL_CTX_use_PrivateKey_file(ctx, key_path, SSL_FILETYPE_PEM) == 1;
        if (is_key && SSL_CTX_check_private_key(ctx) == 1)
            return (struct tls_context *)ctx;
        explain_key(why, why_n, key_path, is_key);
    }
    SSL_CTX_free(ctx);
    return NULL;
}

void tls_context_free(struct tls_context *context)
{
    SSL_CTX_free(ctx_of(context));
}

static bool attach_bio(struct tls_session *session)
{
    BIO *bio = BIO_new(bio_method);
    if (!bio)
        return false;
    BIO_set_data(bio, session);
    BIO_set_init(bio, 1);
    SSL_set_bio(session->ssl, bio, bio);
    SSL_set_accept_state(session->ssl);
    return true;
}

struct tls_session *tls_session_new(struct tls_context *context)
{
    struct tls_session *session = calloc(1, sizeof *session);
    if (!session)
        return NULL;
    session->ssl = SSL_new(ctx_of(context));
    if (session->ssl && attach_bio(session))
        return session;
    tls_session_free(session);
    return NULL;
}

void tls_session_free(struct tls_session *session)
{
    if (!session)
        return;
    SSL_free(session->ssl);
    free(session);
}

bool tls_is_established(const struct tls_session *session)
{
    return SSL_is_init_finished(session->ssl);
}

static enum tls_result result_of(struct tls_session *session, int returned)
{
    switch (SSL_get_error(session->ssl, returned)) {
    case SSL_ERROR_WANT_READ:
        return TLS_OK;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_CLOSED;
    default:
        session->failed = true;
        return TLS_FAILED;
    }
}

enum tls_result tls_read(struct tls_session *session, struct str bytes, struct buf *plain,
                         struct buf *cipher)
{
    if (session->failed)
        return TLS_FAILED;
    session->in = bytes;
    session->out = cipher;
    ERR_clear_error();
    enum tls_result result = TLS_FAILED;
    while (buf_reserve(plain, RECORD_MAX)) {
        int n = SSL_read(session->ssl, plain->p + plain->n, (int)RECORD_MAX);
        if (n <= 0) {
            result = result_of(session, n);
            break;
        }
        plain->n += (size_t)n;
    }
    session->in = STR_NONE;
    session->out = NULL;
    ERR_clear_error();
    return result;
}

bool tls_write(struct tls_session *session, struct str bytes, struct buf *cipher)
{
    session->out = cipher;
    ERR_clear_error();
    bool written = !session->failed;
    while (written && bytes.n) {
        size_t n = bytes.n < RECORD_MAX ? bytes.n : RECORD_MAX;
        written = SSL_write(session->ssl, bytes.p, (int)n) == (int)n;
        bytes = str_from(bytes, n);
    }
    session->failed = !written;
    session->out = NULL;
    return written;
}

void tls_close(struct tls_session *session, struct buf *cipher)
{
    if (session->failed || !SSL_is_init_finished(session->ssl))
        return;
    session->out = cipher;
    SSL_shutdown(session->ssl);
    session->out = NULL;
    ERR_clear_error();
}
