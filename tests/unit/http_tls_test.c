/* TLS of the HTTP server: what is negotiated, what is refused, and the change of the certificate.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>

#include "http_client.h"

static char cert_path[64], key_path[64];
static SSL_CTX *client;

static void write_pem(const char *path, X509 *cert, EVP_PKEY *key)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(cert ? PEM_write_X509(file, cert)
                          : PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL),
                     1);
    fclose(file);
}

/* A new key and a certificate of it with that serial number. */
static void write_certificate(long serial)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), serial);
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"a", -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_set_pubkey(cert, key);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    write_pem(cert_path, cert, NULL);
    write_pem(key_path, NULL, key);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static int start_tls(void **state)
{
    (void)state;
    struct http_options options = default_options();
    snprintf(cert_path, sizeof cert_path, "/tmp/http_tls_test.%d.cert", (int)getpid());
    snprintf(key_path, sizeof key_path, "/tmp/http_tls_test.%d.key", (int)getpid());
    write_certificate(1);
    options.cert_path = cert_path;
    options.key_path = key_path;
    start_server(&options);
    client = SSL_CTX_new(TLS_client_method());
    return 0;
}

static int stop_tls(void **state)
{
    SSL_CTX_free(client);
    stop_server(state);
    unlink(cert_path);
    unlink(key_path);
    return 0;
}

/* NULL when the handshake fails. */
static SSL *shake_hands(int fd, const char *alpn)
{
    SSL *ssl = SSL_new(client);
    SSL_set_fd(ssl, fd);
    if (alpn)
        SSL_set_alpn_protos(ssl, (const unsigned char *)alpn, (unsigned)strlen(alpn));
    if (SSL_connect(ssl) == 1)
        return ssl;
    ERR_clear_error();
    SSL_free(ssl);
    return NULL;
}

static void hang_up(SSL *ssl, int fd)
{
    SSL_free(ssl);
    close(fd);
}

static void tls_send(SSL *ssl, const char *text)
{
    assert_int_equal(SSL_write(ssl, text, (int)strlen(text)), strlen(text));
}

/* Reads until n bytes have come or the peer ends; returns how many came. */
static size_t tls_receive(SSL *ssl, char *out, size_t n)
{
    size_t at = 0;
    int got;
    while (at < n && (got = SSL_read(ssl, out + at, (int)(n - at))) > 0)
        at += (size_t)got;
    return at;
}

static const char last_request[] = "GET /where HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

static void assert_answered(SSL *ssl)
{
    char text[2048] = "";
    tls_send(ssl, last_request);
    tls_receive(ssl, text, sizeof text - 1);
    assert_non_null(strstr(text, "listener 7, from 127.0.0.1, TLS"));
    /* The end was announced, not just cut. */
    assert_int_equal(SSL_get_shutdown(ssl), SSL_RECEIVED_SHUTDOWN);
}

static void versions_are_negotiated(void **state)
{
    (void)state;
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < 2; i++) {
        int fd = dial();
        SSL_CTX_set_min_proto_version(client, versions[i]);
        SSL_CTX_set_max_proto_version(client, versions[i]);
        SSL *ssl = shake_hands(fd, "\x02h2\x08http/1.1");
        assert_non_null(ssl);
        const unsigned char *alpn;
        unsigned n;
        SSL_get0_alpn_selected(ssl, &alpn, &n);
        assert_int_equal(n, 8);
        assert_memory_equal(alpn, "http/1.1", 8);
        assert_answered(ssl);
        hang_up(ssl, fd);
    }
}

static void old_versions_are_refused(void **state)
{
    (void)state;
    int fd = dial();
    SSL_CTX_set_security_level(client, 0);
    SSL_CTX_set_min_proto_version(client, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(client, TLS1_1_VERSION);
    assert_null(shake_hands(fd, NULL));
    assert_closed(fd);
}

static void other_protocols_are_refused(void **state)
{
    (void)state;
    int fd = dial();
    assert_null(shake_hands(fd, "\x02h2"));
    assert_closed(fd);
}

static void plain_text_is_refused(void **state)
{
    (void)state;
    int fd = dial();
    send_text(fd, last_request);
    assert_closed(fd);
    assert_int_equal(stats_now().requests, 0);
}

static void session_is_resumed(void **state)
{
    (void)state;
    SSL_SESSION *session = NULL;
    for (int i = 0; i < 2; i++) {
        int fd = dial();
        SSL *ssl = SSL_new(client);
        SSL_set_fd(ssl, fd);
        if (session)
            SSL_set_session(ssl, session);
        assert_int_equal(SSL_connect(ssl), 1);
        assert_int_equal(SSL_session_reused(ssl), i);
        assert_answered(ssl);
        SSL_SESSION_free(session);
        session = SSL_get1_session(ssl);
        SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN); /* or the session would count as broken */
        hang_up(ssl, fd);
    }
    SSL_SESSION_free(session);
}

static void bytes_may_come_one_by_one(void **state)
{
    (void)state;
    int fd = dial();
    char text[2048] = "";
    SSL *ssl = shake_hands(fd, NULL);
    assert_non_null(ssl);
    for (size_t i = 0; i < sizeof last_request - 1; i++)
        assert_int_equal(SSL_write(ssl, last_request + i, 1), 1);
    tls_receive(ssl, text, sizeof text - 1);
    assert_non_null(strstr(text, "listener 7"));
    hang_up(ssl, fd);
}

static void pipelined_and_large_answers_arrive(void **state)
{
    (void)state;
    int fd = dial();
    SSL *ssl = shake_hands(fd, NULL);
    assert_non_null(ssl);
    size_t size = LARGE + 4096, got = 0;
    char *text = calloc(1, size);
    tls_send(ssl, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
                  "GET /later?x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    got = tls_receive(ssl, text, size);
    assert_true(got > LARGE);
    char *second = memmem(text + LARGE, got - LARGE, "HTTP/1.1 200 OK\r\n", 17);
    assert_non_null(second);
    assert_non_null(strstr(second, "GET path=/later query=x host=a body="));
    free(text);
    hang_up(ssl, fd);
}

/* ---- The change of the certificate ---- */

static long serial_of(SSL *ssl)
{
    X509 *cert = SSL_get1_peer_certificate(ssl);
    long serial = (long)ASN1_INTEGER_get(X509_get_serialNumber(cert));
    X509_free(cert);
    return serial;
}

static long serial_of_new_connection(void)
{
    int fd = dial();
    SSL *ssl = shake_hands(fd, NULL);
    assert_non_null(ssl);
    long serial = serial_of(ssl);
    assert_answered(ssl);
    hang_up(ssl, fd);
    return serial;
}

static void reload_changes_new_connections_only(void **state)
{
    (void)state;
    int fd = dial();
    SSL *ssl = shake_hands(fd, NULL);
    assert_non_null(ssl);
    write_certificate(2);
    assert_int_equal(serial_of_new_connection(), 1);
    assert_true(http_server_reload(server));
    assert_int_equal(serial_of_new_connection(), 2);
    assert_int_equal(serial_of(ssl), 1);
    assert_answered(ssl);
    hang_up(ssl, fd);
}

static void bad_certificate_changes_nothing(void **state)
{
    (void)state;
    FILE *file = fopen(cert_path, "w");
    fputs("no certificate\n", file);
    fclose(file);
    assert_false(http_server_reload(server));
    assert_int_equal(serial_of_new_connection(), 1);
    write_certificate(2);
    EVP_PKEY *other = EVP_EC_gen("P-256");
    write_pem(key_path, NULL, other);
    EVP_PKEY_free(other);
    assert_false(http_server_reload(server));
    assert_int_equal(serial_of_new_connection(), 1);
}

struct dialer {
    pthread_t thread;
    atomic_bool *done;
    int count;
};

static void *dial_until_done(void *arg)
{
    struct dialer *dialer = arg;
    while (!atomic_load(dialer->done) || dialer->count == 0) {
        assert_in_range(serial_of_new_connection(), 1, 20);
        dialer->count++;
    }
    return NULL;
}

static void reload_under_load_loses_nothing(void **state)
{
    (void)state;
    atomic_bool done = false;
    struct dialer dialers[2];
    for (int i = 0; i < 2; i++) {
        dialers[i] = (struct dialer){.done = &done};
        pthread_create(&dialers[i].thread, NULL, dial_until_done, &dialers[i]);
    }
    for (long serial = 2; serial <= 20; serial++) {
        write_certificate(serial);
        assert_true(http_server_reload(server));
        assert_int_equal(serial_of_new_connection(), serial);
    }
    atomic_store(&done, true);
    for (int i = 0; i < 2; i++)
        pthread_join(dialers[i].thread, NULL);
}

/* A server must not wait for somebody to type the passphrase; here somebody even has. */
static void encrypted_key_is_refused(void **state)
{
    (void)state;
    int typed[2];
    assert_int_equal(pipe(typed), 0);
    assert_int_equal(write(typed[1], "secret\n", 7), 7);
    close(typed[1]);
    dup2(typed[0], STDIN_FILENO);
    close(typed[0]);
    FILE *file = fopen(key_path, "r");
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    assert_non_null(key);
    file = freopen(key_path, "w", file);
    assert_int_equal(PEM_write_PrivateKey(file, key, EVP_aes_128_cbc(),
                                          (const unsigned char *)"secret", 6, NULL, NULL),
                     1);
    fclose(file);
    EVP_PKEY_free(key);
    assert_false(http_server_reload(server));
}

static void missing_certificate_stops_the_start(void **state)
{
    (void)state;
    struct http_options options = default_options();
    struct http_server *second;
    struct str why;
    options.cert_path = "/nonexistent/cert.pem";
    options.key_path = key_path;
    assert_int_equal(http_server_start(&options, server_arena, &second, &why), ERR_INTERNAL);
    assert_non_null(strstr(why.p, "cannot use the certificate '/nonexistent/cert.pem': "));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start_tls, stop_tls)

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        TEST(versions_are_negotiated),
        TEST(old_versions_are_refused),
        TEST(other_protocols_are_refused),
        TEST(plain_text_is_refused),
        TEST(session_is_resumed),
        TEST(bytes_may_come_one_by_one),
        TEST(pipelined_and_large_answers_arrive),
        TEST(reload_changes_new_connections_only),
        TEST(bad_certificate_changes_nothing),
        TEST(reload_under_load_loses_nothing),
        TEST(encrypted_key_is_refused),
        TEST(missing_certificate_stops_the_start),
    };
    return cmocka_run_group_tests_name("http_tls", tests, NULL, NULL);
}
