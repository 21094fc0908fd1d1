/*
 * Invariants 1 and 2 over the rules alone: random events happen to a table of
 * rows through permission_step(); after each one consent_decide() must agree
 * with the model, and keep the properties that are stated one by one below.
 */
#include <check.h>

#include "tests/props/model.h"

#define SEQUENCES 10000
#define STEPS 40
#define ROWS (MODEL_SCOPES * MODEL_TARGETS * MODEL_RECIPIENTS)

struct table {
	struct permission rows[ROWS];
	size_t n;
	int64_t last_id;
	int64_t now;
};

static uint64_t seed;

static struct permission *table_find(struct table *table,
				     const struct model_event *event)
{
	for (size_t i = 0; i < table->n; i++) {
		struct permission *row = &table->rows[i];

		if (row->sender == model_scope(event->scope) &&
		    row->target == model_target(event->target) &&
		    row->recipient == model_recipient(event->recipient))
			return row;
	}
	return NULL;
}

static struct permission *table_add(struct table *table,
				    const struct model_event *event)
{
	struct permission *row = &table->rows[table->n++];

	*row = (struct permission){.id = ++table->last_id,
				   .sender = model_scope(event->scope),
				   .target = model_target(event->target),
				   .recipient =
					   model_recipient(event->recipient)};
	return row;
}

/** Write what a step says into the row; a new state starts without an end. */
static void table_take(struct permission *row, const struct model_event *event,
		       enum permission_state state)
{
	bool is_word =
		event->event == EVENT_GRANT || event->event == EVENT_DENY;

	if (event->ends_at >= 0)
		row->expires_at = event->ends_at;
	else if (row->state != state)
		row->expires_at = 0;
	row->state = state;
	if (is_word || event->event == EVENT_ADDED ||
	    event->event == EVENT_AGAIN)
		row->origin = event->actor;
}

/** The same word again by the same mouth may bring a new end. */
static void table_renew(struct permission *row, const struct model_event *event)
{
	bool is_word =
		event->event == EVENT_GRANT || event->event == EVENT_DENY;

	if (row && is_word && row->origin == event->actor &&
	    event->ends_at >= 0)
		row->expires_at = event->ends_at;
}

/** What a store does.  @return false when the step is forbidden */
static bool table_apply(struct table *table, const struct model_event *event)
{
	struct permission *row = table_find(table, event);
	enum permission_state state = PERMISSION_STATES;

	if (row && permission_is_expired(row, table->now)) {
		*row = table->rows[--table->n];
		row = NULL;
	}
	switch (permission_step(row, event->event, event->actor, &state)) {
	case STEP_TAKEN:
		table_take(row ? row : table_add(table, event), event, state);
		return true;
	case STEP_GONE:
		*row = table->rows[--table->n];
		return true;
	case STEP_IGNORED:
		table_renew(row, event);
		return true;
	case STEP_FORBIDDEN:
		break;
	}
	return false;
}

/** No yes without a granted, current row that covers the facts. */
static void check_rests_on_a_row(const struct prng *prng,
				 const struct facts *facts,
				 const struct decision *d)
{
	const struct permission *row = d->row;

	if (d->verdict == VERDICT_GRANTED)
		must(prng, row && permission_is_current(row, facts->now),
		     "a yes rests on a granted row that is not over");
	if (d->verdict == VERDICT_DENIED)
		must(prng, row && row->state == PERMISSION_DENIED,
		     "a no rests on a denied row");
	if (row)
		must(prng, strcmp(row->recipient, facts->recipient) == 0,
		     "a decision rests on a row of that very recipient");
	if (row && !facts->sender)
		must(prng, strcmp(row->sender, "anonymous") == 0,
		     "a stranger matches no named scope");
}

/** Rows that say nothing of @p facts, or are over. */
static size_t add_noise(struct permission *rows, size_t n,
			const struct facts *facts)
{
	struct permission row = {.id = -1,
				 .sender = "anonymous",
				 .target = "*",
				 .recipient = "sip:rita@example.org",
				 .state = PERMISSION_DENIED};

	rows[n++] = row; /* of another recipient */
	row.recipient = facts->recipient;
	row.state = PERMISSION_GRANTED;
	row.expires_at = facts->now;
	rows[n++] = row; /* over */
	row.expires_at = 0;
	row.sender = "sip:mallory@example.com";
	rows[n++] = row; /* of another sender */
	return n;
}

/** Order, rows of others and rows past their end change nothing. */
static void check_noise_changes_nothing(struct prng *prng,
					const struct table *table,
					const struct facts *facts,
					const struct decision *d)
{
	struct permission rows[ROWS + 3];
	struct decision noisy;
	size_t n;

	memcpy(rows, table->rows, table->n * sizeof(rows[0]));
	n = add_noise(rows, table->n, facts);
	prng_shuffle(prng, rows, n, sizeof(rows[0]));
	noisy = consent_decide(facts, rows, n);
	must(prng, noisy.verdict == d->verdict && noisy.rule == d->rule,
	     "order and unrelated rows change no decision");
	must(prng, (noisy.row ? noisy.row->id : 0) == (d->row ? d->row->id : 0),
	     "order and unrelated rows change no row it rests on");
}

/** One more deny that covers the facts makes it a no. */
static void check_a_deny_wins(const struct prng *prng,
			      const struct table *table,
			      const struct facts *facts)
{
	struct permission rows[ROWS + 1];

	memcpy(rows, table->rows, table->n * sizeof(rows[0]));
	rows[table->n] = (struct permission){.id = INT64_MAX,
					     .sender = "anonymous",
					     .target = "*",
					     .recipient = facts->recipient,
					     .state = PERMISSION_DENIED,
					     .expires_at = 1};
	must(prng,
	     consent_decide(facts, rows, table->n + 1).verdict ==
		     VERDICT_DENIED,
	     "denied beats granted");
}

static void check_decisions(struct prng *prng, const struct model *model,
			    const struct table *table)
{
	struct model_question question = model_question_roll(prng);
	struct facts facts = model_facts(&question, table->now);
	struct decision d = consent_decide(&facts, table->rows, table->n);

	must(prng, d.verdict == model_decide(model, &question, table->now),
	     "the decision is the model's");
	check_rests_on_a_row(prng, &facts, &d);
	check_noise_changes_nothing(prng, table, &facts, &d);
	check_a_deny_wins(prng, table, &facts);
}

static bool is_own_deny(const struct permission *row)
{
	return row && row->state == PERMISSION_DENIED &&
	       row->origin == ORIGIN_RECIPIENT;
}

static void run_step(struct prng *prng, struct model *model,
		     struct table *table)
{
	struct model_event event = model_event_roll(prng, table->now);
	bool was_own_deny = is_own_deny(table_find(table, &event));
	bool his_own_turn =
		event.actor == ORIGIN_RECIPIENT &&
		(event.event == EVENT_GRANT || event.event == EVENT_REMOVED);

	must(prng,
	     table_apply(table, &event) ==
		     model_apply(model, &event, table->now),
	     "what the model refuses is refused, and nothing else");
	/* Invariant 2. */
	must(prng,
	     !was_own_deny || his_own_turn ||
		     is_own_deny(table_find(table, &event)),
	     "a recipient's own no yields to nobody else");
	check_decisions(prng, model, table);
	if (prng_once_in(prng, 3))
		table->now += prng_below(prng, 12);
	check_decisions(prng, model, table);
}

START_TEST(decisions_agree_with_the_model)
{
	unsigned n = prng_sequences(SEQUENCES);

	for (unsigned i = 0; prng_goes_on(i, n); i++) {
		struct prng prng = prng_of(seed, i);
		struct model model = {0};
		struct table table = {.now = 1000};

		for (int step = 0; step < STEPS; step++)
			run_step(&prng, &model, &table);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policies");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("policies_prop");
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 120);
	tcase_add_test(cases, decisions_agree_with_the_model);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
