/*
 * db_help -- a folder for a test's files, and the words that db tests share.
 */
#ifndef VOLENS_TESTS_UNIT_DB_HELP_H
#define VOLENS_TESTS_UNIT_DB_HELP_H

#include <check.h>

#include "db/account_table.h"
#include "db/index.h"
#include "db/journal.h"
#include "db/list_table.h"
#include "db/permissions.h"
#include "db/writer.h"

#define NOW 1700000000
#define SENDER "sip:alice@example.com"
#define TARGET "sip:lists@relay.example.com"
#define RECIPIENT "sip:bob@example.net"

/** The three that a permission is for. */
#define TRIPLE(sender_, target_, recipient_)                                   \
	(&(const struct permission){.sender = (sender_),                       \
				    .target = (target_),                       \
				    .recipient = (recipient_)})

#define ck_ok(call) ck_assert_str_eq(err_text(call), err_text(ERR_OK))
#define ck_err(call, expected)                                                 \
	ck_assert_str_eq(err_text(call), err_text(expected))

/** A fresh folder; forgotten with everything in it by place_free(). */
struct place {
	char folder[64];
	char path[96]; /**< of the store */
};
void place_init(struct place *place);
void place_free(const struct place *place);

/** What the recipient, or another @p actor, says of the triple. */
struct permission_change say(enum permission_event event,
			     enum permission_origin actor,
			     const char *recipient);
/** The verdict that the index has for SENDER, TARGET and @p recipient. */
enum verdict verdict_of(const struct index *index, const char *recipient);
/** The same for another sender. */
enum verdict verdict_between(const struct index *index,
			     const struct identity *sender,
			     const char *recipient);

/** A writer with all that hangs on it. */
struct desk {
	struct loop *loop;
	struct index *index;
	struct accounts *accounts;
	struct list_table *lists;
	struct counters counters;
	struct writer *writer;
};
void desk_open(struct desk *desk, const char *path);
/** Where it may fail: then nothing is to be closed. */
enum err desk_try(struct desk *desk, const char *path, int accept_new,
		  char problem[STORE_PROBLEM_MAX]);
void desk_close(struct desk *desk);

/** A job that makes one change. */
struct change_job {
	struct write_job job; /**< first */
	struct permission_change change;
	struct arena *arena; /**< NULL: one of its own */
	struct permission row;
	enum err
		verdict; /**< what the job says in the end; ERR_OK: as it was */
};
enum err change_run(struct store *store, struct write_job *job);
/** Make a change and wait for it. */
enum err desk_change(struct desk *desk, struct permission_change change);

/** A journal entry number @p n, with a message of @p len bytes. */
struct journal_entry entry_of(struct arena *arena, unsigned n, size_t len);

#endif
