/* The captcha provider of a tenant. */
#include "domain/captcha.h"

#include "base/encoding.h"
#include "base/ids.h"
#include "domain/sealed.h"

#define CONFIG "captcha_providers|config"

enum err captcha_find(struct ctx *ctx, struct captcha *captcha, bool *found)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "SELECT id, sealed_config, created_at, updated_at"
                            " FROM captcha_providers ORDER BY created_at LIMIT 1",
                            DB_NO_PARAMS, ctx->arena, &rows);
    *found = !err && rows.count;
    if (err || !rows.count)
        return err;
    struct str text;
    *captcha = (struct captcha){.id = db_text(&rows, 0, 0),
                                .created_at = db_int(&rows, 0, 2),
                                .updated_at = db_int(&rows, 0, 3)};
    err = sealed_open(ctx, CONFIG, captcha->id, db_text(&rows, 0, 1), &text);
    if (!err && json_parse(ctx->arena, text, &captcha->config, NULL))
        err = fail(ctx, ERR_INTERNAL);
    return err;
}

enum err captcha_put(struct ctx *ctx, struct str config)
{
    struct captcha old;
    bool found;
    char made[ID_LENGTH];
    struct str id = {made, sizeof(made)}, sealed;
    id_random(made, sizeof(made));
    enum err err = captcha_find(ctx, &old, &found);
    if (!err && found)
        id = old.id;
    if (!err)
        err = sealed_make(ctx, CONFIG, id, config, &sealed);
    return err ? err
               : db_exec(ctx->db,
                         "INSERT INTO captcha_providers (id, sealed_config, created_at, updated_at)"
                         " VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET"
                         " sealed_config = excluded.sealed_config,"
                         " updated_at = excluded.updated_at",
                         DB_PARAMS(db_text_value(id), db_text_value(sealed), db_int_value(ctx->now),
                                   db_int_value(ctx->now)),
                         NULL);
}

enum err captcha_put_public(struct ctx *ctx)
{
    static const struct str members[] = {STR_INIT("type"), STR_INIT("siteKey"), STR_INIT("domain"),
                                         STR_INIT("mode")};
    struct captcha captcha;
    bool found;
    struct json_out *out = &ctx->answer.json;
    enum err err = captcha_find(ctx, &captcha, &found);
    if (err || !found)
        return err;
    json_key(out, STR("captchaConfig"));
    json_open_object(out);
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
        json *value = json_get(captcha.config, members[i]);
        if (!value)
            continue;
        json_key(out, members[i]);
        json_put_value(out, value);
    }
    json_close_object(out);
    return OK;
}

/* ---- The widget ---- */

/* Of reCAPTCHA; a text that is no host's name counts as none. */
static struct str domain_of(const struct captcha *captcha)
{
    struct str domain = json_str(json_get(captcha->config, STR("domain")));
    for (size_t i = 0; i < domain.n; i++)
        if (!domain.p[i] ||
            !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-",
                    domain.p[i]))
            return STR("www.google.com");
    return domain.n ? domain : STR("www.google.com");
}

static void recaptcha_widget(struct ctx *ctx, const struct captcha *captcha,
                             struct captcha_widget *out)
{
    struct str domain = domain_of(captcha);
    struct buf script = buf_new(ctx->arena, (size_t)16 * 1024);
    bool ticked = str_eq(json_str(json_get(captcha->config, STR("mode"))), STR("checkbox"));
    buf_printf(&script, "https://%.*s/recaptcha/enterprise.js?render=", STR_ARG(domain));
    form_encode(&script,
                ticked ? STR("explicit") : json_str(json_get(captcha->config, STR("siteKey"))));
    out->script = buf_view(&script);
    out->sources =
        arena_printf(ctx->arena,
                     "https://%.*s/recaptcha/ https://www.gstatic.com/recaptcha/ "
                     "https://www.gstatic.cn/recaptcha/ https://recaptcha.google.com/recaptcha/",
                     STR_ARG(domain));
}

enum err captcha_widget(struct ctx *ctx, const struct captcha *captcha, struct captcha_widget *out)
{
    bool recaptcha =
        str_eq(json_str(json_get(captcha->config, STR("type"))), STR("RecaptchaEnterprise"));
    *out = (struct captcha_widget){
        STR("https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit"),
        STR("https://challenges.cloudflare.com")};
    if (recaptcha)
        recaptcha_widget(ctx, captcha, out);
    return out->script.p && out->sources.p ? OK : fail(ctx, ERR_NO_MEMORY);
}
