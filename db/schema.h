/*
 * schema -- the texts of schema.sql and migrations/, put into the library by
 * embed.sh when it is built.  Private to db/.
 */
#ifndef VOLENS_DB_SCHEMA_H
#define VOLENS_DB_SCHEMA_H

#include <stddef.h>

/** Makes an empty file current. */
extern const char schema_sql[];
/** schema_steps[i] leads from version i + 1 to i + 2; NULL ends it. */
extern const char *const schema_steps[];

#endif
