/* What the edge answers, what it hands on, and what it keeps. */
#include "db/users.h"
#include "server/base/sha256.h"
#include "server/base/token.h"
#include "tests/unit/sip_help.h"

#include <check.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTS "sip:lists@" SIP_DOMAIN
#define HEX "0123456789abcdef0123456789abcdef"
#define GRANT "sip:g-" HEX "@" SIP_DOMAIN

static struct sip_fixture sip;
static int fd;			    /* a stranger */
static const char *user, *password; /* of credentials() */

static void setup(void)
{
	sip_init(&sip);
	sip_account(&sip, "nora");
	sip_open(&sip);
	fd = sip_peer(&sip, 2, 0);
	user = "nora";
	password = "secret";
}

static void teardown(void)
{
	close(fd);
	sip_close(&sip);
}

/* A request being put together. */
struct ask {
	const char *method, *uri;
	const char *more; /* header lines with CRLF */
	const char *body;
	const char *branch;	/* NULL: one of its own */
	const char *from;	/* NULL: nora */
	const char *to;		/* NULL: <uri> */
	int cseq, max_forwards; /* 0: 1, 70 */
};

static const char *ask_write(const struct ask *ask)
{
	static char bytes[8192];
	static int serial;
	char branch[32], to[256];

	snprintf(branch, sizeof(branch), "z9hG4bKt%d", ++serial);
	snprintf(to, sizeof(to), "<%s>", ask->uri);
	snprintf(bytes, sizeof(bytes),
		 "%s %s SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP client.example.com;rport;branch=%s\r\n"
		 "Max-Forwards: %d\r\n"
		 "From: %s;tag=f1\r\nTo: %s\r\nCall-ID: c1@client\r\n"
		 "User-Agent: some phone, of those that say who made them\r\n"
		 "CSeq: %d %s\r\n%sContent-Length: %zu\r\n\r\n%s",
		 ask->method, ask->uri, ask->branch ? ask->branch : branch,
		 ask->max_forwards ? ask->max_forwards : 70,
		 ask->from ? ask->from : "<sip:nora@" SIP_DOMAIN ">",
		 ask->to ? ask->to : to, ask->cseq ? ask->cseq : 1, ask->method,
		 ask->more ? ask->more : "", ask->body ? strlen(ask->body) : 0,
		 ask->body ? ask->body : "");
	return bytes;
}

static const char *send_ask(int peer, const struct ask *ask)
{
	return sip_ask(&sip, peer, ask_write(ask));
}

struct check_case {
	const char *sentence;
	struct ask ask;
	int status;
	const char *header, *value; /* NULL: not looked at */
};

/* What a service takes is what its settings say. */
START_TEST(test_service_methods)
{
	const struct ask ask = {.method = "MESSAGE", .uri = LISTS};

	sip.service.n_methods = 0;
	sip.service.allow = "OPTIONS";
	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 405);
	ck_assert_str_eq(sip_header(send_ask(fd, &ask), "Allow"), "OPTIONS");
}
END_TEST

static const struct check_case check_cases[] = {
	/* clang-format off */
	{"OPTIONS to the relay", {.method = "OPTIONS", .uri = "sip:" SIP_DOMAIN}, 200, "Supported", "recipient-list-message"},
	{"OPTIONS says what may be sent", {.method = "OPTIONS", .uri = LISTS}, 200, "Allow", "MESSAGE, OPTIONS, PUBLISH"},
	{"OPTIONS says which bodies", {.method = "OPTIONS", .uri = LISTS}, 200, "Accept", "application/resource-lists+xml, multipart/mixed"},
	{"OPTIONS says which encodings", {.method = "OPTIONS", .uri = LISTS}, 200, "Accept-Encoding", "identity"},
	{"OPTIONS says which language", {.method = "OPTIONS", .uri = LISTS}, 200, "Accept-Language", "en"},
	{"OPTIONS says what PUBLISH is about", {.method = "OPTIONS", .uri = LISTS}, 200, "Allow-Events", "consent-pending-additions"},
	{"OPTIONS to anybody is alike", {.method = "OPTIONS", .uri = "sip:nora@" SIP_DOMAIN}, 200, "Allow", "MESSAGE, OPTIONS, PUBLISH"},
	{"OPTIONS elsewhere", {.method = "OPTIONS", .uri = "sip:a@example.org"}, 404, NULL, NULL},
	{"an unknown scheme", {.method = "OPTIONS", .uri = "soap.beep://192.0.2.103:3002"}, 416, NULL, NULL},
	{"tel", {.method = "MESSAGE", .uri = "tel:+1-"}, 416, NULL, NULL},
	{"header components in the Request-URI", {.method = "MESSAGE", .uri = LISTS "?Route=x"}, 400, NULL, NULL},
	{"brackets around it", {.method = "MESSAGE", .uri = "<" LISTS ">"}, 400, NULL, NULL},
	{"no hops left", {.method = "OPTIONS", .uri = LISTS, .more = "Max-Breadth: 1\r\n", .max_forwards = -1}, 400, NULL, NULL},
	{"unknown option tags are named", {.method = "OPTIONS", .uri = LISTS, .more = "Require: a, recipient-list-message\r\nRequire: b\r\n"}, 420, "Unsupported", "a, b"},
	{"Proxy-Require too", {.method = "OPTIONS", .uri = LISTS, .more = "Proxy-Require: privacy, x\r\n"}, 420, "Unsupported", "x"},
	{"or none", {.method = "OPTIONS", .uri = LISTS, .more = "Require:\r\n"}, 200, NULL, NULL},
	{"privacy is something that we do", {.method = "OPTIONS", .uri = LISTS, .more = "Proxy-Require: privacy\r\n"}, 200, NULL, NULL},
	{"list tags mean nothing to others", {.method = "PUBLISH", .uri = GRANT, .more = "Require: recipient-list-message\r\n"}, 420, NULL, NULL},
	{"the method comes before Require", {.method = "SUBSCRIBE", .uri = LISTS, .more = "Require: x\r\n"}, 405, "Allow", "MESSAGE, OPTIONS"},
	{"an unknown method, too", {.method = "FLY", .uri = LISTS, .more = "Require: x\r\n"}, 501, NULL, NULL},
	{"and so does the user", {.method = "MESSAGE", .uri = "sip:nobody@" SIP_DOMAIN, .more = "Require: x\r\n"}, 404, NULL, NULL},
	{"but Require before who asks", {.method = "MESSAGE", .uri = LISTS, .more = "Require: x\r\n"}, 420, "Unsupported", "x"},
	{"in a dialog that never was", {.method = "BYE", .uri = LISTS, .to = "<" LISTS ">;tag=x"}, 481, NULL, NULL},
	{"CANCEL of nothing", {.method = "CANCEL", .uri = LISTS}, 481, NULL, NULL},
	{"a Require in CANCEL is passed over", {.method = "CANCEL", .uri = LISTS, .more = "Require: x\r\n"}, 481, NULL, NULL},
	{"a header field that nobody knows", {.method = "OPTIONS", .uri = LISTS, .more = "X-Odd: <>;;\r\n"}, 200, NULL, NULL},
	{"an unknown method", {.method = "FLY", .uri = LISTS}, 501, "Allow", "MESSAGE, OPTIONS, PUBLISH"},
	{"methods have case", {.method = "options", .uri = LISTS}, 501, NULL, NULL},
	{"REGISTER, wherever", {.method = "REGISTER", .uri = "sip:example.org"}, 405, "Allow", "MESSAGE, OPTIONS, PUBLISH"},
	{"INVITE at a service", {.method = "INVITE", .uri = LISTS}, 405, "Allow", "MESSAGE, OPTIONS"},
	{"PUBLISH at a service", {.method = "PUBLISH", .uri = LISTS}, 405, NULL, NULL},
	{"MESSAGE to the relay itself", {.method = "MESSAGE", .uri = "sip:" SIP_DOMAIN}, 405, "Allow", "OPTIONS"},
	{"INVITE to who has an account", {.method = "INVITE", .uri = "sip:nora@" SIP_DOMAIN}, 404, NULL, NULL},
	{"INVITE to who has none", {.method = "INVITE", .uri = "sip:ghost@" SIP_DOMAIN}, 404, NULL, NULL},
	{"a body of an unknown type", {.method = "INVITE", .uri = LISTS, .more = "Content-Type: application/x\r\n", .body = "b"}, 405, NULL, NULL},
	{"in a query", {.method = "OPTIONS", .uri = LISTS, .more = "Content-Type: application/x\r\n", .body = "b"}, 415, "Accept", "application/resource-lists+xml, multipart/mixed"},
	{"an optional one", {.method = "OPTIONS", .uri = LISTS, .more = "Content-Type: application/x\r\nContent-Disposition: session;handling=optional\r\n", .body = "b"}, 200, NULL, NULL},
	{"an encoded body", {.method = "MESSAGE", .uri = LISTS, .more = "Content-Type: text/plain\r\nContent-Encoding: gzip\r\n", .body = "b"}, 415, "Accept-Encoding", "identity"},
	{"an INVITE that accepts nothing", {.method = "INVITE", .uri = "sip:a@example.org", .more = "Accept: text/x\r\n"}, 406, NULL, NULL},
	{"Require at another host", {.method = "OPTIONS", .uri = "sip:a@example.org", .more = "Require: x\r\n"}, 420, NULL, NULL},
	{"a broken Contact", {.method = "INVITE", .uri = LISTS, .more = "Contact: \"J\" <sip:a@b.c>;;;\r\n"}, 400, NULL, NULL},
	{"a Date that nobody needs", {.method = "OPTIONS", .uri = LISTS, .more = "Date: yesterday\r\n"}, 200, NULL, NULL},
	{"an unbalanced quote", {.method = "OPTIONS", .uri = LISTS, .to = "\"J <sip:a@b.c>"}, 400, NULL, NULL},
	{"a display name that is no token", {.method = "OPTIONS", .uri = LISTS, .from = "Bell, A <sip:a@b.c>"}, 400, NULL, NULL},
	{"another CSeq", {.method = "OPTIONS", .uri = LISTS, .more = "CSeq: 2 OPTIONS\r\n"}, 400, NULL, NULL},
	{"a CSeq beyond 31 bits", {.method = "OPTIONS", .uri = LISTS, .cseq = -1}, 400, NULL, NULL},
	{"the cookie alone is no branch", {.method = "OPTIONS", .uri = LISTS, .branch = "z9hG4bK"}, 400, NULL, NULL},
	{"a service wants to know who asks", {.method = "MESSAGE", .uri = LISTS}, 407, NULL, NULL},
	{"service names have case", {.method = "MESSAGE", .uri = "sip:Lists@" SIP_DOMAIN}, 404, NULL, NULL},
	{"and may be escaped", {.method = "MESSAGE", .uri = "sip:%6cists@" SIP_DOMAIN}, 407, NULL, NULL},
	{"hosts have none", {.method = "MESSAGE", .uri = "sip:lists@RELAY.example.com"}, 407, NULL, NULL},
	{"sips came without TLS", {.method = "MESSAGE", .uri = "sips:lists@" SIP_DOMAIN}, 403, NULL, NULL},
	{"a consent URI takes PUBLISH", {.method = "MESSAGE", .uri = GRANT}, 405, "Allow", "PUBLISH, OPTIONS"},
	{"and says so", {.method = "OPTIONS", .uri = GRANT}, 200, "Allow", "PUBLISH, OPTIONS"},
	{"one of another form is nobody", {.method = "PUBLISH", .uri = "sip:g-ABC@" SIP_DOMAIN}, 404, NULL, NULL},
	{"a yes that needs something unknown", {.method = "PUBLISH", .uri = GRANT, .more = "Require: nonsense\r\n"}, 420, "Unsupported", "nonsense"},
	{"a yes in a dialog", {.method = "PUBLISH", .uri = GRANT, .to = "<sip:x>;tag=1"}, 481, NULL, NULL},
	{"a yes with a broken header", {.method = "PUBLISH", .uri = GRANT, .more = "Contact: \"J\" <sip:a@b.c>;;;\r\n"}, 400, NULL, NULL},
	{"a yes with two tags", {.method = "PUBLISH", .uri = GRANT, .more = "SIP-If-Match: a, b\r\n"}, 400, NULL, NULL},
	{"a yes with none", {.method = "PUBLISH", .uri = GRANT, .more = "SIP-If-Match:\r\n"}, 400, NULL, NULL},
	{"a yes with a body that may say no", {.method = "PUBLISH", .uri = GRANT, .more = "Content-Type: application/auth-policy+xml\r\n", .body = "<x/>"}, 415, "Accept", "application/pidf+xml"},
	{"a yes in a body that cannot be read", {.method = "PUBLISH", .uri = GRANT, .more = "Content-Type: application/pidf+xml\r\nContent-Encoding: gzip\r\n", .body = "x"}, 415, "Accept-Encoding", "identity"},
	{"a body without a type", {.method = "PUBLISH", .uri = GRANT, .body = "x"}, 415, NULL, NULL},
	{"a deny URI takes MESSAGE too", {.method = "OPTIONS", .uri = "sip:d-" HEX "@" SIP_DOMAIN}, 200, "Allow", "PUBLISH, MESSAGE, OPTIONS"},
	{"but no call", {.method = "INVITE", .uri = "sip:d-" HEX "@" SIP_DOMAIN}, 405, "Allow", "PUBLISH, MESSAGE, OPTIONS"},
	{"a sips one is not taken in the clear", {.method = "PUBLISH", .uri = "sips:g-" HEX "@" SIP_DOMAIN}, 403, NULL, NULL},
	/* clang-format on */
};

START_TEST(test_check)
{
	const struct check_case *c = &check_cases[_i];
	const char *answer = send_ask(fd, &c->ask);
	const char *value;

	ck_assert_msg(sip_status(answer) == c->status, "%s: %s", c->sentence,
		      answer ? answer : "no answer");
	value = c->header ? sip_header(answer, c->header) : NULL;
	ck_assert_msg(!c->header || (value && !strcmp(value, c->value)),
		      "%s: %s", c->sentence, answer);
	/* RFC 3261 section 8.2.4: no answer needs an extension. */
	ck_assert_ptr_null(strstr(answer, "\r\nRequire:"));
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 0);
	ck_assert_uint_eq(sip.n_requests, 0);
}
END_TEST

struct raw_case {
	const char *sentence, *bytes;
	int status; /* 0: no answer */
};

#define REST "Call-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n"
#define PAD                                                                    \
	"X-Pad: "                                                              \
	"...................................................................." \
	"....................................................\r\n"

static const struct raw_case raw_cases[] = {
	/* clang-format off */
	{"no CSeq at all", "OPTIONS sip:" SIP_DOMAIN " SIP/2.0\r\nVia: SIP/2.0/UDP h;rport;branch=z9hG4bKa\r\n" PAD "From: <sip:a@b.c>;tag=1\r\nTo: <sip:a@b.c>\r\n\r\n", 400},
	{"SIP/7.0", "OPTIONS sip:" SIP_DOMAIN " SIP/7.0\r\nVia: SIP/7.0/UDP h;rport;branch=z9hG4bKa\r\n" PAD "From: <sip:a@b.c>\r\nTo: <sip:a@b.c>\r\n" REST, 505},
	{"SIP/2.999", "OPTIONS sip:" SIP_DOMAIN " SIP/2.999\r\nVia: SIP/2.0/UDP h;rport;branch=z9hG4bKa\r\n" PAD "From: <sip:a@b.c>;tag=1\r\nTo: <sip:a@b.c>\r\n" REST, 505},
	{"a version of too many digits", "OPTIONS sip:" SIP_DOMAIN " SIP/2.00000000000000000000000000\r\nVia: SIP/2.0/UDP h;rport;branch=z9hG4bKa\r\n" PAD "From: <sip:a@b.c>;tag=1\r\nTo: <sip:a@b.c>\r\n" REST, 505},
	{"sip/2.0 is SIP/2.0", "OPTIONS sip:" SIP_DOMAIN " sip/2.0\r\nVia: sip/2.0/udp h;rport;branch=z9hG4bKa\r\n" PAD "From: <sip:a@b.c>;tag=1\r\nTo: <sip:a@b.c>\r\n" REST, 200},
	{"SIP/", "OPTIONS sip:" SIP_DOMAIN " SIP/\r\nVia: SIP/2.0/UDP h;rport;branch=z9hG4bKa\r\n" PAD "From: <sip:a@b.c>;tag=1\r\nTo: <sip:a@b.c>\r\n" REST, 400},
	{"SIP/abc", "OPTIONS sip:" SIP_DOMAIN " SIP/abc\r\nVia: SIP/2.0/UDP h;rport;branch=z9hG4bKa\r\n" PAD "From: <sip:a@b.c>;tag=1\r\nTo: <sip:a@b.c>\r\n" REST, 400},
	{"SIP/2.0junk", "OPTIONS sip:" SIP_DOMAIN " SIP/2.0junk\r\nVia: SIP/2.0/UDP h;rport;branch=z9hG4bKa\r\n" PAD "From: <sip:a@b.c>;tag=1\r\nTo: <sip:a@b.c>\r\n" REST, 400},
	{"a datagram that ends before its body", "OPTIONS sip:" SIP_DOMAIN " SIP/2.0\r\nVia: SIP/2.0/UDP h;rport;branch=z9hG4bKa\r\n" PAD "From: <sip:a@b.c>;tag=1\r\nTo: <sip:a@b.c>\r\nl: 5\r\n" REST "hi", 400},
	{"no Via to answer by", "OPTIONS sip:" SIP_DOMAIN " SIP/2.0\r\n" PAD "From: <sip:a@b.c>\r\nTo: <sip:a@b.c>\r\n" REST, 0},
	{"ACK is never answered", "ACK sip:" SIP_DOMAIN " SIP/2.0\r\nVia: SIP/2.0/UDP h;rport\r\n" PAD "Broken\r\n\r\n", 0},
	{"neither is a response", "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;rport;branch=z9hG4bKa\r\n" PAD REST, 0},
	{"nor what is no SIP", "GET / HTTP/1.1\r\nVia: 1.1 proxy\r\n" PAD "\r\n", 0},
	{"a short question gets a short answer", "OPTIONS sip:" SIP_DOMAIN " SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5061;rport;branch=z9hG4bKa\r\nMax-Forwards: 70\r\nFrom: <sip:a@b.c>;tag=1\r\nTo: <sip:a@b.c>\r\nCall-ID: c1\r\nCSeq: 1 OPTIONS\r\n\r\n", 200},
	{"a shorter one none at all", "OPTIONS sip:a SIP/2.0\r\nv:SIP/2.0/UDP h;rport\r\n\r\n", 0},
	/* clang-format on */
};

START_TEST(test_raw)
{
	const struct raw_case *c = &raw_cases[_i];
	const char *answer = sip_ask(&sip, fd, c->bytes);

	ck_assert_msg(sip_status(answer) == c->status, "%s: %s", c->sentence,
		      answer ? answer : "no answer");
	if (answer && strlen(c->bytes) < 200)
		ck_assert_uint_le(strlen(answer), strlen(c->bytes) * 5 / 4);
}
END_TEST

START_TEST(test_same_tag)
{
	const struct ask ask = {
		.method = "OPTIONS", .uri = LISTS, .branch = "z9hG4bKone"};
	const struct ask other = {
		.method = "OPTIONS", .uri = LISTS, .branch = "z9hG4bKtwo"};
	const char *to = sip_header(send_ask(fd, &ask), "To");

	/* RFC 3261 section 8.2.7: the same request, the same answer. */
	ck_assert_ptr_nonnull(strstr(to, ";tag="));
	ck_assert_str_eq(sip_header(send_ask(fd, &ask), "To"), to);
	ck_assert_str_ne(sip_header(send_ask(fd, &other), "To"), to);
	/* Section 19.3: 32 bits at least, in hex. */
	ck_assert_uint_ge(
		strlen(strstr(sip_header(send_ask(fd, &ask), "To"), ";tag=") +
		       5),
		8);
}
END_TEST

/* RFC 3261 section 8.2.6.2: what identifies the request is returned as it came,
 * with every Via in its order. */
START_TEST(test_returned_fields)
{
	const struct ask ask = {
		.method = "OPTIONS",
		.uri = LISTS,
		.branch = "z9hG4bKret",
		.from = "\"A\" <sip:a@b.c;x=1>",
		.to = "\"B, C\" <sip:d@e.f>;y=2",
		.more = "Via: SIP/2.0/TCP one.example.com;branch=1, "
			"SIP/2.0/UDP two.example.com;branch=2\r\n"
			"v: SIP/2.0/UDP three.example.com;branch=3\r\n",
		.cseq = 77};
	const char *answer = send_ask(fd, &ask), *last = answer;
	static const char *const vias[] = {"z9hG4bKret", "one.example.com",
					   "two.example.com",
					   "three.example.com"};

	ck_assert_int_eq(sip_status(answer), 200);
	ck_assert_str_eq(sip_header(answer, "From"),
			 "\"A\" <sip:a@b.c;x=1>;tag=f1");
	ck_assert_ptr_nonnull(
		strstr(answer, "\r\nTo: \"B, C\" <sip:d@e.f>;y=2;tag="));
	ck_assert_str_eq(sip_header(answer, "Call-ID"), "c1@client");
	ck_assert_str_eq(sip_header(answer, "CSeq"), "77 OPTIONS");
	for (int i = 0; i < 4; i++) {
		last = strstr(last, vias[i]);
		ck_assert_msg(last != NULL, "%s: %s", vias[i], answer);
	}
}
END_TEST

START_TEST(test_where_answers_go)
{
	int port_5060 = sip_peer(&sip, 3, 5060);
	int other = sip_peer(&sip, 3, 0);
	char bytes[1024];

	/* RFC 3261 section 18.2.2: without rport, to the port of sent-by, at
	 * the address it came from, whatever Via says. */
	snprintf(bytes, sizeof(bytes),
		 "OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;"
		 "maddr=127.0.0.1;branch=z9hG4bKa\r\n" PAD
		 "From: <sip:a@b.c>;tag=1\r\nTo: <sip:a@b.c>\r\n" REST,
		 SIP_DOMAIN);
	send(other, bytes, strlen(bytes), 0);
	ck_assert_int_eq(sip_status(sip_await(&sip, port_5060, 200)), 200);
	close(port_5060);
	close(other);
}
END_TEST

/* What a client makes of a challenge. */
static const char *credentials(const char *challenge, const char *method,
			       const char *uri, unsigned nc)
{
	static char value[1024];
	char ha1[DIGEST_HEX_MAX + 1], text[1024], ha2[65], response[65];
	const char *at = strstr(challenge, "nonce=\"") + 7;
	int len = (int)strcspn(at, "\"");
	uint8_t hash[HASH_LEN];

	digest_ha1(DIGEST_SHA256, view_of(user), VIEW(SIP_DOMAIN),
		   view_of(password), ha1);
	snprintf(text, sizeof(text), "%s:%s", method, uri);
	sha256(text, strlen(text), hash);
	hex_encode(hash, HASH_LEN, ha2);
	snprintf(text, sizeof(text), "%s:%.*s:%08x:c:auth:%s", ha1, len, at, nc,
		 ha2);
	sha256(text, strlen(text), hash);
	hex_encode(hash, HASH_LEN, response);
	snprintf(
		value, sizeof(value),
		"Proxy-Authorization: Digest username=\"%s\", "
		"realm=\"" SIP_DOMAIN
		"\", nonce=\"%.*s\", uri=\"%s\", qop=auth, "
		"nc=%08x, cnonce=\"c\", algorithm=SHA-256, response=\"%s\"\r\n",
		user, len, at, uri, nc, response);
	return value;
}

static const char *challenge(void)
{
	const struct ask ask = {.method = "MESSAGE", .uri = LISTS};

	return sip_header(send_ask(fd, &ask), "Proxy-Authenticate");
}

START_TEST(test_digest)
{
	const char *offered = challenge();
	struct ask ask = {.method = "MESSAGE",
			  .uri = LISTS,
			  .body = "hi",
			  .from = "<sip:nora@" SIP_DOMAIN
				  ">;epid=\"a;tag=b\";x"};
	char more[2048];
	const struct request *request;

	ck_assert_ptr_nonnull(strstr(offered, "SHA-256"));
	snprintf(more, sizeof(more), "%s%s%s",
		 "Authorization: Digest realm=\"other\", username=\"x\"\r\n"
		 "Subject: mill\r\nP-Asserted-Identity: <sip:boss@b.c>\r\n"
		 "P-Preferred-Identity: <sip:other@b.c>\r\n"
		 "Content-Type: text/plain\r\nOrganization: o\r\n",
		 credentials(offered, "MESSAGE", LISTS, 1), "Expires: 60\r\n");
	ask.more = more;
	ck_assert_ptr_null(send_ask(fd, &ask));
	ck_assert_uint_eq(sip.n_requests, 1);
	request = sip.requests[0];
	ck_assert_int_eq(request->sender.method, IDENTITY_DIGEST);
	ck_assert_str_eq(request->sender.aor[0], "sip:nora@" SIP_DOMAIN);
	ck_assert_str_eq(request->asserted[0], "<sip:nora@" SIP_DOMAIN ">");
	ck_assert_ptr_null(request->asserted[1]);
	ck_assert_str_eq(request->from,
			 "<sip:nora@" SIP_DOMAIN ">;epid=\"a;tag=b\";x");
	ck_assert_ptr_eq(request->service, &sip.service);
	ck_assert_int_eq(request->expires_s, 60);
	ck_assert_int_eq(request->max_breadth, -1);
	ck_assert(view_equal(request->body, VIEW("hi")));
	ck_assert(view_equal(request->content_type, VIEW("text/plain")));
	/* Subject and Expires; no credentials of any realm, and nothing that
	 * the sender said of who they are. */
	ck_assert_uint_eq(request->n_headers, 2);
	ck_assert_uint_eq(sip_count(&sip, COUNT_PAI_STRIPPED), 1);
}
END_TEST

/* RFC 5361 section 3.1.2.2: who "ali" is, the account says. */
START_TEST(test_username_is_not_the_address)
{
	char ha1[DIGEST_HEX_MAX + 1];
	const struct user account = {.id = 7,
				     .aor = "sip:alice@" SIP_DOMAIN,
				     .username = "ali",
				     .etag = "1",
				     .may = USER_ALL,
				     .ha1 = {ha1, NULL}};
	struct ask ask = {.method = "MESSAGE",
			  .uri = LISTS,
			  .from = "<sip:alice@" SIP_DOMAIN ">"};

	digest_ha1(DIGEST_SHA256, VIEW("ali"), VIEW(SIP_DOMAIN), VIEW("secret"),
		   ha1);
	accounts_put(sip.accounts, &account);
	user = "ali";
	ask.more = credentials(challenge(), "MESSAGE", LISTS, 1);
	ck_assert_ptr_null(send_ask(fd, &ask));
	ck_assert_uint_eq(sip.n_requests, 1);
	ck_assert_str_eq(sip.requests[0]->sender.aor[0],
			 "sip:alice@" SIP_DOMAIN);
	ask.from = "<sip:ali@" SIP_DOMAIN ">";
	ask.cseq = 2;
	ask.more = credentials(challenge(), "MESSAGE", LISTS, 1);
	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 403);
}
END_TEST

/* RFC 8760 section 2.3: one challenge an algorithm, the preferred first. */
START_TEST(test_challenges_in_order)
{
	const struct ask ask = {.method = "MESSAGE", .uri = LISTS};
	const char *answer, *first, *second;

	sip_close(&sip);
	sip_init(&sip);
	sip.edge_settings.md5 = MD5_TOO;
	sip_open(&sip);
	answer = send_ask(fd, &ask);
	first = strstr(answer, "algorithm=SHA-256");
	second = strstr(answer, "algorithm=MD5");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_nonnull(second);
	ck_assert(first < second);
	ck_assert_ptr_nonnull(strstr(answer, "realm=\"" SIP_DOMAIN "\""));
	ck_assert_ptr_null(strstr(first + 1, "algorithm=SHA-256"));
	ck_assert_ptr_null(strstr(second + 1, "algorithm=MD5"));
}
END_TEST

/* A response as RFC 2069 had it, right by the password; @p more stands beside
 * it, covered by nothing. */
static const char *without_qop(const char *offered, const char *more)
{
	static char value[1024];
	char ha1[DIGEST_HEX_MAX + 1], text[512], ha2[65], response[65];
	const char *at = strstr(offered, "nonce=\"") + 7;
	int len = (int)strcspn(at, "\"");
	uint8_t hash[HASH_LEN];

	digest_ha1(DIGEST_SHA256, VIEW("nora"), VIEW(SIP_DOMAIN),
		   VIEW("secret"), ha1);
	sha256("MESSAGE:" LISTS, strlen("MESSAGE:" LISTS), hash);
	hex_encode(hash, HASH_LEN, ha2);
	snprintf(text, sizeof(text), "%s:%.*s:%s", ha1, len, at, ha2);
	sha256(text, strlen(text), hash);
	hex_encode(hash, HASH_LEN, response);
	snprintf(value, sizeof(value),
		 "Proxy-Authorization: Digest username=\"nora\", "
		 "realm=\"" SIP_DOMAIN "\", nonce=\"%.*s\", uri=\"" LISTS
		 "\", algorithm=SHA-256, response=\"%s\"%s\r\n",
		 len, at, response, more);
	return value;
}

/* What was heard once could be sent again with another count and body. */
START_TEST(test_without_qop)
{
	static const char *const more[] = {"", ", nc=00000001",
					   ", nc=00000002, cnonce=\"c\"",
					   ", cnonce=\"c\""};
	char offered[512];

	snprintf(offered, sizeof(offered), "%s", challenge());
	for (int i = 0; i < 4; i++) {
		struct ask ask = {.method = "MESSAGE",
				  .uri = LISTS,
				  .cseq = i + 2,
				  .body = "another body"};
		const char *answer;

		ask.more = without_qop(offered, more[i]);
		answer = send_ask(fd, &ask);
		ck_assert_msg(sip_status(answer) == 407, "%s: %s", more[i],
			      answer ? answer : "taken");
		ck_assert_ptr_null(strstr(answer, "stale=true"));
	}
	ck_assert_uint_eq(sip.n_requests, 0);
}
END_TEST

/* RFC 7616 section 5.12: a count is good once, whatever the body. */
START_TEST(test_count_is_good_once)
{
	char offered[512];
	struct ask ask = {.method = "MESSAGE", .uri = LISTS, .body = "one"};
	const char *answer;

	snprintf(offered, sizeof(offered), "%s", challenge());
	ask.more = credentials(offered, "MESSAGE", LISTS, 7);
	ck_assert_ptr_null(send_ask(fd, &ask));
	for (unsigned nc = 6; nc <= 7; nc++) {
		ask.more = credentials(offered, "MESSAGE", LISTS, nc);
		ask.body = "another";
		ask.cseq = (int)nc;
		answer = send_ask(fd, &ask);
		ck_assert_int_eq(sip_status(answer), 407);
		ck_assert_ptr_nonnull(strstr(answer, "stale=true"));
	}
	ck_assert_uint_eq(sip.n_requests, 1);
}
END_TEST

struct wrong_case {
	const char *sentence;
	const char *from; /* NULL: nora */
	const char *signed_uri;
	unsigned nc;
	int status;
	int is_stale;
};

static const struct wrong_case wrong_cases[] = {
	/* clang-format off */
	{"a nonce is good again when nc rises", NULL, LISTS, 2, 0, 0},
	{"but not when it does not", NULL, LISTS, 1, 407, 1},
	{"the host alone is signed by some", NULL, "sip:" SIP_DOMAIN, 2, 0, 0},
	{"but not another host", NULL, "sip:lists@b.c", 2, 407, 0},
	{"From is who logged in", "<sip:boss@" SIP_DOMAIN ">", LISTS, 2, 403, 0},
	{"sips is the same subject", "<sips:nora@" SIP_DOMAIN ">", LISTS, 2, 0, 0},
	{"or nobody", "\"Anonymous\" <sip:anonymous@anonymous.invalid>", LISTS, 2, 0, 0},
	{"but not another anonymous", "<sip:anonymous@" SIP_DOMAIN ">", LISTS, 2, 403, 0},
	{"nor another user of nobody's host", "<sip:boss@anonymous.invalid>", LISTS, 2, 403, 0},
	/* clang-format on */
};

START_TEST(test_wrong)
{
	const struct wrong_case *c = &wrong_cases[_i];
	char offered[512];
	struct ask ask = {.method = "MESSAGE", .uri = LISTS, .cseq = 2};
	const char *answer;

	snprintf(offered, sizeof(offered), "%s", challenge());
	ask.more = credentials(offered, "MESSAGE", LISTS, 1);
	ck_assert_ptr_null(send_ask(fd, &ask));
	ck_assert_uint_eq(sip.n_requests, 1);
	ask = (struct ask){
		.method = "MESSAGE", .uri = LISTS, .cseq = 3, .from = c->from};
	ask.more = credentials(offered, "MESSAGE", c->signed_uri, c->nc);
	answer = send_ask(fd, &ask);
	ck_assert_msg(sip_status(answer) == c->status, "%s: %s", c->sentence,
		      answer ? answer : "none");
	ck_assert_uint_eq(sip.n_requests, c->status ? 1 : 2);
	if (c->status == 407)
		ck_assert_int_eq(c->is_stale,
				 strstr(answer, "stale=true") != NULL);
}
END_TEST

struct login_case {
	const char *sentence, *user, *password;
};

static const struct login_case login_cases[] = {
	{"a wrong password", "nora", "guess"},
	{"somebody without an account", "ghost", "secret"},
	{"anonymous is nobody's name", "anonymous", "secret"},
};

START_TEST(test_login)
{
	struct ask ask = {.method = "MESSAGE", .uri = LISTS};
	const char *answer;

	sip_account(&sip, "anonymous");
	user = login_cases[_i].user;
	password = login_cases[_i].password;
	ask.more = credentials(challenge(), "MESSAGE", LISTS, 1);
	answer = send_ask(fd, &ask);
	ck_assert_msg(sip_status(answer) == 407, "%s",
		      login_cases[_i].sentence);
	ck_assert_ptr_null(strstr(answer, "stale=true"));
	ck_assert_uint_eq(sip.n_requests, 0);
}
END_TEST

/* From a peer of the trust domain, who needs no password. */
static const char trusted[] =
	"P-Asserted-Identity: \"Nora\" <sip:nora@" SIP_DOMAIN ">, "
	"<sip:two@b.c>, <tel:+4912>, <tel:+4913>\r\n";

START_TEST(test_asserted)
{
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE",
			  .uri = LISTS,
			  .more = trusted,
			  .from = "<sip:x@y.z>"};
	const struct request *request;

	/* RFC 5876 section 4.5: one sip, one tel; the others are dropped. */
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 1);
	request = sip.requests[0];
	ck_assert_int_eq(request->sender.method, IDENTITY_ASSERTED);
	ck_assert_str_eq(request->sender.aor[0], "sip:nora@" SIP_DOMAIN);
	ck_assert_str_eq(request->sender.aor[1], "tel:+4912");
	ck_assert_str_eq(request->asserted[0],
			 "\"Nora\" <sip:nora@" SIP_DOMAIN ">");
	ck_assert_str_eq(request->asserted[1], "<tel:+4912>");
	ck_assert_ptr_null(request->asserted[2]);
	/* Without it a peer is a stranger like any other. */
	ask.more = NULL;
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 407);
	/* And a stranger is not believed. */
	ask.more = trusted;
	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 407);
	close(peer);
}
END_TEST

static void accept_it(struct sip_fixture *s, struct request *request)
{
	const struct header more = {VIEW("X-More"), VIEW("yes")};
	const struct response response = {202, NULL, &more, 1};

	edge_respond(s->edge, request, &response);
}

START_TEST(test_retransmission)
{
	int peer = sip_peer(&sip, 200, 0);
	const struct ask ask = {.method = "MESSAGE",
				.uri = LISTS,
				.more = trusted,
				.branch = "z9hG4bKr"};
	const struct response response = {202, NULL, NULL, 0};
	char first[1024];
	const char *answer;

	/* RFC 3261 section 17.2.2: absorbed, then answered the same way. */
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 1);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 1);
	edge_respond(sip.edge, sip.requests[0], &response);
	answer = sip_await(&sip, peer, 100);
	ck_assert_int_eq(sip_status(answer), 202);
	snprintf(first, sizeof(first), "%s", answer);
	answer = send_ask(peer, &ask);
	ck_assert_str_eq(answer, first);
	ck_assert_uint_eq(sip.n_requests, 1);
	close(peer);
}
END_TEST

static int tcp_peer(int last)
{
	int peer = socket(AF_INET, SOCK_STREAM, 0);
	union address here, there;

	ck_assert(!address_parse(view_of(sip_host(&sip, last)), 0, &here));
	ck_assert(!address_parse(view_of(sip.host), 5060, &there));
	ck_assert_int_eq(bind(peer, &here.any, sizeof(here.v4)), 0);
	ck_assert_int_eq(connect(peer, &there.any, sizeof(there.v4)), 0);
	return peer;
}

/* RFC 3261 section 17.2.2: timer J is 0 over a stream.  RFC 7332 section 5: who
 * sends no Max-Forwards has sent 70. */
START_TEST(test_nothing_is_kept_for_streams)
{
	int peer = tcp_peer(200);
	const struct response response = {202, NULL, NULL, 0};
	char bytes[1024];

	snprintf(bytes, sizeof(bytes),
		 "MESSAGE " LISTS " SIP/2.0\r\n"
		 "Via: SIP/2.0/TCP h;branch=z9hG4bKs\r\n%s"
		 "From: <sip:x@y.z>;tag=1\r\nTo: <" LISTS ">\r\n"
		 "Call-ID: c\r\nCSeq: 1 MESSAGE\r\n"
		 "Content-Length: 0\r\n\r\n",
		 trusted);
	ck_assert_ptr_null(sip_ask(&sip, peer, bytes));
	ck_assert_uint_eq(sip.n_requests, 1);
	ck_assert_int_eq(sip.requests[0]->max_forwards, 70);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 1);
	edge_respond(sip.edge, sip.requests[0], &response);
	ck_assert_int_eq(sip_status(sip_await(&sip, peer, 1000)), 202);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 0);
	close(peer);
}
END_TEST

/* RFC 3261 section 9.2: too late for what is no INVITE. */
START_TEST(test_cancel_changes_nothing)
{
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE",
			  .uri = LISTS,
			  .more = trusted,
			  .branch = "z9hG4bKc"};
	const struct response response = {202, NULL, NULL, 0};

	ck_assert_ptr_null(send_ask(peer, &ask));
	ask.method = "CANCEL";
	ask.more = NULL;
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 200);
	ck_assert_uint_eq(sip.n_requests, 1);
	edge_respond(sip.edge, sip.requests[0], &response);
	ck_assert_int_eq(sip_status(sip_await(&sip, peer, 100)), 202);
	close(peer);
}
END_TEST

/* Whatever cannot be made again from the request is kept with it. */
START_TEST(test_retransmission_of_more)
{
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE",
			  .uri = LISTS,
			  .more = trusted,
			  .branch = "z9hG4bKm"};
	const struct header more[] = {{VIEW("Permission-Missing"), VIEW("<a>")},
				      {VIEW("X-More"), VIEW("yes")}};
	const struct response response = {470, "Ask Them", more, 2};
	char first[1024];
	const char *answer;

	ck_assert_ptr_null(send_ask(peer, &ask));
	edge_respond(sip.edge, sip.requests[0], &response);
	snprintf(first, sizeof(first), "%s", sip_await(&sip, peer, 100));
	ck_assert_int_eq(strncmp(first, "SIP/2.0 470 Ask Them\r\n", 22), 0);
	ck_assert_str_eq(sip_header(first, "X-More"), "yes");
	answer = send_ask(peer, &ask);
	ck_assert_str_eq(answer, first);
	/* With somebody else's address under it, it gets them nothing. */
	ck_assert_ptr_null(send_ask(fd, &ask));
	/* Another request on the same branch, and one cut short, are no
	 * retransmissions: they get nothing. */
	ask.cseq = 2;
	ck_assert_ptr_null(send_ask(peer, &ask));
	ask.cseq = 1;
	ask.more = NULL;
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 1);
	close(peer);
}
END_TEST

START_TEST(test_merged_and_loops)
{
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE",
			  .uri = LISTS,
			  .more = trusted,
			  .body = "one"};

	sip.act = accept_it;
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 202);
	/* RFC 3261 section 8.2.2.2: the same request by another way. */
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 482);
	/* Said again, a hop less or not: fine.  Much less: it went round. */
	ask.cseq = 2;
	ask.max_forwards = 69;
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 202);
	ask.cseq = 3;
	ask.max_forwards = 68;
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 482);
	ask.body = "two";
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 202);
	close(peer);
}
END_TEST

START_TEST(test_own_via)
{
	char more[256];
	struct ask ask = {.method = "OPTIONS", .uri = LISTS, .more = more};

	snprintf(more, sizeof(more),
		 "Via: SIP/2.0/UDP %s:5060;branch=z9hG4bKx\r\n", sip.host);
	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 482);
	snprintf(more, sizeof(more),
		 "Via: SIP/2.0/UDP %s:5061;branch=z9hG4bKx\r\n", sip.host);
	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 200);
}
END_TEST

/* From goes out with what names somebody, and nothing that says where to send
 * or what to do. */
START_TEST(test_from_names)
{
	static const char *const cases[][2] = {
		{"\"N\" <sip:n:word@b.example:5070;maddr=192.0.2.1?Route=x>",
		 "\"N\" <sip:n@b.example:5070>"},
		{"<sip:+1555@b.example;user=phone;transport=tcp;lr;method=BYE>",
		 "<sip:+1555@b.example;user=phone>"},
		{"<tel:+1-555;phone-context=b.example>",
		 "<tel:+1-555;phone-context=b.example>"},
		{"<SIPS:%6eora@[2001:db8::1];received=1>",
		 "<SIPS:%6eora@[2001:db8::1]>"},
		{"sip:b.example", "<sip:b.example>"},
	};
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE", .uri = LISTS, .more = trusted};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask.from = cases[i][0];
		ask.cseq = (int)i + 1;
		ck_assert_ptr_null(send_ask(peer, &ask));
		ck_assert_uint_eq(sip.n_requests, i + 1);
		ck_assert_str_eq(sip.requests[i]->from, cases[i][1]);
	}
	close(peer);
}
END_TEST

START_TEST(test_too_many)
{
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE", .uri = LISTS, .more = trusted};
	const char *answer;

	sip_close(&sip);
	sip_init(&sip);
	sip.settings.transactions_max = 2;
	sip_open(&sip);
	for (ask.cseq = 1; ask.cseq < 3; ask.cseq++)
		ck_assert_ptr_null(send_ask(peer, &ask));
	answer = send_ask(peer, &ask);
	ck_assert_int_eq(sip_status(answer), 503);
	ck_assert_ptr_nonnull(sip_header(answer, "Retry-After"));
	ck_assert_uint_eq(sip_count(&sip, COUNT_OVERLOAD), 1);
	/* Saying no is never too much. */
	ask = (struct ask){.method = "PUBLISH",
			   .uri = "sip:d-" HEX "@" SIP_DOMAIN};
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 3);
	ck_assert_int_eq(sip.replies[2].kind, TOKEN_DENY);
	close(peer);
}
END_TEST

/* What waits for an answer is bounded by itself; what has one is small. */
START_TEST(test_too_many_unanswered)
{
	int peer = sip_peer(&sip, 200, 0);
	const struct response ok = {200, NULL, NULL, 0};
	struct ask ask = {.method = "PUBLISH",
			  .uri = "sip:g-" HEX "@" SIP_DOMAIN};

	sip_close(&sip);
	sip_init(&sip);
	sip.settings.unanswered_max = 2;
	sip_open(&sip);
	for (ask.cseq = 1; ask.cseq < 3; ask.cseq++)
		ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 503);
	ask.uri = "sip:d-" HEX "@" SIP_DOMAIN;
	for (ask.cseq = 4; ask.cseq < 6; ask.cseq++)
		ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_int_eq(sip_status(send_ask(peer, &ask)), 503);
	for (int i = 0; i < 4; i++)
		edge_respond(sip.edge, sip.requests[i], &ok);
	ask.cseq++;
	while (sip_await(&sip, peer, 100))
		;
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 5);
	close(peer);
}
END_TEST

START_TEST(test_shed)
{
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE", .uri = LISTS, .more = trusted};
	const char *answer;

	/* While the relay is full nobody is asked who he is; what has come
	 * before is still known, and answers to questions are taken. */
	ask.branch = "z9hG4bKs1";
	ck_assert_ptr_null(send_ask(peer, &ask));
	sip.is_full = true;
	ck_assert_ptr_null(send_ask(peer, &ask));
	ask.branch = NULL;
	ask.cseq = 2;
	answer = send_ask(peer, &ask);
	ck_assert_int_eq(sip_status(answer), 503);
	ck_assert_str_eq(sip_header(answer, "Retry-After"), "5");
	ck_assert_uint_eq(sip_count(&sip, COUNT_OVERLOAD), 1);
	ck_assert(edge_is_shedding(sip.edge));
	ask = (struct ask){.method = "PUBLISH",
			   .uri = "sip:d-" HEX "@" SIP_DOMAIN};
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 2);
	sip.is_full = false;
	ask = (struct ask){.method = "MESSAGE", .uri = LISTS, .cseq = 3};
	ask.more = trusted;
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 3);
	close(peer);
}
END_TEST

/* How long the datagram that is next waited, as the kernel says. */
static int64_t waited_ms(int peer)
{
	_Alignas(struct cmsghdr) char control[256];
	char byte;
	struct iovec piece = {&byte, 1};
	struct msghdr header = {.msg_iov = &piece,
				.msg_iovlen = 1,
				.msg_control = control,
				.msg_controllen = sizeof(control)};
	const struct cmsghdr *note;
	struct timespec at;

	ck_assert_int_eq(recvmsg(peer, &header, 0), 1);
	note = CMSG_FIRSTHDR(&header);
	if (!note)
		return 0;
	memcpy(&at, CMSG_DATA(note), sizeof(at));
	return wall_now_ms() - (int64_t)at.tv_sec * 1000 - at.tv_nsec / 1000000;
}

/* The kernel begins to note when datagrams come some time after it was first
 * asked to; until then each seems to come as it is read. */
static void await_timestamps(void)
{
	int peer = sip_peer(&sip, 250, 0), one = 1, i;
	union address self;
	socklen_t len = sizeof(self);

	ck_assert_int_eq(getsockname(peer, &self.any, &len), 0);
	ck_assert_int_eq(connect(peer, &self.any, len), 0);
	ck_assert_int_eq(
		setsockopt(peer, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)),
		0);
	for (i = 0; i < 500; i++) {
		ck_assert_int_eq(send(peer, "x", 1, 0), 1);
		ck_assert_int_eq(poll(NULL, 0, 20), 0);
		if (waited_ms(peer) >= 10)
			break;
	}
	ck_assert_int_lt(i, 500);
	close(peer);
}

/* After T1 a client has sent its request again: the one that waited so long is
 * dropped unread, an answer to a question is not. */
START_TEST(test_outdated)
{
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE", .uri = LISTS, .more = trusted};
	const char *bytes = ask_write(&ask);

	await_timestamps();
	ck_assert(send(peer, bytes, strlen(bytes), 0) > 0);
	ask = (struct ask){.method = "PUBLISH",
			   .uri = "sip:d-" HEX "@" SIP_DOMAIN};
	bytes = ask_write(&ask);
	ck_assert(send(peer, bytes, strlen(bytes), 0) > 0);
	ck_assert_int_eq(poll(NULL, 0, 600), 0);
	/* Looked at in the turn that dropped it: it passes after a second,
	 * which is not long on a busy machine. */
	while (sip.n_requests < 1)
		ck_assert_ptr_null(sip_await(&sip, peer, 0));
	ck_assert(edge_is_shedding(sip.edge));
	ck_assert_ptr_null(sip_await(&sip, peer, 100));
	ck_assert_uint_eq(sip.n_requests, 1);
	ck_assert_int_eq(sip.replies[0].kind, TOKEN_DENY);
	/* One that comes at once is taken; if we were not let run for T1, the
	 * next one. */
	ask = (struct ask){.method = "MESSAGE", .uri = LISTS, .more = trusted};
	for (int i = 0; i < 50 && sip.n_requests < 2; i++)
		ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 2);
	close(peer);
}
END_TEST

/* Something that stands behind what was sent before. */
static void send_another(void)
{
	struct ask ask = {.method = "OPTIONS", .uri = LISTS};
	const char *bytes = ask_write(&ask);

	ck_assert(send(fd, bytes, strlen(bytes), 0) > 0);
}

/* Each waits a little before it is read, and is not the last; whether it was
 * shed then. */
static bool is_shed_late(int peer, int number)
{
	struct ask ask = {.method = "MESSAGE",
			  .uri = LISTS,
			  .more = trusted,
			  .cseq = number + 1};
	const char *bytes = ask_write(&ask), *answer;

	ck_assert(send(peer, bytes, strlen(bytes), 0) > 0);
	send_another();
	ck_assert_int_eq(poll(NULL, 0, 40), 0);
	answer = sip_await(&sip, peer, 5);
	return answer && sip_status(answer) == 503;
}

/* A burst that waits is served; where all wait for longer, the queue stands. */
START_TEST(test_standing)
{
	int peer = sip_peer(&sip, 200, 0);
	int64_t begin_ms;
	bool is_shed;

	await_timestamps();
	begin_ms = monotonic_now_ms();
	is_shed = is_shed_late(peer, 0);
	ck_assert(!is_shed || monotonic_now_ms() - begin_ms > 200);
	for (int i = 1; !is_shed && i < 40; i++)
		is_shed = is_shed_late(peer, i);
	ck_assert(is_shed);
	close(peer);
}
END_TEST

/* A busy host makes one datagram wait, for whatever time: it is served while
 * nothing stands behind it, and shed where something does. */
START_TEST(test_late_alone)
{
	static const int waits_ms[] = {300, 700};
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE", .uri = LISTS, .more = trusted};
	const char *bytes;

	await_timestamps();
	for (int i = 0; i < 2; i++) {
		ask.cseq = i + 1;
		bytes = ask_write(&ask);
		ck_assert(send(peer, bytes, strlen(bytes), 0) > 0);
		ck_assert_int_eq(poll(NULL, 0, waits_ms[i]), 0);
		ck_assert_ptr_null(sip_await(&sip, peer, 100));
		ck_assert_uint_eq(sip.n_requests, (size_t)i + 1);
	}
	ck_assert_uint_eq(sip_count(&sip, COUNT_OVERLOAD), 0);
	ask.cseq = 3;
	bytes = ask_write(&ask);
	ck_assert(send(peer, bytes, strlen(bytes), 0) > 0);
	send_another();
	ck_assert_int_eq(poll(NULL, 0, 300), 0);
	ck_assert_int_eq(sip_status(sip_await(&sip, peer, 1000)), 503);
	ck_assert_uint_eq(sip.n_requests, 2);
	close(peer);
}
END_TEST

START_TEST(test_publish)
{
	struct ask ask = {
		.method = "PUBLISH",
		.uri = GRANT,
		.more = "Event: what\r\nExpires: 7\r\nSIP-If-Match: tag1\r\n"
			"Contact: <sip:a@b.c>\r\n"
			"Record-Route: <sip:p.example.com;lr>\r\n"
			"Content-Type: application/pidf+xml\r\n",
		.body = "ignored"};
	const struct response response = {401, NULL, NULL, 0};
	const struct consent_reply *reply = &sip.replies[0];
	const char *answered;
	uint8_t bytes[TOKEN_LEN];

	/* As clients of presence send it. */
	ck_assert_ptr_null(send_ask(fd, &ask));
	ck_assert_uint_eq(sip.n_requests, 1);
	ck_assert_int_eq(reply->kind, TOKEN_GRANT);
	ck_assert(!hex_decode(VIEW(HEX), bytes, TOKEN_LEN));
	ck_assert(bytes_equal(bytes, reply->token.bytes, TOKEN_LEN));
	ck_assert_int_eq(reply->expires_s, 7);
	ck_assert_str_eq(reply->if_match, "tag1");
	ck_assert(!reply->over_tls);
	ck_assert_int_eq(reply->request->sender.method, IDENTITY_NONE);
	edge_respond(sip.edge, sip.requests[0], &response);
	answered = sip_await(&sip, fd, 100);
	ck_assert_int_eq(sip_status(answered), 401);
	ck_assert_ptr_nonnull(sip_header(answered, "WWW-Authenticate"));
	ck_assert_ptr_null(strstr(answered, "Record-Route"));
	/* A stranger's refusal leaves nothing behind. */
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 0);
}
END_TEST

START_TEST(test_publish_signed)
{
	struct ask ask = {.method = "PUBLISH", .uri = GRANT};
	char offered[512];

	snprintf(offered, sizeof(offered), "%s", challenge());
	/* Credentials for a deny (or for the host) prove nothing at a grant. */
	ask.more =
		credentials(offered, "PUBLISH", "sip:d-" HEX "@" SIP_DOMAIN, 1);
	ck_assert_ptr_null(send_ask(fd, &ask));
	ask.more = credentials(offered, "PUBLISH", "sip:" SIP_DOMAIN, 2);
	ck_assert_ptr_null(send_ask(fd, &ask));
	ask.more = credentials(offered, "PUBLISH", GRANT, 3);
	ck_assert_ptr_null(send_ask(fd, &ask));
	ck_assert_uint_eq(sip.n_requests, 3);
	ck_assert_int_eq(sip.requests[0]->sender.method, IDENTITY_NONE);
	ck_assert_int_eq(sip.requests[1]->sender.method, IDENTITY_NONE);
	ck_assert_int_eq(sip.requests[2]->sender.method, IDENTITY_DIGEST);
}
END_TEST

START_TEST(test_rate)
{
	const struct ask ask = {.method = "OPTIONS", .uri = LISTS};
	int other, n_200 = 0, n_503 = 0;

	sip_close(&sip);
	sip_init(&sip);
	sip.edge_settings.source_rate = 1;
	sip.edge_settings.source_burst = 5;
	sip_open(&sip);
	for (int i = 0; i < 20; i++) {
		const char *bytes = ask_write(&ask);

		send(fd, bytes, strlen(bytes), 0);
	}
	for (const char *a; (a = sip_await(&sip, fd, 100)) != NULL;) {
		n_200 += sip_status(a) == 200;
		n_503 += sip_status(a) == 503;
	}
	/* So many, one word of it, and silence. */
	ck_assert_int_ge(n_200, 5);
	ck_assert_int_le(n_200, 7);
	ck_assert_int_ge(n_503, 1);
	ck_assert_int_le(n_503, 2);
	ck_assert_uint_ge(sip_count(&sip, COUNT_RATE_LIMITED), 12);
	/* Others do not suffer, and peers are not limited. */
	other = sip_peer(&sip, 4, 0);
	ck_assert_int_eq(sip_status(send_ask(other, &ask)), 200);
	close(other);
	other = sip_peer(&sip, 200, 0);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(sip_status(send_ask(other, &ask)), 200);
	close(other);
}
END_TEST

/* A deny is no matter of rate, a guess is; and no guess takes the room that is
 * there for denies. */
START_TEST(test_guesses)
{
	const struct ask ask = {.method = "OPTIONS", .uri = LISTS};
	struct ask deny = {.method = "PUBLISH",
			   .uri = "sip:d-" HEX "@" SIP_DOMAIN};
	int other = sip_peer(&sip, 4, 0);

	sip_close(&sip);
	sip_init(&sip);
	sip.edge_settings.source_rate = 1;
	sip.edge_settings.source_burst = 2;
	sip.settings.unanswered_max = 1;
	sip_open(&sip);
	for (int i = 0; i < 5; i++)
		send_ask(fd, &ask);
	sip.is_guess = true;
	ck_assert_ptr_null(send_ask(fd, &deny));
	ck_assert_uint_eq(sip.n_requests, 0);
	sip.is_guess = false;
	ck_assert_ptr_null(send_ask(fd, &deny));
	ck_assert_uint_eq(sip.n_requests, 1);
	sip.is_guess = true;
	deny.cseq = 2;
	ck_assert_int_eq(sip_status(send_ask(other, &deny)), 503);
	sip.is_guess = false;
	ck_assert_ptr_null(send_ask(other, &deny));
	ck_assert_uint_eq(sip.n_requests, 2);
	close(other);
}
END_TEST

START_TEST(test_rate_spares_the_known)
{
	const struct ask ask = {.method = "OPTIONS", .uri = LISTS};
	struct ask known = {.method = "MESSAGE", .uri = LISTS};
	char offered[512];

	sip_close(&sip);
	sip_init(&sip);
	sip_account(&sip, "nora");
	sip.edge_settings.source_rate = 1;
	sip.edge_settings.source_burst = 2;
	sip_open(&sip);
	snprintf(offered, sizeof(offered), "%s", challenge());
	for (int i = 0; i < 5; i++)
		send_ask(fd, &ask);
	/* Over the rate of its address, with good credentials. */
	known.more = credentials(offered, "MESSAGE", LISTS, 1);
	ck_assert_ptr_null(send_ask(fd, &known));
	ck_assert_uint_eq(sip.n_requests, 1);
	/* With bad ones nothing comes back. */
	known.more = credentials(offered, "MESSAGE", "sip:lists@b.c", 2);
	ck_assert_ptr_null(send_ask(fd, &known));
	ck_assert_uint_eq(sip.n_requests, 1);
}
END_TEST

/* The first listener is free, the second is what the edge of setup() has. */
START_TEST(test_busy)
{
	struct sip_settings settings = sip.settings;
	char unused[64];
	const char *listen[] = {unused, sip.settings.listen[1]};
	struct sip_problem problem;
	struct sip *other;

	snprintf(unused, sizeof(unused), "sip:%s:5060", sip_host(&sip, 3));
	settings.listen = listen;
	ck_assert_int_eq(sip_new(&settings, &other, &problem), ERR_EXISTS);
	ck_assert_ptr_eq(problem.listener, listen[1]);
	ck_assert_str_eq(problem.what, "the address cannot be bound");
	settings.n_listen = 0;
	settings.outbound_proxy = "tel:+1555";
	ck_assert_int_ne(sip_new(&settings, &other, &problem), ERR_OK);
	ck_assert_ptr_null(problem.listener);
}
END_TEST

START_TEST(test_drain)
{
	const struct ask ask = {.method = "OPTIONS", .uri = LISTS};
	const struct ask grant = {.method = "PUBLISH", .uri = GRANT};
	const struct ask trigger = {.method = "PUBLISH",
				    .uri = "sip:t-" HEX "@" SIP_DOMAIN};
	const struct ask deny = {.method = "PUBLISH",
				 .uri = "sip:d-" HEX "@" SIP_DOMAIN};
	const struct ask removal = {
		.method = "PUBLISH",
		.uri = GRANT,
		.more = "SIP-If-Match: a\r\nExpires: 0\r\n"};
	const char *answer;

	ck_assert(sip_idle(sip.sip));
	edge_drain(sip.edge);
	answer = send_ask(fd, &ask);
	ck_assert_int_eq(sip_status(answer), 503);
	ck_assert_ptr_nonnull(sip_header(answer, "Retry-After"));
	/* No yes and no new question either; but every kind of no. */
	ck_assert_int_eq(sip_status(send_ask(fd, &grant)), 503);
	ck_assert_int_eq(sip_status(send_ask(fd, &trigger)), 503);
	ck_assert_ptr_null(send_ask(fd, &deny));
	ck_assert_ptr_null(send_ask(fd, &removal));
	ck_assert_uint_eq(sip.n_requests, 2);
	ck_assert_int_eq(sip.replies[0].kind, TOKEN_DENY);
	ck_assert_int_eq(sip.replies[1].kind, TOKEN_GRANT);
}
END_TEST

/* RFC 3323 section 5 */
START_TEST(test_unserved_privacy)
{
	int peer = sip_peer(&sip, 200, 0);
	const struct ask ask = {
		.method = "MESSAGE",
		.uri = LISTS,
		.more = "P-Asserted-Identity: <sip:nora@" SIP_DOMAIN ">\r\n"
			"Privacy: session;critical\r\n"};
	const char *answer = send_ask(peer, &ask);

	ck_assert_int_eq(sip_status(answer), 500);
	ck_assert_ptr_nonnull(
		strstr(answer, "Privacy Value session Not Available"));
	ck_assert_uint_eq(sip.n_requests, 0);
	close(peer);
}
END_TEST

#define N(cases) ((int)(sizeof(cases) / sizeof((cases)[0])))

int main(void)
{
	Suite *suite = suite_create("edge");
	TCase *tcase = tcase_create("edge");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, test_check, 0, N(check_cases));
	tcase_add_loop_test(tcase, test_raw, 0, N(raw_cases));
	tcase_add_test(tcase, test_same_tag);
	tcase_add_test(tcase, test_returned_fields);
	tcase_add_test(tcase, test_where_answers_go);
	tcase_add_test(tcase, test_service_methods);
	tcase_add_test(tcase, test_digest);
	tcase_add_test(tcase, test_username_is_not_the_address);
	tcase_add_test(tcase, test_challenges_in_order);
	tcase_add_test(tcase, test_without_qop);
	tcase_add_test(tcase, test_count_is_good_once);
	tcase_add_loop_test(tcase, test_wrong, 0, N(wrong_cases));
	tcase_add_loop_test(tcase, test_login, 0, N(login_cases));
	tcase_add_test(tcase, test_from_names);
	tcase_add_test(tcase, test_asserted);
	tcase_add_test(tcase, test_retransmission);
	tcase_add_test(tcase, test_nothing_is_kept_for_streams);
	tcase_add_test(tcase, test_cancel_changes_nothing);
	tcase_add_test(tcase, test_retransmission_of_more);
	tcase_add_test(tcase, test_merged_and_loops);
	tcase_add_test(tcase, test_own_via);
	tcase_add_test(tcase, test_too_many);
	tcase_add_test(tcase, test_too_many_unanswered);
	tcase_add_test(tcase, test_too_many_unanswered);
	tcase_add_test(tcase, test_shed);
	tcase_add_test(tcase, test_outdated);
	tcase_add_test(tcase, test_standing);
	tcase_add_test(tcase, test_late_alone);
	tcase_add_test(tcase, test_publish);
	tcase_add_test(tcase, test_publish_signed);
	tcase_add_test(tcase, test_rate);
	tcase_add_test(tcase, test_guesses);
	tcase_add_test(tcase, test_rate_spares_the_known);
	tcase_add_test(tcase, test_busy);
	tcase_add_test(tcase, test_drain);
	tcase_add_test(tcase, test_unserved_privacy);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
