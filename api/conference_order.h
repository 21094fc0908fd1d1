/*
 * conference_order -- what REST asks of the focus, as straight-line code.
 *
 * Each order runs on the loop (loop_call.h); its result is copied there, so
 * that its JSON is made here.
 */
#ifndef VOLENS_API_CONFERENCE_ORDER_H
#define VOLENS_API_CONFERENCE_ORDER_H

#include "api/exchange.h"
#include "server/conference.h"

struct conference_request;
/** Give the order of @p request; on the loop's thread. */
typedef void conference_give_fn(struct conferences *conferences,
				const struct conference_request *request,
				conference_done_fn *done, void *arg);

/** An order and what it needs. */
struct conference_request {
	conference_give_fn *give;
	const char *id;	   /**< of the conference; NULL: of none */
	uint64_t party;	   /**< 0: of none */
	const void *order; /**< the body, as the focus takes it */
	/** The request obeys If-Match. */
	const struct exchange *exchange;
};

/** Have it done.  @p ret lives as long as the exchange.  Responds when it is
 *  refused. */
bool conference_ask(struct exchange *exchange,
		    const struct conference_request *request,
		    const struct conference_result **ret);
/** Look at a conference; with fresh figures of its media where it runs. */
bool conference_fetch(struct exchange *exchange,
		      const struct conference_view **ret);
/** Set the ETag of what belongs to @p conference. */
void conference_tag(struct exchange *exchange,
		    const struct conference_view *conference);

/** A SIP phrase as people write: "They Are There Already" becomes "They are
 *  there already." */
const char *phrase_sentence(struct arena *arena, const char *phrase);
/** Run @p order on the loop; responds when it cannot be. */
bool exchange_loop(struct exchange *exchange, const struct loop_order *order,
		   const void **ret);

#endif
