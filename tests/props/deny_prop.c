/*
 * Invariant 8 over the real edge: a request whose Request-URI is a deny URI is
 * taken as a deny, whatever else is in it and whatever state the edge is in.
 * A valid deny is spoilt at random; only the token of its Request-URI stays.
 */
#include <check.h>
#include <ctype.h>

#include "server/base/arena.h"
#include "server/sip/receive.h"
#include "tests/props/prng.h"
#include "tests/unit/sip_help.h"

#define SEQUENCES 10000
#define SPOILS_MAX 4

/** A request in parts. */
struct draft {
	struct prng prng;
	struct arena *arena;
	struct token token;
	struct text line; /**< the Request-Line */
	struct text rest; /**< header fields, empty line, body */
};

static struct sip_fixture sip;
static uint64_t seed;

#define PICK(prng, from)                                                       \
	(from)[prng_below(prng, (unsigned)(sizeof(from) / sizeof((from)[0])))]

/** The user part, in either case and with escapes. */
static void add_user(struct draft *draft)
{
	char user[2 + TOKEN_HEX + 1];

	token_format(TOKEN_DENY, &draft->token, user);
	for (size_t i = 0; user[i]; i++) {
		unsigned char c = (unsigned char)user[i];

		if (prng_once_in(&draft->prng, 8))
			c = (unsigned char)toupper(c);
		if (prng_once_in(&draft->prng, 10))
			text_printf(&draft->line, "%%%02X", c);
		else
			text_printf(&draft->line, "%c", c);
	}
}

static void add_request_line(struct draft *draft)
{
	static const char *const methods[] = {"PUBLISH", "PUBLISH", "MESSAGE",
					      "publish", "FLY",	    "P\"\x01L"};
	static const char *const heads[] = {
		"sip:", "sips:", "SIP:", "im:", "<sip:"};
	static const char *const tails[] = {"@" SIP_DOMAIN,
					    "@" SIP_DOMAIN ".",
					    "@192.0.2.7:5080",
					    ":word@h",
					    ";a=b@h;maddr=x",
					    "@h?Require=x",
					    "",
					    "@[::",
					    "@" SIP_DOMAIN ">"};
	static const char *const versions[] = {
		" SIP/2.0", " SIP/2.0", " SIP/7.0", " sip/2.0",
		" HTTP/1",  "",		" ",	    " SIP/2.0 and more"};

	text_add(&draft->line, PICK(&draft->prng, methods));
	text_add(&draft->line, prng_once_in(&draft->prng, 5) ? "  \t" : " ");
	text_add(&draft->line, PICK(&draft->prng, heads));
	add_user(draft);
	text_add(&draft->line, PICK(&draft->prng, tails));
	text_add(&draft->line, PICK(&draft->prng, versions));
	text_add(&draft->line, "\r\n");
}

static void add_valid_rest(struct draft *draft)
{
	text_printf(&draft->rest,
		    "Via: SIP/2.0/UDP "
		    "client.example.com;rport;branch=z9hG4bKone\r\n"
		    "Max-Forwards: 70\r\n"
		    "From: <sip:omar@example.org>;tag=f\r\n"
		    "To: <sip:relay@" SIP_DOMAIN ">\r\n"
		    "Call-ID: c1@client\r\nCSeq: 1 PUBLISH\r\n"
		    "Content-Length: 0\r\n\r\n");
}

/* ---- what spoils it -------------------------------------------------------
 */

static const char *const nasty[] = {
	"Require: nonsense, sec-agree\r\n",
	"Proxy-Require: foo\r\n",
	"From: Bell, A <sip:a@b>;tag=2\r\n",
	"Subject: one\r\nSubject: two\r\n",
	"Max-Forwards: 300\r\n",
	"Max-Forwards: 0\r\n",
	"SIP-If-Match: a, b\r\n",
	"SIP-If-Match: stale\r\nExpires: 0\r\n",
	"Content-Length: 99999999\r\n",
	"Content-Encoding: gzip\r\nContent-Type: application/x\r\n",
	"To: <sip:a@b>;tag=dialog\r\n",
	"Via: SIP/2.0/UDP [\r\n",
	"no colon at all\r\n",
	": no name\r\n",
	"X: \x01\x02\r\n",
	"Contact: *, <sip:a>;;;\r\n",
	"Authorization: Digest username=\"nora\", realm=\"" SIP_DOMAIN
	"\", nonce=\"x\"\r\n",
	"P-Asserted-Identity: <sip:other@example.org>\r\n",
	"CSeq: 99999999999 INVITE\r\n",
	"\r\n",
};

static void insert(struct draft *draft, struct view what)
{
	size_t at = prng_below(&draft->prng, (unsigned)draft->rest.len + 1);
	struct text text;

	text_init(&text, draft->arena);
	text_add_view(&text, view_head(text_view(&draft->rest), at));
	text_add_view(&text, what);
	text_add_view(&text, view_from(text_view(&draft->rest), at));
	draft->rest = text;
}

static void spoil_with_line(struct draft *draft)
{
	insert(draft, view_of(PICK(&draft->prng, nasty)));
}

static void spoil_with_bulk(struct draft *draft)
{
	struct text bulk;
	unsigned n = 1 + prng_below(&draft->prng, 300);

	text_init(&bulk, draft->arena);
	for (unsigned i = 0; i < n; i++)
		text_printf(&bulk, "X-%u: %0*d\r\n", i,
			    (int)prng_below(&draft->prng, 80), 7);
	insert(draft, text_view(&bulk));
}

static void spoil_bytes(struct draft *draft)
{
	char *at = arena_copy(draft->arena, draft->rest.at, draft->rest.len);
	struct view rest = {at, draft->rest.len};
	unsigned n = 1 + prng_below(&draft->prng, 20);

	for (unsigned i = 0; rest.len && i < n; i++)
		at[prng_below(&draft->prng, (unsigned)rest.len)] =
			(char)prng_below(&draft->prng, 256);
	text_init(&draft->rest, draft->arena);
	text_add_view(&draft->rest, rest);
}

static void spoil_by_loss(struct draft *draft)
{
	struct view rest = text_view(&draft->rest);
	size_t from = prng_below(&draft->prng, (unsigned)rest.len + 1);
	size_t len = prng_below(&draft->prng, (unsigned)(rest.len - from) + 1);
	struct text text;

	text_init(&text, draft->arena);
	text_add_view(&text, view_head(rest, from));
	text_add_view(&text, view_from(rest, from + len));
	draft->rest = text;
}

static void spoil(struct draft *draft)
{
	static void (*const ways[])(struct draft *) = {
		spoil_with_line, spoil_with_line, spoil_with_bulk,
		spoil_bytes,	 spoil_by_loss,
	};
	unsigned n = prng_below(&draft->prng, SPOILS_MAX + 1);

	for (unsigned i = 0; i < n; i++)
		PICK(&draft->prng, ways)(draft);
}

/* ---- one sequence ---------------------------------------------------------
 */

/** Overload, a stop, a source that is over its rate. */
static void spoil_edge(void)
{
	sip.is_full = true;
	edge_drain(sip.edge);
}

static void deliver(struct draft *draft)
{
	struct flow from = {.peer.protocol = prng_once_in(&draft->prng, 3)
						     ? PROTOCOL_TCP
						     : PROTOCOL_UDP};
	struct text bytes;

	ck_assert(!address_parse(view_of(sip_host(&sip, 9)), 5060,
				 &from.peer.address));
	text_init(&bytes, draft->arena);
	text_add_view(&bytes, text_view(&draft->line));
	text_add_view(&bytes, text_view(&draft->rest));
	if (from.peer.protocol == PROTOCOL_TCP && prng_once_in(&draft->prng, 2))
		sip_unframed(sip.sip, text_view(&bytes), &from, ERR_SYNTAX);
	else
		sip_receive(sip.sip, text_view(&bytes), &from);
}

static void expect_deny(struct draft *draft)
{
	const struct response ok = {.status = 200};
	const struct request *request = sip.requests[0];

	must(&draft->prng, sip.n_requests == 1, "a spoilt deny is taken");
	must(&draft->prng, request->token_kind == TOKEN_DENY, "as a deny");
	must(&draft->prng,
	     bytes_equal(&request->token, &draft->token, sizeof(draft->token)),
	     "with its own token");
	edge_respond(sip.edge, sip.requests[0], &ok);
	request_free(sip.requests[0]);
	sip.n_requests = 0;
}

START_TEST(nothing_spoils_a_deny)
{
	unsigned n = prng_sequences(SEQUENCES);

	sip_init(&sip);
	sip.edge_settings.source_rate = 1;
	sip.edge_settings.source_burst = 1;
	sip.settings.transactions_max = sip.settings.unanswered_max = 100000;
	sip_open(&sip);
	for (unsigned i = 0; i < n; i++) {
		struct draft draft = {.prng = prng_of(seed, i),
				      .arena = arena_new(0),
				      .token = token_random()};

		text_init(&draft.line, draft.arena);
		text_init(&draft.rest, draft.arena);
		if (i == n / 2)
			spoil_edge();
		add_request_line(&draft);
		add_valid_rest(&draft);
		spoil(&draft);
		deliver(&draft);
		expect_deny(&draft);
		arena_free(draft.arena);
	}
	sip_close(&sip);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("deny_prop");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	seed = prng_seed("deny_prop");
	tcase_set_timeout(tcase, 0);
	tcase_add_test(tcase, nothing_spoils_a_deny);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
