/* Digest credentials and asserted identities. */
#include "server/sip/message.h"
#include "tests/unit/edge_help.h"

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
		 "Content-Type: text/plain\r\nOrganization: o\r\n"
		 "Call-Info: <http://a.b/>;answer-after=0\r\n",
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
	const struct account account = {.id = 7,
					.aor = "sip:alice@" SIP_DOMAIN,
					.username = "ali",
					.etag = "1",
					.may = ACCOUNT_ALL,
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

struct hostile_case {
	const char *says;
	const char *more;
	int status;	      /**< from a peer; 0: taken */
	const char *asserted; /**< what is told to others then */
};
#define PAI "P-Asserted-Identity: "
#define NORA "<sip:nora@" SIP_DOMAIN ">"
/* clang-format off */
static const struct hostile_case hostile_cases[] = {
	{"no URI at all", PAI "nora\r\n", 400, NULL},
	{"an empty one", PAI "\r\n", 407, NULL},
	{"a quote that does not end", PAI "\"Nora " NORA "\r\n", 400, NULL},
	{"a bracket that does not end", PAI "<sip:nora@" SIP_DOMAIN "\r\n", 400, NULL},
	{"one that is broken behind one that is not", PAI NORA ", <sip:\r\n", 400, NULL},
	{"in a field of its own", PAI NORA "\r\np-asserted-identity : <sip:two\r\n", 400, NULL},
	{"only another scheme: nobody", PAI "<mailto:nora@a.b>\r\n", 407, NULL},
	{"another scheme in front is ignored", PAI "<urn:service:sos>, " NORA "\r\n", 0, NORA},
	{"sips after sip is ignored", PAI NORA "\r\n" PAI "<sips:two@" SIP_DOMAIN ">\r\n", 0, NORA},
	{"what of a URI names nobody is not told", PAI "<sip:nora:pw@" SIP_DOMAIN ";maddr=192.0.2.1?Route=x>\r\n", 0, NORA},
	{"a preference beside it is not told", "P-Preferred-Identity: <sip:two@" SIP_DOMAIN ">\r\n" PAI NORA "\r\n", 0, NORA},
	{"a preference alone is nobody", "P-Preferred-Identity: " NORA "\r\n", 407, NULL},
};
/* clang-format on */

START_TEST(test_hostile_assertions)
{
	const struct hostile_case *c = &hostile_cases[_i];
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE",
			  .uri = LISTS,
			  .more = c->more,
			  .from = "<sip:x@y.z>"};
	const char *answer = send_ask(peer, &ask);

	if (c->status) {
		ck_assert_msg(sip_status(answer) == c->status, "%s: %s",
			      c->says, answer);
	} else {
		ck_assert_msg(sip.n_requests == 1, "%s", c->says);
		ck_assert_str_eq(sip.requests[0]->asserted[0], c->asserted);
		ck_assert_ptr_null(sip.requests[0]->asserted[1]);
	}
	/* A stranger is nobody, whatever they assert. */
	ck_assert_msg(sip_status(send_ask(fd, &ask)) == 407, "%s", c->says);
	close(peer);
}
END_TEST

/* Who answers, where the trust domain wants it: the service itself. */
START_TEST(test_asserted_in_responses)
{
	static const struct response ok = {.status = 202};
	int peer = sip_peer(&sip, 200, 0);
	struct ask ask = {.method = "MESSAGE", .uri = LISTS, .more = trusted};
	const char *answer;

	sip.trust.is_in_responses = _i > 0;
	sip.trust.tell = _i == 2 ? TRUST_TELL_PREFERRED : TRUST_TELL_YES;
	ck_assert_ptr_null(send_ask(peer, &ask));
	edge_respond(sip.edge, sip.requests[0], &ok);
	answer = sip_await(&sip, peer, 300);
	ck_assert_ptr_nonnull(answer);
	ck_assert((strstr(answer, "P-Asserted-Identity: <sip:lists@" SIP_DOMAIN
				  ">\r\n") != NULL) == (_i == 1));
	ck_assert((strstr(answer, "P-Preferred-Identity: <sip:lists@" SIP_DOMAIN
				  ">\r\n") != NULL) == (_i == 2));
	close(peer);
}
END_TEST

struct answered_case {
	const char *says;
	int host; /**< who sends the response; 200 is a peer */
	int is_in_responses;
	const char *asserted;
	const char *is; /**< NULL: nobody */
};
/* clang-format off */
static const struct answered_case answered_cases[] = {
	{"a peer's is not used: RFC 5876", 200, 0, PAI NORA "\r\n", NULL},
	{"it is where the trust domain wants it", 200, 1, PAI NORA "\r\n", "sip:nora@" SIP_DOMAIN},
	{"of several the first of a scheme", 200, 1, PAI "<urn:service:sos>, " NORA ", <sip:two@b.c>\r\n", "sip:nora@" SIP_DOMAIN},
	{"one that is broken is none", 200, 1, PAI NORA ", <sip:\r\n", NULL},
	{"a preference is none", 200, 1, "P-Preferred-Identity: " NORA "\r\n", NULL},
	{"none there: nobody", 200, 1, "", NULL},
	{"a stranger's is not used in any way", 201, 1, PAI NORA "\r\n", NULL},
};
/* clang-format on */

/* Whose a response is, to a request of ours. */
START_TEST(test_who_answered)
{
	const struct answered_case *c = &answered_cases[_i];
	struct peer from = {.protocol = PROTOCOL_UDP};
	struct arena *arena = arena_new(0);
	struct identity who = {.method = IDENTITY_NONE};
	struct message message;
	char bytes[1024];
	bool is_known;

	snprintf(bytes, sizeof(bytes),
		 "SIP/2.0 200 OK\r\nTo: <sip:omar@b.c>;tag=1\r\n"
		 "From: <sip:c@" SIP_DOMAIN ">;tag=2\r\nCall-ID: c\r\n"
		 "CSeq: 1 INVITE\r\n%sContent-Length: 0\r\n\r\n",
		 c->asserted);
	ck_assert_int_eq(address_parse(view_of(sip_host(&sip, c->host)), 5060,
				       &from.address),
			 ERR_OK);
	message_read(&message, view_of(bytes));
	sip.trust.is_in_responses = c->is_in_responses;
	is_known = edge_identify(
		sip.edge, &(struct edge_message){&message, &from, "INVITE"},
		arena, &who);
	ck_assert_msg(is_known == (c->is != NULL), "%s", c->says);
	if (c->is)
		ck_assert_str_eq(who.aor[0], c->is);
	arena_free(arena);
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

#define ELSEWHERE "<sip:x@example.org>"
static const struct {
	const char *sentence;
	const char *uri, *method, *from, *more;
	int takes;  /* the service does */
	int status; /* 0: taken, as nobody */
} strangers[] = {
	/* clang-format off */
	{"a service takes nobody", LISTS, "MESSAGE", ELSEWHERE, NULL, 0, 407},
	{"unless it is set", LISTS, "MESSAGE", ELSEWHERE, NULL, 1, 0},
	{"who hides, too", LISTS, "MESSAGE", "<sip:anonymous@anonymous.invalid>", NULL, 1, 0},
	{"and a telephone number", LISTS, "MESSAGE", "<tel:+4912>", NULL, 1, 0},
	{"in the name of one of ours: sign in", LISTS, "MESSAGE", "<sip:nora@" SIP_DOMAIN ">", NULL, 1, 407},
	{"in any spelling", LISTS, "MESSAGE", "<sips:%6eora@RELAY.example.COM:5060>", NULL, 1, 407},
	{"or without a user", LISTS, "MESSAGE", "<sip:" SIP_DOMAIN ">", NULL, 1, 407},
	{"credentials that prove nobody: sign in", LISTS, "MESSAGE", ELSEWHERE,
	 "Proxy-Authorization: Digest username=\"nora\", realm=\"" SIP_DOMAIN "\", nonce=\"1\", uri=\"" LISTS "\", response=\"" HEX "\"\r\n", 1, 407},
	{"of another realm: nothing", LISTS, "MESSAGE", ELSEWHERE,
	 "Proxy-Authorization: Digest username=\"nora\", realm=\"other\", nonce=\"1\", uri=\"" LISTS "\", response=\"" HEX "\"\r\n", 1, 0},
	{"of the anonymous user: nothing", LISTS, "MESSAGE", ELSEWHERE,
	 "Proxy-Authorization: Digest username=\"anonymous\", realm=\"" SIP_DOMAIN "\", nonce=\"1\", uri=\"" LISTS "\", response=\"" HEX "\"\r\n", 1, 0},
	{"an assertion of a stranger: nothing", LISTS, "MESSAGE", ELSEWHERE, "P-Asserted-Identity: <sip:nora@" SIP_DOMAIN ">\r\n", 1, 0},
	{"a list is no service", "sip:hikers@" SIP_DOMAIN, "MESSAGE", ELSEWHERE, NULL, 1, 407},
	/* clang-format on */
};

/* RFC 4453 REQ 12. */
START_TEST(test_strangers)
{
	const struct ask ask = {.method = strangers[_i].method,
				.uri = strangers[_i].uri,
				.from = strangers[_i].from,
				.more = strangers[_i].more,
				.body = "hi"};
	const char *answer;

	sip.service.takes_unauthenticated = strangers[_i].takes != 0;
	answer = send_ask(fd, &ask);
	ck_assert_msg(sip_status(answer) == strangers[_i].status, "%s: %s",
		      strangers[_i].sentence, answer ? answer : "taken");
	ck_assert_uint_eq(sip.n_requests, strangers[_i].status ? 0 : 1);
	if (strangers[_i].status)
		return;
	ck_assert_int_eq(sip.requests[0]->sender.method, IDENTITY_NONE);
	ck_assert_ptr_null(sip.requests[0]->sender.aor[0]);
	ck_assert_ptr_null(sip.requests[0]->asserted[0]);
}
END_TEST

#define A_MINUTE 3

/* One address is asked for a proof; another one, and who signs in, are none the
 * worse. */
START_TEST(test_strangers_have_a_rate)
{
	struct ask ask = {.method = "MESSAGE", .uri = LISTS, .from = ELSEWHERE};
	int other;

	sip_close(&sip);
	sip_init(&sip);
	sip_account(&sip, "nora");
	sip.edge_settings.unproved_per_minute = A_MINUTE;
	sip.service.takes_unauthenticated = true;
	sip_open(&sip);
	other = sip_peer(&sip, 201, 0);
	for (ask.cseq = 1; ask.cseq <= A_MINUTE + 2; ask.cseq++) {
		const char *answer = send_ask(fd, &ask);

		ck_assert_int_eq(sip_status(answer),
				 ask.cseq > A_MINUTE ? 407 : 0);
	}
	ck_assert_uint_eq(sip.n_requests, A_MINUTE);
	ck_assert_int_eq(sip_status(send_ask(other, &ask)), 0);
	ask = (struct ask){.method = "MESSAGE", .uri = LISTS, .cseq = 50};
	ask.more = credentials(challenge(), "MESSAGE", LISTS, 1);
	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 0);
	ck_assert_uint_eq(sip.n_requests, A_MINUTE + 2);
	close(other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("authentication_test");
	TCase *tcase = tcase_create("edge");
	SRunner *runner = srunner_create(suite);
	int failed;
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 20);
	tcase_add_test(tcase, test_digest);
	tcase_add_test(tcase, test_username_is_not_the_address);
	tcase_add_test(tcase, test_challenges_in_order);
	tcase_add_test(tcase, test_without_qop);
	tcase_add_test(tcase, test_count_is_good_once);
	tcase_add_loop_test(tcase, test_wrong, 0, N(wrong_cases));
	tcase_add_loop_test(tcase, test_login, 0, N(login_cases));
	tcase_add_test(tcase, test_asserted);
	tcase_add_loop_test(tcase, test_hostile_assertions, 0,
			    N(hostile_cases));
	tcase_add_loop_test(tcase, test_asserted_in_responses, 0, 3);
	tcase_add_loop_test(tcase, test_who_answered, 0, N(answered_cases));
	tcase_add_test(tcase, test_publish_signed);
	tcase_add_loop_test(tcase, test_strangers, 0, N(strangers));
	tcase_add_test(tcase, test_strangers_have_a_rate);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
