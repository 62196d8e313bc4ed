/* The parameters of an OAuth request. */
#include "oidc/request.h"

#define MAX_PAIRS 100

static bool put_pair(struct form *form, struct str name, struct str value)
{
    if (form->count == MAX_PAIRS || !name.p || !value.p)
        return false;
    form->pairs[form->count++] = (struct form_pair){name, value};
    return true;
}

static struct str json_parameter(struct ctx *ctx, json *value)
{
    if (yyjson_is_str(value))
        return json_str(value);
    return json_text(ctx->arena, value);
}

/* {"a":"x","b":["y","z"]} as a=x&b=y&b=z; null is absent. */
static enum err parse_json(struct ctx *ctx, struct str body, struct form *form)
{
    json *root = NULL;
    if (json_parse(ctx->arena, body, &root, NULL) != JSON_OK || !yyjson_is_obj(root))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "the body is not a JSON object");
    form->count = 0;
    form->pairs = ARENA_ARRAY(ctx->arena, struct form_pair, MAX_PAIRS);
    if (!form->pairs)
        return fail(ctx, ERR_NO_MEMORY);
    yyjson_obj_iter members = yyjson_obj_iter_with(root);
    for (json *key; (key = yyjson_obj_iter_next(&members));) {
        json *value = yyjson_obj_iter_get_val(key);
        bool ok = true;
        if (yyjson_is_arr(value)) {
            yyjson_arr_iter items = yyjson_arr_iter_with(value);
            for (json *item; ok && (item = yyjson_arr_iter_next(&items));)
                ok = put_pair(form, json_str(key), json_parameter(ctx, item));
        } else if (!yyjson_is_null(value)) {
            ok = put_pair(form, json_str(key), json_parameter(ctx, value));
        }
        if (!ok)
            return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "the body has too many parameters");
    }
    return OK;
}

static struct str media_type(struct str content_type)
{
    return str_trim((struct str){content_type.p, str_find(content_type, ';')});
}

enum err oauth_request_parse(struct ctx *ctx, const char *path, struct form *form)
{
    *form = (struct form){0};
    struct str type = http_header_get(ctx->request, STR("content-type"), NULL);
    struct str body = ctx->request->body;
    if (!type.n || !body.n)
        return OK;
    struct str media = media_type(type);
    if (str_eq_nocase(media, STR("application/json")))
        return parse_json(ctx, body, form);
    if (!str_eq_nocase(media, STR("application/x-www-form-urlencoded")))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST,
                    arena_printf(ctx->arena,
                                 "only application/x-www-form-urlencoded content-type bodies are "
                                 "supported on POST %s",
                                 path)
                        .p);
    if (!form_parse(body, ctx->arena, form))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST,
                    "the body is not a form of at most 100 UTF-8 parameters");
    return OK;
}

enum err oauth_refuse_repeats(struct ctx *ctx, const struct form *form, const char *const *names)
{
    for (; *names; names++) {
        size_t count = 0;
        form_get(form, str_of(*names), &count);
        if (count > 1)
            return fail_text(ctx, ERR_OAUTH_INVALID_REQUEST,
                             "'%s' parameter must not be provided twice", *names);
    }
    return OK;
}

enum err oauth_require(struct ctx *ctx, const struct form *form, const char *name,
                       struct str *value)
{
    *value = form_get(form, str_of(name), NULL);
    if (!value->p)
        return fail_text(ctx, ERR_OAUTH_INVALID_REQUEST, "missing required parameter '%s'", name);
    return OK;
}
