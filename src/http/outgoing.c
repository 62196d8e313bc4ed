/* Requests that the server itself makes. */
#include "http/outgoing.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/trace.h"
#include "http/curl.h"

#define TIMEOUT_MS   10000L
#define RECEIVED_MAX ((size_t)1024 * 1024) /* a response beyond is cut off */
#define USER_AGENT   "signet/" SIGNET_VERSION

/* ---- Addresses ---- */

struct range4 {
    uint32_t network;
    int bits;
};

/* RFC 6890 2.2.2 and later entries of the registry: not globally reachable. */
static const struct range4 special4[] = {
    {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
    {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0586300, 24}, {0xc0a80000, 16},
    {0xc6120000, 15}, {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 4},  {0xf0000000, 4},
};

static bool is_public4(uint32_t address)
{
    for (size_t i = 0; i < sizeof(special4) / sizeof(*special4); i++) {
        if ((address ^ special4[i].network) >> (32 - special4[i].bits) == 0)
            return false;
    }
    return true;
}

static uint32_t read4(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Global unicast is 2000::/3, without documentation, Teredo and 6to4. An IPv4 address inside
 * (mapped, NAT64) is judged as such. */
static bool is_public6(const uint8_t *p)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    if (memcmp(p, mapped, sizeof(mapped)) == 0 || memcmp(p, nat64, sizeof(nat64)) == 0)
        return is_public4(read4(p + 12));
    uint32_t head = read4(p);
    return head >> 29 == 1 && head != 0x20010db8 && head != 0x20010000 && head >> 16 != 0x2002;
}

bool outgoing_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return is_public4(
            ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return is_public6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
    return false;
}

/* Where the name leads is looked at when the connection is made, so no later answer of the name
 * service counts. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct outgoing *outgoing = arg;
    if (purpose != CURLSOCKTYPE_IPCXN ||
        (!outgoing->allow_private && !outgoing_is_public(&address->addr))) {
        outgoing->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- One request ---- */

static size_t keep_response(char *bytes, size_t size, size_t count, void *arg)
{
    struct outgoing *outgoing = arg;
    size_t n = size * count;
    size_t most = outgoing->room ? outgoing->room_size : OUTGOING_MAX_RESPONSE;
    size_t room = most - outgoing->response_length;
    char *kept = outgoing->room ? outgoing->room : outgoing->response;
    outgoing->received += n;
    if (outgoing->received > RECEIVED_MAX)
        return 0;
    memcpy(kept + outgoing->response_length, bytes, n < room ? n : room);
    outgoing->response_length += n < room ? n : room;
    return n;
}

bool outgoing_header(struct outgoing *outgoing, struct arena *arena, struct str name,
                     struct str value)
{
    struct str line = arena_printf(arena, "%.*s: %.*s", STR_ARG(name), STR_ARG(value));
    if (!line.p || outgoing->header_count == OUTGOING_MAX_HEADERS || !name.n ||
        memchr(line.p, '\n', line.n) || memchr(line.p, '\r', line.n) || memchr(line.p, 0, line.n))
        return false;
    outgoing->headers[outgoing->header_count++] = line;
    return true;
}

/* For which trace, after the other lines; there need be none. */
static bool add_trace(struct outgoing *outgoing)
{
    char line[sizeof "traceparent: " + TRACE_PARENT] = "traceparent: ";
    const struct trace *trace = trace_current();
    char *value = line + strlen(line);
    if (outgoing->traceparent.n == TRACE_PARENT)
        memcpy(value, outgoing->traceparent.p, TRACE_PARENT);
    else if (trace && trace->traced)
        trace_header(trace, value);
    else
        return true;
    struct curl_slist *longer = curl_slist_append(outgoing->lines, line);
    if (!longer) {
        curl_slist_free_all((struct curl_slist *)outgoing->lines);
        outgoing->lines = NULL;
        return false;
    }
    outgoing->lines = longer;
    return true;
}

/* The lines end in a NUL byte: arena_printf makes them so. */
static bool make_lines(struct outgoing *outgoing)
{
    struct curl_slist *lines = NULL;
    if (outgoing->mail.from.p) {
        outgoing->lines = curl_slist_append(NULL, outgoing->mail.to.p);
        return outgoing->lines != NULL;
    }
    for (size_t i = 0; i < outgoing->header_count; i++) {
        struct curl_slist *longer = curl_slist_append(lines, outgoing->headers[i].p);
        if (!longer) {
            curl_slist_free_all(lines);
            return false;
        }
        lines = longer;
    }
    outgoing->lines = lines;
    return add_trace(outgoing);
}

static void set_post(CURL *handle, const struct outgoing *outgoing)
{
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    if (!outgoing->get) {
        curl_easy_setopt(handle, CURLOPT_POST, 1L);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, outgoing->body.p);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)outgoing->body.n);
    }
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, (struct curl_slist *)outgoing->lines);
    curl_easy_setopt(handle, CURLOPT_USERAGENT, USER_AGENT);
}

static size_t give_body(char *to, size_t size, size_t count, void *arg)
{
    struct outgoing *outgoing = arg;
    size_t left = outgoing->body.n - outgoing->sent, n = size * count < left ? size * count : left;
    memcpy(to, outgoing->body.p + outgoing->sent, n);
    outgoing->sent += n;
    return n;
}

static void set_mail(CURL *handle, struct outgoing *outgoing)
{
    static const long security[] = {
        [OUTGOING_TLS_OFFERED] = CURLUSESSL_TRY,
        [OUTGOING_TLS_NEEDED] = CURLUSESSL_ALL,
        [OUTGOING_TLS_NEVER] = CURLUSESSL_NONE,
    };
    const struct outgoing_mail *mail = &outgoing->mail;
    outgoing->sent = 0;
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(handle, CURLOPT_MAIL_FROM, mail->from.p);
    curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, (struct curl_slist *)outgoing->lines);
    curl_easy_setopt(handle, CURLOPT_USE_SSL, security[mail->security]);
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(handle, CURLOPT_READDATA, outgoing);
    if (!mail->user.n)
        return;
    curl_easy_setopt(handle, CURLOPT_USERNAME, mail->user.p);
    curl_easy_setopt(handle, CURLOPT_PASSWORD, mail->password.p ? mail->password.p : "");
}

static void set_options(CURL *handle, struct outgoing *outgoing, const char *url)
{
    if (outgoing->mail.from.p)
        set_mail(handle, outgoing);
    else
        set_post(handle, outgoing);
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, outgoing);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, keep_response);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, outgoing);
    curl_easy_setopt(handle, CURLOPT_PRIVATE, outgoing);
    curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 1L);
}

static bool start(struct outgoing *outgoing)
{
    outgoing->status = 0;
    outgoing->response_length = outgoing->received = 0;
    outgoing->handle = NULL;
    outgoing->error = curl_load();
    if (outgoing->error)
        return false;
    char *url = strndup(outgoing->url.p ? outgoing->url.p : "", outgoing->url.n);
    CURL *handle = url && make_lines(outgoing) ? curl_easy_init() : NULL;
    outgoing->error = handle ? NULL : "memory is out";
    outgoing->handle = handle;
    if (handle)
        set_options(handle, outgoing, url);
    free(url); /* the handle has a copy */
    return handle != NULL;
}

static void finish(struct outgoing *outgoing, CURLcode code)
{
    long status = 0;
    if (code == CURLE_OK)
        curl_easy_getinfo((CURL *)outgoing->handle, CURLINFO_RESPONSE_CODE, &status);
    outgoing->status = (int)status;
    if (outgoing->refused)
        outgoing->error = "the address is not one of the public Internet";
    else if (code != CURLE_OK)
        outgoing->error = curl_easy_strerror(code);
    curl_easy_cleanup((CURL *)outgoing->handle);
    curl_slist_free_all((struct curl_slist *)outgoing->lines);
    outgoing->handle = outgoing->lines = NULL;
}

void outgoing_send(struct outgoing *outgoing)
{
    if (start(outgoing))
        finish(outgoing, curl_easy_perform((CURL *)outgoing->handle));
}

/* ---- Several at once ---- */

/* Until the first request it waits without libcurl. */
struct outgoing_pool {
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool wake;
    CURLM *multi; /* made by the thread that sends */
};

struct outgoing_pool *outgoing_pool_new(void)
{
    struct outgoing_pool *pool = calloc(1, sizeof(*pool));
    pthread_condattr_t clock;
    if (!pool)
        return NULL;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->woken, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

void outgoing_pool_free(struct outgoing_pool *pool)
{
    if (!pool)
        return;
    if (pool->multi)
        curl_multi_cleanup(pool->multi);
    pthread_cond_destroy(&pool->woken);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

/* Once libcurl is there. */
static bool has_multi(struct outgoing_pool *pool)
{
    if (pool->multi)
        return true;
    CURLM *multi = curl_multi_init();
    pthread_mutex_lock(&pool->lock);
    pool->multi = multi;
    pthread_mutex_unlock(&pool->lock);
    return multi != NULL;
}

bool outgoing_pool_add(struct outgoing_pool *pool, struct outgoing *outgoing)
{
    if (!start(outgoing))
        return false;
    if (has_multi(pool) && curl_multi_add_handle(pool->multi, (CURL *)outgoing->handle) == CURLM_OK)
        return true;
    finish(outgoing, CURLE_OUT_OF_MEMORY);
    return false;
}

static void wait_without_requests(struct outgoing_pool *pool, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&pool->lock);
    while (!pool->wake && !pthread_cond_timedwait(&pool->woken, &pool->lock, &until))
        ;
    pool->wake = false;
    pthread_mutex_unlock(&pool->lock);
}

static struct outgoing *next_done(struct outgoing_pool *pool)
{
    int left;
    CURLMsg *message = curl_multi_info_read(pool->multi, &left);
    while (message && message->msg != CURLMSG_DONE)
        message = curl_multi_info_read(pool->multi, &left);
    if (!message)
        return NULL;
    struct outgoing *outgoing = NULL;
    CURLcode code = message->data.result;
    CURL *handle = message->easy_handle;
    curl_easy_getinfo(handle, CURLINFO_PRIVATE, (char **)&outgoing);
    curl_multi_remove_handle(pool->multi, handle);
    finish(outgoing, code);
    return outgoing;
}

struct outgoing *outgoing_pool_wait(struct outgoing_pool *pool, int timeout_ms)
{
    int running;
    if (!pool->multi) {
        wait_without_requests(pool, timeout_ms);
        return NULL;
    }
    curl_multi_perform(pool->multi, &running);
    struct outgoing *done = next_done(pool);
    if (done)
        return done;
    curl_multi_poll(pool->multi, NULL, 0, timeout_ms, NULL);
    curl_multi_perform(pool->multi, &running);
    return next_done(pool);
}

void outgoing_pool_remove(struct outgoing_pool *pool, struct outgoing *outgoing)
{
    curl_multi_remove_handle(pool->multi, (CURL *)outgoing->handle);
    finish(outgoing, CURLE_ABORTED_BY_CALLBACK);
}

void outgoing_pool_wake(struct outgoing_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->wake = true;
    pthread_cond_signal(&pool->woken);
    if (pool->multi)
        curl_multi_wakeup(pool->multi);
    pthread_mutex_unlock(&pool->lock);
}
