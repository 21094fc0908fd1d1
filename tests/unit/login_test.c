/* Legs that are challenged: who is answered with what, and how often. */
#include "tests/unit/hops_help.h"

#include <check.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/digest.h"
#include "server/sip/sip_private.h"

#define REALM "pbx.example.org"

static struct sip_fixture sip;
static int phone; /* UDP, on host 9 */
static struct leg leg;
static struct leg_template template;
static struct digest_secrets secrets;
static struct sip_credential credential;
static int n_ended, is_permitted, may_ask;

static bool still_permitted(struct leg *which)
{
	(void)which;
	return is_permitted;
}

static void ended(struct leg *which)
{
	(void)which;
	n_ended++;
}

static bool is_hop(const void *arg, const uint8_t address[16])
{
	(void)arg;
	(void)address;
	return may_ask;
}

static void leg_begin(void)
{
	n_ended = 0;
	leg = (struct leg){.template = &template,
			   .request_uri = "sip:omar@example.org",
			   .call_id = "c1",
			   .cseq = 5,
			   .still_permitted = still_permitted,
			   .ended = ended};
	hops_reset();
	hops_add(&sip, PROTOCOL_UDP, 9, 5060);
	edge_send(sip.edge, &leg);
}

static void setup(void)
{
	sip_init(&sip);
	for (int i = 0; i < DIGEST_ALGORITHMS; i++)
		digest_ha1((enum digest_algorithm)i, VIEW("relay"), VIEW(REALM),
			   VIEW("secret"), secrets.ha1[i]);
	credential = (struct sip_credential){.realm = REALM,
					     .username = "relay",
					     .secrets = &secrets,
					     .is_plain = true,
					     .is_hop = is_hop};
	sip.settings.credentials = (struct sip_credentials){&credential, 1};
	sip_open(&sip);
	phone = sip_peer(&sip, 9, 5060);
	connect(phone, &(struct sockaddr){.sa_family = AF_UNSPEC},
		sizeof(struct sockaddr));
	is_permitted = may_ask = 1;
	template = (struct leg_template){.method = "MESSAGE",
					 .from = "<sip:nora@example.com>",
					 .from_tag = "t1",
					 .max_forwards = 69,
					 .content = VIEW("Content-Type: "
							 "text/plain\r\n"),
					 .body = VIEW("hi")};
	leg_begin();
}

static void teardown(void)
{
	close(phone);
	sip_close(&sip);
}

static const char *await(void)
{
	return sip_await(&sip, phone, 300);
}

static void reply(const char *request, int status, const char *more)
{
	union address to;
	char via[256], bytes[4096];

	snprintf(via, sizeof(via), "%s", sip_header(request, "Via") + 12);
	via[strcspn(via, ";")] = '\0';
	ck_assert(!address_parse(view_of(via), 0, &to));
	snprintf(bytes, sizeof(bytes),
		 "SIP/2.0 %d x\r\nVia: %s\r\nCSeq: %s\r\n"
		 "%sContent-Length: 0\r\n\r\n",
		 status, sip_header(request, "Via"),
		 sip_header(request, "CSeq"), more);
	sendto(phone, bytes, strlen(bytes), 0, &to.any, address_len(&to));
	sip_turn(&sip, 20);
}

static void ends_with(int status)
{
	for (int i = 0; i < 100 && !n_ended; i++)
		sip_turn(&sip, 5);
	ck_assert_int_eq(n_ended, 1);
	ck_assert_int_eq(leg.status, status);
	ck_assert_int_eq(sip_gauge(&sip, GAUGE_CLIENT_TXN), 0);
}

/* Credentials for us, right by the password. */
static struct digest_credentials right(const char *request, const char *field)
{
	struct digest_credentials credentials;
	const char *value = sip_header(request, field);

	ck_assert_ptr_nonnull(value);
	ck_assert_int_eq(digest_parse(view_of(value), &credentials), ERR_OK);
	ck_assert(digest_verify(&credentials,
				secrets.ha1[credentials.algorithm],
				VIEW("MESSAGE"), VIEW("hi")));
	return credentials;
}

static bool has_credentials(const char *request)
{
	return strstr(request, "Authorization:") ||
	       strstr(request, "uthorization: ");
}

#define SHA256_OF(realm, nonce, more)                                          \
	"Digest realm=\"" realm "\", nonce=\"" nonce "\", qop=\"auth\", "      \
	"algorithm=SHA-256" more "\r\n"
#define PROXY "Proxy-Authenticate: "
#define WWW "WWW-Authenticate: "

START_TEST(a_challenge_is_answered_with_the_next_cseq)
{
	const char *first = await(), *second;
	struct digest_credentials credentials;
	char branch[128];

	ck_assert(!has_credentials(first));
	snprintf(branch, sizeof(branch), "%s", sip_header(first, "Via"));
	reply(first, 407, PROXY SHA256_OF(REALM, "n1", ", opaque=\"o\""));
	second = await();
	ck_assert_str_eq(sip_header(second, "CSeq"), "6 MESSAGE");
	ck_assert_str_ne(sip_header(second, "Via"), branch);
	credentials = right(second, "Proxy-Authorization");
	ck_assert_uint_eq(digest_nc(&credentials), 1);
	ck_assert(view_equal(credentials.opaque, VIEW("o")));
	ck_assert(view_equal(credentials.uri, VIEW("sip:omar@example.org")));
	reply(second, 200, "");
	ends_with(200);
	ck_assert_uint_eq(leg.cseq, 6);
	/* The nonce stays good, and its count rises. */
	leg_begin();
	second = await();
	credentials = right(second, "Proxy-Authorization");
	ck_assert_uint_eq(digest_nc(&credentials), 2);
	ck_assert(view_equal(credentials.nonce, VIEW("n1")));
	ck_assert_str_eq(sip_header(second, "CSeq"), "5 MESSAGE");
	reply(second, 407, PROXY SHA256_OF(REALM, "n2", ", stale=true"));
	second = await();
	credentials = right(second, "Proxy-Authorization");
	ck_assert(view_equal(credentials.nonce, VIEW("n2")));
	reply(second, 200, "");
	ends_with(200);
}
END_TEST

START_TEST(a_repeat_is_the_same_request)
{
	const char *second;
	char bytes[4096];

	reply(await(), 401, WWW SHA256_OF(REALM, "n1", ""));
	second = await();
	right(second, "Authorization");
	snprintf(bytes, sizeof(bytes), "%s", second);
	second = sip_await(&sip, phone, 1500); /* timer E */
	ck_assert_str_eq(second, bytes);
	reply(second, 200, "");
	ends_with(200);
}
END_TEST

START_TEST(a_wrong_password_is_said_once)
{
	const char *request = await();

	reply(request, 407, PROXY SHA256_OF(REALM, "n1", ""));
	request = await();
	right(request, "Proxy-Authorization");
	reply(request, 407, PROXY SHA256_OF(REALM, "n2", ""));
	ends_with(407);
	ck_assert_ptr_null(sip_await(&sip, phone, 50));
	/* It is not said to the next one at once. */
	leg_begin();
	request = await();
	ck_assert(!has_credentials(request));
	reply(request, 200, "");
	ends_with(200);
}
END_TEST

START_TEST(a_nonce_is_stale_once)
{
	reply(await(), 407, PROXY SHA256_OF(REALM, "n1", ""));
	reply(await(), 407, PROXY SHA256_OF(REALM, "n2", ", stale=TRUE"));
	reply(await(), 407, PROXY SHA256_OF(REALM, "n3", ", stale=TRUE"));
	ends_with(407);
	ck_assert_ptr_null(sip_await(&sip, phone, 50));
}
END_TEST

/* A proxy asks, and the phone behind it. */
START_TEST(each_field_is_answered)
{
	const char *request = await();

	reply(request, 407, PROXY SHA256_OF(REALM, "n1", ""));
	request = await();
	right(request, "Proxy-Authorization");
	reply(request, 401, WWW SHA256_OF(REALM, "m1", ""));
	request = await();
	ck_assert_str_eq(sip_header(request, "CSeq"), "7 MESSAGE");
	ck_assert_uint_eq(
		digest_nc(&(struct digest_credentials){
			.nc = right(request, "Proxy-Authorization").nc}),
		2);
	right(request, "Authorization");
	reply(request, 200, "");
	ends_with(200);
}
END_TEST

struct silent_case {
	const char *says;
	const char *challenge;
	int is_plain, may_ask, is_weak;
};

#define MD5_OF(more) "Digest realm=\"" REALM "\", nonce=\"n1\"" more "\r\n"
/* clang-format off */
static const struct silent_case silent_cases[] = {
	{"another realm", PROXY SHA256_OF("evil.example.net", "n1", ""), 1, 1, 0},
	{"the realm in another case", PROXY SHA256_OF("PBX.example.org", "n1", ""), 1, 1, 0},
	{"a realm that begins like it", PROXY SHA256_OF(REALM ".net", "n1", ""), 1, 1, 0},
	{"where others can read it", PROXY SHA256_OF(REALM, "n1", ""), 0, 1, 0},
	{"a hop that is not named", PROXY SHA256_OF(REALM, "n1", ""), 1, 0, 0},
	{"MD5 where it is not allowed", PROXY MD5_OF(", qop=\"auth\""), 1, 1, 0},
	{"no qop", PROXY MD5_OF(", algorithm=SHA-256"), 1, 1, 0},
	{"an unknown qop", PROXY MD5_OF(", qop=\"x\", algorithm=SHA-256"), 1, 1, 1},
	{"an unknown algorithm", PROXY MD5_OF(", qop=\"auth\", algorithm=SHA-256-sess"), 1, 1, 1},
	{"Basic", PROXY "Basic realm=\"" REALM "\"\r\n", 1, 1, 1},
	{"two realms in one", PROXY "Digest realm=\"" REALM "\", realm=\"x\", nonce=\"n\", qop=\"auth\"\r\n", 1, 1, 1},
	{"no challenge at all", "", 1, 1, 1},
};
/* clang-format on */

START_TEST(nobody_else_is_told)
{
	const struct silent_case *c = &silent_cases[_i];

	credential.is_plain = c->is_plain != 0;
	credential.is_weak = c->is_weak != 0;
	may_ask = c->may_ask;
	reply(await(), 407, c->challenge);
	ends_with(407);
	ck_assert_msg(!sip_await(&sip, phone, 50), "%s", c->says);
	ck_assert_uint_eq(leg.cseq, 5);
}
END_TEST

START_TEST(the_first_that_is_known_is_answered)
{
	struct digest_credentials credentials;
	const char *request = await();

	credential.is_weak = true;
	reply(request, 407,
	      PROXY "Digest realm=\"" REALM
		    "\", nonce=\"a\", qop=\"auth\", algorithm=SHA-3\r\n" PROXY
		    "Digest realm=\"x\", nonce=\"b\", qop=\"auth\"\r\n" PROXY
		    "Digest realm=\"" REALM
		    "\", nonce=\"c\", qop=\"auth-int\", "
		    "algorithm=SHA-512-256\r\n" PROXY MD5_OF(""));
	request = await();
	credentials = right(request, "Proxy-Authorization");
	ck_assert_int_eq(credentials.algorithm, DIGEST_SHA512_256);
	ck_assert(view_equal(credentials.qop, VIEW("auth-int")));
	ck_assert(view_equal(credentials.nonce, VIEW("c")));
	ck_assert_ptr_null(strstr(strstr(request, "Proxy-Authorization") + 1,
				  "Proxy-Authorization"));
	reply(request, 200, "");
	ends_with(200);
}
END_TEST

START_TEST(a_nonce_without_end_is_not_kept)
{
	static char challenge[2048];

	snprintf(challenge, sizeof(challenge),
		 PROXY "Digest realm=\"" REALM
		       "\", nonce=\"%0600d\", qop=\"auth\", "
		       "algorithm=SHA-256\r\n",
		 1);
	reply(await(), 407, challenge);
	ends_with(407);
}
END_TEST

START_TEST(a_no_stops_the_answer_too)
{
	const char *request = await();

	is_permitted = 0;
	reply(request, 407, PROXY SHA256_OF(REALM, "n1", ""));
	ends_with(LEG_STATUS_WITHDRAWN);
	ck_assert_ptr_null(sip_await(&sip, phone, 50));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("login_test");
	TCase *cases = tcase_create("login");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_set_timeout(cases, 20);
	tcase_add_test(cases, a_challenge_is_answered_with_the_next_cseq);
	tcase_add_test(cases, a_repeat_is_the_same_request);
	tcase_add_test(cases, a_wrong_password_is_said_once);
	tcase_add_test(cases, a_nonce_is_stale_once);
	tcase_add_test(cases, each_field_is_answered);
	tcase_add_loop_test(
		cases, nobody_else_is_told, 0,
		(int)(sizeof(silent_cases) / sizeof(silent_cases[0])));
	tcase_add_test(cases, the_first_that_is_known_is_answered);
	tcase_add_test(cases, a_nonce_without_end_is_not_kept);
	tcase_add_test(cases, a_no_stops_the_answer_too);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
