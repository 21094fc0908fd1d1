/* Digest, server side: RFC 7616, RFC 8760. */
#include "server/base/digest.h"
#include "server/base/nonce.h"

#include <check.h>

#define MD5_A1 "38870889e11e8ffaa19e5d62fa70e4f9"
#define SHA256_A1                                                              \
	"c19949cafc7d0386181ac77a2b26eedb"                                     \
	"59cee8ac08ec09d0707365d5dea6b8b2"

#define PIA                                                                    \
	"username=\"pia\", realm=\"relay.example.com\", "                      \
	"nonce=\"cTk1ZjQ3YzgtMTc2NDAyNDAwMA==\", uri=\"sips:g-"                \
	"6f1d0b0e5c9a4b7e8d21a7c3f04e9b52@relay.example.com\", "               \
	"nc=00000001, cnonce=\"b3c0ffee17\", "

#define OMAR                                                                   \
	"username=\"omar\", realm=\"example.org\", "                           \
	"nonce=\"Yy0yMDI1LTExLTI1LTAxNDI5\", "                                 \
	"uri=\"sip:omar@192.0.2.40:5070\", nc=00000001, "                      \
	"cnonce=\"5d8e0a41c2\", qop=auth, "

struct vector {
	const char *credentials;
	const char *password, *method;
};

/* clang-format off */
static const struct vector vectors[] = {
	{"Digest " PIA "qop=auth, algorithm=SHA-256, response=\""
	 "c8d5b04c0e1d932d12f72c449170f3b2"
	 "631b081d05eb8f550f4a90de8089eb5a\"", "kettle-Drum-42", "PUBLISH"},
	{"digest " PIA "qop=auth-int, algorithm=sha-256, response=\""
	 "82594b7dc0a52d61ec2e1487c7444e55"
	 "266f6556c6d7fd28a00a78167b1cc2f9\"", "kettle-Drum-42", "PUBLISH"},
	{"Digest " PIA "qop=auth, algorithm=SHA-512-256, response=\""
	 "a14c7a1c22c204506fdd5826bc9a1dfb"
	 "3745c13ba08bce5bb2d5bdb93e1b23a0\"", "kettle-Drum-42", "PUBLISH"},
	{"Digest " PIA "qop=auth, algorithm=MD5, response=\""
	 "43e79e141635fb2a43d0f9a7459ea83f\"", "kettle-Drum-42", "PUBLISH"},
	{"Digest " PIA "qop=auth, response=\""
	 "43e79e141635fb2a43d0f9a7459ea83f\"", "kettle-Drum-42", "PUBLISH"},
	{"Digest " OMAR "algorithm=SHA-256, response=\""
	 "c387e685315594fc3126fa82c5130a24"
	 "48783b56ee492e3e1cb38d63e0378d2f\"", "paper-Lantern-9", "INVITE"},
	{"Digest " OMAR "algorithm=MD5,response=\""
	 "6fd1679f0d5c2ac930fe1bc529789185\"", "paper-Lantern-9", "INVITE"},
	/* RFC 7616 section 3.9.1 */
	{"Digest username=\"Mufasa\", realm=\"http-auth@example.org\", "
	 "uri=\"/dir/index.html\", algorithm=SHA-256, "
	 "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
	 "nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", "
	 "qop=auth, response=\"753927fa0e85d155564e2e272a28d180"
	 "2ca10daf4496794697cf8db5856cb6c1\", "
	 "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
	 "Circle of Life", "GET"},
	{"Digest username=\"Mufasa\", realm=\"http-auth@example.org\", "
	 "uri=\"/dir/index.html\", algorithm=MD5, "
	 "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
	 "nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", "
	 "qop=auth, response=\"8ca523f5e9506fed4657c9700eebdbec\", "
	 "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
	 "Circle of Life", "GET"},
};

struct syntax {
	const char *value;
	enum err err;
	const char *why;
};

#define LEAST "username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:x\", " \
	      "response=\"00\""

static const struct syntax values[] = {
	{"Digest " LEAST, ERR_OK, "what must be there"},
	{"  DIGEST\r\n\t" LEAST, ERR_OK, "no case, folded"},
	{"Digest " LEAST ", foo=bar, foo=\"b,a\\\"r\"", ERR_OK,
	 "unknown fields are passed over"},
	{"Digest username=u,realm=r,nonce=n,uri=\"sip:x\",response=00", ERR_OK,
	 "quotes may lack"},
	{"Digest username=\"\", realm=\"\", nonce=\"\", uri=\"\", response=\"\"",
	 ERR_OK, "empty values"},
	{"Digest " LEAST ", algorithm=SHA-3", ERR_OK,
	 "an algorithm that is not known"},
	{"", ERR_UNSUPPORTED, "nothing"},
	{"Basic dTpw", ERR_UNSUPPORTED, "another scheme"},
	{"Digestx " LEAST, ERR_UNSUPPORTED, "a longer word"},
	{"Digest", ERR_SYNTAX, "nothing follows"},
	{"Digest realm=\"r\", nonce=\"n\", uri=\"sip:x\", response=\"0\"",
	 ERR_SYNTAX, "no username"},
	{"Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:x\"",
	 ERR_SYNTAX, "no response"},
	{"Digest " LEAST ", username=\"v\"", ERR_SYNTAX, "a field twice"},
	{"Digest " LEAST ", Username=\"v\"", ERR_SYNTAX, "in another case"},
	{"Digest " LEAST ",", ERR_SYNTAX, "a comma at the end"},
	{"Digest " LEAST ", x", ERR_SYNTAX, "a name alone"},
	{"Digest " LEAST ", x=", ERR_SYNTAX, "no value"},
	{"Digest " LEAST ", x=\"y", ERR_SYNTAX, "an open quote"},
	{"Digest " LEAST ", x=\"y\\\"", ERR_SYNTAX, "an escaped quote"},
	{"Digest " LEAST " x=y", ERR_SYNTAX, "no comma"},
	{"Digest " LEAST ", qop=auth", ERR_SYNTAX, "qop without a count"},
	{"Digest " LEAST ", qop=auth, nc=00000001", ERR_SYNTAX,
	 "qop without a cnonce"},
	{"Digest " LEAST ", qop=auth, nc=1, cnonce=x", ERR_SYNTAX,
	 "a short count"},
	{"Digest " LEAST ", qop=auth, nc=0000000g, cnonce=x", ERR_SYNTAX,
	 "a count with a g"},
	{"Digest " LEAST ", nc=00000001", ERR_SYNTAX, "a count without qop"},
	{"Digest " LEAST ", nc=00000002, cnonce=\"x\"", ERR_SYNTAX,
	 "both without qop"},
	{"Digest " LEAST ", cnonce=\"x\"", ERR_SYNTAX, "a cnonce without qop"},
	{"Digest " LEAST ", qop=\"\", nc=00000001, cnonce=\"x\"", ERR_SYNTAX,
	 "an empty qop"},
};
/* clang-format on */

#define N_ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

static void ha1_of(const struct digest_credentials *credentials,
		   const char *password, char ret[DIGEST_HEX_MAX + 1])
{
	digest_ha1(credentials->algorithm, credentials->username,
		   credentials->realm, view_of(password), ret);
}

START_TEST(a_right_response_is_right)
{
	const struct vector *v = &vectors[_i];
	struct digest_credentials credentials;
	char ha1[DIGEST_HEX_MAX + 1];

	ck_assert_int_eq(digest_parse(view_of(v->credentials), &credentials),
			 ERR_OK);
	ck_assert(credentials.algorithm_known);
	ha1_of(&credentials, v->password, ha1);
	ck_assert(digest_verify(&credentials, ha1, view_of(v->method),
				VIEW_NONE));
}
END_TEST

START_TEST(anything_else_is_wrong)
{
	const struct vector *v = &vectors[_i];
	struct digest_credentials good, bad;
	char ha1[DIGEST_HEX_MAX + 1], other[DIGEST_HEX_MAX + 1];
	struct view method = view_of(v->method);

	ck_assert_int_eq(digest_parse(view_of(v->credentials), &good), ERR_OK);
	ha1_of(&good, v->password, ha1);
	ha1_of(&good, "guess", other);
	ck_assert(!digest_verify(&good, other, method, VIEW_NONE));
	ck_assert(!digest_verify(&good, "", method, VIEW_NONE));
	ck_assert(!digest_verify(&good, NULL, method, VIEW_NONE));
	ck_assert(!digest_verify(&good, ha1, VIEW("MESSAGE"), VIEW_NONE));
	bad = good;
	bad.uri = VIEW("sip:other@example.com");
	ck_assert(!digest_verify(&bad, ha1, method, VIEW_NONE));
	bad = good;
	bad.nonce = VIEW("other");
	ck_assert(!digest_verify(&bad, ha1, method, VIEW_NONE));
	bad = good;
	bad.response.len--;
	ck_assert(!digest_verify(&bad, ha1, method, VIEW_NONE));
	bad = good;
	bad.response.len = 0;
	ck_assert(!digest_verify(&bad, ha1, method, VIEW_NONE));
	bad = good;
	bad.algorithm_known = false;
	ck_assert(!digest_verify(&bad, ha1, method, VIEW_NONE));
	bad = good;
	bad.qop = VIEW("auth-conf");
	ck_assert(!digest_verify(&bad, ha1, method, VIEW_NONE));
	bad = good;
	bad.qop = VIEW_NONE;
	ck_assert(!digest_verify(&bad, ha1, method, VIEW_NONE));
	bad = good;
	bad.nc = VIEW("00000002");
	ck_assert(!digest_verify(&bad, ha1, method, VIEW_NONE));
	bad = good;
	bad.cnonce = VIEW("other");
	ck_assert(!digest_verify(&bad, ha1, method, VIEW_NONE));
}
END_TEST

START_TEST(a_right_response_without_qop_is_refused)
{
	/* RFC 2617 section 3.5 without qop: right by RFC 2069. */
	static const char value[] =
		"Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
		"nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
		"uri=\"/dir/index.html\", "
		"response=\"670fd8c2df070c60b045671b8b24ff02\"";
	struct digest_credentials credentials;
	char ha1[DIGEST_HEX_MAX + 1];

	ck_assert_int_eq(digest_parse(view_of(value), &credentials), ERR_OK);
	ck_assert_uint_eq(digest_nc(&credentials), 0);
	ha1_of(&credentials, "Circle Of Life", ha1);
	ck_assert(!digest_verify(&credentials, ha1, VIEW("GET"), VIEW_NONE));
}
END_TEST

START_TEST(auth_int_covers_the_body_and_auth_does_not)
{
	struct digest_credentials with, without;
	char ha1[DIGEST_HEX_MAX + 1];

	ck_assert_int_eq(
		digest_parse(view_of(vectors[0].credentials), &without),
		ERR_OK);
	ck_assert_int_eq(digest_parse(view_of(vectors[1].credentials), &with),
			 ERR_OK);
	ha1_of(&with, "kettle-Drum-42", ha1);
	ck_assert(digest_verify(&without, ha1, VIEW("PUBLISH"), VIEW("x")));
	ck_assert(!digest_verify(&with, ha1, VIEW("PUBLISH"), VIEW("x")));
}
END_TEST

START_TEST(h_a1_matches_its_vectors)
{
	char ha1[DIGEST_HEX_MAX + 1];

	digest_ha1(DIGEST_SHA256, VIEW("omar"), VIEW("example.org"),
		   VIEW("paper-Lantern-9"), ha1);
	ck_assert_str_eq(ha1, SHA256_A1);
	digest_ha1(DIGEST_MD5, VIEW("omar"), VIEW("example.org"),
		   VIEW("paper-Lantern-9"), ha1);
	ck_assert_str_eq(ha1, MD5_A1);
}
END_TEST

START_TEST(credentials_are_read_strictly)
{
	struct digest_credentials credentials;
	enum err err = digest_parse(view_of(values[_i].value), &credentials);

	ck_assert_msg(err == values[_i].err, "%s: %s", values[_i].why,
		      err_text(err));
}
END_TEST

START_TEST(the_sess_variants_are_not_known)
{
	struct digest_credentials credentials;

	ck_assert_int_eq(
		digest_parse(VIEW("Digest " LEAST ", algorithm=MD5-sess"),
			     &credentials),
		ERR_OK);
	ck_assert(!credentials.algorithm_known);
	ck_assert_int_eq(
		digest_parse(VIEW("Digest " LEAST ", algorithm=SHA-256-sess"),
			     &credentials),
		ERR_OK);
	ck_assert(!credentials.algorithm_known);
}
END_TEST

START_TEST(credentials_hold_no_nul_and_have_an_end)
{
	struct digest_credentials credentials;
	struct text text;

	ck_assert_int_eq(
		digest_parse(VIEW("Digest " LEAST ", x=\"\0\""), &credentials),
		ERR_SYNTAX);
	text_init(&text, NULL);
	text_add(&text, "Digest " LEAST ", x=");
	while (text.len < 5000)
		text_add(&text, "y");
	ck_assert_int_eq(digest_parse(text_view(&text), &credentials),
			 ERR_SYNTAX);
	text_release(&text);
}
END_TEST

START_TEST(a_count_is_a_hex_number)
{
	struct digest_credentials credentials = {.nc = VIEW("0000aBcD")};

	ck_assert_uint_eq(digest_nc(&credentials), 0xabcd);
	credentials.nc = VIEW_NONE;
	ck_assert_uint_eq(digest_nc(&credentials), 0);
}
END_TEST

START_TEST(a_challenge_says_what_is_wanted)
{
	struct text text;

	text_init(&text, NULL);
	digest_challenge(DIGEST_SHA256, "relay.example.com", "n0", false,
			 &text);
	ck_assert_str_eq(text.at, "Digest realm=\"relay.example.com\", "
				  "nonce=\"n0\", qop=\"auth,auth-int\", "
				  "algorithm=SHA-256");
	text_clear(&text);
	digest_challenge(DIGEST_MD5, "a \"b\"", "n1", true, &text);
	ck_assert_str_eq(text.at, "Digest realm=\"a \\\"b\\\"\", nonce=\"n1\", "
				  "qop=\"auth,auth-int\", algorithm=MD5, "
				  "stale=true");
	text_release(&text);
}
END_TEST

/* Nonces. */

static struct nonce_book *book;

static struct view nonce_at(struct arena *arena, int64_t now_s)
{
	struct text text;

	text_init(&text, arena);
	nonce_new(book, now_s, &(struct nonce_owner){3, 4}, &text);
	return text_view(&text);
}

START_TEST(a_nonce_is_fresh_until_its_time_is_over)
{
	struct arena *arena = arena_new(0);
	struct view nonce;

	book = nonce_book_new(60, 100);
	nonce = nonce_at(arena, 1000);
	ck_assert_int_eq(nonce_check(book, nonce, 1, 1000), NONCE_FRESH);
	ck_assert_int_eq(nonce_check(book, nonce, 1, 1060), NONCE_FRESH);
	ck_assert_int_eq(nonce_check(book, nonce, 1, 1061), NONCE_STALE);
	ck_assert_int_eq(nonce_check(book, nonce, 1, 999), NONCE_STALE);
	ck_assert_int_eq(nonce_check(book, nonce, 0, 1000), NONCE_STALE);
	nonce_used(book, nonce, 1, 1061);
	ck_assert_int_eq(nonce_check(book, nonce, 2, 1061), NONCE_STALE);
	nonce_book_free(book);
	arena_free(arena);
}
END_TEST

START_TEST(a_count_must_rise)
{
	struct arena *arena = arena_new(0);
	struct view nonce;

	book = nonce_book_new(60, 100);
	nonce = nonce_at(arena, 1000);
	nonce_used(book, nonce, 5, 1000);
	ck_assert_int_eq(nonce_check(book, nonce, 4, 1001), NONCE_STALE);
	ck_assert_int_eq(nonce_check(book, nonce, 5, 1001), NONCE_STALE);
	ck_assert_int_eq(nonce_check(book, nonce, 6, 1001), NONCE_FRESH);
	nonce_used(book, nonce, 3, 1001);
	ck_assert_int_eq(nonce_check(book, nonce, 5, 1001), NONCE_STALE);
	nonce_used(book, nonce, UINT32_MAX, 1002);
	ck_assert_int_eq(nonce_check(book, nonce, UINT32_MAX, 1002),
			 NONCE_STALE);
	nonce_book_free(book);
	arena_free(arena);
}
END_TEST

START_TEST(nonces_of_others_are_foreign)
{
	struct arena *arena = arena_new(0);
	struct nonce_book *other = nonce_book_new(60, 100);
	struct view nonce;
	char *changed;
	size_t i;

	book = nonce_book_new(60, 100);
	nonce = nonce_at(arena, 1000);
	ck_assert_int_eq(nonce_check(other, nonce, 1, 1000), NONCE_FOREIGN);
	ck_assert_int_eq(nonce_check(book, VIEW(""), 1, 1000), NONCE_FOREIGN);
	ck_assert_int_eq(
		nonce_check(book, view_head(nonce, nonce.len - 1), 1, 1000),
		NONCE_FOREIGN);
	for (i = 0; i < nonce.len; i++) {
		changed = view_copy(arena, nonce);
		changed[i] = changed[i] == '0' ? '1' : '0';
		ck_assert_int_eq(nonce_check(book, view_of(changed), 1, 1000),
				 NONCE_FOREIGN);
	}
	nonce_used(book, VIEW("rubbish"), 1, 1000);
	nonce_book_free(book);
	nonce_book_free(other);
	arena_free(arena);
}
END_TEST

START_TEST(a_nonce_that_was_forgotten_is_never_fresh_again)
{
	struct arena *arena = arena_new(0);
	struct view used[64], unused;
	int i, fresh = 0;

	book = nonce_book_new(60, 4);
	unused = nonce_at(arena, 1000);
	for (i = 0; i < 64; i++) {
		used[i] = nonce_at(arena, 1000 + i / 4);
		ck_assert_int_ne(nonce_check(book, used[i], 1, 1020),
				 NONCE_FOREIGN);
		nonce_used(book, used[i], 1, 1020);
	}
	for (i = 0; i < 64; i++) {
		ck_assert_int_eq(nonce_check(book, used[i], 1, 1020),
				 NONCE_STALE);
		fresh += nonce_check(book, used[i], 2, 1020) == NONCE_FRESH;
	}
	ck_assert_int_le(fresh, 4);
	ck_assert_int_gt(fresh, 0);
	ck_assert_int_eq(nonce_check(book, unused, 1, 1020), NONCE_STALE);
	ck_assert_int_eq(nonce_check(book, nonce_at(arena, 1020), 1, 1020),
			 NONCE_FRESH);
	nonce_book_free(book);
	arena_free(arena);
}
END_TEST

/* A model that forgets nothing: whatever it has seen with a count as high must
 * not be fresh, at any load and over any silence. */
START_TEST(no_count_is_taken_twice)
{
	enum { NONCES = 400 };
	struct arena *arena = arena_new(0);
	struct view nonces[NONCES];
	uint32_t highest[NONCES] = {0};
	unsigned seed = (unsigned)_i * 7919 + 1;
	int64_t now_s = 1000;
	int i, n = 0;

	book = nonce_book_new(10, 8);
	for (i = 0; i < 4000; i++) {
		uint32_t nc;
		int which;

		if (n < NONCES && rand_r(&seed) % 4 == 0)
			nonces[n++] = nonce_at(arena, now_s);
		if (rand_r(&seed) % 20 == 0)
			now_s += rand_r(&seed) % (rand_r(&seed) % 50 ? 3 : 99);
		if (!n)
			continue;
		which = n - 1 - rand_r(&seed) % (n < 20 ? n : 20);
		nc = (uint32_t)rand_r(&seed) % 8 + 1;
		if (nonce_check(book, nonces[which], nc, now_s) != NONCE_FRESH)
			continue;
		ck_assert_uint_gt(nc, highest[which]);
		highest[which] = nc;
		nonce_used(book, nonces[which], nc, now_s);
	}
	nonce_book_free(book);
	arena_free(arena);
}
END_TEST

static void add_tests(TCase *cases)
{
	tcase_add_loop_test(cases, a_right_response_is_right, 0,
			    N_ROWS(vectors));
	tcase_add_loop_test(cases, anything_else_is_wrong, 0, N_ROWS(vectors));
	tcase_add_loop_test(cases, credentials_are_read_strictly, 0,
			    N_ROWS(values));
	tcase_add_test(cases, a_right_response_without_qop_is_refused);
	tcase_add_test(cases, auth_int_covers_the_body_and_auth_does_not);
	tcase_add_test(cases, h_a1_matches_its_vectors);
	tcase_add_test(cases, the_sess_variants_are_not_known);
	tcase_add_test(cases, credentials_hold_no_nul_and_have_an_end);
	tcase_add_test(cases, a_count_is_a_hex_number);
	tcase_add_test(cases, a_challenge_says_what_is_wanted);
	tcase_add_test(cases, a_nonce_is_fresh_until_its_time_is_over);
	tcase_add_test(cases, a_count_must_rise);
	tcase_add_test(cases, nonces_of_others_are_foreign);
	tcase_add_test(cases, a_nonce_that_was_forgotten_is_never_fresh_again);
	tcase_add_loop_test(cases, no_count_is_taken_twice, 0, 20);
}

int main(void)
{
	Suite *suite = suite_create("digest");
	TCase *cases = tcase_create("digest");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	add_tests(cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
