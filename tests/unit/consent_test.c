/* The decision on one recipient: RFC 5360 sections 4.1 and 5.8, RFC 5361 3. */
#include "policies/consent.h"

#include <check.h>

#include "policies/match.h"

#define NOW 1000
#define LIST "sip:list@relay.example"
#define OTHER "sip:other@relay.example"
#define OMAR "sip:omar@example.org"
#define PIA "sip:pia@example.net"
#define ALICE "sip:alice@example.com"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct identity alice = {IDENTITY_DIGEST, {ALICE, NULL}};
static const struct identity both = {IDENTITY_ASSERTED,
				     {"tel:+15551234", ALICE}};
static const struct identity bob = {IDENTITY_DIGEST,
				    {"sip:bob@example.com", NULL}};
static const struct identity eve = {IDENTITY_ASSERTED,
				    {"sip:eve@example.org", NULL}};
static const struct identity *const senders[] = {&alice, &both, &bob, &eve,
						 NULL};

static struct permission row_of(int64_t id, const char *sender,
				const char *target, enum permission_state state)
{
	return (struct permission){.id = id,
				   .sender = sender,
				   .target = target,
				   .recipient = OMAR,
				   .state = state};
}

static struct decision decide(const struct identity *sender,
			      const struct permission *rows, size_t n)
{
	struct facts facts = {sender, LIST, OMAR, NOW,
			      kinds_only(KIND_MESSAGE)};
	struct decision decision = consent_decide(&facts, rows, n);

	ck_assert_ptr_nonnull(decision.rule);
	if (decision.verdict != VERDICT_MISSING)
		ck_assert_ptr_nonnull(decision.row);
	return decision;
}

START_TEST(without_rows_nobody_may)
{
	for (size_t i = 0; i < COUNT(senders); i++) {
		struct decision d = decide(senders[i], NULL, 0);

		ck_assert_int_eq(d.verdict, VERDICT_MISSING);
		ck_assert_ptr_null(d.row);
	}
}
END_TEST

START_TEST(only_granted_lets_out)
{
	for (int s = 0; s < PERMISSION_STATES; s++) {
		struct permission row =
			row_of(7, ALICE, LIST, (enum permission_state)s);
		struct decision d = decide(&alice, &row, 1);

		ck_assert_int_eq(d.verdict == VERDICT_GRANTED,
				 s == PERMISSION_GRANTED);
		ck_assert_int_eq(d.verdict == VERDICT_DENIED,
				 s == PERMISSION_DENIED);
		ck_assert_ptr_eq(d.row, &row); /* explain can say why */
	}
}
END_TEST

START_TEST(the_sentence_tells_whose_word_it_was)
{
	struct permission row = row_of(7, ALICE, LIST, PERMISSION_DENIED);

	ck_assert_str_eq(decide(&alice, &row, 1).rule,
			 "the recipient denied it (RFC 5360 section 5.8)");
	row.origin = ORIGIN_ADMIN;
	ck_assert_str_eq(decide(&alice, &row, 1).rule,
			 "an operator denied it (RFC 5360 section 4.1)");
	row.state = PERMISSION_GRANTED;
	ck_assert_str_eq(decide(&alice, &row, 1).rule,
			 "permission is on record (RFC 5360 section 4.1)");
	row.origin = ORIGIN_RECIPIENT;
	ck_assert_str_eq(decide(&alice, &row, 1).rule,
			 "the recipient granted it (RFC 5360 section 4.1)");
	row.state = PERMISSION_STATES; /* a state that is none */
	ck_assert_int_eq(decide(&alice, &row, 1).verdict, VERDICT_MISSING);
}
END_TEST

START_TEST(a_wide_deny_beats_a_narrow_grant_in_any_order)
{
	struct permission rows[] = {
		row_of(1, ALICE, LIST, PERMISSION_GRANTED),
		row_of(2, "anonymous", "*", PERMISSION_DENIED),
		row_of(3, "*", LIST, PERMISSION_GRANTED),
	};
	static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					 {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

	for (size_t i = 0; i < 6; i++) {
		struct permission p[3];
		struct decision d;

		for (size_t j = 0; j < 3; j++)
			p[j] = rows[orders[i][j]];
		d = decide(&alice, p, 3);
		ck_assert_int_eq(d.verdict, VERDICT_DENIED);
		ck_assert_int_eq(d.row->id, 2);
	}
}
END_TEST

START_TEST(the_narrowest_then_the_oldest_is_named)
{
	struct permission rows[] = {
		row_of(1, "anonymous", "*", PERMISSION_GRANTED),
		row_of(2, "*", LIST, PERMISSION_GRANTED),
		row_of(3, "*@example.com", LIST, PERMISSION_GRANTED),
		row_of(5, ALICE, "*", PERMISSION_GRANTED),
		row_of(9, ALICE, LIST, PERMISSION_GRANTED),
		row_of(8, ALICE, LIST, PERMISSION_GRANTED),
	};
	static const int64_t named[] = {1, 2, 3, 5, 9, 8};

	for (size_t n = 1; n <= COUNT(rows); n++)
		ck_assert_int_eq(decide(&alice, rows, n).row->id, named[n - 1]);
}
END_TEST

START_TEST(an_open_row_never_hides_a_grant)
{
	struct permission rows[] = {
		row_of(1, ALICE, LIST, PERMISSION_WAITING),
		row_of(2, "*", "*", PERMISSION_GRANTED),
	};

	ck_assert_int_eq(decide(&alice, rows, 2).row->id, 2);
	ck_assert_int_eq(decide(&alice, rows, 1).row->id, 1);
}
END_TEST

/* ---- the full product of single rows, against the rules told anew --- */

static const char *const scopes[] = {ALICE, "*@example.com", "*", "anonymous",
				     "sip:mallory@example.com"};
static const char *const targets[] = {LIST, "*", OTHER};
static const char *const recipients[] = {OMAR, PIA};
static const int64_t ends[] = {0, NOW - 1, NOW, NOW + 1};

/** Which of scopes[] covers which of senders[]. */
static const bool covers[COUNT(scopes)][COUNT(senders)] = {
	{true, true, false, false, false}, /* Alice */
	{true, true, true, false, false},  /* her domain */
	{true, true, true, true, false},   /* the authenticated */
	{true, true, true, true, true},	   /* everybody */
	{false, false, false, false, false},
};

struct place {
	size_t scope, target, recipient, state, origin, end;
};

static struct permission row_at(const struct place *p)
{
	return (struct permission){.id = 1,
				   .sender = scopes[p->scope],
				   .target = targets[p->target],
				   .recipient = recipients[p->recipient],
				   .state = (enum permission_state)p->state,
				   .origin = (enum permission_origin)p->origin,
				   .expires_at = ends[p->end]};
}

static enum verdict expected(const struct place *p, size_t sender)
{
	bool over = ends[p->end] == NOW - 1 || ends[p->end] == NOW;
	bool own_deny =
		p->state == PERMISSION_DENIED && p->origin == ORIGIN_RECIPIENT;

	if (!covers[p->scope][sender] || targets[p->target] == targets[2] ||
	    recipients[p->recipient] == recipients[1])
		return VERDICT_MISSING;
	if (over && !own_deny)
		return VERDICT_MISSING;
	if (p->state == PERMISSION_DENIED)
		return VERDICT_DENIED;
	return p->state == PERMISSION_GRANTED ? VERDICT_GRANTED
					      : VERDICT_MISSING;
}

/** Write number @p i of all places in mixed base; false past the last. */
static bool place_at(size_t i, struct place *ret)
{
	ret->scope = i % COUNT(scopes);
	i /= COUNT(scopes);
	ret->target = i % COUNT(targets);
	i /= COUNT(targets);
	ret->recipient = i % COUNT(recipients);
	i /= COUNT(recipients);
	ret->end = i % COUNT(ends);
	i /= COUNT(ends);
	ret->origin = i % ORIGINS;
	i /= ORIGINS;
	ret->state = i % PERMISSION_STATES;
	return i / PERMISSION_STATES == 0;
}

START_TEST(every_single_row)
{
	struct place place;

	for (size_t i = 0; place_at(i, &place); i++) {
		struct permission row = row_at(&place);

		for (size_t s = 0; s < COUNT(senders); s++)
			ck_assert_int_eq(decide(senders[s], &row, 1).verdict,
					 expected(&place, s));
	}
}
END_TEST

/** Two rows together say no more than the stronger of the two alone. */
static void check_pair(const struct place *a, const struct place *b, size_t s)
{
	struct permission rows[] = {row_at(a), row_at(b), row_at(a)};
	enum verdict one = expected(a, s), two = expected(b, s);
	enum verdict both_say = VERDICT_MISSING;

	if (one == VERDICT_DENIED || two == VERDICT_DENIED)
		both_say = VERDICT_DENIED;
	else if (one == VERDICT_GRANTED || two == VERDICT_GRANTED)
		both_say = VERDICT_GRANTED;
	ck_assert_int_eq(decide(senders[s], rows, 2).verdict, both_say);
	ck_assert_int_eq(decide(senders[s], rows + 1, 2).verdict, both_say);
}

START_TEST(every_pair_of_rows)
{
	struct place a, b;

	for (size_t i = 0; place_at(i, &a); i++) {
		/* every row, beside a spread of all the others */
		for (size_t j = i % 7; place_at(j, &b); j += 7)
			check_pair(&a, &b, (i + j) % COUNT(senders));
	}
}
END_TEST

START_TEST(verdicts_have_names)
{
	ck_assert_str_eq(verdict_name(VERDICT_MISSING), "missing");
	ck_assert_str_eq(verdict_name(VERDICT_DENIED), "denied");
	ck_assert_str_eq(verdict_name(VERDICT_GRANTED), "granted");
	ck_assert_str_eq(verdict_name((enum verdict)9), "unknown");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("consent");
	TCase *cases = tcase_create("rules");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, without_rows_nobody_may);
	tcase_add_test(cases, only_granted_lets_out);
	tcase_add_test(cases, the_sentence_tells_whose_word_it_was);
	tcase_add_test(cases, a_wide_deny_beats_a_narrow_grant_in_any_order);
	tcase_add_test(cases, the_narrowest_then_the_oldest_is_named);
	tcase_add_test(cases, an_open_row_never_hides_a_grant);
	tcase_add_test(cases, every_single_row);
	tcase_add_test(cases, every_pair_of_rows);
	tcase_add_test(cases, verdicts_have_names);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
