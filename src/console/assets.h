/* The console's files, bundled and compressed at build time (scripts/bundle-console). */
#ifndef SIGNET_CONSOLE_ASSETS_H
#define SIGNET_CONSOLE_ASSETS_H

#include "base/str.h"

struct console_asset {
    const char *file;     /* with a hash of its content in the name */
    const char *type;     /* media type */
    const char *etag;     /* of either form */
    const char *language; /* of texts: "de"; NULL: it is not texts */
    struct str plain, gzip;
};
/* The script, the style, then the texts of each language but English; ends with a NULL file. */
extern const struct console_asset console_assets[];

#endif
