/* What every handler does with its request: refuse it, look into it, add headers to the answer. */
#include "domain/ctx.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

/* The texts are rows of error.def, or checked where fail_text is called. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static struct str format_text(struct arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int n = vsnprintf(NULL, 0, format, arguments);
    char *text = n < 0 ? NULL : arena_bytes(arena, (size_t)n + 1);
    if (text)
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text ? (struct str){text, (size_t)n} : STR_NONE;
}

enum err ctx_fail(struct ctx *ctx, enum err err, ...)
{
    va_list arguments;
    va_start(arguments, err);
    struct str message = format_text(ctx->arena, error_info(err)->text, arguments);
    va_end(arguments);
    ctx->failure = (struct failure){.err = err, .message = message};
    return err;
}

enum err ctx_fail_text(struct ctx *ctx, enum err err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct str message = format_text(ctx->arena, format, arguments);
    va_end(arguments);
    ctx->failure = (struct failure){.err = err, .message = message};
    return err;
}

enum err fail_data(struct ctx *ctx, enum err err, struct str data)
{
    ctx->failure.err = err;
    ctx->failure.data = data;
    return err;
}

void ctx_challenge(struct ctx *ctx, struct str rest)
{
    ctx_header(
        ctx, STR("WWW-Authenticate"),
        arena_printf(ctx->arena, "Bearer realm=\"%.*s\"%.*s", STR_ARG(ctx->issuer), STR_ARG(rest)));
}

enum err fail_scope(struct ctx *ctx, struct str scope)
{
    if (str_eq(scope, STR("all")))
        fail_text(ctx, ERR_FORBIDDEN,
                  "the access token lacks the scope `all`. Give the application a role with it and "
                  "get a new token");
    else
        fail(ctx, ERR_FORBIDDEN, arena_cstr(ctx->arena, scope));
    ctx_challenge(ctx, arena_printf(ctx->arena, ", error=\"insufficient_scope\", scope=\"%.*s\"",
                                    STR_ARG(scope)));
    return fail_data(ctx, ERR_FORBIDDEN,
                     arena_printf(ctx->arena, "{\"scope\":\"%.*s\"}", STR_ARG(scope)));
}

enum err fail_issues(struct ctx *ctx, enum err err, const struct buf *issues,
                     const struct buf *details)
{
    struct str list = buf_view(issues);
    ctx_fail(ctx, err);
    fail_data(ctx, err,
              arena_printf(ctx->arena, "{\"issues\":[%.*s],\"name\":\"ZodError\"}", STR_ARG(list)));
    ctx->failure.details = buf_view(details);
    return err;
}

void ctx_keep_writes(struct ctx *ctx)
{
    ctx->keep_writes = true;
}

enum err ctx_slow(struct ctx *ctx, void (*run)(void *arg), void *arg)
{
    assert(!ctx->slow.done);
    ctx->slow = (struct slow_work){.run = run, .arg = arg};
    return ERR_NEEDS_SLOW;
}

enum err ctx_slow_script(struct ctx *ctx, void (*run)(void *arg), void *arg)
{
    enum err err = ctx_slow(ctx, run, arg);
    ctx->slow.script = true;
    return err;
}

bool ctx_may_write(const struct ctx *ctx, struct str area)
{
    struct str rest = ctx->caller.scopes, each;
    while ((each = str_split(&rest, ' ')).p) {
        bool writes = str_starts(each, STR("write:")) && str_eq(str_from(each, 6), area);
        if (writes || str_eq(each, STR("all")))
            return true;
    }
    return false;
}

bool ctx_only_looks(const struct ctx *ctx)
{
    return !ctx_may_write(ctx, str_of(ctx->route->area));
}

bool ctx_may_reveal(const struct ctx *ctx)
{
    return ctx->tenant->config->reveal_secrets && !ctx_only_looks(ctx);
}

void ctx_header(struct ctx *ctx, struct str name, struct str value)
{
    struct answer *answer = &ctx->answer;
    assert(answer->header_count < sizeof(answer->headers) / sizeof(*answer->headers));
    answer->headers[answer->header_count++] = (struct http_header){name, value};
}

json *ctx_body(const struct ctx *ctx, struct str name)
{
    return json_get(ctx->body, name);
}

struct str ctx_query(const struct ctx *ctx, struct str name)
{
    return json_str(json_get(ctx->query, name));
}

bool ctx_query_is_yes(const struct ctx *ctx, struct str name)
{
    static const struct str yes[] = {STR_INIT("1"),   STR_INIT("true"), STR_INIT("y"),
                                     STR_INIT("yes"), STR_INIT("yep"),  STR_INIT("yeah")};
    for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
        if (str_eq_nocase(ctx_query(ctx, name), yes[i]))
            return true;
    return false;
}
