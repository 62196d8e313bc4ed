/* Counting of connections by address, against a plain model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "http/peers.h"

static struct peer peer_v4(const char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    assert_int_equal(inet_pton(AF_INET, text, &address.sin_addr), 1);
    return peer_of((struct sockaddr *)&address);
}

static struct peer peer_v6(const char *text)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};
    assert_int_equal(inet_pton(AF_INET6, text, &address.sin6_addr), 1);
    return peer_of((struct sockaddr *)&address);
}

static void networks_are_told_apart(void **state)
{
    (void)state;
    assert_true(peer_v4("192.0.2.1").key != peer_v4("192.0.2.2").key);
    assert_true(peer_v6("2001:db8::1").key == peer_v6("2001:db8:0:0:ffff::2").key);
    assert_true(peer_v6("2001:db8::1").key != peer_v6("2001:db8:0:1::1").key);
    assert_true(peer_v6("::1").key != peer_v4("127.0.0.1").key);
}

static void a_peer_has_its_limit(void **state)
{
    (void)state;
    struct peers *peers = peers_new(10, 2);
    struct peer one = peer_v4("192.0.2.1"), other = peer_v4("192.0.2.2");
    assert_true(peers_add(peers, one));
    assert_true(peers_add(peers, one));
    assert_false(peers_add(peers, one));
    assert_true(peers_add(peers, other));
    peers_remove(peers, one);
    assert_true(peers_add(peers, one));
    assert_false(peers_add(peers, one));
    peers_free(peers);
}

/* Many peers that come and go: removal must not lose those that stand behind a freed slot. */
static void counts_survive_churn(void **state)
{
    (void)state;
    enum { PEERS = 40, LIMIT = 3, MAX = 48, STEPS = 200000 };
    struct peers *peers = peers_new(MAX, LIMIT);
    int counts[PEERS] = {0}, total = 0;
    uint32_t random = 1;
    for (int step = 0; step < STEPS; step++) {
        random = random * 1664525 + 1013904223;
        int i = (int)(random >> 16) % PEERS;
        struct peer peer = {.key = (uint64_t)i << 32};
        if (random & 0x8000 && total < MAX) {
            bool added = peers_add(peers, peer);
            assert_int_equal(added, counts[i] < LIMIT);
            counts[i] += added;
            total += added;
        } else if (counts[i] > 0) {
            peers_remove(peers, peer);
            counts[i]--;
            total--;
        }
    }
    peers_free(peers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_are_told_apart),
        cmocka_unit_test(a_peer_has_its_limit),
        cmocka_unit_test(counts_survive_churn),
    };
    return cmocka_run_group_tests_name("http_peers", tests, NULL, NULL);
}
