/* Whose turn it is to offer: RFC 3264 section 4, RFC 6337 section 2. */
#include "policies/offer.h"

#include <check.h>
#include <stddef.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MESSAGES (OFFER_MESSAGE_UPDATE_FAILURE + 1)

/*
 * A dialog as words: > is from us, < from them; a trailing + has a description.
 * What is in brackets is what becomes of it; nothing said is `ok` or nothing.
 */
static const char *const names[MESSAGES] = {
	[OFFER_MESSAGE_INVITE] = "INVITE",
	[OFFER_MESSAGE_UNRELIABLE] = "18x",
	[OFFER_MESSAGE_RELIABLE] = "18xrel",
	[OFFER_MESSAGE_SUCCESS] = "200",
	[OFFER_MESSAGE_FAILURE] = "486",
	[OFFER_MESSAGE_ACK] = "ACK",
	[OFFER_MESSAGE_PRACK] = "PRACK",
	[OFFER_MESSAGE_PRACK_SUCCESS] = "200PRACK",
	[OFFER_MESSAGE_PRACK_FAILURE] = "488PRACK",
	[OFFER_MESSAGE_UPDATE] = "UPDATE",
	[OFFER_MESSAGE_UPDATE_SUCCESS] = "200UPDATE",
	[OFFER_MESSAGE_UPDATE_FAILURE] = "488UPDATE",
};
static const char *const meanings[] = {
	[OFFER_MEANS_NOTHING] = "",	 [OFFER_MEANS_OFFER] = "offer",
	[OFFER_MEANS_ANSWER] = "answer", [OFFER_MEANS_PREVIEW] = "preview",
	[OFFER_MEANS_REPEAT] = "repeat", [OFFER_MEANS_MISSING] = "missing",
	[OFFER_MEANS_GLARE] = "491",	 [OFFER_MEANS_BUSY] = "500",
};

struct dialog_case {
	const char *why, *messages;
};
/* clang-format off */
static const struct dialog_case dialogs[] = {
	{"pattern 1: INVITE, 2xx", "<INVITE+[offer] >200+[answer] <ACK"},
	{"pattern 2: 2xx, ACK", "<INVITE >200+[offer] <ACK+[answer]"},
	{"pattern 3: INVITE, reliable 1xx",
	 ">INVITE+[offer] <18xrel+[answer] >PRACK <200PRACK <200 >ACK"},
	{"pattern 4: reliable 1xx, PRACK",
	 ">INVITE <18xrel+[offer] >PRACK+[answer] <200PRACK <200 >ACK"},
	{"pattern 5: PRACK, 2xx of PRACK",
	 "<INVITE+[offer] >18xrel+[answer] <PRACK+[offer] >200PRACK+[answer] >200 <ACK"},
	{"pattern 6: UPDATE, 2xx of UPDATE",
	 "<INVITE+[offer] >200+[answer] <ACK >UPDATE+[offer] <200UPDATE+[answer]"},
	{"UPDATE before the call is answered",
	 ">INVITE+[offer] <18xrel+[answer] >PRACK <200PRACK "
	 ">UPDATE+[offer] <200UPDATE+[answer] <200 >ACK"},
	{"the answer in a reliable 1xx is the first that counts",
	 ">INVITE+[offer] <18xrel+[answer] >PRACK <200PRACK <200+[repeat] >ACK"},
	{"an unreliable 1xx is a preview",
	 ">INVITE+[offer] <18x+[preview] <18x+[preview] <200+[answer] >ACK"},
	{"an unreliable 1xx cannot offer", ">INVITE <18x+[repeat] <200+[offer] >ACK+[answer]"},
	{"ACK to a 2xx that answered has no description",
	 "<INVITE+[offer] >200+[answer] <ACK+[repeat]"},
	{"a 2xx without the answer", ">INVITE+[offer] <200[missing] >ACK"},
	{"a 2xx without the offer", ">INVITE <200[missing]"},
	{"ACK without the answer", "<INVITE >200+[offer] <ACK[missing]"},
	{"a reliable 1xx without the offer", ">INVITE <18xrel[missing] <200+[offer]"},
	{"PRACK without the answer", ">INVITE <18xrel+[offer] >PRACK[missing]"},
	{"2xx of UPDATE without the answer",
	 ">UPDATE+[offer] <200UPDATE[missing] >UPDATE+[offer]"},
	{"a refused INVITE: the next one may offer",
	 "<INVITE+[offer] >486 <INVITE+[offer] >200+[answer]"},
	{"a refused INVITE without offer", "<INVITE >486 <INVITE+[offer]"},
	{"a refused UPDATE: so may the next",
	 ">UPDATE+[offer] <488UPDATE >UPDATE+[offer]"},
	{"a refused PRACK",
	 "<INVITE+[offer] >18xrel+[answer] <PRACK+[offer] >488PRACK >200 <ACK"},
	{"glare: both send INVITE", ">INVITE+[offer] <INVITE+[491] <200+[answer]"},
	{"glare: both send UPDATE", ">UPDATE+[offer] <UPDATE+[491] <200UPDATE+[answer]"},
	{"their UPDATE while our INVITE offers", ">INVITE+[offer] <UPDATE+[491]"},
	{"their UPDATE while their INVITE offers",
	 "<INVITE+[offer] <UPDATE+[500] >200+[answer]"},
	{"their UPDATE while our 2xx offers", "<INVITE >200+[offer] <UPDATE+[491] <ACK+[answer]"},
	{"their second UPDATE", "<UPDATE+[offer] <UPDATE+[500] >200UPDATE+[answer]"},
	{"their second UPDATE, without offers", "<UPDATE <UPDATE[500] >200UPDATE <UPDATE"},
	{"only the other side's response ends an UPDATE",
	 "<UPDATE <200UPDATE <UPDATE[500] >200UPDATE <UPDATE"},
	{"a refresh by UPDATE is taken while our offer is open",
	 ">INVITE+[offer] <UPDATE >200UPDATE <200+[answer]"},
	{"a re-INVITE that offers while their UPDATE does",
	 "<UPDATE+[offer] <INVITE+[500] >200UPDATE+[answer]"},
	{"PRACK cannot offer while INVITE's offer is open",
	 "<INVITE+[offer] >18xrel <PRACK+[500]"},
	{"an answer that nobody asked for", "<200UPDATE+[repeat] <ACK+[repeat]"},
};
/* clang-format on */

static enum offer_message message_of(const char *at, size_t len)
{
	for (int i = 0; i < MESSAGES; i++)
		if (strlen(names[i]) == len && !memcmp(names[i], at, len))
			return (enum offer_message)i;
	ck_abort_msg("no message: %s", at);
	return OFFER_MESSAGE_INVITE;
}

/* One word; @return what follows. */
static const char *play(const char *at, struct offer_turn *turn,
			const char *why)
{
	enum offer_side from = *at == '>' ? OFFER_SIDE_OURS : OFFER_SIDE_THEIRS;
	size_t name = strcspn(++at, "+[ ");
	int has_sdp = at[name] == '+';
	const char *wanted = at + name + has_sdp;
	size_t len = *wanted == '[' ? strcspn(wanted + 1, "]") : 0;
	enum offer_message message = message_of(at, name);
	bool may = offer_may_send(turn, message);
	struct offer_turn next;
	const char *got =
		meanings[offer_step(turn, message, from, has_sdp, &next)];

	ck_assert_msg(strlen(got) == len && !memcmp(got, wanted + 1, len),
		      "%s: at %s: %s", why, at, got);
	if (from == OFFER_SIDE_OURS && has_sdp)
		ck_assert_msg(may == !strcmp(got, "offer"), "%s: at %s", why,
			      at);
	*turn = next;
	at += strcspn(at, " ");
	return *at ? at + 1 : at;
}

START_TEST(who_offers_and_who_answers)
{
	const struct dialog_case *c = &dialogs[_i];
	struct offer_turn turn = {.state = OFFER_STATE_NONE};
	const char *at = c->messages;

	while (*at)
		at = play(at, &turn, c->why);
}
END_TEST

/* What is refused changes nothing, an offer is answered before the next, and
 * nobody answers themselves. */
static void claim(const struct offer_turn *turn, enum offer_message message,
		  enum offer_side from, int has_sdp)
{
	struct offer_turn next;
	enum offer_meaning meaning =
		offer_step(turn, message, from, has_sdp, &next);

	if (meaning == OFFER_MEANS_GLARE || meaning == OFFER_MEANS_BUSY)
		ck_assert(next.state == turn->state && next.by == turn->by &&
			  next.is_updated == turn->is_updated);
	if (meaning == OFFER_MEANS_OFFER)
		ck_assert(turn->state == OFFER_STATE_NONE ||
			  turn->state == OFFER_STATE_DUE);
	if (meaning == OFFER_MEANS_ANSWER)
		ck_assert(next.state == OFFER_STATE_NONE &&
			  turn->state != OFFER_STATE_NONE && from != turn->by);
	if (meaning == OFFER_MEANS_OFFER || meaning == OFFER_MEANS_ANSWER ||
	    meaning == OFFER_MEANS_PREVIEW || meaning == OFFER_MEANS_REPEAT)
		ck_assert(has_sdp);
}

/* In every state: 7, by either side, with an UPDATE of either or none. */
START_TEST(one_answer_an_offer)
{
	for (int i = 0; i < 7 * 2 * 2 * 2; i++) {
		const struct offer_turn turn = {
			.state = (enum offer_state)(i / 8),
			.by = (enum offer_side)(i % 2),
			.is_updated = i / 2 % 2,
			.update = (enum offer_side)(i / 4 % 2)};

		for (int j = 0; j < MESSAGES * 4; j++)
			claim(&turn, (enum offer_message)(j / 4),
			      (enum offer_side)(j % 2), j / 2 % 2);
	}
}
END_TEST

START_TEST(the_wait_after_491)
{
	for (uint32_t random = 0; random < 2000; random++) {
		int own = offer_glare_wait(OFFER_SIDE_OURS, random);
		int other = offer_glare_wait(OFFER_SIDE_THEIRS, random);

		ck_assert(own >= 2100 && own <= 4000 && own % 10 == 0);
		ck_assert(other >= 0 && other <= 2000 && other % 10 == 0);
	}
	ck_assert_int_eq(offer_glare_wait(OFFER_SIDE_OURS, 190), 4000);
	ck_assert_int_eq(offer_glare_wait(OFFER_SIDE_THEIRS, 200), 2000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("offer");
	TCase *cases = tcase_create("turns");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_loop_test(cases, who_offers_and_who_answers, 0,
			    COUNT(dialogs));
	tcase_add_test(cases, one_answer_an_offer);
	tcase_add_test(cases, the_wait_after_491);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
