/* Who is covered by a permission: RFC 5361 section 3. */
#include "policies/match.h"

#include <check.h>

static const struct identity alice = {IDENTITY_DIGEST,
				      {"sip:alice@example.com", NULL}};
static const struct identity asserted = {
	IDENTITY_ASSERTED, {"sip:alice@example.com", "tel:+15551234"}};
static const struct identity caller = {IDENTITY_ASSERTED,
				       {"tel:+15551234", NULL}};
static const struct identity second = {IDENTITY_ASSERTED,
				       {NULL, "sip:alice@example.com"}};
static const struct identity claimed = {IDENTITY_NONE,
					{"sip:alice@example.com", NULL}};
static const struct identity nameless = {IDENTITY_DIGEST, {NULL, NULL}};
static const struct identity ported = {IDENTITY_DIGEST,
				       {"sip:alice@example.com:5070", NULL}};

struct sender_case {
	const char *says;
	const char *scope;
	const struct identity *sender;
	bool covered;
};

/* clang-format off */
static const struct sender_case senders[] = {
	{ "the one that is named", "sip:alice@example.com", &alice, true },
	{ "another user is another sender", "sip:bob@example.com", &alice,
	  false },
	{ "user parts keep their case", "sip:Alice@example.com", &alice,
	  false },
	{ "a prefix is not the name", "sip:alice@example.co", &alice, false },
	{ "a longer name is not the name", "sip:alice@example.com.evil.org",
	  &alice, false },
	{ "asserted: the sip URI counts", "sip:alice@example.com", &asserted,
	  true },
	{ "asserted: the tel URI counts too", "tel:+15551234", &asserted,
	  true },
	{ "asserted: only the second is there", "sip:alice@example.com",
	  &second, true },
	{ "asserted: neither", "tel:+15550000", &asserted, false },
	{ "his domain", "*@example.com", &alice, true },
	{ "a domain is compared without case", "*@Example.COM", &alice, true },
	{ "a port of its own is another place", "*@example.com", &ported,
	  false },
	{ "another domain", "*@example.org", &alice, false },
	{ "the domain above is another domain", "*@com", &alice, false },
	{ "a domain below is another domain", "*@sub.example.com", &alice,
	  false },
	{ "a longer label is another domain", "*@xample.com", &alice, false },
	{ "a telephone number has no domain", "*@example.com", &caller,
	  false },
	{ "any authenticated sender", "*", &alice, true },
	{ "any authenticated sender, by telephone", "*", &caller, true },
	{ "anybody: an authenticated one too", "anonymous", &alice, true },
	{ "anybody: a stranger", "anonymous", NULL, true },
	{ "anybody: a claim that was not proved", "anonymous", &claimed,
	  true },
	{ "a stranger is no named sender", "sip:alice@example.com", NULL,
	  false },
	{ "a stranger is of no domain", "*@example.com", NULL, false },
	{ "a stranger is not authenticated", "*", NULL, false },
	{ "a claim is no proof: named", "sip:alice@example.com", &claimed,
	  false },
	{ "a claim is no proof: domain", "*@example.com", &claimed, false },
	{ "a claim is no proof: any", "*", &claimed, false },
	{ "proved to be nobody in particular is nobody", "*", &nameless,
	  false },
	{ "no scope covers nobody", "", &alice, false },
	{ "no scope at all", NULL, &alice, false },
	{ "a wildcard elsewhere is no scope", "sip:*@example.com", &alice,
	  false },
	{ "two wildcards are no scope", "*@*", &alice, false },
	{ "a domain must be named", "*@", &alice, false },
	{ "sips is not the canonical form", "sips:alice@example.com", &alice,
	  false },
	{ "the word is anonymous, exactly", "Anonymous", NULL, false },
};

struct kind_case {
	const char *scope;
	enum scope_kind kind;
};
static const struct kind_case kinds[] = {
	{ "sip:alice@example.com", SCOPE_ONE },
	{ "tel:+15551234", SCOPE_ONE },
	{ "*@example.com", SCOPE_DOMAIN },
	{ "*", SCOPE_MANY },
	{ "anonymous", SCOPE_ANYBODY },
	{ NULL, SCOPE_INVALID },
	{ "", SCOPE_INVALID },
	{ "**", SCOPE_INVALID },
	{ "*@", SCOPE_INVALID },
	{ "*@*.example.com", SCOPE_INVALID },
	{ "*@a@b", SCOPE_INVALID },
	{ "sip:", SCOPE_INVALID },
	{ "SIP:alice@example.com", SCOPE_INVALID },
	{ "http://example.com", SCOPE_INVALID },
	{ "alice@example.com", SCOPE_INVALID },
};

#define LIST "sip:list@relay.example"
#define OMAR "sip:omar@example.org"
struct row_case {
	const char *says;
	const char *sender, *target, *recipient; /**< of the row */
	bool covered;
};
static const struct row_case rows[] = {
	{ "all three fit", "*", LIST, OMAR, true },
	{ "any target", "*", "*", OMAR, true },
	{ "another target", "*", "sip:other@relay.example", OMAR, false },
	{ "another recipient", "*", LIST, "sip:pia@example.net", false },
	{ "another sender", "sip:bob@example.com", LIST, OMAR, false },
	{ "a recipient is never wild", "*", LIST, "*", false },
	{ "a recipient is no domain", "*", LIST, "*@example.org", false },
	{ "any target of its domain", "*", "*@relay.example", OMAR, true },
	{ "any target of another domain", "*", "*@b.example", OMAR, false },
	{ "of one that ends alike", "*", "*@example", OMAR, false },
	{ "a row without a recipient covers nobody", "*", LIST, NULL, false },
	{ "a row without a target covers nothing", "*", NULL, OMAR, false },
};
/* clang-format on */

START_TEST(a_scope_covers_a_sender)
{
	const struct sender_case *c = &senders[_i];

	ck_assert_msg(match_sender(c->scope, c->sender) == c->covered, "%s",
		      c->says);
}
END_TEST

START_TEST(a_scope_has_a_form)
{
	ck_assert_int_eq(scope_kind(kinds[_i].scope), kinds[_i].kind);
}
END_TEST

START_TEST(a_row_covers_the_facts)
{
	const struct row_case *c = &rows[_i];
	struct facts facts = {&alice, LIST, OMAR, 1000,
			      kinds_only(KIND_MESSAGE)};
	struct permission row = {.sender = c->sender,
				 .target = c->target,
				 .recipient = c->recipient};

	ck_assert_msg(match_permission(&row, &facts) == c->covered, "%s",
		      c->says);
}
END_TEST

START_TEST(unknown_facts_match_nothing_named)
{
	struct permission row = {
		.sender = "*", .target = LIST, .recipient = OMAR};
	struct facts no_target = {&alice, NULL, OMAR, 1000,
				  kinds_only(KIND_MESSAGE)};
	struct facts no_recipient = {&alice, LIST, NULL, 1000,
				     kinds_only(KIND_MESSAGE)};

	ck_assert(!match_permission(&row, &no_target));
	ck_assert(!match_permission(&row, &no_recipient));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("match");
	TCase *cases = tcase_create("rules");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_loop_test(cases, a_scope_covers_a_sender, 0,
			    sizeof(senders) / sizeof(senders[0]));
	tcase_add_loop_test(cases, a_scope_has_a_form, 0,
			    sizeof(kinds) / sizeof(kinds[0]));
	tcase_add_loop_test(cases, a_row_covers_the_facts, 0,
			    sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(cases, unknown_facts_match_nothing_named);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
