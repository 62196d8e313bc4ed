/* The password policy. Where Logto counts characters, so does this: UTF-16 units; as other
 * characters than those of ASCII are refused anyway, the rest goes by bytes. */
#include "domain/password_policy.h"

#include <stdio.h>

#include "base/field.h"

#define RUN_LENGTH 3    /* aaa, abc: what counts as a repetition or sequence */
#define TOLERANCE  3    /* characters of one's own that make up for the rest */
#define LOOKED_AT  1024 /* guessable parts are looked for in passwords up to this length */

static int64_t number(json *object, const char *name, int64_t fallback)
{
    int64_t value;
    return field_int(json_get(object, str_of(name)), &value) ? value : fallback;
}

static bool flag(json *object, const char *name)
{
    json *value = json_get(object, str_of(name));
    return !value || yyjson_is_true(value);
}

struct password_policy password_policy_parse(json *value)
{
    json *length = json_get(value, STR("length")), *rejects = json_get(value, STR("rejects"));
    return (struct password_policy){
        .min = number(length, "min", 8),
        .max = number(length, "max", 256),
        .types = number(json_get(value, STR("characterTypes")), "min", 1),
        .repetition_and_sequence = flag(rejects, "repetitionAndSequence"),
        .user_info = flag(rejects, "userInfo"),
        .words = json_get(rejects, STR("words")),
    };
}

/* ---- Kinds of characters ---- */

/* -1: there is a character that is none of ASCII's printable ones. */
static int count_types(struct str s)
{
    bool lower = false, upper = false, digit = false, symbol = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c < ' ' || c > '~')
            return -1;
        lower |= c >= 'a' && c <= 'z';
        upper |= c >= 'A' && c <= 'Z';
        digit |= c >= '0' && c <= '9';
        symbol |= !((c | 32) >= 'a' && (c | 32) <= 'z') && !(c >= '0' && c <= '9');
    }
    return lower + upper + digit + symbol;
}

/* ---- Guessable parts: the length of the one at the beginning of s, or 0 ---- */

static size_t repetition(struct str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] == s.p[0])
        n++;
    return n >= RUN_LENGTH ? n : 0;
}

static const char *const rows[] = {"0123456789", "abcdefghijklmnopqrstuvwxyz",
                                   "qwertyuiop", "asdfghjkl",
                                   "zxcvbnm",    "1qaz",
                                   "2wsx",       "3edc",
                                   "4rfv",       "5tgb",
                                   "6yhn",       "7ujm",
                                   "8ik",        "9ol"};

/* How far s goes along the row from where its first character stands, in one direction and case. */
static size_t along(struct str s, struct str row, bool back, bool upper)
{
    for (size_t start = 0; start < row.n; start++) {
        size_t n = 0;
        while (n < s.n && start + n < row.n) {
            char c = row.p[back ? row.n - 1 - start - n : start + n];
            if (upper && c >= 'a' && c <= 'z')
                c = (char)(c - 32);
            if (s.p[n] != c)
                break;
            n++;
        }
        if (n)
            return n;
    }
    return 0;
}

static size_t sequence(struct str s)
{
    size_t longest = 0;
    for (size_t i = 0; i < 4 * sizeof(rows) / sizeof(*rows); i++) {
        size_t n = along(s, str_of(rows[i / 4]), i & 1, i & 2);
        if (n > longest)
            longest = n;
    }
    return longest >= RUN_LENGTH ? longest : 0;
}

static size_t begins(struct str s, struct str word)
{
    struct str head = {s.p, word.n};
    return word.n && word.n <= s.n && str_eq_nocase(head, word) ? word.n : 0;
}

static void keep_longest(size_t *longest, size_t n)
{
    if (n > *longest)
        *longest = n;
}

static size_t words(struct str s, json *list)
{
    size_t i, n, longest = 0;
    json *word;
    yyjson_arr_foreach(list, i, n, word) keep_longest(&longest, begins(s, json_str(word)));
    return longest;
}

/* s begins with the name without its blanks. */
static size_t begins_joined(struct str s, struct str name)
{
    size_t at = 0;
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == ' ')
            continue;
        if (at == s.n || !str_eq_nocase((struct str){s.p + at, 1}, (struct str){name.p + i, 1}))
            return 0;
        at++;
    }
    return at;
}

static size_t owners(struct str s, const struct password_owner *owner)
{
    size_t longest = begins(s, owner->name);
    struct str rest = owner->name, word;
    keep_longest(&longest, begins_joined(s, owner->name));
    while (rest.p && (word = str_split(&rest, ' ')).p)
        keep_longest(&longest, begins(s, word));
    keep_longest(&longest, begins(s, owner->username));
    keep_longest(&longest, begins(s, (struct str){owner->email.p, str_find(owner->email, '@')}));
    keep_longest(&longest, begins(s, owner->phone));
    return longest;
}

/* ---- All of it ---- */

enum part { REPETITION, SEQUENCE, WORDS, OWNER, PARTS };
static const char *const part_codes[PARTS] = {"repetition", "sequence", "words", "user_info"};

static size_t part_length(const struct password_policy *policy, enum part part, struct str s,
                          const struct password_owner *owner)
{
    switch (part) {
    case REPETITION:
        return policy->repetition_and_sequence ? repetition(s) : 0;
    case SEQUENCE:
        return policy->repetition_and_sequence ? sequence(s) : 0;
    case WORDS:
        return words(s, policy->words);
    case OWNER:
        return policy->user_info && owner ? owners(s, owner) : 0;
    case PARTS:
        break;
    }
    return 0;
}

static void put_issue(struct json_out *out, const char *code, const char *name, int64_t limit)
{
    char text[64];
    int length = snprintf(text, sizeof(text), "password_rejected.%s", code);
    json_open_object(out);
    JSON_STR(out, "code", ((struct str){text, (size_t)length}));
    if (name) {
        json_key(out, STR("interpolation"));
        json_open_object(out);
        json_key(out, str_of(name));
        json_put_int(out, limit);
        json_close_object(out);
    }
    json_close_object(out);
}

/* Refused when too little is left beside the guessable parts. */
static void put_restricted(const struct password_policy *policy, struct str password,
                           const struct password_owner *owner, struct arena *arena,
                           struct json_out *out)
{
    bool found[PARTS] = {false};
    char *marks = arena_alloc(arena, password.n + 1);
    size_t marked = 0;
    if (!marks) {
        out->buf->failed = true;
        return;
    }
    for (size_t i = 0; i < password.n; i++) {
        for (int part = 0; part < PARTS; part++) {
            size_t n = part_length(policy, (enum part)part, str_from(password, i), owner);
            found[part] |= n > 0;
            memset(marks + i, 1, n);
        }
    }
    for (size_t i = 0; i < password.n; i++)
        marked += marks[i] != 0;
    if (marked <= (password.n > TOLERANCE + 1 ? password.n - TOLERANCE : 1))
        return;
    for (int part = 0; part < PARTS; part++) {
        char code[32];
        snprintf(code, sizeof(code), "restricted.%s", part_codes[part]);
        if (found[part])
            put_issue(out, code, NULL, 0);
    }
}

struct str password_policy_issues(const struct password_policy *policy, struct str password,
                                  const struct password_owner *owner, struct arena *arena)
{
    struct buf buf = buf_new(arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    int types = count_types(password);
    int64_t length = (int64_t)password.n;
    json_open_array(&out);
    if (length < policy->min)
        put_issue(&out, "too_short", "min", policy->min);
    else if (length > policy->max)
        put_issue(&out, "too_long", "max", policy->max);
    if (types < 0)
        put_issue(&out, "unsupported_characters", NULL, 0);
    else if (types < policy->types)
        put_issue(&out, "character_types", "min", policy->types);
    if (password.n <= LOOKED_AT)
        put_restricted(policy, password, owner, arena, &out);
    json_close_array(&out);
    return buf.failed ? STR_NONE : buf_view(&buf);
}
