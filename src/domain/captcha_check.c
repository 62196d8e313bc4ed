/* Asks the captcha provider whether a token is a person's. */
#include "base/encoding.h"
#include "domain/captcha.h"
#include "http/outgoing.h"

#define TURNSTILE "https://challenges.cloudflare.com"
#define RECAPTCHA "https://recaptchaenterprise.googleapis.com"
#define SCORE_MIN 0.5 /* of reCAPTCHA, from 0 (a program) to 1 (a person) */

struct question {
    struct arena *arena;
    json *config;
    struct str token, endpoint; /* endpoint: instead of the provider's own */
    bool allow_private, passed;
};

static struct str member(const struct question *question, struct str name)
{
    return json_str(json_get(question->config, name));
}

/* ---- Requests; on the pool for slow work ---- */

static struct str origin_of(const struct question *question, const char *usual)
{
    return question->endpoint.n ? question->endpoint : str_of(usual);
}

static bool prepare_turnstile(struct question *question, struct outgoing *request)
{
    struct buf form = buf_new(question->arena, (size_t)64 * 1024);
    BUF_LIT(&form, "secret=");
    form_encode(&form, member(question, STR("secretKey")));
    BUF_LIT(&form, "&response=");
    form_encode(&form, question->token);
    request->body = buf_view(&form);
    request->url = arena_printf(question->arena, "%.*s/turnstile/v0/siteverify",
                                STR_ARG(origin_of(question, TURNSTILE)));
    return outgoing_header(request, question->arena, STR("content-type"),
                           STR("application/x-www-form-urlencoded"));
}

static bool turnstile_passed(const struct question *question, json *answer)
{
    (void)question;
    return yyjson_get_bool(json_get(answer, STR("success")));
}

static bool prepare_recaptcha(struct question *question, struct outgoing *request)
{
    struct buf body = buf_new(question->arena, (size_t)64 * 1024);
    struct buf url = buf_new(question->arena, (size_t)16 * 1024);
    struct json_out out = json_out(&body);
    json_open_object(&out);
    json_key(&out, STR("event"));
    json_open_object(&out);
    JSON_STR(&out, "token", question->token);
    JSON_STR(&out, "siteKey", member(question, STR("siteKey")));
    JSON_STR(&out, "expectedAction", STR("interaction"));
    json_close_object(&out);
    json_close_object(&out);
    buf_str(&url, origin_of(question, RECAPTCHA));
    BUF_LIT(&url, "/v1/projects/");
    percent_encode(&url, member(question, STR("projectId")));
    BUF_LIT(&url, "/assessments?key=");
    percent_encode(&url, member(question, STR("secretKey")));
    request->body = buf_view(&body);
    request->url = buf_view(&url);
    return outgoing_header(request, question->arena, STR("content-type"), STR("application/json"));
}

/* A box that was ticked says yes or no; without one the score decides. */
static bool recaptcha_passed(const struct question *question, json *answer)
{
    json *score = json_get(json_get(answer, STR("riskAnalysis")), STR("score"));
    bool ticked = str_eq(member(question, STR("mode")), STR("checkbox"));
    return yyjson_get_bool(json_get(json_get(answer, STR("tokenProperties")), STR("valid"))) &&
           yyjson_is_num(score) && (ticked || yyjson_get_num(score) >= SCORE_MIN);
}

static const struct provider {
    const char *type;
    bool (*prepare)(struct question *question, struct outgoing *request);
    bool (*passed)(const struct question *question, json *answer);
} providers[] = {
    {"Turnstile", prepare_turnstile, turnstile_passed},
    {"RecaptchaEnterprise", prepare_recaptcha, recaptcha_passed},
};

static const struct provider *provider_of(const struct question *question)
{
    struct str type = member(question, STR("type"));
    for (size_t i = 0; i < sizeof providers / sizeof *providers; i++)
        if (str_eq(type, str_of(providers[i].type)))
            return &providers[i];
    return NULL;
}

static void ask(void *arg)
{
    struct question *question = arg;
    const struct provider *provider = provider_of(question);
    struct outgoing *request = ARENA_NEW(question->arena, struct outgoing);
    json *answer = NULL;
    if (!provider || !request || !provider->prepare(question, request) || !request->url.p ||
        !request->body.p)
        return;
    request->allow_private = question->allow_private;
    outgoing_send(request);
    struct str text = {request->response, request->response_length};
    if (request->status != 200 || json_parse(question->arena, text, &answer, NULL) != JSON_OK)
        return;
    question->passed = provider->passed(question, answer);
}

enum err captcha_check(struct ctx *ctx, struct str token)
{
    struct captcha captcha;
    bool found;
    if (ctx->slow.done) {
        const struct question *asked = ctx->slow.arg;
        return asked->passed ? OK : fail(ctx, ERR_CAPTCHA_FAILED);
    }
    enum err err = captcha_find(ctx, &captcha, &found);
    if (err)
        return err;
    if (!found)
        return fail(ctx, ERR_CAPTCHA_FAILED);
    struct question *question = ARENA_NEW(ctx->arena, struct question);
    if (!question)
        return fail(ctx, ERR_NO_MEMORY);
    const struct config *config = ctx->tenant->config;
    *question = (struct question){.arena = ctx->arena,
                                  .config = captcha.config,
                                  .token = token,
                                  .endpoint = str_of(config->captcha_endpoint),
                                  .allow_private = config->connector_private_addresses};
    return ctx_slow(ctx, ask, question);
}
