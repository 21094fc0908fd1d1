#include "tests/props/runner.h"

enum verdict runner_verdict(const struct runner *runner,
			    const struct message *message, unsigned person,
			    int64_t now)
{
	struct model_question question = message->who;

	question.recipient = person;
	return model_decide(&runner->model, &question, now);
}

/* ---- what the relay did --------------------------------------------- */

struct message *runner_message(struct runner *runner, const struct sent *sent)
{
	const char *mark = strstr(sent->message.at + sent->body_at, "[mill ");
	unsigned long number = mark ? strtoul(mark + 6, NULL, 10) : 0;

	if (!mark)
		return NULL; /* a question */
	must(&runner->prng,
	     number >= runner->first &&
		     number < runner->first + runner->n_messages,
	     "a leg is of a message that was sent");
	return &runner->messages[number - runner->first];
}

unsigned runner_person(const struct runner *runner, const struct sent *sent)
{
	for (unsigned i = 0; i < PEOPLE; i++) {
		if (strcmp(sent->uri, model_recipient(i)) == 0)
			return i;
	}
	must(&runner->prng, false, "a leg goes to a recipient of the list");
	return 0;
}

/** Invariant 5. */
static void check_tells_nothing(const struct runner *runner,
				const struct message *message, unsigned person,
				const struct sent *sent)
{
	for (unsigned i = 0; i < PEOPLE; i++) {
		bool is_shown = message->is_addressed[i] &&
				message->was_granted[i] &&
				message->role[i] == ROLE_TO;
		const char *from = i == person
					   ? sent->message.at + sent->body_at
					   : sent->message.at;

		must(&runner->prng,
		     is_shown || !strstr(from, model_recipient(i)),
		     "a leg names nobody who is hidden");
	}
}

static void see_leg(struct runner *runner, const struct sent *sent)
{
	struct message *message = runner_message(runner, sent);
	unsigned person = runner_person(runner, sent);
	int64_t now = wall_now_s();

	if (!message) {
		runner->n_questions++;
		must(&runner->prng,
		     runner->n_questions <=
			     runner->n_asked_for + runner->n_crashes,
		     "no more questions than somebody wanted");
		return;
	}
	must(&runner->prng,
	     runner_verdict(runner, message, person, now) == VERDICT_GRANTED ||
		     runner_verdict(runner, message, person, now - 1) ==
			     VERDICT_GRANTED,
	     "a leg leaves only with leave");
	must(&runner->prng,
	     message->is_addressed[person] && message->was_granted[person],
	     "a leg goes to who was addressed and had said yes");
	must(&runner->prng, message->status < 300,
	     "nothing leaves of a request that was refused");
	message->left[person]++;
	must(&runner->prng,
	     message->left[person] <=
		     1 + message->failed[person] + message->crashes,
	     "one copy, and one more for each failed try and each crash");
	check_tells_nothing(runner, message, person, sent);
}

void runner_see_answer(struct runner *runner, struct message *message)
{
	struct answered *next = runner->answered
					? runner->answered->next
					: runner->fixture.edge.answered;

	if (!next)
		return;
	message->status = next->status;
	runner->answered = next;
	runner->accepted += next->status == 202;
}

/** Look at everything that happened since the last time. */
void runner_check(struct runner *runner)
{
	struct sent *next =
		runner->sent ? runner->sent->next : runner->fixture.edge.sent;
	int64_t now = wall_now_s();

	for (; next; next = next->next) {
		see_leg(runner, next);
		runner->sent = next;
	}
	for (unsigned i = 0; i < runner->n_messages; i++) {
		for (unsigned j = 0; j < PEOPLE; j++) {
			struct message *message = &runner->messages[i];

			message->lost_leave[j] |=
				runner_verdict(runner, message, j, now) !=
				VERDICT_GRANTED;
		}
	}
}

/** Invariant 3. */
void runner_check_kept(struct runner *runner)
{
	for (unsigned i = 0; i < runner->n_messages; i++) {
		struct message *message = &runner->messages[i];

		for (unsigned j = 0; j < PEOPLE; j++) {
			bool is_owed = message->status == 202 &&
				       message->is_addressed[j] &&
				       message->was_granted[j];

			must(&runner->prng,
			     !is_owed || message->lost_leave[j] ||
				     message->is_over[j],
			     "what was accepted arrives");
			runner->withdrawn += is_owed && !message->left[j];
		}
	}
}
