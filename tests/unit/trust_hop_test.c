/* Which next hop is told: rows a to g of the table for what goes out (RFC 3325
 * sections 6 and 7, RFC 5365 section 7.2, RFC 5876 sections 4.1 and 4.5). */
#include <check.h>

#include "tests/unit/trust_help.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define WITHHELD IDENTITY_OUT_WITHHELD
#define ASSERTED IDENTITY_OUT_ASSERTED
#define PREFERRED IDENTITY_OUT_PREFERRED

struct hop_case {
	const char *says;
	enum trust_side to;
	const char *method;
	unsigned privacy;
	int tells_outside;
	enum identity_out is;
};

/* clang-format off */
static const struct hop_case hops[] = {
	{ "a: a member, nothing said", INSIDE, "MESSAGE", 0, 0, ASSERTED },
	{ "a: a member, id", INSIDE, "MESSAGE", PRIVACY_ID, 0, ASSERTED },
	{ "a: a member, all of it", INSIDE, "INVITE",
	  PRIVACY_ID | PRIVACY_USER | PRIVACY_HEADER | PRIVACY_SESSION |
	  PRIVACY_CRITICAL, 0, ASSERTED },
	{ "a: a member, none", INSIDE, "MESSAGE", PRIVACY_NONE, 0, ASSERTED },
	{ "b: outside, id", OUTSIDE, "MESSAGE", PRIVACY_ID, 0, WITHHELD },
	{ "b: id, whatever the operator lets be told", OUTSIDE, "INVITE",
	  PRIVACY_ID, 1, WITHHELD },
	{ "b: id beside others", OUTSIDE, "MESSAGE",
	  PRIVACY_ID | PRIVACY_USER, 1, WITHHELD },
	{ "c: outside, none: the sender wants it told", OUTSIDE, "MESSAGE",
	  PRIVACY_NONE, 0, ASSERTED },
	{ "c: none beside id is contradictory: the stricter", OUTSIDE,
	  "MESSAGE", PRIVACY_NONE | PRIVACY_ID, 1, WITHHELD },
	{ "d: outside, nothing said", OUTSIDE, "MESSAGE", 0, 0, WITHHELD },
	{ "d: unless the operator lets it be told", OUTSIDE, "MESSAGE", 0, 1,
	  ASSERTED },
	{ "e: user alone is a wish for privacy", OUTSIDE, "MESSAGE",
	  PRIVACY_USER, 1, WITHHELD },
	{ "e: header alone", OUTSIDE, "MESSAGE", PRIVACY_HEADER, 1, WITHHELD },
	{ "e: session alone", OUTSIDE, "INVITE", PRIVACY_SESSION, 1, WITHHELD },
	{ "e: history alone", OUTSIDE, "MESSAGE", PRIVACY_HISTORY, 1,
	  WITHHELD },
	{ "e: critical alone", OUTSIDE, "MESSAGE", PRIVACY_CRITICAL, 1,
	  WITHHELD },
	{ "e: a value nobody knows", OUTSIDE, "MESSAGE", PRIVACY_OTHER, 1,
	  WITHHELD },
	{ "f: never in CANCEL", INSIDE, "CANCEL", 0, 0, WITHHELD },
	{ "f: nor in ACK", INSIDE, "ACK", PRIVACY_NONE, 0, WITHHELD },
	{ "f: nor outside", OUTSIDE, "ACK", PRIVACY_NONE, 1, WITHHELD },
	{ "f: draft-06: in ACK to a member", DRAFT, "ACK", 0, 0, ASSERTED },
	{ "f: draft-06: we write it into no CANCEL", DRAFT, "CANCEL", 0, 0,
	  WITHHELD },
	{ "f: a request without a method", INSIDE, NULL, 0, 0, WITHHELD },
	{ "all methods: UPDATE", INSIDE, "UPDATE", 0, 0, ASSERTED },
	{ "all methods: BYE", INSIDE, "BYE", 0, 0, ASSERTED },
	{ "all methods: PUBLISH", INSIDE, "PUBLISH", 0, 0, ASSERTED },
	{ "all methods: NOTIFY", INSIDE, "NOTIFY", 0, 0, ASSERTED },
	{ "RFC 3325 only: MESSAGE with id would leave its domain", OLD,
	  "MESSAGE", PRIVACY_ID, 0, WITHHELD },
	{ "RFC 3325 only: user is a wish to be hidden, too", OLD, "MESSAGE",
	  PRIVACY_USER, 0, WITHHELD },
	{ "RFC 3325 only: PUBLISH with id", OLD, "PUBLISH", PRIVACY_ID, 0,
	  WITHHELD },
	{ "RFC 3325 only: UPDATE with id", OLD, "UPDATE", PRIVACY_ID, 0,
	  WITHHELD },
	{ "RFC 3325 only: REGISTER with id", OLD, "REGISTER", PRIVACY_ID, 0,
	  WITHHELD },
	{ "RFC 3325 only: INFO with id", OLD, "INFO",
	  PRIVACY_ID | PRIVACY_USER, 0, WITHHELD },
	{ "RFC 3325 only: PRACK with id", OLD, "PRACK", PRIVACY_ID, 0,
	  WITHHELD },
	{ "RFC 3325 only: INVITE with id", OLD, "INVITE", PRIVACY_ID, 0,
	  ASSERTED },
	{ "RFC 3325 only: BYE with id", OLD, "BYE", PRIVACY_ID, 0, ASSERTED },
	{ "RFC 3325 only: OPTIONS with id", OLD, "OPTIONS", PRIVACY_ID, 0,
	  ASSERTED },
	{ "RFC 3325 only: SUBSCRIBE with id", OLD, "SUBSCRIBE", PRIVACY_ID, 0,
	  ASSERTED },
	{ "RFC 3325 only: NOTIFY with id", OLD, "NOTIFY", PRIVACY_ID, 0,
	  ASSERTED },
	{ "RFC 3325 only: REFER with id", OLD, "REFER", PRIVACY_ID, 0,
	  ASSERTED },
	{ "RFC 3325 only: MESSAGE without id", OLD, "MESSAGE", 0, 0, ASSERTED },
	{ "RFC 3325 only: MESSAGE with none", OLD, "MESSAGE", PRIVACY_NONE, 0,
	  ASSERTED },
	{ "a member that is told, but not believed", LISTENER, "MESSAGE",
	  PRIVACY_ID, 0, ASSERTED },
	{ "one that is believed, but not told, is outside", SPEAKER, "MESSAGE",
	  0, 0, WITHHELD },
	{ "and hears what those outside do", SPEAKER, "MESSAGE", PRIVACY_NONE,
	  0, ASSERTED },
	{ "a proxy that does not count us in gets a preference", UPSTREAM,
	  "MESSAGE", 0, 0, PREFERRED },
	{ "and the sender's privacy with it, to keep", UPSTREAM, "MESSAGE",
	  PRIVACY_ID, 0, PREFERRED },
	{ "not both where the sender wants to be told", UPSTREAM, "MESSAGE",
	  PRIVACY_NONE, 1, PREFERRED },
	{ "no preference in CANCEL", UPSTREAM, "CANCEL", 0, 0, WITHHELD },
	{ "one who keeps no rules is outside", BYSTANDER, "MESSAGE", 0, 0,
	  WITHHELD },
	{ "also with id", BYSTANDER, "MESSAGE", PRIVACY_ID, 1, WITHHELD },
	{ "and hears what those outside do", BYSTANDER, "MESSAGE",
	  PRIVACY_NONE, 0, ASSERTED },
};
/* clang-format on */

START_TEST(who_is_told)
{
	const struct hop_case *c = &hops[_i];
	const struct trust_departure request = {.to = trust_side(c->to, false),
						.method = c->method,
						.privacy = c->privacy,
						.tells_outside =
							c->tells_outside};

	ck_assert_msg(trust_request_out(&request) == c->is, "%s", c->says);
}
END_TEST

/* To anybody outside, by any method, whatever the setting: what asks for any
 * privacy at all is told nothing. */
START_TEST(a_wish_for_privacy_is_kept_outside)
{
	static const char *const methods[] = {"MESSAGE", "INVITE", "ACK",
					      "UPDATE",	 "BYE",	   "PUBLISH"};

	for (unsigned privacy = 1; privacy < 2 * PRIVACY_OTHER; privacy++) {
		for (size_t i = 0; i < COUNT(methods); i++) {
			const struct trust_departure request = {
				.method = methods[i],
				.privacy = privacy,
				.tells_outside = 1};

			if (privacy != PRIVACY_NONE)
				ck_assert_int_eq(trust_request_out(&request),
						 WITHHELD);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trust_hop");
	TCase *cases = tcase_create("rules");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_loop_test(cases, who_is_told, 0, COUNT(hops));
	tcase_add_test(cases, a_wish_for_privacy_is_kept_outside);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
