/* What authenticators send: CBOR, attestation objects and authenticator data of strangers. */
#include <assert.h>

#include "crypto/cbor.h"
#include "crypto/webauthn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHALLENGE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define CLIENT_DATA(type)                                                                          \
    "{\"type\":\"" type "\",\"challenge\":\"" CHALLENGE "\",\"origin\":\"https://"                 \
    "id.example.com\"}"

static const struct webauthn_ceremony expected = {
    STR_INIT(CHALLENGE), STR_INIT("https://id.example.com"), STR_INIT("id.example.com")};

/* What is read has one spelling: the same bytes are read again, and the keys in it are found. */
static void read_it(struct str text)
{
    struct str rest = text, again, items;
    struct cbor value, same, key, found;
    if (!cbor_read(&rest, &value)) {
        assert(rest.p == text.p && rest.n == text.n);
        return;
    }
    assert(value.whole.p == text.p && value.whole.n + rest.n == text.n);
    again = value.whole;
    assert(cbor_read(&again, &same) && again.n == 0 && same.number == value.number);
    items = value.kind == CBOR_MAP ? value.text : STR("");
    if (cbor_read(&items, &key) && cbor_find(&value, key.whole, &found))
        assert(found.whole.p >= value.text.p &&
               found.whole.p + found.whole.n <= value.text.p + value.text.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)4 << 20);
    struct str text = {(const char *)data, size};
    struct webauthn_credential made;
    uint32_t counter;
    assert(arena);
    read_it(text);
    if (webauthn_register(arena, &expected, STR(CLIENT_DATA("webauthn.create")), text, &made) ==
        WEBAUTHN_OK) {
        assert(made.id.n && made.id.n <= WEBAUTHN_CREDENTIAL_MAX);
        /* nobody has signed these bytes */
        assert(webauthn_assert(arena, &expected, made.public_key, STR(CLIENT_DATA("webauthn.get")),
                               text, text, &counter) != WEBAUTHN_OK);
    }
    webauthn_assert(arena, &expected, text, STR(CLIENT_DATA("webauthn.get")), text, text, &counter);
    arena_free(arena);
    return 0;
}
