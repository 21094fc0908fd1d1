/*
 * records -- what became of each request and of each of its recipients.
 *
 * A record is one row, written in the commit that settles the request, or that
 * ends the conference, with one packed outcome a recipient.  What happens to a
 * recipient after the first try is kept in a row of its own (table outcome) and
 * put in place at reading. Records hold who, whom, when and the SIP status;
 * never a body, never a token.
 *
 * They are kept for a time and up to a number of bytes; the oldest go first.
 * Errors as in store.h.
 */
#ifndef VOLENS_DB_RECORDS_H
#define VOLENS_DB_RECORDS_H

#include "db/deliveries.h"
#include "db/store.h"
#include "server/base/text.h"

enum recipient_outcome {
	RECIPIENT_SENDING,   /**< on the first try */
	RECIPIENT_DELIVERED, /**< a 2xx */
	RECIPIENT_DEFERRED,  /**< to be tried again */
	RECIPIENT_FAILED,    /**< refused for good */
	RECIPIENT_EXPIRED,   /**< time ran out */
	RECIPIENT_WITHDRAWN, /**< no permission any more when it was to be sent
			      */
	RECIPIENT_REMOVED,   /**< an operator gave it up */
	RECIPIENT_LEFT_OUT,  /**< no permission; the others got it */
	RECIPIENT_MISSING,   /**< no permission; the request was refused */
	RECIPIENT_REFUSED,   /**< the request was refused for another reason */
	/* Of calls; they also have failed, withdrawn, removed and left-out. */
	RECIPIENT_ANSWERED,   /**< they were in the conference */
	RECIPIENT_BUSY,	      /**< 486 or 600 */
	RECIPIENT_DECLINED,   /**< 603 and the like: they do not want it */
	RECIPIENT_NO_ANSWER,  /**< silence, or it rang for too long; 480 */
	RECIPIENT_CANCELLED,  /**< the conference ended before they answered */
	RECIPIENT_NOT_CALLED, /**< it ended before it was their turn */
	RECIPIENT_OUTCOMES
};
/** "delivered", "left-out" ...; never NULL. */
const char *recipient_outcome_name(enum recipient_outcome outcome);
bool recipient_outcome_from(const char *name, enum recipient_outcome *ret);

/** What became of one recipient. */
struct recipient_record {
	const char *recipient; /**< key */
	enum recipient_outcome outcome;
	unsigned content; /**< of the last try: enum body_variant (leg.h) */
	bool is_large; /**< over 1,300 bytes, and by UDP (RFC 3428 section 8) */
	/** Last final SIP status, as policies/kept_status.h keeps it; 0: none.
	 */
	int status;
	uint32_t at_ms;	   /**< when, counted from the request's instant */
	unsigned attempts; /**< requests sent to them */
	/** The row that the decision rested on, grant or deny; 0: none.
	 */
	int64_t permission;
	/** A call; `at_ms` is when it was over.  Else the next two are 0. */
	bool is_call;
	/** When its INVITE left, and when it was answered, as `at_ms`;
	 *  RECORD_NEVER. */
	uint32_t called_ms, answered_ms;
	int64_t delivery; /**< read only: the waiting delivery; 0: none */
	int64_t next_at;  /**< read only: when it is tried again */
};

#define RECORD_NEVER UINT32_MAX

/** Bytes that recipient_pack() adds at most for who is not called: tokens are
 *  blotted out. */
size_t recipient_packed_len(size_t recipient_len);
void recipient_pack(struct text *bytes, const struct recipient_record *it);

struct request_record {
	int64_t id;
	const char *call_id, *sender, *target, *source, *method;
	int64_t accepted_at;
	int64_t over_at; /**< 0: some recipient is not at an end */
	int status;	 /**< what the sender was answered; 202 or a refusal */
	const char *conference; /**< id of the one it made; NULL or "": none */
	struct view recipients; /**< packed; read with record_recipients() */
	bool is_sending;	/**< read only: first tries are not over */
};

/** Write the record of what is about to be settled; again is harmless.  Nothing
 *  where records are not kept, or the disk has little room. */
enum err store_record_put(struct store *store,
			  const struct request_record *record) MUST_CHECK;
/** The same for what has no id yet: it gets one here. */
enum err store_record_add(struct store *store,
			  const struct request_record *record) MUST_CHECK;
/** A delivery (its journal, place, attempts, last_status, at_ms, permission) is
 *  over, after its journal entry went if it was the last.  Harmless where there
 *  is no record. */
enum err store_record_outcome(struct store *store,
			      const struct delivery *delivery,
			      enum recipient_outcome outcome) MUST_CHECK;

/** NULL and 0 do not filter. */
struct record_filter {
	const char *sender, *target, *recipient, *call_id;
	int64_t since; /**< accepted then or later */
};
/**
 * A page, newest first: records with id < page.after (0: all).  At most
 * RECORDS_LOOKED_AT rows are looked at, and no more once RECORDS_READ_BYTES
 * were read: then there may be fewer than asked for, or none.
 */
#define RECORDS_LOOKED_AT 20000
#define RECORDS_READ_BYTES (16U << 20)
struct record_page {
	struct request_record *rows; /**< in the arena */
	size_t n;
	int64_t next; /**< page.after of the next one; 0: that was all */
};
enum err store_record_list(struct store *store,
			   const struct record_filter *filter, struct page page,
			   struct arena *arena,
			   struct record_page *ret) MUST_CHECK;
/** ERR_UNKNOWN. */
enum err store_record_get(struct store *store, int64_t id, struct arena *arena,
			  struct request_record *ret) MUST_CHECK;
/** Its recipients as they stand now, in the order of the request. */
enum err store_record_recipients(struct store *store,
				 const struct request_record *record,
				 struct arena *arena,
				 struct recipient_record **ret,
				 size_t *ret_n) MUST_CHECK;

/** Drop records of requests that were over @p before (RECORDS_ALL: also of
 * those that are not).  A call looks at 1,000 rows and drops at most some 4 MiB
 * of them and 5,000 outcomes.  *ret_more: call again soon. */
#define RECORDS_ALL INT64_MAX
enum err store_record_sweep(struct store *store, int64_t before,
			    bool *ret_more) MUST_CHECK;

#endif
