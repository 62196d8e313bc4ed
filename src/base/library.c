/* Loading a shared library, and finding its functions. */
#include "base/library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* Where there is no memory for it, none of the reasons may be told. */
static const char *why(void)
{
    const char *told = dlerror();
    return told ? told : "out of memory";
}

const char *library_load(const char *file, const struct library_function *functions)
{
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return why();
    for (; functions->name; functions++) {
        void *found = dlsym(library, functions->name);
        if (!found)
            return why();
        memcpy(functions->at, &found, sizeof(found)); /* POSIX dlsym: both kinds of pointers */
    }
    return NULL;
}

const char *library_need(struct library *library, const char *(*load)(void))
{
    pthread_mutex_lock(&library->lock);
    const char *missing = library->loaded ? NULL : load();
    library->loaded = !missing;
    if (missing && !library->missing[0])
        snprintf(library->missing, sizeof library->missing, "%s", missing);
    pthread_mutex_unlock(&library->lock);
    return missing ? library->missing : NULL;
}
