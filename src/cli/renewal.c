/* Renewal under the profile's lock: a refresh token works once, so two processes must not use the
 * same one. */
#include "cli/renewal.h"

#include "cli/cli.h"

static int renew(struct profile_store *store, struct profile *profile, bool refused)
{
    struct str before = profile_get(profile, SET_ACCESS_TOKEN);
    int status = profile_store_load(store, profile->name, profile);
    bool replaced = !str_eq(profile_get(profile, SET_ACCESS_TOKEN), before);
    if (status || (oauth_is_fresh(profile) && (replaced || !refused)))
        return status;
    struct oauth oauth = {.profile = profile, .arena = profile->arena};
    status = oauth_renew(&oauth);
    return status ? status : profile_store_save(store, profile);
}

int renewal_run(struct profile_store *store, struct profile *profile, bool refused)
{
    if (!refused && oauth_is_fresh(profile))
        return CLI_OK;
    int status = profile_store_lock(store, profile->name);
    if (!status)
        status = renew(store, profile, refused);
    profile_store_unlock(store);
    return status;
}
