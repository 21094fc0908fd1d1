/*
 * The change log: whatever happens, each change is a row of it, and each reader
 * is told of each change once and in order.  A child process changes
 * permissions, lists and accounts in random transactions, steps of which fail,
 * and some of which fail as a whole; and it ends itself by SIGKILL now and
 * then, before a commit, after it, or anywhere else.  The next one goes on with
 * the file.  One reader follows in the process; two have cursors in the file
 * and leave a row for each change that they have seen, which can be written
 * only once.
 */
#include <check.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/lists.h"
#include "db/permission_requests.h"
#include "db/permissions.h"
#include "db/transaction.h"
#include "tests/props/prng.h"
#include "tests/props/scratch.h"

#define SEQUENCES 2000
#define TRANSACTIONS 24 /**< of one process, at most */
#define STEPS_MAX 4	/**< of a transaction */
#define DIES_ONCE_IN 40 /**< transactions, at each of its places */

/** What is told to the parent. */
struct shared {
	int64_t told; /**< the last that the process was told of */
	bool is_wrong;
	unsigned long n_told, n_taken, n_undone;
};

struct fixture {
	struct prng prng;
	struct store *store;
	struct index *index;
	struct arena *arena; /**< of one step */
	int64_t now;
};

static uint64_t seed;
static struct shared *shared;
static struct fixture fixture;
static const char *const cursors[] = {"quick", "slow"};

static void die_perhaps(void)
{
	if (prng_once_in(&fixture.prng, DIES_ONCE_IN))
		kill(getpid(), SIGKILL);
}

/* ---- who follows in the process --------------------------------------------
 */

static enum err before(void *arg, struct store *store)
{
	(void)arg, (void)store;
	die_perhaps();
	return ERR_OK;
}

static void committed(void *arg, struct store *store,
		      const struct store_change *first)
{
	(void)arg, (void)store;
	die_perhaps();
	for (; first; first = first->next) {
		shared->is_wrong |= first->id != shared->told + 1;
		shared->told = first->id;
		shared->n_told++;
	}
}

static void undone(void *arg, struct store *store,
		   const struct store_change *first)
{
	(void)arg, (void)store;
	for (; first; first = first->next)
		shared->n_undone++;
}

static const struct change_reader follower = {
	.before = before, .committed = committed, .undone = undone};

/* ---- what happens ---------------------------------------------------------
 */

static const char *name_of(const char *kind, unsigned i)
{
	return arena_printf(fixture.arena, "sip:%s%u@example.com", kind, i);
}

static enum err change_permission(void)
{
	static const enum permission_event events[] = {EVENT_GRANT, EVENT_DENY,
						       EVENT_REMOVED};
	const char *recipient =
		name_of("recipient", prng_below(&fixture.prng, 4));
	struct permission_change change = {
		.sender = "*",
		.target = name_of("lists", 0),
		.recipient = recipient,
		.event = events[prng_below(&fixture.prng, 3)],
		.actor = ORIGIN_RECIPIENT,
		.expires_at = -1,
		.now = fixture.now};
	struct permission row;
	enum err err;

	if (prng_once_in(&fixture.prng, 3))
		(void)kinds_read(prng_once_in(&fixture.prng, 2) ? "call"
								: "message",
				 &change.kinds);
	if (change.event == EVENT_GRANT && prng_once_in(&fixture.prng, 3))
		change.expires_at = fixture.now + 5;
	err = store_permission_change(fixture.store, &change, fixture.arena,
				      &row);
	return err == ERR_UNKNOWN || err == ERR_EXISTS ? ERR_OK : err;
}

static enum err change_account(void)
{
	struct account account = {
		.username = arena_printf(fixture.arena, "user%u",
					 prng_below(&fixture.prng, 3)),
		.aor = name_of("user", prng_below(&fixture.prng, 3)),
		.ha1 = {"aa", NULL},
		.created_at = fixture.now,
		.changed_at = fixture.now};
	const struct account_filter filter = {.username = account.username,
					      .page.limit = 1};
	struct account *found, made;
	size_t n;
	enum err err = store_account_list(fixture.store, &filter, fixture.arena,
					  &found, &n);

	if (err != ERR_OK)
		return err;
	if (n == 0)
		return store_account_add(fixture.store, &account, fixture.arena,
					 &made);
	account.id = found[0].id;
	if (prng_once_in(&fixture.prng, 2))
		return store_account_remove(fixture.store, account.id, NULL);
	return store_account_change(fixture.store, &account, NULL,
				    fixture.arena, &made);
}

static enum err change_entries(const struct list_target *target)
{
	const char *recipient =
		name_of("recipient", prng_below(&fixture.prng, 4));
	const struct list_entry entry = {
		.kind = LIST_ENTRY, .uri = recipient, .key = recipient};
	struct list_addition addition = {
		.entries = &entry, .n = 1, .entries_most = 100};
	enum err err = store_list_entries_add(fixture.store, target, &addition,
					      fixture.arena);

	return err == ERR_EXISTS ? ERR_OK : err;
}

static enum err change_list(void)
{
	const struct list_limits limits = {10, 100};
	const struct stored_list list = {
		.uri = name_of("list", prng_below(&fixture.prng, 2)),
		.name = "list",
		.owner = name_of("owner", 0),
		.created_at = fixture.now};
	const struct list_target target = {.uri = list.uri, .now = fixture.now};
	struct stored_list row;
	enum err err =
		store_list_find(fixture.store, list.uri, fixture.arena, &row);

	if (err == ERR_UNKNOWN)
		return store_list_add(fixture.store, &list, &limits,
				      fixture.arena, &row);
	if (err != ERR_OK || prng_once_in(&fixture.prng, 2))
		return err == ERR_OK ? change_entries(&target) : err;
	row.title = "Title";
	if (prng_once_in(&fixture.prng, 2))
		return store_list_change(fixture.store, &target, &row,
					 fixture.arena, &row);
	return store_list_remove(fixture.store, &target, fixture.arena, &row);
}

/** Grants end, and later their rows go. */
static enum err pass_time(void)
{
	struct permission *ended;
	size_t n;
	enum err err;

	fixture.now += prng_below(&fixture.prng, 8);
	err = store_permission_ended(fixture.store, fixture.now, fixture.arena,
				     &ended, &n);
	if (err == ERR_OK && prng_once_in(&fixture.prng, 2))
		err = store_permission_sweep(fixture.store, fixture.now);
	return err;
}

/** A reader with a cursor takes some rows.  That it has seen one can be written
 *  only once. */
static enum err take_row(const char *cursor, int64_t id)
{
	struct query query =
		query_begin(fixture.store, "INSERT INTO waiting (sender, "
					   "bytes) VALUES ($1, $2)");

	query_text(&query, arena_printf(fixture.arena, "%s/%lld", cursor,
					(long long)id));
	query_int(&query, id);
	return query_run(&query);
}

static enum err take_rows(void)
{
	const char *cursor = cursors[prng_below(&fixture.prng, 2)];
	struct change_row *rows;
	int64_t id;
	size_t n = 0;
	bool has_gap = false;
	enum err err =
		store_change_cursor(fixture.store, cursor, &id, &has_gap);

	shared->is_wrong |= has_gap;
	if (err == ERR_OK)
		err = store_change_list(
			fixture.store,
			(struct page){id, 1 + prng_below(&fixture.prng, 20)},
			fixture.arena, &rows, &n);
	for (size_t i = 0; i < n && err == ERR_OK; i++) {
		shared->is_wrong |= rows[i].id != id + 1;
		id = rows[i].id;
		err = take_row(cursor, id);
		shared->is_wrong |= err == ERR_EXISTS;
		shared->n_taken++;
	}
	return err == ERR_OK
		       ? store_change_cursor_set(fixture.store, cursor, id)
		       : err;
}

static enum err one_thing(void)
{
	static enum err (*const things[])(void) = {
		change_permission, change_permission, change_account,
		change_list,	   pass_time,	      take_rows};

	return things[prng_below(&fixture.prng, 6)]();
}

/** Steps in steps; each may fail, and is undone alone. */
static void one_step(int depth)
{
	unsigned n = 1 + prng_below(&fixture.prng, STEPS_MAX);
	enum err err = transaction_begin(fixture.store), end;

	must(&fixture.prng, err == ERR_OK, "a step begins");
	for (unsigned i = 0; i < n; i++) {
		if (depth < 2 && prng_once_in(&fixture.prng, 4))
			one_step(depth + 1);
		else
			must(&fixture.prng, one_thing() == ERR_OK,
			     "what may be done is done");
		die_perhaps();
	}
	end = prng_once_in(&fixture.prng, 4) ? ERR_FULL : ERR_OK;
	must(&fixture.prng, transaction_end(fixture.store, end) == end,
	     "a step ends as it was told to");
}

static void child_open(void)
{
	struct change_span span;

	fixture.index = index_new();
	must(&fixture.prng,
	     store_open(scratch_path("volens.db"), STORE_WRITE,
			&fixture.store) == ERR_OK,
	     "the file can be opened after a crash");
	fixture.store->index = fixture.index;
	must(&fixture.prng, store_load(fixture.store) == ERR_OK,
	     "it can be loaded");
	must(&fixture.prng, store_change_span(fixture.store, &span) == ERR_OK,
	     "the log can be read");
	shared->told = span.newest;
	store_changes_follow(fixture.store, &follower);
}

static void child_run(void)
{
	unsigned n = 1 + prng_below(&fixture.prng, TRANSACTIONS);

	child_open();
	for (unsigned i = 0; i < n; i++) {
		fixture.arena = arena_new(0);
		one_step(0);
		arena_free(fixture.arena);
	}
	store_close(fixture.store);
	index_free(fixture.index);
	_exit(0);
}

/* ---- what must hold ---------------------------------------------------------
 */

static int64_t number(struct store *store, const char *sql)
{
	int64_t ret = -1;

	must(&fixture.prng, store_read_number(store, sql, &ret) == ERR_OK,
	     "a number can be read");
	return ret;
}

/** The log and the tables say the same. */
static void check_log(struct store *store)
{
	must(&fixture.prng,
	     number(store, "SELECT count(*) FROM permission WHERE state <> "
			   "coalesce((SELECT CASE kind WHEN 'added' "
			   "THEN 'pending' ELSE kind END FROM change_log c "
			   "WHERE noun = 'permission' AND subject = "
			   "permission.id AND kind IN ('added', 'granted', "
			   "'denied', 'error') ORDER BY c.id DESC LIMIT 1), "
			   "'')") == 0,
	     "a permission is what the log says last");
	must(&fixture.prng,
	     number(store, "SELECT (SELECT count(*) FROM permission) + "
			   "(SELECT count(*) FROM change_log WHERE noun = "
			   "'permission' AND kind IN ('removed', 'dropped')) - "
			   "(SELECT count(DISTINCT subject) FROM change_log "
			   "WHERE noun = 'permission')") == 0,
	     "each permission came into the log, and left it once");
	must(&fixture.prng,
	     number(store, "SELECT count(*) + (SELECT count(*) FROM list) - "
			   "(SELECT sum(CASE kind WHEN 'added' THEN 1 WHEN "
			   "'removed' THEN -1 ELSE 0 END) FROM change_log "
			   "WHERE noun <> 'permission') FROM account") <= 0,
	     "so did each account and list");
	must(&fixture.prng,
	     number(store, "SELECT count(*) - max(id) FROM change_log") == 0,
	     "the numbers rise by one");
}

static void check_cursors(struct store *store)
{
	must(&fixture.prng,
	     number(store, "SELECT count(*) FROM change_cursor WHERE change <> "
			   "(SELECT count(*) FROM waiting WHERE sender LIKE "
			   "name || '/%' AND bytes <= change)") == 0,
	     "a reader has seen each change up to its cursor");
	must(&fixture.prng,
	     number(store, "SELECT count(*) FROM waiting") ==
		     number(store, "SELECT sum(change) FROM change_cursor"),
	     "and none after it");
}

static void check(int status)
{
	bool is_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	struct change_span span;
	struct store *store;

	must(&fixture.prng,
	     is_killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0),
	     "the process ends in one of two ways");
	must(&fixture.prng, !shared->is_wrong,
	     "who follows is told of each change once, in order");
	must(&fixture.prng,
	     store_open(scratch_path("volens.db"), STORE_WRITE, &store) ==
			     ERR_OK &&
		     store_change_span(store, &span) == ERR_OK,
	     "the file can be read after a crash");
	must(&fixture.prng,
	     is_killed ? span.newest >= shared->told
		       : span.newest == shared->told,
	     "it was told of what is on disk, and of nothing else");
	if (span.newest > 0) {
		check_log(store);
		check_cursors(store);
	}
	store_close(store);
}

static void begin_file(void)
{
	struct store *store;

	(void)unlink(scratch_path("volens.db"));
	(void)unlink(scratch_path("volens.db-wal"));
	(void)unlink(scratch_path("volens.db-shm"));
	must(&fixture.prng,
	     store_open(scratch_path("volens.db"), STORE_WRITE, &store) ==
			     ERR_OK &&
		     store_change_cursor_set(store, cursors[0], 0) == ERR_OK &&
		     store_change_cursor_set(store, cursors[1], 0) == ERR_OK,
	     "a new file");
	store_close(store);
	fixture.now = 1000;
}

START_TEST(each_reader_sees_each_change_once_in_order)
{
	unsigned i, n = prng_sequences_or_all(SEQUENCES / 10, SEQUENCES);
	unsigned n_killed = 0;

	for (i = 0; prng_goes_on(i, n); i++) {
		int status;
		pid_t child;

		fixture.prng = prng_of(seed, i);
		if (i % 20 == 0)
			begin_file();
		fixture.now += 100; /* the child's clock went on */
		fflush(stdout);
		child = fork();
		if (child == 0)
			child_run();
		ck_assert(child > 0 && waitpid(child, &status, 0) == child);
		n_killed += WIFSIGNALED(status);
		check(status);
	}
	printf("%u processes, %u killed; %lu changes told, %lu undone, %lu "
	       "taken by cursors\n",
	       i, n_killed, shared->n_told, shared->n_undone, shared->n_taken);
	ck_assert_msg(n_killed > i / 10 && n_killed < i && shared->n_told > i &&
			      shared->n_undone > i && shared->n_taken > i,
		      "the generator leaves something out");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("changes");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("changes_prop");
	scratch_make();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 600);
	tcase_add_test(cases, each_reader_sees_each_change_once_in_order);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	scratch_remove();
	return failed != 0;
}
