/* Time: wall clock for stamps, monotonic clock for waiting. */
#ifndef SIGNET_BASE_CLOCK_H
#define SIGNET_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_now_ms(void);       /* milliseconds since 1970, wall clock */
int64_t clock_monotonic_ms(void); /* milliseconds since some start; never steps */
int64_t clock_monotonic_us(void); /* the same in microseconds */

#endif
