/* What the server and the process that runs scripts say to each other: two numbers, then bytes. */
#ifndef SIGNET_SCRIPT_FRAME_H
#define SIGNET_SCRIPT_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a request: the lengths of payload and script, which follow. Of an answer: the outcome, and the
 * length of its text, which follows. */
struct frame_head {
    uint32_t first, second;
};

/* The whole of it; false when the other side is gone. Blocking descriptors. */
bool frame_read(int fd, void *data, size_t size);
bool frame_write(int fd, const void *data, size_t size);

#endif
