/* Random texts that stand for something stored. */
#include "domain/opaque.h"

#include "base/encoding.h"
#include "base/ids.h"
#include "crypto/digest.h"

struct str opaque_new(struct arena *arena)
{
    uint8_t bytes[32];
    char *text = arena_bytes(arena, OPAQUE_LENGTH);
    if (!text)
        return STR_NONE;
    random_bytes(bytes, sizeof bytes);
    base64url_encode(bytes, sizeof bytes, text);
    wipe(bytes, sizeof bytes);
    return (struct str){text, OPAQUE_LENGTH};
}

struct str opaque_digest(struct arena *arena, struct str text)
{
    uint8_t digest[SHA256_SIZE];
    char *out = arena_bytes(arena, BASE64URL_LENGTH(SHA256_SIZE));
    if (!out)
        return STR_NONE;
    sha256(text, digest);
    return (struct str){out, base64url_encode(digest, sizeof digest, out)};
}
