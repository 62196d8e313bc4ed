/* What people fill in when they register: what may be sent, and whether something lacks. */
#include "experience/extra_profile.h"

#include "domain/profile_patterns.h"
#include "domain/profile_values.h"

#define VALUES_MAX 16384 /* bytes of JSON: they are kept with the sign-in */

static const struct field name_fields[] = {
    {.name = STR_INIT("name"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_MAYBE,
     .doc = "Full name."},
    {.name = STR_INIT("avatar"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_MAYBE,
     .max = 2048,
     .check = user_check_avatar,
     .format = "url",
     .doc = "Address of a picture."},
    FIELDS_END,
};

static bool is_declared(const struct field *fields, struct str name)
{
    for (; fields->name.p; fields++)
        if (str_eq(fields->name, name))
            return true;
    return false;
}

/* ---- What is known ---- */

static struct str names_text(struct ctx *ctx, struct str name, struct str avatar)
{
    struct buf buf = buf_new(ctx->arena, 65536);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    if (name.p)
        JSON_STR(&out, "name", name);
    if (avatar.p)
        JSON_STR(&out, "avatar", avatar);
    json_close_object(&out);
    return buf_view(&buf);
}

/* All that is known of the user, by the names that fields have. */
static enum err gather(struct ctx *ctx, const struct profile *profile, struct str user_id,
                       json **out)
{
    struct db_rows rows;
    struct str all = STR("{}");
    struct str parts[6] = {[3] = profile->custom,
                           [4] = profile->claims,
                           [5] = names_text(ctx, profile->name, profile->avatar)};
    enum err err = user_id.p ? user_get(ctx, user_id, &rows) : OK;
    if (err)
        return err;
    if (user_id.p) {
        parts[0] = db_text(&rows, 0, USER_CUSTOM_DATA);
        parts[1] = db_text(&rows, 0, USER_PROFILE);
        parts[2] = names_text(ctx, db_text(&rows, 0, USER_NAME), db_text(&rows, 0, USER_AVATAR));
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].p)
            all = user_merge(ctx->arena, all, parts[i]);
    bool read = all.p && json_parse(ctx->arena, all, out, NULL) == JSON_OK;
    return read ? OK : fail(ctx, ERR_NO_MEMORY);
}

/* ---- What is sent ---- */

static enum err check_names(struct ctx *ctx, json *values)
{
    yyjson_obj_iter members = yyjson_obj_iter_with(values);
    for (json *key; (key = yyjson_obj_iter_next(&members));) {
        enum err err = profile_field_check_name(ctx, json_str(key));
        if (err == ERR_PROFILE_FIELD_NAME)
            return fail_text(ctx, ERR_INVALID_BODY,
                             "a name in values is not of letters and digits");
        if (err)
            return err;
    }
    return OK;
}

static enum err check_values(struct ctx *ctx, json *values, const struct field *fields)
{
    struct buf issues = buf_new(ctx->arena, 65536), details = buf_new(ctx->arena, 65536);
    return schema_check(fields, BODY_CREATE, values, ctx->arena, &issues, &details)
               ? OK
               : fail_issues(ctx, ERR_INVALID_BODY, &issues, &details);
}

static enum err pick_custom(struct ctx *ctx, json *values, struct str *out)
{
    struct buf buf = buf_new(ctx->arena, VALUES_MAX);
    struct json_out text = json_out(&buf);
    yyjson_obj_iter members = yyjson_obj_iter_with(values);
    json_open_object(&text);
    for (json *key; (key = yyjson_obj_iter_next(&members));) {
        struct str name = json_str(key);
        if (is_declared(name_fields, name) || is_declared(user_profile_fields, name))
            continue;
        json_key(&text, name);
        json_put_raw(&text, json_text(ctx->arena, yyjson_obj_iter_get_val(key)));
    }
    json_close_object(&text);
    *out = buf_view(&buf);
    return out->p ? OK : fail(ctx, ERR_NO_MEMORY);
}

/* The field that a member of the values is for: one of these, or a part of a full name. */
static bool find_asked(const struct profile_field_list *fields, struct str name,
                       struct profile_field *out)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct profile_field *field = &fields->items[i];
        *out = *field;
        if (!profile_field_is_name(field) && str_eq(field->name, name))
            return true;
        for (size_t at = 0; profile_field_is_name(field) && profile_field_part(field, &at, out);)
            if (str_eq(out->name, name))
                return true;
    }
    return false;
}

/* Of the values those that the sign-up asks for. What the user had before stays as it is: the
 * operator decides on custom data, and the account center on who may change what. */
static enum err pick_asked(struct ctx *ctx, struct str user_id, json **values)
{
    struct profile_field_list fields;
    struct buf buf = buf_new(ctx->arena, VALUES_MAX);
    struct json_out text = json_out(&buf);
    struct profile_patterns patterns = profile_patterns(ctx);
    json *known;
    bool good = true;
    enum err err = profile_fields_sign_up(ctx, &fields);
    if (err || (err = gather(ctx, &(struct profile){0}, user_id, &known)))
        return err;
    yyjson_obj_iter members = yyjson_obj_iter_with(*values);
    json_open_object(&text);
    for (json *key; (key = yyjson_obj_iter_next(&members));) {
        struct str name = json_str(key);
        json *had = json_get(known, name);
        struct profile_field field;
        if (err || !find_asked(&fields, name, &field) || (had && !yyjson_is_null(had)))
            continue;
        err = profile_value_check(ctx, &field, *values);
        profile_patterns_add_value(&patterns, &field, *values);
        json_key(&text, name);
        json_put_value(&text, yyjson_obj_iter_get_val(key));
    }
    json_close_object(&text);
    if (err || (err = profile_patterns_try(ctx, &patterns, &good)))
        return err;
    if (!good)
        return fail_text(ctx, ERR_INVALID_BODY,
                         "a value is not as the expression of its field has it");
    bool made = !buf.failed && json_parse(ctx->arena, buf_view(&buf), values, NULL) == JSON_OK;
    return made ? OK : fail(ctx, ERR_NO_MEMORY);
}

enum err extra_profile_set(struct ctx *ctx, json *values, struct str user_id,
                           struct profile *profile)
{
    static const struct field whole = {.type = FIELD_OBJECT, .fields = user_profile_fields};
    if (!yyjson_is_obj(values))
        return fail_text(ctx, ERR_INVALID_BODY, "values must be an object");
    if (json_text(ctx->arena, values).n > VALUES_MAX)
        return fail_text(ctx, ERR_INVALID_BODY, "values must have %d bytes at most", VALUES_MAX);
    enum err err = check_names(ctx, values);
    if (err || (err = check_values(ctx, values, name_fields)) ||
        (err = check_values(ctx, values, user_profile_fields)) ||
        (err = pick_asked(ctx, user_id, &values)) ||
        (err = pick_custom(ctx, values, &profile->custom)))
        return err;
    struct str name = json_str(json_get(values, STR("name")));
    struct str avatar = json_str(json_get(values, STR("avatar")));
    if (name.p)
        profile->name = name;
    if (avatar.p)
        profile->avatar = avatar;
    profile->claims = field_clean(&whole, values, ctx->arena);
    profile->filled_in = true;
    return profile->claims.p ? OK : fail(ctx, ERR_NO_MEMORY);
}

/* ---- What lacks ---- */

/* filled_in: the form was sent. */
static bool lacks(json *known, const struct profile_field *field, bool filled_in)
{
    json *value = json_get(known, field->name);
    bool empty = !value || yyjson_is_null(value);
    if (field->required)
        empty |= yyjson_is_str(value) && !yyjson_get_len(value);
    return empty && (field->required || !filled_in);
}

static bool lacks_part(json *known, const struct profile_field *field, bool filled_in)
{
    struct profile_field part;
    for (size_t at = 0; profile_field_part(field, &at, &part);)
        if (lacks(known, &part, filled_in))
            return true;
    return false;
}

static bool is_missing(json *known, const struct profile_field *field, bool filled_in)
{
    json *value = json_get(known, field->name);
    if (profile_field_is_name(field))
        return lacks_part(known, field, filled_in);
    if (!profile_field_is_address(field) || !yyjson_is_obj(value))
        return lacks(known, field, filled_in);
    return field->required && lacks_part(value, field, true);
}

enum err extra_profile_check(struct ctx *ctx, const struct profile *profile, struct str user_id)
{
    struct profile_field_list fields;
    json *known;
    enum err err = profile_fields_sign_up(ctx, &fields);
    if (err || !fields.count || (err = gather(ctx, profile, user_id, &known)))
        return err;
    for (size_t i = 0; i < fields.count; i++)
        if (is_missing(known, &fields.items[i], profile->filled_in))
            return fail_data(ctx, fail(ctx, ERR_USER_MISSING_PROFILE),
                             STR("{\"missingProfile\":[\"extraProfile\"]}"));
    return OK;
}
