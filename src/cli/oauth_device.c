/* A token for a device without a browser: the person signs in elsewhere. RFC 8628 */
#include <time.h>

#include "base/clock.h"
#include "cli/browser.h"
#include "cli/cli.h"
#include "cli/oauth.h"
#include "cli/terminal.h"

#define DEVICE_GRANT     "urn:ietf:params:oauth:grant-type:device_code"
#define DEFAULT_INTERVAL 5 /* RFC 8628 3.2, and what slow_down adds (3.5) */
#define DEFAULT_WAIT     300

static int start(struct oauth *oauth, struct oauth_answer *answer)
{
    const struct profile *profile = oauth->profile;
    struct str url, scope = profile_get(profile, SET_SCOPE);
    struct oauth_form form;
    int status = oauth_url(oauth, SET_DEVICE_URL, "device_authorization_endpoint", &url);
    if (status)
        return status;
    oauth_form_open(&form, oauth, "POST", url);
    oauth_form_add(&form, "scope", scope.n ? scope : STR_NONE);
    oauth_form_add_all(&form, profile, "resource", SET_RESOURCE);
    oauth_form_add_all(&form, profile, "audience", SET_AUDIENCE);
    status = oauth_form_params(&form, oauth, SET_AUTH_PARAM);
    if (!status)
        status = oauth_authenticate(oauth, &form);
    if (!status)
        status = oauth_send(oauth, &form, answer);
    if (status)
        return status;
    return answer->error.n ? oauth_answer_refused(oauth, answer) : CLI_OK;
}

static struct str text_of(const struct oauth *oauth, const struct oauth_answer *answer,
                          const char *member)
{
    return terminal_safe(oauth->arena, json_str(json_get(answer->json, str_of(member))));
}

static void show(const struct oauth *oauth, const struct oauth_answer *answer)
{
    struct str code = text_of(oauth, answer, "user_code");
    struct str url = text_of(oauth, answer, "verification_uri_complete");
    fprintf(stderr, "The code to enter is %.*s\n", STR_ARG(code));
    if (!url.n)
        url = text_of(oauth, answer, "verification_uri");
    browser_open(oauth->arena, profile_get(oauth->profile, SET_BROWSER),
                 "Enter it, on any device, at this address:", url);
}

static int poll_once(struct oauth *oauth, struct str code, struct oauth_answer *answer)
{
    struct oauth_form form;
    int status = oauth_form_grant(&form, oauth, DEVICE_GRANT);
    if (status)
        return status;
    oauth_form_add(&form, "device_code", code);
    oauth_form_add_all(&form, oauth->profile, "resource", SET_RESOURCE);
    status = oauth_form_params(&form, oauth, SET_TOKEN_PARAM);
    if (!status)
        status = oauth_authenticate(oauth, &form);
    return status ? status : oauth_send(oauth, &form, answer);
}

int oauth_grant_device(struct oauth *oauth)
{
    struct oauth_answer started, answer;
    int status = start(oauth, &started);
    if (status)
        return status;
    show(oauth, &started);
    struct str code = json_str(json_get(started.json, STR("device_code")));
    int64_t interval = oauth_answer_seconds(&started, STR("interval"), DEFAULT_INTERVAL);
    int64_t wait = profile_int(oauth->profile, SET_WAIT, DEFAULT_WAIT);
    int64_t lifetime = oauth_answer_seconds(&started, STR("expires_in"), wait);
    lifetime = lifetime < wait ? lifetime : wait;
    struct timespec pause = {.tv_sec = interval < lifetime ? interval : lifetime};
    int64_t deadline = clock_monotonic_ms() + lifetime * 1000;
    while (clock_monotonic_ms() < deadline) {
        nanosleep(&pause, NULL);
        status = poll_once(oauth, code, &answer);
        if (status)
            return status;
        if (!answer.error.n)
            return oauth_keep(oauth, &answer, false);
        if (str_eq(answer.error, STR("slow_down")))
            pause.tv_sec += DEFAULT_INTERVAL;
        else if (!str_eq(answer.error, STR("authorization_pending")))
            return oauth_answer_refused(oauth, &answer);
    }
    return oauth_refused(oauth, STR("expired_token"), STR_NONE);
}
