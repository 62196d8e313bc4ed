/* Secrets from standard input, files, the environment and the terminal. */
#include "cli/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"
#include "crypto/digest.h"

#define SECRET_MAX 65536

static int keep(struct profile *profile, enum setting setting, struct str text)
{
    while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
        text.n--;
    const char *name = setting_rows[setting].name;
    if (!text.n)
        return cli_fail("the %s is empty", name);
    if (!str_is_utf8(text))
        return cli_fail("the %s is not UTF-8 text", name);
    profile_set(profile, setting, text);
    return CLI_OK;
}

static int read_all(int fd, struct profile *profile, enum setting setting, const char *from)
{
    char *text = arena_bytes(profile->arena, SECRET_MAX + 1);
    size_t n = 0;
    ssize_t got = 1;
    while (text && got > 0 && n <= SECRET_MAX) {
        got = read(fd, text + n, SECRET_MAX + 1 - n);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            n += (size_t)got;
    }
    if (!text)
        return cli_fail("memory is out");
    if (got < 0)
        return cli_fail("cannot read the %s from %s: %s", setting_rows[setting].name, from,
                        strerror(errno));
    if (n > SECRET_MAX)
        return cli_fail("the %s in %s is too long", setting_rows[setting].name, from);
    int status = keep(profile, setting, (struct str){text, n});
    wipe(text, n);
    return status;
}

int secret_from_stdin(struct profile *profile, enum setting setting)
{
    return read_all(STDIN_FILENO, profile, setting, "standard input");
}

int secret_from_file(struct profile *profile, enum setting setting, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return cli_fail("cannot open '%s': %s", path, strerror(errno));
    int status = read_all(fd, profile, setting, path);
    close(fd);
    return status;
}

int secret_from_env(struct profile *profile, enum setting setting, const char *name)
{
    const char *value = getenv(name);
    if (!value)
        return cli_fail("the environment has no %s: export it, or give the %s another way", name,
                        setting_rows[setting].name);
    int status = keep(profile, setting, str_of(value));
    unsetenv(name); /* no browser that is started later inherits it */
    return status;
}

int secret_from_prompt(struct profile *profile, enum setting setting)
{
    const char *name = setting_rows[setting].name;
    struct termios before, quiet;
    FILE *terminal = isatty(STDIN_FILENO) ? fopen("/dev/tty", "r+e") : NULL;
    if (!terminal || tcgetattr(fileno(terminal), &before) != 0) {
        fprintf(stderr,
                "signet: the %s is missing: give it with --%s-stdin, --%s-file or --%s-env\n", name,
                name, name, name);
        if (terminal)
            fclose(terminal);
        return CLI_INTERACTION;
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    fprintf(terminal, "%s: ", name);
    fflush(terminal);
    tcsetattr(fileno(terminal), TCSAFLUSH, &quiet);
    char text[4096];
    bool got = fgets(text, sizeof text, terminal) != NULL;
    tcsetattr(fileno(terminal), TCSAFLUSH, &before);
    fputc('\n', terminal);
    fclose(terminal);
    int status =
        got ? keep(profile, setting, str_of(text)) : cli_fail("the %s was not given", name);
    wipe(text, sizeof text);
    return status;
}
