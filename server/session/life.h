/*
 * life -- the states of one call, as a table (RFC 3261 sections 13 to 15).
 *
 *   out  CALLING -> ANSWERED -> CONFIRMED -> LEAVING -> OVER
 *           \-> CANCELLING -------------------^
 *   in   OFFERED -> HELD -> ACCEPTED -> CONFIRMED -> LEAVING -> OVER
 *                               \-> CLOSING ---------^
 *
 * A state and an event give the next state and what is to be done.  What is not
 * in the table changes nothing.  No clock, no memory, no socket.
 */
#ifndef VOLENS_SERVER_SESSION_LIFE_H
#define VOLENS_SERVER_SESSION_LIFE_H

enum life_state {
	LIFE_CALLING,	 /**< INVITE is out, or about to leave */
	LIFE_CANCELLING, /**< nobody wants its answer any more */
	LIFE_ANSWERED,	 /**< a 2xx came; the owner writes it down */
	LIFE_OFFERED,	 /**< their INVITE; the owner is to be told */
	LIFE_HELD,	 /**< the owner writes it down */
	LIFE_ACCEPTED,	 /**< our 2xx is out */
	LIFE_CLOSING,	 /**< the same, and BYE is due once ACK came */
	LIFE_CONFIRMED,
	LIFE_LEAVING, /**< our BYE is out */
	LIFE_OVER,
	LIFE_STATES /**< how many there are */
};

enum life_event {
	LIFE_GOT_SUCCESS, /**< the first 2xx to our INVITE */
	LIFE_GOT_FAILURE, /**< a final response, or none: no further INVITE */
	LIFE_RANG_OUT,	  /**< nobody answered in time */
	LIFE_TURN,	  /**< the loop went on after session_accept() */
	LIFE_CONFIRM,	  /**< session_confirm() */
	LIFE_END,	  /**< session_end() */
	LIFE_SLOW,	  /**< no session_confirm() in time */
	LIFE_GOT_CANCEL,
	LIFE_GOT_ACK,	  /**< to our 2xx */
	LIFE_NO_ACK,	  /**< none in 64*T1 */
	LIFE_GOT_BYE,	  /**< it is answered by who got it */
	LIFE_LOST,	  /**< not refreshed, 408 or 481, no usable answer */
	LIFE_BYE_IS_OVER, /**< a final response to our BYE, or none */
	LIFE_EVENTS	  /**< how many there are */
};

/** What is to be done, in this order; bits. */
enum life_action {
	LIFE_CANCEL = 1,       /**< of our INVITE */
	LIFE_SEND_SUCCESS = 2, /**< the 200, until its ACK comes */
	LIFE_REFUSE = 4,       /**< a final response to their INVITE */
	LIFE_SEND_ACK = 8,     /**< to the first 2xx */
	LIFE_SEND_BYE = 16,
	LIFE_TELL_ANSWERED = 32,
	LIFE_TELL_MEDIA = 64,
	LIFE_TELL_ENDED = 128
};

/** @return enum life_action bits; @p ret_next is @p state where there are none.
 */
unsigned life_step(enum life_state state, enum life_event event,
		   enum life_state *ret_next);

#endif
