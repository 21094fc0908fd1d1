/* Whose request it is: rows 1 to 9 of the table for what came in (RFC 3325
 * sections 5 and 6, RFC 5876 sections 4.2 to 4.4), and which values count. */
#include <check.h>

#include "tests/unit/trust_help.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOBODY IDENTITY_IN_NOBODY
#define ASSERTED IDENTITY_IN_ASSERTED
#define OWN IDENTITY_IN_OWN
#define PREFERRED IDENTITY_IN_PREFERRED

struct request_case {
	const char *says;
	enum trust_side from;
	const char *method;
	int is_secure, is_asserted, is_authenticated, prefers_own;
	enum identity_in is;
};

/* clang-format off */
static const struct request_case requests[] = {
	/* row, from, method, TLS, PAI, digest, PPI of an own identity */
	{ "1: a member asserts: that counts as if we had authenticated them",
	  INSIDE, "MESSAGE", 0, 1, 0, 0, ASSERTED },
	{ "1: also beside credentials for us", INSIDE, "MESSAGE", 0, 1, 1, 0,
	  ASSERTED },
	{ "2: a member asserts nothing, and digest is right", INSIDE, "MESSAGE",
	  0, 0, 1, 0, OWN },
	{ "3: a member asserts nothing: nobody", INSIDE, "MESSAGE", 0, 0, 0, 0,
	  NOBODY },
	{ "4: outside, what it asserts is replaced by whom we authenticated",
	  OUTSIDE, "MESSAGE", 0, 1, 1, 0, OWN },
	{ "4: also over TLS", OUTSIDE, "INVITE", 1, 1, 1, 0, OWN },
	{ "5: outside, and we know nobody: removed", OUTSIDE, "MESSAGE", 0, 1,
	  0, 0, NOBODY },
	{ "5: TLS alone makes no member", OUTSIDE, "INVITE", 1, 1, 0, 0,
	  NOBODY },
	{ "6: a preferred identity that is the user's is a hint", OUTSIDE,
	  "MESSAGE", 0, 0, 1, 1, PREFERRED },
	{ "6: also beside an assertion of just anybody", OUTSIDE, "MESSAGE", 0,
	  1, 1, 1, PREFERRED },
	{ "7: a preferred identity of somebody else: our own choice", OUTSIDE,
	  "MESSAGE", 0, 0, 1, 0, OWN },
	{ "7: a preference proves nothing", OUTSIDE, "MESSAGE", 0, 0, 0, 1,
	  NOBODY },
	{ "8: from a member the assertion counts, not the preference", INSIDE,
	  "MESSAGE", 0, 1, 0, 1, ASSERTED },
	{ "8: a member's preference alone names nobody", INSIDE, "MESSAGE", 0,
	  0, 0, 1, NOBODY },
	{ "9: REGISTER of a member", INSIDE, "REGISTER", 1, 1, 0, 0, ASSERTED },
	{ "9: RFC 5876 asks for a member, who is known as the operator says",
	  INSIDE, "REGISTER", 0, 1, 0, 0, ASSERTED },
	{ "9: draft-06: only over a secure transport", DRAFT, "REGISTER", 0, 1,
	  0, 0, NOBODY },
	{ "9: draft-06: over TLS", DRAFT, "REGISTER", 1, 1, 0, 0, ASSERTED },
	{ "9: REGISTER from outside", OUTSIDE, "REGISTER", 1, 1, 0, 0, NOBODY },
	{ "any method: INVITE", INSIDE, "INVITE", 0, 1, 0, 0, ASSERTED },
	{ "any method: UPDATE", INSIDE, "UPDATE", 0, 1, 0, 0, ASSERTED },
	{ "any method: PUBLISH", INSIDE, "PUBLISH", 0, 1, 0, 0, ASSERTED },
	{ "any method: SUBSCRIBE", INSIDE, "SUBSCRIBE", 0, 1, 0, 0, ASSERTED },
	{ "any method: BYE", INSIDE, "BYE", 0, 1, 0, 0, ASSERTED },
	{ "any method: one that nobody knows", INSIDE, "JUMP", 0, 1, 0, 0,
	  ASSERTED },
	{ "but ACK", INSIDE, "ACK", 1, 1, 0, 0, NOBODY },
	{ "and CANCEL", INSIDE, "CANCEL", 1, 1, 0, 0, NOBODY },
	{ "draft-06: in ACK, too", DRAFT, "ACK", 0, 1, 0, 0, ASSERTED },
	{ "draft-06: and in CANCEL", DRAFT, "CANCEL", 0, 1, 0, 0, ASSERTED },
	{ "a method is written in capitals", INSIDE, "ack", 0, 1, 0, 0,
	  ASSERTED },
	{ "no method: nobody", INSIDE, NULL, 1, 1, 0, 0, NOBODY },
	{ "who knows RFC 3325 only looks after all messages", OLD, "MESSAGE", 0,
	  1, 0, 0, ASSERTED },
	{ "a member that is told, but not believed", LISTENER, "MESSAGE", 1, 1,
	  0, 0, NOBODY },
	{ "a member that is believed, but not told", SPEAKER, "MESSAGE", 0, 1,
	  0, 0, ASSERTED },
	{ "a proxy of ours that does not count us in", UPSTREAM, "MESSAGE", 0,
	  1, 0, 0, ASSERTED },
	{ "one who keeps no rules", BYSTANDER, "MESSAGE", 1, 1, 0, 0, NOBODY },
	{ "whose users may authenticate themselves", BYSTANDER, "MESSAGE", 1, 1,
	  1, 0, OWN },
};

struct values_case {
	const char *says;
	enum uri_scheme schemes[5];
	size_t n;
	const char *counts; /**< 'y' or 'n' for each */
};
static const struct values_case values[] = {
	{ "one sip", { URI_SIP }, 1, "y" },
	{ "one sips", { URI_SIPS }, 1, "y" },
	{ "one tel", { URI_TEL }, 1, "y" },
	{ "sip and tel", { URI_SIP, URI_TEL }, 2, "yy" },
	{ "tel and sips", { URI_TEL, URI_SIPS }, 2, "yy" },
	{ "a second sip", { URI_SIP, URI_SIP }, 2, "yn" },
	{ "a second sips", { URI_SIPS, URI_SIPS }, 2, "yn" },
	{ "a second tel", { URI_TEL, URI_TEL }, 2, "yn" },
	{ "sip after sips", { URI_SIPS, URI_SIP }, 2, "yn" },
	{ "sips after sip", { URI_SIP, URI_SIPS }, 2, "yn" },
	{ "another scheme", { URI_OTHER }, 1, "n" },
	{ "what is ignored takes nobody's place",
	  { URI_OTHER, URI_SIP, URI_OTHER, URI_TEL, URI_SIPS }, 5, "nynyn" },
	{ "nor does a second one", { URI_TEL, URI_TEL, URI_SIP }, 3, "yny" },
};
/* clang-format on */

START_TEST(whose_request_it_is)
{
	const struct request_case *c = &requests[_i];
	const struct trust_arrival request = {
		.from = trust_side(c->from, false),
		.method = c->method,
		.is_secure = c->is_secure,
		.is_asserted = c->is_asserted,
		.is_authenticated = c->is_authenticated,
		.prefers_own = c->prefers_own};

	ck_assert_msg(trust_request_in(&request) == c->is, "%s", c->says);
}
END_TEST

START_TEST(which_values_count)
{
	const struct values_case *c = &values[_i];
	struct trust_values before = {false, false};

	ck_assert_uint_eq(strlen(c->counts), c->n);
	for (size_t i = 0; i < c->n; i++)
		ck_assert_msg(trust_value_counts(&before, c->schemes[i]) ==
				      (c->counts[i] == 'y'),
			      "%s: %zu", c->says, i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trust_request");
	TCase *cases = tcase_create("rules");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_loop_test(cases, whose_request_it_is, 0, COUNT(requests));
	tcase_add_loop_test(cases, which_values_count, 0, COUNT(values));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
