/* Subscriptions (server/subscription.h) end to end: a subscriber on loopback,
 * an edge, and a package whose state is a number. */
#include "server/subscription.h"
#include "tests/unit/edge_help.h"

#define ROOM "sip:c-0123456789abcdef@" SIP_DOMAIN
#define PACE_MS 300

static struct notifier *notifier;
static struct {
	uint64_t state; /* what the resource is like; 1 at first */
	enum err may;
	bool may_still;
	unsigned n_written;
	uint64_t since[32];
} world;

static struct event_access may(void *arg, const struct request *request)
{
	(void)arg;
	if (request->sender.method == IDENTITY_NONE &&
	    world.may == ERR_AUTHENTICATE)
		return (struct event_access){.err = ERR_AUTHENTICATE};
	return (struct event_access){world.may, "room"};
}

static bool may_still(void *arg, const char *resource,
		      const struct identity *subscriber)
{
	(void)arg;
	(void)subscriber;
	ck_assert_str_eq(resource, "room");
	return world.may_still;
}

static uint64_t write_state(void *arg, const struct event_notice *notice,
			    struct text *body)
{
	(void)arg;
	if (world.n_written < 32)
		world.since[world.n_written] = notice->since;
	world.n_written++;
	if (notice->since != world.state)
		text_printf(body, "state %llu version %u",
			    (unsigned long long)world.state, notice->version);
	return world.state;
}

static const char *const types[] = {"application/x-state", "text/plain", NULL};
static struct event_package package = {.name = "state",
				       .purpose = PURPOSE_CONFERENCE,
				       .types = types,
				       .least_s = 60,
				       .usual_s = 3600,
				       .most_s = 7200,
				       .pace_ms = PACE_MS,
				       .may = may,
				       .may_still = may_still,
				       .write = write_state};

static void open_notifier(void)
{
	setup();
	memset(&world, 0, sizeof(world));
	world.state = 1;
	world.may_still = true;
	notifier =
		notifier_new(&(struct notifier_settings){.loop = sip.loop,
							 .sip = sip.sip,
							 .edge = sip.edge,
							 .subscriptions_max = 3,
							 .subscriber_max = 2});
	notifier_register(notifier, &package);
}

static void close_notifier(void)
{
	notifier_free(notifier);
	teardown();
}

/* ---- the subscriber ------------------------------------------------------ */

static char to[256]; /* of the dialog: with our tag */

static const char *contact(void)
{
	static char line[128];
	struct sockaddr_in own;
	socklen_t len = sizeof(own);

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&own, &len), 0);
	snprintf(line, sizeof(line), "Contact: <sip:nora@%s:%d>\r\n",
		 sip_host(&sip, 2), ntohs(own.sin_port));
	return line;
}

/* @p more: header lines beside Event and Contact. */
static const char *subscribe_to(const char *event, const char *more)
{
	static int serial;
	char lines[512], from[64];
	struct ask ask = {.method = "SUBSCRIBE",
			  .uri = ROOM,
			  .more = lines,
			  .from = from};

	snprintf(from, sizeof(from), "<sip:nora@" SIP_DOMAIN ">;x=%d",
		 ++serial);
	snprintf(lines, sizeof(lines), "%s%s%s", event, contact(), more);
	return send_ask(fd, &ask);
}

/* Call-ID and From tag are the same in all asks, so a subscription is told from
 * the next by its CSeq alone, which makes it a request of its own. */
static int next_cseq = 1;
static const char *subscribe(const char *more)
{
	char lines[512];
	struct ask ask = {.method = "SUBSCRIBE",
			  .uri = ROOM,
			  .more = lines,
			  .cseq = next_cseq++};
	const char *answer;

	snprintf(lines, sizeof(lines), "Event: state;id=7;x=1\r\n%s%s",
		 contact(), more);
	answer = send_ask(fd, &ask);
	if (answer && sip_header(answer, "To"))
		snprintf(to, sizeof(to), "%s", sip_header(answer, "To"));
	return answer;
}

static const char *in_dialog(const char *method, const char *more)
{
	struct ask ask = {.method = method,
			  .uri = ROOM,
			  .more = more,
			  .to = to,
			  .cseq = next_cseq++};

	return send_ask(fd, &ask);
}

static const char *const copied[] = {"Via", "From", "To", "Call-ID", "CSeq"};

/* Answer a NOTIFY. */
static void answer(const char *notify, int status)
{
	char bytes[2048];
	int len = snprintf(bytes, sizeof(bytes), "SIP/2.0 %d Said\r\n", status);

	for (size_t i = 0; i < 5; i++)
		len += snprintf(bytes + len, sizeof(bytes) - (size_t)len,
				"%s: %s\r\n", copied[i],
				sip_header(notify, copied[i]));
	len += snprintf(bytes + len, sizeof(bytes) - (size_t)len,
			"Content-Length: 0\r\n\r\n");
	ck_assert_int_eq(send(fd, bytes, (size_t)len, 0), len);
}

/* The next NOTIFY, answered with @p status; what comes again meanwhile is not
 * taken for another one. */
static const char *await_notify(int status)
{
	static char kept[8192], before[64];
	const char *got;

	do {
		got = sip_await(&sip, fd, SIP_SOON);
		ck_assert_ptr_nonnull(got);
		snprintf(kept, sizeof(kept), "%s", got);
	} while (strncmp(kept, "NOTIFY ", 7) != 0 ||
		 strcmp(before, sip_header(kept, "CSeq")) == 0);
	snprintf(before, sizeof(before), "%s", sip_header(kept, "CSeq"));
	if (status)
		answer(kept, status);
	return kept;
}

static void expect_state(const char *notify, const char *state)
{
	const char *said = sip_header(notify, "Subscription-State");

	ck_assert_ptr_nonnull(said);
	ck_assert_msg(strncmp(said, state, strlen(state)) == 0, "%s", said);
}

static void await_count(size_t n)
{
	for (int i = 0; notifier_count(notifier) != n && i < SIP_SOON / 10; i++)
		sip_turn(&sip, 10);
	ck_assert_uint_eq(notifier_count(notifier), n);
}

/* ---- SUBSCRIBE ----------------------------------------------------------- */

START_TEST(a_subscribe_gets_200_and_the_whole_state)
{
	const char *got = subscribe("Expires: 120\r\n");

	ck_assert_int_eq(sip_status(got), 200);
	ck_assert_str_eq(sip_header(got, "Expires"), "120");
	ck_assert_ptr_nonnull(
		strstr(sip_header(got, "Contact"), "c-0123456789abcdef@"));
	got = await_notify(200);
	expect_state(got, "active;expires=1");
	ck_assert_str_eq(sip_header(got, "Event"), "state;id=7");
	ck_assert_str_eq(sip_header(got, "Content-Type"),
			 "application/x-state");
	ck_assert_ptr_nonnull(strstr(got, "\r\n\r\nstate 1 version 0"));
	ck_assert_ptr_nonnull(strstr(sip_header(got, "To"), "tag=f1"));
	ck_assert_str_eq(sip_header(got, "From"), to);
	ck_assert_str_eq(sip_header(got, "Call-ID"), "c1@client");
	ck_assert_ptr_nonnull(sip_header(got, "Contact"));
}
END_TEST

static const struct {
	const char *event, *more;
	int status;
	const char *name, *value; /* of the response */
} refused[] = {
	{"", "", 489, "Allow-Events", "consent-pending-additions, state"},
	{"Event: presence\r\n", "", 489, "Allow-Events", NULL},
	{"Event: State\r\n", "", 489, "Allow-Events", NULL},
	{"Event: state\r\n", "Accept: text/html\r\n", 406, "Accept",
	 "application/x-state"},
	{"Event: state\r\n", "Expires: 59\r\n", 423, "Min-Expires", "60"},
	{"Event: state\r\n", "Expires: 1\r\n", 423, "Min-Expires", "60"},
	{"Event: state\r\n", "Expires: soon\r\n", 400, NULL, NULL},
};

START_TEST(what_a_subscribe_lacks_is_said)
{
	const char *got = subscribe_to(refused[_i].event, refused[_i].more);

	ck_assert_int_eq(sip_status(got), refused[_i].status);
	if (refused[_i].name)
		ck_assert_ptr_nonnull(sip_header(got, refused[_i].name));
	if (refused[_i].value && refused[_i].status != 489)
		ck_assert_str_eq(sip_header(got, refused[_i].name),
				 refused[_i].value);
	ck_assert_uint_eq(notifier_count(notifier), 0);
	ck_assert_uint_eq(world.n_written, 0);
}
END_TEST

START_TEST(a_subscribe_without_contact_gets_400)
{
	const struct ask ask = {
		.method = "SUBSCRIBE", .uri = ROOM, .more = "Event: state\r\n"};

	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 400);
	ck_assert_uint_eq(notifier_count(notifier), 0);
}
END_TEST

START_TEST(who_may_not_is_told_so)
{
	static const struct {
		enum err err;
		int status;
	} cases[] = {{ERR_AUTHENTICATE, 401},
		     {ERR_FORBIDDEN, 403},
		     {ERR_UNKNOWN, 404}};
	const char *got;

	world.may = cases[_i].err;
	got = subscribe("");
	ck_assert_int_eq(sip_status(got), cases[_i].status);
	if (cases[_i].status == 401)
		ck_assert_ptr_nonnull(sip_header(got, "WWW-Authenticate"));
	ck_assert_uint_eq(notifier_count(notifier), 0);
}
END_TEST

START_TEST(time_is_never_longer_than_asked)
{
	const char *got = subscribe("");

	ck_assert_str_eq(sip_header(got, "Expires"), "3600");
	await_notify(200);
	got = subscribe("Expires: 999999\r\n");
	ck_assert_str_eq(sip_header(got, "Expires"), "7200");
	await_notify(200);
}
END_TEST

START_TEST(accept_chooses_the_type)
{
	ck_assert_int_eq(sip_status(subscribe("Accept: image/png, text/*\r\n")),
			 200);
	ck_assert_str_eq(sip_header(await_notify(200), "Content-Type"),
			 "text/plain");
}
END_TEST

START_TEST(one_subscriber_has_so_many)
{
	const char *got;

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(sip_status(subscribe("")), 200);
		await_notify(200);
	}
	got = subscribe("");
	ck_assert_int_eq(sip_status(got), 503);
	ck_assert_ptr_nonnull(sip_header(got, "Retry-After"));
	ck_assert_uint_eq(notifier_count(notifier), 2);
}
END_TEST

START_TEST(a_subscribe_that_comes_again_is_one)
{
	char lines[256];
	struct ask ask = {.method = "SUBSCRIBE",
			  .uri = ROOM,
			  .more = lines,
			  .branch = "z9hG4bKsame"};

	snprintf(lines, sizeof(lines), "Event: state\r\n%s", contact());
	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 200);
	await_notify(200);
	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 200);
	ck_assert_uint_eq(notifier_count(notifier), 1);
}
END_TEST

/* ---- the life of one ----------------------------------------------------- */

START_TEST(a_query_gets_one_notify)
{
	const char *got = subscribe("Expires: 0\r\n");

	ck_assert_int_eq(sip_status(got), 200);
	ck_assert_str_eq(sip_header(got, "Expires"), "0");
	got = await_notify(200);
	expect_state(got, "terminated;reason=timeout");
	ck_assert_ptr_nonnull(strstr(got, "state 1"));
	await_count(0);
}
END_TEST

START_TEST(a_refresh_gets_the_whole_state_again)
{
	const char *got;

	subscribe("Expires: 120\r\n");
	await_notify(200);
	sip_turn(&sip, 1);
	got = in_dialog("SUBSCRIBE", "Event: state;id=7\r\nExpires: 600\r\n");
	ck_assert_int_eq(sip_status(got), 200);
	ck_assert_str_eq(sip_header(got, "Expires"), "600");
	got = await_notify(200);
	expect_state(got, "active;expires=");
	ck_assert_ptr_nonnull(strstr(got, "state 1 version 1"));
	ck_assert_uint_eq(world.since[1], 0);
}
END_TEST

START_TEST(an_unsubscribe_ends_it)
{
	subscribe("");
	await_notify(200);
	ck_assert_int_eq(
		sip_status(in_dialog("SUBSCRIBE",
				     "Event: state;id=7\r\nExpires: 0\r\n")),
		200);
	expect_state(await_notify(200), "terminated;reason=timeout");
	await_count(0);
	ck_assert_int_eq(
		sip_status(in_dialog("SUBSCRIBE", "Event: state;id=7\r\n")),
		481);
}
END_TEST

START_TEST(what_else_comes_in_its_dialog_is_refused)
{
	static const struct {
		const char *method, *more;
		int status;
	} cases[] = {{"SUBSCRIBE", "Event: state\r\n", 481},
		     {"SUBSCRIBE", "Event: presence;id=7\r\n", 481},
		     {"SUBSCRIBE", "Event: state;id=7\r\nExpires: 5\r\n", 423},
		     {"BYE", "", 481},
		     {"NOTIFY", "Event: state\r\n", 481},
		     {"UPDATE", "", 405}};

	subscribe("");
	await_notify(200);
	ck_assert_int_eq(
		sip_status(in_dialog(cases[_i].method, cases[_i].more)),
		cases[_i].status);
	ck_assert_uint_eq(notifier_count(notifier), 1);
}
END_TEST

/* It has a transaction of another kind, which is answered like all others. */
START_TEST(an_invite_in_its_dialog_is_refused)
{
	const char *answer;

	subscribe("");
	await_notify(200);
	ck_assert_int_eq(sip_status(in_dialog("INVITE", contact())), 100);
	answer = sip_await(&sip, fd, SIP_SOON);
	ck_assert_int_eq(sip_status(answer), 405);
	ck_assert_str_eq(sip_header(answer, "Allow"), "SUBSCRIBE");
	ck_assert_uint_eq(notifier_count(notifier), 1);
}
END_TEST

START_TEST(changes_are_told_no_faster_than_the_pace)
{
	const char *got;

	subscribe("");
	await_notify(200);
	for (world.state = 2; world.state < 10; world.state++) {
		event_changed(notifier, &package, "room");
		sip_turn(&sip, 1);
	}
	event_changed(notifier, &package, "elsewhere");
	got = await_notify(200);
	ck_assert_ptr_nonnull(strstr(got, "state 10 version 1"));
	ck_assert_uint_eq(world.since[1], 1);
	ck_assert_uint_eq(world.n_written, 2);
}
END_TEST

START_TEST(nothing_new_is_not_told)
{
	subscribe("");
	await_notify(200);
	event_changed(notifier, &package, "room");
	ck_assert_ptr_null(sip_await(&sip, fd, 2 * PACE_MS));
	world.state = 2;
	event_changed(notifier, &package, "room");
	await_notify(200);
}
END_TEST

START_TEST(the_end_of_the_resource_ends_it)
{
	const char *got;

	subscribe("");
	await_notify(200);
	world.state = 5;
	event_ended(notifier, &package, "room");
	got = await_notify(200);
	expect_state(got, "terminated;reason=noresource");
	ck_assert_ptr_nonnull(strstr(got, "state 5"));
	await_count(0);
}
END_TEST

START_TEST(who_may_not_any_more_is_told_nothing)
{
	const char *got;

	subscribe("");
	await_notify(200);
	world.may_still = false;
	world.state = 6;
	event_changed(notifier, &package, "room");
	got = await_notify(200);
	expect_state(got, "terminated;reason=rejected");
	ck_assert_ptr_null(strstr(got, "state 6"));
	await_count(0);
}
END_TEST

static const int ends_it[] = {404, 405, 410, 416, 480, 481, 482,
			      483, 484, 485, 489, 501, 604, 408};

START_TEST(what_a_notify_may_get_that_ends_it)
{
	subscribe("");
	await_notify(ends_it[_i]);
	await_count(0);
}
END_TEST

START_TEST(changes_wait_while_one_notify_is_under_way)
{
	char first[8192];

	subscribe("");
	snprintf(first, sizeof(first), "%s", await_notify(0));
	world.state = 3;
	event_changed(notifier, &package, "room");
	sip_turn(&sip, PACE_MS);
	ck_assert_uint_eq(world.n_written, 1);
	answer(first, 200);
	ck_assert_ptr_nonnull(strstr(await_notify(200), "state 3"));
}
END_TEST

/* Least and usual times are the package's. */
START_TEST(time_that_is_over_ends_it)
{
	package.least_s = 1;
	ck_assert_int_eq(sip_status(subscribe("Expires: 1\r\n")), 200);
	expect_state(await_notify(200), "active;expires=1");
	expect_state(await_notify(200), "terminated;reason=timeout");
	await_count(0);
}
END_TEST

START_TEST(another_refusal_is_tried_again)
{
	const char *got;

	subscribe("");
	await_notify(500);
	ck_assert_uint_eq(notifier_count(notifier), 1);
	got = await_notify(200);
	ck_assert_ptr_nonnull(strstr(got, "state 1"));
	ck_assert_uint_eq(world.since[1], 0);
}
END_TEST

START_TEST(a_stop_ends_all)
{
	subscribe("");
	await_notify(200);
	edge_drain(sip.edge);
	expect_state(await_notify(200),
		     "terminated;reason=probation;retry-after=");
	await_count(0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("subscription");
	TCase *tcase = tcase_create("subscription");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, open_notifier, close_notifier);
	tcase_add_test(tcase, a_subscribe_gets_200_and_the_whole_state);
	tcase_add_loop_test(tcase, what_a_subscribe_lacks_is_said, 0,
			    N(refused));
	tcase_add_test(tcase, a_subscribe_without_contact_gets_400);
	tcase_add_loop_test(tcase, who_may_not_is_told_so, 0, 3);
	tcase_add_test(tcase, time_is_never_longer_than_asked);
	tcase_add_test(tcase, accept_chooses_the_type);
	tcase_add_test(tcase, one_subscriber_has_so_many);
	tcase_add_test(tcase, a_subscribe_that_comes_again_is_one);
	tcase_add_test(tcase, a_query_gets_one_notify);
	tcase_add_test(tcase, a_refresh_gets_the_whole_state_again);
	tcase_add_test(tcase, an_unsubscribe_ends_it);
	tcase_add_loop_test(tcase, what_else_comes_in_its_dialog_is_refused, 0,
			    6);
	tcase_add_test(tcase, an_invite_in_its_dialog_is_refused);
	tcase_add_test(tcase, changes_are_told_no_faster_than_the_pace);
	tcase_add_test(tcase, nothing_new_is_not_told);
	tcase_add_test(tcase, the_end_of_the_resource_ends_it);
	tcase_add_test(tcase, who_may_not_any_more_is_told_nothing);
	tcase_add_loop_test(tcase, what_a_notify_may_get_that_ends_it, 0,
			    N(ends_it));
	tcase_add_test(tcase, changes_wait_while_one_notify_is_under_way);
	tcase_add_test(tcase, time_that_is_over_ends_it);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, another_refusal_is_tried_again);
	tcase_add_test(tcase, a_stop_ends_all);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
