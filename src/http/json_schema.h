/* JSON Schema of field rows, in OpenAPI 3.0's dialect or in plain JSON Schema. */
#ifndef SIGNET_HTTP_JSON_SCHEMA_H
#define SIGNET_HTTP_JSON_SCHEMA_H

#include "base/field.h"

struct schema_style {
    bool openapi; /* null is "nullable": true, and docs are told; else null is a type */
    enum { SCHEMA_CREATE, SCHEMA_UPDATE, SCHEMA_REPLY } use;
};

/* Writes the schema of one value. */
void json_schema_field(struct json_out *out, const struct field *field, struct schema_style style);

/* Writes the schema of an object of these rows. A reply has no other members, and has all of them
 * but FIELD_MAYBE ones; an object inside it that clients write has its FIELD_REQUIRED members. */
void json_schema_object(struct json_out *out, const struct field *fields,
                        struct schema_style style);
/* Writes the schema of an array of such objects; without rows, of anything. */
void json_schema_list(struct json_out *out, const struct field *fields, struct schema_style style);

#endif
