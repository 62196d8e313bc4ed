/* Which passwords people may choose. */
#include "experience/password_policy.h"

#include "base/unicode.h"
#include "experience/policy.h"

#define RUN_MIN   3 /* characters of a repetition or a sequence that count */
#define TOLERANCE 3 /* so many characters beside restricted ones make a password good */
#define TEXT_MAX  1024

/* Those of at least eight characters that leaked lists have at the top: what guessers try first. */
static const char *const common[] = {
    "password",
    "password1",
    "password123",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "12345678",
    "123456789",
    "1234567890",
    "87654321",
    "987654321",
    "11111111",
    "00000000",
    "88888888",
    "12341234",
    "11223344",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "qwertyui",
    "qwertyuiop",
    "qwerty123",
    "qwerty12345",
    "asdfghjkl",
    "asdfasdf",
    "zxcvbnm123",
    "iloveyou",
    "iloveyou1",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "trustno1",
    "welcome1",
    "welcome123",
    "letmein1",
    "letmein123",
    "whatever",
    "starwars",
    "computer",
    "michelle",
    "jennifer",
    "jordan23",
    "liverpool",
    "internet",
    "charlie1",
    "changeme",
    "changeme123",
    "administrator",
    "admin123",
    "admin1234",
    "abcd1234",
    "abc12345",
    "abcdefgh",
    "a1b2c3d4",
    "aa123456",
    "qazwsxedc",
    "dragon123",
    "monkey123",
    "master123",
    "samantha",
    "victoria",
    "alexander",
    "chocolate",
    "butterfly",
    "basketball",
    "mercedes",
    "maverick",
    "corvette",
    "midnight",
    "passport",
    "pokemon1",
    "test1234",
    "testtest",
    "google123",
    "guest123",
    "secret123",
    "summer2024",
    "winter2024",
    "spring2024",
    "autumn2024",
    "correct horse battery staple",
};

static const char *const sequences[] = {"0123456789", "abcdefghijklmnopqrstuvwxyz",
                                        "qwertyuiop", "asdfghjkl",
                                        "zxcvbnm",    "1qaz",
                                        "2wsx",       "3edc",
                                        "4rfv",       "5tgb",
                                        "6yhn",       "7ujm",
                                        "8ik",        "9ol"};

/* What was found, in the order in which it is told. */
struct findings {
    bool short_one, long_one, few_types, is_common, repetition, sequence, words, user_info;
};

static size_t utf16_length(struct str text)
{
    size_t units = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        units += (c & 0xc0) != 0x80;
        units += c >= 0xf0;
    }
    return units;
}

static size_t count_types(struct str text)
{
    bool lower = false, upper = false, digit = false, other = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool is_lower = c >= 'a' && c <= 'z', is_upper = c >= 'A' && c <= 'Z';
        bool is_digit = c >= '0' && c <= '9';
        lower |= is_lower;
        upper |= is_upper;
        digit |= is_digit;
        other |= !is_lower && !is_upper && !is_digit;
    }
    return (size_t)lower + upper + digit + other;
}

static bool is_common(struct str folded)
{
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (str_eq(folded, str_of(common[i])))
            return true;
    return false;
}

/* ---- Restricted parts: how many bytes at the start of text are one; 0: none ---- */

static size_t repetition(struct str text)
{
    size_t n = 1;
    while (n < text.n && text.p[n] == text.p[0])
        n++;
    return n >= RUN_MIN ? n : 0;
}

static size_t common_start(struct str text, const char *sequence)
{
    const char *at = text.n ? strchr(sequence, text.p[0]) : NULL;
    size_t n = 0;
    while (at && at[n] && n < text.n && at[n] == text.p[n])
        n++;
    return n;
}

static size_t sequence(struct str text)
{
    size_t longest = 0;
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) {
        size_t n = common_start(text, sequences[i]);
        longest = n > longest ? n : longest;
    }
    return longest >= RUN_MIN ? longest : 0;
}

/* The tenant's own words, in whatever case. */
static size_t word(json *words, struct str text)
{
    size_t longest = 0;
    yyjson_arr_iter items = yyjson_arr_iter_with(words);
    for (json *item; (item = yyjson_arr_iter_next(&items));) {
        struct str each = json_str(item);
        if (each.n > longest && each.n <= text.n &&
            str_eq_nocase(each, (struct str){text.p, each.n}))
            longest = each.n;
    }
    return longest;
}

static bool mark(bool *marks, size_t at, size_t n)
{
    for (size_t i = at; i < at + n; i++)
        marks[i] = true;
    return n > 0;
}

/* A password that is little else than such parts is refused for them. */
static void find_restricted(const struct password_policy *policy, struct str text, struct str name,
                            struct findings *found)
{
    bool marks[TEXT_MAX] = {false};
    struct findings parts = {0};
    size_t marked = 0;
    size_t allowed = text.n > TOLERANCE + 1 ? text.n - TOLERANCE : 1;
    for (size_t i = 0; i < text.n; i++) {
        struct str rest = str_from(text, i);
        if (policy->reject_repetition) {
            parts.repetition |= mark(marks, i, repetition(rest));
            parts.sequence |= mark(marks, i, sequence(rest));
        }
        parts.words |= mark(marks, i, word(policy->words, rest));
        if (policy->reject_user_info && name.n && str_starts(rest, name))
            parts.user_info |= mark(marks, i, name.n);
    }
    for (size_t i = 0; i < text.n; i++)
        marked += marks[i];
    if (marked <= allowed)
        return;
    found->repetition = parts.repetition;
    found->sequence = parts.sequence;
    found->words = parts.words;
    found->user_info = parts.user_info;
}

/* ---- Telling ---- */

static void put(struct json_out *out, bool is_there, const char *code, const char *name,
                size_t value)
{
    if (!is_there)
        return;
    json_open_object(out);
    JSON_STR(out, "code", str_of(code));
    if (name) {
        json_key(out, STR("interpolation"));
        json_open_object(out);
        json_key(out, str_of(name));
        json_put_int(out, (int64_t)value);
        json_close_object(out);
    }
    json_close_object(out);
}

static enum err refuse(struct ctx *ctx, const struct password_policy *policy,
                       const struct findings *found)
{
    struct buf buf = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&buf);
    json_open_array(&out);
    put(&out, found->short_one, "password_rejected.too_short", "min", policy->min_length);
    put(&out, found->long_one, "password_rejected.too_long", "max", policy->max_length);
    put(&out, found->few_types, "password_rejected.character_types", "min", policy->min_types);
    put(&out, found->is_common, "password_rejected.pwned", NULL, 0);
    put(&out, found->repetition, "password_rejected.restricted.repetition", NULL, 0);
    put(&out, found->sequence, "password_rejected.restricted.sequence", NULL, 0);
    put(&out, found->words, "password_rejected.restricted.words", NULL, 0);
    put(&out, found->user_info, "password_rejected.restricted.user_info", NULL, 0);
    json_close_array(&out);
    return buf.n > 2 ? fail_data(ctx, fail(ctx, ERR_PASSWORD_REJECTED), buf_view(&buf)) : OK;
}

enum err password_check(struct ctx *ctx, struct str password, struct str username)
{
    struct policy all;
    const struct password_policy *policy = &all.password;
    enum err err = policy_load(ctx, &all);
    if (err)
        return err;
    struct str text = unicode_fold(ctx->arena, password);
    struct str name = username.p ? unicode_fold(ctx->arena, username) : STR("");
    if (!text.p || !name.p)
        return fail(ctx, ERR_NO_MEMORY);
    size_t length = utf16_length(password);
    struct findings found = {
        .short_one = length<policy->min_length, .long_one = length> policy->max_length,
        .few_types = count_types(password) < policy->min_types,
        .is_common = policy->reject_common && is_common(text),
    };
    if (text.n <= TEXT_MAX)
        find_restricted(policy, text, name, &found);
    return refuse(ctx, policy, &found);
}
