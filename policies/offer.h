/*
 * offer -- whose turn it is in a dialog to offer or to answer (RFC 3264 section
 * 4, RFC 3261 section 13.2.1, RFC 3262 section 5, RFC 3311 section 5, RFC 6337
 * section 2).
 *
 * One table: a state, a message, and whether it has a session description give
 * what that description is, and the next state.  The same table says what we
 * may send.  What is refused or dropped changes nothing.
 */
#ifndef VOLENS_POLICIES_OFFER_H
#define VOLENS_POLICIES_OFFER_H

#include <stdbool.h>
#include <stdint.h>

enum offer_side { OFFER_SIDE_OURS, OFFER_SIDE_THEIRS };

/** What of the exchange is open.  Zero at the start of a dialog. */
enum offer_state {
	OFFER_STATE_NONE,     /**< nothing */
	OFFER_STATE_INVITE,   /**< INVITE offered: a response answers */
	OFFER_STATE_DUE,      /**< INVITE without: a response is to offer */
	OFFER_STATE_RELIABLE, /**< a reliable 1xx offered: PRACK answers */
	OFFER_STATE_SUCCESS,  /**< a 2xx offered: ACK answers */
	OFFER_STATE_PRACK,    /**< PRACK offered: its 2xx answers */
	OFFER_STATE_UPDATE    /**< UPDATE offered: its 2xx answers */
};
struct offer_turn {
	enum offer_state state;
	enum offer_side by;	/**< who offered; of DUE: who sent the INVITE */
	bool is_updated;	/**< an UPDATE is open, with or without offer */
	enum offer_side update; /**< who sent it */
};

/** A message that may carry a session description. */
enum offer_message {
	OFFER_MESSAGE_INVITE,
	OFFER_MESSAGE_UNRELIABLE, /**< 1xx to INVITE without RSeq */
	OFFER_MESSAGE_RELIABLE,	  /**< 1xx to INVITE with RSeq */
	OFFER_MESSAGE_SUCCESS,	  /**< 2xx to INVITE */
	OFFER_MESSAGE_FAILURE,	  /**< 300 to 699 to INVITE */
	OFFER_MESSAGE_ACK,	  /**< to a 2xx */
	OFFER_MESSAGE_PRACK,
	OFFER_MESSAGE_PRACK_SUCCESS,
	OFFER_MESSAGE_PRACK_FAILURE,
	OFFER_MESSAGE_UPDATE,
	OFFER_MESSAGE_UPDATE_SUCCESS,
	OFFER_MESSAGE_UPDATE_FAILURE
};

/** What becomes of the description in it. */
enum offer_meaning {
	OFFER_MEANS_NOTHING, /**< there is none, and none is due */
	OFFER_MEANS_OFFER,
	OFFER_MEANS_ANSWER,
	OFFER_MEANS_PREVIEW, /**< of an unreliable 1xx: what the answer will be
			      */
	OFFER_MEANS_REPEAT,  /**< the answer was given: ignore it */
	OFFER_MEANS_MISSING, /**< an answer or offer is due, and is not there */
	OFFER_MEANS_GLARE,   /**< refuse with 491: our offer is open */
	OFFER_MEANS_BUSY     /**< refuse with 500 and Retry-After: theirs is */
};

/**
 * @param from    who sends it
 * @param has_sdp whether it carries a session description: 0 or 1
 * @return what that is; @p ret_next is what is open after it
 */
enum offer_meaning offer_step(const struct offer_turn *turn,
			      enum offer_message message, enum offer_side from,
			      int has_sdp, struct offer_turn *ret_next);

/** May we send it with an offer now? */
bool offer_may_send(const struct offer_turn *turn, enum offer_message message);

/**
 * How long to wait after a 491 before the next try, in milliseconds (RFC 3261
 * section 14.1): 2.1 to 4 s where we made the Call-ID, else 0 to 2 s.
 */
int offer_glare_wait(enum offer_side call_id, uint32_t random);

#endif
