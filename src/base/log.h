/* The operator's log: JSON lines on standard error or in a file. Never a secret. */
#ifndef SIGNET_BASE_LOG_H
#define SIGNET_BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Opens path (NULL: standard error) for append; false with errno set. Calling it again with the
 * same path reopens the file (after rotation) without losing a line; safe while other threads log.
 */
bool log_open(const char *path, enum log_level level);

/* One line: {"time":…,"level":…,"msg":…}, and requestId and traceId of the request that this thread
 * works for (base/trace.h). The message is escaped; newlines cannot forge lines. */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether lines of this level are written. */
bool log_is_on(enum log_level level);

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)

#endif
