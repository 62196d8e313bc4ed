/* Certificates that a key of ours signs for itself. */
#include "crypto/certificate.h"

#include <time.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#define KEY_BITS     3072U
#define SERIAL_BYTES 16
#define DER_MAX      65536

static struct str bio_text(BIO *bio, struct arena *arena)
{
    char *text = NULL;
    long n = BIO_get_mem_data(bio, &text);
    return n > 0 ? arena_str(arena, (struct str){text, (size_t)n}) : STR_NONE;
}

static struct str key_pem(EVP_PKEY *pkey, struct arena *arena)
{
    struct str pem = STR_NONE;
    BIO *bio = BIO_new(BIO_s_mem()); /* BIO_free wipes what it held */
    if (bio && PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1)
        pem = bio_text(bio, arena);
    BIO_free(bio);
    return pem;
}

static struct str certificate_pem(X509 *x509, struct arena *arena)
{
    struct str pem = STR_NONE;
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio && PEM_write_bio_X509(bio, x509) == 1)
        pem = bio_text(bio, arena);
    BIO_free(bio);
    return pem;
}

/* RFC 5280 4.1.2.2: a positive number of at most 20 bytes. */
static bool set_serial(X509 *x509)
{
    unsigned char bytes[SERIAL_BYTES];
    if (RAND_bytes(bytes, (int)sizeof(bytes)) != 1)
        return false;
    bytes[0] = (unsigned char)((bytes[0] & 0x3f) | 0x40);
    BIGNUM *number = BN_bin2bn(bytes, (int)sizeof(bytes), NULL);
    bool good = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509));
    BN_free(number);
    return good;
}

static bool set_name(X509 *x509, const char *common_name)
{
    X509_NAME *name = X509_get_subject_name(x509);
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
                                      -1, -1, 0) == 1 &&
           X509_set_issuer_name(x509, name) == 1;
}

/* The same day so many years later; 29 February becomes 1 March. */
static bool set_times(X509 *x509, int64_t now, struct certificate_new *new)
{
    struct tm utc;
    time_t begin = (time_t)(now / 1000);
    if (!gmtime_r(&begin, &utc))
        return false;
    utc.tm_year += new->years;
    time_t end = timegm(&utc);
    if (end <= begin || !ASN1_TIME_set(X509_getm_notBefore(x509), begin) ||
        !ASN1_TIME_set(X509_getm_notAfter(x509), end))
        return false;
    new->not_after = (int64_t)end * 1000;
    return true;
}

bool certificate_make(struct arena *arena, int64_t now, struct certificate_new *new)
{
    EVP_PKEY *pkey = EVP_RSA_gen(KEY_BITS);
    X509 *x509 = X509_new();
    bool good = pkey && x509 && X509_set_version(x509, X509_VERSION_3) == 1 && set_serial(x509) &&
                set_name(x509, new->common_name) && set_times(x509, now, new) &&
                X509_set_pubkey(x509, pkey) == 1 && X509_sign(x509, pkey, EVP_sha256()) > 0;
    if (good) {
        new->key_pem = key_pem(pkey, arena);
        new->pem = certificate_pem(x509, arena);
        good = new->key_pem.p &&new->pem.p;
    }
    ERR_clear_error(); /* what is left there would be taken for a TLS connection's error */
    X509_free(x509);
    EVP_PKEY_free(pkey);
    return good;
}

bool certificate_fingerprint(struct str pem, uint8_t out[SHA256_SIZE])
{
    unsigned char *der = NULL;
    BIO *bio = pem.n && pem.n <= DER_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
    X509 *x509 = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    int n = x509 ? i2d_X509(x509, &der) : 0;
    if (n > 0)
        sha256((struct str){(const char *)der, (size_t)n}, out);
    OPENSSL_free(der);
    X509_free(x509);
    BIO_free(bio);
    ERR_clear_error();
    return n > 0;
}
