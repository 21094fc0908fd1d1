/* Asserted identities in responses: none (RFC 5876), or by the roles of
 * draft-ietf-sipping-update-pai-06 where the operator wants it. */
#include <check.h>

#include "tests/unit/trust_help.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct arrived_case {
	const char *says;
	enum trust_side from;
	int is_in_responses; /**< asserted-identity-in-responses */
	int is_asserted, is_authenticated, prefers_own;
	enum identity_in is;
};
struct sent_case {
	const char *says;
	enum trust_side to;
	int is_in_responses;
	enum identity_out is;
	const char *method; /**< NULL: INVITE */
	unsigned privacy;
};
struct passed_case {
	const char *says;
	enum trust_side from, to;
	unsigned privacy;
	int is_authenticated, tells_outside;
	bool passes;
};

/* clang-format off */
static const struct arrived_case arrived[] = {
	{ "a member's is not used: RFC 5876 gives it no meaning", INSIDE, 0, 1,
	  0, 0, IDENTITY_IN_NOBODY },
	{ "nor under draft-06 without the setting", DRAFT, 0, 1, 0, 0,
	  IDENTITY_IN_NOBODY },
	{ "UAC: a member's counts where the operator wants it", INSIDE, 1, 1, 0,
	  0, IDENTITY_IN_ASSERTED },
	{ "UAC: under draft-06 alike", DRAFT, 1, 1, 0, 0,
	  IDENTITY_IN_ASSERTED },
	{ "UAC: from outside it is not used in any way", OUTSIDE, 1, 1, 0, 0,
	  IDENTITY_IN_NOBODY },
	{ "UAC: nor of one who is told, and not believed", LISTENER, 1, 1, 0, 0,
	  IDENTITY_IN_NOBODY },
	{ "UAC: nor of one who keeps no rules", BYSTANDER, 1, 1, 0, 0,
	  IDENTITY_IN_NOBODY },
	{ "UAC: none there, nobody", INSIDE, 1, 0, 0, 0, IDENTITY_IN_NOBODY },
	{ "PPI of one whom we did not authenticate says nothing", INSIDE, 1, 0,
	  0, 1, IDENTITY_IN_NOBODY },
	{ "PPI of one whom we did is a hint", OUTSIDE, 1, 0, 1, 1,
	  IDENTITY_IN_PREFERRED },
	{ "PPI of somebody else's identity is none", OUTSIDE, 1, 1, 1, 0,
	  IDENTITY_IN_OWN },
};
static const struct sent_case sent[] = {
	{ "none to a member: RFC 5876", INSIDE, 0, IDENTITY_OUT_WITHHELD, NULL, 0 },
	{ "none under draft-06 without the setting", DRAFT, 0,
	  IDENTITY_OUT_WITHHELD, NULL, 0 },
	{ "none to outside", OUTSIDE, 1, IDENTITY_OUT_WITHHELD, NULL, 0 },
	{ "UAS: to a member where the operator wants it", INSIDE, 1,
	  IDENTITY_OUT_ASSERTED, NULL, 0 },
	{ "UAS: under draft-06 alike", DRAFT, 1, IDENTITY_OUT_ASSERTED, NULL, 0 },
	{ "UAS: to one that is told, and not believed", LISTENER, 1,
	  IDENTITY_OUT_ASSERTED, NULL, 0 },
	{ "UAS: to one that is believed, and not told: none", SPEAKER, 1,
	  IDENTITY_OUT_WITHHELD, NULL, 0 },
	{ "UAS: PPI to a proxy that does not count us in", UPSTREAM, 1,
	  IDENTITY_OUT_PREFERRED, NULL, 0 },
	{ "UAS: none to one who keeps no rules", BYSTANDER, 1,
	  IDENTITY_OUT_WITHHELD, NULL, 0 },
	{ "UAS: with id, which goes with it", INSIDE, 1, IDENTITY_OUT_ASSERTED,
	  "UPDATE", PRIVACY_ID },
	{ "UAS: RFC 3325 only: an UPDATE with id would leave its domain", OLD,
	  1, IDENTITY_OUT_WITHHELD, "UPDATE", PRIVACY_ID },
	{ "UAS: RFC 3325 only: in the methods that it names", OLD, 1,
	  IDENTITY_OUT_ASSERTED, "BYE", PRIVACY_ID },
	{ "UAS: to outside neither, though who answers wants it", OUTSIDE, 1,
	  IDENTITY_OUT_WITHHELD, "INVITE", PRIVACY_NONE },
};
static const struct passed_case passed[] = {
	{ "proxy: from a member to a member", DRAFT, DRAFT, 0, 0, 0, true },
	{ "proxy: also with id, which goes with it", DRAFT, INSIDE, PRIVACY_ID,
	  0, 0, true },
	{ "proxy: from a member to outside, id", DRAFT, OUTSIDE, PRIVACY_ID, 0,
	  1, false },
	{ "proxy: any other wish", DRAFT, OUTSIDE, PRIVACY_USER, 0, 1, false },
	{ "proxy: nothing said, and the operator does not", DRAFT, OUTSIDE, 0,
	  0, 0, false },
	{ "proxy: nothing said, and the operator lets it", DRAFT, OUTSIDE, 0, 0,
	  1, true },
	{ "proxy: none: who answers wants it told", DRAFT, OUTSIDE,
	  PRIVACY_NONE, 0, 0, true },
	{ "proxy: from outside to a member: it is not to be believed", OUTSIDE,
	  INSIDE, 0, 0, 1, false },
	{ "proxy: from outside to outside neither", OUTSIDE, OUTSIDE,
	  PRIVACY_NONE, 0, 1, false },
	{ "proxy: who answers was authenticated by some means", OUTSIDE, INSIDE,
	  0, 1, 0, true },
	{ "proxy: from one who is not believed", LISTENER, INSIDE, 0, 0, 0,
	  false },
	{ "proxy: to one who is not told", INSIDE, SPEAKER, 0, 0, 0, false },
};
/* clang-format on */

START_TEST(who_answered)
{
	const struct arrived_case *c = &arrived[_i];
	const struct trust_arrival response = {
		.from = trust_side(c->from, c->is_in_responses),
		.method = "INVITE",
		.is_asserted = c->is_asserted,
		.is_authenticated = c->is_authenticated,
		.prefers_own = c->prefers_own};

	ck_assert_msg(trust_response_in(&response) == c->is, "%s", c->says);
}
END_TEST

START_TEST(who_we_say_we_are)
{
	const struct sent_case *c = &sent[_i];

	const struct trust_departure response = {
		.to = trust_side(c->to, c->is_in_responses),
		.method = c->method ? c->method : "INVITE",
		.privacy = c->privacy,
		.tells_outside = 1};

	ck_assert_msg(trust_response_out(&response) == c->is, "%s", c->says);
}
END_TEST

START_TEST(what_passes_on)
{
	const struct passed_case *c = &passed[_i];
	struct trust_passage response = {.from = trust_side(c->from, true),
					 .to = trust_side(c->to, true),
					 .privacy = c->privacy,
					 .is_authenticated =
						 c->is_authenticated,
					 .tells_outside = c->tells_outside};

	ck_assert_msg(trust_response_passes(&response) == c->passes, "%s",
		      c->says);
	/* RFC 5876: nothing passes inside where the setting is off. */
	response.from = trust_side(c->from, false);
	response.is_authenticated = 0;
	ck_assert_msg(!trust_response_passes(&response), "%s", c->says);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trust_response");
	TCase *cases = tcase_create("rules");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_loop_test(cases, who_answered, 0, COUNT(arrived));
	tcase_add_loop_test(cases, who_we_say_we_are, 0, COUNT(sent));
	tcase_add_loop_test(cases, what_passes_on, 0, COUNT(passed));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
