/* Permissions in the store, their tokens and the requests for them. */
#include "tests/unit/store_help.h"

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

static enum err set(struct permission_change what,
		    struct permission_result *ret)
{
	return store_permission_set(store, &what, arena, ret);
}

START_TEST(others_are_told_what_was_there)
{
	struct permission_result result;

	ck_ok(set(say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT), &result));
	ck_assert(result.is_new);
	ck_assert_int_eq(result.row.state, PERMISSION_GRANTED);
	ck_ok(set(say(EVENT_DENY, ORIGIN_ADMIN, RECIPIENT), &result));
	ck_assert(!result.is_new);
	ck_assert_int_eq(result.was.state, PERMISSION_GRANTED);
	ck_assert_str_ne(result.was.etag, result.row.etag);
	/* The recipient's own deny stands. */
	change(say(EVENT_DENY, ORIGIN_RECIPIENT, RECIPIENT));
	ck_err(set(say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT), &result),
	       ERR_CONFLICT);
	ck_assert(!result.is_new);
	ck_assert_str_eq(result.was.sender, SENDER);
}
END_TEST

START_TEST(a_change_can_depend_on_the_tag_of_what_was_read)
{
	struct permission_change no = say(EVENT_DENY, ORIGIN_ADMIN, RECIPIENT);
	const char *tags[] = {"none", NULL, NULL};
	struct permission row;

	no.if_match = tags;
	ck_err(store_permission_change(store, &no, arena, &row),
	       ERR_PRECONDITION);
	tags[1] = change(say(EVENT_GRANT, ORIGIN_ADMIN, RECIPIENT)).etag;
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
	struct facts facts = {&sender, TARGET, RECIPIENT, NOW,
			      kinds_only(KIND_MESSAGE)};
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

/** Record question number @p n; its hashes begin with n, then g or d. */
static struct permission_request_record ask(int64_t permission, uint8_t n,
					    int64_t now)
{
	struct permission_request_record record = {
		.permission = permission,
		.kind = PERMISSION_REQUEST_ADDED,
		.now = now};

	record.grant_hash[0] = record.deny_hash[0] = n;
	record.page_hash[0] = record.chat_hash[0] = n;
	record.page_hash[1] = 'p';
	record.chat_hash[1] = 'q';
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
	/* Page and chat say no. */
	ck_ok(store_token_find(store, TOKEN_PAGE, first.page_hash, &token));
	ck_assert(token.is_retired);
	ck_ok(store_token_find(store, TOKEN_CHAT, second.chat_hash, &token));
	ck_assert(token.is_retired);
	/* A new question, a new chance; another no takes that too. */
	second = ask(row.id, 3, NOW);
	reopen_store();
	ck_ok(store_token_find(store, TOKEN_GRANT, second.grant_hash, &token));
	ck_ok(store_token_find(store, TOKEN_PAGE, second.page_hash, &token));
	ck_assert(!token.is_retired);
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
	ck_ok(store_removed_deny_find(store, record.page_hash, arena,
				      &removed));
	ck_ok(store_removed_deny_find(store, record.chat_hash, arena,
				      &removed));
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
	struct permission_change again =
		say(EVENT_UNDELIVERABLE, ORIGIN_ADMIN, RECIPIENT);
	int64_t *asked;
	size_t n;

	ask(row.id, 1, NOW + 20);
	ask(row.id, 2, NOW + 30); /* another try is no other question */
	again.reason = "away";
	change(again);
	change(say(EVENT_ADDED, ORIGIN_ADMIN, RECIPIENT));
	ask(row.id, 3, NOW);
	ck_assert_int_eq(find(RECIPIENT).asked_at, NOW);
	change(say(EVENT_REMOVED, ORIGIN_ADMIN, RECIPIENT));
	ck_ok(store_permission_requests_sent(
		store,
		&(struct permission_requests_query){
			.recipient = RECIPIENT,
			.kind = PERMISSION_REQUEST_ADDED,
			.now = NOW + 60},
		arena, &asked, &n));
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(asked[0], NOW);
	ck_assert_int_eq(asked[1], NOW + 20);
	ck_ok(store_permission_requests_sent(
		store,
		&(struct permission_requests_query){
			.recipient = RECIPIENT,
			.kind = PERMISSION_REQUEST_TRIGGER,
			.now = NOW + 60},
		arena, &asked, &n));
	ck_assert_uint_eq(n, 0);
	ck_ok(store_permission_requests_sent(
		store,
		&(struct permission_requests_query){
			.recipient = RECIPIENT,
			.kind = PERMISSION_REQUEST_ADDED,
			.now = NOW + 86400},
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

int main(void)
{
	Suite *suite = suite_create("permission_rows_test");
	TCase *tests = tcase_create("store");
	SRunner *runner = srunner_create(suite);
	int failed;
	tcase_add_checked_fixture(tests, open_store, close_store);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_row_comes_back_as_it_was_written);
	tcase_add_test(tests, the_recipients_own_no_yields_to_nobody_else);
	tcase_add_test(tests,
		       a_no_does_not_end_where_the_yes_before_it_would_have);
	tcase_add_test(tests, evidence_goes_with_the_word_it_was_given_for);
	tcase_add_test(tests, the_same_word_again_may_bring_new_terms);
	tcase_add_test(tests, an_expired_yes_counts_as_none_for_a_new_word);
	tcase_add_test(tests, others_are_told_what_was_there);
	tcase_add_test(tests, a_change_can_depend_on_the_tag_of_what_was_read);
	tcase_add_test(tests, an_id_is_never_used_again);
	tcase_add_test(tests, what_became_of_a_question_is_kept);
	tcase_add_test(tests, a_listing_comes_in_pages_and_can_be_filtered);
	tcase_add_test(tests,
		       the_rows_that_may_cover_a_request_are_found_on_disk);
	tcase_add_test(tests, a_no_retires_every_grant_token_and_no_deny_token);
	tcase_add_test(tests, tokens_go_with_their_permission_and_not_before);
	tcase_add_test(tests,
		       questions_count_for_a_day_also_when_the_row_is_gone);
	tcase_add_test(tests, pending_rows_come_when_they_are_due_oldest_first);
	tcase_add_test(tests,
		       a_yes_whose_time_is_over_goes_and_does_not_come_back);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
