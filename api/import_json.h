/*
 * import_json -- what handlers of imports share: batches as JSON.
 */
#ifndef VOLENS_API_IMPORT_JSON_H
#define VOLENS_API_IMPORT_JSON_H

#include <jansson.h>

#include "db/imports.h"

#define IMPORT_NOUN "import"

json_t *json_import(const struct import *batch);
/** What was done, in numbers; @p counts has IMPORT_OUTCOMES. */
json_t *json_outcomes(const int64_t *counts);

#endif
