/* Trying regular expressions. */
#include "domain/profile_patterns.h"

#include <stdlib.h>

#include "script/script.h"

#define CHECKS_MAX ((size_t)1 << 20) /* bytes of JSON */

static const char script[] =
    "function getCustomJwtClaims({ checks }) {"
    "  const isGood = ([pattern, text]) => {"
    "    let expression;"
    "    try { expression = new RegExp(pattern); } catch { return text !== undefined; }"
    "    return text === undefined || expression.test(text);"
    "  };"
    "  return { good: checks.every(isGood) };"
    "}";

struct profile_patterns profile_patterns(struct ctx *ctx)
{
    struct profile_patterns patterns = {.buf = buf_new(ctx->arena, CHECKS_MAX)};
    BUF_LIT(&patterns.buf, "{\"checks\":[");
    return patterns;
}

static void put(struct profile_patterns *patterns, struct str pattern, struct str text)
{
    struct json_out out = json_out(&patterns->buf);
    if (patterns->count++)
        buf_byte(&patterns->buf, ',');
    json_open_array(&out);
    json_put_str(&out, pattern);
    if (text.p)
        json_put_str(&out, text);
    json_close_array(&out);
}

static struct str format_of(const struct profile_field *field)
{
    return str_eq(field->type, STR("Regex")) ? json_str(json_get(field->config, STR("format")))
                                             : STR_NONE;
}

void profile_patterns_add(struct profile_patterns *patterns, const struct profile_field *field)
{
    struct profile_field part;
    struct str format = format_of(field);
    if (format.n)
        put(patterns, format, STR_NONE);
    for (size_t at = 0; profile_field_part(field, &at, &part);)
        if (format_of(&part).n)
            put(patterns, format_of(&part), STR_NONE);
}

static void add_value(struct profile_patterns *patterns, const struct profile_field *field,
                      json *values)
{
    struct str text = json_str(json_get(values, field->name)), format = format_of(field);
    if (text.n && format.n)
        put(patterns, format, text);
}

void profile_patterns_add_value(struct profile_patterns *patterns,
                                const struct profile_field *field, json *values)
{
    struct profile_field part;
    add_value(patterns, field, values);
    for (size_t at = 0; profile_field_is_address(field) && profile_field_part(field, &at, &part);)
        add_value(patterns, &part, json_get(values, field->name));
}

/* ---- The trial ---- */

struct trial {
    struct script_request request;
    struct script_result result;
};

/* On a thread of the pool. */
static void run(void *arg)
{
    struct trial *trial = arg;
    script_run(&trial->request, &trial->result);
}

static void free_result(void *arg)
{
    struct trial *trial = arg;
    free(trial->result.text);
}

static enum err begin(struct ctx *ctx, struct str payload)
{
    struct trial *trial = ARENA_NEW(ctx->arena, struct trial);
    if (!trial || !payload.p || !arena_defer(ctx->arena, free_result, trial))
        return fail(ctx, ERR_NO_MEMORY);
    *trial = (struct trial){.request = {{script, sizeof script - 1}, payload}};
    return ctx_slow_script(ctx, run, trial);
}

enum err profile_patterns_try(struct ctx *ctx, struct profile_patterns *patterns, bool *good)
{
    *good = true;
    if (!patterns->count)
        return OK;
    BUF_LIT(&patterns->buf, "]}");
    if (!ctx->slow.done)
        return begin(ctx, buf_view(&patterns->buf));
    const struct trial *trial = ctx->slow.arg;
    json *answer = NULL;
    *good = trial->result.outcome == SCRIPT_VALUE && trial->result.text &&
            json_parse(ctx->arena, (struct str){trial->result.text, trial->result.length}, &answer,
                       NULL) == JSON_OK &&
            yyjson_is_true(json_get(answer, STR("good")));
    return OK;
}
