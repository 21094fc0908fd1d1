/*
 * runner -- the relay under random steps, and what is known of each request
 * that was sent to it.  runner.c checks, relay_prop.c acts.
 */
#ifndef VOLENS_TESTS_PROPS_RUNNER_H
#define VOLENS_TESTS_PROPS_RUNNER_H

#include "tests/props/model.h"
#include "tests/scenario/fixture.h"

#define STEPS 8 /**< of a sequence */
#define MESSAGES STEPS
#define PEOPLE MODEL_RECIPIENTS

enum role { ROLE_BCC, ROLE_TO, ROLE_ANONYMOUS, ROLES };

/** What is known of one request that was sent to the relay. */
struct message {
	struct model_question who; /**< sender and target */
	bool is_addressed[PEOPLE];
	enum role role[PEOPLE];
	bool was_granted[PEOPLE]; /**< when it was decided upon */
	bool lost_leave[PEOPLE];  /**< not granted all the time since */
	unsigned left[PEOPLE];	  /**< copies that left */
	unsigned failed[PEOPLE];  /**< tries that may be tried again */
	bool is_over[PEOPLE];	  /**< delivered, or refused for good */
	unsigned crashes;	  /**< since it came */
	int status;		  /**< 0: not answered, perhaps never */
};

struct runner {
	struct prng prng;
	struct fixture fixture;
	struct model model;
	struct message messages[MESSAGES];
	unsigned n_messages;
	unsigned first; /**< number of messages[0], for all sequences */
	struct answered *answered; /**< the last that was looked at */
	struct sent *sent;	   /**< likewise */
	unsigned n_asked_for;	   /**< questions that somebody wanted */
	unsigned n_questions;	   /**< questions that left */
	unsigned n_crashes;
	unsigned long accepted, delivered, withdrawn;
};

/** What the model says of one recipient of a message. */
enum verdict runner_verdict(const struct runner *runner,
			    const struct message *message, unsigned person,
			    int64_t now);
/** The message that a leg carries; NULL: it is a question. */
struct message *runner_message(struct runner *runner, const struct sent *sent);
unsigned runner_person(const struct runner *runner, const struct sent *sent);
/** Look at everything that happened since the last time: invariants 1, 2, 4
 *  and 5. */
void runner_check(struct runner *runner);
/** Take the answer to @p message, if one came. */
void runner_see_answer(struct runner *runner, struct message *message);
/** At the end of a sequence: invariant 3. */
void runner_check_kept(struct runner *runner);

#endif
