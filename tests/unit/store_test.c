#include "tests/unit/db_help.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/deliveries.h"
#include "db/journal.h"
#include "db/permission_requests.h"
#include "db/permissions.h"
#include "db/users.h"
#include "policies/facts.h"

static struct place place;
static struct store *store;
static struct arena *arena;

static void open_store(void)
{
	place_init(&place);
	arena = arena_new(0);
	ck_ok(store_open(place.path, STORE_WRITE, &store));
}

static void close_store(void)
{
	store_close(store);
	arena_free(arena);
	place_free(&place);
}

static void reopen_store(void)
{
	store_close(store);
	store = NULL;
	ck_ok(store_open(place.path, STORE_WRITE, &store));
}

/** Make a change and return the row. */
static struct permission change(struct permission_change change)
{
	struct permission row;

	ck_ok(store_permission_change(store, &change, arena, &row));
	return row;
}

static struct permission find(const char *recipient)
{
	struct permission row;

	ck_ok(store_permission_find(
		store,
		&(struct permission){.sender = SENDER,
				     .target = TARGET,
				     .recipient = recipient},
		arena, &row));
	return row;
}

/* ---- the file --------------------------------------------------------- */

START_TEST(the_file_is_for_nobodys_eyes_but_ours)
{
	static const char *const tails[] = {"", "-wal", "-shm", ".lock"};
	char name[128];
	struct stat file;

	change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s%s", place.path, tails[i]);
		ck_assert_int_eq(stat(name, &file), 0);
		ck_assert_int_eq(file.st_mode & 0777, 0600);
	}
}
END_TEST

START_TEST(one_process_owns_the_file)
{
	struct store *second;

	ck_err(store_open(place.path, STORE_WRITE, &second), ERR_BUSY);
	store_close(store);
	ck_ok(store_open(place.path, STORE_WRITE, &store));
}
END_TEST

START_TEST(a_missing_folder_is_an_error_with_its_errno)
{
	struct store *other;

	ck_err(store_open("/nonexistent/volens.db", STORE_WRITE, &other),
	       ERR_IO);
	ck_assert_int_eq(errno, ENOENT);
	ck_err(store_open("/nonexistent/volens.db", STORE_READ, &other),
	       ERR_IO);
}
END_TEST

static void patch_file(off_t at, const void *bytes, size_t len)
{
	int fd = open(place.path, O_RDWR);

	ck_assert_int_eq(pwrite(fd, bytes, len, at), (ssize_t)len);
	close(fd);
}

START_TEST(a_newer_or_foreign_file_is_refused_and_left_alone)
{
	static const uint8_t newer[] = {0, 0, 0, 99}, ours[] = {0, 0, 0, 4};
	static const uint8_t foreign[] = {1, 2, 3, 4};

	change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	store_close(store);
	store = NULL;
	patch_file(60, newer, 4); /* user_version in the file's header */
	ck_err(store_open(place.path, STORE_WRITE, &store), ERR_UNSUPPORTED);
	ck_err(store_open(place.path, STORE_READ, &store), ERR_UNSUPPORTED);
	patch_file(60, ours, 4);
	ck_ok(store_open(place.path, STORE_WRITE, &store));
	ck_assert_int_eq(find(RECIPIENT).state, PERMISSION_GRANTED);
	store_close(store);
	store = NULL;
	patch_file(68, foreign, 4); /* application_id */
	ck_err(store_open(place.path, STORE_WRITE, &store), ERR_UNSUPPORTED);
	patch_file(0, "not a database", 14);
	ck_err(store_open(place.path, STORE_WRITE, &store), ERR_UNSUPPORTED);
}
END_TEST

START_TEST(a_damaged_file_is_noticed_and_never_says_yes)
{
	char name[64], junk[4096];
	struct permission *rows;
	size_t n;
	off_t size;
	int fd;

	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "sip:user%d@example.net", i);
		change(say(EVENT_GRANT, ORIGIN_RECIPIENT, name));
	}
	reopen_store(); /* everything is in the file */
	fd = open(place.path, O_RDWR);
	size = lseek(fd, 0, SEEK_END);
	memset(junk, 0xa5, sizeof(junk));
	for (off_t at = 4096 * 8; at < size; at += 4096)
		ck_assert_int_eq(pwrite(fd, junk, sizeof(junk), at), 4096);
	close(fd);
	ck_err(store_permission_list(
		       store,
		       &(struct permission_filter){
			       .state = -1, .origin = -1, .page.limit = 1000},
		       arena, &rows, &n),
	       ERR_IO);
	ck_err(store_check(store), ERR_IO);
	ck_assert_str_ne(store_problem(store), "");
}
END_TEST

START_TEST(a_reader_cannot_write_and_sees_commits_while_we_write)
{
	struct permission_change yes =
		say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT);
	struct permission row;
	struct store *reader;

	ck_ok(store_open(place.path, STORE_READ, &reader));
	ck_err(store_permission_find(
		       reader,
		       &(struct permission){.sender = SENDER,
					    .target = TARGET,
					    .recipient = RECIPIENT},
		       arena, &row),
	       ERR_UNKNOWN);
	ck_assert_int_ne(store_permission_change(reader, &yes, arena, &row),
			 ERR_OK);
	change(yes);
	ck_ok(store_permission_find(
		reader,
		&(struct permission){.sender = SENDER,
				     .target = TARGET,
				     .recipient = RECIPIENT},
		arena, &row));
	ck_assert_int_eq(row.state, PERMISSION_GRANTED);
	ck_ok(store_check(reader));
	store_close(reader);
}
END_TEST

/* ---- permissions ------------------------------------------------------ */

START_TEST(a_row_comes_back_as_it_was_written)
{
	struct permission_change grant =
		say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);
	struct permission made, found;

	grant.recipient_uri = "sip:Bob@EXAMPLE.net;transport=tcp";
	grant.evidence = "signed form 17, \xc3\xbc";
	grant.expires_at = NOW + 1000;
	made = change(grant);
	found = find(RECIPIENT);
	ck_assert_int_eq(found.id, made.id);
	ck_assert_str_eq(found.recipient_uri, grant.recipient_uri);
	ck_assert_str_eq(found.evidence, grant.evidence);
	ck_assert_str_eq(found.etag, made.etag);
	ck_assert_int_eq(found.state, PERMISSION_GRANTED);
	ck_assert_int_eq(found.origin, ORIGIN_ADMIN);
	ck_assert_int_eq(found.expires_at, NOW + 1000);
	ck_assert_int_eq(found.created_at, NOW);
	ck_assert_int_eq(found.changed_at, NOW);
	ck_assert_ptr_null(found.reason);
}
END_TEST

START_TEST(the_recipients_own_no_yields_to_nobody_else)
{
	struct permission_change grant =
		say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);
	struct permission row;

	change(say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT));
	ck_err(store_permission_change(store, &grant, arena, &row),
	       ERR_CONFLICT);
	grant.event = EVENT_REMOVED;
	ck_err(store_permission_change(store, &grant, arena, &row),
	       ERR_CONFLICT);
	ck_assert_int_eq(find(RECIPIENT).state, PERMISSION_DENIED);
	change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	ck_assert_int_eq(find(RECIPIENT).state, PERMISSION_GRANTED);
}
END_TEST

START_TEST(a_no_does_not_end_where_the_yes_before_it_would_have)
{
	struct permission_change yes =
		say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);

	yes.expires_at = NOW + 60;
	change(yes);
	ck_assert_int_eq(
		change(say(EVENT_DENY, ORIGIN_ADMIN, RECIPIENT)).expires_at, 0);
}
END_TEST

START_TEST(evidence_goes_with_the_word_it_was_given_for)
{
	struct permission_change import =
		say(EVENT_GRANT, ORIGIN_IMPORT, RECIPIENT);

	import.evidence = "consented at the fair";
	ck_assert_str_eq(change(import).evidence, import.evidence);
	ck_assert_ptr_null(
		change(say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT)).evidence);
	ck_assert_ptr_null(find(RECIPIENT).evidence);
	ck_assert_ptr_null(
		change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT)).evidence);
}
END_TEST

START_TEST(the_same_word_again_may_bring_new_terms)
{
	struct permission_change yes =
		say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);
	struct permission first, second;

	yes.expires_at = NOW + 60;
	yes.evidence = "form";
	first = change(yes);
	second = change(yes);
	ck_assert_str_eq(first.etag, second.etag);
	yes.expires_at = NOW + 120;
	second = change(yes);
	ck_assert_str_ne(first.etag, second.etag);
	ck_assert_int_eq(second.expires_at, NOW + 120);
	ck_assert_str_eq(second.evidence, "form");
	/* But not over the recipient's head. */
	change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	yes.expires_at = NOW + 9999;
	ck_assert_int_eq(change(yes).expires_at, NOW + 120);
}
END_TEST

START_TEST(an_expired_yes_counts_as_none_for_a_new_word)
{
	struct permission_change yes =
		say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);
	struct permission first, second;

	yes.expires_at = NOW + 60;
	yes.evidence = "old form";
	first = change(yes);
	yes.now = NOW + 100;
	yes.expires_at = -1;
	yes.evidence = NULL;
	second = change(yes);
	ck_assert_int_eq(second.id, first.id);
	ck_assert_int_eq(second.state, PERMISSION_GRANTED);
	ck_assert_int_eq(second.expires_at, 0);
	ck_assert_ptr_null(second.evidence);
}
END_TEST

START_TEST(a_change_can_depend_on_the_tag_of_what_was_read)
{
	struct permission_change no = say(EVENT_DENY, ORIGIN_ADMIN, RECIPIENT);
	struct permission row;

	no.if_match = "none";
	ck_err(store_permission_change(store, &no, arena, &row),
	       ERR_PRECONDITION);
	no.if_match = change(say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT)).etag;
	change(no);
	ck_err(store_permission_change(store, &no, arena, &row),
	       ERR_PRECONDITION);
	no.id = 999;
	ck_err(store_permission_change(store, &no, arena, &row), ERR_UNKNOWN);
}
END_TEST

START_TEST(an_id_is_never_used_again)
{
	struct permission row =
		change(say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT));
	struct permission again;

	change(say(EVENT_REMOVED, ORIGIN_ADMIN, RECIPIENT));
	ck_err(store_permission_get(store, row.id, arena, &again), ERR_UNKNOWN);
	reopen_store();
	again = change(say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT));
	ck_assert_int_gt(again.id, row.id);
}
END_TEST

START_TEST(what_became_of_a_question_is_kept)
{
	struct permission_change event =
		say(EVENT_ADDED, ORIGIN_ADMIN, RECIPIENT);
	struct permission row;

	event.ask_due_at = NOW + 5;
	ck_assert_int_eq(change(event).ask_due_at, NOW + 5);
	event.event = EVENT_UNDELIVERABLE;
	event.reason = "404 Not Found";
	event.last_status = 404;
	row = change(event);
	ck_assert_int_eq(row.state, PERMISSION_ERROR);
	ck_assert_str_eq(row.reason, "404 Not Found");
	ck_assert_int_eq(row.last_status, 404);
	ck_assert_int_eq(row.ask_due_at, 0);
	/* A question that fails changes no decision, but is on record. */
	change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	event.last_status = 480;
	change(event);
	row = find(RECIPIENT);
	ck_assert_int_eq(row.state, PERMISSION_GRANTED);
	ck_assert_int_eq(row.last_status, 480);
	ck_assert_ptr_null(row.reason);
}
END_TEST

static size_t count_rows(const struct permission_filter *filter)
{
	struct permission_filter of = *filter;
	struct permission *rows;
	size_t n, all = 0;

	of.page = (struct page){.limit = 3};
	do {
		ck_ok(store_permission_list(store, &of, arena, &rows, &n));
		for (size_t i = 0; i < n; i++) {
			ck_assert_int_gt(rows[i].id, of.page.after);
			of.page.after = rows[i].id;
		}
		all += n;
	} while (n == of.page.limit);
	return all;
}

START_TEST(a_listing_comes_in_pages_and_can_be_filtered)
{
	struct permission_filter filter = {.state = -1, .origin = -1};
	char name[64];

	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "sip:user%d@example.net", i);
		change(say(i % 2 ? EVENT_GRANT : EVENT_DENY,
			   i < 4 ? ORIGIN_ADMIN : ORIGIN_RECIPIENT, name));
	}
	ck_assert_uint_eq(count_rows(&filter), 10);
	filter.state = PERMISSION_GRANTED;
	ck_assert_uint_eq(count_rows(&filter), 5);
	filter.origin = ORIGIN_ADMIN;
	ck_assert_uint_eq(count_rows(&filter), 2);
	filter.recipient = "sip:user3@example.net";
	filter.sender = SENDER;
	filter.target = TARGET;
	ck_assert_uint_eq(count_rows(&filter), 1);
	filter.sender = "' OR 1=1 --";
	ck_assert_uint_eq(count_rows(&filter), 0);
}
END_TEST

START_TEST(the_rows_that_may_cover_a_request_are_found_on_disk)
{
	static const char *const scopes[] = {SENDER, "*@example.com", "*",
					     "anonymous", "sip:x@example.com"};
	struct identity sender = {IDENTITY_DIGEST, {SENDER, NULL}};
	struct facts facts = {&sender, TARGET, RECIPIENT, NOW};
	struct permission_change yes =
		say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);
	struct permission *rows;
	size_t n;

	for (int i = 0; i < 5; i++) {
		yes.sender = scopes[i];
		yes.target = TARGET;
		change(yes);
		yes.target = "*";
		change(yes);
		yes.target = "sip:other@relay.example.com";
		change(yes);
	}
	ck_ok(store_permission_rows(store, &facts, arena, &rows, &n));
	ck_assert_uint_eq(n, 8);
	facts.sender = NULL;
	ck_ok(store_permission_rows(store, &facts, arena, &rows, &n));
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(rows[0].sender, "anonymous");
}
END_TEST

/* ---- what strangers write --------------------------------------------- */

static const char *const hostile[] = {
	"'",
	"\"",
	"''",
	"';--",
	"'; DROP TABLE permission; --",
	"\"; DROP TABLE permission; --",
	"1; DELETE FROM permission",
	"' OR '1'='1",
	"' OR 1=1 --",
	"') OR ('a'='a",
	"' UNION SELECT hash FROM token --",
	"'; ATTACH DATABASE '/tmp/x' AS x; --",
	"'; PRAGMA writable_schema=1; --",
	"'||(SELECT load_extension('x'))||'",
	"%s%n%x",
	"?1",
	":a @b $c",
	"\\",
	"\\'; --",
	"/*",
	"*/",
	"--",
	";",
	"NULL",
	"0x27",
	"%27%20OR%201=1",
	"a\tb",
	"\xe2\x80\xae\xef\xbb\xbf",
	"\xf0\x9f\x98\x80",
	"*",
	"_%",
	"`x`",
};

START_TEST(what_strangers_write_is_a_value_and_nothing_else)
{
	const size_t n_hostile = sizeof(hostile) / sizeof(hostile[0]);
	struct permission_filter filter = {.state = -1, .origin = -1};
	struct permission_change yes;
	struct permission row;

	for (size_t i = 0; i < n_hostile; i++) {
		yes = say(EVENT_GRANT, ORIGIN_ADMIN, hostile[i]);
		yes.sender = yes.target = hostile[i];
		yes.recipient_uri = yes.evidence = yes.reason = hostile[i];
		row = change(yes);
		ck_ok(store_permission_get(store, row.id, arena, &row));
		ck_assert_str_eq(row.sender, hostile[i]);
		ck_assert_str_eq(row.recipient, hostile[i]);
		ck_assert_str_eq(row.evidence, hostile[i]);
		filter.sender = filter.target = filter.recipient = hostile[i];
		ck_assert_uint_eq(count_rows(&filter), 1);
	}
	filter.sender = filter.target = filter.recipient = NULL;
	ck_assert_uint_eq(count_rows(&filter), n_hostile);
	ck_ok(store_check(store));
	reopen_store();
	ck_assert_uint_eq(count_rows(&filter), n_hostile);
}
END_TEST

START_TEST(control_bytes_and_broken_utf8_never_get_in)
{
	static const char *const bad[] = {"a\nb",	 "a\rb", "\x01",
					  "\x7f",	 "\xff", "\xc0\xaf",
					  "\xed\xa0\x80"};
	struct permission_change yes;
	struct permission row;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		yes = say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT);
		yes.evidence = bad[i];
		ck_err(store_permission_change(store, &yes, arena, &row),
		       ERR_CHARSET);
		yes = say(EVENT_GRANT, ORIGIN_ADMIN, bad[i]);
		ck_err(store_permission_change(store, &yes, arena, &row),
		       ERR_CHARSET);
	}
	ck_assert_uint_eq(count_rows(&(struct permission_filter){.state = -1,
								 .origin = -1}),
			  0);
}
END_TEST

/* ---- questions and tokens --------------------------------------------- */

/** Record question number @p n; its hashes begin with n, then g or d. */
static struct permission_request_record ask(int64_t permission, uint8_t n,
					    int64_t now)
{
	struct permission_request_record record = {
		.permission = permission,
		.kind = PERMISSION_REQUEST_ADDED,
		.now = now};

	record.grant_hash[0] = record.deny_hash[0] = n;
	record.grant_hash[1] = 'g';
	record.deny_hash[1] = 'd';
	ck_ok(store_permission_request_record(store, &record));
	return record;
}

START_TEST(a_no_retires_every_grant_token_and_no_deny_token)
{
	struct permission row =
		change(say(EVENT_ADDED, ORIGIN_ADMIN, RECIPIENT));
	struct permission_request_record first = ask(row.id, 1, NOW);
	struct permission_request_record second = ask(row.id, 2, NOW);
	struct token_row token;

	ck_ok(store_token_find(store, TOKEN_GRANT, first.grant_hash, &token));
	ck_assert_int_eq(token.permission, row.id);
	ck_err(store_token_find(store, TOKEN_DENY, first.grant_hash, &token),
	       ERR_UNKNOWN);
	change(say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT));
	ck_ok(store_token_find(store, TOKEN_GRANT, second.grant_hash, &token));
	change(say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT));
	ck_err(store_token_find(store, TOKEN_GRANT, first.grant_hash, &token),
	       ERR_UNKNOWN);
	ck_err(store_token_find(store, TOKEN_GRANT, second.grant_hash, &token),
	       ERR_UNKNOWN);
	ck_ok(store_token_find(store, TOKEN_DENY, first.deny_hash, &token));
	/* A new question, a new chance; another no takes that too. */
	second = ask(row.id, 3, NOW);
	reopen_store();
	ck_ok(store_token_find(store, TOKEN_GRANT, second.grant_hash, &token));
	ck_err(store_token_find(store, TOKEN_GRANT, first.grant_hash, &token),
	       ERR_UNKNOWN);
	change(say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT));
	ck_err(store_token_find(store, TOKEN_GRANT, second.grant_hash, &token),
	       ERR_UNKNOWN);
	ck_ok(store_token_find(store, TOKEN_DENY, second.deny_hash, &token));
}
END_TEST

START_TEST(tokens_go_with_their_permission_and_not_before)
{
	struct permission row =
		change(say(EVENT_ADDED, ORIGIN_ADMIN, RECIPIENT));
	struct permission_request_record record = ask(row.id, 1, NOW);
	const int64_t year = 366 * 86400;
	struct permission removed;
	struct token_row token;

	ck_ok(store_permission_sweep(store, NOW));
	ck_ok(store_token_find(store, TOKEN_GRANT, record.grant_hash, &token));
	ck_ok(store_permission_sweep(store, NOW + year));
	ck_err(store_token_find(store, TOKEN_GRANT, record.grant_hash, &token),
	       ERR_UNKNOWN);
	ck_ok(store_token_find(store, TOKEN_DENY, record.deny_hash, &token));
	change(say(EVENT_REMOVED, ORIGIN_ADMIN, RECIPIENT));
	ck_err(store_token_find(store, TOKEN_DENY, record.deny_hash, &token),
	       ERR_UNKNOWN);
	ck_ok(store_removed_deny_find(store, record.deny_hash, arena,
				      &removed));
	ck_assert_str_eq(removed.recipient, RECIPIENT);
	ck_assert_int_eq(removed.id, 0);
	ck_err(store_removed_deny_find(store, record.grant_hash, arena,
				       &removed),
	       ERR_UNKNOWN);
	ck_ok(store_permission_sweep(store, NOW + 2 * year));
	ck_err(store_removed_deny_find(store, record.deny_hash, arena,
				       &removed),
	       ERR_UNKNOWN);
	record.permission = 999;
	ck_err(store_permission_request_record(store, &record), ERR_UNKNOWN);
}
END_TEST

START_TEST(questions_count_for_a_day_also_when_the_row_is_gone)
{
	struct permission row =
		change(say(EVENT_ADDED, ORIGIN_ADMIN, RECIPIENT));
	int64_t *asked;
	size_t n;

	ask(row.id, 1, NOW + 20);
	ask(row.id, 2, NOW);
	ck_assert_int_eq(find(RECIPIENT).asked_at, NOW);
	change(say(EVENT_REMOVED, ORIGIN_ADMIN, RECIPIENT));
	ck_ok(store_permission_requests_sent(
		store,
		&(struct permission_requests_query){
			RECIPIENT, PERMISSION_REQUEST_ADDED, NOW + 60},
		arena, &asked, &n));
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(asked[0], NOW);
	ck_assert_int_eq(asked[1], NOW + 20);
	ck_ok(store_permission_requests_sent(
		store,
		&(struct permission_requests_query){
			RECIPIENT, PERMISSION_REQUEST_TRIGGER, NOW + 60},
		arena, &asked, &n));
	ck_assert_uint_eq(n, 0);
	ck_ok(store_permission_requests_sent(
		store,
		&(struct permission_requests_query){
			RECIPIENT, PERMISSION_REQUEST_ADDED, NOW + 86400},
		arena, &asked, &n));
	ck_assert_uint_eq(n, 1);
}
END_TEST

START_TEST(pending_rows_come_when_they_are_due_oldest_first)
{
	struct permission_change added;
	struct permission *rows;
	char name[64];
	int64_t next;
	size_t n;

	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "sip:user%d@example.net", i);
		added = say(EVENT_ADDED, ORIGIN_ADMIN, name);
		added.ask_due_at = NOW + 50 - 10 * i;
		change(added);
	}
	ck_ok(store_permission_requests_due(
		store, (struct due_page){NOW + 30, 10, &next}, arena, &rows,
		&n));
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(rows[0].ask_due_at, NOW + 10);
	ck_assert_int_eq(next, NOW + 40);
	ck_ok(store_permission_requests_due(
		store, (struct due_page){NOW + 30, 2, &next}, arena, &rows,
		&n));
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(next, NOW + 30);
	ck_ok(store_permission_request_defer(store, rows[0].id, NOW + 99));
	ck_err(store_permission_request_defer(store, 999, NOW), ERR_UNKNOWN);
	ck_ok(store_permission_requests_due(
		store, (struct due_page){NOW + 90, 10, &next}, arena, &rows,
		&n));
	ck_assert_uint_eq(n, 4);
	ck_assert_int_eq(next, NOW + 99);
	ck_ok(store_permission_requests_due(
		store, (struct due_page){NOW + 99, 10, &next}, arena, &rows,
		&n));
	ck_assert_int_eq(next, 0);
}
END_TEST

START_TEST(a_yes_whose_time_is_over_goes_and_does_not_come_back)
{
	struct permission_change yes =
		say(EVENT_GRANT, ORIGIN_RECIPIENT, RECIPIENT);
	struct permission row;
	int64_t clock;

	yes.expires_at = NOW + 60;
	change(yes);
	ck_ok(store_permission_sweep(store, NOW + 59));
	ck_assert_int_eq(find(RECIPIENT).state, PERMISSION_GRANTED);
	ck_ok(store_permission_sweep(store, NOW + 60));
	ck_err(store_permission_find(
		       store,
		       &(struct permission){.sender = SENDER,
					    .target = TARGET,
					    .recipient = RECIPIENT},
		       arena, &row),
	       ERR_UNKNOWN);
	/* A clock set back does not make it younger. */
	change(yes);
	reopen_store();
	ck_ok(store_permission_sweep(store, NOW - 86400));
	ck_ok(store_clock(store, &clock));
	ck_assert_int_eq(clock, NOW + 60);
	ck_err(store_permission_find(
		       store,
		       &(struct permission){.sender = SENDER,
					    .target = TARGET,
					    .recipient = RECIPIENT},
		       arena, &row),
	       ERR_UNKNOWN);
	/* A recipient's no has no such end. */
	yes.event = EVENT_DENY;
	change(yes);
	ck_ok(store_permission_sweep(store, NOW + 9999));
	ck_assert_int_eq(find(RECIPIENT).state, PERMISSION_DENIED);
}
END_TEST

/* ---- the journal ------------------------------------------------------ */

static struct delivery delivery_of(uint32_t number, enum delivery_state state)
{
	return (struct delivery){.place = number,
				 .sender = SENDER,
				 .target = TARGET,
				 .recipient = RECIPIENT,
				 .method = "MESSAGE",
				 .state = state,
				 .attempts = 1,
				 .last_status = 480,
				 .since = NOW,
				 .next_at = NOW + 30 + number,
				 .expires_at = NOW + 600};
}

START_TEST(an_accepted_request_is_kept_octet_by_octet_until_it_is_settled)
{
	struct journal_entry entry = entry_of(arena, 1, 70000), *entries, found;
	int64_t id = 0, again = 0;
	size_t n;

	ck_ok(store_journal_add(store, &entry, &id));
	ck_err(store_journal_add(store, &entry, &again), ERR_EXISTS);
	ck_assert_int_eq(again, id);
	reopen_store();
	ck_ok(store_journal_without_outcome(store, (struct page){0, 10}, arena,
					    &entries, &n));
	ck_assert_uint_eq(n, 1);
	ck_assert(view_equal(entries[0].message, entry.message));
	ck_assert(view_equal(entries[0].recipients, entry.recipients));
	ck_assert_mem_eq(entries[0].key, entry.key, HASH_LEN);
	ck_assert_str_eq(entries[0].sender, SENDER);
	ck_assert_int_eq(entries[0].expires_at, NOW + 600);
	ck_ok(store_journal_without_outcome(store, (struct page){id, 10}, arena,
					    &entries, &n));
	ck_assert_uint_eq(n, 0);
	ck_ok(store_journal_list(store, (struct page){.limit = 5}, arena,
				 &entries, &n));
	ck_assert_uint_eq(n, 1);
	ck_ok(store_journal_record_outcome(store, id, NULL, 0));
	ck_err(store_journal_get(store, id, arena, &found), ERR_UNKNOWN);
	ck_err(store_journal_record_outcome(store, id, NULL, 0), ERR_UNKNOWN);
	/* Then the same request is a new one. */
	ck_ok(store_journal_add(store, &entry, &again));
	ck_assert_int_gt(again, id);
}
END_TEST

/** Accept entry number @p n, and be done with it. */
static int64_t pass_through(unsigned n)
{
	struct journal_entry entry = entry_of(arena, n, 10);
	int64_t id;

	ck_ok(store_journal_add(store, &entry, &id));
	ck_ok(store_journal_record_outcome(store, id, NULL, 0));
	return id;
}

START_TEST(an_entrys_id_is_never_given_again)
{
	int64_t id, last = 0;

	for (unsigned n = 0; n < 2500; n++) {
		if (n % 1000 == 700)
			reopen_store();
		id = pass_through(n);
		ck_assert_int_gt(id, last);
		last = id;
	}
}
END_TEST

START_TEST(what_waits_for_another_try_is_not_accepted_twice)
{
	struct journal_entry entry = entry_of(arena, 1, 100);
	struct journal_entry other = entry_of(arena, 2, 100);
	struct delivery row = delivery_of(0, DELIVERY_WAITING);
	int64_t id, again = 0;

	ck_ok(store_journal_add(store, &entry, &id));
	ck_ok(store_journal_record_outcome(store, id, &row, 1));
	ck_err(store_journal_add(store, &entry, &again), ERR_EXISTS);
	ck_assert_int_eq(again, id);
	reopen_store();
	ck_err(store_journal_add(store, &entry, &again), ERR_EXISTS);
	ck_assert_int_eq(again, id);
	ck_ok(store_journal_add(store, &other, &again));
	ck_ok(store_delivery_drop(store, 1, NOW));
	ck_ok(store_journal_add(store, &entry, &again));
	ck_assert_int_gt(again, id);
}
END_TEST

/* While it is accepted, after a start, and while it waits. */
START_TEST(a_request_of_that_name_with_other_content_is_a_conflict)
{
	struct journal_entry entry = entry_of(arena, 1, 100), twin = entry;
	struct delivery row = delivery_of(0, DELIVERY_WAITING);
	int64_t id, again = 0;

	twin.key[KEY_NAME_LEN] ^= 1;
	ck_ok(store_journal_add(store, &entry, &id));
	ck_err(store_journal_add(store, &twin, &again), ERR_CONFLICT);
	reopen_store();
	ck_err(store_journal_add(store, &twin, &again), ERR_CONFLICT);
	ck_assert_int_eq(again, id);
	ck_ok(store_journal_record_outcome(store, id, &row, 1));
	ck_err(store_journal_add(store, &twin, &again), ERR_CONFLICT);
	ck_err(store_journal_add(store, &entry, &again), ERR_EXISTS);
	reopen_store();
	ck_err(store_journal_add(store, &twin, &again), ERR_CONFLICT);
	ck_assert_int_eq(again, id);
	twin.key[KEY_NAME_LEN - 1] ^= 1;
	ck_ok(store_journal_add(store, &twin, &again));
}
END_TEST

START_TEST(an_empty_message_is_kept_too)
{
	struct journal_entry entry = entry_of(arena, 1, 0), found;
	int64_t id;

	entry.recipients = VIEW_NONE;
	ck_ok(store_journal_add(store, &entry, &id));
	ck_ok(store_journal_get(store, id, arena, &found));
	ck_assert_uint_eq(found.message.len, 0);
}
END_TEST

START_TEST(the_message_goes_with_its_last_waiting_delivery)
{
	struct journal_entry entry = entry_of(arena, 1, 100), found;
	struct delivery rows[3] = {delivery_of(0, DELIVERY_WAITING),
				   delivery_of(1, DELIVERY_FAILED),
				   delivery_of(2, DELIVERY_WAITING)};
	struct delivery *due, row;
	int64_t id, next;
	size_t n;

	ck_ok(store_journal_add(store, &entry, &id));
	ck_ok(store_journal_record_outcome(store, id, rows, 3));
	ck_ok(store_journal_get(store, id, arena, &found));
	ck_ok(store_deliveries_due(store,
				   (struct due_page){NOW + 31, 10, &next},
				   arena, &due, &n));
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(next, NOW + 32);
	ck_assert_int_eq(due[0].journal, id);
	ck_assert_uint_eq(due[0].place, 0);
	/* Tried again in vain: waits longer. */
	due[0].attempts = 2;
	due[0].next_at = NOW + 150;
	due[0].last_status = 503;
	ck_ok(store_delivery_update(store, &due[0], DELIVERY_WAITING));
	ck_ok(store_delivery_get(store, due[0].id, arena, &row));
	ck_assert_uint_eq(row.attempts, 2);
	ck_assert_int_eq(row.next_at, NOW + 150);
	/* Got it at last: its row goes. */
	ck_ok(store_delivery_update(store, &row, DELIVERY_DONE));
	ck_err(store_delivery_update(store, &row, DELIVERY_DONE), ERR_UNKNOWN);
	ck_ok(store_journal_get(store, id, arena, &found));
	/* The other one runs out of time: the row stays, the message goes. */
	ck_ok(store_deliveries_due(store,
				   (struct due_page){NOW + 999, 10, &next},
				   arena, &due, &n));
	ck_assert_uint_eq(n, 1);
	ck_ok(store_delivery_update(store, &due[0], DELIVERY_EXPIRED));
	ck_err(store_delivery_update(store, &due[0], DELIVERY_WAITING),
	       ERR_CONFLICT);
	ck_err(store_journal_get(store, id, arena, &found), ERR_UNKNOWN);
	ck_ok(store_delivery_get(store, due[0].id, arena, &row));
	ck_assert_int_eq(row.state, DELIVERY_EXPIRED);
	ck_assert_int_eq(row.journal, 0);
	ck_assert_str_eq(row.recipient, RECIPIENT);
}
END_TEST

static size_t count_deliveries(int state)
{
	struct delivery_filter filter = {
		.recipient = RECIPIENT, .state = state, .page.limit = 100};
	struct delivery *rows;
	size_t n;

	ck_ok(store_delivery_list(store, &filter, arena, &rows, &n));
	return n;
}

START_TEST(an_operator_can_hurry_and_drop_deliveries)
{
	struct journal_entry entry = entry_of(arena, 1, 100), found;
	struct delivery rows[2] = {delivery_of(0, DELIVERY_WAITING),
				   delivery_of(1, DELIVERY_WITHDRAWN)};
	struct delivery *due;
	int64_t id, next;
	size_t n;

	ck_ok(store_journal_add(store, &entry, &id));
	ck_ok(store_journal_record_outcome(store, id, rows, 2));
	ck_assert_uint_eq(count_deliveries(-1), 2);
	ck_assert_uint_eq(count_deliveries(DELIVERY_WITHDRAWN), 1);
	ck_ok(store_deliveries_due(store, (struct due_page){NOW, 10, &next},
				   arena, &due, &n));
	ck_assert_uint_eq(n, 0);
	ck_ok(store_delivery_now(store, 1, NOW));
	ck_err(store_delivery_now(store, 2, NOW), ERR_CONFLICT);
	ck_err(store_delivery_now(store, 3, NOW), ERR_UNKNOWN);
	ck_ok(store_deliveries_due(store, (struct due_page){NOW, 10, &next},
				   arena, &due, &n));
	ck_assert_uint_eq(n, 1);
	ck_ok(store_delivery_drop(store, 1, NOW));
	ck_err(store_delivery_drop(store, 1, NOW), ERR_UNKNOWN);
	ck_err(store_journal_get(store, id, arena, &found), ERR_UNKNOWN);
	ck_ok(store_delivery_sweep(store, NOW));
	ck_assert_uint_eq(count_deliveries(-1), 1);
	ck_ok(store_delivery_sweep(store, NOW + 1));
	ck_assert_uint_eq(count_deliveries(-1), 0);
}
END_TEST

START_TEST(a_settling_that_fails_leaves_the_entry_unsettled)
{
	struct journal_entry entry = entry_of(arena, 1, 100), *entries;
	struct delivery rows[2] = {delivery_of(0, DELIVERY_WAITING),
				   delivery_of(1, DELIVERY_WAITING)};
	int64_t id;
	size_t n;

	rows[1].recipient = "sip:bad\n@example.net";
	ck_ok(store_journal_add(store, &entry, &id));
	ck_err(store_journal_record_outcome(store, id, rows, 2), ERR_CHARSET);
	ck_assert_uint_eq(count_deliveries(-1), 0);
	ck_ok(store_journal_without_outcome(store, (struct page){0, 10}, arena,
					    &entries, &n));
	ck_assert_uint_eq(n, 1);
}
END_TEST

/* ---- accounts --------------------------------------------------------- */

START_TEST(accounts_are_unique_by_username_and_change_by_tag)
{
	struct user user = {.aor = SENDER,
			    .username = "alice",
			    .ha1 = {"aa", "bb"},
			    .created_at = NOW};
	struct user made, changed, *list;
	size_t n;

	ck_ok(store_user_add(store, &user, arena, &made));
	ck_err(store_user_add(store, &user, arena, &changed), ERR_EXISTS);
	user = (struct user){.id = made.id,
			     .aor = "sip:a2@example.com",
			     .changed_at = NOW + 5};
	ck_err(store_user_change(store, &user, "x", arena, &changed),
	       ERR_PRECONDITION);
	ck_ok(store_user_change(store, &user, made.etag, arena, &changed));
	ck_assert_str_ne(changed.etag, made.etag);
	ck_assert_str_eq(changed.ha1[DIGEST_MD5], "bb");
	/* None of the old password's digests stays. */
	user.ha1[DIGEST_SHA256] = "cc";
	ck_ok(store_user_change(store, &user, NULL, arena, &changed));
	reopen_store();
	ck_ok(store_user_get(store, made.id, arena, &changed));
	ck_assert_str_eq(changed.aor, "sip:a2@example.com");
	ck_assert_str_eq(changed.username, "alice");
	ck_assert_str_eq(changed.ha1[DIGEST_SHA256], "cc");
	ck_assert_ptr_null(changed.ha1[DIGEST_MD5]);
	ck_ok(store_user_list(
		store,
		&(struct user_filter){.username = "alice", .page.limit = 9},
		arena, &list, &n));
	ck_assert_uint_eq(n, 1);
	ck_err(store_user_remove(store, made.id, made.etag), ERR_PRECONDITION);
	ck_ok(store_user_remove(store, made.id, NULL));
	ck_err(store_user_remove(store, made.id, NULL), ERR_UNKNOWN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *tests = tcase_create("store");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, open_store, close_store);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, the_file_is_for_nobodys_eyes_but_ours);
	tcase_add_test(tests, one_process_owns_the_file);
	tcase_add_test(tests, a_missing_folder_is_an_error_with_its_errno);
	tcase_add_test(tests,
		       a_newer_or_foreign_file_is_refused_and_left_alone);
	tcase_add_test(tests, a_damaged_file_is_noticed_and_never_says_yes);
	tcase_add_test(tests,
		       a_reader_cannot_write_and_sees_commits_while_we_write);
	tcase_add_test(tests, a_row_comes_back_as_it_was_written);
	tcase_add_test(tests, the_recipients_own_no_yields_to_nobody_else);
	tcase_add_test(tests,
		       a_no_does_not_end_where_the_yes_before_it_would_have);
	tcase_add_test(tests, evidence_goes_with_the_word_it_was_given_for);
	tcase_add_test(tests, the_same_word_again_may_bring_new_terms);
	tcase_add_test(tests, an_expired_yes_counts_as_none_for_a_new_word);
	tcase_add_test(tests, a_change_can_depend_on_the_tag_of_what_was_read);
	tcase_add_test(tests, an_id_is_never_used_again);
	tcase_add_test(tests, what_became_of_a_question_is_kept);
	tcase_add_test(tests, a_listing_comes_in_pages_and_can_be_filtered);
	tcase_add_test(tests,
		       the_rows_that_may_cover_a_request_are_found_on_disk);
	tcase_add_test(tests, what_strangers_write_is_a_value_and_nothing_else);
	tcase_add_test(tests, control_bytes_and_broken_utf8_never_get_in);
	tcase_add_test(tests, a_no_retires_every_grant_token_and_no_deny_token);
	tcase_add_test(tests, tokens_go_with_their_permission_and_not_before);
	tcase_add_test(tests,
		       questions_count_for_a_day_also_when_the_row_is_gone);
	tcase_add_test(tests, pending_rows_come_when_they_are_due_oldest_first);
	tcase_add_test(tests,
		       a_yes_whose_time_is_over_goes_and_does_not_come_back);
	tcase_add_test(
		tests,
		an_accepted_request_is_kept_octet_by_octet_until_it_is_settled);
	tcase_add_test(tests,
		       a_request_of_that_name_with_other_content_is_a_conflict);
	tcase_add_test(tests, an_empty_message_is_kept_too);
	tcase_add_test(tests, the_message_goes_with_its_last_waiting_delivery);
	tcase_add_test(tests, an_operator_can_hurry_and_drop_deliveries);
	tcase_add_test(tests, an_entrys_id_is_never_given_again);
	tcase_add_test(tests, what_waits_for_another_try_is_not_accepted_twice);
	tcase_add_test(tests, a_settling_that_fails_leaves_the_entry_unsettled);
	tcase_add_test(tests,
		       accounts_are_unique_by_username_and_change_by_tag);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
