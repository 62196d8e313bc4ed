/* What tells an application that a session has ended. OpenID Connect Back-Channel Logout 2.5 */
#include "base/clock.h"
#include "base/encoding.h"
#include "domain/opaque.h"
#include "jobs/delivery.h"

#define TOKEN_TTL    120 /* seconds; section 2.4 advises two minutes at most */
#define MAX_TOKEN    ((size_t)8 * 1024)
#define LOGOUT_EVENT "http://schemas.openid.net/event/backchannel-logout"

enum { APPLICATION = DELIVERY_OWN, ISSUER, USER, SID };

/* Section 2.4; without a nonce, so that it passes for no ID token. */
static struct str claims(struct arena *arena, const struct app *app, const struct db_rows *rows,
                         size_t row)
{
    struct buf buf = buf_new(arena, MAX_TOKEN);
    struct json_out out = json_out(&buf);
    int64_t now = clock_now_ms() / 1000;
    json_open_object(&out);
    JSON_STR(&out, "iss", db_text(rows, row, ISSUER));
    JSON_STR(&out, "aud", app->id);
    JSON_INT(&out, "iat", now);
    JSON_INT(&out, "exp", now + TOKEN_TTL);
    JSON_STR(&out, "jti", opaque_new(arena));
    JSON_RAW(&out, "events", STR("{\"" LOGOUT_EVENT "\":{}}"));
    JSON_STR(&out, "sub", db_text(rows, row, USER));
    if (app->logout_names_session)
        JSON_STR(&out, "sid", db_text(rows, row, SID));
    json_close_object(&out);
    return buf_view(&buf);
}

static bool make_request(const struct snapshot *snapshot, const struct app *app,
                         struct delivery_item *item, const struct db_rows *rows, size_t row)
{
    const struct keyring *keys = snapshot_keys(snapshot);
    struct buf body = buf_new(item->arena, 2 * MAX_TOKEN);
    struct str payload = claims(item->arena, app, rows, row);
    BUF_LIT(&body, "logout_token=");
    if (!payload.p || !keyring_sign(keys, keyring_logout_header(keys), payload, &body))
        return false;
    item->out.url = arena_str(item->arena, app->backchannel_uri);
    item->out.body = buf_view(&body);
    return item->out.url.p && item->out.body.p &&
           outgoing_header(&item->out, item->arena, STR("content-type"),
                           STR("application/x-www-form-urlencoded"));
}

/* The token is made for each attempt, so that it is valid for as long as it needs to be. */
static bool prepare(struct tenant *tenant, struct delivery_item *item, const struct db_rows *rows,
                    size_t row)
{
    struct snapshot *snapshot = tenant_snapshot(tenant);
    const struct app *app = snapshot_app(snapshot, db_text(rows, row, APPLICATION));
    bool made = app && app->backchannel_uri.n && make_request(snapshot, app, item, rows, row);
    snapshot_unref(snapshot);
    return made;
}

const struct delivery_kind logout_deliveries = {
    DELIVERY_TABLE("logout_deliveries"),
    .find = "SELECT id, attempts, due_at, application_id, issuer, user_id, sid"
            " FROM logout_deliveries WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2",
    .prepare = prepare,
};
