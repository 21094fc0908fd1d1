/* Session timers of calls that go on (RFC 4028). */
#include "tests/unit/session_help.h"

#include <check.h>

#define US "Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n"
#define THEM "Supported: timer\r\nSession-Expires: 600;refresher=uas\r\n"

/* Until something left. */
static const char *wait_for(const char *begin, int64_t most_ms)
{
	for (int64_t ms = 0; ms < most_ms; ms += 1000) {
		const char *message = fake_sip_take(fix.sip);
		static char kept[16384];

		if (message) {
			ck_assert_msg(strncmp(message, begin, strlen(begin)) ==
					      0,
				      "not %s but %s", begin, message);
			snprintf(kept, sizeof(kept), "%s", message);
			return kept;
		}
		session_pass(1000);
	}
	ck_abort_msg("%s did not leave in time", begin);
	return NULL;
}

START_TEST(we_refresh_by_update)
{
	const char *update;

	session_confirmed(US);
	session_pass(269000);
	session_expect_none();
	update = wait_for("UPDATE sip:bob@192.0.2.9:5060 ", 62000);
	ck_assert_str_eq(fake_sip_header(update, "Session-Expires"),
			 "600;refresher=uac");
	ck_assert_str_eq(fake_sip_header(update, "Min-SE"), "90");
	ck_assert_ptr_nonnull(fake_sip_header(update, "Supported"));
	ck_assert_ptr_nonnull(fake_sip_header(update, "Contact"));
	ck_assert_str_eq(fake_sip_header(update, "Content-Length"), "0");
	session_reply(update, 200, NULL, CONTACT US, NULL);
	wait_for("UPDATE ", 332000);
	ck_assert_str_eq(session_heard(), "");
}
END_TEST

START_TEST(we_refresh_by_reinvite)
{
	char first[16384], sdp[2048];
	const char *again, *ack;

	snprintf(first, sizeof(first), "%s",
		 session_confirmed(US "Allow: INVITE, BYE\r\n"));
	snprintf(sdp, sizeof(sdp), "%s", strstr(first, "\r\n\r\n"));
	again = wait_for("INVITE sip:bob@192.0.2.9:5060 ", 332000);
	ck_assert_str_eq(strstr(again, "\r\n\r\n"), sdp);
	ck_assert_ptr_nonnull(strstr(fake_sip_header(again, "To"), "tag=bob"));
	session_reply(again, 200, NULL, CONTACT US SDP_TYPE, SDP_PHONE);
	ack = session_expect("ACK ");
	ck_assert_uint_eq(session_cseq(ack), session_cseq(again));
	session_reply(again, 200, NULL, CONTACT US SDP_TYPE, SDP_PHONE);
	session_expect("ACK ");
	session_expect_none();
	wait_for("INVITE ", 332000);
	ck_assert_str_eq(session_heard(), "media\n");
}
END_TEST

START_TEST(they_know_no_update_after_all)
{
	const char *update;

	session_confirmed(US);
	update = wait_for("UPDATE ", 332000);
	session_reply(update, 501, NULL, NULL, NULL);
	wait_for("INVITE ", 2000);
}
END_TEST

/* An identity speaks for its own message, whatever that answers (RFC 5876
 * section 3). */
START_TEST(the_answer_to_a_refresh_says_whose_it_is)
{
	static const char *const methods[] = {"UPDATE ", "INVITE "};

	session_confirmed(_i / 2 ? US "Allow: INVITE\r\n" : US);
	session_reply(wait_for(methods[_i / 2], 332000), _i % 2 ? 500 : 200,
		      NULL,
		      CONTACT US SDP_TYPE "P-Asserted-Identity: "
					  "<sip:carol@example.org>\r\n",
		      SDP_PHONE);
	ck_assert_ptr_nonnull(
		strstr(session_heard(), "is sip:carol@example.org\n"));
}
END_TEST

START_TEST(they_do_not_refresh)
{
	session_confirmed(THEM);
	session_pass(567999);
	session_expect_none();
	session_pass(1);
	session_reply(session_expect("BYE "), 200, NULL, NULL, NULL);
	ck_assert_str_eq(session_heard(), "ended: lost 408\n");
	session_expect_quiet();
}
END_TEST

START_TEST(they_refresh)
{
	const char *ok;

	session_confirmed(THEM);
	session_pass(300000);
	session_receive(session_in_dialog("UPDATE", 1,
					  CONTACT "Supported: timer\r\n"
						  "Session-Expires: 600;"
						  "refresher=uac\r\n",
					  NULL));
	ok = session_expect("SIP/2.0 200 ");
	ck_assert_str_eq(fake_sip_header(ok, "Session-Expires"),
			 "600;refresher=uac");
	ck_assert_str_eq(fake_sip_header(ok, "Require"), "timer");
	session_pass(567999);
	session_expect_none();
	session_pass(1);
	session_expect("BYE ");
}
END_TEST

/* The last 2xx decides: without Session-Expires there is no timer any more. */
START_TEST(it_is_switched_off)
{
	session_confirmed(US);
	session_reply(wait_for("UPDATE ", 332000), 200, NULL, CONTACT, NULL);
	session_pass(86400000);
	session_expect_none();
	ck_assert_str_eq(session_heard(), "");
}
END_TEST

START_TEST(no_timer_was_agreed_on)
{
	session_confirmed("");
	session_pass(86400000);
	session_expect_none();
	ck_assert_uint_eq(sessions_count(fix.sessions), 1);
}
END_TEST

static void expect_end(int status)
{
	char line[64];

	session_reply(session_expect("BYE "), 200, NULL, NULL, NULL);
	snprintf(line, sizeof(line), "ended: lost %d\n", status);
	ck_assert_str_eq(session_heard(), line);
	session_expect_quiet();
}

/* RFC 5057 section 5.1; RFC 3261 section 12.2.1.2. */
START_TEST(a_refusal_that_ends_it)
{
	static const int statuses[] = {404, 408, 410, 416, 481, 482,
				       483, 484, 485, 502, 604};

	session_confirmed(US);
	session_reply(wait_for("UPDATE ", 332000), statuses[_i], NULL, NULL,
		      NULL);
	expect_end(statuses[_i]);
}
END_TEST

START_TEST(nobody_answers_the_refresh)
{
	session_confirmed(US);
	wait_for("UPDATE ", 332000);
	session_pass(32000);
	expect_end(408);
}
END_TEST

START_TEST(a_refusal_for_now)
{
	session_confirmed(US);
	session_reply(wait_for("UPDATE ", 332000), 500, NULL,
		      "Retry-After: 5\r\n", NULL);
	session_pass(4999);
	session_expect_none();
	session_pass(1);
	session_reply(session_expect("UPDATE "), 200, NULL, CONTACT US, NULL);
	ck_assert_str_eq(session_heard(), "");
}
END_TEST

/* Tried again until the interval is over, then it is lost. */
START_TEST(refused_again_and_again)
{
	int n = 0;

	session_confirmed(US);
	for (;;) {
		const char *message = fake_sip_take(fix.sip);

		if (message && strncmp(message, "BYE ", 4) == 0)
			break;
		if (message) {
			session_reply(message, 500, NULL, NULL, NULL);
			n++;
		}
		session_pass(1000);
		ck_assert_int_lt(n, 40);
	}
	ck_assert_int_gt(n, 10);
}
END_TEST

START_TEST(glare)
{
	const char *again;

	session_confirmed(US "Allow: INVITE\r\n");
	session_reply(wait_for("INVITE ", 332000), 491, NULL, NULL, NULL);
	session_pass(2099);
	session_expect_none();
	again = wait_for("INVITE ", 4000);
	/* Theirs while ours is open. */
	session_receive(
		session_in_dialog("INVITE", 1, CONTACT SDP_TYPE, SDP_PHONE));
	session_expect("SIP/2.0 491 ");
	session_reply(again, 200, NULL, CONTACT US SDP_TYPE, SDP_PHONE);
	session_expect("ACK ");
}
END_TEST

START_TEST(the_interval_is_too_short_for_them)
{
	const char *again;

	session_confirmed(US);
	session_reply(wait_for("UPDATE ", 332000), 422, NULL, "Min-SE: 900\r\n",
		      NULL);
	again = wait_for("UPDATE ", 2000);
	ck_assert_str_eq(fake_sip_header(again, "Session-Expires"),
			 "900;refresher=uac");
	ck_assert_str_eq(fake_sip_header(again, "Min-SE"), "900");
}
END_TEST

/* Each refusal asks for a little more: we do not run after it. */
START_TEST(a_longer_interval_each_time)
{
	unsigned n = 0;

	session_confirmed(US);
	session_pass(332000);
	for (int ms = 0; ms < 4000; ms += 10) {
		const char *message = fake_sip_take(fix.sip);
		char update[4096], more[32];

		if (message && n++ < 200) {
			snprintf(update, sizeof(update), "%s", message);
			snprintf(more, sizeof(more), "Min-SE: %u\r\n", 600 + n);
			session_reply(update, 422, NULL, more, NULL);
		}
		session_pass(10);
	}
	ck_assert_uint_ge(n, 2);
	ck_assert_uint_le(n, 10);
}
END_TEST

/* RFC 3261 section 14.1: none of ours while theirs waits for its ACK. */
START_TEST(our_refresh_waits_for_their_ack)
{
	session_confirmed(US "Allow: INVITE\r\n");
	session_pass(269000);
	session_receive(session_in_dialog(
		"INVITE", 1,
		CONTACT SDP_TYPE "Supported: timer\r\n"
				 "Session-Expires: 90;refresher=uas\r\n",
		SDP_PHONE));
	session_expect("SIP/2.0 200 ");
	session_pass(25000);
	while (fake_sip_take(fix.sip))
		;
	session_receive(session_in_dialog("ACK", 1, NULL, NULL));
	ck_assert_ptr_nonnull(wait_for("INVITE ", 30000));
}
END_TEST

/* What was on its way when the call ended does not leave. */
START_TEST(no_refresh_after_the_end)
{
	session_confirmed(US);
	session_pass(269000);
	while (!fake_sip_legs(fix.sip)) {
		fake_loop_move(fix.loop, fake_loop_next_ms(fix.loop));
		fake_loop_turn(fix.loop);
	}
	session_end(fix.session, 0, NULL);
	session_run();
	session_reply(session_expect("BYE "), 200, NULL, NULL, NULL);
	session_expect_none();
	ck_assert_str_eq(session_heard(), "ended: ended 0\n");
}
END_TEST

START_TEST(bye_while_our_reinvite_is_open)
{
	char invite[16384];

	session_confirmed(US "Allow: INVITE\r\n");
	snprintf(invite, sizeof(invite), "%s", wait_for("INVITE ", 332000));
	session_end(fix.session, 0, NULL);
	session_run();
	session_reply(session_expect("BYE "), 200, NULL, NULL, NULL);
	ck_assert_str_eq(session_heard(), "ended: ended 0\n");
	session_reply(invite, 487, NULL, NULL, NULL);
	session_expect_none();
}
END_TEST

START_TEST(a_call_of_theirs_that_we_refresh)
{
	session_accepted("Supported: timer\r\nAllow: UPDATE\r\n"
			 "Session-Expires: 600;refresher=uas\r\n");
	wait_for("UPDATE sip:ann@192.0.2.8:5060 ", 332000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session_timer");
	TCase *tcase = tcase_create("session_timer");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, session_set_up, session_tear_down);
	tcase_add_test(tcase, we_refresh_by_update);
	tcase_add_test(tcase, we_refresh_by_reinvite);
	tcase_add_test(tcase, they_know_no_update_after_all);
	tcase_add_loop_test(tcase, the_answer_to_a_refresh_says_whose_it_is, 0,
			    4);
	tcase_add_test(tcase, they_do_not_refresh);
	tcase_add_test(tcase, they_refresh);
	tcase_add_test(tcase, it_is_switched_off);
	tcase_add_test(tcase, no_timer_was_agreed_on);
	tcase_add_loop_test(tcase, a_refusal_that_ends_it, 0, 11);
	tcase_add_test(tcase, nobody_answers_the_refresh);
	tcase_add_test(tcase, a_refusal_for_now);
	tcase_add_test(tcase, refused_again_and_again);
	tcase_add_test(tcase, glare);
	tcase_add_test(tcase, the_interval_is_too_short_for_them);
	tcase_add_test(tcase, a_longer_interval_each_time);
	tcase_add_test(tcase, our_refresh_waits_for_their_ack);
	tcase_add_test(tcase, no_refresh_after_the_end);
	tcase_add_test(tcase, bye_while_our_reinvite_is_open);
	tcase_add_test(tcase, a_call_of_theirs_that_we_refresh);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
