/* Making and verifying password digests. */
#include "crypto/password.h"

#include <crypt.h>
#include <errno.h>
#include <stdlib.h>

#include <argon2.h>
#include <sodium.h>

#include "base/encoding.h"
#include "base/unicode.h"
#include "crypto/digest.h"
#include "crypto/evp.h"

#define MEMORY ((size_t)19 * 1024 * 1024)
#define PASSES 2
/* Argon2id of nothing anybody knows, with the parameters above. */
#define DECOY                                                                                      \
    "$argon2id$v=19$m=19456,t=2,p=1$a2hldXhTWFJDRVEwSGxZcQ$"                                       \
    "5IKeY0iwyz3huXf9tJWQPueeDPUqgoeRiTo3Mh+oPIs"
/* Bounds on what an imported digest may cost. */
#define ARGON2_WORK_MAX ((uint64_t)1024 * 1024) /* KiB times passes */
#define ARGON2_LANES    16
#define BCRYPT_COST_MIN 4
#define BCRYPT_COST_MAX 16

enum algorithm { ARGON2I, ARGON2ID, ARGON2D, SHA_1, SHA_256, MD_5, BCRYPT, LEGACY, ALGORITHMS };

const char *const password_algorithms[] = {"Argon2i", "Argon2id", "Argon2d", "SHA1", "SHA256",
                                           "MD5",     "Bcrypt",   "Legacy",  NULL};

static enum algorithm algorithm_of(struct str name)
{
    enum algorithm algorithm = ARGON2I;
    while (algorithm < ALGORITHMS && !str_eq(name, str_of(password_algorithms[algorithm])))
        algorithm++;
    return algorithm;
}

static bool is_hex(struct str text, size_t bytes)
{
    uint8_t raw[SHA256_SIZE];
    size_t n = 0;
    return text.n == 2 * bytes && hex_decode(text, raw, sizeof raw, &n);
}

bool password_digest_fits(struct str algorithm, struct str digest)
{
    switch (algorithm_of(algorithm)) {
    case ARGON2I:
        return str_starts(digest, STR("$argon2i$"));
    case ARGON2ID:
        return str_starts(digest, STR("$argon2id$"));
    case ARGON2D:
        return str_starts(digest, STR("$argon2d$"));
    case BCRYPT:
        return digest.n == 60 && str_starts(digest, STR("$2"));
    case MD_5:
        return is_hex(digest, 16);
    case SHA_1:
        return is_hex(digest, 20);
    case SHA_256:
        return is_hex(digest, SHA256_SIZE);
    case LEGACY:
        return true;
    case ALGORITHMS:
        break;
    }
    return false;
}

struct str password_hash(struct arena *arena, struct str password)
{
    char out[crypto_pwhash_STRBYTES];
    struct str composed = unicode_nfc(arena, password);
    if (!composed.p || sodium_init() < 0 ||
        crypto_pwhash_str_alg(out, composed.p, composed.n, PASSES, MEMORY,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return STR_NONE;
    return arena_str(arena, str_of(out));
}

/* ---- Argon2 ---- */

struct argon2_cost {
    uint64_t memory, passes, lanes; /* KiB */
};

/* The number behind "m=", "t=" or "p=". */
static uint64_t read_cost(struct str parameters, char name)
{
    struct str one;
    int64_t value = 0;
    while ((one = str_split(&parameters, ',')).p)
        if (one.n > 2 && one.p[0] == name && one.p[1] == '=')
            return str_to_int64(str_from(one, 2), &value) && value > 0 ? (uint64_t)value
                                                                       : UINT64_MAX;
    return UINT64_MAX;
}

/* $argon2id$v=19$m=19456,t=2,p=1$salt$hash; v may be missing. */
static struct argon2_cost read_argon2(struct str digest)
{
    struct str part;
    while ((part = str_split(&digest, '$')).p)
        if (str_starts(part, STR("m=")))
            break;
    return (struct argon2_cost){read_cost(part, 'm'), read_cost(part, 't'), read_cost(part, 'p')};
}

static const char *argon2_fault(struct str digest)
{
    struct argon2_cost cost = read_argon2(digest);
    if (cost.memory > PASSWORD_MEMORY_MAX / 1024)
        return "takes more than 128 MiB of memory, or does not tell how much";
    if (cost.passes > ARGON2_WORK_MAX || cost.memory * cost.passes > ARGON2_WORK_MAX)
        return "takes more than 1048576 by memory in KiB times passes";
    return cost.lanes > ARGON2_LANES ? "has more than 16 lanes" : NULL;
}

/* The last two fields of the digest's text, in base64. */
struct argon2_bytes {
    uint8_t salt[crypto_pwhash_SALTBYTES], hash[64];
    size_t salt_n, hash_n;
};

static bool read_argon2_bytes(struct str digest, struct argon2_bytes *bytes)
{
    struct str fields[7]; /* "", algorithm, v=19, parameters, salt, hash, none */
    for (size_t i = 0; i < 7; i++)
        fields[i] = str_split(&digest, '$');
    return str_eq(fields[2], STR("v=19")) && fields[5].p && !fields[6].p &&
           base64_decode(fields[4], bytes->salt, sizeof(bytes->salt), &bytes->salt_n) &&
           base64_decode(fields[5], bytes->hash, sizeof(bytes->hash), &bytes->hash_n);
}

/* libsodium is several times as fast, but knows one lane, one length of salt and not all costs. Its
 * own verification calls a password wrong when memory is out; what makes the bytes tells. */
static bool is_fast(enum algorithm algorithm, const struct argon2_cost *cost,
                    const struct argon2_bytes *bytes)
{
    return algorithm != ARGON2D && cost->lanes == 1 && bytes->salt_n == sizeof(bytes->salt) &&
           bytes->hash_n >= crypto_pwhash_BYTES_MIN &&
           cost->memory * 1024 >= crypto_pwhash_MEMLIMIT_MIN &&
           cost->passes >= (algorithm == ARGON2I ? crypto_pwhash_argon2i_OPSLIMIT_MIN
                                                 : crypto_pwhash_argon2id_OPSLIMIT_MIN);
}

static bool verify_fast(enum algorithm algorithm, const struct argon2_cost *cost,
                        const struct argon2_bytes *bytes, struct str password)
{
    uint8_t made[sizeof(bytes->hash)];
    if (sodium_init() < 0 ||
        crypto_pwhash(made, bytes->hash_n, password.p, password.n, bytes->salt, cost->passes,
                      (size_t)cost->memory * 1024,
                      algorithm == ARGON2I ? crypto_pwhash_ALG_ARGON2I13
                                           : crypto_pwhash_ALG_ARGON2ID13) != 0) {
        errno = ENOMEM;
        return false;
    }
    bool good = sodium_memcmp(made, bytes->hash, bytes->hash_n) == 0;
    wipe(made, sizeof(made));
    return good;
}

static bool verify_argon2(struct arena *arena, enum algorithm algorithm, struct str password,
                          struct str digest)
{
    static const argon2_type types[] = {
        [ARGON2I] = Argon2_i, [ARGON2ID] = Argon2_id, [ARGON2D] = Argon2_d};
    struct argon2_cost cost = read_argon2(digest);
    struct argon2_bytes bytes;
    char *text = arena_cstr(arena, digest);
    if (!text || argon2_fault(digest))
        return false;
    if (password_digest_fits(str_of(password_algorithms[algorithm]), digest) &&
        read_argon2_bytes(digest, &bytes) && is_fast(algorithm, &cost, &bytes))
        return verify_fast(algorithm, &cost, &bytes, password);
    return argon2_verify(text, password.p, password.n, types[algorithm]) == ARGON2_OK;
}

/* ---- The others ---- */

static bool verify_digest(struct str password, const EVP_MD *md, struct str digest)
{
    uint8_t bytes[EVP_MAX_MD_SIZE], expected[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    size_t expected_n = 0;
    if (!md || !EVP_Digest(password.p, password.n, bytes, &n, md, NULL) ||
        !hex_decode(digest, expected, sizeof(expected), &expected_n))
        return false;
    return str_eq_secret((struct str){(char *)bytes, n},
                         (struct str){(char *)expected, expected_n});
}

static const char *bcrypt_fault(struct str digest)
{
    int64_t cost = 0;
    if (digest.n < 6 || !str_to_int64((struct str){digest.p + 4, 2}, &cost) ||
        cost < BCRYPT_COST_MIN || cost > BCRYPT_COST_MAX)
        return "has a cost that is not 4 to 16";
    return NULL;
}

/* crypt() knows many methods; only these are meant. It reads up to a NUL, so a password with one
 * matches nothing. */
static bool verify_bcrypt(struct arena *arena, struct str password, struct str digest)
{
    if (digest.n != 60 || digest.p[0] != '$' || digest.p[1] != '2' || !strchr("aby", digest.p[2]) ||
        bcrypt_fault(digest) || memchr(password.p, '\0', password.n))
        return false;
    char *phrase = arena_cstr(arena, password), *setting = arena_cstr(arena, digest);
    struct crypt_data *data = calloc(1, sizeof(*data));
    const char *made =
        phrase && setting && data ? crypt_rn(phrase, setting, data, sizeof(*data)) : NULL;
    bool good = made && str_eq_secret(str_of(made), digest);
    if (phrase)
        wipe(phrase, password.n);
    if (data)
        wipe(data, sizeof(*data));
    free(data);
    return good;
}

const char *password_cost_fault(struct arena *arena, struct str algorithm, struct str digest)
{
    switch (algorithm_of(algorithm)) {
    case ARGON2I:
    case ARGON2ID:
    case ARGON2D:
        return argon2_fault(digest);
    case BCRYPT:
        return bcrypt_fault(digest);
    case LEGACY:
        return password_legacy_fault(arena, digest);
    case SHA_1:
    case SHA_256:
    case MD_5:
    case ALGORITHMS:
        break;
    }
    return NULL;
}

static bool verify_as_is(struct arena *arena, struct str password, enum algorithm algorithm,
                         struct str digest)
{
    switch (algorithm) {
    case ARGON2I:
    case ARGON2ID:
    case ARGON2D:
        return verify_argon2(arena, algorithm, password, digest);
    case SHA_1:
        return verify_digest(password, evp_digest(EVP_SHA1), digest);
    case SHA_256:
        return verify_digest(password, evp_digest(EVP_SHA256), digest);
    case MD_5:
        return verify_digest(password, EVP_md5(), digest);
    case BCRYPT:
        return verify_bcrypt(arena, password, digest);
    case LEGACY:
        return password_legacy_verify(arena, password, digest);
    case ALGORITHMS:
        return false;
    }
    return false;
}

bool password_verify(struct arena *arena, struct str password, struct str algorithm,
                     struct str digest)
{
    enum algorithm which = algorithm_of(algorithm);
    errno = 0; /* whatever allocates in there sets it */
    if (verify_as_is(arena, password, which, digest))
        return true;
    struct str composed = unicode_nfc(arena, password);
    return composed.p && !str_eq(composed, password) &&
           verify_as_is(arena, composed, which, digest);
}

bool password_needs_rehash(struct str algorithm, struct str digest)
{
    struct argon2_cost cost = read_argon2(digest);
    if (algorithm_of(algorithm) != ARGON2ID)
        return true;
    return cost.memory < MEMORY / 1024 || cost.passes < PASSES;
}

void password_verify_decoy(struct arena *arena, struct str password)
{
    verify_argon2(arena, ARGON2ID, password, STR(DECOY));
}
