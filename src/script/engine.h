/* Runs one script of an operator's in QuickJS. Only the process of script/runner.c does so. */
#ifndef SIGNET_SCRIPT_ENGINE_H
#define SIGNET_SCRIPT_ENGINE_H

#include "script/script.h"

/* Everything that the script makes is gone afterwards but result->text, which is malloc'ed. */
void engine_run(const struct script_request *request, struct script_result *result);

#endif
