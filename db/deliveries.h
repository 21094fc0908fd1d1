/*
 * deliveries -- recipients that need a row of their own: they wait for another
 * attempt, or it is over.
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_DELIVERIES_H
#define VOLENS_DB_DELIVERIES_H

#include "db/store.h"

enum delivery_state {
	DELIVERY_WAITING,   /**< to be tried again at next_at */
	DELIVERY_FAILED,    /**< over: refused for good */
	DELIVERY_EXPIRED,   /**< over: time ran out */
	DELIVERY_WITHDRAWN, /**< over: the recipient took the permission back */
	DELIVERY_STATES
};
const char *delivery_state_name(enum delivery_state state);

/** One recipient of a journal entry that needs a row of its own. */
struct delivery {
	int64_t id;
	int64_t journal; /**< 0 once over (the message is gone) */
	uint32_t place;	 /**< index in the entry's recipients */
	const char *sender, *target, *recipient, *method;
	enum delivery_state state;
	unsigned attempts;
	int last_status; /**< as policies/kept_status.h keeps it; 0: none */
	int64_t since;	 /**< when the request was accepted */
	int64_t next_at; /**< DELIVERY_WAITING only */
	int64_t expires_at;
	uint32_t cseq;	  /**< of the last request that left; 0: none did */
	unsigned content; /**< how it was written: enum body_variant (leg.h) */
	int is_large;	  /**< 1: it left by UDP with more than 1,300 bytes */
	/* For the record (db/records.h); not in the row. */
	int64_t permission; /**< that the try rested on; 0: none */
	uint32_t at_ms;	    /**< when it was over, since accepted_at */
};
enum err store_deliveries_due(struct store *store, struct due_page page,
			      struct arena *arena, struct delivery **ret,
			      size_t *ret_n) MUST_CHECK;
enum delivery_end { DELIVERY_DONE = -1 }; /* or an enum delivery_state */
/** After a retry: state DELIVERY_WAITING with next_at and attempts, or over.
 *  @p outcome DELIVERY_DONE: delivered, the row goes.  The journal entry goes
 *  with its last waiting delivery.  ERR_UNKNOWN: dropped meanwhile;
 *  ERR_CONFLICT: over already. */
enum err store_delivery_update(struct store *store,
			       const struct delivery *delivery,
			       int outcome) MUST_CHECK;
/** state: -1 any. */
struct delivery_filter {
	const char *sender, *target, *recipient;
	int state;
	struct page page;
};
enum err store_delivery_list(struct store *store,
			     const struct delivery_filter *filter,
			     struct arena *arena, struct delivery **ret,
			     size_t *ret_n) MUST_CHECK;
enum err store_delivery_get(struct store *store, int64_t id,
			    struct arena *arena,
			    struct delivery *ret) MUST_CHECK;
/** Try it now (next_at = now), or forget it; ERR_UNKNOWN, ERR_CONFLICT. */
enum err store_delivery_now(struct store *store, int64_t id,
			    int64_t now) MUST_CHECK;
enum err store_delivery_drop(struct store *store, int64_t id,
			     int64_t now) MUST_CHECK;
/** Drop delivery rows that were over @p before. */
enum err store_delivery_sweep(struct store *store, int64_t before) MUST_CHECK;

#endif
