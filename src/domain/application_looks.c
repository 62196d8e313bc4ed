/* Names, logos and links of applications. */
#include "domain/application_looks.h"

enum err application_looks_get(struct ctx *ctx, const struct app *app,
                               struct application_looks *out)
{
    struct db_rows rows;
    json *branding = NULL;
    *out = (struct application_looks){.name = app ? app->name : STR_NONE};
    if (!app)
        return OK;
    enum err err = db_query(ctx->db,
                            "SELECT display_name, branding, terms_of_use_url, privacy_policy_url"
                            " FROM application_sign_in_experiences WHERE application_id = $1",
                            DB_PARAMS(db_text_value(app->id)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count)
        return OK;
    if (json_parse(ctx->arena, db_text(&rows, 0, 1), &branding, NULL))
        return fail(ctx, ERR_INTERNAL);
    if (db_text(&rows, 0, 0).n)
        out->name = db_text(&rows, 0, 0);
    out->logo_url = json_str(json_get(branding, STR("logoUrl")));
    out->terms_url = db_text(&rows, 0, 2);
    out->privacy_url = db_text(&rows, 0, 3);
    return OK;
}
