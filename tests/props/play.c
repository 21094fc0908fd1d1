#include "tests/props/play.h"

enum verdict play_verdict(const struct play *play,
			  const struct message *message, unsigned person,
			  int64_t now)
{
	struct model_question question = message->who;

	question.recipient = person;
	return model_decide(&play->model, &question, now);
}

/* ---- what the relay did --------------------------------------------- */

struct message *play_message(struct play *play, const struct sent *sent)
{
	const char *mark = strstr(sent->message.at + sent->body_at, "[mill ");
	unsigned long number = mark ? strtoul(mark + 6, NULL, 10) : 0;

	if (!mark)
		return NULL; /* a question */
	must(&play->prng,
	     number >= play->first && number < play->first + play->n_messages,
	     "a leg is of a message that was sent");
	return &play->messages[number - play->first];
}

unsigned play_person(const struct play *play, const struct sent *sent)
{
	for (unsigned i = 0; i < PEOPLE; i++) {
		if (strcmp(sent->uri, model_recipient(i)) == 0)
			return i;
	}
	must(&play->prng, false, "a leg goes to a recipient of the list");
	return 0;
}

/** Invariant 5. */
static void check_tells_nothing(const struct play *play,
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

		must(&play->prng, is_shown || !strstr(from, model_recipient(i)),
		     "a leg names nobody who is hidden");
	}
}

static void see_leg(struct play *play, const struct sent *sent)
{
	struct message *message = play_message(play, sent);
	unsigned person = play_person(play, sent);
	int64_t now = wall_now_s();

	if (!message) {
		play->n_questions++;
		must(&play->prng,
		     play->n_questions <= play->n_asked_for + play->n_crashes,
		     "no more questions than somebody wanted");
		return;
	}
	must(&play->prng,
	     play_verdict(play, message, person, now) == VERDICT_GRANTED ||
		     play_verdict(play, message, person, now - 1) ==
			     VERDICT_GRANTED,
	     "a leg leaves only with leave");
	must(&play->prng,
	     message->is_addressed[person] && message->was_granted[person],
	     "a leg goes to who was addressed and had said yes");
	must(&play->prng, message->status < 300,
	     "nothing leaves of a request that was refused");
	message->left[person]++;
	must(&play->prng,
	     message->left[person] <=
		     1 + message->failed[person] + message->crashes,
	     "one copy, and one more for each failed try and each crash");
	check_tells_nothing(play, message, person, sent);
}

void play_see_answer(struct play *play, struct message *message)
{
	struct answered *next = play->answered ? play->answered->next
					       : play->world.edge.answered;

	if (!next)
		return;
	message->status = next->status;
	play->answered = next;
	play->accepted += next->status == 202;
}

/** Look at everything that happened since the last time. */
void play_look(struct play *play)
{
	struct sent *next =
		play->sent ? play->sent->next : play->world.edge.sent;
	int64_t now = wall_now_s();

	for (; next; next = next->next) {
		see_leg(play, next);
		play->sent = next;
	}
	for (unsigned i = 0; i < play->n_messages; i++) {
		for (unsigned j = 0; j < PEOPLE; j++) {
			struct message *message = &play->messages[i];

			message->lost_leave[j] |=
				play_verdict(play, message, j, now) !=
				VERDICT_GRANTED;
		}
	}
}

/** Invariant 3. */
void play_check_kept(struct play *play)
{
	for (unsigned i = 0; i < play->n_messages; i++) {
		struct message *message = &play->messages[i];

		for (unsigned j = 0; j < PEOPLE; j++) {
			bool is_owed = message->status == 202 &&
				       message->is_addressed[j] &&
				       message->was_granted[j];

			must(&play->prng,
			     !is_owed || message->lost_leave[j] ||
				     message->is_over[j],
			     "what was accepted arrives");
			play->withdrawn += is_owed && !message->left[j];
		}
	}
}
