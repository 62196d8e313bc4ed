/* What a chosen id or secret must look like. */
#include "base/credential.h"

#define ID_MAX 64

const char *credential_check_id(struct str id)
{
    static const char *const why =
        "must be 1 to 64 characters out of A-Z, a-z, 0-9, '.', '_' and '-'";
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];
        bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
        if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
            return why;
    }
    return id.n >= 1 && id.n <= ID_MAX ? NULL : why;
}

const char *credential_check_secret(struct str secret)
{
    if (secret.n < CREDENTIAL_SECRET_MIN || secret.n > CREDENTIAL_SECRET_MAX)
        return "must have at least 32 characters and at most 64";
    for (size_t i = 0; i < secret.n; i++) {
        if (secret.p[i] <= ' ' || secret.p[i] > '~')
            return "must be of printable ASCII characters without blanks";
    }
    return NULL;
}
