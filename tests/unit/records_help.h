/*
 * records_help -- records of requests in a store of their own.
 */
#ifndef VOLENS_TESTS_UNIT_RECORDS_HELP_H
#define VOLENS_TESTS_UNIT_RECORDS_HELP_H

#include "tests/unit/db_help.h"
#include "db/deliveries.h"
#include "db/journal.h"
#include "db/records.h"
#include "db/store_private.h"
#include "db/transaction.h"

extern struct place place;
extern struct store *store;
extern struct arena *arena;
void setup(void);
void teardown(void);
/** One recipient, and @p len bytes of another's name. */
struct view outcomes(enum recipient_outcome outcome, size_t len);
struct request_record record_of(int64_t id, int64_t at);
void put(int64_t id, int64_t at);
/** How many there are, page by page. */
size_t count_all(const struct record_filter *filter, size_t limit);

#endif
