/* Requests in a dialog: past the edge, to the owner of the dialog. */
#include "tests/unit/invite_help.h"

#include "server/sip/dialog_table.h"
#include "server/sip/server_txn.h"

#define FEW 4
#define OK_MORE "X-More: yes\r\nContent-Type: application/sdp\r\n"

/** A call that was answered, and what came in it. */
static struct {
	struct dialog *dialog;
	struct arena *arena;
	struct server_txn *txn;
	char to[256]; /* ours, with its tag */
	int n;
	enum method method;
	int status; /* of the answer; 0: none */
	struct view body;
	int n_cancelled;
} call;

static void call_cancelled(void *arg)
{
	(void)arg;
	call.n_cancelled++;
}

static void respond(int status)
{
	const struct response_parts parts = {
		.status = status,
		.more = call.body.len ? VIEW(OK_MORE) : VIEW_NONE,
		.body = call.body,
		.contact = "c-0123456789abcdef"};

	server_txn_respond(call.txn, &parts);
}

static void came(void *arg, struct dialog *dialog, struct received *received)
{
	ck_assert_ptr_eq(arg, &call);
	ck_assert_ptr_eq(dialog, call.dialog);
	call.n++;
	call.method = received->method;
	if (received->method == METHOD_ACK)
		return;
	ck_assert(!server_txn_keep(received, call.arena, &call.txn));
	server_txn_on_cancel(call.txn, call_cancelled, NULL);
	if (call.status)
		respond(call.status);
}

static const struct dialog_usage_owner owner = {came, &call};

/* What a session does of its INVITE. */
static void accept_call(struct request *request)
{
	static struct message message;
	const struct dialog_ours ours = {
		.tag = view_of(request->tag),
		.first_cseq = 1,
		.channel = (enum protocol)request->channel};

	message_read(&message, request->bytes);
	ck_assert(!dialog_accept(&message, &ours, &call.dialog));
	call.dialog->owner = &owner;
	dialog_table_add(sip_dialogs(sip.sip), call.dialog);
	dialog_confirm(call.dialog);
	snprintf(call.to, sizeof(call.to), "<" LISTS ">;tag=%s", request->tag);
}

static void begin_call(void)
{
	struct ask ask = {.cseq = 10};

	memset(&call, 0, sizeof(call));
	call.arena = arena_new(0);
	call.status = 200;
	invite(&ask);
	accept_call(last_request());
	answer(last_request(), 200);
	ck_assert_int_eq(sip_status(sip_await(&sip, peer, SIP_SOON)), 200);
}

static void call_setup(void)
{
	invite_setup();
	begin_call();
}

/* With room for few, at a rate of one a second for strangers. */
static void full_setup(void)
{
	sip_init(&sip);
	sip.settings.unanswered_max = FEW;
	sip.edge_settings.source_rate = 1;
	sip.edge_settings.source_burst = 1;
	sip_open(&sip);
	fd = sip_peer(&sip, 2, 0);
	invite_rows();
	begin_call();
}

static void call_teardown(void)
{
	dialog_table_remove(sip_dialogs(sip.sip), call.dialog);
	dialog_free(call.dialog);
	invite_teardown();
	arena_free(call.arena);
}

/* The next request in the call. */
static struct ask in_call(const char *method)
{
	static int cseq = 100;

	return (struct ask){.method = method,
			    .uri = "sip:c-0123456789abcdef@" SIP_DOMAIN,
			    .to = call.to,
			    .cseq = ++cseq};
}

START_TEST(a_request_goes_to_the_owner)
{
	struct ask ask = in_call("BYE");

	/* From wherever it comes: who knows the id is in the call. */
	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 200);
	ck_assert_int_eq(call.n, 1);
	ck_assert_int_eq(call.method, METHOD_BYE);
	ck_assert_ptr_null(call.txn);
	ck_assert_uint_eq(sip.n_requests, 1);
}
END_TEST

/* A body is kept with the answer, or the repeat would be another answer. */
START_TEST(a_repeat_gets_the_same_body)
{
	struct ask ask = in_call("UPDATE");
	char first[2048];

	ask.branch = "z9hG4bKupdate";
	call.body = VIEW(SDP);
	snprintf(first, sizeof(first), "%s", send_ask(peer, &ask));
	ck_assert_int_eq(sip_status(first), 200);
	ck_assert_str_eq(strstr(first, "\r\n\r\n") + 4, SDP);
	ck_assert_ptr_nonnull(sip_header(first, "Contact"));
	ck_assert_str_eq(send_ask(peer, &ask), first);
	ck_assert_int_eq(call.n, 1);
}
END_TEST

/* RFC 3261 section 12.2.2. */
START_TEST(what_is_out_of_order)
{
	struct ask first = in_call("INFO"), ask = in_call("INFO");

	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 200);
	ck_assert_int_eq(sip_status(send_ask(peer, &first)), 500);
	/* The same number, by another way. */
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 482);
	ck_assert_int_eq(call.n, 1);
	ask.cseq += 1000;
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 200);
	ck_assert_int_eq(call.n, 2);
}
END_TEST

START_TEST(only_with_the_whole_id)
{
	struct ask ask = in_call("BYE");

	ask.to = "<" LISTS ">;tag=0123456789abcdef";
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 481);
	ask.to = call.to;
	ask.from = "<sip:nora@" SIP_DOMAIN ">;tag=other;x=y";
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 481);
	ask.from = NULL;
	call.dialog->owner = NULL;
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 481);
	call.dialog->owner = &owner;
	dialog_terminate(call.dialog);
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 481);
	ck_assert_int_eq(call.n, 0);
}
END_TEST

/* RFC 3261 section 13.3.1.4: that with the number of the INVITE ends the
 * repeats.  None is ever answered. */
START_TEST(ack_is_never_answered)
{
	struct ask ask = in_call("ACK");

	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_int_eq(call.n, 0);
	ask.cseq = 10;
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_int_eq(call.n, 1);
	ck_assert(call.dialog->is_acknowledged);
	ask.more = "Max-Forwards: x\r\n";
	ck_assert_ptr_null(send_ask(peer, &ask));
	ask.more = NULL;
	ask.to = "<" LISTS ">;tag=0123456789abcdef";
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_int_eq(call.n, 1);
}
END_TEST

/* Some clients send the ACK to a 2xx with the branch of the INVITE. */
START_TEST(an_ack_with_the_branch_of_its_invite)
{
	struct ask ask = in_call("ACK");

	ask.branch = "z9hG4bKinvite";
	ask.cseq = 10;
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_int_eq(call.n, 1);
	ck_assert(call.dialog->is_acknowledged);
}
END_TEST

/* A stop, a rate and an overload are for what is new. */
START_TEST(nothing_stops_a_bye)
{
	struct ask ask = in_call("BYE");

	edge_drain(sip.edge);
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 200);
}
END_TEST

/* There is room for what ends calls. */
START_TEST(a_full_relay_takes_a_bye)
{
	struct ask options = {.method = "OPTIONS", .uri = LISTS};
	struct ask info = in_call("INFO"), bye = in_call("BYE");

	for (int i = 0; i <= FEW; i++) {
		char branch[32];
		struct ask ask = {.branch = branch, .cseq = i + 20};

		snprintf(branch, sizeof(branch), "z9hG4bKfull%d", i);
		ck_assert_int_eq(sip_status(invite(&ask)), i < FEW ? 100 : 503);
	}
	ck_assert_int_eq(sip_status(send_ask(fd, &options)), 200);
	ck_assert_int_eq(sip_status(send_ask(fd, &options)), 503);
	ck_assert_int_eq(sip_status(send_ask(fd, &info)), 200);
	ck_assert_int_eq(sip_status(send_ask(fd, &bye)), 200);
}
END_TEST

START_TEST(what_is_broken_is_refused)
{
	struct ask ask = in_call("UPDATE");
	char bytes[4096];

	ask.more = "Max-Forwards: x\r\n";
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 400);
	ask.more = "Contact: \"J\" <sip:a@b.c>;;;\r\n";
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 400);
	ask.more = NULL;
	snprintf(bytes, sizeof(bytes), "%s", ask_write(&ask));
	memcpy(strstr(bytes, "SIP/2.0"), "SIP/7.0", 7);
	ck_assert_int_eq(sip_status(sip_ask(&sip, peer, bytes)), 505);
	ck_assert_int_eq(call.n, 0);
}
END_TEST

/* Methods and option tags are the owner's. */
START_TEST(the_owner_sees_every_method)
{
	struct ask ask = in_call("FLY");

	call.status = 501;
	ask.more = "Require: x\r\n";
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 501);
	ck_assert_int_eq(call.method, METHOD_UNKNOWN);
}
END_TEST

/* All of them are read in one turn. */
static int sixty(const char *method)
{
	int n_busy = 0;

	for (int i = 0; i < 60; i++) {
		const struct ask ask = in_call(method);
		const char *bytes = ask_write(&ask);

		send(peer, bytes, strlen(bytes), 0);
	}
	for (int i = 0; i < 60; i++) {
		const char *answered = sip_await(&sip, peer, SIP_SOON);

		if (sip_status(answered) == 503) {
			ck_assert_ptr_nonnull(
				sip_header(answered, "Retry-After"));
			n_busy++;
		}
	}
	/* The second may change once while they are read. */
	ck_assert_int_ge(n_busy, 20);
	return n_busy;
}

/* Who is in one call must not fill the table; but BYE is always heard. */
START_TEST(too_many_in_a_second)
{
	int n_busy = sixty("INFO");
	struct ask ask = in_call("BYE");

	ck_assert_int_eq(call.n, 60 - n_busy);
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 200);
	ck_assert_int_eq(call.n, 61 - n_busy);
	sixty("BYE"); /* the call is over */
}
END_TEST

/* Bounded, as that of the first INVITE. */
START_TEST(too_large_a_body)
{
	struct ask ask = in_call("INFO");
	int stream = tcp_peer();

	for (size_t len = 65536; len >= 65535; len--) {
		const char *head = ask_write(&ask);
		size_t end = strlen(head) - strlen("Content-Length: 0\r\n\r\n");
		struct text text;

		text_init(&text, NULL);
		text_add_bytes(&text, head, end);
		text_printf(&text,
			    "Content-Type: text/plain\r\n"
			    "Content-Length: %zu\r\n\r\n",
			    len);
		memset(text_extend(&text, len), 'a', len);
		send_all(stream, text_view(&text));
		text_release(&text);
		ck_assert_int_eq(sip_status(sip_await(&sip, stream, SIP_SOON)),
				 len > 65535 ? 413 : 200);
	}
	ck_assert_int_eq(call.n, 1);
	close(stream);
}
END_TEST

/* RFC 3261 section 17.2.1: a transaction of its own, with the tag of the
 * dialog. */
START_TEST(an_invite_in_the_call)
{
	struct ask ask = in_call("INVITE"), cancel;
	const char *trying, *ok;

	call.status = 0;
	ask.branch = "z9hG4bKagain";
	trying = send_ask(peer, &ask);
	ck_assert_int_eq(sip_status(trying), 100);
	ck_assert_str_eq(sip_header(trying, "To"), call.to);
	ck_assert_int_eq(call.n, 1);
	/* Its CANCEL finds it, though CANCEL has a To tag. */
	cancel = ask;
	cancel.method = "CANCEL";
	ck_assert_int_eq(sip_status(send_ask(peer, &cancel)), 200);
	ck_assert_int_eq(call.n_cancelled, 1);
	respond(200);
	ok = sip_await(&sip, peer, SIP_SOON);
	ck_assert_int_eq(sip_status(ok), 200);
	ck_assert_str_eq(sip_header(ok, "To"), call.to);
	ck_assert_ptr_nonnull(call.txn);
	server_txn_repeat(call.txn);
	ck_assert_int_eq(sip_status(sip_await(&sip, peer, SIP_SOON)), 200);
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_int_eq(call.n, 1);
}
END_TEST

/* Refused, it is repeated until its ACK comes, which is the transaction's. */
START_TEST(an_invite_in_the_call_is_refused)
{
	struct ask ask = in_call("INVITE"), ack;
	const char *refused;

	call.status = 488;
	ask.branch = "z9hG4bKrefused";
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 100);
	refused = sip_await(&sip, peer, SIP_SOON);
	ck_assert_int_eq(sip_status(refused), 488);
	ck_assert_ptr_null(call.txn);
	ck_assert_int_eq(sip_status(sip_await(&sip, peer, SIP_SOON)), 488);
	ack = ask;
	ack.method = "ACK";
	ck_assert_ptr_null(send_ask(peer, &ack));
	ck_assert_int_eq(call.n, 1);
	ck_assert_ptr_null(send_ask(peer, &ask));
}
END_TEST

START_TEST(a_cancel_of_nothing_in_the_call)
{
	struct ask ask = in_call("CANCEL");

	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 481);
	ck_assert_int_eq(call.n, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("in_dialog_test");
	TCase *tcase = tcase_create("call");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, call_setup, call_teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_request_goes_to_the_owner);
	tcase_add_test(tcase, a_repeat_gets_the_same_body);
	tcase_add_test(tcase, what_is_out_of_order);
	tcase_add_test(tcase, only_with_the_whole_id);
	tcase_add_test(tcase, ack_is_never_answered);
	tcase_add_test(tcase, an_ack_with_the_branch_of_its_invite);
	tcase_add_test(tcase, nothing_stops_a_bye);
	tcase_add_test(tcase, what_is_broken_is_refused);
	tcase_add_test(tcase, the_owner_sees_every_method);
	tcase_add_test(tcase, too_many_in_a_second);
	tcase_add_test(tcase, too_large_a_body);
	tcase_add_test(tcase, an_invite_in_the_call);
	tcase_add_test(tcase, an_invite_in_the_call_is_refused);
	tcase_add_test(tcase, a_cancel_of_nothing_in_the_call);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("full");
	tcase_add_checked_fixture(tcase, full_setup, call_teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_full_relay_takes_a_bye);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
