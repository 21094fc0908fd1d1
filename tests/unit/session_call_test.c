/* Calls out: what an INVITE says, what is answered to it, and how it ends (RFC
 * 3261 sections 9, 12 to 15). */
#include "tests/unit/session_help.h"

#include <check.h>

#define REASON "SIP;cause=470;text=\"Consent withdrawn\""

START_TEST(what_an_invite_says)
{
	const char *invite;

	session_call();
	ck_assert_str_eq(session_heard(), "leaving\n");
	invite = session_expect("INVITE " BOB " SIP/2.0\r\n");
	ck_assert_ptr_nonnull(strstr(fake_sip_header(invite, "From"),
				     "\"Mill\" <sip:c-0123456789abcdef@"
				     "relay.example.com>;tag="));
	ck_assert_str_eq(fake_sip_header(invite, "To"), "<" BOB ">");
	ck_assert_str_eq(fake_sip_header(invite, "Contact"),
			 "<sip:c-0123456789abcdef@192.0.2.1:5060>;isfocus");
	ck_assert_str_eq(fake_sip_header(invite, "Supported"),
			 "100rel, timer, replaces, norefersub");
	ck_assert_str_eq(fake_sip_header(invite, "Session-Expires"), "1800");
	ck_assert_str_eq(fake_sip_header(invite, "Min-SE"), "90");
	ck_assert_str_eq(fake_sip_header(invite, "Max-Forwards"), "69");
	ck_assert_str_eq(fake_sip_header(invite, "Content-Type"),
			 "application/sdp");
	ck_assert_ptr_nonnull(
		strstr(invite, "m=audio 20000 RTP/AVP 0 8 101\r\n"));
	ck_assert_ptr_nonnull(strstr(invite, "a=fmtp:101 0-15\r\n"));
	ck_assert_uint_lt(strlen(invite), 1300);
}
END_TEST

START_TEST(nothing_leaves_before_the_row_is_on_disk)
{
	fix.holds_go = true;
	session_call();
	ck_assert_str_eq(session_heard(), "leaving\n");
	ck_assert_str_eq(fix.record.request_uri, BOB);
	ck_assert_str_ne(fix.record.branch, "");
	ck_assert_str_ne(fix.record.hop, "");
	ck_assert(!fix.record.is_theirs);
	session_pass(600000);
	session_expect_none();
	session_go(fix.session);
	session_run();
	ck_assert_ptr_nonnull(
		strstr(session_expect("INVITE "), fix.record.branch));
}
END_TEST

START_TEST(a_call_that_is_answered)
{
	const char *invite, *ack;

	session_call();
	invite = session_expect("INVITE ");
	session_reply(invite, 180, "bob", CONTACT, NULL);
	fix.holds_confirm = true;
	session_reply(invite, 200, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	ck_assert_str_eq(session_heard(), "leaving\nringing 180\nanswered\n");
	ck_assert_str_eq(fix.record.remote_tag, "bob");
	ck_assert_str_eq(fix.record.target, "sip:bob@192.0.2.9:5060");
	session_expect_none();
	session_confirm(fix.session);
	session_run();
	ack = session_expect("ACK sip:bob@192.0.2.9:5060 SIP/2.0\r\n");
	ck_assert_str_eq(fake_sip_header(ack, "To"), "<" BOB ">;tag=bob");
	ck_assert_uint_eq(session_cseq(ack), session_cseq(invite));
	ck_assert_ptr_null(fake_sip_header(ack, "Supported"));
	ck_assert_str_eq(session_heard(), "media\n");
	ck_assert_int_eq(fix.stream.rtp.port, 4000);
	ck_assert_int_eq(fix.stream.codec, CODEC_PCMU);
	session_expect_none();
}
END_TEST

START_TEST(we_end_it)
{
	const char *bye;

	session_confirmed("");
	session_end(fix.session, 0, REASON);
	session_run();
	bye = session_expect("BYE sip:bob@192.0.2.9:5060 SIP/2.0\r\n");
	ck_assert_str_eq(fake_sip_header(bye, "Reason"), REASON);
	ck_assert_ptr_nonnull(
		strstr(fake_sip_header(bye, "Supported"), "timer"));
	ck_assert_str_eq(session_heard(), "");
	session_reply(bye, 200, NULL, NULL, NULL);
	ck_assert_str_eq(session_heard(), "ended: ended 0\n");
	session_pass(600000);
	session_expect_none();
	session_expect_quiet();
}
END_TEST

START_TEST(they_end_it)
{
	session_confirmed("");
	session_receive(session_in_dialog("BYE", 1, NULL, NULL));
	session_expect("SIP/2.0 200 ");
	ck_assert_str_eq(session_heard(), "ended: left 0\n");
	session_pass(600000);
	session_expect_none();
	session_expect_quiet();
}
END_TEST

START_TEST(nobody_answers_bye)
{
	session_confirmed("");
	session_end(fix.session, 0, NULL);
	session_run();
	session_expect("BYE ");
	session_pass(31999);
	ck_assert_str_eq(session_heard(), "");
	session_pass(1);
	ck_assert_str_eq(session_heard(), "ended: ended 0\n");
}
END_TEST

/* ---- CANCEL -------------------------------------------------------------- */

START_TEST(cancel_while_it_rings)
{
	const char *invite, *cancel;

	session_call();
	invite = session_expect("INVITE ");
	session_reply(invite, 180, "bob", CONTACT, NULL);
	session_end(fix.session, 0, REASON);
	session_run();
	cancel = session_expect("CANCEL " BOB " SIP/2.0\r\n");
	ck_assert_str_eq(fake_sip_header(cancel, "Reason"), REASON);
	session_heard();
	session_reply(invite, 487, "bob", NULL, NULL);
	ck_assert_str_eq(session_heard(), "ended: ended 0\n");
	session_pass(600000);
	session_expect_none();
	session_expect_quiet();
}
END_TEST

START_TEST(cancel_waits_for_a_word)
{
	const char *invite;

	session_call();
	invite = session_expect("INVITE ");
	session_end(fix.session, 0, NULL);
	session_run();
	session_expect_none();
	session_reply(invite, 180, "bob", CONTACT, NULL);
	session_expect("CANCEL ");
	ck_assert_str_eq(session_heard(), "leaving\n");
}
END_TEST

START_TEST(a_2xx_after_cancel_gets_ack_and_bye)
{
	const char *invite, *bye;

	session_call();
	invite = session_expect("INVITE ");
	session_reply(invite, 180, "bob", CONTACT, NULL);
	session_end(fix.session, 0, REASON);
	session_run();
	session_expect("CANCEL ");
	session_heard();
	session_reply(invite, 200, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect("ACK ");
	bye = session_expect("BYE ");
	ck_assert_str_eq(fake_sip_header(bye, "Reason"), REASON);
	session_reply(bye, 200, NULL, NULL, NULL);
	ck_assert_str_eq(session_heard(), "ended: ended 0\n");
}
END_TEST

START_TEST(ended_before_it_left)
{
	fix.holds_go = true;
	session_call();
	session_end(fix.session, 0, NULL);
	session_run();
	ck_assert_str_eq(session_heard(), "leaving\nended: ended 0\n");
	session_expect_none();
	session_expect_quiet();
}
END_TEST

START_TEST(not_permitted_any_more)
{
	fix.holds_go = true;
	session_call();
	fix.is_permitted = false;
	session_go(fix.session);
	session_run();
	ck_assert_str_eq(session_heard(), "leaving\nended: withdrawn 0\n");
	session_expect_none();
}
END_TEST

/* The answer was under way when they took their yes back. */
START_TEST(answered_after_their_no)
{
	const char *invite;

	session_call();
	invite = session_expect("INVITE ");
	fix.is_permitted = false;
	session_reply(invite, 200, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect("ACK ");
	session_reply(session_expect("BYE "), 200, NULL, NULL, NULL);
	ck_assert_str_eq(session_heard(), "leaving\nended: withdrawn 0\n");
}
END_TEST

START_TEST(nobody_answers_in_time)
{
	const char *invite;

	session_call();
	invite = session_expect("INVITE ");
	session_reply(invite, 180, "bob", CONTACT, NULL);
	session_pass(59999);
	session_expect_none();
	session_pass(1);
	session_expect("CANCEL ");
	session_heard();
	session_reply(invite, 487, "bob", NULL, NULL);
	ck_assert_str_eq(session_heard(), "ended: silent 408\n");
}
END_TEST

START_TEST(not_a_word)
{
	session_call();
	session_expect("INVITE ");
	session_pass(32000);
	ck_assert_str_eq(session_heard(), "leaving\nended: silent 408\n");
}
END_TEST

/* ---- 2xx ----------------------------------------------------------------- */

START_TEST(each_2xx_gets_ack)
{
	char invite[8192], first[4096];

	snprintf(invite, sizeof(invite), "%s", session_confirmed(""));
	session_reply(invite, 200, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	snprintf(first, sizeof(first), "%s", session_expect("ACK "));
	session_reply(invite, 200, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	ck_assert_str_eq(session_expect("ACK "), first);
	ck_assert_str_eq(session_heard(), "");
}
END_TEST

/* After the call is over, too. */
START_TEST(a_2xx_again_after_the_end)
{
	char invite[8192];

	snprintf(invite, sizeof(invite), "%s", session_confirmed(""));
	session_receive(session_in_dialog("BYE", 1, NULL, NULL));
	session_expect("SIP/2.0 200 ");
	session_reply(invite, 200, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect("ACK ");
	session_expect_none();
}
END_TEST

/* A phone that only rang has no say about the call of another. */
START_TEST(who_lost_a_fork_changes_nothing)
{
	const char *invite;
	char *update;

	session_call();
	invite = session_expect("INVITE ");
	session_reply(invite, 180, "car", CONTACT, NULL);
	session_reply(invite, 200, "bob",
		      CONTACT SDP_TYPE "Allow: INVITE, UPDATE\r\n", SDP_PHONE);
	session_expect("ACK ");
	session_heard();
	update = mem_strdup(session_in_dialog(
		"UPDATE", 1,
		CONTACT "Supported: timer\r\n"
			"Session-Expires: 90;refresher=uac\r\n",
		NULL));
	memcpy(strstr(update, ";tag=bob") + 5, "car", 3);
	session_receive(update);
	session_expect("SIP/2.0 481 ");
	session_pass(100000);
	session_expect_none();
	ck_assert_str_eq(session_heard(), "");
	free(update);
}
END_TEST

START_TEST(one_of_a_fork_goes_on)
{
	char invite[8192];
	const char *ack, *bye;

	snprintf(invite, sizeof(invite), "%s", session_confirmed(""));
	session_reply(invite, 200, "car",
		      "Contact: <sip:bob@192.0.2.7>\r\n" SDP_TYPE, SDP_PHONE);
	ack = session_expect("ACK sip:bob@192.0.2.7 ");
	ck_assert_str_eq(fake_sip_header(ack, "To"), "<" BOB ">;tag=car");
	bye = session_expect("BYE sip:bob@192.0.2.7 ");
	ck_assert_str_eq(fake_sip_header(bye, "To"), "<" BOB ">;tag=car");
	ck_assert_str_eq(session_heard(), "");
	session_reply(bye, 200, NULL, NULL, NULL);
	session_reply(invite, 200, "car",
		      "Contact: <sip:bob@192.0.2.7>\r\n" SDP_TYPE, SDP_PHONE);
	session_expect("ACK sip:bob@192.0.2.7 ");
	session_expect_none();
	ck_assert_uint_eq(sessions_count(fix.sessions), 1);
}
END_TEST

START_TEST(an_answer_without_contact)
{
	const char *bye;

	session_call();
	session_reply(session_expect("INVITE "), 200, "bob", SDP_TYPE,
		      SDP_PHONE);
	session_expect("ACK " BOB " ");
	bye = session_expect("BYE " BOB " ");
	session_reply(bye, 200, NULL, NULL, NULL);
	ck_assert_str_eq(session_heard(), "leaving\nended: unusable 488\n");
}
END_TEST

/* ACK and BYE go the way that the INVITE went; the one that cannot be named
 * gets neither, and does not hold the call. */
static const struct {
	const char *sentence, *tag, *lines;
	bool has_way;
} broken[] = {
	/* clang-format off */
	{"a route that is none", "bob", CONTACT SDP_TYPE "Record-Route: <x>\r\n", true},
	{"a head with a line that is none", "bob", CONTACT SDP_TYPE "x\r\n", true},
	{"a second To", "bob", CONTACT SDP_TYPE "To: <sip:x@example.org>;tag=x\r\n", true},
	{"a body that is no description", "bob", CONTACT "Content-Type: text/plain\r\n", true},
	{"a tag that is none", "\"b o b\"", CONTACT SDP_TYPE, false},
	/* clang-format on */
};

START_TEST(an_answer_that_is_broken)
{
	const char *invite;

	session_call();
	invite = session_expect("INVITE ");
	session_reply(invite, 200, broken[_i].tag, broken[_i].lines, SDP_PHONE);
	if (broken[_i].has_way) {
		ck_assert_str_eq(
			fake_sip_header(session_expect("ACK sip:"), "To"),
			"<" BOB ">;tag=bob");
		session_reply(session_expect("BYE "), 200, NULL, NULL, NULL);
	}
	session_expect_none();
	ck_assert_msg(strstr(session_heard(), "ended: unusable ") != NULL, "%s",
		      broken[_i].sentence);
	ck_assert_uint_eq(sessions_count(fix.sessions), 0);
}
END_TEST

START_TEST(an_answer_that_cannot_be_used)
{
	static const char *const bodies[] = {NULL, "", SDP_VIDEO, "v=1\r\n"};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		const char *bye;

		session_call();
		session_reply(session_expect("INVITE "), 200, "bob",
			      bodies[i] ? CONTACT SDP_TYPE : CONTACT,
			      bodies[i]);
		session_expect("ACK ");
		bye = session_expect("BYE ");
		session_reply(bye, 200, NULL, NULL, NULL);
		ck_assert_str_eq(session_heard(),
				 "leaving\nended: unusable 488\n");
	}
}
END_TEST

START_TEST(what_was_said_before_stands_for_what_is_missing)
{
	const char *invite;

	session_call();
	invite = session_expect("INVITE ");
	session_reply(invite, 183, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	session_reply(invite, 200, "bob", CONTACT, NULL);
	session_expect("ACK ");
	ck_assert_str_eq(session_heard(),
			 "leaving\nringing 183\nanswered\nmedia\n");
	ck_assert_int_eq(fix.stream.rtp.port, 4000);
}
END_TEST

START_TEST(a_disk_that_is_too_slow)
{
	const char *bye;

	fix.holds_confirm = true;
	session_call();
	session_reply(session_expect("INVITE "), 200, "bob", CONTACT SDP_TYPE,
		      SDP_PHONE);
	session_pass(1999);
	session_expect_none();
	session_pass(1);
	session_expect("ACK ");
	bye = session_expect("BYE ");
	session_confirm(fix.session);
	session_run();
	session_expect_none();
	session_reply(bye, 200, NULL, NULL, NULL);
	ck_assert_str_eq(session_heard(),
			 "leaving\nanswered\nended: lost 503\n");
}
END_TEST

START_TEST(ended_between_2xx_and_ack)
{
	fix.holds_confirm = true;
	session_call();
	session_reply(session_expect("INVITE "), 200, "bob", CONTACT SDP_TYPE,
		      SDP_PHONE);
	session_end(fix.session, 0, REASON);
	session_run();
	session_expect("ACK ");
	session_expect("BYE ");
	ck_assert_str_eq(session_heard(), "leaving\nanswered\n");
}
END_TEST

/* ---- refusals ------------------------------------------------------------ */

START_TEST(refusals_that_end_it)
{
	static const int statuses[] = {301, 302, 401, 403, 404, 407, 408, 470,
				       480, 486, 491, 500, 503, 600, 603, 607};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
		char line[64];

		session_call();
		session_reply(session_expect("INVITE "), statuses[i], "bob",
			      "Contact: <sip:elsewhere@example.org>\r\n"
			      "Retry-After: 30\r\n",
			      NULL);
		snprintf(line, sizeof(line), "leaving\nended: refused %d\n",
			 statuses[i]);
		ck_assert_str_eq(session_heard(), line);
		ck_assert_int_eq(fix.end.retry_after_s, 30);
		session_expect_none();
	}
}
END_TEST

/* The same call, one more, less in it. */
static void expect_again(const char *first, const char *again)
{
	char call_id[128], from[256];
	unsigned cseq;

	snprintf(call_id, sizeof(call_id), "%s",
		 fake_sip_header(first, "Call-ID"));
	snprintf(from, sizeof(from), "%s", fake_sip_header(first, "From"));
	cseq = session_cseq(first);
	ck_assert_str_eq(fake_sip_header(again, "Call-ID"), call_id);
	ck_assert_str_eq(fake_sip_header(again, "From"), from);
	ck_assert_str_eq(fake_sip_header(again, "To"), "<" BOB ">");
	ck_assert_uint_eq(session_cseq(again), cseq + 1);
	ck_assert_str_eq(session_heard(), "leaving\nleaving\n");
}

static void expect_refused(const char *invite, int status)
{
	char line[64];

	session_reply(invite, status, "bob", NULL, NULL);
	snprintf(line, sizeof(line), "ended: refused %d\n", status);
	ck_assert_str_eq(session_heard(), line);
	session_expect_none();
}

START_TEST(after_415_without_the_list)
{
	const struct mime_part list = {
		VIEW("Content-Type: application/resource-lists+xml\r\n"
		     "Content-Disposition: "
		     "recipient-list-history;handling=optional\r\n"),
		VIEW("<resource-lists/>")};
	const char *first, *again;

	fix.invitation.list = mime_tail_new(&list);
	session_call();
	mime_tail_drop(fix.invitation.list); /* the call holds it */
	first = session_expect("INVITE ");
	ck_assert_ptr_nonnull(strstr(first, "Content-Type: multipart/mixed"));
	ck_assert_ptr_nonnull(strstr(first, "<resource-lists/>"));
	ck_assert_ptr_nonnull(strstr(first, "m=audio"));
	session_reply(first, 415, "bob", NULL, NULL);
	again = session_expect("INVITE ");
	expect_again(first, again);
	ck_assert_ptr_null(strstr(again, "<resource-lists/>"));
	ck_assert_str_eq(fake_sip_header(again, "Content-Type"),
			 "application/sdp");
	expect_refused(again, 415);
}
END_TEST

START_TEST(after_420_without_the_tags)
{
	const char *first, *again;

	session_call();
	first = session_expect("INVITE ");
	session_reply(first, 420, "bob", "Unsupported: 100rel, replaces\r\n",
		      NULL);
	again = session_expect("INVITE ");
	expect_again(first, again);
	ck_assert_str_eq(fake_sip_header(again, "Supported"),
			 "timer, norefersub");
	expect_refused(again, 420);
}
END_TEST

START_TEST(after_422_with_a_longer_interval)
{
	const char *first, *again;

	session_call();
	first = session_expect("INVITE ");
	session_reply(first, 422, "bob", "Min-SE: 3600\r\n", NULL);
	again = session_expect("INVITE ");
	expect_again(first, again);
	ck_assert_str_eq(fake_sip_header(again, "Session-Expires"), "3600");
	ck_assert_str_eq(fake_sip_header(again, "Min-SE"), "3600");
	expect_refused(again, 422);
}
END_TEST

START_TEST(after_488_with_the_simplest_codecs)
{
	static const enum codec rich[] = {CODEC_OTHER, CODEC_PCMU, CODEC_PCMA,
					  CODEC_EVENT};
	const char *first, *again;

	fix.rules.codecs = rich;
	fix.rules.n_codecs = 4;
	session_call();
	first = session_expect("INVITE ");
	session_reply(first, 488, "bob", NULL, NULL);
	again = session_expect("INVITE ");
	expect_again(first, again);
	expect_refused(again, 606);
}
END_TEST

START_TEST(three_invites_at_most)
{
	const char *invite;

	session_call();
	invite = session_expect("INVITE ");
	session_reply(invite, 422, "bob", "Min-SE: 2000\r\n", NULL);
	invite = session_expect("INVITE ");
	session_reply(invite, 422, "bob", "Min-SE: 3000\r\n", NULL);
	invite = session_expect("INVITE ");
	session_heard();
	session_reply(invite, 422, "bob", "Min-SE: 4000\r\n", NULL);
	ck_assert_str_eq(session_heard(), "ended: refused 422\n");
	session_expect_none();
}
END_TEST

START_TEST(no_other_try_after_the_end)
{
	const char *invite;

	session_call();
	invite = session_expect("INVITE ");
	session_reply(invite, 180, "bob", CONTACT, NULL);
	session_end(fix.session, 0, NULL);
	session_run();
	session_expect("CANCEL ");
	session_reply(invite, 422, "bob", "Min-SE: 2000\r\n", NULL);
	session_expect_none();
	ck_assert_str_eq(session_heard(),
			 "leaving\nringing 180\nended: ended 0\n");
}
END_TEST

/* ---- routes -------------------------------------------------------------- */

START_TEST(the_way_that_proxies_want)
{
	const char *ack;

	session_call();
	session_reply(session_expect("INVITE "), 200, "bob",
		      CONTACT SDP_TYPE "Record-Route: <sip:p2.example.org;lr>, "
				       "<sip:p1.example.org;lr=on>\r\n",
		      SDP_PHONE);
	ack = session_expect("ACK sip:bob@192.0.2.9:5060 ");
	ck_assert_ptr_nonnull(strstr(ack, "Route: <sip:p1.example.org;lr=on>"
					  "\r\nRoute: <sip:p2.example.org;lr>"
					  "\r\n"));
	ck_assert_str_eq(fix.record.hop, "sip:p1.example.org;lr=on");
	ck_assert_ptr_nonnull(strstr(fix.record.routes, "p2.example.org"));
}
END_TEST

START_TEST(a_strict_router)
{
	session_call();
	session_reply(session_expect("INVITE "), 200, "bob",
		      CONTACT SDP_TYPE
		      "Record-Route: <sip:old.example.org>\r\n",
		      SDP_PHONE);
	ck_assert_str_eq(
		fake_sip_header(session_expect("ACK sip:old.example.org "),
				"Route"),
		"<sip:bob@192.0.2.9:5060>");
	ck_assert_str_eq(fix.record.target, "sip:old.example.org");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session_call");
	TCase *tcase = tcase_create("session_call");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, session_set_up, session_tear_down);
	tcase_add_test(tcase, what_an_invite_says);
	tcase_add_test(tcase, nothing_leaves_before_the_row_is_on_disk);
	tcase_add_test(tcase, a_call_that_is_answered);
	tcase_add_test(tcase, we_end_it);
	tcase_add_test(tcase, they_end_it);
	tcase_add_test(tcase, nobody_answers_bye);
	tcase_add_test(tcase, cancel_while_it_rings);
	tcase_add_test(tcase, cancel_waits_for_a_word);
	tcase_add_test(tcase, a_2xx_after_cancel_gets_ack_and_bye);
	tcase_add_test(tcase, ended_before_it_left);
	tcase_add_test(tcase, not_permitted_any_more);
	tcase_add_test(tcase, answered_after_their_no);
	tcase_add_test(tcase, nobody_answers_in_time);
	tcase_add_test(tcase, not_a_word);
	tcase_add_test(tcase, each_2xx_gets_ack);
	tcase_add_test(tcase, a_2xx_again_after_the_end);
	tcase_add_test(tcase, who_lost_a_fork_changes_nothing);
	tcase_add_test(tcase, one_of_a_fork_goes_on);
	tcase_add_test(tcase, an_answer_without_contact);
	tcase_add_loop_test(tcase, an_answer_that_is_broken, 0, 5);
	tcase_add_test(tcase, an_answer_that_cannot_be_used);
	tcase_add_test(tcase, what_was_said_before_stands_for_what_is_missing);
	tcase_add_test(tcase, a_disk_that_is_too_slow);
	tcase_add_test(tcase, ended_between_2xx_and_ack);
	tcase_add_test(tcase, refusals_that_end_it);
	tcase_add_test(tcase, after_415_without_the_list);
	tcase_add_test(tcase, after_420_without_the_tags);
	tcase_add_test(tcase, after_422_with_a_longer_interval);
	tcase_add_test(tcase, after_488_with_the_simplest_codecs);
	tcase_add_test(tcase, three_invites_at_most);
	tcase_add_test(tcase, no_other_try_after_the_end);
	tcase_add_test(tcase, the_way_that_proxies_want);
	tcase_add_test(tcase, a_strict_router);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
