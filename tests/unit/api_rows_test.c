/* What the API does to permissions and deliveries, and explains. */
#include "db/deliveries.h"
#include "db/journal.h"
#include "policies/kept_status.h"
#include "tests/unit/api_help.h"

#define BOB "sip:bob@example.net"
#define PERMISSION(more)                                                       \
	"{\"sender\":\"alice@Example.com\",\"target\":\"" TARGET               \
	"\",\"recipient\":\"" BOB "\"" more "}"
#define GRANTED ",\"state\":\"granted\",\"evidence\":\"signed form 7\""

static struct host host;

static void setup(void)
{
	host_open(&host);
}

static void teardown(void)
{
	host_close(&host);
}

static size_t n_items(void)
{
	return json_array_size(json_object_get(host.json, "items"));
}

START_TEST(asking_makes_a_pending_permission_and_wakes_the_sweep)
{
	ck_assert_int_eq(host_post(&host, "/v1/permissions", PERMISSION("")),
			 201);
	ck_assert_str_eq(host_header(&host, "Location"), "/v1/permissions/1");
	ck_assert_str_ne(host_header(&host, "ETag"), "");
	ck_assert_str_eq(host_text(&host, "state"), "pending");
	ck_assert_str_eq(host_text(&host, "origin"), "admin");
	ck_assert_str_eq(host_text(&host, "sender"), SENDER);
	ck_assert_str_eq(host_text(&host, "recipient"), BOB);
	ck_assert(json_is_null(json_object_get(host.json, "expires_at")));
	ck_assert(json_is_null(json_object_get(host.json, "asked_at")));
	ck_assert_int_eq(host.wakes, 1);
	/* The same again is the same permission. */
	ck_assert_int_eq(host_post(&host, "/v1/permissions", PERMISSION("")),
			 200);
	ck_assert_int_eq(host_number(&host, "id"), 1);
	ck_assert_int_eq(host_get(&host, "/v1/permissions/1"), 200);
	ck_assert_str_eq(host_text(&host, "state"), "pending");
	/* One resource has one address. */
	ck_assert_int_eq(host_get(&host, "/v1/permissions/01"), 404);
}
END_TEST

/* RFC 5360 section 5.1.1 */
START_TEST(a_request_asks_one_person_at_most)
{
	static const char *const bodies[] = {
		"{\"sender\":\"" SENDER "\",\"target\":\"" TARGET
		"\",\"recipient\":[\"" BOB "\",\"sip:carol@example.net\"]}",
		"{\"sender\":\"" SENDER "\",\"target\":\"" TARGET
		"\",\"recipient\":\"" BOB
		"\",\"recipient\":\"sip:carol@example.net\"}",
		"{\"sender\":\"" SENDER "\",\"target\":\"" TARGET
		"\",\"recipient\":\"" BOB ", sip:carol@example.net\"}",
		"{\"sender\":\"" SENDER "\",\"target\":\"" TARGET
		"\",\"recipient\":\"*@example.net\"}",
		"{\"sender\":\"" SENDER "\",\"target\":\"" TARGET
		"\",\"recipient\":\"*\"}",
		"[" PERMISSION("") "," PERMISSION("") "]",
		PERMISSION("") PERMISSION(""),
	};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		int status = host_post(&host, "/v1/permissions", bodies[i]);

		ck_assert_msg(status == 400 || status == 422, "%d: %s", status,
			      bodies[i]);
	}
	ck_assert_int_eq(host_get(&host, "/v1/permissions"), 200);
	ck_assert_uint_eq(n_items(), 0);
	ck_assert_int_eq(host.wakes, 0);
}
END_TEST

START_TEST(a_grant_needs_evidence_and_is_in_force_at_once)
{
	ck_assert_int_eq(host_post(&host, "/v1/permissions",
				   PERMISSION(",\"state\":\"granted\"")),
			 422);
	ck_assert_str_eq(host_text(&host, "field"), "evidence");
	ck_assert_int_eq(verdict_of(host.desk.index, BOB), VERDICT_MISSING);
	ck_assert_int_eq(
		host_post(&host, "/v1/permissions", PERMISSION(GRANTED)), 201);
	ck_assert_str_eq(host_text(&host, "evidence"), "signed form 7");
	ck_assert_int_eq(verdict_of(host.desk.index, BOB), VERDICT_GRANTED);
	ck_assert_int_eq(host.wakes, 0);
	ck_assert_int_eq(host_patch(&host, "/v1/permissions/1",
				    "{\"state\":\"denied\"}"),
			 200);
	ck_assert_int_eq(verdict_of(host.desk.index, BOB), VERDICT_DENIED);
	/* What an operator denied an operator may grant. */
	ck_assert_int_eq(host_patch(&host, "/v1/permissions/1",
				    "{\"state\":\"granted\"}"),
			 422);
	ck_assert_int_eq(host_patch(&host, "/v1/permissions/1",
				    "{\"state\":\"granted\","
				    "\"evidence\":\"phone call\"}"),
			 200);
	ck_assert_int_eq(verdict_of(host.desk.index, BOB), VERDICT_GRANTED);
	ck_assert_int_eq(host_delete(&host, "/v1/permissions/1"), 204);
	ck_assert_str_eq(host.body, "");
	ck_assert_int_eq(verdict_of(host.desk.index, BOB), VERDICT_MISSING);
	ck_assert_int_eq(host_get(&host, "/v1/permissions/1"), 404);
	ck_assert_int_eq(host_delete(&host, "/v1/permissions/1"), 404);
}
END_TEST

START_TEST(the_recipients_own_deny_stands_against_everything)
{
	ck_ok(host_say(&host, EVENT_DENY, BOB));
	ck_assert_int_eq(
		host_post(&host, "/v1/permissions", PERMISSION(GRANTED)), 409);
	ck_assert_str_eq(host_text(&host, "reason"), "recipient-denied");
	ck_assert_int_eq(host_number(&host, "permission"), 1);
	ck_assert_ptr_nonnull(
		strstr(host_text(&host, "detail"), "Only the recipient"));
	ck_assert_int_eq(host_post(&host, "/v1/permissions", PERMISSION("")),
			 409);
	ck_assert_int_eq(
		host_post(&host, "/v1/permissions",
			  PERMISSION(GRANTED ",\"origin\":\"import\"")),
		409);
	ck_assert_int_eq(host_patch(&host, "/v1/permissions/1",
				    "{\"state\":\"granted\","
				    "\"evidence\":\"he told me\"}"),
			 409);
	ck_assert_int_eq(host_delete(&host, "/v1/permissions/1"), 409);
	ck_assert_int_eq(verdict_of(host.desk.index, BOB), VERDICT_DENIED);
	ck_assert_uint_eq(
		host.desk.counters.counts[COUNT_DENY_OVERRIDES_REFUSED], 5);
	ck_assert_int_eq(host.wakes, 0);
	/* Denying it once more changes nothing, also not whose deny it is. */
	ck_assert_int_eq(host_post(&host, "/v1/permissions",
				   PERMISSION(",\"state\":\"denied\"")),
			 200);
	ck_assert_str_eq(host_text(&host, "origin"), "recipient");
}
END_TEST

START_TEST(if_match_guards_a_change)
{
	char headers[256], stale[64];

	host_post(&host, "/v1/permissions", PERMISSION(""));
	snprintf(stale, sizeof(stale), "%s", host_header(&host, "ETag"));
	ck_assert_int_eq(stale[0], '"');
	snprintf(headers, sizeof(headers),
		 BEARER JSON_BODY "If-Match: \"x\", %s\r\n", stale);
	ck_assert_int_eq(host_ask(&host, "PATCH", "/v1/permissions/1", headers,
				  "{\"state\":\"denied\"}"),
			 200);
	ck_assert_str_ne(host_header(&host, "ETag"), stale);
	/* The same again: the row has changed since. */
	ck_assert_int_eq(host_ask(&host, "PATCH", "/v1/permissions/1", headers,
				  "{\"state\":\"pending\"}"),
			 412);
	ck_assert_str_eq(host_text(&host, "reason"), "etag");
	ck_assert_int_eq(
		host_ask(&host, "DELETE", "/v1/permissions/1", headers, NULL),
		412);
	ck_assert_int_eq(host_get(&host, "/v1/permissions/1"), 200);
	ck_assert_str_eq(host_text(&host, "state"), "denied");
	/* Weak tags never match strongly. */
	snprintf(headers, sizeof(headers), BEARER "If-Match: W/%s\r\n",
		 host_header(&host, "ETag"));
	ck_assert_int_eq(
		host_ask(&host, "DELETE", "/v1/permissions/1", headers, NULL),
		412);
	ck_assert_int_eq(host_ask(&host, "DELETE", "/v1/permissions/1",
				  BEARER "If-Match: *\r\n", NULL),
			 204);
	ck_assert_int_eq(host_ask(&host, "DELETE", "/v1/permissions/1",
				  BEARER "If-Match: *\r\n", NULL),
			 404);
}
END_TEST

static void post_recipient(const char *recipient, const char *more)
{
	char body[512];

	snprintf(body, sizeof(body),
		 "{\"sender\":\"*\",\"target\":\"*\",\"recipient\":\"%s\"%s}",
		 recipient, more);
	ck_assert_int_eq(host_post(&host, "/v1/permissions", body), 201);
}

START_TEST(lists_come_in_pages_that_join_without_a_gap)
{
	char recipient[64], path[64] = "/v1/permissions?limit=2";
	size_t seen = 0;

	for (int i = 0; i < 5; i++) {
		snprintf(recipient, sizeof(recipient), "sip:r%d@example.net",
			 i);
		post_recipient(recipient, i % 2 ? "" : GRANTED);
	}
	for (int page = 0; page < 3; page++) {
		ck_assert_int_eq(host_get(&host, path), 200);
		ck_assert_uint_eq(n_items(), page < 2 ? 2 : 1);
		seen += n_items();
		snprintf(path, sizeof(path), "/v1/permissions?limit=2&after=%s",
			 host_text(&host, "next"));
	}
	ck_assert_uint_eq(seen, 5);
	ck_assert(json_is_null(json_object_get(host.json, "next")));
	/* A page that is exactly full is the last one too. */
	ck_assert_int_eq(host_get(&host, "/v1/permissions?limit=5"), 200);
	ck_assert(json_is_null(json_object_get(host.json, "next")));
	ck_assert_int_eq(host_get(&host, "/v1/permissions?limit=1000"), 200);
	ck_assert_uint_eq(n_items(), 5);
}
END_TEST

START_TEST(lists_can_be_filtered_by_what_is_written_either_way)
{
	static const struct {
		const char *query;
		int status;
		size_t n;
	} cases[] = {
		{"?state=granted", 200, 1},
		{"?state=pending", 200, 1},
		{"?state=maybe", 400, 0},
		{"?origin=admin", 200, 2},
		{"?origin=recipient", 200, 0},
		{"?sender=*", 200, 2},
		{"?sender=alice%40example.com", 200, 0},
		{"?recipient=sip:%2b4930%40Example.NET", 200, 1},
		{"?recipient=sip:+4930%40example.net", 200, 1},
		{"?recipient=%2b4930%40example.net:5060", 200, 1},
		{"?recipient=nonsense", 400, 0},
		{"?target=*&state=granted", 200, 1},
		{"?limit=0", 400, 0},
		{"?limit=1001", 400, 0},
		{"?after=x", 400, 0},
		{"?state=granted&state=denied", 400, 0},
		{"?colour=red", 400, 0},
	};

	post_recipient("sip:+4930@example.net", "");
	post_recipient("sip:other@example.net", GRANTED);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[128];

		snprintf(path, sizeof(path), "/v1/permissions%s",
			 cases[i].query);
		ck_assert_msg(host_get(&host, path) == cases[i].status &&
				      n_items() == cases[i].n,
			      "%s: %d, %zu", cases[i].query, host.status,
			      n_items());
	}
}
END_TEST

/** Of a permission whose recipient somebody made of a consent URI. */
START_TEST(no_answer_shows_a_token)
{
	static const char *const spellings[] = {
		"sip:g-0123456789abcdef0123456789abcdef@other.example",
		"sip:%47-0123456789abcdef0123456789abcdE%46@other.example",
	};

	for (size_t i = 0; i < 2; i++) {
		char path[64];

		post_recipient(spellings[i], GRANTED);
		ck_assert_str_eq(host_text(&host, "recipient"),
				 "sip:g-********@other.example");
		ck_assert_str_eq(host_text(&host, "recipient_uri"),
				 "sip:g-********@other.example");
		snprintf(path, sizeof(path), "/v1/permissions/%zu", i + 1);
		host_patch(&host, path,
			   "{\"state\":\"granted\",\"evidence\":"
			   "\"T-0123456789abcdef0123456789abcdef\"}");
		ck_assert_str_eq(host_text(&host, "evidence"), "t-********");
		ck_assert_int_eq(host_get(&host, "/v1/permissions"), 200);
		ck_assert_ptr_null(strstr(host.raw, "456789"));
		host_delete(&host, path);
	}
}
END_TEST

START_TEST(an_expiry_can_be_given_kept_and_lifted)
{
	post_recipient(BOB, GRANTED ",\"expires_at\":\"2099-01-01T00:00:00+"
				    "02:00\"");
	ck_assert_str_eq(host_text(&host, "expires_at"),
			 "2098-12-31T22:00:00Z");
	ck_assert_int_eq(host_patch(&host, "/v1/permissions/1",
				    "{\"state\":\"granted\",\"evidence\":\"x\","
				    "\"expires_at\":null}"),
			 200);
	ck_assert(json_is_null(json_object_get(host.json, "expires_at")));
}
END_TEST

/** Two recipients of one request: one waits, one failed for good. */
static enum err seed_run(struct store *store, struct write_job *job)
{
	struct arena *arena = arena_new(0);
	struct journal_entry entry = entry_of(arena, 1, 100);
	struct delivery rows[2] = {{.place = 0,
				    .recipient = BOB,
				    .state = DELIVERY_WAITING,
				    .attempts = 1,
				    .last_status = 480,
				    .next_at = 4000000000,
				    .expires_at = 4000000600},
				   {.place = 1,
				    .recipient = "sip:d-0123456789abcdef"
						 "0123456789abcdef@"
						 "example.net",
				    .state = DELIVERY_FAILED,
				    .attempts = 1,
				    .last_status = STATUS_UNVERIFIED}};
	int64_t id;
	enum err err;

	(void)job;
	entry.expires_at = 4000000600;
	for (int i = 0; i < 2; i++) {
		rows[i].sender = entry.sender;
		rows[i].target = entry.target;
		rows[i].method = entry.method;
		rows[i].since = entry.accepted_at;
	}
	err = store_journal_add(store, &entry, &id);
	if (!err)
		err = store_journal_record_outcome(store, id, rows, 2);
	entry = entry_of(arena, 2, 100);
	if (!err)
		err = store_journal_add(store, &entry, &id);
	arena_free(arena);
	return err;
}

static void seed_deliveries(void)
{
	struct write_job job = {.run = seed_run};

	ck_ok(writer_call(host.desk.writer, &job));
}

START_TEST(deliveries_show_what_waits_and_what_failed)
{
	seed_deliveries();
	ck_assert_int_eq(host_get(&host, "/v1/deliveries"), 200);
	ck_assert_uint_eq(n_items(), 2);
	ck_assert_int_eq(host_get(&host, "/v1/deliveries?state=failed"), 200);
	ck_assert_uint_eq(n_items(), 1);
	ck_assert_ptr_nonnull(strstr(host.raw, "sip:d-********@"));
	ck_assert_ptr_null(strstr(host.raw, "456789abcdef"));
	ck_assert_int_eq(
		host_get(&host, "/v1/deliveries?recipient=bob%40example.net"),
		200);
	ck_assert_uint_eq(n_items(), 1);
	ck_assert_int_eq(host_get(&host, "/v1/deliveries?state=sending"), 200);
	ck_assert_uint_eq(n_items(), 1);
	ck_assert_int_eq(host_get(&host, "/v1/deliveries?state=lost"), 400);
	ck_assert_int_eq(
		host_get(&host, "/v1/deliveries?state=sending&sender=*"), 400);
	ck_assert_int_eq(host_get(&host, "/v1/deliveries/1"), 200);
	ck_assert_str_eq(host_text(&host, "state"), "waiting");
	ck_assert_int_eq(host_number(&host, "last_status"), 480);
	ck_assert(json_is_null(json_object_get(host.json, "reason")));
	ck_assert_str_ne(host_header(&host, "ETag"), "");
	ck_assert_int_eq(host_get(&host, "/v1/deliveries/2"), 200);
	ck_assert_int_eq(host_number(&host, "last_status"), 503);
	ck_assert_str_eq(host_text(&host, "reason"), "certificate");
	ck_assert_int_eq(host_get(&host, "/v1/deliveries/9"), 404);
}
END_TEST

START_TEST(a_waiting_delivery_can_be_tried_now_or_given_up)
{
	char headers[128];

	seed_deliveries();
	ck_assert_int_eq(host_get(&host, "/v1/deliveries/1"), 200);
	snprintf(headers, sizeof(headers), BEARER "If-Match: %s\r\n",
		 host_header(&host, "ETag"));
	ck_assert_int_eq(host_ask(&host, "POST", "/v1/deliveries/1/retry",
				  headers, NULL),
			 200);
	ck_assert_int_eq(host.wakes, 1);
	ck_assert_int_eq(strncmp(host_text(&host, "next_at"), "20", 2), 0);
	ck_assert_int_eq(
		host_ask(&host, "DELETE", "/v1/deliveries/1", headers, NULL),
		412);
	/* What is over has no message any more. */
	ck_assert_int_eq(
		host_ask(&host, "POST", "/v1/deliveries/2/retry", BEARER, NULL),
		409);
	ck_assert_str_eq(host_text(&host, "reason"), "failed");
	ck_assert_int_eq(host_delete(&host, "/v1/deliveries/1"), 204);
	ck_assert_int_eq(host_delete(&host, "/v1/deliveries/2"), 204);
	ck_assert_int_eq(
		host_ask(&host, "POST", "/v1/deliveries/1/retry", BEARER, NULL),
		404);
	ck_assert_int_eq(host_get(&host, "/v1/deliveries"), 200);
	ck_assert_uint_eq(n_items(), 0);
}
END_TEST

#define QUESTION(sender, recipient)                                            \
	"{\"sender\":\"" sender "\",\"target\":\"" TARGET                      \
	"\",\"recipient\":\"" recipient "\"}"

static void explained(const char *question, const char *verdict, int id)
{
	ck_assert_int_eq(host_post(&host, "/v1/explain", question), 200);
	ck_assert_msg(!strcmp(host_text(&host, "verdict"), verdict), "%s: %s",
		      question, host.body);
	ck_assert_str_eq(host_text(&host, "on_disk"), verdict);
	ck_assert_str_ne(host_text(&host, "rule"), "");
	const json_t *row = json_object_get(host.json, "row");

	ck_assert_int_eq(json_integer_value(json_object_get(row, "id")), id);
	if (!id)
		ck_assert(json_is_null(row));
}

START_TEST(explain_names_the_verdict_and_the_row_it_rests_on)
{
	explained(QUESTION("alice@example.com", BOB), "missing", 0);
	host_post(&host, "/v1/permissions", PERMISSION(""));
	explained(QUESTION("alice@example.com", BOB), "missing", 1);
	host_post(&host, "/v1/permissions", PERMISSION(GRANTED));
	explained(QUESTION("alice@example.com", BOB), "granted", 1);
	ck_assert_str_eq(
		json_string_value(json_object_get(
			json_object_get(host.json, "row"), "evidence")),
		"signed form 7");
	explained(QUESTION("anonymous", BOB), "missing", 0);
	explained(QUESTION("mallory@example.com", BOB), "missing", 0);
	ck_ok(host_say(&host, EVENT_DENY, BOB));
	explained(QUESTION("alice@example.com", BOB), "denied", 1);
	/* A wider yes does not help against a no. */
	post_recipient(BOB, GRANTED);
	explained(QUESTION("alice@example.com", BOB), "denied", 1);
	explained(QUESTION("mallory@example.com", BOB), "granted", 2);
	explained(QUESTION("anonymous", BOB), "missing", 0);
}
END_TEST

START_TEST(explain_tells_of_a_deny_that_only_the_record_has)
{
	const struct hash_key key = {{7}};
	struct index *index = host.desk.index;

	index_set_keys(index, &key, 1);
	index_rowless_add(index,
			  revocation_hash(&key, TRIPLE(SENDER, "*", BOB), NULL),
			  ORIGIN_RECIPIENT, 0);
	explained(QUESTION("alice@example.com", BOB), "denied", 0);
	ck_assert_ptr_nonnull(
		strstr(host_text(&host, "rule"),
		       "the recipient denied it; only the record"));
	ck_assert_ptr_nonnull(strstr(host_text(&host, "rule"), "target *"));
	host_post(&host, "/v1/permissions", PERMISSION(""));
	explained(QUESTION("alice@example.com", BOB), "denied", 0);
}
END_TEST

/** While the relay drains, nothing is relayed. */
START_TEST(explain_says_that_the_relay_drains)
{
	const json_t *obstacle;

	host.not_ready = "draining";
	explained(QUESTION(SENDER, BOB), "missing", 0);
	obstacle = json_object_get(host.json, "obstacle");
	ck_assert_str_eq(json_string_value(json_object_get(obstacle, "reason")),
			 "draining");
	host.not_ready = NULL;
	explained(QUESTION(SENDER, BOB), "missing", 0);
	obstacle = json_object_get(host.json, "obstacle");
	ck_assert_str_ne(json_string_value(json_object_get(obstacle, "reason")),
			 "draining");
}
END_TEST

START_TEST(a_deny_on_its_way_to_the_disk_is_in_force_already)
{
	const struct permission said = {
		.sender = SENDER, .target = TARGET, .recipient = BOB};

	host_post(&host, "/v1/permissions", PERMISSION(GRANTED));
	index_pending_deny_add(host.desk.index, &said);
	ck_assert_int_eq(host_post(&host, "/v1/explain",
				   QUESTION("alice@example.com", BOB)),
			 200);
	ck_assert_str_eq(host_text(&host, "verdict"), "denied");
	ck_assert_str_eq(host_text(&host, "on_disk"), "granted");
	index_pending_deny_remove(host.desk.index, &said);
	explained(QUESTION("alice@example.com", BOB), "granted", 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api rows");
	TCase *tests = tcase_create("api rows");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests,
		       asking_makes_a_pending_permission_and_wakes_the_sweep);
	tcase_add_test(tests, a_request_asks_one_person_at_most);
	tcase_add_test(tests, a_grant_needs_evidence_and_is_in_force_at_once);
	tcase_add_test(tests,
		       the_recipients_own_deny_stands_against_everything);
	tcase_add_test(tests, if_match_guards_a_change);
	tcase_add_test(tests, lists_come_in_pages_that_join_without_a_gap);
	tcase_add_test(tests,
		       lists_can_be_filtered_by_what_is_written_either_way);
	tcase_add_test(tests, an_expiry_can_be_given_kept_and_lifted);
	tcase_add_test(tests, no_answer_shows_a_token);
	tcase_add_test(tests, deliveries_show_what_waits_and_what_failed);
	tcase_add_test(tests, a_waiting_delivery_can_be_tried_now_or_given_up);
	tcase_add_test(tests,
		       explain_names_the_verdict_and_the_row_it_rests_on);
	tcase_add_test(tests, explain_tells_of_a_deny_that_only_the_record_has);
	tcase_add_test(tests, explain_says_that_the_relay_drains);
	tcase_add_test(tests,
		       a_deny_on_its_way_to_the_disk_is_in_force_already);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
