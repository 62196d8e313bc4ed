/* CBOR as authenticators write it (RFC 8949 4.2.1, CTAP 2.1 6): definite lengths, each number in
 * its shortest form, so that equal values are equal bytes. No tags, no floats. */
#ifndef SIGNET_CRYPTO_CBOR_H
#define SIGNET_CRYPTO_CBOR_H

#include "base/str.h"

#define CBOR_MAX_DEPTH 4 /* levels of arrays and maps, as CTAP allows */

enum cbor_kind {
    CBOR_UNSIGNED,
    CBOR_NEGATIVE,
    CBOR_BYTES,
    CBOR_TEXT, /* UTF-8 */
    CBOR_ARRAY,
    CBOR_MAP,
    CBOR_TAG, /* never in a value that was read */
    CBOR_SIMPLE,
};

/* One value; the texts are slices of what was read. */
struct cbor {
    enum cbor_kind kind;
    uint64_t number;  /* the value; of a negative one, -1 minus it; of an array or map, how many
                         items or pairs */
    struct str text;  /* of bytes and texts; of an array or map, its items' bytes */
    struct str whole; /* all its bytes */
};

/* Takes one value with all that is in it off the front of *rest. False, and *rest as it was, when
 * there is none of this form. */
bool cbor_read(struct str *rest, struct cbor *out);

/* The value at a key of a map, the key given as its bytes. False when it is missing or there twice,
 * or map is no map. */
bool cbor_find(const struct cbor *map, struct str key, struct cbor *out);

#endif
