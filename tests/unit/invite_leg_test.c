/* INVITE on the wire: what leaves, when, how often, and how it ends (RFC 3261
 * sections 9.1 and 17.1.1, RFC 6026, RFC 3263 section 4.3). */
#include "tests/unit/call_help.h"

#include <check.h>
#include <unistd.h>

static char invite[8192]; /* the first that left */

static void send_leg(void)
{
	sip_send(call.sip.sip, &call.leg);
	call_turns(4);
}

/* It leaves for the first phone. */
static void begin(void)
{
	const char *sent;

	send_leg();
	sent = call_read(call.phone);
	ck_assert_ptr_nonnull(sent);
	snprintf(invite, sizeof(invite), "%s", sent);
	ck_assert_str_eq(sip_header(invite, "CSeq"), "7 INVITE");
}

static void phone_says(int status)
{
	call_reply(call.phone, invite, status, "theirs", "");
}

static void cancel(const char *lines)
{
	sip_cancel(call.sip.sip, &call.leg, view_of(lines));
}

START_TEST(what_an_invite_says)
{
	char want[1024], head[256];

	begin();
	snprintf(head, sizeof(head),
		 "INVITE sip:omar@example.org SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP %s:5060;branch=z9hG4bKv",
		 call.sip.host);
	ck_assert_int_eq(strncmp(invite, head, strlen(head)), 0);
	snprintf(want, sizeof(want),
		 ";rport\r\nMax-Forwards: 69\r\n"
		 "From: <sip:c-1@" SIP_DOMAIN ">;tag=ours\r\n"
		 "To: <sip:omar@example.org>\r\nCall-ID: c1\r\n"
		 "CSeq: 7 INVITE\r\nContact: <sip:c-1@%s:5060>;isfocus\r\n"
		 "Supported: timer\r\nContent-Type: application/sdp\r\n"
		 "Content-Length: 5\r\n\r\nv=0\r\n",
		 call.sip.host);
	ck_assert_str_eq(strstr(invite, ";rport"), want);
	ck_assert(call.leg.was_sent);
	ck_assert_int_eq(call.leg.state, LEG_TRYING);
	ck_assert(!sip_idle(call.sip.sip));
}
END_TEST

/* ---- before it leaves ---- */

START_TEST(it_waits_until_its_row_is_on_disk)
{
	char want[64];

	call.leg.may_leave = call_may_leave;
	send_leg();
	ck_assert_int_eq(call.n_leaving, 1);
	ck_assert_ptr_null(call_read(call.phone));
	ck_assert(!call.leg.was_sent);
	ck_assert_int_eq(call.n_asked, 0);
	call_wait(40000);
	ck_assert_ptr_null(call_read(call.phone));
	snprintf(want, sizeof(want), "sip:%s:5060;transport=udp",
		 sip_host(&call.sip, 9));
	ck_assert_str_eq(call.uri, want);
	ck_assert_str_eq(call.routes, "");
	sip_go(call.sip.sip, &call.leg);
	sip_go(call.sip.sip, &call.leg);
	ck_assert_str_eq(call_read(call.phone), call.bytes);
	ck_assert_ptr_nonnull(strstr(call.bytes, call.branch));
	ck_assert_int_eq(call.n_asked, 1);
	ck_assert_ptr_null(call_read(call.phone));
	ck_assert_int_eq(call.n_leaving, 1);
}
END_TEST

START_TEST(who_says_go_at_once_is_not_waited_for)
{
	call.leg.may_leave = call_may_leave;
	call.may_leave = true;
	begin();
	ck_assert_str_eq(invite, call.bytes);
}
END_TEST

static bool go_inside(struct leg *leg, const struct leg_hop *hop)
{
	call_may_leave(leg, hop);
	sip_go(call.sip.sip, leg);
	return false;
}

static bool cancel_inside(struct leg *leg, const struct leg_hop *hop)
{
	call_may_leave(leg, hop);
	sip_cancel(call.sip.sip, leg, VIEW_NONE);
	return true;
}

static bool drop_inside(struct leg *leg, const struct leg_hop *hop)
{
	call_may_leave(leg, hop);
	sip_drop(call.sip.sip, leg);
	return true;
}

START_TEST(who_is_asked_may_do_what_they_like)
{
	call.leg.may_leave = go_inside;
	send_leg();
	ck_assert_ptr_nonnull(call_read(call.phone));
	ck_assert_ptr_null(call_read(call.phone));
	sip_drop(call.sip.sip, &call.leg);
	call.leg.may_leave = drop_inside;
	send_leg();
	ck_assert_ptr_null(call_read(call.phone));
	call_is_over();
	ck_assert_int_eq(call.n_ended, 0);
	call.leg.may_leave = cancel_inside;
	send_leg();
	ck_assert_ptr_null(call_read(call.phone));
	call_ended(LEG_STATUS_WITHDRAWN);
	call_is_over();
}
END_TEST

START_TEST(a_no_while_it_waits_for_the_disk_stops_it)
{
	call.leg.may_leave = call_may_leave;
	send_leg();
	call.is_permitted = false;
	sip_go(call.sip.sip, &call.leg);
	ck_assert_ptr_null(call_read(call.phone));
	call_ended(LEG_STATUS_WITHDRAWN);
	ck_assert(!call.leg.was_sent);
	call_is_over();
}
END_TEST

START_TEST(each_hop_is_told_before_it_gets_something)
{
	char first[64], want[64];
	const char *sent;

	hops_add(&call.sip, PROTOCOL_UDP, 10, 5060);
	call.leg.may_leave = call_may_leave;
	call.may_leave = true;
	begin();
	snprintf(first, sizeof(first), "%s", call.branch);
	call.may_leave = false;
	phone_says(503);
	ck_assert_int_eq(call.n_leaving, 2);
	ck_assert_str_ne(call.branch, first);
	snprintf(want, sizeof(want), "sip:%s:5060;transport=udp",
		 sip_host(&call.sip, 10));
	ck_assert_str_eq(call.uri, want);
	ck_assert_ptr_null(call_read(call.other));
	sip_go(call.sip.sip, &call.leg);
	sent = call_read(call.other);
	ck_assert_ptr_nonnull(sent);
	ck_assert_str_eq(sip_header(sent, "CSeq"), "7 INVITE");
	ck_assert_ptr_nonnull(strstr(sent, call.branch));
}
END_TEST

/* ---- silence ---- */

/* RFC 3261 section 17.1.1.2: T1, and each time twice that, up to 64*T1. */
START_TEST(timer_a_doubles_and_timer_b_ends)
{
	static const int pauses[] = {500, 1000, 2000, 4000, 8000, 16000};

	begin();
	for (size_t i = 0; i < 6; i++) {
		call_wait(pauses[i] - 1);
		ck_assert_ptr_null(call_read(call.phone));
		call_wait(1);
		ck_assert_str_eq(call_read(call.phone), invite);
		ck_assert_int_eq(call.n_asked, (int)i + 2);
	}
	ck_assert_uint_eq(sip_count(&call.sip, COUNT_RETRANSMISSIONS), 6);
	call_wait(499);
	ck_assert_int_eq(call.n_ended, 0);
	call_wait(1);
	ck_assert_ptr_null(call_read(call.phone));
	call_ended(408);
	call_is_over();
}
END_TEST

START_TEST(silence_goes_on_to_the_next_hop)
{
	hops_add(&call.sip, PROTOCOL_UDP, 10, 5060);
	begin();
	call_wait(32000);
	call_wait(1); /* timer B fires after timer A */
	while (call_read(call.phone))
		;
	ck_assert_int_eq(call.n_ended, 0);
	ck_assert_str_eq(call_cseq(call.other), "7 INVITE");
	ck_assert(call.leg.was_moved);
	call_wait(32000);
	call_wait(1);
	call_ended(408);
	call_is_over();
}
END_TEST

START_TEST(a_word_stops_the_repeats)
{
	begin();
	phone_says(100);
	ck_assert_int_eq(call.leg.state, LEG_PROCEEDING);
	ck_assert_int_eq(call.n_responses, 0);
	call_wait(100000);
	ck_assert_ptr_null(call_read(call.phone));
	phone_says(180);
	phone_says(183);
	phone_says(180);
	ck_assert_int_eq(call.n_responses, 3);
	ck_assert_int_eq(call.responses[0], 180);
	ck_assert_int_eq(call.responses[1], 183);
	call_wait(1000000);
	ck_assert_ptr_null(call_read(call.phone));
	ck_assert_int_eq(call.n_ended, 0);
}
END_TEST

/* ---- refusals ---- */

START_TEST(a_refusal_ends_the_leg_and_is_acknowledged)
{
	char want[1024];
	const char *ack, *rest;

	begin();
	phone_says(180);
	phone_says(486);
	call_ended(486);
	ck_assert_int_eq(call.n_responses, 2);
	ck_assert(sip_idle(call.sip.sip));
	ack = call_read(call.phone);
	ck_assert_ptr_nonnull(ack);
	ck_assert_int_eq(
		strncmp(ack, "ACK sip:omar@example.org SIP/2.0\r\n",
			strlen("ACK sip:omar@example.org SIP/2.0\r\n")),
		0);
	ck_assert_str_eq(sip_header(ack, "Via"), sip_header(invite, "Via"));
	rest = strstr(ack, ";rport");
	snprintf(want, sizeof(want),
		 ";rport\r\nMax-Forwards: 70\r\n"
		 "From: <sip:c-1@" SIP_DOMAIN ">;tag=ours\r\n"
		 "To: <sip:omar@example.org>;tag=theirs\r\nCall-ID: c1\r\n"
		 "CSeq: 7 ACK\r\nContent-Length: 0\r\n\r\n");
	ck_assert_str_eq(rest, want);
}
END_TEST

/* Timer D, whatever has become of the leg. */
START_TEST(each_copy_of_a_refusal_gets_its_ack)
{
	begin();
	phone_says(486);
	call_ended(486);
	ck_assert_str_eq(call_cseq(call.phone), "7 ACK");
	for (int i = 0; i < 7; i++) {
		call_wait(4000);
		phone_says(486);
		ck_assert_str_eq(call_cseq(call.phone), "7 ACK");
	}
	ck_assert_int_eq(call.n_responses, 1);
	ck_assert_int_eq(sip_gauge(&call.sip, GAUGE_CLIENT_TXN), 1);
	call_wait(3999);
	phone_says(486);
	ck_assert_str_eq(call_cseq(call.phone), "7 ACK");
	call_wait(1);
	call_is_over();
	phone_says(486);
	ck_assert_str_eq(call_cseq(call.phone), "");
	ck_assert_int_eq(call.n_ended, 1);
}
END_TEST

static void drop(struct call_fixture *which, const struct message *response)
{
	(void)response;
	sip_drop(which->sip.sip, &which->leg);
}

static void cancel_it(struct call_fixture *which,
		      const struct message *response)
{
	(void)response;
	sip_cancel(which->sip.sip, &which->leg, VIEW_NONE);
}

START_TEST(who_hears_a_refusal_may_drop_the_leg)
{
	call.act = drop;
	begin();
	phone_says(486);
	ck_assert_int_eq(call.n_ended, 0);
	ck_assert_ptr_null(call.leg.txn);
	ck_assert_str_eq(call_cseq(call.phone), "7 ACK");
	phone_says(486);
	ck_assert_str_eq(call_cseq(call.phone), "7 ACK");
}
END_TEST

START_TEST(cancel_of_what_was_refused_is_harmless)
{
	call.act = cancel_it;
	begin();
	phone_says(486);
	call_ended(486);
	ck_assert_str_eq(call_cseq(call.phone), "7 ACK");
	ck_assert_str_eq(call_cseq(call.phone), "");
	cancel("");
	ck_assert_str_eq(call_cseq(call.phone), "");
}
END_TEST

START_TEST(other_methods_and_numbers_are_not_heard)
{
	char *bytes, *at;

	begin();
	bytes = strdup(invite);
	at = strstr(bytes, "CSeq: 7 INVITE");
	at[6] = '8';
	call_reply(call.phone, bytes, 486, "theirs", "");
	at[6] = '7';
	memcpy(at + 8, "UPDATE", 6);
	call_reply(call.phone, bytes, 486, "theirs", "");
	ck_assert_int_eq(call.n_responses, 0);
	ck_assert_ptr_null(call_read(call.phone));
	free(bytes);
	phone_says(486);
	call_ended(486);
}
END_TEST

/* Its status is believed, as that of any other leg is. */
START_TEST(a_response_with_a_fault_still_counts)
{
	begin();
	call_reply(call.phone, invite, 486, "theirs", "Call-ID: again\r\n");
	ck_assert(call.has_fault);
	call_ended(486);
	ck_assert_str_eq(call_cseq(call.phone), "7 ACK");
}
END_TEST

START_TEST(the_session_retries_not_the_transaction)
{
	static const int statuses[] = {300, 401, 407, 415, 420, 422, 488, 491};

	call.template.small_content = VIEW("Content-Type: application/sdp\r\n");
	call.template.small_body = VIEW("v=0\r\n");
	hops_add(&call.sip, PROTOCOL_UDP, 10, 5060);
	begin();
	call_reply(call.phone, invite, statuses[_i], "theirs",
		   "Retry-After: 5\r\n");
	call_ended(statuses[_i]);
	ck_assert_int_eq(call.leg.retry_after_s, 5);
	ck_assert_str_eq(call_cseq(call.phone), "7 ACK");
	ck_assert_str_eq(call_cseq(call.phone), "");
	ck_assert_str_eq(call_cseq(call.other), "");
}
END_TEST

START_TEST(unavailable_goes_on_to_the_next_hop)
{
	hops_add(&call.sip, PROTOCOL_UDP, 10, 5060);
	begin();
	phone_says(180);
	phone_says(503);
	ck_assert_int_eq(call.n_responses, 1); /* 180 */
	ck_assert_str_eq(call_cseq(call.phone), "7 ACK");
	snprintf(invite, sizeof(invite), "%s", call_read(call.other));
	ck_assert_str_eq(sip_header(invite, "CSeq"), "7 INVITE");
	ck_assert_int_eq(call.leg.status, 0);
	call_reply(call.other, invite, 404, "t2", "");
	call_ended(404);
	ck_assert_str_eq(call_cseq(call.other), "7 ACK");
}
END_TEST

START_TEST(what_a_hop_repeats_is_acknowledged_after_it_was_left)
{
	char first[8192];

	hops_add(&call.sip, PROTOCOL_UDP, 10, 5060);
	begin();
	snprintf(first, sizeof(first), "%s", invite);
	phone_says(503);
	ck_assert_str_eq(call_cseq(call.phone), "7 ACK");
	call_reply(call.phone, first, 503, "theirs", "");
	ck_assert_str_eq(call_cseq(call.phone), "7 ACK");
	call_wait(32000);
	call_wait(1);
	call_reply(call.phone, first, 503, "theirs", "");
	ck_assert_str_eq(call_cseq(call.phone), "");
	ck_assert_int_eq(call.n_ended, 1); /* the other said nothing */
}
END_TEST

START_TEST(the_last_hop_that_is_unavailable_ends_it)
{
	begin();
	phone_says(503);
	call_ended(503);
	ck_assert_int_eq(call.n_responses, 1);
}
END_TEST

/* ---- somebody answers ---- */

/* RFC 6026 section 8.4: timer M. */
START_TEST(each_2xx_is_told_until_no_other_can_come)
{
	begin();
	phone_says(180);
	phone_says(200);
	ck_assert_int_eq(call.n_ended, 0);
	ck_assert(sip_idle(call.sip.sip));
	call_wait(500);
	phone_says(200);
	call_reply(call.phone, invite, 202, "another", "");
	/* Nothing else counts any more. */
	phone_says(486);
	phone_says(180);
	ck_assert_int_eq(call.n_responses, 4);
	ck_assert_int_eq(call.responses[3], 202);
	ck_assert_ptr_null(call_read(call.phone)); /* ACK is the dialog's */
	call_wait(31499);
	ck_assert_int_eq(call.n_ended, 0);
	call_wait(1);
	call_ended(200);
	call_is_over();
	phone_says(200);
	ck_assert_int_eq(call.n_responses, 4);
	ck_assert_int_eq(call.n_strays, 1);
	ck_assert_int_eq(call.strays[0], 200);
}
END_TEST

START_TEST(an_answer_without_a_word_before_stops_the_repeats)
{
	begin();
	phone_says(200);
	call_wait(31999);
	ck_assert_ptr_null(call_read(call.phone));
	call_wait(1);
	call_ended(200);
}
END_TEST

START_TEST(who_hears_an_answer_may_drop_the_leg)
{
	call.act = drop;
	begin();
	phone_says(200);
	call_is_over();
	phone_says(200);
	ck_assert_int_eq(call.n_responses, 1);
	ck_assert_int_eq(call.n_strays, 1);
}
END_TEST

/* RFC 3261 section 16.7, item 5: a proxy passes it on. */
START_TEST(an_answer_after_the_refusal_is_a_stray)
{
	begin();
	phone_says(486);
	ck_assert_str_eq(call_cseq(call.phone), "7 ACK");
	call_reply(call.phone, invite, 200, "another", "");
	ck_assert_int_eq(call.n_strays, 1);
	ck_assert_int_eq(call.strays[0], 200);
	ck_assert_int_eq(call.n_responses, 1);
	ck_assert_str_eq(call_cseq(call.phone), "");
}
END_TEST

/* ---- CANCEL ---- */

START_TEST(cancel_waits_for_the_first_word)
{
	const char *sent;
	char want[1024];

	begin();
	cancel("Reason: SIP;cause=470\r\n");
	ck_assert_ptr_null(call_read(call.phone));
	call_wait(20000);
	ck_assert_ptr_null(call_read(call.phone)); /* no timer A either */
	phone_says(100);
	sent = call_read(call.phone);
	ck_assert_ptr_nonnull(sent);
	ck_assert_int_eq(
		strncmp(sent, "CANCEL sip:omar@example.org SIP/2.0\r\n",
			strlen("CANCEL sip:omar@example.org SIP/2.0\r\n")),
		0);
	ck_assert_str_eq(sip_header(sent, "Via"), sip_header(invite, "Via"));
	snprintf(want, sizeof(want),
		 ";rport\r\nMax-Forwards: 70\r\n"
		 "From: <sip:c-1@" SIP_DOMAIN ">;tag=ours\r\n"
		 "To: <sip:omar@example.org>\r\nCall-ID: c1\r\n"
		 "CSeq: 7 CANCEL\r\nReason: SIP;cause=470\r\n"
		 "Content-Length: 0\r\n\r\n");
	ck_assert_str_eq(strstr(sent, ";rport"), want);
	call_reply(call.phone, sent, 200, "theirs", "");
	ck_assert_int_eq(call.n_ended, 0);
	ck_assert_int_eq(call.n_responses, 0);
	phone_says(487);
	call_ended(487);
	ck_assert_str_eq(call_cseq(call.phone), "7 ACK");
}
END_TEST

/* A transaction of its own: timer E, until its response or the INVITE's. */
START_TEST(cancel_is_repeated)
{
	static const int pauses[] = {500, 1000, 2000, 4000, 4000};
	const char *sent;

	begin();
	phone_says(180);
	cancel("");
	sent = call_read(call.phone);
	ck_assert_str_eq(sip_header(sent, "CSeq"), "7 CANCEL");
	cancel("");
	ck_assert_ptr_null(call_read(call.phone));
	for (size_t i = 0; i < 5; i++) {
		call_wait(pauses[i] - 1);
		ck_assert_ptr_null(call_read(call.phone));
		call_wait(1);
		ck_assert_str_eq(call_read(call.phone), sent);
	}
	if (_i)
		call_reply(call.phone, sent, 481, "", "");
	else
		phone_says(487);
	while (call_read(call.phone))
		;
	call_wait(4000);
	ck_assert_ptr_null(call_read(call.phone));
}
END_TEST

/* RFC 3261 section 9.1. */
START_TEST(silence_after_cancel_ends_it)
{
	begin();
	phone_says(180);
	cancel("");
	call_wait(31999);
	ck_assert_int_eq(call.n_ended, 0);
	call_wait(1);
	call_ended(487);
	call_is_over();
	/* Somebody answers all the same: ACK and BYE are due. */
	phone_says(200);
	ck_assert_int_eq(call.n_strays, 1);
}
END_TEST

START_TEST(an_answer_that_crosses_cancel_is_told)
{
	begin();
	phone_says(180);
	cancel("");
	ck_assert_str_eq(call_cseq(call.phone), "7 CANCEL");
	phone_says(200);
	ck_assert_int_eq(call.responses[call.n_responses - 1], 200);
	call_wait(500);
	ck_assert_ptr_null(call_read(call.phone));
	call_wait(31500);
	call_ended(200);
	call_is_over();
}
END_TEST

START_TEST(a_silent_phone_is_given_up_after_cancel)
{
	hops_add(&call.sip, PROTOCOL_UDP, 10, 5060);
	begin();
	cancel("");
	call_wait(32000);
	ck_assert_ptr_null(call_read(call.phone));
	ck_assert_ptr_null(call_read(call.other));
	call_ended(487);
	call_is_over();
}
END_TEST

START_TEST(no_other_hop_is_tried_after_cancel)
{
	hops_add(&call.sip, PROTOCOL_UDP, 10, 5060);
	begin();
	cancel("");
	phone_says(503);
	call_ended(503);
	ck_assert_str_eq(call_cseq(call.phone), "7 ACK");
	ck_assert_ptr_null(call_read(call.other));
}
END_TEST

START_TEST(what_waits_is_cancelled_without_a_trace)
{
	if (_i)
		call.leg.may_leave = call_may_leave;
	else
		hops_script.err = ERR_BUSY;
	send_leg();
	cancel("");
	cancel("");
	call_ended(LEG_STATUS_WITHDRAWN);
	ck_assert(!call.leg.was_sent);
	ck_assert_ptr_null(call_read(call.phone));
	ck_assert_ptr_null(hops_script.waiting);
	cancel("");
	sip_go(call.sip.sip, &call.leg);
	call_is_over();
}
END_TEST

/* A line of its own in CANCEL could end it early. */
START_TEST(bad_lines_do_not_get_into_cancel)
{
	const char *sent;

	begin();
	phone_says(180);
	cancel("Reason: a\r\n\r\nX");
	sent = call_read(call.phone);
	ck_assert_ptr_nonnull(sent);
	ck_assert_ptr_null(sip_header(sent, "Reason"));
	ck_assert_ptr_nonnull(strstr(sent, "\r\nContent-Length: 0\r\n\r\n"));
}
END_TEST

/* ---- their no ---- */

START_TEST(a_no_before_the_first_octet)
{
	call.is_permitted = false;
	send_leg();
	ck_assert_ptr_null(call_read(call.phone));
	call_ended(LEG_STATUS_WITHDRAWN);
	ck_assert(!call.leg.was_sent);
}
END_TEST

START_TEST(a_no_stops_the_repeats)
{
	begin();
	call.is_permitted = false;
	sip_quiesce(call.sip.sip);
	for (int i = 0; i < 31; i++)
		call_wait(1000);
	ck_assert_ptr_null(call_read(call.phone));
	ck_assert_int_eq(call.n_ended, 0);
	call_wait(1000);
	call_ended(LEG_STATUS_WITHDRAWN);
	ck_assert(call.leg.was_sent);
	call_is_over();
}
END_TEST

START_TEST(after_a_no_the_first_word_is_answered_with_cancel)
{
	begin();
	call.is_permitted = false;
	if (_i)
		call_wait(500);
	phone_says(180);
	ck_assert_str_eq(call_cseq(call.phone), "7 CANCEL");
	phone_says(487);
	call_ended(487);
	ck_assert_str_eq(call_cseq(call.phone), "7 ACK");
}
END_TEST

START_TEST(after_a_no_there_is_no_other_hop)
{
	hops_add(&call.sip, PROTOCOL_UDP, 10, 5060);
	begin();
	call.is_permitted = false;
	phone_says(503);
	call_ended(LEG_STATUS_WITHDRAWN);
	ck_assert_ptr_null(call_read(call.other));
	ck_assert_str_eq(call_cseq(call.phone), "7 ACK");
}
END_TEST

START_TEST(after_a_no_an_answer_is_told)
{
	begin();
	call.is_permitted = false;
	call_wait(500);
	phone_says(200);
	ck_assert_int_eq(call.n_responses, 1);
	call_wait(32000);
	call_ended(200);
}
END_TEST

/* ---- streams ---- */

static int begin_tcp(int listener)
{
	int fd;

	send_leg();
	fd = call_accept(listener);
	snprintf(invite, sizeof(invite), "%s", call_await(fd));
	ck_assert_ptr_nonnull(strstr(invite, "Via: SIP/2.0/TCP "));
	return fd;
}

static void use_tcp(void)
{
	hops_reset();
	hops_add(&call.sip, PROTOCOL_TCP, 9, 5060);
}

static void stream_says(int fd, int status)
{
	int before = call.n_responses + call.n_strays;

	call_reply(fd, invite, status, "theirs", "");
	for (int i = 0; i < SIP_SOON && status > 100 &&
			before == call.n_responses + call.n_strays;
	     i++)
		call_turns(1);
}

START_TEST(a_stream_needs_no_repeats)
{
	int listener = call_listen(9), fd;

	use_tcp();
	fd = begin_tcp(listener);
	ck_assert_ptr_nonnull(strstr(invite, ";transport=tcp>;isfocus\r\n"));
	call_wait(31999);
	ck_assert_ptr_null(call_read(fd));
	ck_assert_int_eq(call.n_ended, 0);
	call_wait(1);
	call_ended(408);
	call_is_over();
	close(fd);
	close(listener);
}
END_TEST

/* Timer D is 0. */
START_TEST(a_refusal_on_a_stream_ends_at_once)
{
	int listener = call_listen(9), fd;

	use_tcp();
	fd = begin_tcp(listener);
	stream_says(fd, 180);
	stream_says(fd, 486);
	call_ended(486);
	call_is_over();
	ck_assert_str_eq(sip_header(call_await(fd), "CSeq"), "7 ACK");
	close(fd);
	close(listener);
}
END_TEST

START_TEST(a_lost_stream_goes_on_to_the_next_hop)
{
	int listener = call_listen(9), fd;

	use_tcp();
	hops_add(&call.sip, PROTOCOL_UDP, 10, 5060);
	fd = begin_tcp(listener);
	close(fd);
	ck_assert_str_eq(sip_header(call_await(call.other), "CSeq"),
			 "7 INVITE");
	ck_assert_int_eq(call.n_ended, 0);
	close(listener);
}
END_TEST

/* RFC 3261 section 18.2.2: its answer may come by another. */
START_TEST(a_phone_rings_on_without_its_stream)
{
	int listener = call_listen(9), fd;
	const char *sent;

	use_tcp();
	fd = begin_tcp(listener);
	stream_says(fd, 180);
	close(fd);
	call_turns(20);
	ck_assert_int_eq(call.n_ended, 0);
	cancel("");
	fd = call_accept(listener);
	sent = call_await(fd);
	ck_assert_str_eq(sip_header(sent, "CSeq"), "7 CANCEL");
	ck_assert_str_eq(sip_header(sent, "Via"), sip_header(invite, "Via"));
	stream_says(fd, 487);
	call_ended(487);
	call_is_over();
	close(fd);
	close(listener);
}
END_TEST

START_TEST(a_lost_stream_ends_what_was_cancelled)
{
	int listener = call_listen(9), fd;

	use_tcp();
	hops_add(&call.sip, PROTOCOL_UDP, 10, 5060);
	fd = begin_tcp(listener);
	cancel("");
	close(fd);
	for (int i = 0; i < SIP_SOON && !call.n_ended; i++)
		call_wait(1);
	call_ended(487);
	ck_assert_ptr_null(call_read(call.other));
	close(listener);
}
END_TEST

static char large[2000];

START_TEST(a_large_one_goes_by_tcp)
{
	int listener = call_listen(9), fd;

	memset(large, 'x', sizeof(large));
	call.template.body = (struct view){large, sizeof(large)};
	call.leg.may_leave = call_may_leave;
	send_leg();
	fd = call_accept(listener);
	for (int i = 0; i < SIP_SOON && !call.n_leaving; i++)
		call_turns(1);
	ck_assert_int_eq(call.n_leaving, 1);
	ck_assert_ptr_nonnull(strstr(call.uri, ";transport=tcp"));
	ck_assert_ptr_null(call_read(fd));
	sip_go(call.sip.sip, &call.leg);
	ck_assert_str_eq(call_await(fd), call.bytes);
	close(fd);
	close(listener);
}
END_TEST

START_TEST(a_large_one_goes_by_udp_where_there_is_no_tcp)
{
	const char *sent;

	memset(large, 'x', sizeof(large));
	call.template.body = (struct view){large, sizeof(large)};
	send_leg();
	sent = call_await(call.phone);
	ck_assert_str_eq(sip_header(sent, "Content-Length"), "2000");
	ck_assert(call.leg.is_large);
	call_wait(500);
	ck_assert_str_eq(call_read(call.phone), sent);
}
END_TEST

START_TEST(a_list_is_left_out_where_it_does_not_fit)
{
	memset(large, 'x', sizeof(large));
	call.template.small_content = call.template.content;
	call.template.small_body = VIEW("v=1\r\n");
	call.template.body = (struct view){large, sizeof(large)};
	send_leg();
	ck_assert_ptr_nonnull(strstr(call_await(call.phone), "\r\n\r\nv=1"));
	ck_assert(!call.leg.is_large);
}
END_TEST

#define FILLING (3 << 20)

static struct leg filling; /* a large request before it on the same stream */
static struct leg_template filling_template;

static bool fills(struct leg *leg)
{
	ck_assert_ptr_eq(leg, &filling);
	return true;
}

static void filled(struct leg *leg)
{
	ck_assert_ptr_eq(leg, &filling);
}

static void fill_stream(void)
{
	static char much[FILLING];

	memset(much, 'x', sizeof(much));
	filling_template = call.template;
	filling_template.method = "MESSAGE";
	filling_template.body = (struct view){much, sizeof(much)};
	filling = (struct leg){.template = &filling_template,
			       .request_uri = "sip:omar@example.org",
			       .call_id = "c0",
			       .cseq = 1,
			       .still_permitted = fills,
			       .ended = filled};
	sip_send(call.sip.sip, &filling);
}

/* All that comes by a stream until it is quiet; is there an INVITE in it? */
static bool comes_invite(int fd)
{
	const char *bytes;
	size_t n = 0;
	bool ret = false;

	while (n < FILLING) {
		bytes = call_await(fd);
		n += strlen(bytes);
		ret |= strstr(bytes, "INVITE sip:") != NULL;
	}
	while ((bytes = call_read(fd)))
		ret |= strstr(bytes, "INVITE sip:") != NULL;
	return ret;
}

/* It waits as a whole for the stream: nobody has to hear of it. */
START_TEST(what_waits_for_a_stream_is_taken_back)
{
	int listener = call_listen(9), fd;

	use_tcp();
	fill_stream();
	fd = call_accept(listener);
	call_turns(20);
	send_leg();
	call_turns(20);
	ck_assert(call.leg.was_sent);
	if (_i) {
		cancel("");
	} else {
		call.is_permitted = false;
		sip_quiesce(call.sip.sip);
	}
	call_wait(1);
	call_ended(LEG_STATUS_WITHDRAWN);
	ck_assert(!call.leg.was_sent);
	ck_assert(!comes_invite(fd));
	sip_drop(call.sip.sip, &filling);
	call_is_over();
	close(fd);
	close(listener);
}
END_TEST

/* ---- strays ---- */

static void stray(int status, const char *branch, const char *more)
{
	char request[1024];

	snprintf(request, sizeof(request),
		 "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=%s"
		 "\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n"
		 "CSeq: 7 INVITE\r\n\r\n",
		 call.sip.host, branch);
	call_reply(call.phone, request, status, "t", more);
}

#define OF_ANOTHER "z9hG4bKv01234567aaaaaaaabbbbbbbbbbbbbbbb"

START_TEST(answers_to_another_process_are_told)
{
	stray(200, OF_ANOTHER, "");
	stray(487, OF_ANOTHER, "");
	stray(180, OF_ANOTHER, "");
	ck_assert_int_eq(call.n_strays, 3);
	stray(100, OF_ANOTHER, "");
	stray(200, "z9hG4bKnotours", "");
	stray(487, OF_ANOTHER, "Call-ID: again\r\n");
	ck_assert_int_eq(call.n_strays, 3);
	/* A broken 2xx has begun a call, too: it gets ACK and BYE. */
	stray(200, OF_ANOTHER, "Call-ID: again\r\n");
	ck_assert_int_eq(call.n_strays, 4);
	sip_listen_strays(call.sip.sip, NULL, NULL);
	stray(200, OF_ANOTHER, "");
	ck_assert_int_eq(call.n_strays, 4);
}
END_TEST

/* ---- a process that died ---- */

static struct leg_dialog of_record;

/* The same request, by another process that knows what may_leave() said. */
static void send_of_record(const char *method, const char *to)
{
	static struct leg_template template;
	static struct leg leg;

	of_record = (struct leg_dialog){
		.to = to, .routes = call.routes, .next_hop = call.uri};
	template = (struct leg_template){.method = method,
					 .from = "<sip:c-1@" SIP_DOMAIN ">",
					 .from_tag = "ours",
					 .max_forwards = 70};
	leg = (struct leg){.template = &template,
			   .request_uri = "sip:omar@example.org",
			   .call_id = "c1",
			   .cseq = 7,
			   .dialog = &of_record,
			   .branch = call.branch,
			   .still_permitted = call.leg.still_permitted,
			   .ended = call.leg.ended};
	call.leg = leg;
	sip_send(call.sip.sip, &call.leg);
	call_turns(4);
}

static void begin_with_record(void)
{
	call.leg.may_leave = call_may_leave;
	call.may_leave = true;
	begin();
	phone_says(180);
}

START_TEST(cancel_of_a_record_is_that_of_the_transaction)
{
	char alive[4096];
	const char *sent;

	begin_with_record();
	cancel("");
	snprintf(alive, sizeof(alive), "%s", call_read(call.phone));
	sip_drop(call.sip.sip, &call.leg);
	send_of_record("CANCEL", "<sip:omar@example.org>");
	sent = call_read(call.phone);
	ck_assert_str_eq(sent, alive);
	/* What comes to the INVITE is nobody's but the session's. */
	phone_says(487);
	ck_assert_int_eq(call.n_strays, 1);
	ck_assert_int_eq(call.strays[0], 487);
	call_reply(call.phone, sent, 200, "", "");
	call_ended(200);
}
END_TEST

START_TEST(ack_of_a_record_is_that_of_the_transaction)
{
	char alive[4096];

	begin_with_record();
	phone_says(487);
	snprintf(alive, sizeof(alive), "%s", call_read(call.phone));
	sip_drop(call.sip.sip, &call.leg);
	send_of_record("ACK", "<sip:omar@example.org>;tag=theirs");
	ck_assert_str_eq(call_read(call.phone), alive);
	sip_drop(call.sip.sip, &call.leg);
}
END_TEST

static void setup_proxy(void)
{
	call_proxy = "sip:proxy.example.com";
	call_setup();
}

START_TEST(a_record_has_the_route_of_the_proxy)
{
	begin_with_record();
	ck_assert_str_eq(call.routes, "Route: <sip:proxy.example.com;lr>\r\n");
	cancel("");
	ck_assert_str_eq(sip_header(call_read(call.phone), "Route"),
			 "<sip:proxy.example.com;lr>");
	sip_drop(call.sip.sip, &call.leg);
	send_of_record("CANCEL", "<sip:omar@example.org>");
	ck_assert_str_eq(sip_header(call_read(call.phone), "Route"),
			 "<sip:proxy.example.com;lr>");
	ck_assert_int_eq(strncmp(hops_script.asked, "127.", 4), 0);
	sip_drop(call.sip.sip, &call.leg);
}
END_TEST

/* ---- threads, and errors of the network ---- */

static void setup_workers(void)
{
	call_workers = 2;
	call_setup();
}

/* Whatever it says of threads: its owner cancels it at any time. */
START_TEST(workers_carry_no_invite)
{
	char want[64];

	call.leg.response = NULL;
	call.leg.any_thread = true;
	begin();
	snprintf(want, sizeof(want), "Via: SIP/2.0/UDP %s:5060;",
		 call.sip.host);
	ck_assert_ptr_nonnull(strstr(invite, want));
	phone_says(180);
	cancel("");
	ck_assert_str_eq(call_cseq(call.phone), "7 CANCEL");
}
END_TEST

/* What an ICMP error would quote of it. */
static void undelivered(void)
{
	union address to;

	ck_assert(!address_parse(view_of(sip_host(&call.sip, 9)), 5060, &to));
	sender_undelivered(&call.sip.sip->sender, &to,
			   (struct view){invite, 300});
	call_wait(1);
}

START_TEST(a_port_that_nobody_has_is_left)
{
	hops_add(&call.sip, PROTOCOL_UDP, 10, 5060);
	begin();
	if (_i)
		cancel("");
	undelivered();
	ck_assert_str_eq(call_cseq(call.other), _i ? "" : "7 INVITE");
	if (_i)
		call_ended(487);
}
END_TEST

START_TEST(an_icmp_error_after_a_word_is_not_believed)
{
	begin();
	phone_says(100);
	undelivered();
	ck_assert_int_eq(call.n_ended, 0);
	phone_says(200);
	undelivered();
	ck_assert_int_eq(call.n_ended, 0);
}
END_TEST

/* ---- who may answer ---- */

/* Somebody who has seen the INVITE, elsewhere. */
START_TEST(only_the_hop_that_was_asked_answers)
{
	begin();
	call_reply(call.other, invite, 200, "t", "");
	call_reply(call.other, invite, 486, "t", "");
	call_reply(call.other, invite, 180, "t", "");
	ck_assert_int_eq(call.n_responses, 0);
	ck_assert_int_eq(call.n_strays, 0);
	ck_assert_int_eq(call.leg.state, LEG_TRYING);
	phone_says(200);
	ck_assert_int_eq(call.n_responses, 1);
}
END_TEST

static void add_leaving(TCase *tcase)
{
	tcase_add_test(tcase, what_an_invite_says);
	tcase_add_test(tcase, it_waits_until_its_row_is_on_disk);
	tcase_add_test(tcase, who_says_go_at_once_is_not_waited_for);
	tcase_add_test(tcase, who_is_asked_may_do_what_they_like);
	tcase_add_test(tcase, a_no_while_it_waits_for_the_disk_stops_it);
	tcase_add_test(tcase, each_hop_is_told_before_it_gets_something);
	tcase_add_test(tcase, timer_a_doubles_and_timer_b_ends);
	tcase_add_test(tcase, silence_goes_on_to_the_next_hop);
	tcase_add_test(tcase, a_word_stops_the_repeats);
}

static void add_answers(TCase *tcase)
{
	tcase_add_test(tcase, a_refusal_ends_the_leg_and_is_acknowledged);
	tcase_add_test(tcase, each_copy_of_a_refusal_gets_its_ack);
	tcase_add_test(tcase, who_hears_a_refusal_may_drop_the_leg);
	tcase_add_test(tcase, cancel_of_what_was_refused_is_harmless);
	tcase_add_test(tcase, other_methods_and_numbers_are_not_heard);
	tcase_add_test(tcase, a_response_with_a_fault_still_counts);
	tcase_add_loop_test(tcase, the_session_retries_not_the_transaction, 0,
			    8);
	tcase_add_test(tcase, unavailable_goes_on_to_the_next_hop);
	tcase_add_test(tcase,
		       what_a_hop_repeats_is_acknowledged_after_it_was_left);
	tcase_add_test(tcase, the_last_hop_that_is_unavailable_ends_it);
	tcase_add_test(tcase, each_2xx_is_told_until_no_other_can_come);
	tcase_add_test(tcase,
		       an_answer_without_a_word_before_stops_the_repeats);
	tcase_add_test(tcase, who_hears_an_answer_may_drop_the_leg);
	tcase_add_test(tcase, an_answer_after_the_refusal_is_a_stray);
	tcase_add_test(tcase, answers_to_another_process_are_told);
	tcase_add_test(tcase, cancel_of_a_record_is_that_of_the_transaction);
	tcase_add_test(tcase, ack_of_a_record_is_that_of_the_transaction);
	tcase_add_test(tcase, only_the_hop_that_was_asked_answers);
	tcase_add_loop_test(tcase, a_port_that_nobody_has_is_left, 0, 2);
	tcase_add_test(tcase, an_icmp_error_after_a_word_is_not_believed);
}

static void add_cancel(TCase *tcase)
{
	tcase_add_test(tcase, cancel_waits_for_the_first_word);
	tcase_add_loop_test(tcase, cancel_is_repeated, 0, 2);
	tcase_add_test(tcase, silence_after_cancel_ends_it);
	tcase_add_test(tcase, an_answer_that_crosses_cancel_is_told);
	tcase_add_test(tcase, a_silent_phone_is_given_up_after_cancel);
	tcase_add_test(tcase, no_other_hop_is_tried_after_cancel);
	tcase_add_loop_test(tcase, what_waits_is_cancelled_without_a_trace, 0,
			    2);
	tcase_add_test(tcase, bad_lines_do_not_get_into_cancel);
	tcase_add_test(tcase, a_no_before_the_first_octet);
	tcase_add_test(tcase, a_no_stops_the_repeats);
	tcase_add_loop_test(
		tcase, after_a_no_the_first_word_is_answered_with_cancel, 0, 2);
	tcase_add_test(tcase, after_a_no_there_is_no_other_hop);
	tcase_add_test(tcase, after_a_no_an_answer_is_told);
}

static void add_streams(TCase *tcase)
{
	tcase_add_test(tcase, a_stream_needs_no_repeats);
	tcase_add_test(tcase, a_refusal_on_a_stream_ends_at_once);
	tcase_add_test(tcase, a_lost_stream_goes_on_to_the_next_hop);
	tcase_add_test(tcase, a_phone_rings_on_without_its_stream);
	tcase_add_test(tcase, a_lost_stream_ends_what_was_cancelled);
	tcase_add_loop_test(tcase, what_waits_for_a_stream_is_taken_back, 0, 2);
	tcase_add_test(tcase, a_large_one_goes_by_tcp);
	tcase_add_test(tcase, a_large_one_goes_by_udp_where_there_is_no_tcp);
	tcase_add_test(tcase, a_list_is_left_out_where_it_does_not_fit);
}

static TCase *proxy_cases(void)
{
	TCase *tcase = tcase_create("outbound proxy");

	tcase_add_checked_fixture(tcase, setup_proxy, call_teardown);
	tcase_add_test(tcase, a_record_has_the_route_of_the_proxy);
	return tcase;
}

static TCase *worker_cases(void)
{
	TCase *tcase = tcase_create("workers");

	tcase_add_checked_fixture(tcase, setup_workers, call_teardown);
	tcase_add_test(tcase, workers_carry_no_invite);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("invite_leg");
	TCase *tcase = tcase_create("invite_leg");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, call_setup, call_teardown);
	tcase_set_timeout(tcase, 60);
	add_leaving(tcase);
	add_answers(tcase);
	add_cancel(tcase);
	add_streams(tcase);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, proxy_cases());
	suite_add_tcase(suite, worker_cases());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
