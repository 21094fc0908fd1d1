/* What nobody waits for any more: 2xx that come too late, calls of a process
 * that died; and calls that replace others (RFC 3891). */
#include "tests/unit/session_help.h"

#include <check.h>

#define REASON "SIP;cause=503;text=\"Restarted\""

static int n_done;

static void done(void *arg)
{
	(void)arg;
	n_done++;
}

/* ---- late answers -------------------------------------------------------- */

static const char *cancelled(void)
{
	const char *invite;

	session_call();
	invite = session_expect("INVITE ");
	session_reply(invite, 180, "bob", CONTACT, NULL);
	session_end(fix.session, 0, "SIP;cause=470");
	session_run();
	session_expect("CANCEL ");
	session_reply(invite, 487, "bob", NULL, NULL);
	ck_assert_uint_eq(sessions_count(fix.sessions), 0);
	session_heard();
	return invite;
}

START_TEST(a_2xx_after_everything)
{
	const char *invite = cancelled(), *bye;

	session_pass(60000);
	session_reply(invite, 200, "car", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect("ACK sip:bob@192.0.2.9:5060 ");
	bye = session_expect("BYE sip:bob@192.0.2.9:5060 ");
	ck_assert_str_eq(fake_sip_header(bye, "Reason"), "SIP;cause=470");
	session_reply(bye, 200, NULL, NULL, NULL);
	session_reply(invite, 200, "car", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect("ACK ");
	session_expect_none();
	session_pass(4000);
	session_expect_quiet();
	session_reply(invite, 200, "car", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect_none();
	ck_assert_str_eq(session_heard(), "");
}
END_TEST

/* In one segment with the refusal: nobody was told that it is over. */
START_TEST(a_2xx_right_after_a_refusal)
{
	const char *invite;

	session_call();
	invite = session_expect("INVITE ");
	fake_sip_deliver(fix.sip,
			 fake_sip_reply(invite, 486, "bob", NULL, NULL));
	fake_sip_deliver(fix.sip, fake_sip_reply(invite, 200, "car",
						 CONTACT SDP_TYPE, SDP_PHONE));
	session_run();
	session_expect("ACK ");
	session_expect("BYE ");
	session_expect_none();
	ck_assert_uint_eq(sessions_count(fix.sessions), 0);
}
END_TEST

/* To an INVITE before the last one, too: another branch of a fork. */
START_TEST(a_2xx_to_an_earlier_invite)
{
	const char *first, *again;

	session_call();
	first = session_expect("INVITE ");
	session_reply(first, 422, "bob", "Min-SE: 3600\r\n", NULL);
	again = session_expect("INVITE ");
	session_reply(first, 200, "car", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect("ACK ");
	session_expect("BYE ");
	session_reply(again, 200, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect("ACK ");
	ck_assert_uint_eq(sessions_count(fix.sessions), 1);
}
END_TEST

/* No CANCEL could be sent: proxies wait for more than three minutes. */
START_TEST(an_answer_three_minutes_later)
{
	const char *invite;

	session_call();
	invite = session_expect("INVITE ");
	session_end(fix.session, 0, NULL);
	session_pass(32000);
	ck_assert_str_eq(session_heard(), "leaving\nended: ended 0\n");
	session_expect_none();
	session_pass(200000);
	session_reply(invite, 200, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect("ACK ");
	session_expect("BYE ");
}
END_TEST

/* So many are kept, and the oldest goes. */
START_TEST(late_answers_are_waited_for_with_a_bound)
{
	char first[8192], second[8192];

	for (int i = 0; i < 10001; i++) {
		const char *invite;

		session_call();
		invite = session_expect("INVITE ");
		if (i < 2)
			snprintf(i ? second : first, sizeof(first), "%s",
				 invite);
		session_reply(invite, 486, "bob", NULL, NULL);
		session_heard();
	}
	session_reply(first, 200, "car", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect_none();
	session_reply(second, 200, "car", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect("ACK ");
	session_expect("BYE ");
}
END_TEST

static void says(const char *message, const char *asserted)
{
	const char *is = fake_sip_header(message, "P-Asserted-Identity");

	if (asserted)
		ck_assert_str_eq(is ? is : "nobody", asserted);
	else
		ck_assert_msg(!is, "%s", message);
	ck_assert_int_eq(strstr(message, "\nPrivacy: id") != NULL,
			 asserted != NULL);
}

static const struct assertion alice = {
	.asserted = VIEW("P-Asserted-Identity: <sip:alice@example.com>\r\n"),
	.privacy_line = VIEW("Privacy: id\r\n")};

/* RFC 5876 section 4.1: in all that is sent for her in a dialog, and never in
 * CANCEL; in ACK as the hop is told (policies/trust). */
START_TEST(late_ack_and_bye_tell_for_whom_they_are)
{
	const char *invite;

	fix.invitation.assertion = alice;
	session_call();
	invite = session_expect("INVITE ");
	says(invite, "<sip:alice@example.com>");
	session_reply(invite, 486, "bob", NULL, NULL);
	session_reply(invite, 200, "car", CONTACT SDP_TYPE, SDP_PHONE);
	says(session_expect("ACK "), "<sip:alice@example.com>");
	says(session_expect("BYE "), "<sip:alice@example.com>");
}
END_TEST

START_TEST(a_stranger_who_answers)
{
	const char *invite = cancelled();
	char *response =
		mem_strdup(fake_sip_reply(invite, 200, "bob", CONTACT, NULL));

	memcpy(strstr(response, ";tag=") + 5, "00", 2);
	session_receive(response);
	session_expect_none();
	free(response);
}
END_TEST

/* Who has seen the INVITE on its way names no victim for ACK and BYE. */
START_TEST(an_answer_from_another_host)
{
	const char *invite = cancelled();

	fake_sip_stray_from(fix.sip, "192.0.2.66");
	session_reply(invite, 200, "car", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect_none();
	fake_sip_stray_from(fix.sip, "192.0.2.99:1024");
	session_reply(invite, 200, "car", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect("ACK ");
	session_expect("BYE ");
}
END_TEST

/* ---- a process that died ------------------------------------------------- */

static int n_not_found;

static void not_found(void *arg)
{
	(void)arg;
	n_not_found++;
}

static void end_orphan(const struct session_orphan *orphan)
{
	n_done = n_not_found = 0;
	/* The process: all that it knew is gone. */
	sessions_free(fix.sessions);
	if (fix.request)
		request_free(fix.request);
	fix.request = NULL;
	fake_sip_free(fix.sip);
	fix.sip = fake_sip_new(fix.loop, "192.0.2.1");
	fix.settings.sip = fix.sip;
	fix.settings.edge = fake_sip_edge(fix.sip);
	fix.sessions = sessions_new(&fix.settings);
	session_end_record(fix.sessions, orphan);
	session_run();
}

static struct assertion sender;

static void end_record(int was_confirmed)
{
	const struct session_orphan orphan = {.record = &fix.record,
					      .was_confirmed = was_confirmed,
					      .reason = REASON,
					      .assertion = sender,
					      .not_found = not_found,
					      .done = done};

	end_orphan(&orphan);
}

/* As the process after that: CANCEL found nothing @p ms ago. */
static void end_again(int64_t ms)
{
	const struct session_orphan orphan = {.record = &fix.record,
					      .was_not_found = true,
					      .since_ms = ms,
					      .reason = REASON,
					      .not_found = not_found,
					      .done = done};

	end_orphan(&orphan);
}

START_TEST(a_call_that_talked)
{
	const char *bye;

	session_confirmed("Record-Route: <sip:p1.example.org;lr>\r\n");
	end_record(1);
	bye = session_expect("BYE sip:bob@192.0.2.9:5060 SIP/2.0\r\n");
	ck_assert_str_eq(fake_sip_header(bye, "Reason"), REASON);
	ck_assert_str_eq(fake_sip_header(bye, "Route"),
			 "<sip:p1.example.org;lr>");
	ck_assert_str_eq(fake_sip_header(bye, "To"), "<" BOB ">;tag=bob");
	ck_assert_ptr_nonnull(
		strstr(fake_sip_header(bye, "From"), fix.local_tag));
	ck_assert_str_eq(fake_sip_header(bye, "Call-ID"), fix.call_id);
	ck_assert_uint_eq(session_cseq(bye), fix.record.cseq + 1000);
	ck_assert_int_eq(n_done, 0);
	session_reply(bye, 200, NULL, NULL, NULL);
	ck_assert_int_eq(n_done, 1);
	session_expect_quiet();
}
END_TEST

/* Of the next process, too. */
START_TEST(a_call_that_talked_for_her)
{
	sender = alice;
	session_confirmed("");
	end_record(1);
	says(session_expect("BYE "), "<sip:alice@example.com>");
	sender = (struct assertion){0};
}
END_TEST

/* RFC 3325 section 9.1, the draft's section 4.1.1: CANCEL has none.  The ACK to
 * a refusal is of the transaction, and of nobody (RFC 3261 17.1.1.3). */
START_TEST(a_call_that_rang_for_her)
{
	const char *invite, *bye;

	sender = alice;
	session_call();
	invite = session_expect("INVITE ");
	end_record(0);
	says(session_expect("CANCEL "), NULL);
	session_reply(invite, 200, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	bye = session_expect("BYE ");
	says(bye, "<sip:alice@example.com>");
	session_reply(bye, 200, NULL, NULL, NULL);
	says(session_expect("ACK "), "<sip:alice@example.com>");
	session_reply(invite, 487, "bob", NULL, NULL);
	says(session_expect("ACK "), NULL);
	sender = (struct assertion){0};
}
END_TEST

START_TEST(a_call_of_theirs_that_talked)
{
	const char *bye;

	session_accepted(NULL);
	end_record(1);
	bye = session_expect("BYE sip:ann@192.0.2.8:5060 SIP/2.0\r\n");
	ck_assert_str_eq(fake_sip_header(bye, "To"),
			 "<sip:ann@example.org>;tag=ann");
	ck_assert_ptr_nonnull(
		strstr(fake_sip_header(bye, "From"), fix.local_tag));
	session_pass(32000);
	ck_assert_int_eq(n_done, 1);
}
END_TEST

START_TEST(a_call_that_rang)
{
	char branch[64], from[128];
	const char *invite, *cancel, *late;

	session_call();
	invite = session_expect("INVITE ");
	snprintf(branch, sizeof(branch), "%s", fix.branch);
	snprintf(from, sizeof(from), "%s", fake_sip_header(invite, "From"));
	end_record(0);
	cancel = session_expect("CANCEL " BOB " SIP/2.0\r\n");
	ck_assert_ptr_nonnull(strstr(fake_sip_header(cancel, "Via"), branch));
	ck_assert_str_eq(fake_sip_header(cancel, "From"), from);
	ck_assert_str_eq(fake_sip_header(cancel, "To"), "<" BOB ">");
	ck_assert_str_eq(fake_sip_header(cancel, "Reason"), REASON);
	ck_assert_uint_eq(session_cseq(cancel), session_cseq(invite));
	session_reply(cancel, 200, NULL, NULL, NULL);
	/* The refusal gets its ACK, each time. */
	session_reply(invite, 487, "bob", NULL, NULL);
	late = session_expect("ACK " BOB " ");
	ck_assert_ptr_nonnull(strstr(fake_sip_header(late, "Via"), branch));
	ck_assert_str_eq(fake_sip_header(late, "To"), "<" BOB ">;tag=bob");
	/* Nothing rings: the row goes.  Else each start would begin anew. */
	ck_assert_int_eq(n_done, 1);
	session_reply(invite, 487, "bob", NULL, NULL);
	session_expect("ACK ");
	session_pass(64000);
	ck_assert_int_eq(n_done, 1);
	ck_assert_int_eq(n_not_found, 0);
	session_expect_quiet();
}
END_TEST

/* Nor is CANCEL sent again, whose own answer was lost. */
START_TEST(a_refusal_is_an_answer_to_cancel)
{
	const char *invite;

	session_call();
	invite = session_expect("INVITE ");
	end_record(0);
	session_expect("CANCEL ");
	session_reply(invite, 487, "bob", NULL, NULL);
	session_expect("ACK ");
	ck_assert_int_eq(n_done, 1);
	session_pass(64000);
	session_expect_quiet();
	ck_assert_int_eq(n_not_found, 0);
}
END_TEST

/* A 2xx may be on its way: it is waited for once, by however many processes. */
START_TEST(a_call_that_nobody_knows)
{
	session_call();
	session_expect("INVITE ");
	end_record(0);
	session_reply(session_expect("CANCEL "), 481, NULL, NULL, NULL);
	ck_assert_int_eq(n_not_found, 1);
	ck_assert_int_eq(n_done, 0);
	end_again(60000);
	session_expect_none();
	session_pass(3000);
	ck_assert_int_eq(n_done, 0);
	session_pass(1000);
	ck_assert_int_eq(n_done, 1);
	end_again(64000);
	session_pass(0);
	ck_assert_int_eq(n_done, 1);
	session_expect_quiet();
}
END_TEST

/* Nobody has heard CANCEL: the next process sends it. */
START_TEST(a_cancel_without_an_answer)
{
	session_call();
	session_expect("INVITE ");
	end_record(0);
	session_expect("CANCEL ");
	ck_assert_int_eq(n_not_found, 0);
	end_record(0);
	session_expect("CANCEL ");
	session_pass(64000);
	ck_assert_int_eq(n_done, 1);
	session_expect_quiet();
}
END_TEST

START_TEST(a_call_that_was_answered_meanwhile)
{
	const char *invite, *bye;

	session_call();
	invite = session_expect("INVITE ");
	end_record(0);
	session_expect("CANCEL ");
	session_reply(invite, 200, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	bye = session_expect("BYE sip:bob@192.0.2.9:5060 ");
	/* No ACK yet: this process may die, too, before BYE is heard. */
	session_reply(invite, 200, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect_none();
	ck_assert_int_eq(n_done, 0);
	session_reply(bye, 200, NULL, NULL, NULL);
	session_expect("ACK sip:bob@192.0.2.9:5060 ");
	ck_assert_int_eq(n_done, 1);
	session_reply(invite, 200, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect("ACK sip:bob@192.0.2.9:5060 ");
	session_pass(64000);
	ck_assert_int_eq(n_done, 1);
	session_expect_quiet();
}
END_TEST

/* The row goes with the last of them. */
START_TEST(two_phones_that_answered_meanwhile)
{
	const char *invite, *bob, *car;

	session_call();
	invite = session_expect("INVITE ");
	end_record(0);
	session_expect("CANCEL ");
	session_reply(invite, 200, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	bob = session_expect("BYE ");
	session_reply(invite, 200, "car", CONTACT SDP_TYPE, SDP_PHONE);
	car = session_expect("BYE ");
	session_reply(invite, 487, "dan", NULL, NULL);
	session_expect("ACK " BOB " ");
	session_reply(bob, 200, NULL, NULL, NULL);
	session_expect("ACK sip:bob@192.0.2.9:5060 ");
	ck_assert_int_eq(n_done, 0);
	session_reply(car, 481, NULL, NULL, NULL);
	session_expect("ACK sip:bob@192.0.2.9:5060 ");
	ck_assert_int_eq(n_done, 1);
	session_pass(64000);
	ck_assert_int_eq(n_done, 1);
	session_expect_quiet();
}
END_TEST

/* They have ended by themselves for want of ACK (RFC 3261 section 13.3.1.4). */
START_TEST(a_phone_that_answered_and_went)
{
	const char *invite;

	session_call();
	invite = session_expect("INVITE ");
	end_record(0);
	session_expect("CANCEL ");
	session_pass(31000);
	session_reply(invite, 200, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect("BYE ");
	session_pass(31000);
	ck_assert_int_eq(n_done, 0);
	session_pass(1000);
	session_expect("ACK ");
	ck_assert_int_eq(n_done, 1);
	session_pass(64000);
	session_expect_quiet();
}
END_TEST

START_TEST(a_call_of_theirs_that_was_not_answered)
{
	fix.holds_confirm = true;
	session_receive(session_invite_of(NULL, SDP_PHONE));
	end_record(0);
	ck_assert_int_eq(n_done, 1);
	session_expect_none();
}
END_TEST

/* ---- Replaces ------------------------------------------------------------ */

static int replaces(const char *value, struct session **ret)
{
	char lines[512];
	struct request request = {0};

	snprintf(lines, sizeof(lines), "%s%s\r\n",
		 *value ? "Replaces: " : "X: ", value);
	request.bytes = view_of(session_invite_of(lines, SDP_PHONE));
	return session_replaces(fix.sessions, &request, ret);
}

static const char *value_of(const char *more)
{
	static char value[256];

	snprintf(value, sizeof(value), "%s;to-tag=%s;from-tag=bob%s",
		 fix.call_id, fix.local_tag, more);
	return value;
}

START_TEST(who_is_replaced)
{
	struct session *session;

	session_confirmed("");
	ck_assert_int_eq(replaces(value_of(""), &session), 0);
	ck_assert_ptr_eq(session, fix.session);
	ck_assert_int_eq(replaces("", &session), 0);
	ck_assert_ptr_null(session);
	ck_assert_int_eq(replaces(value_of(";early-only"), &session), 486);
	ck_assert_int_eq(replaces("x;to-tag=a;from-tag=b", &session), 481);
	ck_assert_int_eq(replaces("x;to-tag=a", &session), 400);
	ck_assert_int_eq(replaces("x", &session), 400);
	ck_assert_ptr_null(session);
}
END_TEST

START_TEST(two_replaces)
{
	struct session *session;
	char twice[512];

	session_confirmed("");
	snprintf(twice, sizeof(twice), "%s\r\nReplaces: x;to-tag=a;from-tag=b",
		 value_of(""));
	ck_assert_int_eq(replaces(twice, &session), 400);
}
END_TEST

/* RFC 3891 section 3: one that we made may be replaced while it is early. */
START_TEST(an_early_dialog_is_replaced)
{
	struct session *session;

	session_call();
	session_reply(session_expect("INVITE "), 180, "bob", CONTACT, NULL);
	ck_assert_int_eq(replaces(value_of(";early-only"), &session), 0);
	ck_assert_ptr_eq(session, fix.session);
}
END_TEST

START_TEST(what_is_over_is_not_replaced)
{
	struct session *session;

	session_confirmed("");
	session_end(fix.session, 0, NULL);
	ck_assert_int_eq(replaces(value_of(""), &session), 603);
	ck_assert_ptr_null(session);
}
END_TEST

START_TEST(what_we_did_not_make_is_not_replaced_early)
{
	struct session *session;
	char value[256];

	fix.holds_confirm = true;
	session_receive(session_invite_of(NULL, SDP_PHONE));
	snprintf(value, sizeof(value), "%s;to-tag=%s;from-tag=ann", fix.call_id,
		 fix.local_tag);
	ck_assert_int_eq(replaces(value, &session), 481);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session_late");
	TCase *tcase = tcase_create("session_late");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, session_set_up, session_tear_down);
	tcase_add_test(tcase, a_2xx_after_everything);
	tcase_add_test(tcase, a_2xx_right_after_a_refusal);
	tcase_add_test(tcase, a_2xx_to_an_earlier_invite);
	tcase_add_test(tcase, an_answer_three_minutes_later);
	tcase_add_test(tcase, an_answer_from_another_host);
	tcase_add_test(tcase, late_answers_are_waited_for_with_a_bound);
	tcase_add_test(tcase, late_ack_and_bye_tell_for_whom_they_are);
	tcase_add_test(tcase, a_stranger_who_answers);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_call_that_talked);
	tcase_add_test(tcase, a_call_of_theirs_that_talked);
	tcase_add_test(tcase, a_call_that_talked_for_her);
	tcase_add_test(tcase, a_call_that_rang_for_her);
	tcase_add_test(tcase, a_call_that_rang);
	tcase_add_test(tcase, a_refusal_is_an_answer_to_cancel);
	tcase_add_test(tcase, a_call_that_nobody_knows);
	tcase_add_test(tcase, a_cancel_without_an_answer);
	tcase_add_test(tcase, a_call_that_was_answered_meanwhile);
	tcase_add_test(tcase, two_phones_that_answered_meanwhile);
	tcase_add_test(tcase, a_phone_that_answered_and_went);
	tcase_add_test(tcase, a_call_of_theirs_that_was_not_answered);
	tcase_add_test(tcase, who_is_replaced);
	tcase_add_test(tcase, two_replaces);
	tcase_add_test(tcase, an_early_dialog_is_replaced);
	tcase_add_test(tcase, what_is_over_is_not_replaced);
	tcase_add_test(tcase, what_we_did_not_make_is_not_replaced_early);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
