/*
 * store_help -- a store in a folder of its own, and the rows that its tests
 * write.
 */
#ifndef VOLENS_TESTS_UNIT_STORE_HELP_H
#define VOLENS_TESTS_UNIT_STORE_HELP_H

#include "tests/unit/db_help.h"
#include "db/deliveries.h"
#include "db/journal.h"
#include "db/permission_requests.h"
#include "db/permissions.h"
#include "db/accounts.h"
#include "policies/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

extern struct place place;
extern struct store *store;
extern struct arena *arena;
void open_store(void);
void close_store(void);
void reopen_store(void);
/** Make a change and return the row. */
struct permission change(struct permission_change change);
struct permission find(const char *recipient);
size_t count_rows(const struct permission_filter *filter);

#endif
