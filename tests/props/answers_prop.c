/*
 * What a datagram of a stranger gets for an answer, whatever is in it: over UDP
 * anybody can write somebody else's address into it, so an answer is never much
 * longer than its request; and a request that is as it should be is answered.
 */
#include "tests/props/prng.h"
#include "tests/unit/sip_help.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEX "0123456789abcdef0123456789abcdef"
#define DENY_REST "0123456789abcdef01234567"
#define ONE_OF(prng, table)                                                    \
	((table)[prng_below(prng,                                              \
			    (unsigned)(sizeof(table) / sizeof(*(table))))])

static struct sip_fixture sip;
static unsigned n_answered, n_short, n_challenged, n_compact;

/** A request being written. */
struct draft {
	char bytes[2048];
	size_t len;
	bool is_legal;
};

static void add(struct draft *draft, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void add(struct draft *draft, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(draft->bytes + draft->len,
		      sizeof(draft->bytes) - draft->len, format, args);
	va_end(args);
	draft->len += (size_t)n;
	ck_assert_uint_lt(draft->len, sizeof(draft->bytes));
}

/* Letters, so many that requests of all lengths are made. */
static const char *word(struct prng *prng, unsigned most)
{
	static char words[8][64];
	static unsigned next;
	char *ret = words[next++ % 8];
	unsigned len = 1 + prng_below(prng, most);

	memset(ret, 'a' + (int)prng_below(prng, 26), len);
	ret[len] = '\0';
	return ret;
}

/* The name, or its compact form, and the blank that may be there. */
static void add_name(struct draft *draft, struct prng *prng, const char *name,
		     const char *compact)
{
	add(draft, "%s:%s", prng_below(prng, 2) ? name : compact,
	    prng_below(prng, 2) ? " " : "");
}

static void add_via(struct draft *draft, struct prng *prng)
{
	static const char *const hosts[] = {"h", "127.0.0.1", "[2001:db8::1]",
					    "client.example.com"};

	add_name(draft, prng, "Via", "v");
	add(draft, "SIP/2.0/UDP %s%s;branch=z9hG4bK%s%u%s\r\n",
	    ONE_OF(prng, hosts), prng_below(prng, 2) ? ";rport" : "",
	    word(prng, 10), prng->sequence,
	    prng_once_in(prng, 4) ? ";received=1.2.3.4" : "");
	if (prng_once_in(prng, 5)) {
		add_name(draft, prng, "Via", "v");
		add(draft, "SIP/2.0/TCP %s;branch=z9hG4bK%s\r\n",
		    word(prng, 20), word(prng, 10));
	}
}

static void add_extra(struct draft *draft, struct prng *prng)
{
	static const char *const extras[] = {
		"Require: recipient-list-message\r\n",
		"Require: a, b, c, d, e, f\r\n",
		"Proxy-Require: x\r\n",
		"Event: presence\r\n",
		"Expires: 60\r\n",
		"Accept: text/x\r\n",
		"Authorization: Digest realm=\"" SIP_DOMAIN "\"\r\n",
		"P-Asserted-Identity: <sip:a@b>\r\n",
		"Supported: path\r\n",
		"k:x\r\n",
	};

	while (prng_below(prng, 2))
		add(draft, "%s", ONE_OF(prng, extras));
}

/* In a fixed order; each may be left out, which makes it illegal. */
static void add_fields(struct draft *draft, struct prng *prng,
		       const char *method, const char *uri)
{
	unsigned lacks = prng_once_in(prng, 8) ? prng_below(prng, 6) : 6;

	draft->is_legal = lacks == 6;
	if (lacks != 0)
		add_via(draft, prng);
	if (lacks != 1)
		add(draft, "Max-Forwards:%s70\r\n",
		    prng_below(prng, 2) ? " " : "");
	if (lacks != 2) {
		add_name(draft, prng, "From", "f");
		add(draft, "<sip:%s@b>;tag=%s\r\n", word(prng, 20),
		    word(prng, 10));
	}
	if (lacks != 3) {
		add_name(draft, prng, "To", "t");
		add(draft, "<%s>\r\n", uri);
	}
	if (lacks != 4) {
		add_name(draft, prng, "Call-ID", "i");
		add(draft, "%s%u\r\n", word(prng, 20), prng->sequence);
	}
	if (lacks != 5)
		add(draft, "CSeq: %u %s\r\n", 1 + prng_below(prng, 9), method);
}

static void draft_write(struct draft *draft, struct prng *prng)
{
	static const char *const methods[] = {"OPTIONS",   "MESSAGE", "PUBLISH",
					      "REGISTER",  "INVITE",  "BYE",
					      "SUBSCRIBE", "X"};
	static const char *const uris[] = {"sip:lists@" SIP_DOMAIN,
					   "sip:" SIP_DOMAIN,
					   "sip:nora@" SIP_DOMAIN,
					   "sip:g-" HEX "@" SIP_DOMAIN,
					   "sip:d-" HEX "@" SIP_DOMAIN,
					   "sip:a@b",
					   "tel:+1",
					   "x:y",
					   "sips:lists@" SIP_DOMAIN};
	const char *method = ONE_OF(prng, methods), *uri = ONE_OF(prng, uris);
	char deny[64];

	/* A token that comes too often is not answered each time. */
	if (strstr(uri, ":d-")) {
		snprintf(deny, sizeof(deny),
			 "sip:d-%08x" DENY_REST "@" SIP_DOMAIN, prng->sequence);
		uri = deny;
	}
	draft->len = 0;
	add(draft, "%s %s SIP/2.0\r\n", method, uri);
	add_fields(draft, prng, method, uri);
	add_extra(draft, prng);
	if (prng_below(prng, 2)) {
		add_name(draft, prng, "Content-Length", "l");
		add(draft, "0\r\n");
	}
	add(draft, "\r\n");
}

/* A consent URI wants to know who says yes; a no needs nothing. */
static void act(struct sip_fixture *fixture, struct request *request)
{
	struct response response = {.status = 200};

	if (request->token_kind != TOKEN_DENY)
		response.status = 401;
	edge_respond(fixture->edge, request, &response);
	request_free(request);
	fixture->n_requests--;
}

static size_t most_of(size_t asked)
{
	return asked < 256 ? asked + asked / 4 : 2 * asked;
}

static void answer_check(const struct prng *prng, const struct draft *draft,
			 const char *answer, size_t len)
{
	int status = sip_status(answer);

	must(prng, len <= most_of(draft->len), "an answer is not much longer");
	must(prng, strncmp(answer + len - 4, "\r\n\r\n", 4) == 0,
	     "it is whole");
	must(prng, status >= 200 && status < 700, "it has a status");
	if (status == 401 || status == 407)
		must(prng, strstr(answer, "uthenticate: Digest ") != NULL,
		     "a challenge says how");
	must(prng, strstr(answer, "\r\nVia: ") || strstr(answer, "\r\nv:"),
	     "it finds its way");
	n_answered++;
	n_short += draft->len < 256;
	n_challenged += status == 401 || status == 407;
	n_compact += strstr(answer, "\r\nv:") != NULL;
}

static void play(struct prng prng, int fd)
{
	uint64_t before = sip_count(&sip, COUNT_REQUESTS_UDP);
	struct draft draft;
	char answer[8192];
	ssize_t n;

	draft_write(&draft, &prng);
	must(&prng, send(fd, draft.bytes, draft.len, 0) > 0, "it is sent");
	for (int i = 0; i < 1000; i++) {
		loop_step(sip.loop, 5);
		if (sip_count(&sip, COUNT_REQUESTS_UDP) > before)
			break;
	}
	must(&prng, sip_count(&sip, COUNT_REQUESTS_UDP) == before + 1,
	     "it arrives");
	loop_step(sip.loop, 0); /* what it answered leaves */
	n = recv(fd, answer, sizeof(answer) - 1, MSG_DONTWAIT);
	if (n <= 0) {
		if (draft.is_legal)
			printf("%s", draft.bytes);
		must(&prng, !draft.is_legal, "a legal request is answered");
		return;
	}
	answer[n] = '\0';
	answer_check(&prng, &draft, answer, (size_t)n);
	must(&prng, recv(fd, answer, sizeof(answer), MSG_DONTWAIT) < 0,
	     "and once");
}

START_TEST(answers_are_short_and_there)
{
	uint64_t seed = prng_seed("answers_prop");
	unsigned n = prng_sequences(10000);
	int fd;

	sip_init(&sip);
	sip.edge_settings.md5 = MD5_TOO; /* two challenges */
	sip.act = act;
	sip_open(&sip);
	/* Without rport an answer goes to the port of sent-by. */
	fd = sip_peer(&sip, 2, 5060);
	for (unsigned i = 0; i < n; i++)
		play(prng_of(seed, i), fd);
	printf("%u answered, %u of them short, %u challenges, %u compact\n",
	       n_answered, n_short, n_challenged, n_compact);
	close(fd);
	sip_close(&sip);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("answers");
	TCase *tcase = tcase_create("datagrams");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, answers_are_short_and_there);
	suite_add_tcase(suite, tcase);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
