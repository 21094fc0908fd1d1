/*
 * fanout_private -- the inside of fanout.h, shared by fanout.c (when legs
 * start), fanout_leg.c (what they are) and record_outcome.c (their outcomes).
 * Private to message/.
 */
#ifndef VOLENS_SERVER_MESSAGE_FANOUT_PRIVATE_H
#define VOLENS_SERVER_MESSAGE_FANOUT_PRIVATE_H

#include "db/deliveries.h"
#include "db/records.h"
#include "server/base/block_pool.h"
#include "server/base/loop.h"
#include "server/message/fanout.h"
#include "server/message/recipient_queues.h"

/** A leg that is not over, whether it is in flight or not: kept small. */
struct attempt {
	struct recipient_queue_user user; /**< first: queues know only this */
	struct fanout *fanout;
	struct attempt *next_ready;
	uint32_t place;	  /**< in the accepted's stored */
	uint32_t n_made;  /**< attempts so far */
	uint32_t cseq;	  /**< of the last request that left; 0: none did */
	uint8_t content;  /**< how it was written: enum body_variant */
	bool is_large;	  /**< it was too much for UDP, and left by it */
	int64_t delivery; /**< id of its row; 0 on a first attempt */
	/* What the record says of a first attempt. */
	uint32_t at_ms; /**< since it was accepted */
	uint16_t status;
	uint8_t outcome; /**< enum recipient_outcome */
};

/** A leg in flight. */
#define FANOUT_LEG_SIZE 512 /**< bytes that are enough for nearly all */
struct fanout_leg {
	struct leg leg; /**< first: the edge knows only this */
	struct fanouts *fanouts;
	struct attempt *attempt;
	struct fanout_leg *next, *previous;
	bool is_pooled; /**< else it is on the heap */
	char texts[];	/**< its Call-ID, its Trigger-Consent */
};

/** How an attempt ended. */
enum attempt_outcome {
	ATTEMPT_OK,
	ATTEMPT_TRY_AGAIN,
	ATTEMPT_FAILED,
	ATTEMPT_EXPIRED,
	ATTEMPT_WITHDRAWN,   /**< no permission any more; not sent */
	ATTEMPT_PUT_OFF,     /**< we stop: not sent, the disk keeps it */
	ATTEMPT_QUEUE_FULL,  /**< too many wait for the recipient: likewise */
	ATTEMPT_UNREACHABLE, /**< the recipient was unreachable just now:
				likewise */
	ATTEMPT_UNTOLD,	     /**< they are yet to be told of the permission:
				likewise */
	ATTEMPT_OUTCOMES
};

enum fanout_kind {
	FANOUT_FIRST, /**< first attempts: one outcome job at the end */
	FANOUT_RETRY  /**< due deliveries: each is written down by itself */
};

/** The job at the end of the first attempts. */
struct outcome_job {
	struct store_job store_job; /**< first */
	struct fanout *fanout;
	struct request_record record;
	struct delivery *rows; /**< those that need one; on the heap */
	size_t n, room;
	struct loop_timer pause;
	unsigned failures;
};

/** Writing down one retried delivery; in the accepted's arena. */
struct update {
	struct store_job store_job; /**< first */
	struct attempt *attempt;
	struct delivery row;
	int outcome;
	struct loop_timer pause;
	unsigned failures;
	struct update *next;
};

struct fanout {
	struct fanouts *fanouts;
	struct fanout *next, *previous; /**< all of them */
	struct fanout *next_scheduled;
	bool is_scheduled; /**< is in the scheduler's queue */
	enum fanout_kind kind;
	struct accepted_request *accepted;
	size_t bytes; /**< of memory */
	struct leg_template template;
	/** What follows the leg's own part, with the NUL. */
	struct view call_id_end, trigger_end, trigger_end_secure;
	struct index_query *query;
	size_t leg_size; /**< of each leg, with its texts */
	struct attempt *attempts;
	size_t n;
	size_t n_begun; /**< attempts that had their turn */
	struct attempt *ready,
		**ready_end; /**< waited for a queue and have it */
	size_t n_in_flight, n_over, n_unwritten;
	size_t outcomes[ATTEMPT_OUTCOMES];
	int64_t began_ms; /**< of the loop's clock */
	int64_t age_ms;	  /**< since it was accepted, when it began */
	size_t n_simpler; /**< left without the history list, or as text */
	size_t n_large;	  /**< were too much for UDP, and left by it */
	struct outcome_job outcome_job;
	struct update *updates;
};

struct fanouts {
	struct fanouts_settings settings;
	struct fanout *first;
	size_t n, n_recovered, bytes;
	struct fanout *scheduled, **scheduled_end;
	size_t n_scheduled;
	struct recipient_queues *queues;
	struct fanout_leg *legs;
	struct block_pool leg_pool;
	size_t n_in_flight;
	struct loop_task scheduler;
	bool is_draining;
};

struct fanout *fanout_new(struct fanouts *fanouts,
			  struct accepted_request *accepted, size_t n);
/** Before the first leg of a fan-out: what all of them share. */
void fanout_legs_prepare(struct fanout *fanout);
/** A leg for an attempt that is permitted, in the list of those in flight;
 * `ended` is the caller's. */
struct fanout_leg *fanout_leg_new(struct attempt *attempt);
void fanout_leg_free(struct fanout_leg *fanout_leg);
/** May it be sent, as of this turn? */
enum verdict attempt_decide(const struct attempt *attempt);
/** An attempt is over: remember or write down what has to be. */
void fanout_attempt_over(struct attempt *attempt, enum attempt_outcome outcome,
			 const struct leg *leg);
/** Begin to record the outcome; it ends with fanout_over(). */
void fanout_record_outcome(struct fanout *fanout);
/** All is written: the fan-out goes. */
void fanout_over(struct fanout *fanout);

#endif
