/* Signing and verifying by many threads while keys are rotated: the kept contexts are shared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "crypto/keyring.h"

#define THREADS   24 /* more than a key keeps contexts for */
#define TOKENS    40
#define ROTATIONS 20

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct keyring *published; /* guarded by lock */
static atomic_int good, bad;

static struct keyring *take(void)
{
    pthread_mutex_lock(&lock);
    struct keyring *ring = keyring_ref(published);
    pthread_mutex_unlock(&lock);
    return ring;
}

static void publish(struct keyring *ring)
{
    pthread_mutex_lock(&lock);
    struct keyring *old = published;
    published = ring;
    pthread_mutex_unlock(&lock);
    keyring_unref(old);
}

/* Ed25519 takes another way than the rest; each ring has a key for both. */
static struct keyring *new_ring(int turn)
{
    struct jwk *keys[] = {jwk_generate(JWK_ES256), jwk_generate(JWK_EDDSA)};
    struct keyring *ring = keyring_new(keys, 2, (size_t)turn % 4 == 3);
    jwk_unref(keys[0]);
    jwk_unref(keys[1]);
    return ring;
}

static bool sign_and_verify(struct arena *arena)
{
    struct keyring *ring = take();
    struct buf token = buf_new(arena, 4096);
    json *claims;
    bool ok = keyring_sign(ring, keyring_at_header(ring), STR("{\"sub\":\"a\"}"), &token) &&
              keyring_verify(ring, buf_view(&token), STR("at+jwt"), arena, &claims) == JWS_OK;
    keyring_unref(ring);
    return ok;
}

static void *work(void *arg)
{
    (void)arg;
    struct arena *arena = arena_new(1 << 20);
    for (int i = 0; i < TOKENS; i++) {
        atomic_fetch_add(sign_and_verify(arena) ? &good : &bad, 1);
        arena_reset(arena);
    }
    arena_free(arena);
    return NULL;
}

static void threads_sign_while_keys_change(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    publish(new_ring(0));
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, NULL), 0);
    for (int i = 1; i <= ROTATIONS; i++)
        publish(new_ring(i));
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    publish(NULL);
    assert_int_equal(good, THREADS * TOKENS);
    assert_int_equal(bad, 0);
}

/* The memory of a freed key is soon another key's: its context must not be. */
static void a_new_key_has_no_old_context(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1 << 20);
    for (int i = 0; i < 50; i++) {
        publish(new_ring(i));
        assert_true(sign_and_verify(arena));
        arena_reset(arena);
    }
    publish(NULL);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_sign_while_keys_change),
        cmocka_unit_test(a_new_key_has_no_old_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
