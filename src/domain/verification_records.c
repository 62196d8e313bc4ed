/* Verification records of the account API. */
#include "domain/verification_records.h"

enum err verification_record_create(struct ctx *ctx, struct verification_record *record)
{
    char *id = arena_bytes(ctx->arena, ID_LENGTH);
    if (!id)
        return fail(ctx, ERR_NO_MEMORY);
    id_random(id, ID_LENGTH);
    record->id = (struct str){id, ID_LENGTH};
    record->expires_at = ctx->now + VERIFICATION_RECORD_TTL_MS;
    enum err err = db_exec(ctx->db, "DELETE FROM verification_records WHERE expires_at <= $1",
                           DB_PARAMS(db_int_value(ctx->now)), NULL);
    if (!err)
        err = db_exec(
            ctx->db,
            "INSERT INTO verification_records (id, user_id, type, permits, identifier, verified,"
            " data, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            DB_PARAMS(db_text_value(record->id), db_text_value(ctx->caller.id),
                      db_text_value(record->type), db_int_value(record->permits),
                      db_text_value(record->identifier.p ? record->identifier : STR("")),
                      db_int_value(record->verified),
                      db_text_value(record->data.p ? record->data : STR("{}")),
                      db_int_value(ctx->now), db_int_value(record->expires_at)),
            NULL);
    return err ? fail(ctx, err) : OK;
}

#define COLUMNS "id, type, permits, identifier, verified, data, expires_at"

static enum err read_row(struct ctx *ctx, enum err err, const struct db_rows *rows,
                         struct verification_record *out)
{
    if (err)
        return fail(ctx, err);
    if (!rows->count)
        return fail(ctx, ERR_NO_RECORD);
    *out = (struct verification_record){
        .id = db_text(rows, 0, 0),
        .type = db_text(rows, 0, 1),
        .permits = db_int(rows, 0, 2) != 0,
        .identifier = db_text(rows, 0, 3),
        .verified = db_int(rows, 0, 4) != 0,
        .data = db_text(rows, 0, 5),
        .expires_at = db_int(rows, 0, 6),
    };
    return OK;
}

enum err verification_record_get(struct ctx *ctx, struct str id, struct str type,
                                 struct verification_record *out)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "SELECT " COLUMNS " FROM verification_records"
                            " WHERE id = $1 AND user_id = $2 AND type = $3 AND expires_at > $4",
                            DB_PARAMS(db_text_value(id), db_text_value(ctx->caller.id),
                                      db_text_value(type), db_int_value(ctx->now)),
                            ctx->arena, &rows);
    return read_row(ctx, err, &rows, out);
}

enum err verification_record_consume(struct ctx *ctx, struct str id, struct str type,
                                     struct verification_record *out)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "DELETE FROM verification_records WHERE id = $1 AND user_id = $2"
                            " AND type = $3 AND expires_at > $4 AND verified = 1"
                            " RETURNING " COLUMNS,
                            DB_PARAMS(db_text_value(id), db_text_value(ctx->caller.id),
                                      db_text_value(type), db_int_value(ctx->now)),
                            ctx->arena, &rows);
    return read_row(ctx, err, &rows, out);
}

enum err verification_record_update(struct ctx *ctx, const struct verification_record *record)
{
    enum err err =
        db_exec(ctx->db, "UPDATE verification_records SET verified = $1, data = $2 WHERE id = $3",
                DB_PARAMS(db_int_value(record->verified), db_text_value(record->data),
                          db_text_value(record->id)),
                NULL);
    return err ? fail(ctx, err) : OK;
}

enum err verification_record_permits(struct ctx *ctx, bool *permits)
{
    struct db_rows rows;
    struct str id = http_header_get(ctx->request, STR("logto-verification-id"), NULL);
    *permits = false;
    if (!id.n)
        return OK;
    enum err err = db_query(
        ctx->db,
        "SELECT 1 FROM verification_records WHERE id = $1 AND user_id = $2"
        " AND permits = 1 AND verified = 1 AND expires_at > $3",
        DB_PARAMS(db_text_value(id), db_text_value(ctx->caller.id), db_int_value(ctx->now)),
        ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    *permits = rows.count > 0;
    return OK;
}
