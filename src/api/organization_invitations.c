/* /api/organization-invitations: inviting someone by e-mail address into an organization. */
#include "api/reach.h"
#include "base/unicode.h"
#include "domain/hooks.h"
#include "domain/messages.h"
#include "domain/organization_relation.h"
#include "domain/organizations.h"
#include "domain/roles.h"

static const char *const statuses[] = {"Pending", "Accepted", "Expired", "Revoked", NULL};
#define PENDING  "Pending"
#define ACCEPTED "Accepted"
#define EXPIRED  "Expired"

static const struct field role_id_item = {.type = FIELD_STRING, .flags = FIELD_CREATE};

/* A message's parts, or false for no message. */
static bool check_message(json *value)
{
    return yyjson_is_obj(value) || yyjson_is_false(value);
}

static const struct field fields[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("inviterId"),
     .column = "inviter_id",
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_NULLABLE,
     .doc = "The user who invites."},
    {.name = STR_INIT("invitee"),
     .column = "invitee",
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .max = 256,
     .check = field_is_email,
     .format = "email",
     .doc = "The e-mail address of whoever is invited."},
    {.name = STR_INIT("acceptedUserId"),
     .column = "accepted_user_id",
     .type = FIELD_STRING,
     .flags = FIELD_NULLABLE,
     .doc = "The user who accepted."},
    {.name = STR_INIT("organizationId"),
     .column = "organization_id",
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "The organization."},
    {.name = STR_INIT("status"),
     .column = "status",
     .type = FIELD_ENUM,
     .options = statuses,
     .doc = "What became of it."},
    {.name = STR_INIT("createdAt"),
     .column = "created_at",
     .type = FIELD_INT,
     .doc = "In milliseconds since 1970."},
    {.name = STR_INIT("updatedAt"),
     .column = "updated_at",
     .type = FIELD_INT,
     .doc = "When the status changed, in milliseconds since 1970."},
    {.name = STR_INIT("expiresAt"),
     .column = "expires_at",
     .type = FIELD_INT,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .min = 0,
     .max = FIELD_INT_MAX,
     .doc = "Until when it can be accepted, in milliseconds since 1970."},
    {.name = STR_INIT("organizationRoleIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_MAYBE,
     .item = &role_id_item,
     .doc = "Ids of the roles that whoever accepts gets."},
    {.name = STR_INIT("messagePayload"),
     .type = FIELD_ANY,
     .flags = FIELD_CREATE | FIELD_MAYBE,
     .check = check_message,
     .doc = "What the message to the invitee holds; false, as when it is left out: no message."},
    ORGANIZATION_ROLES_FIELD,
    FIELDS_END,
};
enum {
    INVITATION_ID,
    INVITER,
    INVITEE,
    ACCEPTED_USER,
    ORGANIZATION,
    STATUS,
    CREATED,
    UPDATED,
    EXPIRES
};

static const struct entity entity = {
    .name = STR_INIT("organization_invitations"),
    .table = "organization_invitations",
    .fields = fields,
    .order = "created_at DESC, id",
};

/* ---- Answering ---- */

static enum err find_roles(struct ctx *ctx, const struct db_rows *rows, struct row_index *index)
{
    struct db_rows *roles = ARENA_NEW(ctx->arena, struct db_rows);
    struct str *ids = ARENA_ARRAY(ctx->arena, struct str, rows->count + 1);
    if (!roles || !ids)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < rows->count; i++)
        ids[i] = db_text(rows, i, INVITATION_ID);
    const struct id_list list = {ids, rows->count};
    enum err err = id_list_select(ctx->db,
                                  "SELECT x.organization_invitation_id, r.id, r.name"
                                  " FROM organization_invitation_roles x"
                                  " JOIN organization_roles r ON r.id = x.organization_role_id"
                                  " WHERE x.organization_invitation_id",
                                  &list, "ORDER BY r.name", ctx->arena, roles);
    return err ? err : row_index_make(roles, 0, ctx->arena, index);
}

/* The stored status stays Pending when time runs out; it is read as Expired. */
static struct str status_of(const struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    struct str status = db_text(rows, row, STATUS);
    bool late = str_eq(status, STR(PENDING)) && db_int(rows, row, EXPIRES) < ctx->now;
    return late ? STR(EXPIRED) : status;
}

static void put_invitation(struct ctx *ctx, const struct db_rows *rows, size_t row,
                           const struct row_index *roles)
{
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    JSON_STR(out, "id", db_text(rows, row, INVITATION_ID));
    JSON_STR(out, "inviterId", db_text(rows, row, INVITER));
    JSON_STR(out, "invitee", db_text(rows, row, INVITEE));
    JSON_STR(out, "acceptedUserId", db_text(rows, row, ACCEPTED_USER));
    JSON_STR(out, "organizationId", db_text(rows, row, ORGANIZATION));
    JSON_STR(out, "status", status_of(ctx, rows, row));
    JSON_INT(out, "createdAt", db_int(rows, row, CREATED));
    JSON_INT(out, "updatedAt", db_int(rows, row, UPDATED));
    JSON_INT(out, "expiresAt", db_int(rows, row, EXPIRES));
    organization_roles_put(out, roles, db_text(rows, row, INVITATION_ID));
    json_close_object(out);
}

static enum err answer_invitation(struct ctx *ctx, const struct db_rows *rows)
{
    struct row_index roles;
    enum err err = find_roles(ctx, rows, &roles);
    if (!err)
        put_invitation(ctx, rows, 0, &roles);
    return err;
}

static enum err get_invitation(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = organization_part_get(ctx, &entity, ctx->params[0], &rows);
    return err ? err : answer_invitation(ctx, &rows);
}

static enum err list_invitations(struct ctx *ctx)
{
    static const struct {
        struct str name;
        const char *sql;
    } conditions[] = {
        {STR_INIT("organizationId"), "organization_id = $1"},
        {STR_INIT("inviterId"), "inviter_id = $1"},
        {STR_INIT("invitee"), "fold_case(invitee) = fold_case($1)"},
    };
    struct crud_filter filters[3];
    struct db_value values[3];
    struct db_rows rows;
    struct row_index roles;
    size_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        values[count] = db_text_value(ctx_query(ctx, conditions[i].name));
        if (!values[count].s.n)
            continue;
        filters[count] = (struct crud_filter){conditions[i].sql, &values[count], 1};
        count++;
    }
    enum err err = entity_list(ctx, &entity, filters, count, &rows);
    if (!err)
        err = find_roles(ctx, &rows, &roles);
    if (err)
        return err;
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; i < rows.count; i++)
        put_invitation(ctx, &rows, i, &roles);
    json_close_array(&ctx->answer.json);
    return OK;
}

/* ---- Inviting ---- */

/* Nobody who belongs to the organization has the address. */
static enum err check_no_member(struct ctx *ctx, struct str organization, struct str invitee)
{
    struct db_rows rows;
    struct str key = unicode_fold(ctx->arena, invitee);
    if (!key.p)
        return ERR_NO_MEMORY;
    enum err err =
        db_query(ctx->db,
                 "SELECT u.id FROM users u"
                 " JOIN organization_users x ON x.user_id = u.id"
                 " WHERE u.email_key = $1 AND x.organization_id = $2",
                 DB_PARAMS(db_text_value(key), db_text_value(organization)), ctx->arena, &rows);
    if (err || !rows.count)
        return err;
    return fail(ctx, ERR_INVITATION, "the invitee is a member of the organization already");
}

/* Time that ran out for an earlier invitation makes room for a new one. */
static enum err expire_earlier(struct ctx *ctx, struct str organization, struct str invitee)
{
    return db_exec(
        ctx->db,
        "UPDATE organization_invitations SET status = '" EXPIRED "'"
        " WHERE organization_id = $1 AND fold_case(invitee) = fold_case($2)"
        " AND status = '" PENDING "' AND expires_at < $3",
        DB_PARAMS(db_text_value(organization), db_text_value(invitee), db_int_value(ctx->now)),
        NULL);
}

static enum err insert_invitation(struct ctx *ctx, struct db_rows *rows)
{
    char id[ID_LENGTH];
    struct id_list roles;
    id_random(id, sizeof(id));
    const struct crud_set sets[] = {
        {"id", db_text_value((struct str){id, sizeof(id)})},
        {"status", db_text_value(STR(PENDING))},
        {"created_at", db_int_value(ctx->now)},
        {"updated_at", db_int_value(ctx->now)},
    };
    enum err err = crud_insert(ctx->db, &entity, ctx->body, sets, 4, ctx->arena, rows);
    if (!err)
        err = id_list_parse(ctx_body(ctx, STR("organizationRoleIds")), ctx->arena, &roles);
    if (!err)
        err = reach_check_member_roles(ctx, &roles);
    if (err)
        return err;
    struct str invitation = db_text(rows, 0, INVITATION_ID);
    return relation_add(ctx->db, &organization_invitation_roles, &invitation, &roles, ctx->arena,
                        NULL);
}

/* By email, with the texts that the caller has given for the template. */
static enum err tell_invitee(struct ctx *ctx, const struct db_rows *rows, json *payload)
{
    const struct message message = {
        .usage = "OrganizationInvitation",
        .to = db_text(rows, 0, INVITEE),
        .locale = json_str(json_get(payload, STR("locale"))),
        .organization_id = db_text(rows, 0, ORGANIZATION),
        .inviter_id = db_text(rows, 0, INVITER),
        .more = payload,
    };
    return message_send(ctx, &message);
}

static enum err create_invitation(struct ctx *ctx)
{
    struct db_rows rows;
    struct str organization = json_str(ctx_body(ctx, STR("organizationId")));
    struct str invitee = json_str(ctx_body(ctx, STR("invitee")));
    int64_t expires_at = 0;
    field_int(ctx_body(ctx, STR("expiresAt")), &expires_at);
    if (expires_at <= ctx->now)
        return fail(ctx, ERR_INVALID_INPUT, "expiresAt must lie in the future");
    enum err err = check_no_member(ctx, organization, invitee);
    if (!err)
        err = expire_earlier(ctx, organization, invitee);
    if (!err)
        err = insert_invitation(ctx, &rows);
    if (err)
        return err;
    json *payload = ctx_body(ctx, STR("messagePayload"));
    if (yyjson_is_obj(payload))
        err = tell_invitee(ctx, &rows, payload);
    return err ? err : answer_invitation(ctx, &rows);
}

static enum err send_message(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = organization_part_get(ctx, &entity, ctx->params[0], &rows);
    return err ? err : tell_invitee(ctx, &rows, ctx->body);
}

/* ---- Ending ---- */

/* The user exists and is who was invited. */
static enum err check_user(struct ctx *ctx, struct str user, struct str invitee)
{
    struct db_rows rows;
    struct str key = unicode_fold(ctx->arena, invitee);
    if (!key.p)
        return ERR_NO_MEMORY;
    enum err err = db_query(ctx->db, "SELECT email_key FROM users WHERE id = $1",
                            DB_PARAMS(db_text_value(user)), ctx->arena, &rows);
    if (err)
        return err;
    if (!rows.count)
        return fail(ctx, ERR_NOT_FOUND);
    if (str_eq(db_text(&rows, 0, 0), key))
        return OK;
    return fail(ctx, ERR_INVITATION, "the accepting user must have the address of the invitee");
}

static enum err add_member(struct ctx *ctx, const struct db_rows *invitation, struct str user)
{
    struct db_rows rows;
    struct id_list roles;
    struct str organization = db_text(invitation, 0, ORGANIZATION);
    struct hook_members members = {.organization = organization, .kind = HOOK_MEMBER_USER};
    const struct str owner[] = {organization, user};
    enum err err = relation_add(ctx->db, &organization_users, &organization,
                                &(struct id_list){&user, 1}, ctx->arena, &members.added);
    if (!err)
        err = hooks_note_members(ctx, &members);
    if (!err)
        err = db_query(ctx->db, organization_invitation_roles.held,
                       DB_PARAMS(db_text_value(ctx->params[0])), ctx->arena, &rows);
    if (!err)
        err = id_list_of_rows(&rows, 0, ctx->arena, &roles);
    if (!err)
        err = relation_check_type(ctx->db, RELATION_ROLE_TYPE, &roles, STR(ROLE_TYPE_USER),
                                  ctx->arena);
    return err ? err
               : relation_add(ctx->db, &organization_user_roles, owner, &roles, ctx->arena, NULL);
}

#define OVER "the invitation is over: its status cannot change any more"

/* One statement decides, so of several requests at once one wins. */
static enum err end_invitation(struct ctx *ctx, struct str status, struct str user,
                               struct db_rows *rows)
{
    enum err err =
        db_query(ctx->db,
                 "UPDATE organization_invitations SET status = $1, accepted_user_id = $2,"
                 " updated_at = $3 WHERE id = $4 AND status = '" PENDING "' AND expires_at >= $5"
                 " RETURNING id, inviter_id, invitee, accepted_user_id, organization_id, status,"
                 " created_at, updated_at, expires_at",
                 DB_PARAMS(db_text_value(status), db_text_value(user), db_int_value(ctx->now),
                           db_text_value(ctx->params[0]), db_int_value(ctx->now)),
                 ctx->arena, rows);
    if (err || rows->count)
        return err;
    return fail(ctx, ERR_INVITATION, OVER);
}

static enum err set_status(struct ctx *ctx)
{
    struct db_rows rows;
    struct str status = json_str(ctx_body(ctx, STR("status"))), user = STR_NONE;
    bool accepts = str_eq(status, STR(ACCEPTED));
    if (accepts)
        user = json_str(ctx_body(ctx, STR("acceptedUserId")));
    if (accepts && !user.n)
        return fail(ctx, ERR_INVITATION, "acceptedUserId must say who accepts the invitation");
    enum err err = organization_part_get(ctx, &entity, ctx->params[0], &rows);
    if (err)
        return err;
    if (!str_eq(status_of(ctx, &rows, 0), STR(PENDING)))
        return fail(ctx, ERR_INVITATION, OVER);
    if (accepts)
        err = check_user(ctx, user, db_text(&rows, 0, INVITEE));
    if (!err)
        err = end_invitation(ctx, status, user, &rows);
    if (!err && accepts)
        err = add_member(ctx, &rows, user);
    return err ? err : answer_invitation(ctx, &rows);
}

static enum err delete_invitation(struct ctx *ctx)
{
    return organization_part_delete(ctx, &entity, ctx->params[0]);
}

/* ---- Routes ---- */

static const struct field list_query[] = {
    {.name = STR_INIT("organizationId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Only invitations to this organization."},
    {.name = STR_INIT("inviterId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Only invitations by this user."},
    {.name = STR_INIT("invitee"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Only invitations of this e-mail address."},
    FIELDS_END,
};

static const struct field message_body[] = {
    {.name = STR_INIT("code"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "A code to enter."},
    {.name = STR_INIT("link"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Where the invitation can be accepted."},
    {.name = STR_INIT("locale"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Language of the message."},
    {.name = STR_INIT("uiLocales"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Languages that the invitee reads, the best first."},
    FIELDS_END,
};

static const char *const endings[] = {ACCEPTED, "Revoked", NULL};

static const struct field status_body[] = {
    {.name = STR_INIT("acceptedUserId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_NULLABLE,
     .doc = "The user who accepts; needed then."},
    {.name = STR_INIT("status"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .options = endings,
     .doc = "How it ends."},
    FIELDS_END,
};

ROUTES(organization_invitations) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organization-invitations"),
     .area = "organization-invitations",
     .query = list_query,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = fields,
     .summary = "List invitations to organizations",
     .doc = "Newest first.",
     .handle = list_invitations},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organization-invitations"),
     .area = "organization-invitations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = fields,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = fields,
     .summary = "Invite someone into an organization",
     .doc = "Of an e-mail address one invitation to an organization can be open. A message needs a "
            "connector for e-mail, whose template `OrganizationInvitation` may name what "
            "`messagePayload` holds.",
     .handle = create_invitation},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organization-invitations/:id"),
     .area = "organization-invitations",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = fields,
     .summary = "Get an invitation to an organization",
     .handle = get_invitation},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/organization-invitations/:id"),
     .area = "organization-invitations",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete an invitation to an organization",
     .handle = delete_invitation},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/organization-invitations/:id/status"),
     .area = "organization-invitations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = status_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = fields,
     .summary = "Accept or revoke an invitation to an organization",
     .doc = "Accepting makes the user a member with the roles of the invitation; the user's e-mail "
            "address must be the invited one.",
     .handle = set_status},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organization-invitations/:id/message"),
     .area = "organization-invitations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = message_body,
     .sends = true,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Send the message of an invitation again",
     .doc = "By email; 501 when there is no connector for it.",
     .handle = send_message},
    ROUTES_END,
};
