/* Landlock and capabilities, by the kernel's own interfaces. */
#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/confine_calls.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1 /* the search for leaks traces its own threads */
#else
#define SANITIZED 0
#endif

/* ---- Files ---- */

/* Rights by the version of Landlock that brought them; headers of older kernels lack the last. */
#define FS_FIRST     ((UINT64_C(1) << 13) - 1)
#define FS_REFER     (UINT64_C(1) << 13)
#define FS_TRUNCATE  (UINT64_C(1) << 14)
#define FS_IOCTL_DEV (UINT64_C(1) << 15)

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_RUN  (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE)
/* All but running, and making devices. */
#define FS_WRITE                                                                                   \
    ((FS_FIRST | FS_REFER | FS_TRUNCATE) &                                                         \
     ~(uint64_t)(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                       \
                 LANDLOCK_ACCESS_FS_MAKE_BLOCK))
/* What files have that are no folders. */
#define FS_OF_FILES                                                                                \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |   \
     FS_TRUNCATE)

static uint64_t rights_of(enum confine_access access)
{
    switch (access) {
    case CONFINE_READ:
        return FS_READ;
    case CONFINE_WRITE:
        return FS_WRITE;
    case CONFINE_RUN:
        return FS_RUN;
    }
    return 0;
}

static bool add_path(int rules, uint64_t handled, const struct confine_path *path)
{
    struct stat status;
    int fd = open(path->path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == EACCES || errno == ENOTDIR;
    uint64_t rights = rights_of(path->access) & handled;
    if (fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode))
        rights &= FS_OF_FILES;
    struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
    bool ok = syscall(__NR_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    close(fd);
    return ok;
}

static bool confine_files(const struct confine_wish *wish)
{
    long version = syscall(__NR_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return false;
    uint64_t handled = FS_FIRST | (version >= 2 ? FS_REFER : 0) | (version >= 3 ? FS_TRUNCATE : 0) |
                       (version >= 5 ? FS_IOCTL_DEV : 0);
    struct landlock_ruleset_attr attributes = {.handled_access_fs = handled};
    int rules = (int)syscall(__NR_landlock_create_ruleset, &attributes,
                             sizeof attributes.handled_access_fs, 0);
    if (rules < 0)
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < wish->count; i++)
        ok = add_path(rules, handled, &wish->paths[i]);
    ok = ok && syscall(__NR_landlock_restrict_self, rules, 0) == 0;
    close(rules);
    return ok;
}

/* ---- Capabilities ---- */

static bool drop_capabilities(const struct confine_wish *wish)
{
    uint32_t kept = 0;
    if (wish->keep_low_ports)
        kept |= UINT32_C(1) << CAP_NET_BIND_SERVICE;
    if (wish->keep_other_files)
        kept |= UINT32_C(1) << CAP_DAC_OVERRIDE;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {{0}};
    if (syscall(__NR_capget, &header, sets) != 0)
        return false;
    for (unsigned long i = 0; i <= CAP_LAST_CAP; i++)
        if (i >= 32 || !(kept & UINT32_C(1) << i))
            prctl(PR_CAPBSET_DROP, i, 0, 0, 0); /* takes a capability; without it there is none */
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    sets[0].permitted &= kept;
    sets[0].effective = sets[0].permitted;
    sets[0].inheritable = 0;
    sets[1] = (struct __user_cap_data_struct){0};
    return syscall(__NR_capset, &header, sets) == 0;
}

bool confine_process(const struct confine_wish *wish, bool *files)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    if (!SANITIZED)
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    *files = false;
    if (!drop_capabilities(wish) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return false;
    *files = confine_files(wish);
    return confine_calls();
}
