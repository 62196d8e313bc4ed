/* Web Authentication, the relying party's side (WebAuthn Level 3, 7): what an authenticator answers
 * to a registration and to a sign-in. */
#ifndef SIGNET_CRYPTO_WEBAUTHN_H
#define SIGNET_CRYPTO_WEBAUTHN_H

#include "base/json.h"

#define WEBAUTHN_CREDENTIAL_MAX 1023 /* bytes of a credential's id */
#define WEBAUTHN_CHALLENGE_SIZE 32   /* bytes of a challenge of ours */

/* Why an answer is refused. */
enum webauthn_fault {
    WEBAUTHN_OK,
    WEBAUTHN_CLIENT_DATA,  /* no client data */
    WEBAUTHN_TYPE,         /* of another ceremony */
    WEBAUTHN_CHALLENGE,    /* to another challenge */
    WEBAUTHN_ORIGIN,       /* from another origin, or a frame of one */
    WEBAUTHN_ATTESTATION,  /* no attestation object, or one of a kind that was not asked for */
    WEBAUTHN_DATA,         /* no authenticator data */
    WEBAUTHN_RP,           /* for another relying party */
    WEBAUTHN_NOT_PRESENT,  /* nobody touched it */
    WEBAUTHN_NOT_VERIFIED, /* it did not verify who did */
    WEBAUTHN_BACKUP,       /* flags of a backup that contradict each other */
    WEBAUTHN_KEY,          /* no public key of an algorithm that was asked for */
    WEBAUTHN_SIGNATURE,
    WEBAUTHN_NO_MEMORY,
};
/* For people: "the signature is not the key's". */
const char *webauthn_fault_text(enum webauthn_fault fault);

/* What a ceremony expects. */
struct webauthn_ceremony {
    struct str challenge; /* base64url, as it was given out */
    struct str origin;    /* "https://id.example.com" */
    struct str rp_id;     /* "id.example.com" */
};

struct webauthn_credential {
    struct str id;         /* bytes */
    struct str public_key; /* COSE_Key (RFC 9052 7), bytes */
    uint32_t counter;      /* of signatures; 0: the authenticator has none */
};

/* The COSE algorithms (RFC 9053 2.1, 2.2; RFC 8812 2) that are asked for, the best first; 0 ends.
 */
extern const int webauthn_algorithms[];

/* 7.1, steps 5 to 25. client_data and attestation are the bytes that the browser handed over. The
 * credential's texts are slices of attestation. Of attestation there is "none" and the
 * authenticator's own signature ("packed" without certificates): browsers leave that in. */
enum webauthn_fault webauthn_register(struct arena *arena, const struct webauthn_ceremony *expected,
                                      struct str client_data, struct str attestation,
                                      struct webauthn_credential *out);

/* 7.2, steps 10 to 21, by the key that was registered. *counter is what is to be compared with the
 * stored one, and stored. */
enum webauthn_fault webauthn_assert(struct arena *arena, const struct webauthn_ceremony *expected,
                                    struct str public_key, struct str client_data,
                                    struct str authenticator_data, struct str signature,
                                    uint32_t *counter);

#endif
