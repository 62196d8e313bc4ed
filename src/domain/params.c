/* Path parameters that are not free texts. */
#include "domain/params.h"

static enum err refuse(struct ctx *ctx, struct str text, const struct field rows[2])
{
    struct buf issues = buf_new(ctx->arena, 65536), details = buf_new(ctx->arena, 65536);
    struct buf buf = buf_new(ctx->arena, 65536);
    struct json_out out = json_out(&buf);
    json *value;
    json_open_object(&out);
    json_key(&out, rows[0].name);
    json_put_str(&out, text);
    json_close_object(&out);
    if (json_parse(ctx->arena, buf_view(&buf), &value, NULL) ||
        schema_check(rows, BODY_CREATE, value, ctx->arena, &issues, &details))
        return fail(ctx, ERR_INVALID_PARAMS);
    struct str list = buf_view(&issues);
    enum err err = fail(ctx, ERR_INVALID_PARAMS);
    fail_data(ctx, err,
              arena_printf(ctx->arena, "{\"issues\":[%.*s],\"name\":\"ZodError\"}", STR_ARG(list)));
    ctx->failure.details = buf_view(&details);
    return err;
}

enum err param_enum(struct ctx *ctx, size_t param, const char *name, const char *const *options,
                    size_t *out)
{
    for (size_t i = 0; options[i]; i++) {
        if (str_eq(str_of(options[i]), ctx->params[param])) {
            *out = i;
            return OK;
        }
    }
    const struct field rows[] = {
        {.name = str_of(name),
         .type = FIELD_ENUM,
         .flags = FIELD_CREATE | FIELD_REQUIRED,
         .options = options},
        FIELDS_END,
    };
    return refuse(ctx, ctx->params[param], rows);
}
