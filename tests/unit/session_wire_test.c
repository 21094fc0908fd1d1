/* Two stacks that call each other over loopback sockets: sessions, edges,
 * transactions and transports as the daemon has them, and a clock that the test
 * moves. */
#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/session/sessions.h"
#include "tests/unit/clock_help.h"
#include "tests/unit/sip_help.h"

/** One side. */
struct stack {
	struct sip_fixture sip;
	char udp[64], tcp[64];
	const char *listen[2];
	struct media_rules rules;
	struct sessions *sessions;
	struct session *session;
	struct request *request;
	struct text heard;
	bool holds;   /**< session_confirm() */
	bool is_gone; /**< the process died */
	/* Of the last record. */
	char texts[11][256];
	struct session_record record;
};
static struct stack caller, called;

/* ---- what an owner hears ------------------------------------------------- */

static void keep_record(struct stack *stack, const struct session_record *from)
{
	const char *const strings[] = {from->call_id,	 from->local_tag,
				       from->remote_tag, from->local,
				       from->remote,	 from->request_uri,
				       from->target,	 from->routes,
				       from->branch,	 from->hop};
	const char **const places[] = {
		&stack->record.call_id,	   &stack->record.local_tag,
		&stack->record.remote_tag, &stack->record.local,
		&stack->record.remote,	   &stack->record.request_uri,
		&stack->record.target,	   &stack->record.routes,
		&stack->record.branch,	   &stack->record.hop};

	stack->record = *from;
	for (size_t i = 0; i < 10; i++) {
		snprintf(stack->texts[i], sizeof(stack->texts[i]), "%s",
			 strings[i]);
		*places[i] = stack->texts[i];
	}
}

static void leaving(void *arg, const struct session_record *record)
{
	struct stack *stack = arg;

	keep_record(stack, record);
	text_add(&stack->heard, "leaving ");
	session_go(stack->session);
}

static void answered(void *arg, const struct session_record *record)
{
	struct stack *stack = arg;

	keep_record(stack, record);
	text_add(&stack->heard, "answered ");
	if (!stack->holds)
		session_confirm(stack->session);
}

static void media(void *arg, const struct media_stream *stream)
{
	struct stack *stack = arg;

	text_printf(&stack->heard, "media:%d ", stream->rtp.port);
}

static void ended(void *arg, const struct session_end *end)
{
	struct stack *stack = arg;

	text_printf(&stack->heard, "ended:%d:%d ", end->cause, end->status);
	stack->session = NULL;
	if (stack->request)
		request_free(stack->request);
	stack->request = NULL;
}

static const struct session_user user = {.leaving = leaving,
					 .answered = answered,
					 .media = media,
					 .ended = ended};

/* ---- a stack ------------------------------------------------------------- */

static struct media_end end_of(struct stack *stack, int port)
{
	struct media_end end = {.port = port, .direction = SDP_SENDRECV};
	char text[64];

	snprintf(text, sizeof(text), "IN IP4 %s", stack->sip.host);
	ck_assert_int_eq(sdp_host_parse(view_of(text), &end.host), ERR_OK);
	end.host.text = view_of(stack->sip.host);
	return end;
}

static void receive(void *module, struct request *request)
{
	struct stack *stack = module;
	const struct acceptance acceptance = {.request = request,
					      .user = "c-0123456789abcdef",
					      .contact_params = ";isfocus",
					      .local = end_of(stack, 22000)};

	stack->request = request;
	stack->session =
		session_accept(stack->sessions, &acceptance, &user, stack);
	if (!stack->session) {
		request_free(request);
		stack->request = NULL;
	}
}

static const char *const accepts[] = {"application/sdp", NULL};
static const char *const tags[] = {"timer", "100rel", NULL};
static const enum method in_dialogs[] = {METHOD_ACK, METHOD_BYE, METHOD_CANCEL,
					 METHOD_UPDATE, METHOD_UNKNOWN};
static const struct method_module row = {.method = METHOD_INVITE,
					 .purpose = PURPOSE_LIST,
					 .option_tags = tags,
					 .accepts = accepts,
					 .takes_accepted_only = true,
					 .body_max = 65535,
					 .identity = IDENTITY_OPTIONAL,
					 .makes_dialog = true,
					 .dialog_methods = in_dialogs,
					 .receive = receive};

static void make_sessions(struct stack *stack)
{
	static const enum codec codecs[] = {CODEC_PCMU, CODEC_PCMA,
					    CODEC_EVENT};
	struct sessions_settings settings = {
		.loop = stack->sip.loop,
		.counters = &stack->sip.counters,
		.sip = stack->sip.sip,
		.edge = stack->sip.edge,
		.domain = SIP_DOMAIN,
		.media = &stack->rules,
		.timers = {.expires_s = 600, .min_se_s = 90, .ring_s = 60}};

	stack->rules = (struct media_rules){
		.codecs = codecs, .n_codecs = 3, .allow_private = true};
	stack->sessions = sessions_new(&settings);
}

static void stack_open(struct stack *stack, int last)
{
	static const char *const methods[] = {"INVITE"};

	sip_init(&stack->sip);
	snprintf(stack->sip.host, sizeof(stack->sip.host), "%s",
		 sip_host(&stack->sip, last));
	snprintf(stack->udp, sizeof(stack->udp), "sip:%s:5060;transport=udp",
		 stack->sip.host);
	snprintf(stack->tcp, sizeof(stack->tcp), "sip:%s:5060;transport=tcp",
		 stack->sip.host);
	stack->listen[0] = stack->udp;
	stack->listen[1] = stack->tcp;
	stack->sip.settings.listen = stack->listen;
	stack->sip.service.methods = methods;
	stack->sip.service.n_methods = 1;
	stack->sip.service.allow = "INVITE, OPTIONS";
	sip_open(&stack->sip);
	edge_register(stack->sip.edge, &row, stack);
	make_sessions(stack);
	text_init(&stack->heard, NULL);
	text_add(&stack->heard, "");
	stack->is_gone = false;
}

static void stack_close(struct stack *stack)
{
	if (stack->request)
		request_free(stack->request);
	sessions_free(stack->sessions);
	sip_close(&stack->sip);
	text_release(&stack->heard);
	memset(stack, 0, sizeof(*stack));
}

static void set_up(void)
{
	clock_stop();
	stack_open(&caller, 1);
	stack_open(&called, 2);
}

static void tear_down(void)
{
	stack_close(&caller);
	stack_close(&called);
}

/* ---- the course of things ------------------------------------------------ */

static void turn(void)
{
	loop_step(caller.sip.loop, 0);
	if (!called.is_gone)
		loop_step(called.sip.loop, 0);
}

/* Loopback needs no time, but a busy machine may. */
static void wait_for(struct stack *stack, const char *what)
{
	for (int i = 0; i < 100000; i++) {
		if (strstr(stack->heard.at, what))
			return;
		turn();
		if (i > 1000)
			usleep(100);
	}
	ck_abort_msg("no %s, but %s", what, stack->heard.at);
}

static void turns(void)
{
	for (int i = 0; i < 50; i++)
		turn();
}

static void pass(int seconds)
{
	for (int i = 0; i < seconds * 4; i++) {
		clock_move(250);
		for (int n = 0; n < 4; n++)
			turn();
	}
}

static const char *const transports[] = {"udp", "tcp"};

static void call_by(int transport)
{
	char uri[128];
	const struct invitation invitation = {
		.request_uri = uri,
		.user = "c-fedcba9876543210",
		.display = "Mill",
		.contact_params = ";isfocus",
		.headers = VIEW("Accept: application/sdp\r\n"),
		.max_forwards = 69,
		.local = end_of(&caller, 21000)};

	snprintf(uri, sizeof(uri), "sip:lists@%s:5060;transport=%s",
		 called.sip.host, transports[transport]);
	caller.session =
		session_invite(caller.sessions, &invitation, &user, &caller);
}

static void connect_by(int transport)
{
	call_by(transport);
	wait_for(&caller, "leaving answered media:22000 ");
	wait_for(&called, "answered media:21000 ");
}

static void expect_quiet(void)
{
	pass(70);
	ck_assert_uint_eq(sessions_count(caller.sessions), 0);
	ck_assert_uint_eq(sessions_count(called.sessions), 0);
	ck_assert_int_eq(sip_gauge(&caller.sip, GAUGE_CLIENT_TXN), 0);
	ck_assert_int_eq(sip_gauge(&called.sip, GAUGE_SERVER_TXN), 0);
}

START_TEST(who_called_hangs_up)
{
	connect_by(_i);
	session_end(caller.session, 0, "SIP;cause=470");
	wait_for(&caller, "ended:6:0 ");
	wait_for(&called, "ended:5:0 ");
	expect_quiet();
}
END_TEST

START_TEST(who_was_called_hangs_up)
{
	connect_by(_i);
	session_end(called.session, 486, NULL);
	wait_for(&called, "ended:6:0 ");
	wait_for(&caller, "ended:5:0 ");
	expect_quiet();
}
END_TEST

START_TEST(both_hang_up)
{
	connect_by(_i);
	session_end(called.session, 486, NULL);
	session_end(caller.session, 0, NULL);
	wait_for(&called, "ended:");
	wait_for(&caller, "ended:");
	expect_quiet();
}
END_TEST

START_TEST(cancelled_while_it_waits)
{
	called.holds = true;
	call_by(_i);
	wait_for(&called, "answered ");
	turns();
	session_end(caller.session, 0, NULL);
	wait_for(&called, "ended:4:487 ");
	wait_for(&caller, "ended:6:0 ");
	expect_quiet();
}
END_TEST

START_TEST(refused_while_it_waits)
{
	called.holds = true;
	call_by(_i);
	wait_for(&called, "answered ");
	session_end(called.session, 486, NULL);
	wait_for(&caller, "ended:0:486 ");
	wait_for(&called, "ended:6:0 ");
	expect_quiet();
}
END_TEST

START_TEST(cancel_and_answer_cross)
{
	called.holds = true;
	call_by(_i);
	wait_for(&called, "answered ");
	turns();
	session_confirm(called.session);
	session_end(caller.session, 0, NULL);
	wait_for(&caller, "ended:6:0 ");
	wait_for(&called, "ended:");
	expect_quiet();
}
END_TEST

START_TEST(they_have_no_codec_in_common)
{
	static const enum codec only[] = {CODEC_EVENT};

	called.rules.codecs = only;
	called.rules.n_codecs = 1;
	call_by(_i);
	wait_for(&caller, "ended:0:488 ");
	expect_quiet();
}
END_TEST

/* A quarter of an hour, and then the other one is gone. */
START_TEST(refreshed_until_one_is_gone)
{
	connect_by(_i);
	pass(1000);
	ck_assert_str_eq(caller.heard.at, "leaving answered media:22000 ");
	ck_assert_str_eq(called.heard.at, "answered media:21000 ");
	/* The process dies without a word. */
	called.is_gone = true;
	pass(700);
	wait_for(&caller, "ended:7:");
}
END_TEST

/* The owner of a row that was left behind. */
static void done(void *arg)
{
	bool *is_done = arg;

	*is_done = true;
}

static bool is_done;

static void die_and_start_again(struct stack *stack, bool was_confirmed)
{
	const struct session_orphan orphan = {.record = &stack->record,
					      .was_confirmed = was_confirmed,
					      .reason = "SIP;cause=503",
					      .done = done,
					      .arg = &is_done};

	is_done = false;
	sessions_free(stack->sessions);
	sip_close(&stack->sip);
	text_release(&stack->heard);
	stack_open(stack, 1);
	session_end_record(stack->sessions, &orphan);
}

START_TEST(a_crash_while_they_talk)
{
	connect_by(0);
	die_and_start_again(&caller, true);
	wait_for(&called, "ended:5:0 ");
	turns();
	ck_assert(is_done);
}
END_TEST

START_TEST(a_crash_while_it_rings)
{
	called.holds = true;
	call_by(0);
	wait_for(&called, "answered ");
	die_and_start_again(&caller, false);
	wait_for(&called, "ended:4:487 ");
	pass(70);
	ck_assert(is_done);
	ck_assert_uint_eq(sip_count(&called.sip, COUNT_UNACKNOWLEDGED), 0);
}
END_TEST

START_TEST(a_crash_and_an_answer_that_comes_late)
{
	called.holds = true;
	call_by(0);
	wait_for(&called, "answered ");
	session_confirm(called.session);
	die_and_start_again(&caller, false);
	wait_for(&called, "ended:5:0 ");
	pass(70);
	ck_assert(is_done);
}
END_TEST

START_TEST(nobody_is_there)
{
	const struct invitation invitation = {
		.request_uri = "sip:lists@127.0.0.99:5999",
		.user = "c-fedcba9876543210",
		.max_forwards = 69,
		.local = end_of(&caller, 21000)};

	caller.session =
		session_invite(caller.sessions, &invitation, &user, &caller);
	wait_for(&caller, "leaving ");
	pass(40);
	wait_for(&caller, "ended:");
	expect_quiet();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session_wire");
	TCase *tcase = tcase_create("session_wire");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, who_called_hangs_up, 0, 2);
	tcase_add_loop_test(tcase, who_was_called_hangs_up, 0, 2);
	tcase_add_loop_test(tcase, both_hang_up, 0, 2);
	tcase_add_loop_test(tcase, cancelled_while_it_waits, 0, 2);
	tcase_add_loop_test(tcase, refused_while_it_waits, 0, 2);
	tcase_add_loop_test(tcase, cancel_and_answer_cross, 0, 2);
	tcase_add_loop_test(tcase, they_have_no_codec_in_common, 0, 2);
	tcase_add_loop_test(tcase, refreshed_until_one_is_gone, 0, 2);
	tcase_add_test(tcase, a_crash_while_they_talk);
	tcase_add_test(tcase, a_crash_while_it_rings);
	tcase_add_test(tcase, a_crash_and_an_answer_that_comes_late);
	tcase_add_test(tcase, nobody_is_there);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
