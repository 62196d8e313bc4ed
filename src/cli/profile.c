/* A profile in memory. */
#include "cli/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/need.h"

#define NAME_MAX_LENGTH 64

struct str profile_get(const struct profile *profile, enum setting setting)
{
    const struct profile_values *values = &profile->values[setting];
    return values->count ? values->items[0] : STR_NONE;
}

struct str profile_get_or(const struct profile *profile, enum setting setting, struct str fallback)
{
    struct str value = profile_get(profile, setting);
    return value.n ? value : fallback;
}

int64_t profile_int(const struct profile *profile, enum setting setting, int64_t fallback)
{
    int64_t value;
    return str_to_int64(profile_get(profile, setting), &value) ? value : fallback;
}

void profile_add(struct profile *profile, enum setting setting, struct str value)
{
    struct profile_values *values = &profile->values[setting];
    struct str *items = need(ARENA_ARRAY(profile->arena, struct str, values->count + 1));
    if (values->count)
        memcpy(items, values->items, values->count * sizeof *items);
    items[values->count] = arena_str(profile->arena, value);
    need((void *)items[values->count].p);
    values->items = items;
    values->count++;
}

void profile_set(struct profile *profile, enum setting setting, struct str value)
{
    profile->values[setting] = (struct profile_values){NULL, 0};
    if (value.p)
        profile_add(profile, setting, value);
}

void profile_set_int(struct profile *profile, enum setting setting, int64_t value)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%lld", (long long)value);
    profile_set(profile, setting, (struct str){text, (size_t)n});
}

void profile_forget(struct profile *profile)
{
    for (int i = 0; i < SET_COUNT; i++) {
        if (setting_is_result((enum setting)i))
            profile_set(profile, (enum setting)i, STR_NONE);
    }
    profile_set(profile, SET_REFRESH_TOKEN, STR_NONE);
}

struct str profile_joined(const struct profile *profile, enum setting setting)
{
    const struct profile_values *values = &profile->values[setting];
    struct str all = profile_get(profile, setting);
    for (size_t i = 1; i < values->count; i++)
        all = arena_printf(profile->arena, "%.*s %.*s", STR_ARG(all), STR_ARG(values->items[i]));
    return all;
}

static bool is_seconds(struct str value)
{
    int64_t seconds;
    return str_to_int64(value, &seconds) && seconds > 0 && seconds <= 86400;
}

static bool has_newline(struct str value)
{
    return str_find(value, '\n') < value.n || str_find(value, '\r') < value.n;
}

const char *profile_check(enum setting setting, struct str value)
{
    const struct setting_row *row = &setting_rows[setting];
    if (!str_is_utf8(value) || (has_newline(value) && !setting_is_secret(setting)))
        return "must be one line of text";
    if (row->choices && !choices_have(row->choices, value))
        return row->choices;
    if ((setting == SET_TIMEOUT || setting == SET_WAIT) && !is_seconds(value))
        return "must be a number of seconds from 1 to 86400";
    bool params =
        setting == SET_TOKEN_PARAM || setting == SET_REFRESH_PARAM || setting == SET_AUTH_PARAM;
    if (params && str_find(value, '=') == value.n)
        return "must look like name=value";
    return NULL;
}

bool profile_name_is_valid(struct str name)
{
    if (!name.n || name.n > NAME_MAX_LENGTH || name.p[0] == '.')
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '.' && c != '_' && c != '-')
            return false;
    }
    return true;
}

struct str profile_time(struct arena *arena, int64_t ms)
{
    char text[32] = "";
    struct tm utc;
    time_t seconds = (time_t)(ms / 1000);
    if (gmtime_r(&seconds, &utc))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return arena_str(arena, str_of(text));
}
