/* A deny counts for every spelling of those it names, a grant for its own. */
#include "tests/unit/db_help.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct permission grant_for(const char *recipient)
{
	return (struct permission){.id = 7,
				   .sender = SENDER,
				   .target = TARGET,
				   .recipient = recipient,
				   .state = PERMISSION_GRANTED};
}

/** Asserted as @p aor, asks for RECIPIENT. */
static enum verdict verdict_for(const struct index *index, const char *aor)
{
	struct identity sender = {IDENTITY_ASSERTED, {aor, NULL}};

	return verdict_between(index, &sender, RECIPIENT);
}

START_TEST(a_no_counts_for_other_spellings_of_the_recipient)
{
	static const char *const spellings[] = {
		RECIPIENT ";user=phone", RECIPIENT ";user=x",
		RECIPIENT ";received=sip%3Ax", "sips:bob@example.net:5060"};
	static const enum permission_origin origins[] = {ORIGIN_RECIPIENT,
							 ORIGIN_ADMIN};
	struct index *index = index_new();
	struct permission row;

	for (size_t i = 0; i < COUNT_OF(spellings) * 2; i++) {
		const char *spelling = spellings[i / 2];

		row = grant_for(spelling);
		index_put(index, &row);
		ck_assert_int_eq(verdict_of(index, spelling), VERDICT_GRANTED);
		/* A yes does not. */
		ck_assert_int_eq(verdict_of(index, RECIPIENT), VERDICT_MISSING);
		row = grant_for(RECIPIENT);
		row.state = PERMISSION_DENIED;
		row.origin = origins[i % 2];
		index_put(index, &row);
		ck_assert_int_eq(verdict_of(index, spelling), VERDICT_DENIED);
		/* Of an operator it has its end. */
		row.expires_at = NOW;
		index_put(index, &row);
		ck_assert_int_eq(verdict_of(index, spelling),
				 i % 2 ? VERDICT_GRANTED : VERDICT_DENIED);
		index_remove(index, &row);
	}
	const struct permission said = {
		.sender = SENDER, .target = TARGET, .recipient = spellings[0]};

	/* And the other way round; a no that is on its way, too. */
	row = grant_for(RECIPIENT);
	index_put(index, &row);
	ck_assert_int_eq(verdict_of(index, RECIPIENT), VERDICT_GRANTED);
	index_pending_deny_add(index, &said);
	ck_assert_int_eq(verdict_of(index, RECIPIENT), VERDICT_DENIED);
	index_pending_deny_remove(index, &said);
	ck_assert_int_eq(verdict_of(index, RECIPIENT), VERDICT_GRANTED);
	index_free(index);
}
END_TEST

/** A deny for @p scope below a yes to everybody; is @p aor refused? */
static bool is_denied(const char *scope, const char *aor)
{
	struct index *index = index_new();
	struct permission row = grant_for(RECIPIENT);
	bool is_denied;

	row.sender = "*";
	index_put(index, &row);
	row.sender = scope;
	row.state = PERMISSION_DENIED;
	index_apply_deny(index, &row);
	is_denied = verdict_for(index, aor) == VERDICT_DENIED;
	/* A yes in its place is one for that spelling alone. */
	row.state = PERMISSION_GRANTED;
	index_put(index, &row);
	ck_assert_int_eq(verdict_for(index, aor), VERDICT_GRANTED);
	row.sender = "*";
	index_remove(index, &row);
	if (*scope != '*')
		ck_assert_int_eq(verdict_for(index, aor),
				 strcmp(scope, aor) ? VERDICT_MISSING
						    : VERDICT_GRANTED);
	row.sender = scope;
	index_remove(index, &row);
	ck_assert_uint_eq(index_count(index), 0);
	index_free(index);
	return is_denied;
}

START_TEST(a_no_counts_for_other_spellings_of_the_sender)
{
	static const char *const same[] = {
		"sip:+15551@gw.example", "sip:+15551@gw.example;user=phone",
		"sip:+1-55(5)1@gw.example", "sip:%2B15551@gw.example:5061"};
	static const char *const others[] = {
		"sip:+15552@gw.example", "sip:+15551@gw.example:5070",
		"sip:+15551@other.example", "tel:+15552"};
	size_t i, j;

	for (i = 0; i < COUNT_OF(same); i++) {
		for (j = 0; j < COUNT_OF(same); j++)
			ck_assert_msg(is_denied(same[i], same[j]), "%s: %s",
				      same[i], same[j]);
		for (j = 0; j < COUNT_OF(others); j++)
			ck_assert_msg(!is_denied(same[i], others[j]) &&
					      !is_denied(others[j], same[i]),
				      "%s: %s", same[i], others[j]);
		ck_assert(is_denied(same[i], "tel:+15551"));
		ck_assert(is_denied("tel:+15551", same[i]));
	}
	/* By domain: at any port. */
	ck_assert(is_denied("*@gw.example", "sip:x@gw.example"));
	ck_assert(is_denied("*@gw.example", "sip:x@gw.example:5070"));
	ck_assert(!is_denied("*@gw.example", "sip:x@sub.gw.example"));
}
END_TEST

START_TEST(a_domain_that_is_granted_is_so_at_its_usual_port)
{
	struct index *index = index_new();
	struct permission row = grant_for(RECIPIENT);

	row.sender = "*@example.com";
	index_put(index, &row);
	ck_assert_int_eq(verdict_for(index, "sip:x@example.com"),
			 VERDICT_GRANTED);
	ck_assert_int_eq(verdict_for(index, "sip:x@example.com:5070"),
			 VERDICT_MISSING);
	index_free(index);
}
END_TEST

START_TEST(what_stands_against_a_grant_is_found)
{
	static const struct {
		const char *sender, *target;
		size_t n;
	} cases[] = {{SENDER, TARGET, 0},     {SENDER ";user=x", TARGET, 1},
		     {SENDER, "*", 0},	      {"*@example.com", TARGET, 1},
		     {"*", "*", 1},	      {"*@example.org", "*", 0},
		     {"anonymous", TARGET, 1}};
	struct permission like = grant_for(RECIPIENT), found[INDEX_ROWS_MAX];

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct index *index = index_new();
		struct arena *arena = arena_new(0);
		struct permission row = grant_for(RECIPIENT ";user=x");

		row.sender = cases[i].sender;
		row.target = cases[i].target;
		row.state = PERMISSION_DENIED;
		row.origin = ORIGIN_RECIPIENT;
		/* The very row is none of it. */
		if (i == 0 || strcmp(row.target, "*") == 0)
			row.recipient =
				i == 2 ? "sip:omar@example.net" : RECIPIENT;
		index_put(index, &row);
		ck_assert_uint_eq(index_denies(index, &like, NOW, arena, found),
				  cases[i].n);
		arena_free(arena);
		index_free(index);
	}
}
END_TEST

START_TEST(what_only_the_record_knows_stands_too)
{
	const struct hash_key key = {{1, 2}};
	struct permission like = grant_for(RECIPIENT), found[INDEX_ROWS_MAX];
	struct index *index = index_new();
	struct arena *arena = arena_new(0);

	index_set_keys(index, &key, 1);
	index_rowless_add(
		index,
		revocation_hash(&key, TRIPLE(SENDER, TARGET, RECIPIENT), NULL),
		ORIGIN_RECIPIENT, 0);
	/* The very row is judged elsewhere. */
	ck_assert_uint_eq(index_denies(index, &like, NOW, arena, found), 0);
	index_rowless_add(
		index, revocation_hash(&key, TRIPLE("*", "*", RECIPIENT), NULL),
		ORIGIN_RECIPIENT, 0);
	ck_assert_uint_eq(index_denies(index, &like, NOW, arena, found), 1);
	ck_assert_int_eq(found[0].origin, ORIGIN_RECIPIENT);
	ck_assert_int_eq(found[0].id, 0);
	arena_free(arena);
	index_free(index);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spelling");
	TCase *tests = tcase_create("index");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, a_no_counts_for_other_spellings_of_the_recipient);
	tcase_add_test(tests, a_no_counts_for_other_spellings_of_the_sender);
	tcase_add_test(tests, a_domain_that_is_granted_is_so_at_its_usual_port);
	tcase_add_test(tests, what_stands_against_a_grant_is_found);
	tcase_add_test(tests, what_only_the_record_knows_stands_too);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
