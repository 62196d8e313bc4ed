/* Country codes of phone numbers (ITU-T E.164). */
#include "domain/phone.h"

#define NATIONAL_MIN 2
#define NATIONAL_MAX 17

/* Assigned codes of two and three digits, ordered; +1 and +7 stand alone. */
static const char *const codes[] = {
    "20",  "211", "212", "213", "216", "218", "220", "221", "222", "223", "224", "225", "226",
    "227", "228", "229", "230", "231", "232", "233", "234", "235", "236", "237", "238", "239",
    "240", "241", "242", "243", "244", "245", "246", "247", "248", "249", "250", "251", "252",
    "253", "254", "255", "256", "257", "258", "260", "261", "262", "263", "264", "265", "266",
    "267", "268", "269", "27",  "290", "291", "297", "298", "299", "30",  "31",  "32",  "33",
    "34",  "350", "351", "352", "353", "354", "355", "356", "357", "358", "359", "36",  "370",
    "371", "372", "373", "374", "375", "376", "377", "378", "380", "381", "382", "383", "385",
    "386", "387", "389", "39",  "40",  "41",  "420", "421", "423", "43",  "44",  "45",  "46",
    "47",  "48",  "49",  "500", "501", "502", "503", "504", "505", "506", "507", "508", "509",
    "51",  "52",  "53",  "54",  "55",  "56",  "57",  "58",  "590", "591", "592", "593", "594",
    "595", "596", "597", "598", "599", "60",  "61",  "62",  "63",  "64",  "65",  "66",  "670",
    "672", "673", "674", "675", "676", "677", "678", "679", "680", "681", "682", "683", "685",
    "686", "687", "688", "689", "690", "691", "692", "800", "808", "81",  "82",  "84",  "850",
    "852", "853", "855", "856", "86",  "870", "878", "880", "881", "882", "883", "886", "888",
    "90",  "91",  "92",  "93",  "94",  "95",  "960", "961", "962", "963", "964", "965", "966",
    "967", "968", "970", "971", "972", "973", "974", "975", "976", "977", "979", "98",  "992",
    "993", "994", "995", "996", "998",
};

/* Here a 0 belongs to the number: Côte d'Ivoire, Gabon, Congo, San Marino, Italy. */
static const char *const keeps_zero[] = {"225", "241", "242", "378", "39"};

static bool is_one_of(struct str code, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(code, str_of(list[i])))
            return true;
    return false;
}
#define IS_ONE_OF(code, list) is_one_of((code), (list), sizeof(list) / sizeof(*(list)))

/* Digits of the country code at the start; 0: there is none. */
static size_t code_length(struct str digits)
{
    if (digits.n && (digits.p[0] == '1' || digits.p[0] == '7'))
        return 1;
    for (size_t n = 2; n <= 3 && n <= digits.n; n++)
        if (IS_ONE_OF(((struct str){digits.p, n}), codes))
            return n;
    return 0;
}

struct str phone_canonical(struct arena *arena, struct str digits)
{
    size_t n = code_length(digits);
    struct str code = {digits.p, n}, national = str_from(digits, n);
    if (n && national.n && national.p[0] == '0' && !IS_ONE_OF(code, keeps_zero))
        national = str_from(national, 1);
    if (!n || national.n < NATIONAL_MIN || national.n > NATIONAL_MAX)
        return STR_NONE;
    return arena_printf(arena, "%.*s%.*s", STR_ARG(code), STR_ARG(national));
}

struct str phone_for_people(struct arena *arena, struct str canonical)
{
    size_t n = code_length(canonical);
    if (!n)
        return STR_NONE;
    return arena_printf(arena, "+%.*s %.*s", (int)n, canonical.p, STR_ARG(str_from(canonical, n)));
}
