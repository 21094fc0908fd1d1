/*
 * record -- what the relay writes down of a request and of each recipient
 * (db/records.h).  Private to message/.
 *
 * First attempts are noted in memory and written with the outcome_job; so a
 * record costs no commit of its own.  Of refusals only those of identified
 * senders are written, REFUSALS_AN_HOUR of each sender, when the writer has
 * nothing else to do: they wait in memory until then, and a crash may lose
 * them.
 */
#ifndef VOLENS_SERVER_MESSAGE_RECORD_H
#define VOLENS_SERVER_MESSAGE_RECORD_H

#include "db/deliveries.h"
#include "server/message/fanout_private.h"

struct list_request;
struct keeper; /**< refusals that wait to be written, and the sweep */

struct keeper *keeper_new(const struct messages_settings *settings,
			  struct job_group *jobs);
/** From now on old records go. */
void keeper_start(struct keeper *keeper);
void keeper_stop(struct keeper *keeper);
/** Stopped, and no store_job is out. */
void keeper_free(struct keeper *keeper);
bool keeper_idle(const struct keeper *keeper);
/** A request was refused: to be written if its sender is known. */
#define REFUSALS_AN_HOUR 60
#define REFUSAL_RECIPIENTS_MAX 1000 /**< those without permission first */
void keeper_refused(struct keeper *keeper, const struct list_request *list);

/** Those who are left out, packed for the record. */
struct view record_left_out(const struct list_request *list,
			    struct arena *arena);

/** A first attempt is over; @p row is what it needs, NULL: it was delivered. */
void record_first(struct attempt *attempt, const struct delivery *row,
		  const struct leg *leg);
/** Fill in what a delivery's row says to the record. */
void record_delivery(const struct attempt *attempt, struct delivery *row);
/** All first attempts are over: the record, in the accepted's arena. */
void record_make(struct fanout *fanout, struct request_record *ret);

#endif
