/*
 * dialout -- how fast people are called, and how many phones ring at once.
 *
 * A call passes four gates: of the relay, of its conference, of the host that
 * it goes to, and of the recipient, whose phone rings for one conference at a
 * time.  Only a call that all of them let through is counted by any.  Who
 * waits at the gate of a conference does not hold up the others: the caller
 * asks for one call of each conference in turn.
 *
 * Pure: the callers keep the gates and the clock.
 */
#ifndef VOLENS_POLICIES_DIALOUT_H
#define VOLENS_POLICIES_DIALOUT_H

#include "policies/limits.h"

struct dialout_limits {
	int rate;    /**< calls a second of the relay; 0: any */
	int burst;   /**< in a row without a pause */
	int ringing; /**< at once, of the relay */
	int ringing_per_conference;
	int destination_rate; /**< calls a second to one host; 0: any */
	int destination_ringing;
};

/** What is counted at one gate.  All zero at first. */
struct dialout_gate {
	struct bucket bucket;
	int n_ringing;
	int64_t paused_until_ms; /**< a 503 asked for it; 0: not paused */
};

enum dialout_place {
	DIALOUT_NOWHERE, /**< it is not held up */
	DIALOUT_RELAY,
	DIALOUT_CONFERENCE,
	DIALOUT_DESTINATION,
	DIALOUT_RECIPIENT
};

struct dialout_call {
	struct dialout_gate *relay, *conference, *destination, *recipient;
	/** Of this conference at once: its share of Max-Breadth; 0: as the
	 *  limits say. */
	int breadth;
};

/** Where a call has to wait. */
struct dialout_wait {
	enum dialout_place place;
	int64_t wait_ms; /**< until it is worth asking again; 0: when a call
			    stops ringing */
};
/** Asks only. */
struct dialout_wait dialout_ask(const struct dialout_limits *limits,
				const struct dialout_call *call,
				int64_t now_ms);
/** It may: count it. */
void dialout_begin(const struct dialout_limits *limits,
		   const struct dialout_call *call, int64_t now_ms);
/** It rings no more: it was answered, or it is over. */
void dialout_over(const struct dialout_call *call);

/** Longest pause that a 503 gets. */
#define DIALOUT_PAUSE_MAX_S 300
/** 503 with Retry-After: nothing to that host for so long (RFC 3261 section
 *  21.5.4); without it there is no pause. */
void dialout_pause(struct dialout_gate *destination, int retry_after_s,
		   int64_t now_ms);

#endif
