/*
 * imports_private -- the inside of imports.h: imports.c (what is kept),
 * import_run.c (doing it), import_stop.c (a stop list), import_back.c (taking
 * it back).  Private to db/.
 */
#ifndef VOLENS_DB_IMPORTS_PRIVATE_H
#define VOLENS_DB_IMPORTS_PRIVATE_H

#include "db/imports.h"
#include "db/transaction.h"

/** Write the row of a batch; its id. */
enum err import_insert(struct store *store, const struct import *batch,
		       int64_t *ret_id) MUST_CHECK;
/** What it did to one recipient.  @p entry: that it added to a list; 0. */
enum err import_insert_line(struct store *store, int64_t batch,
			    const struct import_line *line,
			    int64_t entry) MUST_CHECK;
/** Fill order->last_asked_at from its lines, after they were looked at. */
enum err import_outlook(struct store *store, struct import_order *order,
			const char *owner) MUST_CHECK;
enum import_outcome import_outcome_from(const char *name);

#endif
