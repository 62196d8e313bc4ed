/* The yardstick of ./dev bench: CPU time of one bare OpenSSL ES256 signature on this machine, now.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

#define ROUNDS   7 /* odd: the median is one of them */
#define ROUND_US 200000.0

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static bool sign(EVP_PKEY_CTX *ctx)
{
    static const uint8_t digest[32] = {1};
    uint8_t signature[128];
    size_t n = sizeof signature;
    return EVP_PKEY_sign(ctx, signature, &n, digest, sizeof digest) == 1;
}

/* Microseconds a signature, over one round; negative on failure. */
static double measure(EVP_PKEY_CTX *ctx)
{
    double start = cpu_us(), spent = 0;
    long count = 0;
    while (spent < ROUND_US) {
        for (int i = 0; i < 64; i++, count++)
            if (!sign(ctx))
                return -1;
        spent = cpu_us() - start;
    }
    return spent / (double)count;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    double rounds[ROUNDS];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    bool ok = ctx && EVP_PKEY_sign_init(ctx) == 1;
    for (int i = 0; ok && i < ROUNDS; i++) {
        rounds[i] = measure(ctx);
        ok = rounds[i] > 0;
    }
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    if (!ok) {
        fputs("sign: OpenSSL cannot sign\n", stderr);
        return 1;
    }
    qsort(rounds, ROUNDS, sizeof rounds[0], ascending);
    printf("{\"es256_us\":%.2f}\n", rounds[ROUNDS / 2]);
    return 0;
}
