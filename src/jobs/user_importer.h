/* The thread that reads imports of users, one after the other. */
#ifndef SIGNET_JOBS_USER_IMPORTER_H
#define SIGNET_JOBS_USER_IMPORTER_H

#include "base/error.h"

struct user_importer;

enum err user_importer_start(struct user_importer **out);
/* What is being read ends as "interrupted" behind its last stored lines; takes NULL. The tenants'
 * writers must run. */
void user_importer_stop(struct user_importer *importer);

#endif
