/* Calls in: an INVITE of theirs (RFC 3261 sections 9.2, 13.3, 15). */
#include "tests/unit/session_help.h"

#include <check.h>

START_TEST(an_offer_is_answered_in_the_200)
{
	const char *ok;

	fix.holds_confirm = true;
	session_receive(session_invite_of(NULL, SDP_PHONE));
	ck_assert_str_eq(session_heard(), "answered\n");
	ck_assert(fix.record.is_theirs);
	ck_assert_str_eq(fix.record.remote_tag, "ann");
	ck_assert_str_eq(fix.record.call_id, "call@192.0.2.8");
	ck_assert_str_eq(fix.record.target, "sip:ann@192.0.2.8:5060");
	session_expect_none();
	session_confirm(fix.session);
	session_run();
	ok = session_expect("SIP/2.0 200 ");
	ck_assert_str_eq(fake_sip_header(ok, "Contact"),
			 "<sip:c-0123456789abcdef@192.0.2.1:5060>;isfocus");
	ck_assert_str_eq(fake_sip_header(ok, "Allow-Events"), "conference");
	ck_assert_str_eq(fake_sip_header(ok, "Supported"),
			 "100rel, timer, replaces, norefersub");
	ck_assert_ptr_nonnull(fake_sip_header(ok, "Allow"));
	ck_assert_str_eq(fake_sip_header(ok, "Accept"), "application/sdp");
	ck_assert_ptr_nonnull(strstr(ok, "m=audio 20000 RTP/AVP 0 101\r\n"));
	ck_assert_str_eq(session_heard(), "");
	session_receive(session_in_theirs("ACK", 1, NULL, NULL));
	ck_assert_str_eq(session_heard(), "media\n");
	ck_assert_int_eq(fix.stream.rtp.port, 4000);
	session_expect_none();
}
END_TEST

START_TEST(without_an_offer_the_200_has_ours)
{
	session_receive(session_invite_of(NULL, NULL));
	ck_assert_ptr_nonnull(strstr(session_expect("SIP/2.0 200 "),
				     "m=audio 20000 RTP/AVP 0 8 101\r\n"));
	session_heard();
	session_receive(session_in_theirs("ACK", 1, SDP_TYPE, SDP_PHONE));
	ck_assert_str_eq(session_heard(), "media\n");
	ck_assert_int_eq(fix.stream.rtp.port, 4000);
}
END_TEST

START_TEST(ack_without_a_usable_answer)
{
	static const char *const bodies[] = {NULL, SDP_VIDEO};

	for (size_t i = 0; i < 2; i++) {
		const char *bye;

		session_receive(session_invite_of(NULL, NULL));
		session_expect("SIP/2.0 200 ");
		session_receive(session_in_theirs(
			"ACK", 1, bodies[i] ? SDP_TYPE : NULL, bodies[i]));
		bye = session_expect("BYE sip:ann@192.0.2.8:5060 ");
		session_reply(bye, 200, NULL, NULL, NULL);
		ck_assert_str_eq(session_heard(),
				 "answered\nended: unusable 488\n");
		session_pass(64000);
	}
	session_expect_quiet();
}
END_TEST

START_TEST(the_200_again_until_ack)
{
	static const int64_t pauses[] = {500,  1000, 2000, 4000, 4000,
					 4000, 4000, 4000, 4000};

	session_receive(session_invite_of(NULL, SDP_PHONE));
	session_expect("SIP/2.0 200 ");
	for (size_t i = 0; i < sizeof(pauses) / sizeof(*pauses); i++) {
		session_pass(pauses[i] - 1);
		session_expect_none();
		session_pass(1);
		session_expect("SIP/2.0 200 ");
	}
	session_receive(session_in_theirs("ACK", 1, NULL, NULL));
	session_pass(20000);
	session_expect_none();
	ck_assert_str_eq(session_heard(), "answered\nmedia\n");
}
END_TEST

static const char *skip_200(void)
{
	const char *message;

	while ((message = fake_sip_take(fix.sip)) &&
	       strncmp(message, "SIP/2.0 200", 11) == 0)
		;
	return message;
}

START_TEST(no_ack_at_all)
{
	const char *bye;

	session_receive(session_invite_of(NULL, SDP_PHONE));
	session_pass(31999);
	ck_assert_ptr_null(skip_200());
	session_pass(1);
	bye = skip_200();
	ck_assert_ptr_nonnull(bye);
	ck_assert_int_eq(strncmp(bye, "BYE ", 4), 0);
	session_reply(bye, 200, NULL, NULL, NULL);
	ck_assert_str_eq(session_heard(), "answered\nended: lost 408\n");
	session_expect_quiet();
}
END_TEST

START_TEST(an_ack_to_another_invite_is_none)
{
	session_receive(session_invite_of(NULL, SDP_PHONE));
	session_expect("SIP/2.0 200 ");
	session_receive(session_in_theirs("ACK", 2, NULL, NULL));
	ck_assert_str_eq(session_heard(), "answered\n");
	session_pass(500);
	session_expect("SIP/2.0 200 ");
}
END_TEST

/* ACK may come after a re-INVITE that was sent later and is refused. */
START_TEST(an_ack_that_a_refused_reinvite_overtook)
{
	static const char *const lines[] = {SDP_TYPE,
					    SDP_TYPE "Require: fly\r\n"};
	static const char *const refused[] = {"SIP/2.0 488 ", "SIP/2.0 420 "};

	session_receive(session_invite_of(NULL, SDP_PHONE));
	session_expect("SIP/2.0 200 ");
	for (unsigned i = 0; i < 2; i++) {
		session_receive(session_in_theirs("INVITE", 2 + i, lines[i],
						  "v=1\r\n"));
		session_expect(refused[i]);
	}
	ck_assert_str_eq(session_heard(), "answered\n");
	session_receive(session_in_theirs("ACK", 3, NULL, NULL));
	ck_assert_str_eq(session_heard(), "");
	session_receive(session_in_theirs("ACK", 1, NULL, NULL));
	ck_assert_str_eq(session_heard(), "media\n");
	session_pass(64000);
	session_expect_none();
}
END_TEST

/* It has its 487, and there is no call. */
START_TEST(cancelled_before_it_came_here)
{
	fix.is_cancelled = true;
	session_receive(session_invite_of(NULL, SDP_PHONE));
	session_expect_none();
	ck_assert_ptr_null(fix.session);
	session_pass(64000);
	session_expect_none();
	session_expect_quiet();
	ck_assert_str_eq(session_heard(), "");
}
END_TEST

/* RFC 3261 section 15: not before ACK came, or is not to come. */
START_TEST(bye_waits_for_ack)
{
	session_receive(session_invite_of(NULL, SDP_PHONE));
	session_expect("SIP/2.0 200 ");
	session_end(fix.session, 0, NULL);
	session_run();
	session_expect_none();
	session_receive(session_in_theirs("ACK", 1, NULL, NULL));
	session_reply(session_expect("BYE "), 200, NULL, NULL, NULL);
	ck_assert_str_eq(session_heard(), "answered\nended: ended 0\n");
}
END_TEST

START_TEST(they_cancel)
{
	char cancel[2048];
	const char *invite = session_invite_of(NULL, SDP_PHONE);

	fix.holds_confirm = true;
	snprintf(cancel, sizeof(cancel), "CANCEL%.*sCSeq: 1 CANCEL\r\n\r\n",
		 (int)(strstr(invite, "CSeq") - invite - 6), invite + 6);
	session_receive(invite);
	session_receive(cancel);
	session_expect("SIP/2.0 200 ");
	session_expect("SIP/2.0 487 ");
	ck_assert_str_eq(session_heard(), "answered\nended: cancelled 487\n");
	session_expect_quiet();
}
END_TEST

START_TEST(cancel_after_the_answer_changes_nothing)
{
	char cancel[2048];
	const char *invite = session_invite_of(NULL, SDP_PHONE);

	snprintf(cancel, sizeof(cancel), "CANCEL%.*sCSeq: 1 CANCEL\r\n\r\n",
		 (int)(strstr(invite, "CSeq") - invite - 6), invite + 6);
	session_receive(invite);
	session_expect("SIP/2.0 200 ");
	session_receive(cancel);
	session_expect("SIP/2.0 200 ");
	session_receive(session_in_theirs("ACK", 1, NULL, NULL));
	ck_assert_str_eq(session_heard(), "answered\nmedia\n");
}
END_TEST

START_TEST(we_refuse_it_after_all)
{
	fix.holds_confirm = true;
	session_receive(session_invite_of(NULL, SDP_PHONE));
	session_end(fix.session, 486, NULL);
	session_run();
	session_expect("SIP/2.0 486 ");
	ck_assert_str_eq(session_heard(), "answered\nended: ended 0\n");
	session_expect_quiet();
}
END_TEST

START_TEST(bye_before_ack)
{
	session_receive(session_invite_of(NULL, SDP_PHONE));
	session_expect("SIP/2.0 200 ");
	session_receive(session_in_theirs("BYE", 2, NULL, NULL));
	session_expect("SIP/2.0 200 ");
	ck_assert_str_eq(session_heard(), "answered\nended: left 0\n");
	session_pass(64000);
	session_expect_none();
	session_expect_quiet();
}
END_TEST

START_TEST(bye_before_any_answer)
{
	fix.holds_confirm = true;
	session_receive(session_invite_of(NULL, SDP_PHONE));
	session_receive(session_in_theirs("BYE", 2, NULL, NULL));
	session_expect("SIP/2.0 200 ");
	session_expect("SIP/2.0 487 ");
	ck_assert_str_eq(session_heard(), "answered\nended: left 0\n");
}
END_TEST

/* ---- refused before anything --------------------------------------------- */

/* clang-format off */
static const struct {
	const char *sentence, *lines, *body;
	int status;
	const char *says;
} refusals[] = {
	{"no audio", "", SDP_VIDEO, 488, "\r\nWarning: 304 relay.example.com \""},
	{"no description at all", "", "hello", 400, "\r\nWarning: 399 "},
	{"two Contacts", "Contact: <sip:a@192.0.2.8>, <sip:b@192.0.2.8>\r\n", SDP_PHONE, 400, ""},
	{"a Contact that is no place", "Contact: <mailto:ann@example.org>\r\n", SDP_PHONE, 400, ""},
	{"an interval that is too short", "Supported: timer\r\nSession-Expires: 60\r\n", SDP_PHONE, 422, "\r\nMin-SE: 90\r\n"},
	{"a body that is compressed", "Content-Encoding: gzip\r\n", SDP_PHONE, 415, "\r\nAccept-Encoding: identity\r\n"},
};
/* clang-format on */

START_TEST(what_is_refused_at_once)
{
	char begin[32];
	const char *response;

	snprintf(begin, sizeof(begin), "SIP/2.0 %d ", refusals[_i].status);
	session_receive(
		session_invite_of(refusals[_i].lines, refusals[_i].body));
	response = session_expect(begin);
	ck_assert_msg(strstr(response, refusals[_i].says) != NULL, "%s: %s",
		      refusals[_i].sentence, response);
	ck_assert_str_eq(session_heard(), "");
	ck_assert_ptr_null(fix.request);
	session_expect_quiet();
}
END_TEST

START_TEST(another_type_of_body)
{
	char *invite =
		mem_strdup(session_invite_of(NULL, "Hello, this is text."));
	char *type = strstr(invite, "application/sdp");

	memcpy(type, "text/plain;a=bc", 15);
	session_receive(invite);
	ck_assert_str_eq(
		fake_sip_header(session_expect("SIP/2.0 415 "), "Accept"),
		"application/sdp");
	free(invite);
}
END_TEST

/* ---- the session timer --------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *lines, *expires, *require;
} timers[] = {
	{"Supported: timer\r\n", "1800;refresher=uac", "timer"},
	{"Supported: timer\r\nSession-Expires: 600\r\n", "600;refresher=uac", "timer"},
	{"Supported: timer\r\nSession-Expires: 3600\r\n", "1800;refresher=uac", "timer"},
	{"Supported: timer\r\nSession-Expires: 3600\r\nMin-SE: 2400\r\n", "2400;refresher=uac", "timer"},
	{"Supported: timer\r\nx: 600;refresher=uas\r\n", "600;refresher=uas", "timer"},
	{"Session-Expires: 600\r\n", "600;refresher=uas", NULL},
	{"Session-Expires: 60\r\n", NULL, NULL},
	{"", NULL, NULL},
};
/* clang-format on */

START_TEST(what_the_200_says_of_the_timer)
{
	const char *ok;

	session_receive(session_invite_of(timers[_i].lines, SDP_PHONE));
	ok = session_expect("SIP/2.0 200 ");
	if (timers[_i].expires)
		ck_assert_str_eq(fake_sip_header(ok, "Session-Expires"),
				 timers[_i].expires);
	else
		ck_assert_ptr_null(fake_sip_header(ok, "Session-Expires"));
	if (timers[_i].require)
		ck_assert_str_eq(fake_sip_header(ok, "Require"),
				 timers[_i].require);
	else
		ck_assert_ptr_null(fake_sip_header(ok, "Require"));
}
END_TEST

/* RFC 3262 section 3: we send no provisional response but 100. */
START_TEST(require_100rel_binds_to_nothing)
{
	session_receive(session_invite_of("Require: 100rel\r\n", SDP_PHONE));
	session_expect("SIP/2.0 200 ");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session_accept");
	TCase *tcase = tcase_create("session_accept");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, session_set_up, session_tear_down);
	tcase_add_test(tcase, an_offer_is_answered_in_the_200);
	tcase_add_test(tcase, without_an_offer_the_200_has_ours);
	tcase_add_test(tcase, ack_without_a_usable_answer);
	tcase_add_test(tcase, the_200_again_until_ack);
	tcase_add_test(tcase, no_ack_at_all);
	tcase_add_test(tcase, an_ack_to_another_invite_is_none);
	tcase_add_test(tcase, an_ack_that_a_refused_reinvite_overtook);
	tcase_add_test(tcase, cancelled_before_it_came_here);
	tcase_add_test(tcase, bye_waits_for_ack);
	tcase_add_test(tcase, they_cancel);
	tcase_add_test(tcase, cancel_after_the_answer_changes_nothing);
	tcase_add_test(tcase, we_refuse_it_after_all);
	tcase_add_test(tcase, bye_before_ack);
	tcase_add_test(tcase, bye_before_any_answer);
	tcase_add_loop_test(tcase, what_is_refused_at_once, 0,
			    sizeof(refusals) / sizeof(*refusals));
	tcase_add_test(tcase, another_type_of_body);
	tcase_add_loop_test(tcase, what_the_200_says_of_the_timer, 0,
			    sizeof(timers) / sizeof(*timers));
	tcase_add_test(tcase, require_100rel_binds_to_nothing);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
