/* Dialogs: how they are made, what may be said in them, what ends them. */
#include <check.h>

#include "server/base/text.h"
#include "server/sip/dialog_request.h"
#include "server/sip/dialog_set.h"
#include "server/sip/dialog_table.h"

#define N(cases) ((int)(sizeof(cases) / sizeof((cases)[0])))

/* Our INVITE, and what comes to it. */
#define OURS_HEAD                                                              \
	"INVITE sip:omar@example.org SIP/2.0\r\n"                              \
	"Via: SIP/2.0/UDP relay;branch=z9hG4bKa\r\n"                           \
	"From: \"Mill\" <sip:c-1@relay.example.com>;tag=us\r\n"                \
	"To: <sip:omar@example.org>\r\n"                                       \
	"Call-ID: call@relay\r\nCSeq: 7 INVITE\r\n\r\n"
#define ENDS(tag)                                                              \
	"Via: SIP/2.0/UDP relay;branch=z9hG4bKa\r\n"                           \
	"f: <sip:c-1@relay.example.com>;tag=us\r\n"                            \
	"To: <sip:omar@example.org>" tag "\r\n"                                \
	"Call-ID: call@relay\r\nCSeq: 7 INVITE\r\n"
#define RINGING(tag, more) "SIP/2.0 180 Ringing\r\n" ENDS(tag) more "\r\n"
#define ANSWER(tag, more) "SIP/2.0 200 OK\r\n" ENDS(tag) more "\r\n"
#define BUSY "SIP/2.0 486 Busy\r\n" ENDS(";tag=x") "\r\n"
#define AT(host) "m: <sip:omar@" host ">\r\n"

/* Their INVITE, and requests in its dialog; we are called. */
#define THEIR_ENDS                                                             \
	"Via: SIP/2.0/UDP h;branch=z9hG4bKb\r\n"                               \
	"From: Rita <sip:rita@example.net>;tag=them\r\n"                       \
	"Call-ID: rita@h\r\n"
#define THEIRS(more)                                                           \
	"INVITE sip:lists@relay.example.com SIP/2.0\r\n" THEIR_ENDS            \
	"To: <sip:lists@relay.example.com>\r\nCSeq: 10 INVITE\r\n" more "\r\n"
#define IN_IT(method, number, more)                                            \
	method " sip:lists@relay.example.com SIP/2.0\r\n" THEIR_ENDS           \
	       "To: <sip:lists@relay.example.com>;tag=us\r\n"                  \
	       "CSeq: " number " " method "\r\n" more "\r\n"
#define RITA "Contact: <sip:rita@192.0.2.5:5070;x=1?a=b>\r\n"

static struct message message;
static struct arena *arena;
static struct dialog_set *set;
static struct dialog *dialog;
static struct dialog_request request;

static const struct dialog_ours as_called = {
	.tag = VIEW("us"), .first_cseq = 500, .channel = PROTOCOL_UDP};

static void read(const char *bytes)
{
	message_read(&message, view_of(bytes));
	/* A 2xx counts whatever is wrong in it. */
	ck_assert_msg(!message.fault || message.status / 100 == 2, "%s: %s",
		      message.fault, bytes);
}

static void setup(void)
{
	arena = arena_new(0);
	read(OURS_HEAD);
	ck_assert(!dialog_set_new(&message, PROTOCOL_UDP, &set));
	dialog = NULL;
}

static void teardown(void)
{
	dialog_set_free(set);
	arena_free(arena);
}

/* A response to our INVITE; the last dialog stays where it has none. */
static enum dialog_news hear(const char *bytes)
{
	struct dialog *of;
	enum dialog_news news;

	read(bytes);
	news = dialog_set_receive(set, &message, &of);
	if (of)
		dialog = of;
	return news;
}

static void be_called(const char *more)
{
	struct text text;

	text_init(&text, arena);
	text_printf(&text, "%s%s\r\n",
		    arena_copy(arena, THEIRS(""), sizeof(THEIRS("")) - 3),
		    more);
	read(text.at);
	ck_assert(!dialog_accept(&message, &as_called, &dialog));
}

static enum dialog_verdict get(const char *bytes)
{
	read(bytes);
	return dialog_receive(dialog, &message);
}

static void say(const char *method)
{
	ck_assert(!dialog_request_make(dialog, method, arena, &request));
}

/* ---- of our INVITE ------------------------------------------------------ */

START_TEST(rings_and_answers)
{
	ck_assert_int_eq(hear("SIP/2.0 100 Trying\r\n" ENDS(";tag=a") "\r\n"),
			 DIALOG_NEWS_NONE);
	ck_assert_int_eq(hear(RINGING("", "")), DIALOG_NEWS_NONE);
	ck_assert_int_eq(hear(RINGING(";tag=a", AT("1"))), DIALOG_NEWS_EARLY);
	ck_assert_int_eq(dialog->state, DIALOG_EARLY);
	ck_assert_int_eq(dialog->side, DIALOG_SIDE_OURS);
	ck_assert_str_eq(dialog->call_id, "call@relay");
	ck_assert_str_eq(dialog->local_tag, "us");
	ck_assert_str_eq(dialog->remote_tag, "a");
	ck_assert_str_eq(dialog->local, "\"Mill\" <sip:c-1@relay.example.com>");
	ck_assert_str_eq(dialog->remote, "<sip:omar@example.org>");
	ck_assert_uint_eq(dialog->local_cseq, 7);
	ck_assert(!dialog->has_remote_cseq);
	ck_assert_int_eq(hear(RINGING(";tag=a", AT("1"))),
			 DIALOG_NEWS_PROGRESS);
	ck_assert_int_eq(hear(ANSWER(";tag=a", AT("2"))),
			 DIALOG_NEWS_CONFIRMED);
	ck_assert_int_eq(dialog->state, DIALOG_CONFIRMED);
	ck_assert_str_eq(dialog->target, "sip:omar@2");
	ck_assert_int_eq(hear(ANSWER(";tag=a", AT("3"))), DIALOG_NEWS_REPEATED);
	ck_assert_str_eq(dialog->target, "sip:omar@2");
	ck_assert_int_eq(hear(RINGING(";tag=a", AT("1"))), DIALOG_NEWS_NONE);
	ck_assert_uint_eq(set->n, 1);
}
END_TEST

/* A proxy forked it: two phones ring, a third answers, then one of the two. */
START_TEST(many_phones_ring_and_two_answer)
{
	struct dialog *first;

	hear(RINGING(";tag=a", AT("1")));
	hear(RINGING(";tag=b", AT("2")));
	ck_assert_int_eq(hear(ANSWER(";tag=c", AT("3"))),
			 DIALOG_NEWS_CONFIRMED);
	first = dialog;
	ck_assert_int_eq(hear(ANSWER(";tag=b", AT("2"))),
			 DIALOG_NEWS_CONFIRMED);
	ck_assert_ptr_ne(dialog, first);
	ck_assert_uint_eq(dialog_set_count(set, DIALOG_CONFIRMED), 2);
	say("ACK");
	ck_assert_str_eq(request.request_uri, "sip:omar@2");
	ck_assert_uint_eq(request.cseq, 7);
	say("BYE");
	ck_assert_uint_eq(request.cseq, 8);
	dialog_end_usage(dialog);
	ck_assert_int_eq(dialog->state, DIALOG_TERMINATED);
	ck_assert_int_eq(first->state, DIALOG_CONFIRMED);
	dialog_set_close(set);
	ck_assert_uint_eq(dialog_set_count(set, DIALOG_EARLY), 0);
	ck_assert_int_eq(hear(ANSWER(";tag=d", AT("4"))), DIALOG_NEWS_NONE);
	ck_assert_uint_eq(set->n, 3);
}
END_TEST

START_TEST(a_refusal_ends_what_rings)
{
	hear(RINGING(";tag=a", AT("1")));
	ck_assert_int_eq(hear(BUSY), DIALOG_NEWS_FAILED);
	ck_assert_int_eq(dialog->state, DIALOG_TERMINATED);
	ck_assert_int_eq(hear(RINGING(";tag=b", AT("2"))), DIALOG_NEWS_NONE);
	/* It was answered all the same: ACK, and BYE. */
	ck_assert_int_eq(hear(ANSWER(";tag=a", AT("1"))),
			 DIALOG_NEWS_CONFIRMED);
	say("ACK");
	say("BYE");
}
END_TEST

struct strange_case {
	const char *sentence, *bytes;
	enum dialog_news news;
};

#define R "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP relay;branch=z9hG4bKa\r\n"
#define F "From: <sip:c-1@relay.example.com>;tag=us\r\n"
#define TO "To: <sip:omar@example.org>;tag=a\r\n"
#define ID "Call-ID: call@relay\r\n"

static const struct strange_case strange_cases[] = {
	/* clang-format off */
	{"another Call-ID", R F TO "i: Call@relay\r\nCSeq: 7 INVITE\r\n\r\n", DIALOG_NEWS_NONE},
	{"another From tag", R "f: <sip:c-1@relay.example.com>;tag=Us\r\n" TO ID "CSeq: 7 INVITE\r\n\r\n", DIALOG_NEWS_NONE},
	{"no From tag", R "f: <sip:c-1@relay.example.com>\r\n" TO ID "CSeq: 7 INVITE\r\n\r\n", DIALOG_NEWS_NONE},
	{"another number", R F TO ID "CSeq: 8 INVITE\r\n\r\n", DIALOG_NEWS_NONE},
	{"another method", R F TO ID "CSeq: 7 CANCEL\r\n\r\n", DIALOG_NEWS_NONE},
	{"a tag that is no token", ANSWER(";tag=\"a b\"", AT("1")), DIALOG_NEWS_UNUSABLE},
	{"the same, and it only rings", RINGING(";tag=a", AT("1") "Record-Route: <x>\r\n"), DIALOG_NEWS_NONE},
	{"no tag: a phone of RFC 2543 rings", RINGING("", AT("1")), DIALOG_NEWS_NONE},
	{"no tag: a phone of RFC 2543 answers", ANSWER("", AT("1")), DIALOG_NEWS_CONFIRMED},
	/* clang-format on */
};

START_TEST(strange_responses)
{
	const struct strange_case *c = &strange_cases[_i];

	ck_assert_msg(hear(c->bytes) == c->news, "%s", c->sentence);
	ck_assert_uint_eq(set->n, c->news == DIALOG_NEWS_CONFIRMED);
}
END_TEST

/* Who answered waits for ACK: it goes the way of the INVITE. */
START_TEST(an_answer_that_says_no_way_back)
{
	static const char *const lines[] = {
		"",
		"m: *\r\n",
		"m: <tel:+1>\r\n",
		"m: <sip:>\r\n",
		"m: <mailto:a@b.c>\r\n",
		AT("1") "Record-Route: <x>\r\n",
		AT("1") "Record-Route: sip:p;lr\r\n",
		AT("1") "Record-Route: <tel:+1>\r\n",
		AT("1") "To: <sip:x@example.org>;tag=x\r\n",
		AT("1") "no header field\r\n",
		AT("1") "Content-Length: 99\r\n"};

	for (int i = 0; i < N(lines); i++) {
		char *bytes = arena_printf(
			arena, "SIP/2.0 200 OK\r\n" ENDS(";tag=t%d") "%s\r\n",
			i, lines[i]);

		ck_assert_int_eq(hear(bytes), DIALOG_NEWS_CONFIRMED);
		ck_assert(dialog->lacks_reach);
		say("ACK");
		ck_assert_str_eq(request.request_uri, "sip:omar@example.org");
	}
}
END_TEST

START_TEST(a_set_is_bounded)
{
	enum dialog_news news;

	for (int i = 0; i < 2 * DIALOG_SET_EARLY_MAX; i++) {
		news = hear(arena_printf(arena,
					 "SIP/2.0 180 Ringing\r\n" ENDS(
						 ";tag=r%d") AT("1") "\r\n",
					 i));
		ck_assert_int_eq(news, i < DIALOG_SET_EARLY_MAX
					       ? DIALOG_NEWS_EARLY
					       : DIALOG_NEWS_NONE);
	}
	for (int i = DIALOG_SET_EARLY_MAX; i < 2 * DIALOG_SET_MAX; i++) {
		news = hear(arena_printf(arena,
					 "SIP/2.0 200 OK\r\n" ENDS(";tag=a%d")
						 AT("1") "\r\n",
					 i));
		ck_assert_int_eq(news, i < DIALOG_SET_MAX
					       ? DIALOG_NEWS_CONFIRMED
					       : DIALOG_NEWS_UNUSABLE);
	}
	ck_assert_uint_eq(set->n, DIALOG_SET_MAX);
	ck_assert_int_eq(hear(ANSWER(";tag=r0", AT("1"))),
			 DIALOG_NEWS_CONFIRMED);
}
END_TEST

/* ---- routes ------------------------------------------------------------- */

static const char *many_routes(int n)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, RITA);
	for (int i = 0; i < n; i++)
		text_printf(&text, "Record-Route: <sip:p%d;lr>\r\n", i);
	return text.at;
}

START_TEST(a_route_set_is_bounded)
{
	struct text text;

	be_called(many_routes(DIALOG_ROUTES_MAX));
	ck_assert_uint_eq(dialog->n_routes, DIALOG_ROUTES_MAX);
	dialog_free(dialog);
	text_init(&text, arena);
	text_add(&text, "INVITE sip:a SIP/2.0\r\n" THEIR_ENDS
			"To: <sip:a>\r\nCSeq: 1 INVITE\r\n");
	text_add(&text, many_routes(DIALOG_ROUTES_MAX + 1));
	text_add(&text, "\r\n");
	read(text.at);
	ck_assert_int_eq(dialog_accept(&message, &as_called, &dialog),
			 ERR_TOO_LARGE);
}
END_TEST

#define TWO "Record-Route: <sip:p2;lr>, \"x\" <sip:p1;lr=on>;y\r\n"

START_TEST(routes_of_ours_are_reversed)
{
	hear(RINGING(";tag=a", AT("1") "Record-Route: <sip:early;lr>\r\n"));
	say("PRACK");
	ck_assert_str_eq(request.routes, "Route: <sip:early;lr>\r\n");
	hear(ANSWER(";tag=a", AT("1") TWO));
	say("ACK");
	ck_assert_str_eq(request.request_uri, "sip:omar@1");
	ck_assert_str_eq(request.next_hop, "sip:p1;lr=on");
	ck_assert_str_eq(request.routes, "Route: <sip:p1;lr=on>\r\n"
					 "Route: <sip:p2;lr>\r\n");
	/* Later ones change nothing. */
	hear(ANSWER(";tag=a", AT("1")));
	say("BYE");
	ck_assert_str_eq(request.next_hop, "sip:p1;lr=on");
}
END_TEST

START_TEST(routes_of_theirs_are_kept)
{
	be_called(RITA TWO);
	dialog_confirm(dialog);
	say("BYE");
	ck_assert_str_eq(request.request_uri, "sip:rita@192.0.2.5:5070;x=1");
	ck_assert_str_eq(request.next_hop, "sip:p2;lr");
	ck_assert_str_eq(request.routes, "Route: <sip:p2;lr>\r\n"
					 "Route: <sip:p1;lr=on>\r\n");
	dialog_free(dialog);
}
END_TEST

START_TEST(a_strict_router_gets_the_request_uri)
{
	be_called(RITA "Record-Route: <sip:p2;method=X?h=1>, <sip:p1;lr>\r\n");
	dialog_confirm(dialog);
	say("BYE");
	ck_assert_str_eq(request.request_uri, "sip:p2");
	ck_assert_str_eq(request.next_hop, "sip:p2");
	ck_assert_str_eq(request.routes,
			 "Route: <sip:p1;lr>\r\n"
			 "Route: <sip:rita@192.0.2.5:5070;x=1>\r\n");
	dialog_free(dialog);
}
END_TEST

/* ---- what we say -------------------------------------------------------- */

START_TEST(a_request_of_the_dialog)
{
	hear(ANSWER(";tag=a", AT("1")));
	say("UPDATE");
	ck_assert_str_eq(request.method, "UPDATE");
	ck_assert_str_eq(request.from,
			 "\"Mill\" <sip:c-1@relay.example.com>;tag=us");
	ck_assert_str_eq(request.to, "<sip:omar@example.org>;tag=a");
	ck_assert_str_eq(request.call_id, "call@relay");
	ck_assert_str_eq(request.routes, "");
	ck_assert_str_eq(request.next_hop, request.request_uri);
	ck_assert_uint_eq(request.cseq, 8);
	say("INVITE");
	ck_assert_uint_eq(request.cseq, 9);
	say("INFO");
	ck_assert_uint_eq(request.cseq, 10);
	say("ACK");
	ck_assert_uint_eq(request.cseq, 9);
	ck_assert_int_eq(dialog_request_make(dialog, "CANCEL", arena, &request),
			 ERR_UNSUPPORTED);
	dialog->local_cseq = 2147483647;
	ck_assert_int_eq(dialog_request_make(dialog, "BYE", arena, &request),
			 ERR_FULL);
}
END_TEST

START_TEST(what_a_state_forbids)
{
	be_called(RITA);
	ck_assert_int_eq(dialog->state, DIALOG_EARLY);
	ck_assert_int_eq(dialog_request_make(dialog, "BYE", arena, &request),
			 ERR_CONFLICT);
	say("UPDATE");
	ck_assert_uint_eq(request.cseq, 500);
	dialog_confirm(dialog);
	ck_assert_int_eq(dialog_request_make(dialog, "ACK", arena, &request),
			 ERR_CONFLICT);
	say("BYE");
	ck_assert_uint_eq(request.cseq, 501);
	dialog_terminate(dialog);
	ck_assert_int_eq(dialog_request_make(dialog, "INFO", arena, &request),
			 ERR_CONFLICT);
	dialog_free(dialog);
	hear(RINGING(";tag=a", AT("1")));
	ck_assert_int_eq(dialog_request_make(dialog, "ACK", arena, &request),
			 ERR_CONFLICT);
	say("BYE");
}
END_TEST

START_TEST(no_tag_of_a_phone_of_rfc_2543)
{
	hear(ANSWER("", AT("1")));
	say("ACK");
	ck_assert_str_eq(request.to, "<sip:omar@example.org>");
}
END_TEST

/* ---- what they say ------------------------------------------------------ */

START_TEST(an_invite_without_one_contact)
{
	static const char *const bad[] = {THEIRS(""), THEIRS(RITA RITA),
					  THEIRS("m: <sip:a>, <sip:b>\r\n"),
					  THEIRS("m: *\r\n"),
					  THEIRS("m: <tel:+1>\r\n")};

	for (int i = 0; i < N(bad); i++) {
		read(bad[i]);
		ck_assert_int_eq(dialog_accept(&message, &as_called, &dialog),
				 ERR_SYNTAX);
	}
	read(IN_IT("INVITE", "1", RITA));
	ck_assert_int_eq(dialog_accept(&message, &as_called, &dialog),
			 ERR_EXISTS);
}
END_TEST

START_TEST(numbers_of_their_requests)
{
	be_called(RITA);
	ck_assert_uint_eq(dialog->remote_cseq, 10);
	dialog_confirm(dialog);
	ck_assert_int_eq(get(IN_IT("INFO", "9", "")), DIALOG_VERDICT_LATE);
	ck_assert_int_eq(get(IN_IT("INVITE", "10", "")), DIALOG_VERDICT_MERGED);
	ck_assert_int_eq(get(IN_IT("INFO", "900", "")), DIALOG_VERDICT_TAKEN);
	ck_assert_int_eq(get(IN_IT("INFO", "900", "")), DIALOG_VERDICT_MERGED);
	ck_assert_int_eq(get(IN_IT("CANCEL", "10", "")), DIALOG_VERDICT_TAKEN);
	ck_assert_int_eq(get(IN_IT("INFO", "899", "")), DIALOG_VERDICT_LATE);
	ck_assert_uint_eq(dialog->remote_cseq, 900);
	ck_assert_int_eq(get(IN_IT("BYE", "900", "")), DIALOG_VERDICT_TAKEN);
	dialog_end_usage(dialog);
	ck_assert_int_eq(get(IN_IT("INFO", "901", "")), DIALOG_VERDICT_GONE);
	dialog_free(dialog);
}
END_TEST

START_TEST(an_ack_has_the_number_of_its_invite)
{
	be_called(RITA);
	ck_assert_int_eq(get(IN_IT("ACK", "10", "")), DIALOG_VERDICT_IGNORED);
	dialog_confirm(dialog);
	ck_assert_int_eq(get(IN_IT("INFO", "11", "")), DIALOG_VERDICT_TAKEN);
	ck_assert_int_eq(get(IN_IT("ACK", "11", "")), DIALOG_VERDICT_IGNORED);
	ck_assert(!dialog->is_acknowledged);
	ck_assert_int_eq(get(IN_IT("ACK", "10", "")), DIALOG_VERDICT_TAKEN);
	ck_assert(dialog->is_acknowledged);
	ck_assert_int_eq(get(IN_IT("INVITE", "12", RITA)),
			 DIALOG_VERDICT_TAKEN);
	ck_assert(!dialog->is_acknowledged);
	ck_assert_int_eq(get(IN_IT("ACK", "12", "")), DIALOG_VERDICT_TAKEN);
	dialog_free(dialog);
}
END_TEST

START_TEST(requests_move_the_target)
{
	be_called(RITA);
	dialog_confirm(dialog);
	read(IN_IT("UPDATE", "11", "m: <sip:rita@198.51.100.1>\r\n"));
	dialog_refresh(dialog, &message);
	ck_assert_str_eq(dialog->target, "sip:rita@198.51.100.1");
	read(IN_IT("INFO", "12", "m: <sip:eve@198.51.100.2>\r\n"));
	dialog_refresh(dialog, &message);
	read(IN_IT("UPDATE", "13", ""));
	dialog_refresh(dialog, &message);
	read(IN_IT("UPDATE", "14", "m: <tel:+1>\r\n"));
	dialog_refresh(dialog, &message);
	ck_assert_str_eq(dialog->target, "sip:rita@198.51.100.1");
	dialog_free(dialog);
}
END_TEST

#define THEIRS_BY_SIPS(contact)                                                \
	"INVITE sips:a SIP/2.0\r\n" THEIR_ENDS "To: <sip:a>\r\n"               \
	"CSeq: 1 INVITE\r\nContact: <" contact ">\r\n" TWO "\r\n"

/* RFC 3261 section 12.1.1, RFC 5630 section 5.1. */
START_TEST(sips_by_tls_makes_a_secure_dialog)
{
	struct dialog_ours by_tls = as_called;

	by_tls.channel = PROTOCOL_TLS;
	read(THEIRS_BY_SIPS("sips:rita@192.0.2.5"));
	ck_assert(!dialog_accept(&message, &by_tls, &dialog));
	ck_assert(dialog->is_secure);
	dialog_confirm(dialog);
	say("BYE");
	ck_assert_str_eq(request.request_uri, "sips:rita@192.0.2.5");
	ck_assert_str_eq(request.next_hop, "sips:p2;lr");
	ck_assert_str_eq(request.routes, "Route: <sips:p2;lr>\r\n"
					 "Route: <sips:p1;lr=on>\r\n");
	dialog_free(dialog);
	/* Its own Contact is another matter: 400. */
	read(THEIRS_BY_SIPS("sip:rita@192.0.2.5"));
	ck_assert_int_eq(dialog_accept(&message, &by_tls, &dialog), ERR_SYNTAX);
	/* In the clear it is none; the edge refuses it. */
	read(THEIRS_BY_SIPS("sips:rita@192.0.2.5"));
	ck_assert(!dialog_accept(&message, &as_called, &dialog));
	ck_assert(!dialog->is_secure);
	dialog_free(dialog);
}
END_TEST

START_TEST(a_secure_dialog_has_a_secure_target)
{
	be_called(RITA);
	ck_assert(!dialog->is_secure);
	dialog->is_secure = true;
	read(IN_IT("UPDATE", "11", "m: <sip:rita@198.51.100.1>\r\n"));
	dialog_refresh(dialog, &message);
	ck_assert_str_eq(dialog->target, "sip:rita@192.0.2.5:5070;x=1");
	read(IN_IT("UPDATE", "12", "m: <sips:rita@198.51.100.1>\r\n"));
	dialog_refresh(dialog, &message);
	ck_assert_str_eq(dialog->target, "sips:rita@198.51.100.1");
	dialog_free(dialog);
}
END_TEST

START_TEST(the_last_usage_ends_it)
{
	be_called(RITA);
	dialog_confirm(dialog);
	dialog_add_usage(dialog);
	dialog_end_usage(dialog);
	ck_assert_int_eq(dialog->state, DIALOG_CONFIRMED);
	dialog_end_usage(dialog);
	ck_assert_int_eq(dialog->state, DIALOG_TERMINATED);
	dialog_end_usage(dialog);
	dialog_free(dialog);
}
END_TEST

START_TEST(found_by_the_whole_id_only)
{
	static const char *const others[] = {
		"BYE sip:a SIP/2.0\r\ni: rita@h\r\nf: <sip:r>;tag=them\r\n"
		"t: <sip:l>\r\n\r\n",
		"BYE sip:a SIP/2.0\r\ni: rita@h\r\nf: <sip:r>\r\n"
		"t: <sip:l>;tag=us\r\n\r\n",
		"BYE sip:a SIP/2.0\r\ni: rita@h\r\nf: <sip:r>;tag=us\r\n"
		"t: <sip:l>;tag=them\r\n\r\n",
		"BYE sip:a SIP/2.0\r\ni: rita@h\r\nf: <sip:r>;tag=them\r\n"
		"t: <sip:l>;tag=US\r\n\r\n",
		"BYE sip:a SIP/2.0\r\ni: rita@H\r\nf: <sip:r>;tag=them\r\n"
		"t: <sip:l>;tag=us\r\n\r\n",
		"BYE sip:a SIP/2.0\r\nf: <sip:r>;tag=them\r\n"
		"t: <sip:l>;tag=us\r\n\r\n",
		"BYE sip:a SIP/2.0\r\ni: rita@h\r\nf: <sip:r;tag=them>\r\n"
		"t: <sip:l>;tag=us\r\n\r\n",
		"SIP/2.0 200 OK\r\ni: rita@h\r\nf: <sip:r>;tag=them\r\n"
		"t: <sip:l>;tag=us\r\n\r\n"};
	static const struct hash_key key;
	struct dialog_table *table = dialog_table_new(&key);

	be_called(RITA);
	dialog_table_add(table, dialog);
	for (int i = 0; i < N(others); i++) {
		read(others[i]);
		ck_assert_msg(!dialog_table_find(table, &message), "%s",
			      others[i]);
	}
	read("BYE sip:a SIP/2.0\r\ni: rita@h\r\nf: <sip:other>;tag=them\r\n"
	     "t: <sip:other>;tag=us\r\n\r\n");
	ck_assert_ptr_eq(dialog_table_find(table, &message), dialog);
	dialog_table_remove(table, dialog);
	ck_assert_ptr_null(dialog_table_find(table, &message));
	dialog_free(dialog);
	dialog_table_free(table);
}
END_TEST

/* ---- what ends it ------------------------------------------------------- */

struct effect_case {
	const char *method;
	int status;
	enum dialog_effect effect;
};

static const struct effect_case effect_cases[] = {
	/* clang-format off */
	{"INVITE", 481, DIALOG_EFFECT_USAGE},   {"INVITE", 408, DIALOG_EFFECT_USAGE},
	{"UPDATE", 481, DIALOG_EFFECT_USAGE},   {"INFO", 408, DIALOG_EFFECT_USAGE},
	{"INVITE", 488, DIALOG_EFFECT_NONE},    {"INVITE", 491, DIALOG_EFFECT_NONE},
	{"INVITE", 480, DIALOG_EFFECT_NONE},    {"INFO", 405, DIALOG_EFFECT_NONE},
	{"INVITE", 404, DIALOG_EFFECT_DIALOG},  {"INFO", 410, DIALOG_EFFECT_DIALOG},
	{"NOTIFY", 416, DIALOG_EFFECT_DIALOG},  {"UPDATE", 482, DIALOG_EFFECT_DIALOG},
	{"INVITE", 483, DIALOG_EFFECT_DIALOG},  {"INVITE", 484, DIALOG_EFFECT_DIALOG},
	{"INVITE", 485, DIALOG_EFFECT_DIALOG},  {"INVITE", 502, DIALOG_EFFECT_DIALOG},
	{"OPTIONS", 604, DIALOG_EFFECT_DIALOG}, {"INVITE", 503, DIALOG_EFFECT_NONE},
	{"NOTIFY", 481, DIALOG_EFFECT_USAGE},   {"NOTIFY", 405, DIALOG_EFFECT_USAGE},
	{"NOTIFY", 480, DIALOG_EFFECT_USAGE},   {"NOTIFY", 489, DIALOG_EFFECT_USAGE},
	{"SUBSCRIBE", 501, DIALOG_EFFECT_USAGE},{"NOTIFY", 500, DIALOG_EFFECT_NONE},
	{"OPTIONS", 481, DIALOG_EFFECT_NONE},   {"OPTIONS", 408, DIALOG_EFFECT_NONE},
	{"CANCEL", 481, DIALOG_EFFECT_NONE},    {"CANCEL", 404, DIALOG_EFFECT_NONE},
	{"BYE", 200, DIALOG_EFFECT_USAGE},      {"BYE", 401, DIALOG_EFFECT_USAGE},
	{"BYE", 100, DIALOG_EFFECT_NONE},       {"INVITE", 200, DIALOG_EFFECT_NONE},
	/* clang-format on */
};

START_TEST(what_a_response_ends)
{
	const struct effect_case *c = &effect_cases[_i];

	ck_assert_msg(dialog_effect(view_of(c->method), c->status) == c->effect,
		      "%d to %s", c->status, c->method);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, rings_and_answers);
	tcase_add_test(tcase, many_phones_ring_and_two_answer);
	tcase_add_test(tcase, a_refusal_ends_what_rings);
	tcase_add_loop_test(tcase, strange_responses, 0, N(strange_cases));
	tcase_add_test(tcase, an_answer_that_says_no_way_back);
	tcase_add_test(tcase, a_set_is_bounded);
	tcase_add_test(tcase, a_route_set_is_bounded);
	tcase_add_test(tcase, routes_of_ours_are_reversed);
	tcase_add_test(tcase, routes_of_theirs_are_kept);
	tcase_add_test(tcase, a_strict_router_gets_the_request_uri);
	tcase_add_test(tcase, a_request_of_the_dialog);
	tcase_add_test(tcase, what_a_state_forbids);
	tcase_add_test(tcase, no_tag_of_a_phone_of_rfc_2543);
	tcase_add_test(tcase, an_invite_without_one_contact);
	tcase_add_test(tcase, numbers_of_their_requests);
	tcase_add_test(tcase, an_ack_has_the_number_of_its_invite);
	tcase_add_test(tcase, requests_move_the_target);
	tcase_add_test(tcase, sips_by_tls_makes_a_secure_dialog);
	tcase_add_test(tcase, a_secure_dialog_has_a_secure_target);
	tcase_add_test(tcase, the_last_usage_ends_it);
	tcase_add_test(tcase, found_by_the_whole_id_only);
	tcase_add_loop_test(tcase, what_a_response_ends, 0, N(effect_cases));
}

int main(void)
{
	Suite *suite = suite_create("dialog");
	TCase *tcase = tcase_create("dialog");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
