/* The one table of permission states: RFC 5362 section 4, RFC 5360 4.1, 5.8. */
#include "policies/permission.h"

#include <check.h>

#define NO_ROW (-1)

static struct permission row_of(int state, enum permission_origin origin)
{
	return (struct permission){.id = 1,
				   .sender = "sip:a@example.com",
				   .target = "sip:list@relay.example",
				   .recipient = "sip:r@example.org",
				   .state = (enum permission_state)state,
				   .origin = origin};
}

struct step_case {
	const char *says;
	int state; /**< NO_ROW: there is none */
	enum permission_origin origin;
	enum permission_event event;
	enum permission_origin actor;
	enum permission_step verdict;
	enum permission_state to; /**< for STEP_TAKEN */
};

/* clang-format off */
#define R ORIGIN_RECIPIENT
#define A ORIGIN_ADMIN
#define I ORIGIN_IMPORT
static const struct step_case steps[] = {
	{ "somebody adds a recipient: they will be asked",
	  NO_ROW, R, EVENT_ADDED, A, STEP_TAKEN, PERMISSION_PENDING },
	{ "an operator grants what nobody asked for yet",
	  NO_ROW, R, EVENT_GRANT, A, STEP_TAKEN, PERMISSION_GRANTED },
	{ "an opt-in is imported",
	  NO_ROW, R, EVENT_GRANT, I, STEP_TAKEN, PERMISSION_GRANTED },
	{ "an operator denies beforehand",
	  NO_ROW, R, EVENT_DENY, A, STEP_TAKEN, PERMISSION_DENIED },
	{ "removing what is not there changes nothing",
	  NO_ROW, R, EVENT_REMOVED, A, STEP_IGNORED, 0 },
	{ "the question went out",
	  PERMISSION_PENDING, A, EVENT_SENT, A, STEP_TAKEN,
	  PERMISSION_WAITING },
	{ "a second 2xx to the question is no grant",
	  PERMISSION_WAITING, A, EVENT_SENT, A, STEP_IGNORED, 0 },
	{ "the question could not be sent",
	  PERMISSION_PENDING, A, EVENT_UNDELIVERABLE, A, STEP_TAKEN,
	  PERMISSION_ERROR },
	{ "a 603 to the question is an error, not a no",
	  PERMISSION_WAITING, A, EVENT_UNDELIVERABLE, A, STEP_TAKEN,
	  PERMISSION_ERROR },
	{ "the recipient says yes",
	  PERMISSION_WAITING, A, EVENT_GRANT, R, STEP_TAKEN,
	  PERMISSION_GRANTED },
	{ "the recipient says no",
	  PERMISSION_WAITING, A, EVENT_DENY, R, STEP_TAKEN,
	  PERMISSION_DENIED },
	{ "the answer overtakes the 2xx to the question",
	  PERMISSION_PENDING, A, EVENT_GRANT, R, STEP_TAKEN,
	  PERMISSION_GRANTED },
	{ "added again after an error: asked again",
	  PERMISSION_ERROR, A, EVENT_ADDED, A, STEP_TAKEN,
	  PERMISSION_PENDING },
	{ "added again before the reply: not asked twice",
	  PERMISSION_WAITING, A, EVENT_ADDED, A, STEP_IGNORED, 0 },
	{ "asked again before the reply: a question of its own",
	  PERMISSION_WAITING, I, EVENT_AGAIN, A, STEP_TAKEN,
	  PERMISSION_PENDING },
	{ "asked again after an error",
	  PERMISSION_ERROR, A, EVENT_AGAIN, A, STEP_TAKEN,
	  PERMISSION_PENDING },
	{ "asked again while it is to be asked: that goes on",
	  PERMISSION_PENDING, A, EVENT_AGAIN, A, STEP_IGNORED, 0 },
	{ "nobody asks again who said yes",
	  PERMISSION_GRANTED, R, EVENT_AGAIN, A, STEP_FORBIDDEN, 0 },
	{ "nor who said no",
	  PERMISSION_DENIED, R, EVENT_AGAIN, A, STEP_FORBIDDEN, 0 },
	{ "nor past an operator's deny, by the way",
	  PERMISSION_DENIED, A, EVENT_AGAIN, A, STEP_FORBIDDEN, 0 },
	{ "whose grant has ended may be asked again",
	  NO_ROW, R, EVENT_AGAIN, A, STEP_TAKEN, PERMISSION_PENDING },
	{ "a late yes after an error is a yes",
	  PERMISSION_ERROR, A, EVENT_GRANT, R, STEP_TAKEN,
	  PERMISSION_GRANTED },
	{ "a trigger changes no grant",
	  PERMISSION_GRANTED, R, EVENT_ADDED, R, STEP_IGNORED, 0 },
	{ "the question of a trigger changes no grant",
	  PERMISSION_GRANTED, R, EVENT_SENT, A, STEP_IGNORED, 0 },
	{ "a question that fails never cancels an older grant",
	  PERMISSION_GRANTED, R, EVENT_UNDELIVERABLE, A, STEP_IGNORED, 0 },
	{ "a second yes restarts the refresh clock",
	  PERMISSION_GRANTED, R, EVENT_GRANT, R, STEP_TAKEN,
	  PERMISSION_GRANTED },
	{ "an operator never takes over the recipient's own yes",
	  PERMISSION_GRANTED, R, EVENT_GRANT, A, STEP_IGNORED, 0 },
	{ "nor does an import",
	  PERMISSION_GRANTED, R, EVENT_GRANT, I, STEP_IGNORED, 0 },
	{ "the recipient takes it back",
	  PERMISSION_GRANTED, R, EVENT_DENY, R, STEP_TAKEN,
	  PERMISSION_DENIED },
	{ "the recipient takes back what an operator granted",
	  PERMISSION_GRANTED, A, EVENT_DENY, R, STEP_TAKEN,
	  PERMISSION_DENIED },
	{ "an operator denies what the recipient granted",
	  PERMISSION_GRANTED, R, EVENT_DENY, A, STEP_TAKEN,
	  PERMISSION_DENIED },
	{ "a missed refresh ends a grant",
	  PERMISSION_GRANTED, R, EVENT_EXPIRE, A, STEP_GONE, 0 },
	{ "no answer in time ends the question",
	  PERMISSION_WAITING, A, EVENT_EXPIRE, A, STEP_GONE, 0 },
	{ "the recipient leaves the list",
	  PERMISSION_GRANTED, R, EVENT_REMOVED, A, STEP_GONE, 0 },
	{ "no administrator turns a no into a yes",
	  PERMISSION_DENIED, R, EVENT_GRANT, A, STEP_FORBIDDEN, 0 },
	{ "no import turns a no into a yes",
	  PERMISSION_DENIED, R, EVENT_GRANT, I, STEP_FORBIDDEN, 0 },
	{ "nobody asks again who said no",
	  PERMISSION_DENIED, R, EVENT_ADDED, A, STEP_FORBIDDEN, 0 },
	{ "nobody forgets a no, to ask afresh",
	  PERMISSION_DENIED, R, EVENT_REMOVED, A, STEP_FORBIDDEN, 0 },
	{ "an operator's deny never takes over the recipient's own",
	  PERMISSION_DENIED, R, EVENT_DENY, A, STEP_IGNORED, 0 },
	{ "a no does not wear off",
	  PERMISSION_DENIED, R, EVENT_EXPIRE, A, STEP_IGNORED, 0 },
	{ "who said no may ask to be asked; the no stands meanwhile",
	  PERMISSION_DENIED, R, EVENT_ADDED, R, STEP_IGNORED, 0 },
	{ "who said no may say yes",
	  PERMISSION_DENIED, R, EVENT_GRANT, R, STEP_TAKEN,
	  PERMISSION_GRANTED },
	{ "a no said twice is taken twice: newer grant tokens retire",
	  PERMISSION_DENIED, R, EVENT_DENY, R, STEP_TAKEN,
	  PERMISSION_DENIED },
	{ "an operator may take back an operator's deny",
	  PERMISSION_DENIED, A, EVENT_GRANT, A, STEP_TAKEN,
	  PERMISSION_GRANTED },
	{ "and may have them asked",
	  PERMISSION_DENIED, A, EVENT_ADDED, A, STEP_TAKEN,
	  PERMISSION_PENDING },
	{ "a trigger changes no deny",
	  PERMISSION_DENIED, A, EVENT_ADDED, R, STEP_IGNORED, 0 },
	{ "the recipient's own no takes over an operator's",
	  PERMISSION_DENIED, A, EVENT_DENY, R, STEP_TAKEN,
	  PERMISSION_DENIED },
	{ "the recipient's yes weighs more than an operator's no",
	  PERMISSION_DENIED, A, EVENT_GRANT, R, STEP_TAKEN,
	  PERMISSION_GRANTED },
	{ "a deny of unknown origin is treated as the recipient's own",
	  PERMISSION_DENIED, ORIGINS, EVENT_GRANT, A, STEP_FORBIDDEN, 0 },
	{ "a state that is none allows nothing",
	  PERMISSION_STATES, A, EVENT_GRANT, R, STEP_FORBIDDEN, 0 },
	{ "an actor that is none may nothing",
	  PERMISSION_WAITING, A, EVENT_GRANT, ORIGINS, STEP_FORBIDDEN, 0 },
	{ "an event that is none does nothing",
	  PERMISSION_WAITING, A, PERMISSION_EVENTS, R, STEP_FORBIDDEN, 0 },
};
#undef R
#undef A
#undef I
/* clang-format on */

START_TEST(each_step_in_words)
{
	const struct step_case *c = &steps[_i];
	struct permission row = row_of(c->state, c->origin);
	enum permission_state to = PERMISSION_STATES;
	enum permission_step verdict = permission_step(
		c->state == NO_ROW ? NULL : &row, c->event, c->actor, &to);

	ck_assert_msg(verdict == c->verdict, "%s: verdict %d, not %d", c->says,
		      verdict, c->verdict);
	ck_assert_msg(to == (verdict == STEP_TAKEN ? c->to : PERMISSION_STATES),
		      "%s: state %d", c->says, to);
}
END_TEST

/** What must hold of every cell, told as rules instead of as a table. */
struct cell {
	int state;
	enum permission_origin origin;
	enum permission_event event;
	enum permission_origin actor;
	bool own_deny, decided;
	enum permission_step verdict;
	enum permission_state to;
};

static void check_own_deny(const struct cell *c)
{
	bool others_undo =
		c->event == EVENT_AGAIN ||
		(c->actor != ORIGIN_RECIPIENT &&
		 (c->event == EVENT_ADDED || c->event == EVENT_GRANT ||
		  c->event == EVENT_REMOVED));

	ck_assert_int_eq(c->verdict == STEP_FORBIDDEN, others_undo);
	if (c->actor != ORIGIN_RECIPIENT)
		ck_assert(c->verdict == STEP_FORBIDDEN ||
			  c->verdict == STEP_IGNORED);
}

static enum permission_state only_state_after(enum permission_event event)
{
	switch (event) {
	case EVENT_ADDED:
	case EVENT_AGAIN:
		return PERMISSION_PENDING;
	case EVENT_SENT:
		return PERMISSION_WAITING;
	case EVENT_UNDELIVERABLE:
		return PERMISSION_ERROR;
	case EVENT_GRANT:
		return PERMISSION_GRANTED;
	case EVENT_DENY:
		return PERMISSION_DENIED;
	case EVENT_EXPIRE:
	case EVENT_REMOVED:
	case PERMISSION_EVENTS:
		break;
	}
	return PERMISSION_STATES;
}

static void check_cell(const struct cell *c)
{
	bool answers = c->event == EVENT_GRANT || c->event == EVENT_DENY;
	bool leaves = c->event == EVENT_EXPIRE || c->event == EVENT_REMOVED;

	/* An event leads to its own state or to none: only a grant grants. */
	if (c->verdict == STEP_TAKEN)
		ck_assert_int_eq(c->to, only_state_after(c->event));
	/* Rows go by expiry and removal only. */
	if (c->verdict == STEP_GONE)
		ck_assert(leaves);
	/* The recipient's word is always taken. */
	if (answers && c->actor == ORIGIN_RECIPIENT)
		ck_assert_int_eq(c->verdict, STEP_TAKEN);
	/* What comes of a question never touches a decision. */
	if (c->decided &&
	    (c->event == EVENT_SENT || c->event == EVENT_UNDELIVERABLE))
		ck_assert_int_eq(c->verdict, STEP_IGNORED);
	/* A trigger of the recipient never touches a decision either. */
	if (c->decided && c->event == EVENT_ADDED &&
	    c->actor == ORIGIN_RECIPIENT)
		ck_assert_int_eq(c->verdict, STEP_IGNORED);
	/* What is decided is not asked about by this. */
	if (c->event == EVENT_AGAIN)
		ck_assert_int_eq(c->verdict == STEP_FORBIDDEN, c->decided);
	/* A deny over any row leaves it denied. */
	if (c->event == EVENT_DENY)
		ck_assert(c->verdict == STEP_TAKEN ||
			  c->state == PERMISSION_DENIED);
	/* Whatever is no own deny can be removed, and runs out. */
	if (leaves && c->state != NO_ROW && !c->own_deny)
		ck_assert_int_eq(c->verdict, STEP_GONE);
	if (c->own_deny)
		check_own_deny(c);
	else if (c->event != EVENT_AGAIN)
		ck_assert_int_ne(c->verdict, STEP_FORBIDDEN);
}

START_TEST(every_cell_keeps_the_rules)
{
	struct cell c = {.state = _i / ORIGINS - 1,
			 .origin = (enum permission_origin)(_i % ORIGINS)};
	struct permission row = row_of(c.state, c.origin);

	c.own_deny =
		c.state == PERMISSION_DENIED && c.origin == ORIGIN_RECIPIENT;
	c.decided =
		c.state == PERMISSION_DENIED || c.state == PERMISSION_GRANTED;
	for (int event = 0; event < PERMISSION_EVENTS; event++) {
		for (int actor = 0; actor < ORIGINS; actor++) {
			c.event = (enum permission_event)event;
			c.actor = (enum permission_origin)actor;
			c.verdict =
				permission_step(c.state == NO_ROW ? NULL : &row,
						c.event, c.actor, &c.to);
			check_cell(&c);
		}
	}
}
END_TEST

START_TEST(a_grant_lets_out_until_its_last_second)
{
	struct permission row = row_of(PERMISSION_GRANTED, ORIGIN_ADMIN);

	ck_assert(permission_is_current(&row, INT64_MAX)); /* 0: never ends */
	row.expires_at = 1000;
	ck_assert(permission_is_current(&row, 999));
	ck_assert(!permission_is_current(&row, 1000));
	ck_assert(permission_is_expired(&row, 1000));
	row.expires_at = -5; /* set, and long ago */
	ck_assert(permission_is_expired(&row, 0));
}
END_TEST

START_TEST(only_granted_is_current)
{
	for (int state = 0; state < PERMISSION_STATES; state++) {
		struct permission row = row_of(state, ORIGIN_RECIPIENT);

		ck_assert_int_eq(permission_is_current(&row, 1),
				 state == PERMISSION_GRANTED);
	}
}
END_TEST

START_TEST(the_recipients_own_deny_has_no_end)
{
	struct permission row = row_of(PERMISSION_DENIED, ORIGIN_RECIPIENT);

	row.expires_at = 1;
	ck_assert(!permission_is_expired(&row, 1000));
	row.origin = ORIGIN_ADMIN;
	ck_assert(permission_is_expired(&row, 1000));
}
END_TEST

START_TEST(names_are_those_of_rfc_5362)
{
	static const char *const names[] = {"pending", "waiting", "error",
					    "denied", "granted"};

	for (size_t i = 0; i < PERMISSION_STATES; i++) {
		enum permission_state state = PERMISSION_STATES;

		ck_assert(permission_state_from(names[i], &state));
		ck_assert_uint_eq(state, i);
		ck_assert_str_eq(permission_state_name(state), names[i]);
	}
	ck_assert_str_eq(permission_state_name(PERMISSION_STATES), "unknown");
}
END_TEST

START_TEST(origins_have_names)
{
	for (int i = 0; i < ORIGINS; i++) {
		enum permission_origin origin = ORIGINS;

		ck_assert(permission_origin_from(
			permission_origin_name((enum permission_origin)i),
			&origin));
		ck_assert_int_eq((int)origin, i);
	}
	ck_assert_str_eq(permission_origin_name(ORIGINS), "unknown");
}
END_TEST

START_TEST(other_names_are_refused)
{
	static const char *const bad[] = {NULL,	      "",    "Granted",
					  "granted ", "yes", "admin2"};
	enum permission_state state = PERMISSION_STATES;
	enum permission_origin origin = ORIGINS;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert(!permission_state_from(bad[i], &state));
		ck_assert(!permission_origin_from(bad[i], &origin));
	}
	ck_assert_int_eq(state, PERMISSION_STATES);
	ck_assert_int_eq(origin, ORIGINS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("permission");
	TCase *cases = tcase_create("rules");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_loop_test(cases, each_step_in_words, 0,
			    sizeof(steps) / sizeof(steps[0]));
	tcase_add_loop_test(cases, every_cell_keeps_the_rules, 0,
			    (PERMISSION_STATES + 1) * ORIGINS);
	tcase_add_test(cases, a_grant_lets_out_until_its_last_second);
	tcase_add_test(cases, only_granted_is_current);
	tcase_add_test(cases, the_recipients_own_deny_has_no_end);
	tcase_add_test(cases, names_are_those_of_rfc_5362);
	tcase_add_test(cases, origins_have_names);
	tcase_add_test(cases, other_names_are_refused);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
