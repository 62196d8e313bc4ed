/* Starts the browser as a process of its own; whether that works is the person's to see. */
#include "cli/browser.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/http_client.h"

extern char **environ;

static bool has_desktop(void)
{
    return getenv("DISPLAY") || getenv("WAYLAND_DISPLAY");
}

void browser_open(struct arena *arena, struct str command, const char *invitation, struct str url)
{
    fprintf(stderr, "%s\n\n  %.*s\n\n", invitation, STR_ARG(url));
    fflush(stderr);
    if (!command.n && has_desktop())
        command = STR("xdg-open");
    /* The address of a device flow is the server's word: no file, no option of the browser. */
    if (!command.n || str_eq(command, STR("none")) || !http_url_origin(url).p)
        return;
    struct str script = arena_printf(arena, "%.*s \"$1\"", STR_ARG(command));
    char *text = arena_cstr(arena, script), *address = arena_cstr(arena, url);
    char shell[] = "sh", option[] = "-c";
    char *argv[] = {shell, option, text, shell, address, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    if (!text || !address || posix_spawn_file_actions_init(&actions) != 0)
        return;
    /* What it prints does not belong between the token and its reader. */
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, shell, &actions, NULL, argv, environ) != 0)
        fputs("signet: warning: the browser cannot be started: open the address yourself\n",
              stderr);
    posix_spawn_file_actions_destroy(&actions);
}
