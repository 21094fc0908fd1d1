/* Tokens, the secret they come from, and hashes. */

#include <check.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/secret.h"
#include "server/base/sha256.h"
#include "server/base/siphash.h"
#include "server/base/text.h"
#include "server/base/token.h"

static char dir[64];

static void set_up(void)
{
	snprintf(dir, sizeof(dir), "/tmp/token_test.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void tear_down(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/secret", dir);
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static const char *secret_path(void)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/secret", dir);
	return path;
}

static void file_put(const char *path, const char *bytes, size_t len)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
	fclose(file);
	ck_assert_int_eq(chmod(path, 0600), 0);
}

START_TEST(a_token_survives_its_text)
{
	enum token_kind kind;

	for (kind = 0; kind < TOKEN_KINDS; kind++) {
		struct token token = token_random(), back;
		char text[2 + TOKEN_HEX + 1];
		enum token_kind found;

		token_format(kind, &token, text);
		ck_assert_uint_eq(strlen(text), 2 + TOKEN_HEX);
		ck_assert_int_eq(text[0], token_letter(kind));
		ck_assert_int_eq(token_parse(view_of(text), &found, &back),
				 ERR_OK);
		ck_assert_int_eq(found, kind);
		ck_assert(bytes_equal(&token, &back, sizeof(token)));
	}
}
END_TEST

/* clang-format off */
static const char *const no_tokens[] = {
	"", "g", "g-", "6f1d0b0e5c9a4b7e8d21a7c3f04e9b52",
	"g-6f1d0b0e5c9a4b7e8d21a7c3f04e9b5",
	"g-6f1d0b0e5c9a4b7e8d21a7c3f04e9b522",
	"g-6f1d0b0e5c9a4b7e8d21a7c3f04e9b52;a",
	"x-6f1d0b0e5c9a4b7e8d21a7c3f04e9b52",
	"g_6f1d0b0e5c9a4b7e8d21a7c3f04e9b52",
	"g-6f1d0b0e5c9a4b7e8d21a7c3f04e9b5g",
	"%67-6f1d0b0e5c9a4b7e8d21a7c3f04e9b5%",
	"%00-6f1d0b0e5c9a4b7e8d21a7c3f04e9b52",
};
/* clang-format on */

/* clang-format off */
static const struct {
	const char *text;
	enum err parsed, found;
} spellings[] = {
	{ "d-6f1d0b0e5c9a4b7e8d21a7c3f04e9b52", ERR_OK, ERR_OK },
	{ "D-6F1D0B0E5C9A4B7E8D21A7C3F04E9B52", ERR_OK, ERR_OK },
	{ "%64%2d6f1d0b0e5c9a4b7e8d21a7c3f04e9b5%32", ERR_OK, ERR_OK },
	{ "d-6f1d0b0e5c9a4b7e8d21a7c3f04e9b52@h", ERR_SYNTAX, ERR_OK },
	{ "d-6f1d0b0e5c9a4b7e8d21a7c3f04e9b52;x=y@h", ERR_SYNTAX, ERR_OK },
	{ "d-6f1d0b0e5c9a4b7e8d21a7c3f04e9b52>", ERR_SYNTAX, ERR_OK },
	{ "d-6f1d0b0e5c9a4b7e8d21a7c3f04e9b522", ERR_SYNTAX, ERR_SYNTAX },
	{ "d-6f1d0b0e5c9a4b7e8d21a7c3f04e9b52-", ERR_SYNTAX, ERR_SYNTAX },
	{ "d-6f1d0b0e5c9a4b7e8d21a7c3f04e9b52%32", ERR_SYNTAX, ERR_SYNTAX },
};
/* clang-format on */

START_TEST(a_token_has_spellings)
{
	enum token_kind kind = TOKEN_KINDS;
	struct token token;
	uint8_t bytes[TOKEN_LEN];

	ck_assert(!hex_decode(VIEW("6f1d0b0e5c9a4b7e8d21a7c3f04e9b52"), bytes,
			      TOKEN_LEN));
	ck_assert_int_eq(
		token_parse(view_of(spellings[_i].text), &kind, &token),
		spellings[_i].parsed);
	ck_assert_int_eq(token_find(view_of(spellings[_i].text), &kind, &token),
			 spellings[_i].found);
	if (spellings[_i].found)
		return;
	ck_assert_int_eq(kind, TOKEN_DENY);
	ck_assert(bytes_equal(&token, bytes, TOKEN_LEN));
}
END_TEST

START_TEST(other_text_is_no_token)
{
	enum token_kind kind;
	struct token token;

	ck_assert_int_eq(token_parse(view_of(no_tokens[_i]), &kind, &token),
			 ERR_SYNTAX);
}
END_TEST

START_TEST(a_token_is_blotted_wherever_it_stands)
{
	char two[] = "g-0123456789abcdef0123456789abcdef,"
		     "<sip:T-0123456789ABCDEF0123456789abcdef@x>";
	char none[] = "x-0123456789abcdef0123456789abcdef g-0123";
	char empty[] = "";
	char spelt[] = "%64-0123456789abcde%66%30123456789ABCDEF0123456789abc@x"
		       " G%2D0123456789abcdef0123456789abcdef";
	char cut[] = "sip:d-0123456789abcdef0";
	char uuid[] = "7d-0123456789ab";

	token_blot(spelt);
	ck_assert_str_eq(spelt, "d-********0123456789abc@x g-********");
	token_blot(cut);
	ck_assert_str_eq(cut, "sip:d-********");
	token_blot(uuid);
	ck_assert_str_eq(uuid, "7d-0123456789ab");
	token_blot(two);
	ck_assert_str_eq(two, "g-********,<sip:t-********@x>");
	token_blot(none);
	ck_assert_str_eq(none, "x-0123456789abcdef0123456789abcdef g-0123");
	token_blot(empty);
	ck_assert_str_eq(empty, "");
}
END_TEST

/* RFC 5360 section 5.6.1.3 wants 32 random bits at least.  Of 4,096 tokens each
 * bit is set in half, within six standard deviations (192), and no two bits
 * that are neighbours go together more often than that. */
START_TEST(all_bits_of_a_token_are_random)
{
	enum { MANY = 4096, BITS = 8 * TOKEN_LEN };
	int set[BITS] = {0}, same[BITS] = {0};

	for (int n = 0; n < MANY; n++) {
		struct token token = token_random();
		int before = 0;

		for (int i = 0; i < BITS; i++) {
			int bit = token.bytes[i / 8] >> (i % 8) & 1;

			set[i] += bit;
			same[i] += i > 0 && bit == before;
			before = bit;
		}
	}
	for (int i = 0; i < BITS; i++)
		ck_assert_msg(abs(set[i] - MANY / 2) < 192 &&
				      (!i || abs(same[i] - MANY / 2) < 192),
			      "bit %d: %d set, %d as the one before", i, set[i],
			      same[i]);
}
END_TEST

START_TEST(the_same_bytes_of_another_kind_are_another_token)
{
	struct token token = token_random();
	uint8_t grant[HASH_LEN], deny[HASH_LEN];

	token_hash(TOKEN_GRANT, &token, grant);
	token_hash(TOKEN_DENY, &token, deny);
	ck_assert(!bytes_equal(grant, deny, HASH_LEN));
}
END_TEST

START_TEST(the_secret_is_made_once_for_its_owner_alone)
{
	uint8_t first[HASH_LEN], again[HASH_LEN], other[HASH_LEN];
	struct secret *secret;
	struct stat about;

	ck_assert_int_eq(secret_load(secret_path(), &secret), ERR_OK);
	secret_key(secret, "a", first);
	secret_key(secret, "b", other);
	secret_free(secret);
	ck_assert_int_eq(stat(secret_path(), &about), 0);
	ck_assert_int_eq(about.st_mode & 07777, 0600);
	ck_assert_int_eq(about.st_size, 32);
	ck_assert_int_eq(about.st_nlink, 1);
	ck_assert_int_eq(secret_load(secret_path(), &secret), ERR_OK);
	secret_key(secret, "a", again);
	secret_free(secret);
	ck_assert(bytes_equal(first, again, HASH_LEN));
	ck_assert(!bytes_equal(first, other, HASH_LEN));
}
END_TEST

START_TEST(a_secret_that_others_may_read_is_refused)
{
	struct secret *secret;

	ck_assert_int_eq(secret_load(secret_path(), &secret), ERR_OK);
	secret_free(secret);
	ck_assert_int_eq(chmod(secret_path(), 0640), 0);
	ck_assert_int_eq(secret_load(secret_path(), &secret), ERR_FORBIDDEN);
	ck_assert_int_eq(chmod(secret_path(), 0604), 0);
	ck_assert_int_eq(secret_load(secret_path(), &secret), ERR_FORBIDDEN);
}
END_TEST

START_TEST(a_secret_of_another_length_is_refused)
{
	char bytes[33] = {0};
	struct secret *secret;

	file_put(secret_path(), bytes, 31);
	ck_assert_int_eq(secret_load(secret_path(), &secret), ERR_SYNTAX);
	file_put(secret_path(), bytes, 33);
	ck_assert_int_eq(secret_load(secret_path(), &secret), ERR_SYNTAX);
	file_put(secret_path(), bytes, 0);
	ck_assert_int_eq(secret_load(secret_path(), &secret), ERR_SYNTAX);
	file_put(secret_path(), bytes, 32);
	ck_assert_int_eq(secret_load(secret_path(), &secret), ERR_OK);
	secret_free(secret);
}
END_TEST

START_TEST(a_secret_needs_its_folder)
{
	char path[96];
	struct secret *secret;

	snprintf(path, sizeof(path), "%s/no/secret", dir);
	ck_assert_int_eq(secret_load(path, &secret), ERR_IO);
	ck_assert_int_eq(secret_load(dir, &secret), ERR_SYNTAX);
}
END_TEST

START_TEST(a_trigger_token_tells_its_permission)
{
	static const int64_t ids[] = {0, 1, 42, INT64_MAX, -1};
	struct secret *secret, *stranger;
	char other[96];
	size_t i;

	snprintf(other, sizeof(other), "%s/other", dir);
	ck_assert_int_eq(secret_load(secret_path(), &secret), ERR_OK);
	ck_assert_int_eq(secret_load(other, &stranger), ERR_OK);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct token token = secret_trigger(secret, ids[i]);
		int64_t id = 7;

		ck_assert_int_eq(secret_trigger_id(secret, &token, &id),
				 ERR_OK);
		ck_assert_int_eq(id, ids[i]);
		ck_assert_int_eq(secret_trigger_id(stranger, &token, &id),
				 ERR_UNKNOWN);
		token.bytes[i] ^= 1;
		ck_assert_int_eq(secret_trigger_id(secret, &token, &id),
				 ERR_UNKNOWN);
		token = token_random();
		ck_assert_int_eq(secret_trigger_id(secret, &token, &id),
				 ERR_UNKNOWN);
	}
	secret_free(secret);
	secret_free(stranger);
	unlink(other);
}
END_TEST

static void assert_hex(const void *bytes, size_t len, const char *wanted)
{
	char hex[2 * 64 + 1];

	hex_encode(bytes, len, hex);
	ck_assert_str_eq(hex, wanted);
}

START_TEST(sha256_and_hmac_match_their_vectors)
{
	uint8_t hash[HASH_LEN], key[HASH_LEN] = {0};

	sha256("abc", 3, hash);
	assert_hex(hash, HASH_LEN,
		   "ba7816bf8f01cfea414140de5dae2223"
		   "b00361a396177a9cb410ff61f20015ad");
	sha256(NULL, 0, hash);
	assert_hex(hash, HASH_LEN,
		   "e3b0c44298fc1c149afbf4c8996fb924"
		   "27ae41e4649b934ca495991b7852b855");
	/* RFC 4231 section 4.2; a key padded with zeros is the same key. */
	memset(key, 0x0b, 20);
	hmac_sha256(key, "Hi There", 8, hash);
	assert_hex(hash, HASH_LEN,
		   "b0344c61d8db38535ca8afceaf0bf12b"
		   "881dc200c9833da726e9376c2e32cff7");
}
END_TEST

static void bytes_le(uint64_t word, uint8_t *ret)
{
	int i;

	for (i = 0; i < 8; i++)
		ret[i] = (uint8_t)(word >> (8 * i));
}

/* The vectors of the authors: key 00..0f, texts 00..n-1 for n from 0 to 63; all
 * 64 results are compared by their common SHA-256. */
START_TEST(siphash_matches_its_vectors)
{
	uint8_t all64[64][8], all128[64][16], hash[HASH_LEN];
	struct hash_key key;
	uint8_t text[64];
	uint8_t i;

	for (i = 0; i < 16; i++)
		key.bytes[i] = i;
	for (i = 0; i < 64; i++)
		text[i] = i;
	for (i = 0; i < 64; i++) {
		struct hash128 hash128 = hash_128(&key, text, i);

		bytes_le(hash_64(&key, text, i), all64[i]);
		bytes_le(hash128.a, all128[i]);
		bytes_le(hash128.b, all128[i] + 8);
	}
	assert_hex(all64[0], 8, "310e0edd47db6f72");
	assert_hex(all64[15], 8, "e545be4961ca29a1");
	assert_hex(all128[0], 16, "a3817f04ba25a8e66df67214c7550293");
	assert_hex(all128[1], 16, "da87c1d86b99af44347659119b22fc45");
	assert_hex(all128[8], 16, "3b62a9ba6258f5610f83e264f31497b4");
	assert_hex(all128[63], 16, "5150d1772f50834a503e069a973fbd7c");
	sha256(all64, sizeof(all64), hash);
	assert_hex(hash, HASH_LEN,
		   "0226a91002af9775a791b3ec5a48e643"
		   "f8848d2d5774dea9be3438d5786bb58e");
	sha256(all128, sizeof(all128), hash);
	assert_hex(hash, HASH_LEN,
		   "ecfaa9fe47ff788fa834a9863ea2715a"
		   "2880cd37d2b8c3c194402838428119b9");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("token");
	TCase *cases = tcase_create("token");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, a_token_survives_its_text);
	tcase_add_loop_test(cases, a_token_has_spellings, 0,
			    sizeof(spellings) / sizeof(spellings[0]));
	tcase_add_loop_test(cases, other_text_is_no_token, 0,
			    sizeof(no_tokens) / sizeof(no_tokens[0]));
	tcase_add_test(cases, a_token_is_blotted_wherever_it_stands);
	tcase_add_test(cases, all_bits_of_a_token_are_random);
	tcase_add_test(cases, the_same_bytes_of_another_kind_are_another_token);
	tcase_add_test(cases, the_secret_is_made_once_for_its_owner_alone);
	tcase_add_test(cases, a_secret_that_others_may_read_is_refused);
	tcase_add_test(cases, a_secret_of_another_length_is_refused);
	tcase_add_test(cases, a_secret_needs_its_folder);
	tcase_add_test(cases, a_trigger_token_tells_its_permission);
	tcase_add_test(cases, sha256_and_hmac_match_their_vectors);
	tcase_add_test(cases, siphash_matches_its_vectors);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
