/* What the formats share while they make a file. */
#ifndef SIGNET_DOMAIN_EXPORT_PARTS_H
#define SIGNET_DOMAIN_EXPORT_PARTS_H

#include "domain/export.h"

/* One route as an item of a collection. */
struct export_operation {
    const struct route *route;
    struct str folder;                     /* area, for people: "Applications" */
    struct str id;                         /* unique: "ListApplications" */
    struct str name;                       /* the route's summary */
    struct str method;                     /* "GET" */
    struct str list_variable, list_member; /* as in struct export_list; {NULL,0}: no such list */
    bool first;                            /* of its folder: operations are ordered by folder */
};

/* A value that paths and bodies name as {{name}}. */
struct export_variable {
    struct str name, value; /* value is empty where the file cannot know it */
};

/* A list whose first row fills a variable. */
struct export_list {
    struct str pattern;  /* regular expression for the path of the request */
    struct str variable; /* "roleId" */
    struct str member;   /* of the row: "id" */
};

struct export
{
    struct arena *arena;
    struct buf *out;
    struct export_application application;
    struct str endpoint, issuer, token_url, resource;
    const struct export_operation *operations;
    size_t operation_count;
    const struct export_variable *variables;
    size_t variable_count;
    const struct export_list *lists;
    size_t list_count;
};

/* One of the route's path parameters, in order. */
struct export_parameter {
    struct str name;     /* as in the path, without ':' */
    struct str variable; /* "applicationId" */
};
/* Finds parameter number i of the path; false when there are fewer. */
bool export_parameter(struct arena *arena, const struct route *route, size_t i,
                      struct export_parameter *out);

/* One parameter of a query. */
struct export_query {
    struct str name, value, doc;
    bool required;
};
/* Parameter number i, paging's last; false when there are fewer. */
bool export_query(const struct route *route, size_t i, struct export_query *out);

/* The address with each path parameter written by put: "/api/roles/" and what put writes. */
void export_path(struct export *export, struct buf *out, const struct route *route,
                 void (*put)(struct buf *out, const struct export_parameter *parameter));

/* A body that the route takes, indented, ids as variables between the marks; {NULL,0} when it takes
 * none. */
struct str export_body(struct export *export, const struct route *route, struct str open,
                       struct str close);

/* What is in a part of the file; when that has failed, the file has. */
struct str export_part(struct export *export, const struct buf *part);

/* The name of the collection. */
#define EXPORT_TITLE STR("Signet Management API")
/* "Signet Management API, App name", in one line. */
struct str export_title(struct export *export);

/* ---- Text (export_text.c) ---- */

/* Literals of the languages, with their quotes. text may be anything, absent is empty. */
void quote_json(struct buf *out, struct str text); /* JavaScript, Python, Go, Java and C#, too */
void quote_yaml(struct buf *out, struct str text); /* double-quoted scalar */
void quote_shell(struct buf *out, struct str text);
void quote_php(struct buf *out, struct str text);
/* Without line breaks, control characters and what ends a comment: for comments and lines. */
void quote_line(struct buf *out, struct str text);
struct str export_line(struct arena *arena, struct str text);

/* JSON text, compact, as two-space indented lines. */
void export_indent(struct buf *out, struct str compact);

/* A text of src/domain/exports by its file name, with @NAME@ as a line, @LISTS@ as JSON, and
 * @ENDPOINT@, @ISSUER@, @TOKEN_URL@, @RESOURCE@, @SCOPE@, @CLIENT_ID@ and @CLIENT_SECRET@ (empty
 * when it is not known) as literals by quote. */
void export_fill(struct export *export, struct buf *out, const char *file,
                 void (*quote)(struct buf *out, struct str text));

struct export_text {
    const char *file, *text; /* file NULL ends the list */
};
extern const struct export_text export_texts[]; /* made by scripts/embed-texts */

/* ---- Archives (export_tar.c) ---- */

/* Adds one file (POSIX.1-1988 ustar; path up to 100 bytes), and ends the archive. */
void tar_add(struct buf *out, struct str path, struct str text);
void tar_end(struct buf *out);

#endif
