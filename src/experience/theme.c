/* The look of the hosted pages that the settings ask for: /assets/theme.css, after our own style.
 */
#include <math.h>
#include <stdlib.h>

#include "domain/page.h"
#include "domain/sign_in_experience.h"
#include "domain/sign_in_experience_parts.h"

#define CSS_TYPE STR("text/css; charset=utf-8")

/* 0 to 1 each. */
struct rgb {
    double red, green, blue;
};

static double channel(struct str digits, size_t at, size_t width)
{
    const char text[] = {digits.p[at], digits.p[width == 2 ? at + 1 : at], 0};
    return (double)strtoul(text, NULL, 16) / 255;
}

/* Of #rgb and #rrggbb, which is what field_is_color lets in. */
static struct rgb rgb_of(struct str color)
{
    size_t width = color.n == 4 ? 1 : 2;
    return (struct rgb){channel(color, 1, width), channel(color, 1 + width, width),
                        channel(color, 1 + 2 * width, width)};
}

static double linear(double value)
{
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

/* WCAG 2.2, relative luminance */
static double luminance(struct rgb rgb)
{
    return 0.2126 * linear(rgb.red) + 0.7152 * linear(rgb.green) + 0.0722 * linear(rgb.blue);
}

/* Black or white, which reads better on it. WCAG 2.2, contrast ratio */
static const char *text_on(struct str color)
{
    double light = luminance(rgb_of(color));
    return 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? "#fff" : "#000";
}

#define LIGHT_CARD STR("#ffffff")
#define DARK_CARD  STR("#1e1c24")
#define CONTRAST   4.5 /* WCAG 2.2, 1.4.3 */

static double contrast(double one, double other)
{
    double light = one > other ? one : other, dark = one > other ? other : one;
    return (light + 0.05) / (dark + 0.05);
}

static double mixed(double channel_value, double end, int percent)
{
    return channel_value + (end - channel_value) * percent / 100;
}

/* The colour as far towards black, or on a dark card towards white, as it must be to be read there.
 */
static struct rgb readable_on(struct str card, struct str color)
{
    double back = luminance(rgb_of(card)), end = back < 0.5 ? 1 : 0;
    struct rgb rgb = rgb_of(color), out = rgb;
    for (int percent = 0; percent <= 100 && contrast(luminance(out), back) < CONTRAST; percent += 5)
        out = (struct rgb){mixed(rgb.red, end, percent), mixed(rgb.green, end, percent),
                           mixed(rgb.blue, end, percent)};
    return out;
}

static unsigned byte_of(double value)
{
    return (unsigned)lround(value * 255);
}

static void put_color(struct buf *out, json *value, struct str card)
{
    struct str color = json_str(value);
    if (!value || !field_is_color(value))
        return;
    struct rgb link = readable_on(card, color);
    buf_printf(out, "--main:%.*s;--on-main:%s;--link:#%02x%02x%02x;", STR_ARG(color),
               text_on(color), byte_of(link.red), byte_of(link.green), byte_of(link.blue));
}

/* Only what stands in a CSS string as it is. */
static bool is_plain_url(struct str url)
{
    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] <= ' ' || url.p[i] == '"' || url.p[i] == '\\' || url.p[i] == 0x7f)
            return false;
    return str_starts(url, STR("https://")) || str_starts(url, STR("data:image/"));
}

/* Those that a new tenant has are another product's. */
static bool is_default_logo(struct str url)
{
    return str_eq(url, STR("https://logto.io/logo.svg")) ||
           str_eq(url, STR("https://logto.io/logo-dark.svg"));
}

static void put_logo(struct buf *out, json *value)
{
    struct str url = json_str(value);
    if (!url.p || !is_plain_url(url) || is_default_logo(url))
        return;
    buf_printf(out,
               "main::before{content:\"\";display:block;height:3rem;margin-bottom:1.5rem;"
               "background:url(\"%.*s\") left center/contain no-repeat}\n",
               STR_ARG(url));
}

#define LIGHT                                                                                      \
    "--text:#1d1b20;--quiet:#5a5761;--back:#f4f2f8;--card:#ffffff;--line:#8a8594;--bad:#b3261e;"

static void put_dark(struct buf *out, json *color, json *branding)
{
    BUF_LIT(out, "@media (prefers-color-scheme:dark){\n:root{");
    if (yyjson_is_true(json_get(color, STR("isDarkModeEnabled")))) {
        put_color(out, json_get(color, STR("darkPrimaryColor")), DARK_CARD);
        BUF_LIT(out, "}\n");
        put_logo(out, json_get(branding, STR("darkLogoUrl")));
    } else {
        BUF_LIT(out, LIGHT "color-scheme:light;");
        put_color(out, json_get(color, STR("primaryColor")), LIGHT_CARD);
        BUF_LIT(out, "}\n");
    }
    BUF_LIT(out, "}\n");
}

static enum err handle(struct ctx *ctx)
{
    struct db_rows rows;
    json *all = NULL;
    enum err err = sign_in_experience_get(ctx, &rows);
    if (err)
        return err;
    json_open_object(&ctx->answer.json);
    err = sign_in_experience_put_public(ctx, &rows, ctx_query(ctx, STR("app_id")),
                                        ctx_query(ctx, STR("organization_id")));
    json_close_object(&ctx->answer.json);
    if (err)
        return err;
    struct str text = buf_view(&ctx->answer.body);
    if (!text.p || json_parse(ctx->arena, text, &all, NULL))
        return fail(ctx, ERR_NO_MEMORY);
    json *color = json_get(all, STR("color")), *branding = json_get(all, STR("branding"));
    struct buf *out = &ctx->answer.body;
    out->n = 0;
    BUF_LIT(out, ":root{");
    put_color(out, json_get(color, STR("primaryColor")), LIGHT_CARD);
    BUF_LIT(out, "}\n");
    put_logo(out, json_get(branding, STR("logoUrl")));
    put_dark(out, color, branding);
    buf_str(out, json_str(json_get(all, STR("customCss"))));
    ctx->answer.content_type = CSS_TYPE;
    return OK;
}

static const struct field query[] = {
    {.name = STR_INIT("app_id"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "The application, whose colours, logo and style lie over the tenant's."},
    {.name = STR_INIT("organization_id"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "The organization, whose colours, logo and style lie over these."},
    FIELDS_END,
};

ROUTES(theme) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/assets/theme.css"),
     .guard = GUARD_BROWSER,
     .query = query,
     .status = 200,
     .reply = REPLY_TEXT,
     .summary = "Colours, logo and style of the hosted pages from the settings",
     .handle = handle},
    ROUTES_END,
};
