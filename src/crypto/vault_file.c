/* The file that holds the vault's key: reading it, and making it on first start. */
#include "crypto/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/ids.h"
#include "crypto/digest.h"

#define HEX_SIZE ((size_t)2 * VAULT_KEY_SIZE)

static _Thread_local char reason[PATH_MAX + 128];

static void explain(const char **why, const char *what, const char *path, const char *detail)
{
    snprintf(reason, sizeof reason, "%s '%s': %s", what, path, detail);
    *why = reason;
}

/* systemd gives a credential to the service's user by an access list, which shows as a group's
 * right to read; the folder is closed to everyone else. */
static bool is_credential(const char *path)
{
    struct str folder = str_of(getenv("CREDENTIALS_DIRECTORY")), name = str_of(path);
    return folder.n && str_starts(name, folder) && name.n > folder.n && name.p[folder.n] == '/' &&
           !strstr(path, "/../");
}

static bool is_private(int fd, const char *path, const char **why)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        explain(why, "cannot read", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        explain(why, "cannot use", path, "not a regular file");
    else if (st.st_uid != geteuid() && st.st_uid != 0)
        explain(why, "cannot use", path, "it belongs to another user");
    else if (st.st_mode & (S_IRWXG | S_IRWXO) && !is_credential(path))
        explain(why, "cannot use", path, "others may read it; set its mode to 0600");
    else
        return true;
    return false;
}

/* Fills text; returns how many bytes there were, at most size. */
static size_t read_all(int fd, char *text, size_t size)
{
    size_t n = 0;
    ssize_t got = 1;
    while (n < size && got > 0) {
        got = read(fd, text + n, size - n);
        if (got > 0)
            n += (size_t)got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    return n;
}

static struct vault *read_key(int fd, const char *path, const char **why)
{
    char text[HEX_SIZE + 16]; /* more than a key and a line's end is no key */
    struct str hex = {text, read_all(fd, text, sizeof text)};
    uint8_t key[VAULT_KEY_SIZE];
    size_t n = 0;
    struct vault *vault = NULL;
    while (hex.n && (text[hex.n - 1] == '\n' || text[hex.n - 1] == '\r'))
        hex.n--;
    if (hex.n != HEX_SIZE || !hex_decode(hex, key, sizeof key, &n))
        explain(why, "cannot use", path, "it does not hold 64 hexadecimal digits");
    else if (!(vault = vault_new(key)))
        *why = "out of memory";
    wipe(text, sizeof text);
    wipe(key, sizeof key);
    return vault;
}

static bool sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int length = slash ? (int)(slash - path) + 1 : 1;
    snprintf(folder, sizeof folder, "%.*s", length, slash ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool write_key(int fd)
{
    uint8_t key[VAULT_KEY_SIZE];
    char line[HEX_SIZE + 1];
    random_bytes(key, sizeof key);
    hex_encode(key, sizeof key, line);
    line[HEX_SIZE] = '\n';
    bool ok = fchmod(fd, S_IRUSR | S_IWUSR) == 0 &&
              write(fd, line, sizeof line) == (ssize_t)sizeof line && fsync(fd) == 0;
    wipe(key, sizeof key);
    wipe(line, sizeof line);
    return ok;
}

/* A whole key under another name first, then linked: a crash leaves no half key behind, and of two
 * processes that start at once both use the one that came first. */
static bool make_file(const char *path)
{
    char draft[PATH_MAX];
    int n = snprintf(draft, sizeof draft, "%s.XXXXXX", path);
    int fd = n < (int)sizeof draft ? mkostemp(draft, O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    bool ok = write_key(fd) && (link(draft, path) == 0 || errno == EEXIST);
    int saved = errno;
    close(fd);
    unlink(draft);
    errno = saved;
    return ok && sync_folder(path);
}

struct vault *vault_from_file(const char *path, bool make, const char **why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT && make) {
        if (!make_file(path)) {
            explain(why, "cannot make", path, strerror(errno));
            return NULL;
        }
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    }
    if (fd < 0) {
        explain(why, "cannot open", path, strerror(errno));
        return NULL;
    }
    struct vault *vault = is_private(fd, path, why) ? read_key(fd, path, why) : NULL;
    close(fd);
    return vault;
}
