/* Digest, client side: RFC 7616, RFC 8760. */
#include "server/base/digest.h"

#include <check.h>

#define N_ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

struct offer_case {
	const char *value;
	enum err err;
	unsigned qop;
	bool has_qop, is_stale, is_known;
	const char *why;
};

/* clang-format off */
static const struct offer_case offers[] = {
	{"Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256", ERR_OK,
	 DIGEST_QOP_AUTH, true, false, true, "what most send"},
	{"digest algorithm=sha-512-256, nonce=n, qop=\"auth-int, auth\", realm=r, stale=TRUE", ERR_OK,
	 DIGEST_QOP_AUTH | DIGEST_QOP_AUTH_INT, true, true, true, "in another order and case"},
	{"Digest realm=\"r\", nonce=\"n\"", ERR_OK, 0, false, false, true, "RFC 2069: MD5 without qop"},
	{"Digest realm=\"r\", nonce=\"n\", qop=\"token\"", ERR_OK, 0, true, false, true, "a qop that is not known"},
	{"Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256-sess", ERR_OK, 0, false, false, false, "-sess is not known"},
	{"Digest realm=\"r\", nonce=\"n\", stale=maybe", ERR_OK, 0, false, false, true, "stale is true or it is not"},
	{"Digest realm=\"r\", nonce=\"\"", ERR_SYNTAX, 0, false, false, false, "an empty nonce"},
	{"Digest realm=\"r\"", ERR_SYNTAX, 0, false, false, false, "no nonce"},
	{"Digest nonce=\"n\"", ERR_SYNTAX, 0, false, false, false, "no realm"},
	{"Digest realm=\"r\", realm=\"s\", nonce=\"n\"", ERR_SYNTAX, 0, false, false, false, "two realms"},
	{"Digest realm=\"r\", nonce=\"n", ERR_SYNTAX, 0, false, false, false, "an open quote"},
	{"Basic realm=\"r\"", ERR_UNSUPPORTED, 0, false, false, false, "Basic is not answered"},
	{"Bearer realm=\"r\", nonce=\"n\"", ERR_UNSUPPORTED, 0, false, false, false, "nor are others"},
};
/* clang-format on */

START_TEST(challenges_are_read_strictly)
{
	const struct offer_case *c = &offers[_i];
	struct digest_offer offer;
	enum err err = digest_offer_parse(view_of(c->value), &offer);

	ck_assert_msg(err == c->err, "%s: %s", c->why, err_text(err));
	if (err)
		return;
	ck_assert_msg(offer.qop == c->qop && offer.has_qop == c->has_qop, "%s",
		      c->why);
	ck_assert_msg(offer.is_stale == c->is_stale, "%s", c->why);
	ck_assert_msg(offer.algorithm_known == c->is_known, "%s", c->why);
	ck_assert(view_equal(offer.realm, VIEW("r")));
	ck_assert(view_equal(offer.nonce, VIEW("n")));
}
END_TEST

/* What a client says to a challenge of ours is right, and covers what it is
 * meant to. */
START_TEST(an_answer_is_right_for_its_challenge)
{
	enum digest_algorithm algorithm =
		(enum digest_algorithm)(_i % DIGEST_ALGORITHMS);
	unsigned qop =
		_i < DIGEST_ALGORITHMS ? DIGEST_QOP_AUTH : DIGEST_QOP_AUTH_INT;
	struct text challenge, answer;
	struct digest_offer offer;
	struct digest_credentials credentials;
	char ha1[DIGEST_HEX_MAX + 1];

	text_init(&challenge, NULL);
	text_init(&answer, NULL);
	digest_challenge(algorithm, "a \"b\"", "n1", false, &challenge);
	ck_assert_int_eq(digest_offer_parse(text_view(&challenge), &offer),
			 ERR_OK);
	ck_assert_uint_ne(offer.qop & qop, 0);
	digest_ha1(algorithm, VIEW("omar"), offer.realm, VIEW("secret"), ha1);
	ck_assert_int_eq(
		digest_answer(&(struct digest_reply){.algorithm = algorithm,
						     .ha1 = ha1,
						     .username = VIEW("omar"),
						     .realm = offer.realm,
						     .nonce = offer.nonce,
						     .opaque = VIEW("o"),
						     .cnonce = "c1",
						     .nc = 0xab,
						     .qop = qop,
						     .method = VIEW("MESSAGE"),
						     .uri = VIEW("sip:a@b.c"),
						     .body = {VIEW("he"),
							      VIEW("llo")}},
			      &answer),
		ERR_OK);
	ck_assert_int_eq(digest_parse(text_view(&answer), &credentials),
			 ERR_OK);
	ck_assert_uint_eq(digest_nc(&credentials), 0xab);
	ck_assert(view_equal(credentials.realm, offer.realm));
	ck_assert(view_equal(credentials.opaque, VIEW("o")));
	ck_assert(digest_verify(&credentials, ha1, VIEW("MESSAGE"),
				VIEW("hello")));
	ck_assert(digest_verify(&credentials, ha1, VIEW("MESSAGE"),
				VIEW("other")) == (qop == DIGEST_QOP_AUTH));
	text_release(&challenge);
	text_release(&answer);
}
END_TEST

/* What an account that is not there is checked against is no password. */
START_TEST(nobody_has_no_password)
{
	enum digest_algorithm algorithm = (enum digest_algorithm)_i;
	struct text answer;
	struct digest_credentials credentials;
	char zeros[DIGEST_HEX_MAX + 1];

	digest_ha1(algorithm, VIEW("x"), VIEW("x"), VIEW("x"), zeros);
	memset(zeros, '0', strlen(zeros));
	text_init(&answer, NULL);
	ck_assert_int_eq(
		digest_answer(&(struct digest_reply){.algorithm = algorithm,
						     .ha1 = zeros,
						     .username = VIEW("omar"),
						     .realm = VIEW("a"),
						     .nonce = VIEW("n1"),
						     .cnonce = "c1",
						     .nc = 1,
						     .qop = DIGEST_QOP_AUTH,
						     .method = VIEW("MESSAGE"),
						     .uri = VIEW("sip:a@b.c")},
			      &answer),
		ERR_OK);
	ck_assert_int_eq(digest_parse(text_view(&answer), &credentials),
			 ERR_OK);
	ck_assert(
		digest_verify(&credentials, zeros, VIEW("MESSAGE"), VIEW_NONE));
	ck_assert(
		!digest_verify(&credentials, NULL, VIEW("MESSAGE"), VIEW_NONE));
	text_release(&answer);
}
END_TEST

/* The example of RFC 2617 section 3.2.2.1, for peers that have no qop. */
START_TEST(an_answer_without_qop_is_as_rfc_2617_has_it)
{
	struct text answer;
	char ha1[DIGEST_HEX_MAX + 1];

	digest_ha1(DIGEST_MD5, VIEW("Mufasa"), VIEW("testrealm@host.com"),
		   VIEW("Circle Of Life"), ha1);
	text_init(&answer, NULL);
	ck_assert_int_eq(
		digest_answer(
			&(struct digest_reply){
				.algorithm = DIGEST_MD5,
				.ha1 = ha1,
				.username = VIEW("Mufasa"),
				.realm = VIEW("testrealm@host.com"),
				.nonce = VIEW("dcd98b7102dd2f0e8b11d0f600bfb0c0"
					      "93"),
				.cnonce = "",
				.method = VIEW("GET"),
				.uri = VIEW("/dir/index.html")},
			&answer),
		ERR_OK);
	ck_assert_ptr_nonnull(strstr(
		answer.at, "response=\"670fd8c2df070c60b045671b8b24ff02\""));
	ck_assert_ptr_null(strstr(answer.at, "nc="));
	text_release(&answer);
}
END_TEST

/* RFC 7616 section 3.4.4. */
START_TEST(a_name_is_hidden_by_its_hash)
{
	char hash[DIGEST_HEX_MAX + 1];

	digest_userhash(DIGEST_SHA256, VIEW("Mufasa"),
			VIEW("http-auth@example.org"), hash);
	ck_assert_str_eq(hash, "a947aad205e80e429958a387394944c6"
			       "b496301e79f89d35a4cc23b6ee12b5b6");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("digest_client_test");
	TCase *cases = tcase_create("digest");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(cases, challenges_are_read_strictly, 0,
			    N_ROWS(offers));
	tcase_add_loop_test(cases, an_answer_is_right_for_its_challenge, 0,
			    2 * DIGEST_ALGORITHMS);
	tcase_add_loop_test(cases, nobody_has_no_password, 0,
			    DIGEST_ALGORITHMS);
	tcase_add_test(cases, an_answer_without_qop_is_as_rfc_2617_has_it);
	tcase_add_test(cases, a_name_is_hidden_by_its_hash);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
