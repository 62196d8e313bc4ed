/* Lists of ids out of requests and answers, and asking the database about all of them at once. */
#ifndef SIGNET_DOMAIN_ID_LIST_H
#define SIGNET_DOMAIN_ID_LIST_H

#include "base/json.h"
#include "domain/row_index.h"

struct id_list {
    const struct str *ids;
    size_t count;
};

/* The strings of a JSON array, each once, in the order in which they first appear. An absent array
 * is an empty list. ERR_NO_MEMORY. */
enum err id_list_parse(json *array, struct arena *arena, struct id_list *out);

/* The same of a column of texts. */
enum err id_list_of_rows(const struct db_rows *rows, size_t column, struct arena *arena,
                         struct id_list *out);

/* Those that no row of the index has. ERR_NO_MEMORY. */
enum err id_list_without(const struct id_list *list, const struct row_index *index,
                         struct arena *arena, struct id_list *out);

/* The rows of "HEAD IN (ids) TAIL". The ids are bound in chunks of a few fixed sizes, so that the
 * statements are few and lists of any length work; one chunk holds at least a page of 100. */
enum err id_list_select(struct db_conn *conn, const char *head, const struct id_list *list,
                        const char *tail, struct arena *arena, struct db_rows *rows);

/* Inserts (owner, id) for each id, or (id, owner) with owner_last, and now as a third column when
 * it is not 0. columns is as for db_insert_rows. */
struct id_list_target {
    const char *columns; /* "roles_scopes (role_id, scope_id)" */
    struct str owner;
    bool owner_last;
    int64_t now;
};
enum err id_list_insert(struct db_conn *conn, const struct id_list_target *target,
                        const struct id_list *list, struct arena *arena);

#endif
