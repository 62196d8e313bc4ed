/* One-time passwords by time. */
#include "crypto/totp.h"

#include "base/ids.h"
#include "crypto/digest.h"

#define STEP_MS    30000
#define DIGITS     6
#define MODULUS    1000000u
#define SECRET_MAX 20 /* bytes of 32 characters */

static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void totp_secret_random(char out[TOTP_SECRET_LENGTH])
{
    uint8_t bytes[TOTP_SECRET_LENGTH];
    random_bytes(bytes, sizeof(bytes));
    for (size_t i = 0; i < TOTP_SECRET_LENGTH; i++)
        out[i] = base32[bytes[i] % 32];
    wipe(bytes, sizeof(bytes));
}

/* How many characters of the last group of eight may stand before its padding (RFC 4648 6). */
static bool is_group_end(size_t characters, size_t padding)
{
    switch (characters) {
    case 0:
        return padding == 0;
    case 2:
    case 4:
    case 5:
    case 7:
        return characters + padding == 8;
    default:
        return false;
    }
}

bool totp_secret_is_valid(struct str secret)
{
    size_t n = 0;
    if (secret.n < 16 || secret.n > 32)
        return false;
    while (n < secret.n && secret.p[n] != '\0' && strchr(base32, secret.p[n]))
        n++;
    for (size_t i = n; i < secret.n; i++)
        if (secret.p[i] != '=')
            return false;
    return is_group_end(n % 8, secret.n - n);
}

/* totp_secret_is_valid's text to its bytes; returns how many. */
static size_t decode(struct str secret, uint8_t out[SECRET_MAX])
{
    uint32_t bits = 0;
    size_t n = 0;
    unsigned held = 0;
    for (size_t i = 0; i < secret.n && secret.p[i] != '='; i++) {
        bits = bits << 5 | (uint32_t)(strchr(base32, secret.p[i]) - base32);
        held += 5;
        if (held < 8)
            continue;
        held -= 8;
        out[n++] = (uint8_t)(bits >> held);
    }
    return n;
}

/* RFC 4226 5.3 */
static uint32_t code_of(struct str key, int64_t step)
{
    uint8_t counter[8], hash[SHA1_SIZE];
    for (int i = 0; i < 8; i++)
        counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    hmac_sha1(key, (struct str){(char *)counter, sizeof(counter)}, hash);
    const uint8_t *at = hash + (hash[SHA1_SIZE - 1] & 15);
    return ((uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]) %
           MODULUS;
}

/* All steps are compared, whichever fits. */
bool totp_find_step(struct str secret, struct str code, int64_t now, int64_t *step)
{
    uint8_t key[SECRET_MAX];
    bool found = false;
    if (code.n != DIGITS || !totp_secret_is_valid(secret))
        return false;
    struct str bytes = {(char *)key, decode(secret, key)};
    int64_t current = now / STEP_MS;
    for (int64_t each = current - 1; each <= current + 1; each++) {
        char text[DIGITS];
        uint32_t number = code_of(bytes, each);
        for (size_t i = DIGITS; i-- > 0; number /= 10)
            text[i] = (char)('0' + number % 10);
        if (!str_eq_secret((struct str){text, DIGITS}, code))
            continue;
        *step = each;
        found = true;
    }
    wipe(key, sizeof(key));
    return found;
}
