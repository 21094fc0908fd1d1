/*
 * transaction -- all or nothing on disk, and the index told in step.
 *
 * Private to db/.  Transactions nest: the outermost is the engine's own, those
 * inside it are savepoints.  What a function changes it writes into the change
 * log (db/change_private.h); when the outermost ends, well or badly, the log's
 * readers are told, and those with something in memory take what is on disk
 * then.  So a grant is never seen before its commit, and after a failure memory
 * says what the disk says.  A change that removes a permission does not wait:
 * its function also tells the index at once.
 */
#ifndef VOLENS_DB_TRANSACTION_H
#define VOLENS_DB_TRANSACTION_H

#include "db/change_private.h"
#include "db/index.h"
#include "db/journal_private.h"
#include "db/permissions.h"
#include "db/store_private.h"
#include "db/accounts.h"

enum err transaction_begin(struct store *store);
/** Keep it when @p err is ERR_OK, else undo it.  @return @p err, or why it
 *  could not be kept.  Only after a begin that went well. */
enum err transaction_end(struct store *store, enum err err);

/** Read a row as permissions.c selects it. */
#define PERMISSION_COLUMNS                                                     \
	"id, sender, target, recipient, recipient_uri, state, origin, "        \
	"evidence, reason, etag, created_at, changed_at, expires_at, "         \
	"asked_at, ask_due_at, last_status, kinds, all_kinds, term_s, "        \
	"renewal, recorded_by, shown_version, shown_language, shown_hash, "    \
	"(SELECT state || ' ' || CASE told_at WHEN 0 "                         \
	"THEN sent_at "                                                        \
	"ELSE told_at END FROM notice WHERE permission = permission.id AND "   \
	"kind = 'grant' ORDER BY notice.id DESC LIMIT 1)"
/** Rows of a person under their own ($2), their plain ($1) and most other keys.
 *  (With IN or OR a look would build a table first.) */
#define PERMISSIONS_OF_PERSON                                                  \
	"SELECT " PERMISSION_COLUMNS " FROM permission "                       \
	"WHERE recipient = $1 AND $1 <> $2 UNION ALL "                         \
	"SELECT " PERMISSION_COLUMNS " FROM permission "                       \
	"WHERE recipient = $2 UNION ALL "                                      \
	"SELECT " PERMISSION_COLUMNS " FROM permission "                       \
	"WHERE recipient > $1 || ':' AND recipient < $1 || '<' "               \
	"AND recipient <> $2"
/** Three columns: shown_version, shown_language, shown_hash. */
struct consent_shown shown_read(struct query *query, struct arena *arena);
void shown_bind(struct query *query, const struct consent_shown *shown);
void permission_read(struct query *query, struct arena *arena,
		     struct permission *ret);
/** The one row of a query whose values are bound; ERR_UNKNOWN. */
enum err permission_read_one(struct query *query, struct arena *arena,
			     struct permission *ret) MUST_CHECK;
/** All rows of a query whose values are bound, at most @p most. */
enum err permission_read_all(struct query *query, size_t most,
			     struct arena *arena, struct permission **ret,
			     size_t *ret_n) MUST_CHECK;

/** Those that are due, of a query for rows with the first due first, whose last
 *  value is their number: one more than the page tells when the next is due. */
enum err permission_read_due(struct query *query, struct due_page page,
			     struct arena *arena, struct permission **ret,
			     size_t *ret_n) MUST_CHECK;

/** Read the kinds of a column; what cannot be read makes the query fail. */
struct kinds kinds_read_column(struct query *query, struct arena *arena);

/* permission_write.c */
enum err permission_insert_row(struct store *store,
			       struct permission *row) MUST_CHECK;
enum err permission_update_row(struct store *store,
			       const struct permission *row) MUST_CHECK;
/** A status is kept also where it changes no state. */
enum err permission_note_status(struct store *store, int64_t id,
				int status) MUST_CHECK;
enum err permission_delete_row(struct store *store, int64_t id) MUST_CHECK;
/** RFC 5360 section 5.6.1.3: an old grant URI must not undo a later no. */
enum err permission_retire_grants(struct store *store, int64_t id) MUST_CHECK;

/* permission_kinds.c: rows of the same three for other kinds. */
/** A no that names no kind is to all there are. */
bool permission_is_wide_deny(const struct permission_change *change);
/** The three and the kinds of a change. */
struct permission permission_scopes(const struct permission_change *change);
/** The row that a change is about.  ERR_EXISTS: some of its kinds are in the
 * row that is returned, or that one has less. */
enum err permission_find_changed(struct store *store,
				 const struct permission_change *change,
				 struct arena *arena,
				 struct permission *ret) MUST_CHECK;
/** A row of these three, whatever its kinds: one that denies all, or that for
 *  messages, before others.  ERR_UNKNOWN. */
enum err permission_any(struct store *store, const struct permission *scopes,
			struct arena *arena, struct permission *ret) MUST_CHECK;
/** The row of these three whose kinds overlap, where that is not the very same
 *  set; ERR_UNKNOWN: none does. */
enum err permission_overlapping(struct store *store,
				const struct permission *scopes,
				struct arena *arena,
				struct permission *ret) MUST_CHECK;
/** Leave these kinds to a row, and if it is denied, deny no others by it. */
enum err permission_narrow(struct store *store, const struct permission *row,
			   struct kinds rest, int64_t now,
			   struct arena *arena) MUST_CHECK;
/** A no to all kinds: the other rows of these persons, for kinds that are not
 * in
 *  @p row, are denied as @p change says.  Grants that came before must not come
 *  back with a later yes for one kind. */
enum err permission_deny_others(struct store *store,
				const struct permission *row,
				const struct permission_change *change,
				struct arena *arena) MUST_CHECK;
/** All kinds but @p less, and those of rows that there are, are denied by a row
 *  of its own: what a yes leaves of the recipient's own no to all, and what a
 * no to all adds to another's to some.  @p word: whose it is, and when. */
enum err permission_keep_rest(struct store *store,
			      const struct permission *scopes,
			      struct kinds less,
			      const struct permission_change *word,
			      struct arena *arena) MUST_CHECK;
/** Both for a no to all kinds that found @p row: where that is somebody else's
 * no to some kinds, it stays theirs. */
enum err permission_deny_beside(struct store *store,
				const struct permission *row,
				const struct permission_change *change,
				struct arena *arena) MUST_CHECK;
/** Does a row of these three, as it is on disk, deny this kind, or (NULL) all?
 */
enum err permission_is_denied_by_row(struct store *store,
				     const struct permission *scopes,
				     const char *kind, bool *ret) MUST_CHECK;

/** renewals.c: a row as it will be, after @p old (NULL: none): the term of a
 *  yes, and is its renewal planned, and when? */
void renewal_plan(const struct store *store,
		  const struct permission_change *change,
		  const struct permission *old, struct permission *row);

/** Remember the decision of a row that another takes the place of at @p now. */
enum err past_decision_add(struct store *store, const struct permission *old,
			   int64_t now) MUST_CHECK;

/** A change led from @p old (NULL: no row) to @p row (NULL: likewise; the same:
 *  only what is kept of it changed). */
enum err change_log_step(struct store *store,
			 const struct permission_change *change,
			 const struct permission *old,
			 const struct permission *row,
			 const struct revocation *was) MUST_CHECK;
enum err change_log_trim(struct store *store, int64_t now) MUST_CHECK;
/** The last grant whose end was logged; they end by instant, then by id. */
struct ended {
	int64_t expires_at, permission;
};
enum err change_log_ended(struct store *store, struct ended *ret) MUST_CHECK;
enum err change_log_note_ended(struct store *store,
			       const struct ended *ended) MUST_CHECK;
/** Was the end of this grant logged? */
bool change_has_ended(const struct ended *ended, const struct permission *row);

/** A permission changed: the recipient answered its questions, or it is asked
 *  for anew, and what is open is not tried again (questions.c). */
enum err question_heed(struct store *store,
		       const struct permission_change *change,
		       int64_t permission) MUST_CHECK;

/** Has one about it left that the recipient did not answer (questions.c)?  Its
 *  answers count, also where it is to be asked once more. */
enum err question_stands(struct store *store, int64_t permission,
			 bool *ret) MUST_CHECK;

/** Likewise the notice of it (notices.c).  @p old: the row as it was, or NULL;
 *  @p row: as it is now, and its `notice` is filled; NULL: it is gone. */
enum err notice_heed(struct store *store,
		     const struct permission_change *change,
		     const struct permission *old,
		     struct permission *row) MUST_CHECK;
/** Forget those of half a year ago; an open one goes with it. */
enum err notice_sweep(struct store *store, int64_t now) MUST_CHECK;

/** The domain of a target, which is an expression (db/domains.h). */
#define DOMAIN_OF(target)                                                      \
	"coalesce((SELECT host FROM domain WHERE host = substr(" target        \
	", instr(" target ", '@') + 1)), '')"

/** Is a question of the domain of a target?  Those of a domain that is there no
 *  more are the first's until it is back. */
#define ASK_IS_OF(target) DOMAIN_OF("ask.domain") " = " DOMAIN_OF(target)

/** Whose a question is: the owner of its list, else the sender scope; both are
 *  expressions. */
#define QUESTION_OWNER(target, sender)                                         \
	"coalesce((SELECT owner FROM list WHERE uri = " target "), " sender ")"

/* question_budgets.c */
struct question_turn;
struct asking_verdict;
/** The budgets of destinations and bytes: what is later is put into @p verdict.
 *  @p is_try  of a question that is open. */
enum err question_budgets_when(struct store *store,
			       const struct question_turn *of, bool is_try,
			       struct asking_verdict *verdict) MUST_CHECK;
/** A try of a question goes to a network, with so many bytes. */
enum err question_note_network(struct store *store, int64_t ask,
			       const char *network, int64_t now,
			       int64_t bytes) MUST_CHECK;
/** What really left for the network of @p sent. */
struct question_sent;
enum err question_settle_network(struct store *store,
				 const struct question_sent *sent) MUST_CHECK;
/** A pending row that is asked for once more: the call pays for its question,
 *  which is looked at now. */
enum err question_pay(struct store *store,
		      const struct permission_change *change,
		      const struct permission *row) MUST_CHECK;
/** The call that this job does the work of asks about a permission: its bytes
 *  are its owner's. */
enum err question_received(struct store *store, int64_t permission,
			   int64_t now) MUST_CHECK;
/** Likewise where it has somebody told of it: that is a request more that may
 *  leave, and no bytes more, for those of notices are not counted. */
enum err notice_received(struct store *store, int64_t permission,
			 int64_t now) MUST_CHECK;
/** What is older than an hour. */
enum err question_traffic_forget(struct store *store, int64_t now) MUST_CHECK;

/** Likewise accounts, as accounts.c selects them. */
#define ACCOUNT_COLUMNS                                                        \
	"id, aor, username, digests, secrets, etag, created_at, "              \
	"changed_at, may, realm"
/** Digests too, on the handle that writes. */
void account_read(struct query *query, struct arena *arena,
		  struct account *ret);

/** How much the records take; once at the start. */
enum err records_measure(struct store *store);
/** A transaction begins, or was undone: what they take is as it was then. */
void records_begin(struct store *store);
void records_undone(struct store *store);
/** An outcome was added. */
void records_add_outcome(struct store *store);

/** Fill the index and the accounts of the handle from the file. */
enum err store_load(struct store *store);
/** Have the record of revocations on disk, after the commit.  What fails is not
 *  forgotten, and the store is not healthy until it was written. */
enum err store_sync_record(struct store *store);
/** Bring the log's pages home as far as readers let us; never waits. */
void store_checkpoint(struct store *store);
/** A commit that changes nothing that matters: is the file well again? */
enum err store_probe(struct store *store);
/** Rows that wait for another try; -1 when it cannot be told. */
int64_t store_deliveries_waiting(struct store *store);

#endif
