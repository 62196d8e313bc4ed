/* The operator's log: JSON lines on standard error or in a file. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/trace.h"

#define MESSAGE_MAX 2048
/* A byte can become six ("\u0000"); the rest is for time, level, names and the request. */
#define LINE_SIZE (MESSAGE_MAX * 6 + 256)

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
/* Once a file was opened, its descriptor stays the log's: other files are moved onto that number,
 * so that a thread that is about to write never holds a closed one. */
static _Atomic int log_fd = STDERR_FILENO;
static _Atomic int max_level = LOG_INFO;

static bool use_file(int fd)
{
    int in_use = atomic_load(&log_fd);
    if (in_use == STDERR_FILENO) {
        atomic_store(&log_fd, fd);
        return true;
    }
    bool moved = dup3(fd, in_use, O_CLOEXEC) >= 0;
    int reason = errno;
    close(fd);
    errno = reason;
    return moved;
}

static bool use_stderr(void)
{
    int in_use = atomic_load(&log_fd);
    return in_use == STDERR_FILENO || dup3(STDERR_FILENO, in_use, O_CLOEXEC) >= 0;
}

static bool open_target(const char *path)
{
    if (!path)
        return use_stderr();
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    return fd >= 0 && use_file(fd);
}

bool log_open(const char *path, enum log_level level)
{
    pthread_mutex_lock(&opening);
    bool opened = open_target(path);
    pthread_mutex_unlock(&opening);
    if (opened)
        atomic_store(&max_level, level);
    return opened;
}

/* RFC 3339 5.6, UTC, milliseconds */
static void put_time(struct buf *line)
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    buf_printf(line, "\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"", utc.tm_year + 1900, utc.tm_mon + 1,
               utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, (int)(now.tv_nsec / 1000000));
}

/* Prints into message, cut to its size at a character's start. */
__attribute__((format(printf, 2, 0))) static size_t print_message(char message[MESSAGE_MAX],
                                                                  const char *format, va_list args)
{
    int printed = vsnprintf(message, MESSAGE_MAX, format, args);
    size_t n = printed < 0 ? 0 : (size_t)printed;
    if (n < MESSAGE_MAX)
        return n;
    n = MESSAGE_MAX - 1;
    while (n && ((unsigned char)message[n - 1] & 0xc0) == 0x80)
        n--;
    return n && (unsigned char)message[n - 1] >= 0xc0 ? n - 1 : n;
}

/* Bytes from outside may be no UTF-8: JSON has no place for them. */
static struct str only_utf8(char *message, size_t n)
{
    if (!str_is_utf8((struct str){message, n})) {
        for (size_t i = 0; i < n; i++) {
            if ((unsigned char)message[i] >= 0x80)
                message[i] = '?';
        }
    }
    return (struct str){message, n};
}

static void write_line(const char *p, size_t n)
{
    int reason = errno;
    ssize_t written;
    do {
        written = write(atomic_load_explicit(&log_fd, memory_order_relaxed), p, n);
    } while (written < 0 && errno == EINTR);
    errno = reason;
}

bool log_is_on(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&max_level, memory_order_relaxed);
}

void log_write(enum log_level level, const char *format, ...)
{
    static const struct str names[] = {STR_INIT("error"), STR_INIT("warn"), STR_INIT("info"),
                                       STR_INIT("debug")};
    if (!log_is_on(level))
        return;
    char message[MESSAGE_MAX], space[LINE_SIZE];
    va_list args;
    va_start(args, format);
    size_t length = print_message(message, format, args);
    va_end(args);

    /* Of fixed size: it is full before it would allocate. */
    struct buf line = {.p = space, .cap = sizeof space, .max = sizeof space};
    struct json_out out = json_out(&line);
    json_open_object(&out);
    json_key(&out, STR("time"));
    put_time(&line);
    out.comma = true;
    JSON_STR(&out, "level", names[level]);
    JSON_STR(&out, "msg", only_utf8(message, length));
    const struct trace *trace = trace_current();
    if (trace)
        JSON_STR(&out, "requestId", ((struct str){trace->request, TRACE_REQUEST_ID}));
    if (trace && trace->traced)
        JSON_STR(&out, "traceId", ((struct str){trace->id, TRACE_ID}));
    json_close_object(&out);
    buf_byte(&line, '\n');
    write_line(line.p, line.n);
}
