/* Requests in the dialog of a call: changes, questions, keys (RFC 3261 sections
 * 12.2 and 14, RFC 3262, RFC 3264, RFC 3311). */
#include "tests/unit/session_help.h"

#include <check.h>
#include <stdlib.h>

#include "server/sip/dialog_table.h"

/* Their requests count up. */
static unsigned cseq;

static void ask(const char *method, const char *lines, const char *body)
{
	session_receive(session_in_dialog(method, ++cseq, lines, body));
}

/* ACK to the last one. */
static void acknowledge(const char *lines, const char *body)
{
	session_receive(session_in_dialog("ACK", cseq, lines, body));
}

static void set_up(void)
{
	session_set_up();
	cseq = 0;
	session_confirmed("");
}

/* ---- changes ------------------------------------------------------------- */

#define HELD SDP_WITH("a=sendonly\r\n")

/* clang-format off */
static const struct {
	const char *sentence, *theirs, *ours, *heard;
} directions[] = {
	{"they listen to something else", "a=sendonly\r\n", "a=recvonly\r\n", "media held\n"},
	{"nobody speaks", "a=inactive\r\n", "a=inactive\r\n", "media held\n"},
	{"they only listen", "a=recvonly\r\n", "a=sendonly\r\n", "media\n"},
	{"they are back", "a=sendrecv\r\n", "a=sendrecv\r\n", "media\n"},
};
/* clang-format on */

static void change_direction(const char *method, int i)
{
	char theirs[1024];
	const char *ok;

	snprintf(theirs, sizeof(theirs), "%s%s", SDP_PHONE,
		 directions[i].theirs);
	ask(method, CONTACT SDP_TYPE, theirs);
	ok = session_expect("SIP/2.0 200 ");
	ck_assert_msg(strstr(ok, directions[i].ours) != NULL, "%s: %s",
		      directions[i].sentence, ok);
	ck_assert_str_eq(session_heard(), directions[i].heard);
}

START_TEST(a_reinvite_changes_the_direction)
{
	change_direction("INVITE", _i);
	acknowledge(NULL, NULL);
	session_expect_none();
}
END_TEST

START_TEST(an_update_changes_the_direction)
{
	change_direction("UPDATE", _i);
}
END_TEST

START_TEST(an_update_moves_the_target)
{
	ask("UPDATE", "Contact: <sip:bob@192.0.2.77>\r\n", NULL);
	session_expect("SIP/2.0 200 ");
	session_end(fix.session, 0, NULL);
	session_run();
	session_expect("BYE sip:bob@192.0.2.77 SIP/2.0\r\n");
}
END_TEST

/* Audio that we do not speak. */
#define SDP_OTHER                                                              \
	"v=0\r\no=- 7 2 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\n"     \
	"t=0 0\r\nm=audio 4000 RTP/AVP 18\r\n"

START_TEST(a_refused_change_changes_nothing)
{
	const char *refused;

	ask("INVITE", "Contact: <sip:bob@192.0.2.77>\r\n" SDP_TYPE, SDP_OTHER);
	refused = session_expect("SIP/2.0 488 ");
	ck_assert_ptr_nonnull(strstr(refused, "\r\nWarning: 305 "));
	ask("UPDATE", "Contact: <sip:bob@192.0.2.77>\r\n" SDP_TYPE, SDP_OTHER);
	session_expect("SIP/2.0 488 ");
	ck_assert_str_eq(session_heard(), "");
	session_end(fix.session, 0, NULL);
	session_run();
	session_expect("BYE sip:bob@192.0.2.9:5060 SIP/2.0\r\n");
}
END_TEST

/* The o= line: session and version. */
static void origin_of(const char *message, char ret[64])
{
	const char *at = strstr(message, "\r\no=") + 2;

	snprintf(ret, 64, "%.*s", (int)(strstr(at, "\r\n") - at), at);
}

START_TEST(they_end_the_stream)
{
	ask("UPDATE", CONTACT SDP_TYPE, SDP_VIDEO);
	ck_assert_ptr_nonnull(
		strstr(session_expect("SIP/2.0 200 "), "m=video 0 "));
	ck_assert_str_eq(session_heard(), "media off\n");
}
END_TEST

START_TEST(a_reinvite_without_offer_gets_ours)
{
	char first[64], second[64];
	const char *ok;

	ask("INVITE", CONTACT, NULL);
	ok = session_expect("SIP/2.0 200 ");
	ck_assert_ptr_nonnull(strstr(ok, "m=audio 20000 RTP/AVP 0 8 101\r\n"));
	origin_of(ok, first);
	ck_assert_str_eq(session_heard(), "");
	acknowledge(SDP_TYPE, HELD);
	ck_assert_str_eq(session_heard(), "media held\n");
	/* Nothing is new in it: the same version. */
	ask("INVITE", CONTACT, NULL);
	ok = session_expect("SIP/2.0 200 ");
	origin_of(ok, second);
	ck_assert_str_eq(first, second);
}
END_TEST

START_TEST(ack_to_a_reinvite_without_an_answer)
{
	ask("INVITE", CONTACT, NULL);
	session_expect("SIP/2.0 200 ");
	acknowledge(NULL, NULL);
	session_reply(session_expect("BYE "), 200, NULL, NULL, NULL);
	ck_assert_str_eq(session_heard(), "ended: unusable 488\n");
}
END_TEST

START_TEST(the_200_to_a_reinvite_again_until_ack)
{
	ask("INVITE", CONTACT SDP_TYPE, HELD);
	session_expect("SIP/2.0 200 ");
	session_pass(500);
	session_expect("SIP/2.0 200 ");
	session_pass(1000);
	session_expect("SIP/2.0 200 ");
	acknowledge(NULL, NULL);
	session_pass(30000);
	session_expect_none();
}
END_TEST

START_TEST(no_ack_to_a_reinvite)
{
	const char *message, *bye = NULL;

	ask("INVITE", CONTACT SDP_TYPE, HELD);
	session_pass(32000);
	while ((message = fake_sip_take(fix.sip))) {
		bye = message;
		if (strncmp(message, "BYE ", 4) == 0)
			break;
	}
	ck_assert_int_eq(strncmp(bye, "BYE ", 4), 0);
	session_reply(bye, 200, NULL, NULL, NULL);
	ck_assert_str_eq(session_heard(), "media held\nended: lost 408\n");
}
END_TEST

/* Between our 2xx and its ACK: 200, or 491 where our offer is open. */
START_TEST(a_second_reinvite_before_ack)
{
	ask("INVITE", CONTACT SDP_TYPE, HELD);
	session_expect("SIP/2.0 200 ");
	ask("INVITE", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect("SIP/2.0 200 ");
	session_pass(500);
	session_expect("SIP/2.0 200 ");
	session_expect_none(); /* the first is not sent again */
	acknowledge(NULL, NULL);
	session_pass(32000);
	session_expect_none();
	ask("INVITE", CONTACT, NULL);
	session_expect("SIP/2.0 200 ");
	ask("INVITE", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect("SIP/2.0 491 ");
	ask("UPDATE", CONTACT SDP_TYPE, SDP_PHONE);
	session_expect("SIP/2.0 491 ");
	ask("UPDATE", CONTACT, NULL);
	session_expect("SIP/2.0 200 ");
}
END_TEST

START_TEST(too_many_reinvites_at_once)
{
	for (int i = 0; i < 16; i++) {
		ask("INVITE", CONTACT SDP_TYPE, i % 2 ? SDP_PHONE : HELD);
		session_expect("SIP/2.0 200 ");
		if (i < 12) /* somebody plays with the button for hold */
			acknowledge(NULL, NULL);
	}
	ask("INVITE", CONTACT SDP_TYPE, SDP_PHONE);
	ck_assert_ptr_nonnull(
		fake_sip_header(session_expect("SIP/2.0 500 "), "Retry-After"));
	ck_assert_uint_eq(sessions_count(fix.sessions), 1);
}
END_TEST

START_TEST(a_change_after_our_bye)
{
	session_end(fix.session, 0, NULL);
	session_run();
	session_expect("BYE ");
	ask("INVITE", CONTACT SDP_TYPE, HELD);
	session_expect("SIP/2.0 481 ");
	ask("UPDATE", CONTACT SDP_TYPE, HELD);
	session_expect("SIP/2.0 481 ");
	ask("BYE", NULL, NULL);
	session_expect("SIP/2.0 200 ");
	ck_assert_str_eq(session_heard(), "ended: ended 0\n");
}
END_TEST

START_TEST(a_change_with_too_short_an_interval)
{
	ask("UPDATE", CONTACT "Supported: timer\r\nSession-Expires: 30\r\n",
	    NULL);
	ck_assert_str_eq(
		fake_sip_header(session_expect("SIP/2.0 422 "), "Min-SE"),
		"90");
}
END_TEST

/* ---- who sends ----------------------------------------------------------- */

static void tells_of_alice(const char *message)
{
	const char *privacy = strstr(message, "\nPrivacy: id");

	ck_assert_ptr_nonnull(fake_sip_header(message, "P-Asserted-Identity"));
	ck_assert_str_eq(fake_sip_header(message, "P-Asserted-Identity"),
			 "<sip:alice@example.com>");
	ck_assert_ptr_nonnull(privacy);
	ck_assert_ptr_null(strstr(privacy + 1, "\nPrivacy:"));
}

/* RFC 5876 section 4.1: in each request for her; and she hides. */
START_TEST(each_request_tells_for_whom_it_is)
{
	static const char lines[] = CONTACT SDP_TYPE "Allow: INVITE\r\n";
	char invite[16384];

	session_tear_down();
	session_set_up();
	fix.invitation.assertion.asserted =
		VIEW("P-Asserted-Identity: <sip:alice@example.com>\r\n");
	fix.invitation.assertion.privacy_line = VIEW("Privacy: id\r\n");
	session_call();
	snprintf(invite, sizeof(invite), "%s", session_expect("INVITE "));
	tells_of_alice(invite);
	session_reply(invite, 200, "bob", lines, SDP_PHONE);
	tells_of_alice(session_expect("ACK "));
	session_end(fix.session, 0, NULL);
	session_run();
	tells_of_alice(session_expect("BYE "));
}
END_TEST

/* RFC 5876 section 3.3: whose a message is says nothing of the next one. */
START_TEST(an_identity_speaks_for_its_own_message)
{
	ask("UPDATE",
	    CONTACT "P-Asserted-Identity: <sip:carol@example.org>\r\n", NULL);
	session_expect("SIP/2.0 200 ");
	ck_assert_ptr_nonnull(
		strstr(session_heard(), "is sip:carol@example.org\n"));
	ask("UPDATE", CONTACT, NULL);
	session_expect("SIP/2.0 200 ");
	ck_assert_ptr_null(strstr(session_heard(), "is "));
	ask("OPTIONS", "P-Asserted-Identity: <sip:dave@example.org>\r\n", NULL);
	session_expect("SIP/2.0 200 ");
	ck_assert_ptr_nonnull(
		strstr(session_heard(), "is sip:dave@example.org\n"));
}
END_TEST

#define CAROL "P-Asserted-Identity: <sip:carol@example.org>\r\n"

/* clang-format off */
static const struct {
	const char *method, *lines, *answer;
} requests[] = {
	{ "INFO",      CAROL, "SIP/2.0 200 " },
	{ "INVITE",    CAROL CONTACT, "SIP/2.0 200 " },
	{ "UPDATE",    CAROL CONTACT, "SIP/2.0 200 " },
	{ "UPDATE",    CAROL CONTACT "Require: nothing\r\n", "SIP/2.0 420 " },
	{ "OPTIONS",   CAROL, "SIP/2.0 200 " },
	{ "PRACK",     CAROL "RAck: 1 1 INVITE\r\n", "SIP/2.0 481 " },
	{ "REFER",     CAROL, "SIP/2.0 405 " },
	{ "SUBSCRIBE", CAROL, "SIP/2.0 405 " },
	{ "NOTIFY",    CAROL, "SIP/2.0 481 " },
	{ "DANCE",     CAROL, "SIP/2.0 501 " },
};
/* clang-format on */
#define N_REQUESTS (int)(sizeof(requests) / sizeof(*requests))

/* RFC 5876 section 4.4: whatever the method is. */
START_TEST(each_request_says_whose_it_is)
{
	ask(requests[_i].method, requests[_i].lines, NULL);
	session_expect(requests[_i].answer);
	ck_assert_ptr_nonnull(
		strstr(session_heard(), "is sip:carol@example.org\n"));
}
END_TEST

/* BYE ends it, whoever sends it. */
START_TEST(a_bye_of_somebody_else)
{
	fix.ends_identified = true;
	ask("BYE", CAROL, NULL);
	session_expect("SIP/2.0 200 ");
	session_expect_none();
	ck_assert_str_eq(session_heard(), "ended: left 0\n");
}
END_TEST

/* Nothing is done that they ask for. */
START_TEST(who_may_not_be_there_changes_nothing)
{
	fix.ends_identified = fix.takes_other = true;
	if (_i == 0)
		ask("UPDATE", CAROL CONTACT SDP_TYPE, HELD);
	else if (_i == 1)
		ask("REFER", CAROL "Refer-To: <sip:x@example.org>\r\n", NULL);
	else
		ask("INFO", CAROL "Content-Type: application/dtmf\r\n", "#");
	session_expect(_i == 0	 ? "SIP/2.0 481 "
		       : _i == 1 ? "SIP/2.0 405 "
				 : "SIP/2.0 200 ");
	session_reply(session_expect("BYE "), 200, NULL, NULL, NULL);
	ck_assert_str_eq(session_heard(),
			 "is sip:carol@example.org\nended: ended 0\n");
}
END_TEST

START_TEST(each_answer_says_whose_it_is)
{
	session_probe(fix.session);
	session_run();
	session_reply(session_expect("OPTIONS "), 200, NULL, CAROL, NULL);
	ck_assert_str_eq(session_heard(), "is sip:carol@example.org\n");
	session_probe(fix.session);
	session_run();
	session_reply(session_expect("OPTIONS "), 200, NULL, NULL, NULL);
	ck_assert_str_eq(session_heard(), "");
}
END_TEST

START_TEST(who_answers_may_be_another_one)
{
	char invite[16384];

	session_tear_down();
	session_set_up();
	session_call();
	snprintf(invite, sizeof(invite), "%s", session_expect("INVITE "));
	session_heard();
	session_reply(invite, 200, "bob",
		      CONTACT SDP_TYPE "Allow: INVITE\r\nP-Asserted-Identity: "
				       "<sip:carol@example.org>\r\n",
		      SDP_PHONE);
	ck_assert_ptr_nonnull(
		strstr(session_heard(), "is sip:carol@example.org\n"));
}
END_TEST

/* Another phone of theirs that answers as well is none of the call. */
START_TEST(who_answers_too_is_not_there)
{
	char invite[16384];

	session_tear_down();
	session_set_up();
	session_call();
	snprintf(invite, sizeof(invite), "%s", session_expect("INVITE "));
	session_reply(invite, 200, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	session_heard();
	session_reply(invite, 200, "car", CAROL CONTACT SDP_TYPE, SDP_PHONE);
	session_expect("ACK ");
	session_expect("ACK ");
	session_reply(session_expect("BYE "), 200, NULL, CAROL, NULL);
	ck_assert_str_eq(session_heard(), "");
}
END_TEST

/* ---- who answers --------------------------------------------------------- */

static void answers_as(const char *answer, const char *whose, int hides)
{
	const char *is = fake_sip_header(answer, "P-Asserted-Identity");

	ck_assert_str_eq(is ? is : "nobody", whose);
	ck_assert_int_eq(strstr(answer, "\nPrivacy: id\r\n") != NULL, hides);
}

/* The draft's section 4.4.2: in each response, where the hop is told; the same
 * as in our requests. */
START_TEST(each_answer_tells_for_whom_it_is)
{
	static const char alice[] = "<sip:alice@example.com>";

	session_tear_down();
	session_set_up();
	fix.invitation.assertion.asserted =
		VIEW("P-Asserted-Identity: <sip:alice@example.com>\r\n");
	fix.invitation.assertion.privacy_line = VIEW("Privacy: id\r\n");
	session_confirmed("");
	cseq = 0;
	ask("UPDATE", CONTACT, NULL);
	answers_as(session_expect("SIP/2.0 200 "), "nobody", 0);
	fake_sip_tell(fix.sip, true);
	ask("UPDATE", CONTACT, NULL);
	answers_as(session_expect("SIP/2.0 200 "), alice, 1);
	ask("INVITE", CONTACT SDP_TYPE, HELD);
	answers_as(session_expect("SIP/2.0 200 "), alice, 1);
	acknowledge(NULL, NULL);
	ask("INFO", "Content-Type: image/png\r\n", "x");
	answers_as(session_expect("SIP/2.0 415 "), alice, 1);
	ask("BYE", NULL, NULL);
	answers_as(session_expect("SIP/2.0 200 "), alice, 1);
}
END_TEST

/* In their call it is us. */
START_TEST(who_is_called_answers_as_themselves)
{
	session_tear_down();
	session_set_up();
	session_accepted(NULL);
	fake_sip_tell(fix.sip, true);
	session_receive(session_in_theirs("OPTIONS", 7, NULL, NULL));
	answers_as(session_expect("SIP/2.0 200 "),
		   "<sip:c-0123456789abcdef@relay.example.com>", 0);
}
END_TEST

/* ---- questions ----------------------------------------------------------- */

START_TEST(an_options)
{
	const char *ok;

	ask("OPTIONS", NULL, NULL);
	ok = session_expect("SIP/2.0 200 ");
	ck_assert_ptr_nonnull(fake_sip_header(ok, "Allow"));
	ck_assert_str_eq(fake_sip_header(ok, "Accept"), "application/sdp");
	ck_assert_ptr_nonnull(fake_sip_header(ok, "Supported"));
	ck_assert_str_eq(fake_sip_header(ok, "Contact"),
			 "<sip:c-0123456789abcdef@192.0.2.1:5060>;isfocus");
}
END_TEST

START_TEST(keys)
{
	ask("INFO", "Content-Type: application/dtmf-relay\r\n",
	    "Signal=5\r\nDuration=160\r\n");
	session_expect("SIP/2.0 200 ");
	ask("INFO", "Content-Type: application/dtmf\r\n", "#");
	session_expect("SIP/2.0 200 ");
	ask("INFO", NULL, NULL);
	session_expect("SIP/2.0 200 ");
	ck_assert_str_eq(session_heard(), "key 5\nkey #\n");
	ask("INFO", "Content-Type: application/media_control+xml\r\n", "<x/>");
	ck_assert_str_eq(
		fake_sip_header(session_expect("SIP/2.0 415 "), "Accept"),
		"application/dtmf-relay, application/dtmf");
}
END_TEST

/* Also one whose body could be read. */
START_TEST(a_package_that_nobody_asked_for)
{
	ask("INFO", "Info-Package: keys\r\nContent-Type: application/dtmf\r\n",
	    "#");
	ck_assert_ptr_nonnull(
		strstr(session_expect("SIP/2.0 469 "), "\r\nRecv-Info:\r\n"));
	ck_assert_str_eq(session_heard(), "");
}
END_TEST

/* RFC 3262 section 3: nothing of ours is to be acknowledged so. */
START_TEST(a_prack_for_nothing)
{
	ask("PRACK", "RAck: 1 1 INVITE\r\n", NULL);
	session_expect("SIP/2.0 481 ");
}
END_TEST

START_TEST(what_is_required_and_not_known)
{
	ask("INVITE", CONTACT "Require: timer, recipient-list-invite\r\n",
	    NULL);
	ck_assert_str_eq(
		fake_sip_header(session_expect("SIP/2.0 420 "), "Unsupported"),
		"recipient-list-invite");
	ask("BYE", "Require: nothing\r\n", NULL);
	session_expect("SIP/2.0 200 ");
}
END_TEST

START_TEST(methods_that_are_not_for_it)
{
	ask("MESSAGE", NULL, NULL);
	ck_assert_ptr_nonnull(
		fake_sip_header(session_expect("SIP/2.0 405 "), "Allow"));
	ask("DANCE", NULL, NULL);
	session_expect("SIP/2.0 501 ");
}
END_TEST

/* 405, and Allow does not name it. */
static void not_allowed(const char *method)
{
	const char *allow =
		fake_sip_header(session_expect("SIP/2.0 405 "), "Allow");

	ck_assert_ptr_nonnull(allow);
	ck_assert_msg(!strstr(allow, method), "%s", allow);
}

START_TEST(usages_of_others)
{
	fix.takes_other = true;
	ask("REFER", "Refer-To: <sip:x@example.org>\r\n", NULL);
	session_expect_none();
	ask("SUBSCRIBE", "Event: conference\r\n", NULL);
	session_expect_none();
	ck_assert_str_eq(session_heard(), "other\nother\n");
	fix.takes_other = false;
	session_heard();
	ask("SUBSCRIBE", "Event: conference\r\n", NULL);
	not_allowed("SUBSCRIBE");
	ask("REFER", "Refer-To: <sip:x@example.org>\r\n", NULL);
	not_allowed("REFER");
	ask("NOTIFY", "Event: conference\r\nSubscription-State: active\r\n",
	    NULL);
	session_expect("SIP/2.0 481 ");
	ck_assert_str_eq(session_heard(), "other\nother\nother\n");
}
END_TEST

START_TEST(is_anybody_there)
{
	session_probe(fix.session);
	session_probe(fix.session);
	session_run();
	session_reply(session_expect("OPTIONS "), 501, NULL, NULL, NULL);
	session_expect_none();
	ck_assert_str_eq(session_heard(), "");
	session_probe(fix.session);
	session_run();
	session_reply(session_expect("OPTIONS "), 481, NULL, NULL, NULL);
	session_reply(session_expect("BYE "), 481, NULL, NULL, NULL);
	ck_assert_str_eq(session_heard(), "ended: lost 481\n");
}
END_TEST

START_TEST(nobody_is_there)
{
	session_probe(fix.session);
	session_run();
	session_expect("OPTIONS ");
	session_pass(32000);
	session_expect("BYE ");
}
END_TEST

/* A usage of somebody else outlives the call. */
START_TEST(a_dialog_that_others_use)
{
	struct message *message = mem_alloc(sizeof(*message));
	struct dialog *dialog;

	message_read(message,
		     view_of(session_in_dialog("OPTIONS", 9, NULL, NULL)));
	dialog = dialog_table_find(sip_dialogs(fix.sip), message);
	ck_assert_ptr_nonnull(dialog);
	dialog_add_usage(dialog);
	ask("BYE", NULL, NULL);
	session_expect("SIP/2.0 200 ");
	ck_assert_str_eq(session_heard(), "ended: left 0\n");
	session_pass(200000);
	ck_assert_int_eq(dialog->state, DIALOG_CONFIRMED);
	dialog_end_usage(dialog);
	session_pass(200000);
	ck_assert_ptr_null(dialog_table_find(sip_dialogs(fix.sip), message));
	session_expect_quiet();
	free(message);
}
END_TEST

/* ---- reliable provisional responses -------------------------------------- */

#define RELIABLE(n) "Require: 100rel\r\nRSeq: " #n "\r\n" CONTACT

static const char *ring(void)
{
	session_call();
	session_heard();
	return session_expect("INVITE ");
}

START_TEST(prack_in_order)
{
	const char *invite, *prack;
	char rack[64];

	invite = ring();
	session_reply(invite, 183, "bob", RELIABLE(7), NULL);
	prack = session_expect("PRACK sip:bob@192.0.2.9:5060 ");
	snprintf(rack, sizeof(rack), "7 %u INVITE", session_cseq(invite));
	ck_assert_str_eq(fake_sip_header(prack, "RAck"), rack);
	ck_assert_uint_eq(session_cseq(prack), session_cseq(invite) + 1);
	session_reply(prack, 200, NULL, NULL, NULL);
	/* Again, and a gap: not a word. */
	session_reply(invite, 183, "bob", RELIABLE(7), NULL);
	session_reply(invite, 180, "bob", RELIABLE(9), NULL);
	session_expect_none();
	ck_assert_str_eq(session_heard(), "ringing 183\n");
	session_reply(invite, 180, "bob", RELIABLE(8), NULL);
	session_expect("PRACK ");
	ck_assert_str_eq(session_heard(), "ringing 180\n");
	/* Another early dialog counts for itself. */
	session_reply(invite, 180, "car", RELIABLE(1), NULL);
	session_expect("PRACK ");
	session_reply(invite, 180, "car", "Require: 100rel\r\n" CONTACT, NULL);
	session_expect_none();
}
END_TEST

/* Nobody makes us send without end. */
START_TEST(too_many_reliable_responses)
{
	const char *invite = ring();
	int n = 0;

	for (int i = 1; i <= 100; i++) {
		char lines[128];

		snprintf(lines, sizeof(lines),
			 "Require: 100rel\r\nRSeq: %d\r\n" CONTACT, i);
		session_reply(invite, 183, "bob", lines, NULL);
	}
	while (fake_sip_take(fix.sip))
		n++;
	ck_assert_int_eq(n, 1);
}
END_TEST

/* RFC 3262 section 3: the next one leaves when PRACK has come.  Who does not
 * answer PRACK has no more of them sent, to wherever its Contact says. */
START_TEST(one_prack_at_a_time)
{
	const char *invite = ring(), *prack;

	session_reply(invite, 183, "bob", RELIABLE(1), NULL);
	prack = session_expect("PRACK ");
	session_reply(invite, 183, "bob", RELIABLE(2), NULL);
	session_reply(invite, 183, "bob", RELIABLE(3), NULL);
	session_expect_none();
	session_reply(prack, 200, NULL, NULL, NULL);
	session_reply(invite, 183, "bob", RELIABLE(2), NULL);
	session_expect("PRACK ");
}
END_TEST

START_TEST(the_answer_in_a_reliable_response)
{
	const char *invite = ring();

	session_reply(invite, 183, "bob", RELIABLE(1) SDP_TYPE, SDP_PHONE);
	session_expect("PRACK ");
	/* What is in the 2xx is not the answer any more. */
	session_reply(invite, 200, "bob", CONTACT SDP_TYPE, SDP_VIDEO);
	session_expect("ACK ");
	ck_assert_str_eq(session_heard(), "ringing 183\nanswered\nmedia\n");
	ck_assert_int_eq(fix.stream.rtp.port, 4000);
}
END_TEST

START_TEST(an_early_answer_that_cannot_be_used)
{
	const char *invite = ring();

	session_reply(invite, 183, "bob", RELIABLE(1) SDP_TYPE, SDP_VIDEO);
	session_expect("CANCEL ");
	session_expect("PRACK ");
	session_reply(invite, 487, "bob", NULL, NULL);
	ck_assert_str_eq(session_heard(), "ended: unusable 488\n");
}
END_TEST

/* Who rings may be another one than whom we called; and another one than who
 * answers at last. */
START_TEST(a_1xx_says_who_rings)
{
	const char *invite = ring(), *prack;

	session_reply(invite, 180, "car", CAROL CONTACT, NULL);
	ck_assert_str_eq(session_heard(),
			 "ringing 180\nis sip:carol@example.org\n");
	session_reply(invite, 183, "bob", RELIABLE(1), NULL);
	prack = session_expect("PRACK ");
	session_reply(prack, 200, NULL, CAROL, NULL);
	ck_assert_str_eq(session_heard(),
			 "ringing 183\nis sip:carol@example.org\n");
	session_reply(invite, 200, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	ck_assert_str_eq(session_heard(), "is nobody\nanswered\nmedia\n");
}
END_TEST

START_TEST(who_may_not_be_there_rings_no_more)
{
	const char *invite = ring();

	fix.ends_identified = true;
	session_reply(invite, 180, "car", CAROL CONTACT, NULL);
	session_expect("CANCEL ");
	session_reply(invite, 487, "car", CAROL, NULL);
	ck_assert_str_eq(session_heard(), "ringing 180\nis "
					  "sip:carol@example.org\n"
					  "ended: ended 0\n");
}
END_TEST

START_TEST(no_media_before_the_answer)
{
	session_reply(ring(), 183, "bob", CONTACT SDP_TYPE, SDP_PHONE);
	ck_assert_str_eq(session_heard(), "ringing 183\n");
}
END_TEST

/* Who answers may change what was agreed on early (RFC 3311 section 5.1). */
START_TEST(an_update_while_it_rings)
{
	const char *invite = ring();

	session_reply(invite, 183, "bob", RELIABLE(1) SDP_TYPE, SDP_PHONE);
	session_reply(session_expect("PRACK "), 200, NULL, NULL, NULL);
	snprintf(fix.local_tag, sizeof(fix.local_tag), "%s",
		 strstr(fake_sip_header(invite, "From"), "tag=") + 4);
	session_receive(session_in_dialog("UPDATE", 1, CONTACT SDP_TYPE, HELD));
	ck_assert_ptr_nonnull(
		strstr(session_expect("SIP/2.0 200 "), "a=recvonly\r\n"));
	ck_assert_str_eq(session_heard(), "ringing 183\n");
	session_reply(invite, 200, "bob", CONTACT, NULL);
	session_expect("ACK ");
	ck_assert_str_eq(session_heard(), "answered\nmedia held\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session_dialog");
	TCase *tcase = tcase_create("session_dialog");
	TCase *early = tcase_create("early");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, session_tear_down);
	tcase_add_loop_test(tcase, a_reinvite_changes_the_direction, 0, 4);
	tcase_add_loop_test(tcase, an_update_changes_the_direction, 0, 4);
	tcase_add_test(tcase, an_update_moves_the_target);
	tcase_add_test(tcase, a_refused_change_changes_nothing);
	tcase_add_test(tcase, they_end_the_stream);
	tcase_add_test(tcase, a_reinvite_without_offer_gets_ours);
	tcase_add_test(tcase, ack_to_a_reinvite_without_an_answer);
	tcase_add_test(tcase, the_200_to_a_reinvite_again_until_ack);
	tcase_add_test(tcase, no_ack_to_a_reinvite);
	tcase_add_test(tcase, a_second_reinvite_before_ack);
	tcase_add_test(tcase, too_many_reinvites_at_once);
	tcase_add_test(tcase, a_change_after_our_bye);
	tcase_add_test(tcase, a_change_with_too_short_an_interval);
	tcase_add_test(tcase, each_request_tells_for_whom_it_is);
	tcase_add_test(tcase, an_identity_speaks_for_its_own_message);
	tcase_add_test(tcase, who_answers_may_be_another_one);
	tcase_add_loop_test(tcase, each_request_says_whose_it_is, 0,
			    N_REQUESTS);
	tcase_add_test(tcase, a_bye_of_somebody_else);
	tcase_add_loop_test(tcase, who_may_not_be_there_changes_nothing, 0, 3);
	tcase_add_test(tcase, each_answer_says_whose_it_is);
	tcase_add_test(tcase, who_answers_too_is_not_there);
	tcase_add_test(tcase, each_answer_tells_for_whom_it_is);
	tcase_add_test(tcase, who_is_called_answers_as_themselves);
	tcase_add_test(tcase, an_options);
	tcase_add_test(tcase, keys);
	tcase_add_test(tcase, a_package_that_nobody_asked_for);
	tcase_add_test(tcase, a_prack_for_nothing);
	tcase_add_test(tcase, what_is_required_and_not_known);
	tcase_add_test(tcase, methods_that_are_not_for_it);
	tcase_add_test(tcase, usages_of_others);
	tcase_add_test(tcase, is_anybody_there);
	tcase_add_test(tcase, nobody_is_there);
	tcase_add_test(tcase, a_dialog_that_others_use);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(early, session_set_up, session_tear_down);
	tcase_add_test(early, prack_in_order);
	tcase_add_test(early, too_many_reliable_responses);
	tcase_add_test(early, one_prack_at_a_time);
	tcase_add_test(early, the_answer_in_a_reliable_response);
	tcase_add_test(early, an_early_answer_that_cannot_be_used);
	tcase_add_test(early, a_1xx_says_who_rings);
	tcase_add_test(early, who_may_not_be_there_rings_no_more);
	tcase_add_test(early, no_media_before_the_answer);
	tcase_add_test(early, an_update_while_it_rings);
	suite_add_tcase(suite, early);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
