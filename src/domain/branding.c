/* Colors and images of sign-in pages, as organizations and applications have them. */
#include "domain/branding.h"

/* #rgb or #rrggbb */
static bool check_color(json *value)
{
    struct str s = json_str(value);
    if ((s.n != 4 && s.n != 7) || s.p[0] != '#')
        return false;
    for (size_t i = 1; i < s.n; i++) {
        char c = (char)(s.p[i] | 32);
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    return true;
}

const struct field branding_color_fields[] = {
    {.name = STR_INIT("primaryColor"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .check = check_color,
     .format = "regex",
     .doc = "As #rgb or #rrggbb."},
    {.name = STR_INIT("isDarkModeEnabled"),
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .doc = "Whether there is a dark variant."},
    {.name = STR_INIT("darkPrimaryColor"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .check = check_color,
     .format = "regex",
     .doc = "As #rgb or #rrggbb."},
    FIELDS_END,
};

#define URL_FIELD(json_name, text)                                                                 \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_STRING, .flags = FIELD_WRITE | FIELD_MAYBE,     \
        .check = field_is_url, .format = "url", .doc = text                                        \
    }

const struct field branding_fields[] = {
    URL_FIELD("logoUrl", "Address of the logo."),
    URL_FIELD("darkLogoUrl", "Address of the logo on a dark ground."),
    URL_FIELD("favicon", "Address of the icon."),
    URL_FIELD("darkFavicon", "Address of the icon on a dark ground."),
    FIELDS_END,
};
