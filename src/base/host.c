/* Names of hosts. */
#include "base/host.h"

#include <arpa/inet.h>
#include <string.h>

static bool ends_nocase(struct str s, struct str suffix)
{
    return s.n > suffix.n && str_eq_nocase(str_from(s, s.n - suffix.n), suffix);
}

bool host_is_loopback(struct str host)
{
    struct in_addr address;
    char text[INET_ADDRSTRLEN] = "";
    if (str_eq_nocase(host, STR("localhost")) || ends_nocase(host, STR(".localhost")) ||
        str_eq(host, STR("::1")) || str_eq(host, STR("[::1]")))
        return true;
    if (host.n && host.n < sizeof(text))
        memcpy(text, host.p, host.n);
    return inet_pton(AF_INET, text, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}
