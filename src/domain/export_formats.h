/* The formats of exports, one const row each. */
#ifndef SIGNET_DOMAIN_EXPORT_FORMATS_H
#define SIGNET_DOMAIN_EXPORT_FORMATS_H

#include "domain/export.h"

extern const struct export_format export_postman, export_postman_environment; /* export_postman.c */
extern const struct export_format export_bruno, export_insomnia, export_hoppscotch;
extern const struct export_format export_http, export_curl;
/* Code (export_snippets.c). */
extern const struct export_format export_node, export_python, export_go, export_java, export_csharp,
    export_php;

#endif
