/*
 * record -- makes the record of a request and of each recipient (db/records.h).
 * Private to message/.
 *
 * First attempts are noted in memory and written with the outcome_job; so a
 * record costs no commit of its own.
 */
#ifndef VOLENS_SERVER_MESSAGE_RECORD_H
#define VOLENS_SERVER_MESSAGE_RECORD_H

#include "db/deliveries.h"
#include "server/message/fanout_private.h"

struct list_request;

/** Those who are left out, packed for the record. */
struct view record_left_out(const struct list_request *list,
			    struct arena *arena);

/** A first attempt is over; @p row is what it needs, NULL: it was delivered. */
void record_first(struct attempt *attempt, const struct delivery *row,
		  const struct leg *leg);
/** Fill in what a delivery's row says to the record. */
void record_delivery(const struct attempt *attempt, struct delivery *row);
/** Bytes that record_make() takes at most for the recipients of @p list, which
 *  take @p packed_len in the journal. */
size_t record_len(const struct list_request *list, size_t packed_len);
/** All first attempts are over: the record, in the accepted's arena. */
void record_make(struct fanout *fanout, struct request_record *ret);

#endif
