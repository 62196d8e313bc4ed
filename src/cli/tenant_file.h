/* signet config export, plan and apply: the tenant as one file. What its files share. */
#ifndef SIGNET_CLI_TENANT_FILE_H
#define SIGNET_CLI_TENANT_FILE_H

#include "cli/api.h"
#include "cli/command.h"
#include "cli/terminal.h"

/* ---- Kinds of objects ---- */

/* What objects may name in their lists. */
enum tenant_ref { REF_NONE, REF_SCOPE, REF_ROLE, REF_ORGANIZATION_SCOPE };

enum tenant_member_type {
    MEMBER_PLAIN,
    MEMBER_FIXED,    /* settled when the object is made */
    MEMBER_OPTIONAL, /* as MEMBER_PLAIN; left out where it is {} */
    MEMBER_CHILDREN, /* a resource's scopes: objects of their own */
    MEMBER_LINKS,    /* names of other objects */
    MEMBER_DEFAULT,  /* a switch with an address of its own: one object at most has it */
    MEMBER_PART,     /* an object with an address of its own, where PUT sets it; may be missing */
};

struct tenant_member {
    struct str name;
    enum tenant_member_type type;
    enum tenant_ref ref; /* MEMBER_LINKS: to what */
    const char *path;    /* below the object's own, for all but plain members */
    struct str body;     /* MEMBER_LINKS: the member of a body that has the ids */
    const char *holder;  /* MEMBER_LINKS: the type of object that alone has it, or NULL */
    bool embedded;       /* MEMBER_LINKS: an object comes with it; otherwise GET path tells */
    bool replaced;       /* MEMBER_LINKS: PUT sets all of it; otherwise POST adds, DELETE takes */
};

struct tenant_kind {
    struct str name;
    const char *path;  /* of the list; of the object itself where there is only one */
    const char *query; /* of the list, or NULL */
    struct str key;    /* the member that names an object; none: there is only one */
    enum tenant_ref ref;
    bool paged;
    bool has_secrets; /* its members may hold some */
    bool by_name;     /* the key stands in its address, instead of an id */
    bool replaced;    /* PUT of all its members changes it, instead of PATCH of some */
    struct str bare;  /* PUT makes it, too, and this member is the whole body; {NULL,0}: none */
    bool room_first;  /* deleted before others are made: they may be in each other's way */
    struct str built_in_member, built_in; /* the object with this text is the server's own */
    const struct tenant_member *members;  /* ended by one without name */
};
enum { TENANT_KINDS = 11 };
extern const struct tenant_kind tenant_kinds[TENANT_KINDS];

/* The member of that name, or NULL. */
const struct tenant_member *tenant_member_find(const struct tenant_kind *kind, struct str name);
/* What names the object among its kind, as the plan shows it; STR_NONE: nothing does. */
struct str tenant_key(const struct tenant_kind *kind, json *value, struct arena *arena);
/* Whether the object, as the API gives it, has no place in a file. */
bool tenant_is_left_out(const struct tenant_kind *kind, json *raw);

/* ---- Objects ---- */

struct tenant_object {
    struct str key, id;          /* id: as it stands in a path; {{N.id}} once it is to be made */
    json *value;                 /* its members in the form of the file, secrets in clear */
    json *raw;                   /* as the API gave it; NULL for one of the file */
    size_t index;                /* in the file */
    struct tenant_object *match; /* the same one on the other side, or NULL */
    bool gone;                   /* the plan deletes it */
};

struct tenant_list {
    struct tenant_object *items; /* by key */
    size_t count;
    bool present; /* the file has the kind */
};

/* A name that lists may have; a scope's is "INDICATOR NAME". */
struct tenant_name {
    enum tenant_ref ref;
    struct str name, id;
    bool gone; /* the plan deletes it */
};

struct tenant_file {
    struct api *api;
    struct tenant_list have[TENANT_KINDS], want[TENANT_KINDS];
    struct tenant_name *names;
    size_t name_count, name_room;
    bool keep;
    bool exports; /* all kinds are to stand in a file */
};

/* Reads all kinds from the API into have. An exit status. */
int tenant_read(struct tenant_file *tenant);
/* GET of a path below the API; *value lives in the arena, *reply may be NULL. An exit status. */
int tenant_get(struct tenant_file *tenant, struct str path, json **value, struct http_reply *reply);
/* The same of what may be missing: *value is NULL then. */
int tenant_find(struct tenant_file *tenant, struct str path, json **value);
/* The members of the raw object that stand in its own answer, as JSON text. */
struct str tenant_own_text(struct arena *arena, const struct tenant_kind *kind, json *raw);
/* Sorts by key. CLI_FAILED, the reason printed, when two have one. */
int tenant_list_sort(const struct tenant_kind *kind, struct tenant_list *list);

bool tenant_name_add(struct tenant_file *tenant, enum tenant_ref ref, struct str name,
                     struct str id);
struct tenant_name *tenant_name_find(struct tenant_file *tenant, enum tenant_ref ref,
                                     struct str name);
/* The one of a resource's scopes with that name; NULL when there is none. */
json *tenant_child_find(json *list, struct str name);
/* "INDICATOR NAME". */
struct str tenant_scope_name(struct arena *arena, struct str indicator, struct str name);

/* Reads the file into want and checks its form. An exit status, the reason printed with the path of
 * the member. */
int tenant_file_load(struct tenant_file *tenant, const char *path);

/* ---- Secrets: "${env:NAME}" in their place ---- */

/* The variable's name in a text that is nothing but a reference; STR_NONE for any other. */
struct str tenant_reference(struct str text);

enum tenant_writing {
    WRITE_CLEAR,  /* as it is */
    WRITE_FILE,   /* secrets become references, named after where they stand */
    WRITE_SHOWN,  /* secrets that are no references are hidden */
    WRITE_FILLED, /* references become what the environment says */
};
struct tenant_writer {
    struct arena *arena;
    struct json_out out;
    enum tenant_writing writing;
    bool searches;      /* members of this kind may hold secrets */
    struct str missing; /* WRITE_FILLED: a variable that is not set; STR_NONE: none */
};
/* where: what a secret's variable is named after. */
void tenant_write(struct tenant_writer *writer, json *value, struct str where, bool secret);

/* Whether both are alike, members in any order. A reference to a variable that is not set is alike
 * to any text. */
bool tenant_equal(struct arena *arena, json *have, json *want);
/* Whether two lists of texts have the same ones, in any order. */
bool tenant_equal_names(json *have, json *want);
/* Whether a list has the text. */
bool tenant_has_name(json *list, struct str name);

/* ---- The plan ---- */

struct tenant_operation {
    const char *method;
    struct str path, send, shown; /* bodies as JSON; {NULL,0}: none */
    struct str label;             /* "roles/Reader" */
    const struct tenant_kind *kind;
    const struct tenant_object *object; /* what is changed or deleted whole, or NULL */
    struct str etag;
};
struct tenant_operations {
    struct tenant_operation *items;
    size_t count, room;
};
struct tenant_plan {
    struct tenant_operations main, deletes, last; /* in this order */
    struct buf lines;
    size_t created, updated, deleted;
    struct str missing; /* a variable that is not set */
    bool makes_room;    /* deletes connectors */
};

/* Finds out which object is which, and which go. An exit status. */
int tenant_match(struct tenant_file *tenant);
/* What makes the tenant be as the file says. An exit status. */
int tenant_plan_make(struct tenant_file *tenant, struct tenant_plan *plan);
/* All operations as a JSON array, secrets hidden. */
struct str tenant_plan_json(struct tenant_file *tenant, struct tenant_plan *plan);
/* Notes what the objects are now: they must still be that when it is carried out. An exit status.
 */
int tenant_plan_pin(struct tenant_file *tenant, struct tenant_plan *plan);
/* Carries it out as one transaction. An exit status. */
int tenant_plan_send(struct tenant_file *tenant, struct tenant_plan *plan);

/* The verbs; argv[0] is "config". An exit status. */
int tenant_file_main(const struct command *command, int argc, char **argv);

#endif
