/*
 * invite_txn -- INVITE transactions (RFC 3261 sections 17.1.1 and 17.2.1, as
 * RFC 6026 corrects them), both sides.
 *
 *   client   CALLING -> PROCEEDING -> COMPLETED | ACCEPTED -> TERMINATED
 *   server   PROCEEDING -> COMPLETED -> CONFIRMED | ACCEPTED -> TERMINATED
 *
 * No socket, no clock, no memory: a state and an event give the next state and
 * what is to be done.  Who holds one sends, sets the timers and tells the user.
 * The ACK to a 2xx and the repeats of a 2xx are the dialog's work, never the
 * transaction's (RFC 3261 sections 13.2.2.4 and 13.3.1.4).
 */
#ifndef VOLENS_SERVER_SIP_INVITE_TXN_H
#define VOLENS_SERVER_SIP_INVITE_TXN_H

#include <stdbool.h>

#include "server/net/protocol.h"

enum invite_txn_side { INVITE_TXN_CLIENT, INVITE_TXN_SERVER };

enum invite_txn_state {
	INVITE_TXN_CALLING,    /**< client: not a word came yet */
	INVITE_TXN_PROCEEDING, /**< no final response yet */
	INVITE_TXN_COMPLETED,  /**< 300 to 699 */
	INVITE_TXN_CONFIRMED,  /**< server: its ACK came */
	INVITE_TXN_ACCEPTED,   /**< 2xx (RFC 6026) */
	INVITE_TXN_TERMINATED,
	INVITE_TXN_STATES /**< how many there are */
};

/** By the letters of RFC 3261 table 4 and RFC 6026. */
enum invite_txn_timer {
	INVITE_TXN_TIMER_A, /**< INVITE again; UDP only */
	INVITE_TXN_TIMER_B, /**< no response at all */
	INVITE_TXN_TIMER_D, /**< client: the final response may come again */
	INVITE_TXN_TIMER_G, /**< the final response again; UDP only */
	INVITE_TXN_TIMER_H, /**< no ACK */
	INVITE_TXN_TIMER_I, /**< ACK may come again */
	INVITE_TXN_TIMER_L, /**< server: INVITE may come again after a 2xx */
	INVITE_TXN_TIMER_M, /**< client: more 2xx may come */
	/** Has no letter: no final response after CANCEL (section 9.1). */
	INVITE_TXN_TIMER_CANCEL,
	INVITE_TXN_TIMERS /**< how many there are */
};

enum invite_txn_event {
	/* of the client */
	INVITE_TXN_EVENT_GOT_PROVISIONAL, /**< 1xx came */
	INVITE_TXN_EVENT_GOT_SUCCESS,	  /**< 2xx came */
	INVITE_TXN_EVENT_GOT_FAILURE,	  /**< 300 to 699 came */
	INVITE_TXN_EVENT_CANCEL,	  /**< the user wants no answer more */
	/* of the server */
	INVITE_TXN_EVENT_GOT_INVITE,	    /**< INVITE came again */
	INVITE_TXN_EVENT_GOT_ACK,	    /**< of the same transaction */
	INVITE_TXN_EVENT_GOT_CANCEL,	    /**< its own 200 is not ours */
	INVITE_TXN_EVENT_GIVEN_PROVISIONAL, /**< the user sends 1xx */
	INVITE_TXN_EVENT_GIVEN_SUCCESS,	    /**< ... 2xx, perhaps again */
	INVITE_TXN_EVENT_GIVEN_FAILURE,	    /**< ... 300 to 699 */
	/* of both */
	INVITE_TXN_EVENT_TRANSPORT_ERROR,
	/** A timer fired: this and its enum invite_txn_timer. */
	INVITE_TXN_EVENT_TIMER,
	INVITE_TXN_EVENTS = INVITE_TXN_EVENT_TIMER + INVITE_TXN_TIMERS
};

/** What is to be done, in this order; bits. */
enum invite_txn_action {
	INVITE_TXN_SEND_INVITE = 1,
	INVITE_TXN_SEND_TRYING = 2,   /**< 100: nobody answers in 200 ms */
	INVITE_TXN_SEND_RESPONSE = 4, /**< what the user gave last */
	INVITE_TXN_SEND_ACK = 8,      /**< to 300..699 (section 17.1.1.3) */
	INVITE_TXN_SEND_CANCEL = 16,  /**< with the branch of the INVITE */
	INVITE_TXN_PASS_UP = 32,      /**< what came goes to the user */
	INVITE_TXN_TELL_TIMEOUT = 64, /**< the user is told: silence */
	INVITE_TXN_TELL_ERROR = 128   /**< the user is told: no way there */
};

struct invite_txn {
	enum invite_txn_side side;
	enum invite_txn_state state;
	enum protocol protocol;
	bool is_cancelled; /**< the user does not want it any more */
	unsigned running;  /**< timers: bits 1 << enum invite_txn_timer */
	int pause_ms;	   /**< of timer A or G, the last one */
};

struct invite_txn_step {
	unsigned actions; /**< enum invite_txn_action; 0: it is absorbed */
	/** Timers to start (one that runs: anew) and to stop; bits. */
	unsigned started, stopped;
	int wait_ms[INVITE_TXN_TIMERS]; /**< of those that are started */
};

/**
 * Begin: the client sends its INVITE, the server has got one.
 *
 * The server answers 100 at once, because who decides waits for the disk: most
 * answers take longer than the 200 ms of RFC 3261 section 17.2.1.
 */
void invite_txn_begin(struct invite_txn *txn, enum invite_txn_side side,
		      enum protocol protocol, struct invite_txn_step *ret);
/** What may not happen in this state changes nothing, and neither does a timer
 *  that is not running. */
void invite_txn_take(struct invite_txn *txn, enum invite_txn_event event,
		     struct invite_txn_step *ret);

#endif
