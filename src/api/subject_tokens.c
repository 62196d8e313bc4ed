/* /api/subject-tokens: what an application exchanges for a token of a user it acts for. */
#include "base/ids.h"
#include "domain/opaque.h"
#include "domain/subjects.h"
#include "domain/users.h"

#define PREFIX     SUBJECT_TOKEN_PREFIX
#define TTL        600 /* seconds */
#define TEXT_BYTES (sizeof(PREFIX) - 1 + ID_LENGTH)

static enum err create_token(struct ctx *ctx)
{
    char *text = arena_bytes(ctx->arena, TEXT_BYTES);
    struct str user = json_str(ctx_body(ctx, STR("userId")));
    json *context = ctx_body(ctx, STR("context"));
    enum err err = text ? user_check_exists(ctx, user) : fail(ctx, ERR_NO_MEMORY);
    if (err)
        return err;
    memcpy(text, PREFIX, sizeof(PREFIX) - 1);
    id_random(text + sizeof(PREFIX) - 1, ID_LENGTH);
    struct str digest = opaque_digest(ctx->arena, (struct str){text, TEXT_BYTES});
    if (!digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    err = db_exec(ctx->db,
                  "INSERT INTO subject_tokens (digest, user_id, context, creator_id, created_at,"
                  " expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
                  DB_PARAMS(db_text_value(digest), db_text_value(user),
                            db_text_value(context ? json_text(ctx->arena, context) : STR("{}")),
                            db_text_value(ctx->caller.id), db_int_value(ctx->now),
                            db_int_value(ctx->now + (int64_t)TTL * 1000)),
                  NULL);
    if (err)
        return err;
    ctx->answer.no_store = true;
    json_open_object(&ctx->answer.json);
    JSON_STR(&ctx->answer.json, "subjectToken", ((struct str){text, TEXT_BYTES}));
    JSON_INT(&ctx->answer.json, "expiresIn", TTL);
    json_close_object(&ctx->answer.json);
    return OK;
}

/* ---- Routes ---- */

static const struct field create_body[] = {
    {.name = STR_INIT("userId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "The user."},
    {.name = STR_INIT("context"),
     .type = FIELD_MAP,
     .flags = FIELD_CREATE,
     .doc = "What scripts that add claims are told."},
    FIELDS_END,
};

static const struct field token_fields[] = {
    {.name = STR_INIT("subjectToken"), .type = FIELD_STRING, .doc = "The token; used once."},
    {.name = STR_INIT("expiresIn"), .type = FIELD_INT, .doc = "Seconds."},
    FIELDS_END,
};

ROUTES(subject_tokens) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/subject-tokens"),
     .area = "subject-tokens",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = create_body,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = token_fields,
     .summary = "Create a subject token",
     .doc = "Only its digest is stored.",
     .handle = create_token},
    ROUTES_END,
};
