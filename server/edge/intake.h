/*
 * intake -- a received request on its way through the edge.
 *
 *   rate -> shed -> syntax -> target -> rules -> identify -> admit -> read
 *        -> loops -> hand over
 *
 * A table of named steps with one driver (intake_steps.c).  A step lets it go
 * on, has it wait (waiting.h), or ends it: with a reply, without an answer, or
 * handed over to a module.
 * What was claimed (deny.c) takes only the steps that say so: nothing in its
 * syntax can spoil it.  Until it is handed over it costs no memory but an
 * arena.
 */
#ifndef VOLENS_SERVER_EDGE_INTAKE_H
#define VOLENS_SERVER_EDGE_INTAKE_H

#include "policies/limits.h"
#include "server/edge/edge_private.h"
#include "server/edge/identify.h"
#include "server/sip/server_txn.h"

enum intake_progress {
	INTAKE_NEXT, /**< on to the next step */
	INTAKE_WAIT, /**< it goes on with the same step (waiting.h) */
	INTAKE_ENDED /**< with what is in reply, if it has a status */
};

struct intake {
	struct edge *edge;
	struct received *received;
	const struct trust_domain
		*trust;	  /**< of the sender's address, or NULL */
	bool is_too_fast; /**< over its rate, let through for its credentials */
	struct target target;		 /**< of its Request-URI */
	const struct registered *module; /**< who takes it; NULL: not known */
	struct reply reply;
	struct arena *arena;  /**< NULL: none yet, or handed over */
	const char *from_key; /**< of the URI in From; NULL: not known */
	struct proof proof;
	bool is_unproved; /**< let in without a proof: the service takes it */
	struct request *request;
	size_t at;	 /**< the step */
	bool is_claimed; /**< received->claim */
	bool is_heard;	 /**< its text was read: what it says (typed.h) */
	enum typed_verdict says;
	/* waiting.h: */
	struct server_txn *txn;	 /**< of one that waited; else NULL */
	bool is_merged;		 /**< it was when it began to wait */
	void *work;		 /**< of the step that waited */
	struct waiting *waiting; /**< until it is parked */
};

struct intake_step {
	const char *name;
	enum intake_progress (*run)(struct intake *intake);
	bool is_for_claimed;
};
extern const struct intake_step intake_steps[];
extern const size_t n_intake_steps;

void intake_open(struct edge *edge, struct received *received,
		 struct intake *ret);
/** From the step that it is at, until it ends or waits. */
void intake_run(struct intake *intake);
/** Send the reply, if there is one, and let go of everything. */
void intake_close(struct intake *intake);

/* ingress.c */
enum intake_progress intake_rate(struct intake *intake);
/** It is over the rate of its source: with 503 now and then, else with nothing.
 */
enum intake_progress intake_refuse_rate(struct intake *intake);
enum intake_progress intake_shed(struct intake *intake);
/* checks.c */
enum intake_progress intake_syntax(struct intake *intake);
enum intake_progress intake_target(struct intake *intake);
enum intake_progress intake_rules(struct intake *intake);
/* admit.c */
enum intake_progress intake_identify(struct intake *intake);
enum intake_progress intake_admit(struct intake *intake);
/* intake.c */
enum intake_progress intake_read(struct intake *intake);
enum intake_progress intake_loops(struct intake *intake);
enum intake_progress intake_hand_over(struct intake *intake);

/** End it with this status. */
enum intake_progress intake_refuse(struct intake *intake, int status,
				   const char *reason);
/** End it with 503 and Retry-After. */
enum intake_progress intake_refuse_busy(struct intake *intake,
					enum overload overload);

#endif
