/* Loading a shared library, and finding its functions. */
#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

const char *library_load(const char *file, const struct library_function *functions)
{
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return dlerror();
    for (; functions->name; functions++) {
        void *found = dlsym(library, functions->name);
        if (!found)
            return dlerror();
        memcpy(functions->at, &found, sizeof(found)); /* POSIX dlsym: both kinds of pointers */
    }
    return NULL;
}
