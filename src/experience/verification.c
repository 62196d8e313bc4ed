/* Verifications: what all kinds have in common, and the list of kinds, gathered from the rows that
 * VERIFICATION_KIND leaves in a linker section. */
#include "experience/verification.h"

extern const struct verification_kind *const __start_verification_kinds[];
extern const struct verification_kind *const __stop_verification_kinds[];

const struct verification_kind *verification_kind_find(struct str type)
{
    for (const struct verification_kind *const *kind = __start_verification_kinds;
         kind < __stop_verification_kinds; kind++)
        if (str_eq((*kind)->type, type))
            return *kind;
    return NULL;
}

struct str verification_email(const struct verification *what)
{
    if (str_eq(what->identifier_type, STR("email")))
        return what->identifier;
    return what->kind->email ? what->kind->email(what) : STR_NONE;
}

enum err verification_parse(struct ctx *ctx, json *stored, struct verification *out, bool *known)
{
    json *identifier = json_get(stored, STR("identifier"));
    *out = (struct verification){
        .id = json_str(json_get(stored, STR("id"))),
        .kind = verification_kind_find(json_str(json_get(stored, STR("type")))),
        .identifier_type = json_str(json_get(identifier, STR("type"))),
        .identifier = json_str(json_get(identifier, STR("value"))),
        .verified = yyjson_get_bool(json_get(stored, STR("verified"))),
    };
    *known = out->kind != NULL;
    return out->kind && out->kind->parse ? out->kind->parse(ctx, stored, out) : OK;
}

static void put(struct json_out *out, const struct verification *what,
                void (*own)(struct json_out *, const struct verification *))
{
    json_open_object(out);
    JSON_STR(out, "id", what->id);
    JSON_STR(out, "type", what->kind->type);
    if (what->identifier.p) {
        json_key(out, STR("identifier"));
        json_open_object(out);
        JSON_STR(out, "type", what->identifier_type);
        JSON_STR(out, "value", what->identifier);
        json_close_object(out);
    }
    JSON_BOOL(out, "verified", what->verified);
    if (own)
        own(out, what);
    json_close_object(out);
}

void verification_render(struct json_out *out, const struct verification *what)
{
    put(out, what, what->kind->render);
}

void verification_show(struct json_out *out, const struct verification *what)
{
    put(out, what, what->kind->show);
}
