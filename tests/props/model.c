#include "tests/props/model.h"

static const char *const scopes[MODEL_SCOPES] = {
	"sip:alice@example.com", "sip:bob@example.com", "*@example.com", "*",
	"anonymous"};
static const char *const targets[MODEL_TARGETS] = {
	"sip:hikers@relay.example", "sip:bikers@relay.example", "*"};
static const char *const recipients[MODEL_RECIPIENTS] = {
	"sip:omar@example.org", "sip:pia@example.net", "sip:quin@example.org"};

static const struct identity alice = {IDENTITY_DIGEST,
				      {"sip:alice@example.com", NULL}};
static const struct identity bob = {IDENTITY_ASSERTED,
				    {"tel:+15550000", "sip:bob@example.com"}};
static const struct identity carol = {IDENTITY_DIGEST,
				      {"sip:carol@example.com", NULL}};
static const struct identity dave = {IDENTITY_ASSERTED,
				     {"sip:dave@example.org", NULL}};
static const struct identity *const senders[MODEL_SENDERS] = {
	&alice, &bob, &carol, &dave, NULL};

/** Which scope covers which sender. */
static const bool covers[MODEL_SCOPES][MODEL_SENDERS] = {
	{true, false, false, false, false},
	{false, true, false, false, false},
	{true, true, true, false, false},
	{true, true, true, true, false},
	{true, true, true, true, true}};

const char *model_scope(unsigned i)
{
	return scopes[i];
}

const char *model_target(unsigned i)
{
	return targets[i];
}

const char *model_recipient(unsigned i)
{
	return recipients[i];
}

const struct identity *model_sender(unsigned i)
{
	return senders[i];
}

struct model_event model_event_roll(struct prng *prng, int64_t now)
{
	/* Words are what matters: they come up more often. */
	static const enum permission_event events[] = {
		EVENT_ADDED,  EVENT_SENT,    EVENT_UNDELIVERABLE, EVENT_GRANT,
		EVENT_GRANT,  EVENT_GRANT,   EVENT_DENY,	  EVENT_DENY,
		EVENT_EXPIRE, EVENT_REMOVED, EVENT_REMOVED,	  EVENT_ADDED,
		EVENT_AGAIN};
	struct model_event event = {
		.scope = prng_below(prng, MODEL_SCOPES),
		.target = prng_below(prng, MODEL_TARGETS),
		.recipient = prng_below(prng, MODEL_RECIPIENTS),
		.event = events[prng_below(prng, 13)],
		.actor = (enum permission_origin)prng_below(prng, ORIGINS),
		.ends_at = -1};

	if ((event.event == EVENT_GRANT || event.event == EVENT_DENY) &&
	    prng_once_in(prng, 3))
		event.ends_at = prng_once_in(prng, 4)
					? 0
					: now + prng_below(prng, 40) - 5;
	return event;
}

struct model_question model_question_roll(struct prng *prng)
{
	return (struct model_question){
		.sender = prng_below(prng, MODEL_SENDERS),
		.target = prng_below(prng, MODEL_TARGETS - 1),
		.recipient = prng_below(prng, MODEL_RECIPIENTS)};
}

struct facts model_facts(const struct model_question *question, int64_t now)
{
	return (struct facts){.sender = senders[question->sender],
			      .target = targets[question->target],
			      .recipient = recipients[question->recipient],
			      .now = now,
			      .kind = kinds_only(KIND_MESSAGE)};
}

static bool is_own_no(const struct model_cell *cell)
{
	return cell->word == WORD_NO && cell->whose == ORIGIN_RECIPIENT;
}

static bool is_over(const struct model_cell *cell, int64_t now)
{
	return cell->ends_at != 0 && cell->ends_at <= now && !is_own_no(cell);
}

static void say(struct model_cell *cell, enum word word,
		const struct model_event *event)
{
	bool is_new = cell->word != word;

	cell->word = word;
	cell->whose = event->actor;
	if (event->ends_at >= 0)
		cell->ends_at = event->ends_at;
	else if (is_new)
		cell->ends_at = 0;
}

/** Others than the recipient speak first, or renew what they said. */
static void say_for_others(struct model_cell *cell, enum word word,
			   const struct model_event *event)
{
	if (cell->word != word || cell->whose == event->actor)
		say(cell, word, event);
}

bool model_apply(struct model *model, const struct model_event *event,
		 int64_t now)
{
	struct model_cell *cell =
		&model->cells[event->scope][event->target][event->recipient];
	bool own = event->actor == ORIGIN_RECIPIENT;
	bool stands = is_own_no(cell) && !own;

	if (is_over(cell, now))
		*cell = (struct model_cell){WORD_NONE, ORIGIN_ADMIN, 0};
	switch (event->event) {
	case EVENT_GRANT:
		if (stands)
			return false;
		(own ? say : say_for_others)(cell, WORD_YES, event);
		return true;
	case EVENT_DENY:
		if (!stands)
			(own ? say : say_for_others)(cell, WORD_NO, event);
		return true;
	case EVENT_ADDED: /* asking again takes back an operator's no */
		if (!stands && !own && cell->word == WORD_NO)
			cell->word = WORD_NONE;
		return !stands;
	case EVENT_AGAIN: /* a decision is not asked about */
		return cell->word == WORD_NONE;
	case EVENT_REMOVED:
		if (!stands)
			cell->word = WORD_NONE;
		return !stands;
	case EVENT_EXPIRE:
		if (!is_own_no(cell))
			cell->word = WORD_NONE;
		return true;
	case EVENT_SENT:
	case EVENT_UNDELIVERABLE:
	case PERMISSION_EVENTS:
		break;
	}
	return true;
}

enum verdict model_decide(const struct model *model,
			  const struct model_question *q, int64_t now)
{
	enum verdict verdict = VERDICT_MISSING;

	for (unsigned s = 0; s < MODEL_SCOPES; s++) {
		for (unsigned t = 0; t < MODEL_TARGETS; t++) {
			const struct model_cell *cell =
				&model->cells[s][t][q->recipient];

			if (!covers[s][q->sender] ||
			    (t != q->target && t != MODEL_TARGETS - 1) ||
			    is_over(cell, now))
				continue;
			if (cell->word == WORD_NO)
				return VERDICT_DENIED;
			if (cell->word == WORD_YES)
				verdict = VERDICT_GRANTED;
		}
	}
	return verdict;
}
