/* Proof Key for Code Exchange. RFC 7636 */
#include "oidc/pkce.h"

#include "base/encoding.h"
#include "crypto/digest.h"

/* RFC 7636 4.1; absent is for proves() to judge. */
static bool is_verifier(struct str text)
{
    if (!text.p)
        return true;
    if (text.n < 43 || text.n > 128)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_' || c == '~';
        if (!ok)
            return false;
    }
    return true;
}

/* Neither may be there without the other: RFC 9700 4.8.2. */
static bool proves(struct str verifier, struct str challenge)
{
    uint8_t digest[SHA256_SIZE];
    char text[BASE64URL_LENGTH(SHA256_SIZE)];
    if (!challenge.p || !verifier.p)
        return !challenge.p && !verifier.p;
    sha256(verifier, digest);
    size_t n = base64url_encode(digest, sizeof digest, text);
    return str_eq_secret((struct str){text, n}, challenge);
}

enum err pkce_check(struct ctx *ctx, const struct token_request *request, struct str challenge)
{
    struct str verifier = form_get(&request->form, STR("code_verifier"), NULL);
    if (!is_verifier(verifier))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST,
                    "code_verifier must be 43 to 128 unreserved characters");
    return proves(verifier, challenge) ? OK : fail(ctx, ERR_OAUTH_INVALID_GRANT);
}
