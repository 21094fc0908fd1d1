/* Which digests are offered, and which are taken. */
#include "tests/unit/edge_help.h"

static const char *challenges(void)
{
	const struct ask ask = {.method = "MESSAGE", .uri = LISTS};

	return send_ask(fd, &ask);
}

/* RFC 8760 section 2.4: a client takes the first that it knows. */
START_TEST(test_only_what_every_account_has_is_offered)
{
	char ha1[DIGEST_HEX_MAX + 1];
	struct account old = {.id = 9,
			      .aor = "sip:old@" SIP_DOMAIN,
			      .username = "old",
			      .etag = "1",
			      .may = ACCOUNT_ALL,
			      .ha1 = {[DIGEST_SHA256] = ha1}};
	struct ask ask = {.method = "MESSAGE", .uri = LISTS};

	ck_assert_ptr_nonnull(strstr(challenges(), "algorithm=SHA-512-256"));
	digest_ha1(DIGEST_SHA256, VIEW("old"), VIEW(SIP_DOMAIN), VIEW("secret"),
		   ha1);
	accounts_put(sip.accounts, &old);
	ck_assert_ptr_nonnull(strstr(challenges(), "algorithm=SHA-256"));
	ck_assert_ptr_null(strstr(challenges(), "algorithm=SHA-512-256"));
	user = "old";
	ask.from = "<sip:old@" SIP_DOMAIN ">";
	ask.more = credentials(challenge(), "MESSAGE", LISTS, 1);
	ck_assert_ptr_null(send_ask(fd, &ask));
	ck_assert_uint_eq(sip.n_requests, 1);
	/* One of another realm counts for nothing here. */
	old.realm = "example.org";
	accounts_put(sip.accounts, &old);
	ck_assert_ptr_nonnull(strstr(challenges(), "algorithm=SHA-512-256"));
	accounts_remove(sip.accounts, 9);
	ck_assert_ptr_nonnull(strstr(challenges(), "algorithm=SHA-512-256"));
}
END_TEST

/* An answer of a client by @p algorithm, with userhash where @p hides. */
static const char *answer_of(const char *offered,
			     enum digest_algorithm algorithm, int hides)
{
	static char line[1024];
	char ha1[DIGEST_HEX_MAX + 1], name[DIGEST_HEX_MAX + 1];
	const char *at = strstr(offered, "nonce=\"") + 7;
	struct text value;

	digest_ha1(algorithm, view_of(user), VIEW(SIP_DOMAIN), VIEW("secret"),
		   ha1);
	digest_userhash(algorithm, view_of(user), VIEW(SIP_DOMAIN), name);
	text_init(&value, NULL);
	ck_assert_int_eq(
		digest_answer(
			&(struct digest_reply){
				.algorithm = algorithm,
				.ha1 = ha1,
				.username = view_of(hides ? name : user),
				.realm = VIEW(SIP_DOMAIN),
				.nonce = {at, strcspn(at, "\"")},
				.cnonce = "c",
				.nc = 1,
				.qop = DIGEST_QOP_AUTH_INT,
				.method = VIEW("MESSAGE"),
				.uri = VIEW(LISTS),
				.body = {VIEW("hi"), VIEW_NONE}},
			&value),
		ERR_OK);
	snprintf(line, sizeof(line), "Authorization: %s%s\r\n", value.at,
		 hides ? ", userhash=true" : "");
	text_release(&value);
	return line;
}

struct algorithm_case {
	const char *says;
	const char *user;
	enum digest_algorithm algorithm;
	int hides;
	int status; /**< 0: taken */
};

static const struct algorithm_case algorithm_cases[] = {
	{"SHA-512-256", "nora", DIGEST_SHA512_256, 0, 0},
	{"with the name hidden", "nora", DIGEST_SHA512_256, 1, 0},
	{"by SHA-256, too", "nora", DIGEST_SHA256, 1, 0},
	{"nobody's hash", "ghost", DIGEST_SHA256, 1, 407},
	{"anonymous is nobody, hidden or not", "anonymous", DIGEST_SHA256, 1,
	 407},
	{"MD5 is off", "nora", DIGEST_MD5, 0, 407},
};

START_TEST(test_algorithms)
{
	const struct algorithm_case *c = &algorithm_cases[_i];
	struct ask ask = {.method = "MESSAGE", .uri = LISTS, .body = "hi"};
	const char *answer;

	sip_account(&sip, "anonymous");
	user = c->user;
	ask.more = answer_of(challenge(), c->algorithm, c->hides);
	answer = send_ask(fd, &ask);
	ck_assert_msg(sip_status(answer) == c->status, "%s: %s", c->says,
		      answer ? answer : "taken");
	ck_assert_uint_eq(sip.n_requests, c->status ? 0 : 1);
	if (c->status)
		return;
	/* auth-int covers the body. */
	ask.cseq = 2;
	ask.more = answer_of(challenge(), c->algorithm, c->hides);
	ask.body = "ho";
	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 407);
}
END_TEST

/* Five wrong ones, and this source waits; nobody else does. */
START_TEST(test_guesses)
{
	struct ask ask = {.method = "MESSAGE", .uri = LISTS};
	int other = sip_peer(&sip, 3, 0);

	password = "guess";
	for (int i = 0; i < 5; i++) {
		ask.cseq = i + 1;
		ask.more = credentials(challenges(), "MESSAGE", LISTS, 1);
		ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 407);
	}
	password = "secret";
	ask.cseq = 7;
	ask.more = credentials(challenges(), "MESSAGE", LISTS, 1);
	ck_assert_int_eq(sip_status(send_ask(fd, &ask)), 403);
	ck_assert_uint_eq(sip.n_requests, 0);
	ck_assert_uint_eq(sip_count(&sip, COUNT_LOGINS_LOCKED), 1);
	/* A forged address does not help: the nonce is theirs. */
	ask.cseq = 8;
	ask.more = credentials(challenges(), "MESSAGE", LISTS, 1);
	ck_assert_int_eq(sip_status(send_ask(other, &ask)), 403);
	/* Whom they want to lock out logs in. */
	ask.more = NULL;
	ask.cseq = 9;
	ask.more = credentials(send_ask(other, &ask), "MESSAGE", LISTS, 1);
	ask.cseq = 10;
	ck_assert_ptr_null(send_ask(other, &ask));
	ck_assert_uint_eq(sip.n_requests, 1);
	close(other);
}
END_TEST

/* A password is tried with a nonce that was given to somebody, or not at all:
 * else its answers would tell right from wrong without end. */
START_TEST(test_a_nonce_of_nobody_tells_nothing)
{
	static const char made_up[] =
		"nonce=\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"";

	for (int i = 0; i < 2; i++) {
		struct ask ask = {
			.method = "MESSAGE", .uri = LISTS, .cseq = i + 1};
		const char *answer;

		password = i ? "guess" : "secret";
		ask.more = credentials(made_up, "MESSAGE", LISTS, 1);
		answer = send_ask(fd, &ask);
		ck_assert_int_eq(sip_status(answer), 407);
		ck_assert_ptr_nonnull(strstr(answer, "stale=true"));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("algorithms_test");
	TCase *tcase = tcase_create("edge");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 20);
	tcase_add_test(tcase, test_only_what_every_account_has_is_offered);
	tcase_add_loop_test(tcase, test_algorithms, 0, N(algorithm_cases));
	tcase_add_test(tcase, test_guesses);
	tcase_add_test(tcase, test_a_nonce_of_nobody_tells_nothing);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
