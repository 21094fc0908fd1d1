/* Calls that come in: the server transaction of INVITE at the edge. */
#include "tests/unit/invite_help.h"

#include "server/sip/dialog_table.h"
#include "server/sip/respond.h"

#define FEW 8

/* A copy that stays: the buffers of sip_help are used again. */
static const char *keep(const char *bytes)
{
	static char copies[4][4096];
	static int n;
	char *copy = copies[n++ % 4];

	ck_assert_ptr_nonnull(bytes);
	snprintf(copy, sizeof(copies[0]), "%s", bytes);
	return copy;
}

static const char *await(void)
{
	return sip_await(&sip, peer, SIP_SOON);
}

/* RFC 3261 sections 17.2.1 and 8.2.6: 100 at once, with Timestamp and without a
 * tag of ours. */
START_TEST(trying_at_once)
{
	struct ask ask = {.more = "Timestamp: 54\r\n"};
	const char *trying = invite(&ask);

	ck_assert_int_eq(sip_status(trying), 100);
	ck_assert_str_eq(sip_header(trying, "Timestamp"), "54");
	ck_assert_ptr_null(strstr(sip_header(trying, "To"), "tag="));
	ck_assert_uint_eq(sip.n_requests, 1);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 1);
	is_silent(peer);
}
END_TEST

START_TEST(what_a_module_gets)
{
	struct ask ask = {.more = "Content-Type: application/sdp\r\n",
			  .body = SDP};
	struct request *request;
	const char *to;

	invite(&ask);
	request = last_request();
	ck_assert_int_eq(request->method_id, METHOD_INVITE);
	ck_assert_int_eq(request->purpose, PURPOSE_LIST);
	ck_assert_uint_eq(request->channel, PROTOCOL_UDP);
	ck_assert(view_equal(request->body, VIEW(SDP)));
	ck_assert(view_equal(request->content_type, VIEW("application/sdp")));
	ck_assert_int_eq(request->sender.method, IDENTITY_ASSERTED);
	ck_assert(view_starts_nocase(request->bytes, VIEW("INVITE " LISTS)));
	ck_assert_uint_eq(strlen(request->tag), RESPOND_TAG_LEN);
	answer(request, 180);
	to = sip_header(await(), "To");
	ck_assert_str_eq(strstr(to, ";tag=") + 5, request->tag);
}
END_TEST

/* RFC 3261 section 17.2.1: the last provisional response again. */
START_TEST(a_repeat_gets_the_last_provisional)
{
	struct ask ask = {.uri = NULL};
	const char *trying = keep(invite(&ask)), *ringing;

	ck_assert_str_eq(send_ask(peer, &ask), trying);
	answer(last_request(), 180);
	ringing = keep(await());
	ck_assert_int_eq(sip_status(ringing), 180);
	ck_assert_str_eq(send_ask(peer, &ask), ringing);
	/* With somebody else's address under it, it gets them nothing. */
	ck_assert_ptr_null(send_ask(fd, &ask));
	is_silent(peer);
	ck_assert_uint_eq(sip.n_requests, 1);
}
END_TEST

/* RFC 6026 section 7.1; RFC 3261 section 13.3.1.4: a 2xx is repeated by whoever
 * gave it, and a repeat of the INVITE is absorbed. */
START_TEST(a_2xx_is_its_owners)
{
	struct ask ask = {.more = "Record-Route: <sip:p2;lr>, <sip:p1;lr>\r\n"
				  "Record-Route: <sip:p0;lr>\r\n"};
	struct response response = {
		.status = 200,
		.contact = "c-0123456789abcdef",
		.contact_params = ";isfocus",
		.content = {VIEW("Content-Type: application/sdp\r\n"),
			    VIEW(SDP)}};
	struct request *request;
	const char *ok;
	char contact[128];

	invite(&ask);
	request = last_request();
	edge_respond(sip.edge, request, &response);
	ok = keep(await());
	ck_assert_int_eq(sip_status(ok), 200);
	snprintf(contact, sizeof(contact),
		 "<sip:c-0123456789abcdef@%s:5060>;isfocus", sip.host);
	ck_assert_str_eq(sip_header(ok, "Contact"), contact);
	ck_assert_str_eq(sip_header(ok, "Content-Type"), "application/sdp");
	ck_assert_str_eq(sip_header(ok, "Content-Length"), "5");
	ck_assert_str_eq(strstr(ok, "\r\n\r\n") + 4, SDP);
	/* RFC 3261 section 12.1.1 */
	ck_assert_ptr_nonnull(
		strstr(ok, "\r\nRecord-Route: <sip:p2;lr>, <sip:p1;lr>\r\n"
			   "Record-Route: <sip:p0;lr>\r\n"));
	ck_assert_ptr_nonnull(request->txn);
	ck_assert_ptr_null(send_ask(peer, &ask));
	edge_repeat(sip.edge, request);
	ck_assert_str_eq(await(), ok);
	edge_respond(sip.edge, request, &response);
	ck_assert_str_eq(await(), ok);
	/* There is one final response. */
	answer(request, 486);
	answer(request, 180);
	sip_turn(&sip, 1);
	is_silent(peer);
	ck_assert_uint_eq(sip.n_requests, 1);
}
END_TEST

/* It goes on without its owner: a repeat must not ring twice. */
START_TEST(an_owner_may_leave_after_the_2xx)
{
	struct ask ask = {.uri = NULL};

	invite(&ask);
	answer(last_request(), 200);
	ck_assert_int_eq(sip_status(await()), 200);
	request_free(last_request());
	sip.n_requests = 0;
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 0);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 1);
}
END_TEST

/* RFC 3261 section 17.2.1: timer G, until the ACK. */
START_TEST(a_refusal_is_repeated_until_its_ack)
{
	struct ask ask = {.uri = NULL};
	struct request *request;
	const char *busy;

	invite(&ask);
	request = last_request();
	answer(request, 486);
	busy = keep(await());
	ck_assert_int_eq(sip_status(busy), 486);
	ck_assert_ptr_null(request->txn);
	ck_assert_str_eq(await(), busy);
	ck_assert_str_eq(send_ask(peer, &ask), busy);
	ck_assert_ptr_null(send_of("ACK", &ask, sip_header(busy, "To")));
	ck_assert_ptr_null(send_ask(peer, &ask));
	/* Its copies are taken. */
	ck_assert_ptr_null(send_of("ACK", &ask, sip_header(busy, "To")));
	ck_assert_uint_eq(sip.n_requests, 1);
}
END_TEST

/* A forged INVITE must not have refusals repeated to its victim. */
START_TEST(a_stranger_is_refused_once)
{
	struct ask ask = {.method = "INVITE",
			  .uri = CONFERENCE,
			  .branch = "z9hG4bKstranger",
			  .more = CONTACT};
	const char *refused;

	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 100);
	answer(last_request(), 404);
	refused = keep(sip_await(&sip, fd, SIP_SOON));
	ck_assert_int_eq(sip_status(refused), 404);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 0);
	/* RFC 3261 section 8.2.7: its ACK is passed over. */
	ask.method = "ACK";
	ask.to = sip_header(refused, "To");
	ask.more = NULL;
	ck_assert_ptr_null(send_ask(fd, &ask));
}
END_TEST

/* Checks up to identity need no transaction, and no 100. */
START_TEST(a_challenge_needs_no_transaction)
{
	struct ask ask = {.method = "INVITE",
			  .uri = LISTS,
			  .branch = "z9hG4bKx",
			  .more = CONTACT};
	const char *challenged = send_ask(fd, &ask);

	ck_assert_int_eq(sip_status(challenged), 407);
	ck_assert_uint_eq(
		strlen(strstr(sip_header(challenged, "To"), ";tag=") + 5),
		RESPOND_TAG_LEN);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 0);
	ck_assert_ptr_null(send_of("ACK", &ask, sip_header(challenged, "To")));
}
END_TEST

/* RFC 3261 section 9.2. */
START_TEST(cancel_is_answered_and_told)
{
	struct ask ask = {.uri = NULL};
	const char *ok, *terminated;
	struct ask again;

	invite(&ask);
	again = ask;
	ok = keep(send_of("CANCEL", &ask, NULL));
	ck_assert_int_eq(sip_status(ok), 200);
	ck_assert_str_eq(sip_header(ok, "CSeq"), "1 CANCEL");
	ck_assert_int_eq(n_cancelled, 1);
	ck_assert_ptr_eq(cancelled_request, last_request());
	ck_assert_str_eq(send_of("CANCEL", &again, NULL), ok);
	ck_assert_int_eq(n_cancelled, 1);
	answer(last_request(), 487);
	terminated = keep(await());
	ck_assert_int_eq(sip_status(terminated), 487);
	ck_assert_str_eq(sip_header(terminated, "To"), sip_header(ok, "To"));
	/* A repeat of the CANCEL: the same, and nobody is told again. */
	ck_assert_str_eq(send_of("CANCEL", &again, NULL), ok);
	ck_assert_int_eq(n_cancelled, 1);
}
END_TEST

START_TEST(cancel_after_the_final_response_changes_nothing)
{
	struct ask ask = {.uri = NULL};

	invite(&ask);
	answer(last_request(), 200);
	ck_assert_int_eq(sip_status(await()), 200);
	ck_assert_int_eq(sip_status(send_of("CANCEL", &ask, NULL)), 200);
	ck_assert_int_eq(n_cancelled, 0);
	is_silent(peer);
}
END_TEST

/* It is hop by hop: never challenged, Require is passed over; a stop and a rate
 * do not count, because it ends what there is. */
START_TEST(nothing_stops_a_cancel)
{
	struct ask ask = {.uri = NULL}, cancel;

	invite(&ask);
	edge_drain(sip.edge);
	cancel = ask;
	cancel.method = "CANCEL";
	cancel.more = "Require: x\r\nProxy-Require: y\r\n";
	ck_assert_int_eq(sip_status(send_ask(peer, &cancel)), 200);
	ck_assert_int_eq(n_cancelled, 1);
	/* Another branch is another request. */
	cancel.branch = "z9hG4bKother";
	ck_assert_int_ne(sip_status(send_ask(peer, &cancel)), 200);
}
END_TEST

/* Who has only seen the branch pass: RFC 3261 section 22.1. */
START_TEST(another_host_cancels_and_acknowledges_nothing)
{
	struct ask ask = {.uri = NULL}, cancel;
	const char *busy;

	invite(&ask);
	cancel = ask;
	cancel.method = "CANCEL";
	ck_assert_int_eq(sip_status(send_ask(fd, &cancel)), 481);
	ck_assert_int_eq(n_cancelled, 0);
	answer(last_request(), 486);
	busy = keep(await());
	cancel.method = "ACK";
	cancel.to = sip_header(busy, "To");
	ck_assert_ptr_null(send_ask(fd, &cancel));
	ck_assert_str_eq(await(), busy);
	ck_assert_ptr_null(send_of("ACK", &ask, sip_header(busy, "To")));
	ck_assert_ptr_null(send_ask(peer, &ask));
}
END_TEST

START_TEST(a_broken_cancel_cancels_nothing)
{
	struct ask ask = {.uri = NULL}, cancel;

	invite(&ask);
	cancel = ask;
	cancel.method = "CANCEL";
	cancel.more = "CSeq: 1 CANCEL\r\n";
	ck_assert_int_eq(sip_status(send_ask(peer, &cancel)), 400);
	ck_assert_int_eq(n_cancelled, 0);
}
END_TEST

static void forget(struct sip_fixture *fixture, struct request *request)
{
	(void)fixture;
	request->cancelled = NULL;
}

/* A module that says nothing of it. */
START_TEST(the_edge_answers_487)
{
	struct ask ask = {.uri = NULL};

	sip.act = forget;
	invite(&ask);
	ck_assert_int_eq(sip_status(send_of("CANCEL", &ask, NULL)), 200);
	ck_assert_int_eq(sip_status(await()), 487);
	ck_assert_ptr_null(last_request()->txn);
	answer(last_request(), 200);
	sip_turn(&sip, 1);
	is_silent(peer);
}
END_TEST

/* RFC 3261 section 13.3.1: the time for an answer is over. */
START_TEST(expires_ends_it)
{
	struct ask ask = {.more = "Expires: 0\r\n"};

	invite(&ask);
	for (int turns = 0; !n_cancelled && turns < 1000; turns++)
		sip_turn(&sip, 1);
	ck_assert_int_eq(n_cancelled, 1);
	answer(last_request(), 487);
	ck_assert_int_eq(sip_status(await()), 487);
}
END_TEST

START_TEST(an_answer_in_time_stays)
{
	struct ask ask = {.more = "Expires: 1\r\n"};

	invite(&ask);
	answer(last_request(), 200);
	ck_assert_int_eq(sip_status(await()), 200);
	sip_turn(&sip, 1100);
	ck_assert_int_eq(n_cancelled, 0);
}
END_TEST

/* RFC 3261 section 8.2.2.2. */
START_TEST(by_another_way_it_is_merged)
{
	struct ask ask = {.uri = NULL}, other;

	invite(&ask);
	other = ask;
	other.branch = "z9hG4bKother";
	ck_assert_int_eq(sip_status(send_ask(peer, &other)), 482);
	ck_assert_uint_eq(sip.n_requests, 1);
}
END_TEST

/* With room for few. */
static void few_setup(void)
{
	sip_init(&sip);
	sip.settings.unanswered_max = FEW;
	sip_open(&sip);
	fd = sip_peer(&sip, 2, 0);
	invite_rows();
}

/* An INVITE counts until its final response. */
START_TEST(as_many_as_may_wait)
{
	struct ask ask = {.uri = NULL}, more;
	const char *busy;
	char branch[32];

	invite(&ask);
	for (int i = 0; i < 100; i++) {
		more = ask;
		snprintf(branch, sizeof(branch), "z9hG4bKfull%d", i);
		more.branch = branch;
		more.cseq = i + 2;
		busy = send_ask(peer, &more);
		if (sip_status(busy) != 100)
			break;
		ck_assert_uint_le(sip.n_requests, FEW);
	}
	ck_assert_int_eq(sip_status(busy), 503);
	ck_assert_ptr_nonnull(sip_header(busy, "Retry-After"));
	ck_assert_uint_eq(sip.n_requests, FEW);
	answer(sip.requests[0], 200);
	ck_assert_int_eq(sip_status(await()), 200);
	ck_assert_int_eq(sip_status(send_ask(peer, &more)), 100);
}
END_TEST

struct refusal {
	const char *sentence;
	struct ask ask;
	int status;
	const char *header, *value;
};

static const struct refusal refusals[] = {
	/* clang-format off */
	{"no Contact", {.more = ""}, 400, NULL, NULL},
	{"two of them", {.more = CONTACT CONTACT}, 400, NULL, NULL},
	{"two in one line", {.more = "Contact: <sip:a@b.c>, <sip:d@e.f>\r\n"}, 400, NULL, NULL},
	{"a body of another type", {.more = CONTACT "Content-Type: text/plain\r\n", .body = "x"}, 415, "Accept", "application/sdp, multipart/mixed, application/resource-lists+xml"},
	{"another type of multipart", {.more = CONTACT "Content-Type: multipart/related;boundary=x\r\n", .body = "x"}, 415, "Accept", "application/sdp, multipart/mixed, application/resource-lists+xml"},
	{"a body without a type", {.more = CONTACT, .body = "x"}, 415, NULL, NULL},
	{"an encoded body", {.more = CONTACT "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n", .body = "x"}, 415, "Accept-Encoding", "identity"},
	{"an unknown option tag", {.more = CONTACT "Require: timer, x\r\n"}, 420, "Unsupported", "x"},
	{"a tag of the list at a conference", {.uri = CONFERENCE, .more = CONTACT "Require: recipient-list-invite, timer\r\n"}, 420, "Unsupported", "recipient-list-invite"},
	{"no answer that we could give", {.more = CONTACT "Accept: text/plain\r\n"}, 406, NULL, NULL},
	{"no hops left", {.more = CONTACT "Max-Forwards: 0\r\n", .max_forwards = -2}, 400, NULL, NULL},
	{"a broken Max-Breadth", {.more = CONTACT "Max-Breadth: x\r\n"}, 400, NULL, NULL},
	{"in a dialog that never was", {.to = "<" LISTS ">;tag=x", .more = CONTACT}, 481, NULL, NULL},
	{"nobody of that name", {.uri = "sip:nobody@" SIP_DOMAIN, .more = CONTACT}, 404, NULL, NULL},
	{"a conference in capitals", {.uri = "sip:C-0123456789ABCDEF@" SIP_DOMAIN, .more = CONTACT}, 404, NULL, NULL},
	{"a digit less", {.uri = "sip:c-0123456789abcde@" SIP_DOMAIN, .more = CONTACT}, 404, NULL, NULL},
	{"a digit more", {.uri = "sip:c-0123456789abcdef0@" SIP_DOMAIN, .more = CONTACT}, 404, NULL, NULL},
	{"a method that a conference has not", {.method = "MESSAGE", .uri = CONFERENCE}, 405, "Allow", "ACK, BYE, CANCEL, INVITE, OPTIONS, SUBSCRIBE, UPDATE"},
	{"one that a service has not", {.method = "SUBSCRIBE", .uri = LISTS}, 405, "Allow", "MESSAGE, INVITE, OPTIONS, ACK, BYE, CANCEL, UPDATE"},
	{"what there is to be had", {.method = "OPTIONS", .uri = LISTS}, 200, "Allow", "ACK, BYE, CANCEL, INVITE, MESSAGE, OPTIONS, PUBLISH, SUBSCRIBE, UPDATE"},
	{"each type once", {.method = "OPTIONS", .uri = LISTS}, 200, "Accept", "application/resource-lists+xml, multipart/mixed, application/sdp"},
	{"each option tag once", {.method = "OPTIONS", .uri = LISTS}, 200, "Supported", "recipient-list-message, recipient-list-invite, timer"},
	{"each event package", {.method = "OPTIONS", .uri = LISTS}, 200, "Allow-Events", "consent-pending-additions, conference"},
	{"a deny URI takes no call", {.uri = "sip:d-" HEX "@" SIP_DOMAIN, .more = CONTACT}, 405, NULL, NULL},
	/* clang-format on */
};

START_TEST(refused_without_a_transaction)
{
	const struct refusal *c = &refusals[_i];
	struct ask ask = c->ask;
	char more[1024];
	const char *refused, *value;

	snprintf(more, sizeof(more), "%s%s", trusted, ask.more ? ask.more : "");
	ask.more = more;
	ask.method = ask.method ? ask.method : "INVITE";
	ask.uri = ask.uri ? ask.uri : LISTS;
	refused = send_ask(peer, &ask);
	ck_assert_msg(sip_status(refused) == c->status, "%s: %s", c->sentence,
		      refused ? refused : "no answer");
	value = c->header ? sip_header(refused, c->header) : NULL;
	ck_assert_msg(!c->header || (value && !strcmp(value, c->value)),
		      "%s: %s", c->sentence, refused);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 0);
	ck_assert_uint_eq(sip.n_requests, 0);
}
END_TEST

/* What need not be understood is passed over (RFC 3261 section 8.2.3). */
START_TEST(an_optional_body_of_any_type)
{
	struct ask ask = {.more = "Content-Type: text/plain\r\n"
				  "Content-Disposition: "
				  "render;handling=optional\r\n",
			  .body = "x"};

	ck_assert_int_eq(sip_status(invite(&ask)), 100);
}
END_TEST

/* A conference URI, and OPTIONS there, are the module's. */
START_TEST(conference_uris)
{
	struct ask ask = {.method = "OPTIONS", .uri = CONFERENCE};
	struct request *request;

	ck_assert_ptr_null(send_ask(fd, &ask));
	request = last_request();
	ck_assert_int_eq(request->purpose, PURPOSE_CONFERENCE);
	ck_assert_str_eq(request->conference, "c-0123456789abcdef");
	ck_assert_ptr_null(request->service);
	answer(request, 200);
	ck_assert_int_eq(sip_status(sip_await(&sip, fd, SIP_SOON)), 200);
	/* Escaped, at an address of ours. */
	ask.method = "INVITE";
	ask.more = CONTACT;
	ask.branch = "z9hG4bKescaped";
	ask.uri = "sip:%63-0123456789abcdef@" SIP_DOMAIN;
	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 100);
	ck_assert_str_eq(last_request()->conference, "c-0123456789abcdef");
	ck_assert_int_eq(last_request()->sender.method, IDENTITY_NONE);
}
END_TEST

/* A subscription is a dialog, too: its tag is that of the 2xx, which has the
 * routes, also when it is repeated. */
START_TEST(subscriptions_make_dialogs)
{
	struct ask ask = {.method = "SUBSCRIBE",
			  .uri = CONFERENCE,
			  .branch = "z9hG4bKsubscribe",
			  .more = CONTACT
			  "Event: conference\r\n"
			  "Record-Route: <sip:p1;lr>\r\n"
			  "P-Asserted-Identity: <sip:nora@" SIP_DOMAIN ">\r\n"};
	struct request *request;
	const char *ok;

	ck_assert_ptr_null(send_ask(peer, &ask));
	request = last_request();
	ck_assert_ptr_nonnull(request->bytes.at);
	answer(request, 200);
	ok = keep(await());
	ck_assert_str_eq(strstr(sip_header(ok, "To"), ";tag=") + 5,
			 request->tag);
	ck_assert_uint_eq(strlen(request->tag), RESPOND_TAG_LEN);
	ck_assert_str_eq(sip_header(ok, "Record-Route"), "<sip:p1;lr>");
	ck_assert_ptr_nonnull(sip_header(ok, "Contact"));
	ck_assert_ptr_null(request->txn);
	ck_assert_str_eq(send_ask(peer, &ask), ok);
	ck_assert_int_eq(sip_status(send_of("CANCEL", &ask, NULL)), 200);
	ck_assert_uint_eq(sip.n_requests, 1);
}
END_TEST

/* Over a stream nothing is kept of the first: the second must not get the id of
 * the dialog that the first has made. */
START_TEST(a_dialog_is_made_once)
{
	static const char subscribe[] =
		"SUBSCRIBE " CONFERENCE " SIP/2.0\r\n"
		"Via: SIP/2.0/TCP h;branch=z9hG4bKs\r\n" CONTACT
		"From: <sip:nora@" SIP_DOMAIN ">;tag=1\r\n"
		"To: <" CONFERENCE ">\r\nCall-ID: c\r\nCSeq: 1 SUBSCRIBE\r\n"
		"Content-Length: 0\r\n\r\n";
	int stream = tcp_peer();
	struct dialog dialog = {.call_id = (char[]){"c"},
				.remote_tag = (char[]){"1"}};

	ck_assert_ptr_null(sip_ask(&sip, stream, subscribe));
	answer(last_request(), 200);
	ck_assert_int_eq(sip_status(sip_await(&sip, stream, SIP_SOON)), 200);
	dialog.local_tag =
		arena_strdup(last_request()->arena, last_request()->tag);
	dialog_table_add(sip_dialogs(sip.sip), &dialog);
	ck_assert_int_eq(sip_status(sip_ask(&sip, stream, subscribe)), 482);
	dialog_table_remove(sip_dialogs(sip.sip), &dialog);
	ck_assert_ptr_null(sip_ask(&sip, stream, subscribe));
	ck_assert_uint_eq(sip.n_requests, 2);
	close(stream);
}
END_TEST

/* The tags of two calls differ, even where all else is the same: a dialog is
 * never found by the id of another one. */
START_TEST(each_call_has_a_tag_of_its_own)
{
	struct ask ask = {.uri = NULL};
	char tag[RESPOND_TAG_LEN + 1];

	invite(&ask);
	snprintf(tag, sizeof(tag), "%s", last_request()->tag);
	request_free(last_request());
	sip.n_requests = 0;
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 100);
	ck_assert_str_ne(last_request()->tag, tag);
}
END_TEST

/* RFC 3261 section 17.2.3: clients of RFC 2543 have no cookie in their branch,
 * or no branch at all. */
START_TEST(clients_of_rfc_2543)
{
	struct ask ask = {.branch = "1"};
	const char *ok;

	invite(&ask);
	ok = keep(send_of("CANCEL", &ask, NULL));
	ck_assert_int_eq(sip_status(ok), 200);
	ck_assert_int_eq(n_cancelled, 1);
	answer(last_request(), 487);
	ck_assert_int_eq(sip_status(await()), 487);
	ck_assert_ptr_null(send_of("ACK", &ask, sip_header(ok, "To")));
	/* It stopped the repeats. */
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 1);
}
END_TEST

static void send_stream(int stream, const char *method, const char *to,
			size_t body)
{
	struct text text;

	text_init(&text, NULL);
	text_printf(&text,
		    "%s " LISTS " SIP/2.0\r\n"
		    "Via: SIP/2.0/TCP h;branch=z9hG4bKstream%zu\r\n%s" CONTACT
		    "From: <sip:x@y.z>;tag=1\r\nTo: %s\r\n"
		    "Call-ID: c\r\nCSeq: 1 %s\r\n"
		    "Content-Type: application/sdp\r\n"
		    "Content-Length: %zu\r\n\r\n",
		    method, body, trusted, to, method, body);
	for (size_t i = 0; i < body; i++)
		text_add(&text, "a");
	for (size_t at = 0; at < text.len;) {
		ssize_t n =
			send(stream, text.at + at, text.len - at, MSG_DONTWAIT);

		at += n > 0 ? (size_t)n : 0;
		sip_turn(&sip, 0);
	}
	text_release(&text);
}

/* Over a stream nothing is repeated, and the ACK ends it: timers G and I are 0.
 */
START_TEST(over_a_stream)
{
	int stream = tcp_peer();
	const char *busy;

	send_stream(stream, "INVITE", "<" LISTS ">", 0);
	ck_assert_int_eq(sip_status(sip_await(&sip, stream, SIP_SOON)), 100);
	ck_assert_uint_eq(last_request()->channel, PROTOCOL_TCP);
	answer(last_request(), 486);
	busy = keep(sip_await(&sip, stream, SIP_SOON));
	ck_assert_int_eq(sip_status(busy), 486);
	ck_assert_ptr_nonnull(
		strstr(sip_header(busy, "Contact"), ":5060;transport=tcp>"));
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 1);
	send_stream(stream, "ACK", sip_header(busy, "To"), 0);
	for (int turns = 0; sip_gauge(&sip, GAUGE_SERVER_TXN) && turns < 10000;
	     turns++)
		sip_turn(&sip, 1);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 0);
	close(stream);
}
END_TEST

START_TEST(a_body_may_have_65535_bytes)
{
	int stream = tcp_peer();

	send_stream(stream, "INVITE", "<" LISTS ">", 65536);
	ck_assert_int_eq(sip_status(sip_await(&sip, stream, SIP_SOON)), 413);
	send_stream(stream, "INVITE", "<" LISTS ">", 65535);
	ck_assert_int_eq(sip_status(sip_await(&sip, stream, SIP_SOON)), 100);
	close(stream);
}
END_TEST

/* A stop refuses calls. */
START_TEST(a_stop)
{
	struct ask ask = {.uri = NULL};

	edge_drain(sip.edge);
	ck_assert(edge_is_idle(sip.edge));
	ck_assert_int_eq(sip_status(invite(&ask)), 503);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("invite_test");
	TCase *tcase = tcase_create("edge");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, invite_setup, invite_teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, trying_at_once);
	tcase_add_test(tcase, what_a_module_gets);
	tcase_add_test(tcase, a_repeat_gets_the_last_provisional);
	tcase_add_test(tcase, a_2xx_is_its_owners);
	tcase_add_test(tcase, an_owner_may_leave_after_the_2xx);
	tcase_add_test(tcase, a_refusal_is_repeated_until_its_ack);
	tcase_add_test(tcase, a_stranger_is_refused_once);
	tcase_add_test(tcase, a_challenge_needs_no_transaction);
	tcase_add_test(tcase, cancel_is_answered_and_told);
	tcase_add_test(tcase, cancel_after_the_final_response_changes_nothing);
	tcase_add_test(tcase, nothing_stops_a_cancel);
	tcase_add_test(tcase, another_host_cancels_and_acknowledges_nothing);
	tcase_add_test(tcase, a_broken_cancel_cancels_nothing);
	tcase_add_test(tcase, the_edge_answers_487);
	tcase_add_test(tcase, expires_ends_it);
	tcase_add_test(tcase, an_answer_in_time_stays);
	tcase_add_test(tcase, by_another_way_it_is_merged);
	tcase_add_loop_test(tcase, refused_without_a_transaction, 0,
			    N(refusals));
	tcase_add_test(tcase, an_optional_body_of_any_type);
	tcase_add_test(tcase, conference_uris);
	tcase_add_test(tcase, subscriptions_make_dialogs);
	tcase_add_test(tcase, a_dialog_is_made_once);
	tcase_add_test(tcase, each_call_has_a_tag_of_its_own);
	tcase_add_test(tcase, clients_of_rfc_2543);
	tcase_add_test(tcase, over_a_stream);
	tcase_add_test(tcase, a_body_may_have_65535_bytes);
	tcase_add_test(tcase, a_stop);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("few");
	tcase_add_checked_fixture(tcase, few_setup, invite_teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, as_many_as_may_wait);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
