/* The process that runs scripts: one after the other, as the server sends them. */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "script/engine.h"
#include "script/frame.h"
#include "script/sandbox.h"

enum { SERVER = STDIN_FILENO };

/* Reads one request and answers it. False: the server is gone, or speaks otherwise. */
static bool serve_one(void)
{
    struct frame_head head;
    if (!frame_read(SERVER, &head, sizeof(head)) || head.first > SCRIPT_REQUEST_MAX ||
        head.second > SCRIPT_REQUEST_MAX)
        return false;
    char *text = malloc((size_t)head.first + head.second + 1);
    if (!text || !frame_read(SERVER, text, (size_t)head.first + head.second)) {
        free(text);
        return false;
    }
    /* The payload comes first, since the engine wants the script ended by a zero byte. */
    text[head.first + head.second] = '\0';
    struct script_request request = {.payload = {text, head.first},
                                     .script = {text + head.first, head.second}};
    struct script_result result;
    engine_run(&request, &result);
    struct frame_head answer = {(uint32_t)result.outcome, (uint32_t)result.length};
    bool sent = frame_write(SERVER, &answer, sizeof(answer)) &&
                frame_write(SERVER, result.text, result.length);
    free(result.text);
    free(text);
    return sent;
}

int script_runner_main(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (!sandbox_enter())
        return EXIT_FAILURE;
    while (serve_one())
        ;
    _exit(EXIT_SUCCESS);
}
