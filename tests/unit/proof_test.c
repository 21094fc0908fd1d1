/*
 * Who may answer a question: RFC 5360 section 5.6.1 as a table of cases.
 */
#include "policies/proof.h"

#include <check.h>

#define BOB "sip:bob@example.org"
#define EVE "sip:eve@example.org"
#define BOB_TEL "tel:+15551234"

static const struct identity bob = {IDENTITY_DIGEST, {BOB, NULL}};
static const struct identity eve = {IDENTITY_DIGEST, {EVE, NULL}};
static const struct identity bob_asserted = {IDENTITY_ASSERTED, {BOB_TEL, BOB}};
static const struct identity eve_asserted = {IDENTITY_ASSERTED, {EVE, NULL}};
static const struct identity nobody = {IDENTITY_NONE, {NULL, NULL}};
/* An identity that was not proved must not count, whatever it says. */
static const struct identity claims_bob = {IDENTITY_NONE, {BOB, NULL}};

/* Which of the two the peer speaks for. */
#define BY_TEL .vouched = 1 << 0
#define BY_SIP .vouched = 1 << 1
#define CLOSED_NETWORK .any_transport = 1
#define ALL_SECURE .asked_securely = 1, .replied_securely = 1

static const struct {
	const char *why;
	struct proof_facts facts;
	enum proof_verdict expected;
} cases[] = {
	{"the recipient, by digest, may grant",
	 {.kind = TOKEN_GRANT, .sender = &bob},
	 PROOF_GIVEN},
	{"the recipient, asserted by a peer, may grant: any one value is "
	 "enough",
	 {.kind = TOKEN_GRANT, .sender = &bob_asserted, BY_SIP},
	 PROOF_GIVEN},
	{"but not by a peer that does not speak for that domain",
	 {.kind = TOKEN_GRANT, .sender = &bob_asserted, BY_TEL},
	 PROOF_MISSING},
	{"whose word takes nothing from a proof by the token",
	 {.kind = TOKEN_GRANT, .sender = &bob_asserted, BY_TEL, ALL_SECURE},
	 PROOF_GIVEN},
	{"and it does for a deny",
	 {.kind = TOKEN_DENY, .sender = &bob_asserted},
	 PROOF_GIVEN},
	{"on a question's page a no needs its token alone",
	 {.kind = TOKEN_PAGE, .answer = CONSENT_NO, .sender = NULL},
	 PROOF_GIVEN},
	{"a no to everything, too",
	 {.kind = TOKEN_PAGE, .answer = CONSENT_STOP, .sender = NULL},
	 PROOF_GIVEN},
	{"a yes there needs what a grant needs",
	 {.kind = TOKEN_PAGE, .answer = CONSENT_YES, .sender = NULL},
	 PROOF_MISSING},
	{"all of the way secured",
	 {.kind = TOKEN_PAGE,
	  .answer = CONSENT_YES,
	  .sender = NULL,
	  ALL_SECURE},
	 PROOF_GIVEN},
	{"and not the way to the page alone",
	 {.kind = TOKEN_PAGE, .answer = CONSENT_YES, .replied_securely = 1},
	 PROOF_MISSING},
	{"or the way of the question alone",
	 {.kind = TOKEN_PAGE, .answer = CONSENT_YES, .asked_securely = 1},
	 PROOF_MISSING},
	{"or a closed network",
	 {.kind = TOKEN_PAGE, .answer = CONSENT_YES, CLOSED_NETWORK},
	 PROOF_GIVEN},
	{"what takes a stop back is as a yes",
	 {.kind = TOKEN_PAGE, .answer = CONSENT_LIFT, .sender = NULL},
	 PROOF_MISSING},
	{"and needs the same",
	 {.kind = TOKEN_PAGE, .answer = CONSENT_LIFT, ALL_SECURE},
	 PROOF_GIVEN},
	{"the question's own token asks again, after a deny as well",
	 {.kind = TOKEN_PAGE, .answer = CONSENT_AGAIN, .after_deny = 1},
	 PROOF_GIVEN},
	{"a word typed in the chat needs what a grant needs",
	 {.kind = TOKEN_CHAT, .answer = CONSENT_YES, .sender = &claims_bob},
	 PROOF_MISSING},
	{"such as its sender, proved",
	 {.kind = TOKEN_CHAT, .answer = CONSENT_YES, .sender = &bob},
	 PROOF_GIVEN},
	{"and nobody else",
	 {.kind = TOKEN_CHAT,
	  .answer = CONSENT_YES,
	  .sender = &eve,
	  ALL_SECURE},
	 PROOF_OF_ANOTHER},
	{"or the whole way secured",
	 {.kind = TOKEN_CHAT, .answer = CONSENT_YES, ALL_SECURE},
	 PROOF_GIVEN},
	{"a typed no needs its token alone",
	 {.kind = TOKEN_CHAT, .answer = CONSENT_NO, .sender = &claims_bob},
	 PROOF_GIVEN},
	{"who signed in says no to what is theirs",
	 {.by_sign_in = 1,
	  .kind = TOKEN_PAGE,
	  .answer = CONSENT_NO,
	  .sender = &bob},
	 PROOF_GIVEN},
	{"in whatever spelling it is recorded",
	 {.by_sign_in = 1,
	  .kind = TOKEN_PAGE,
	  .answer = CONSENT_NO,
	  .sender = &bob,
	  .recipient = "sips:bob@example.org;user=phone"},
	 PROOF_GIVEN},
	{"and to nothing of another",
	 {.by_sign_in = 1,
	  .kind = TOKEN_PAGE,
	  .answer = CONSENT_NO,
	  .sender = &eve},
	 PROOF_OF_ANOTHER},
	{"nor asks for it again",
	 {.by_sign_in = 1,
	  .kind = TOKEN_PAGE,
	  .answer = CONSENT_AGAIN,
	  .sender = &eve},
	 PROOF_OF_ANOTHER},
	{"nor stops everything of theirs",
	 {.by_sign_in = 1,
	  .kind = TOKEN_PAGE,
	  .answer = CONSENT_STOP,
	  .sender = &eve},
	 PROOF_OF_ANOTHER},
	{"they take their own stop back",
	 {.by_sign_in = 1,
	  .kind = TOKEN_PAGE,
	  .answer = CONSENT_LIFT,
	  .sender = &bob},
	 PROOF_GIVEN},
	{"who did not sign in says nothing without a token, however secured",
	 {.by_sign_in = 1,
	  .kind = TOKEN_PAGE,
	  .answer = CONSENT_NO,
	  .sender = &nobody,
	  ALL_SECURE},
	 PROOF_MISSING},
	{"nor in a closed network",
	 {.by_sign_in = 1,
	  .kind = TOKEN_PAGE,
	  .answer = CONSENT_STOP,
	  .sender = NULL,
	  CLOSED_NETWORK},
	 PROOF_MISSING},
	{"the token of a page says nothing by itself",
	 {.kind = TOKEN_PAGE, .sender = &bob, ALL_SECURE},
	 PROOF_MISSING},
	{"nor that of a chat",
	 {.kind = TOKEN_CHAT, .sender = &bob, ALL_SECURE},
	 PROOF_MISSING},
	{"a deny URI takes no other word",
	 {.kind = TOKEN_DENY,
	  .answer = CONSENT_YES,
	  .sender = &bob,
	  ALL_SECURE},
	 PROOF_MISSING},
	{"somebody else is refused, whoever says so",
	 {.kind = TOKEN_GRANT, .sender = &eve_asserted, ALL_SECURE},
	 PROOF_OF_ANOTHER},
	{"after a deny a trigger needs somebody who speaks for them",
	 {.kind = TOKEN_TRIGGER, .sender = &bob_asserted, .after_deny = 1},
	 PROOF_MISSING},
	{"a stranger with the token may not grant",
	 {.kind = TOKEN_GRANT, .sender = &nobody},
	 PROOF_MISSING},
	{"no identity at all is a stranger",
	 {.kind = TOKEN_GRANT, .sender = NULL},
	 PROOF_MISSING},
	{"From alone is no proof",
	 {.kind = TOKEN_GRANT, .sender = &claims_bob},
	 PROOF_MISSING},
	{"somebody else with the token may not grant",
	 {.kind = TOKEN_GRANT, .sender = &eve},
	 PROOF_OF_ANOTHER},
	{"nor somebody else whom a peer asserts",
	 {.kind = TOKEN_GRANT, .sender = &eve_asserted, .vouched = 1},
	 PROOF_OF_ANOTHER},
	{"the token alone does where asked over SIPS and answered over TLS",
	 {.kind = TOKEN_GRANT, .sender = &nobody, ALL_SECURE},
	 PROOF_GIVEN},
	{"asked over SIPS but answered in the clear is not enough",
	 {.kind = TOKEN_GRANT, .sender = &nobody, .asked_securely = 1},
	 PROOF_MISSING},
	{"answered over TLS but asked in the clear is not enough",
	 {.kind = TOKEN_GRANT, .sender = &nobody, .replied_securely = 1},
	 PROOF_MISSING},
	{"the token alone does in a closed network",
	 {.kind = TOKEN_GRANT, .sender = NULL, CLOSED_NETWORK},
	 PROOF_GIVEN},
	{"another's identity is refused even in a closed network",
	 {.kind = TOKEN_GRANT, .sender = &eve, CLOSED_NETWORK},
	 PROOF_OF_ANOTHER},
	{"and even where all is secure",
	 {.kind = TOKEN_GRANT, .sender = &eve, ALL_SECURE},
	 PROOF_OF_ANOTHER},
	{"a deny needs the token only",
	 {.kind = TOKEN_DENY, .sender = NULL},
	 PROOF_GIVEN},
	{"a deny counts whoever sends it: safety first",
	 {.kind = TOKEN_DENY, .sender = &eve},
	 PROOF_GIVEN},
	{"a trigger needs nothing: the question goes to the recipient",
	 {.kind = TOKEN_TRIGGER, .sender = NULL},
	 PROOF_GIVEN},
	{"and nothing from somebody else",
	 {.kind = TOKEN_TRIGGER, .sender = &eve},
	 PROOF_GIVEN},
	{"after a deny it needs a proof",
	 {.kind = TOKEN_TRIGGER, .sender = NULL, .after_deny = 1},
	 PROOF_MISSING},
	{"somebody else gives none",
	 {.kind = TOKEN_TRIGGER,
	  .sender = &eve,
	  CLOSED_NETWORK,
	  .after_deny = 1},
	 PROOF_OF_ANOTHER},
	{"the recipient does",
	 {.kind = TOKEN_TRIGGER, .sender = &bob, .after_deny = 1},
	 PROOF_GIVEN},
	{"and a closed network",
	 {.kind = TOKEN_TRIGGER,
	  .sender = NULL,
	  CLOSED_NETWORK,
	  .after_deny = 1},
	 PROOF_GIVEN},
	{"a kind that does not exist proves nothing",
	 {.kind = TOKEN_KINDS, .sender = &bob, CLOSED_NETWORK, ALL_SECURE},
	 PROOF_MISSING},
};

START_TEST(decides)
{
	struct proof_facts facts = cases[_i].facts;

	facts.recipient = facts.recipient ? facts.recipient : BOB;
	ck_assert_msg(proof_decide(&facts) == cases[_i].expected, "%s",
		      cases[_i].why);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proof");
	TCase *tcase = tcase_create("table");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, decides, 0,
			    sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
