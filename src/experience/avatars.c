/* /api/my-account/user-assets/avatar and /api/experience/user-assets/avatar: a picture of oneself.
 * There is no storage for files, and whoever could upload one is told so, as /api/user-assets does.
 */
#include "experience/account.h"
#include "experience/experience.h"

static const struct account_need picture = {.field = "avatar", .scope = "profile", .edits = true};

static enum err account_handle(struct ctx *ctx)
{
    struct my_account account;
    enum err err = account_enter(ctx, &picture, &account);
    return err ? err : fail(ctx, ERR_STORAGE_NOT_CONFIGURED);
}

/* Of an account that is being made. */
static enum err experience_handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    if (experience.event == EVENT_FORGOT_PASSWORD)
        return fail(ctx, ERR_NOT_FOR_FORGOT_PASSWORD);
    if (experience.event != EVENT_REGISTER)
        return fail(ctx, ERR_INVALID_INTERACTION);
    return fail(ctx, ERR_STORAGE_NOT_CONFIGURED);
}

#define UPLOAD(address, who, function)                                                             \
    {                                                                                              \
        .method = HTTP_M_POST, .path = STR_INIT(address), .guard = (who), .run = RUN_READ,         \
        .body_mode = BODY_RAW, .status = 400, .reply = REPLY_FREE,                                 \
        .summary = "Upload a picture of oneself",                                                  \
        .doc = "Refused: there is no storage for files.", .handle = (function)                     \
    }

ROUTES(avatars) = {
    UPLOAD("/api/my-account/user-assets/avatar", GUARD_USER, account_handle),
    UPLOAD("/api/experience/user-assets/avatar", GUARD_OWN_PAGE, experience_handle),
    ROUTES_END,
};
