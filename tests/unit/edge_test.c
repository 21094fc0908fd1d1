/* What the edge answers at once, and what it hands on. */
#include "tests/unit/edge_help.h"

#define HIKERS "sip:hikers@" SIP_DOMAIN

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
	{"and so does the user", {.method = "MESSAGE", .uri = "sip:Nobody@" SIP_DOMAIN, .more = "Require: x\r\n"}, 404, NULL, NULL},
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
	{"sips is not served without TLS", {.method = "MESSAGE", .uri = "sips:lists@" SIP_DOMAIN}, 480, "Warning", "380 " SIP_DOMAIN " \"SIPS Not Allowed\""},
	{"a stored list takes MESSAGE alone", {.method = "INVITE", .uri = HIKERS}, 404, NULL, NULL},
	{"what could be one is challenged like one", {.method = "MESSAGE", .uri = "sip:nobody@" SIP_DOMAIN}, 407, NULL, NULL},
	{"with the same extensions", {.method = "MESSAGE", .uri = "sip:nobody@" SIP_DOMAIN, .more = "Require: x\r\n"}, 420, "Unsupported", "x"},
	{"as one is", {.method = "MESSAGE", .uri = HIKERS, .more = "Require: x\r\n"}, 420, "Unsupported", "x"},
	{"what could be none is not", {.method = "MESSAGE", .uri = "sip:g-nobody@" SIP_DOMAIN}, 404, NULL, NULL},
	{"from who says who they are", {.method = "MESSAGE", .uri = HIKERS}, 407, NULL, NULL},
	{"OPTIONS does not tell that it is one", {.method = "OPTIONS", .uri = HIKERS}, 200, "Allow", "MESSAGE, OPTIONS, PUBLISH"},
	{"a list in a request is not for it", {.method = "MESSAGE", .uri = HIKERS, .more = "Require: recipient-list-message\r\n"}, 420, "Unsupported", "recipient-list-message"},
	{"the case of a user part counts", {.method = "MESSAGE", .uri = "sip:Hikers@" SIP_DOMAIN}, 404, NULL, NULL},
	{"and each of its letters", {.method = "MESSAGE", .uri = "sip:Hiker@" SIP_DOMAIN}, 404, NULL, NULL},
	{"and those behind a NUL", {.method = "MESSAGE", .uri = "sip:hikers%00x@" SIP_DOMAIN}, 404, NULL, NULL},
	{"and a NUL behind the last", {.method = "MESSAGE", .uri = "sip:hikers%00@" SIP_DOMAIN}, 404, NULL, NULL},
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

/* However it is written, it is one target: the key of its permissions. */
START_TEST(test_stored_list)
{
	static const char escaped[] = "sip:%68ikers@" SIP_DOMAIN;
	static const char *const uris[] = {
		HIKERS, escaped, "sip:hikers@RELAY.example.COM:5060;x=y"};
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {
		.method = "MESSAGE", .uri = uris[_i], .more = trusted};
	const struct request *request;

	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_uint_eq(sip.n_requests, 1);
	request = sip.requests[0];
	ck_assert_int_eq(request->purpose, PURPOSE_STORED_LIST);
	ck_assert_str_eq(request->target_key, HIKERS);
	ck_assert_str_eq(request->list, "hikers");
	ck_assert_ptr_null(request->service);
	/* Whether it is there its module finds out. */
	list_table_remove(sip.lists, HIKERS);
	ask.cseq = 2;
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_int_eq(sip.requests[1]->purpose, PURPOSE_STORED_LIST);
	close(peer);
}
END_TEST

/* What was there before keeps its name. */
START_TEST(test_service_before_list)
{
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE", .uri = LISTS, .more = trusted};

	list_table_put(sip.lists, &(const struct list_image){
					  .uri = LISTS,
					  .name = "lists",
					  .owner = "sip:a@" SIP_DOMAIN});
	ck_assert_ptr_null(send_ask(peer, &ask));
	ck_assert_int_eq(sip.requests[0]->purpose, PURPOSE_LIST);
	close(peer);
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
	{"not one that cannot be read, either", "ACK  sip:" SIP_DOMAIN " SIP/2.0\r\nVia: SIP/2.0/UDP h;rport\r\n" PAD "\r\n", 0},
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
	const struct response response = {.status = 401};
	const struct request *request;
	const char *answered;
	uint8_t bytes[TOKEN_LEN];

	/* As clients of presence send it. */
	ck_assert_ptr_null(send_ask(fd, &ask));
	ck_assert_uint_eq(sip.n_requests, 1);
	request = sip.requests[0];
	ck_assert_int_eq(request->token_kind, TOKEN_GRANT);
	ck_assert(!hex_decode(VIEW(HEX), bytes, TOKEN_LEN));
	ck_assert(bytes_equal(bytes, request->token.bytes, TOKEN_LEN));
	ck_assert_int_eq(request->expires_s, 7);
	ck_assert_str_eq(request->if_match, "tag1");
	ck_assert(!request->is_secure);
	ck_assert_int_eq(sip.requests[0]->sender.method, IDENTITY_NONE);
	edge_respond(sip.edge, sip.requests[0], &response);
	answered = sip_await(&sip, fd, 100);
	ck_assert_int_eq(sip_status(answered), 401);
	ck_assert_ptr_nonnull(sip_header(answered, "WWW-Authenticate"));
	ck_assert_ptr_null(strstr(answered, "Record-Route"));
	/* A stranger's refusal leaves nothing behind. */
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_SERVER_TXN), 0);
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

	sip.is_busy = true;
	ck_assert(!edge_is_idle(sip.edge));
	sip.is_busy = false;
	ck_assert(edge_is_idle(sip.edge));
	edge_drain(sip.edge);
	ck_assert_int_eq(sip.n_drained, 2);
	answer = send_ask(fd, &ask);
	ck_assert_int_eq(sip_status(answer), 503);
	ck_assert_ptr_nonnull(sip_header(answer, "Retry-After"));
	/* No yes and no new question either; but every kind of no. */
	ck_assert_int_eq(sip_status(send_ask(fd, &grant)), 503);
	ck_assert_int_eq(sip_status(send_ask(fd, &trigger)), 503);
	ck_assert_ptr_null(send_ask(fd, &deny));
	ck_assert_ptr_null(send_ask(fd, &removal));
	ck_assert_uint_eq(sip.n_requests, 2);
	ck_assert_int_eq(sip.requests[0]->token_kind, TOKEN_DENY);
	ck_assert_int_eq(sip.requests[1]->token_kind, TOKEN_GRANT);
}
END_TEST

struct privacy_case {
	const char *says;
	const char *more; /**< header lines */
	int status;
	const char *has; /**< in the answer */
};

/* clang-format off */
static const struct privacy_case privacy_cases[] = {
	{"critical and what is not there: 500, which names it", "Privacy: session;critical\r\n", 500, "Privacy Value session Not Available"},
	{"a value of the future, too", "Privacy: id;x-new;critical\r\n", 500, "Privacy Value x-new Not Available"},
	{"but not all of a long one", "Privacy: abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz;critical\r\n", 500, "Privacy Value abcdefghijklmnopqrstuvwxyzabcdef Not Available"},
	{"Proxy-Require: privacy that cannot be kept: 420", "Privacy: session\r\nProxy-Require: privacy\r\n", 420, "Unsupported: privacy\r\n"},
	{"none beside another value", "Privacy: none;id\r\n", 400, "Bad Privacy"},
	{"critical alone", "Privacy: critical\r\n", 400, "Bad Privacy"},
	{"critical is last", "Privacy: critical;id\r\n", 400, "Bad Privacy"},
	{"also in a field of its own", "Privacy: critical\r\nPrivacy: id\r\n", 400, "Bad Privacy"},
	{"a value twice", "Privacy: id;user;id\r\n", 400, "Bad Privacy"},
	{"in two fields", "Privacy: id\r\nPrivacy: id\r\n", 400, "Bad Privacy"},
	{"none smuggled in behind id", "Privacy: id\r\nprivacy : none\r\n", 400, "Bad Privacy"},
	{"an empty one", "Privacy:\r\n", 400, "Bad Privacy"},
	{"no token", "Privacy: \"id\"\r\n", 400, "Bad Privacy"},
};
/* clang-format on */

/* RFC 3323 sections 4.2, 4.3 and 5 */
START_TEST(test_unserved_privacy)
{
	const struct privacy_case *c = &privacy_cases[_i];
	char more[512];
	int peer = sip_peer(&sip, 200, 0);
	const struct ask ask = {
		.method = "MESSAGE", .uri = LISTS, .more = more};
	const char *answer;

	snprintf(more, sizeof(more), "%s%s",
		 "P-Asserted-Identity: <sip:nora@" SIP_DOMAIN ">\r\n", c->more);
	answer = send_ask(peer, &ask);
	ck_assert_msg(sip_status(answer) == c->status, "%s: %s", c->says,
		      answer);
	ck_assert_msg(strstr(answer, c->has), "%s: %s", c->says, answer);
	ck_assert_uint_eq(sip.n_requests, 0);
	close(peer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("edge_test");
	TCase *tcase = tcase_create("edge");
	SRunner *runner = srunner_create(suite);
	int failed;
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, test_stored_list, 0, 3);
	tcase_add_test(tcase, test_service_before_list);
	tcase_add_loop_test(tcase, test_check, 0, N(check_cases));
	tcase_add_loop_test(tcase, test_raw, 0, N(raw_cases));
	tcase_add_test(tcase, test_same_tag);
	tcase_add_test(tcase, test_returned_fields);
	tcase_add_test(tcase, test_where_answers_go);
	tcase_add_test(tcase, test_service_methods);
	tcase_add_test(tcase, test_from_names);
	tcase_add_test(tcase, test_own_via);
	tcase_add_test(tcase, test_publish);
	tcase_add_test(tcase, test_drain);
	tcase_add_loop_test(tcase, test_unserved_privacy, 0, N(privacy_cases));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
