/* An application's access to the Management API as files that other tools import: collections of
 * API clients, scripts and code. */
#ifndef SIGNET_DOMAIN_EXPORT_H
#define SIGNET_DOMAIN_EXPORT_H

#include "domain/snapshot.h"
#include "domain/tenant.h"
#include "http/route.h"

/* The application a file is made for. */
struct export_application {
    struct str id, name, type;
    struct str scope;  /* what its roles grant of the Management API: "all", or names */
    struct str secret; /* {NULL,0}: the file gets a placeholder */
};

/* Where its requests go. */
struct export_server {
    int listener;
    struct str endpoint; /* scheme and host */
    struct str issuer;
    struct str resource; /* indicator of the Management API */
};

/* Whom to ask for an application. */
struct export_source {
    struct db_conn *conn;
    const struct snapshot *snapshot;
    struct vault *vault;
    struct str resource; /* indicator of the Management API */
    int64_t now;         /* ms */
};
/* ERR_NOT_EXISTS_WITH_ID: no such application. ERR_APP_INVALID_TYPE (out->type is set): it cannot
 * use the client credentials grant, which every file is about. */
enum err export_application_find(const struct export_source *source, struct arena *arena,
                                 struct str id, struct export_application *out);
/* Adds the newest secret that is valid. ERR_NOT_EXISTS: there is none that the server can read. */
enum err export_application_reveal(const struct export_source *source, struct arena *arena,
                                   struct export_application *application);

struct export;

/* A kind of file. */
struct export_format {
    struct str name;       /* in addresses and on the command line: "postman" */
    struct str title;      /* for people */
    struct str media_type; /* with charset where it is text */
    struct str file_name;
    bool is_binary;
    void (*render)(struct export *export);
};

/* All formats, in the order in which people are shown them. */
extern const struct export_format *const export_formats[];
extern const size_t export_format_count;
/* NULL when there is none of that name. */
const struct export_format *export_format_find(struct str name);
/* The names, comma-separated. */
struct str export_format_names(struct arena *arena);

/* The file; {NULL,0} when memory is out. */
struct str export_render(const struct export_format *format, const struct export_server *server,
                         const struct export_application *application, struct arena *arena);

#endif
