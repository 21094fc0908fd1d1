/*
 * leg -- one outgoing request to one recipient, and how it ended.
 *
 *   idle --edge_send()--> trying --1xx--> proceeding --final, silence--> ended
 *
 * Legs of one fan-out share a template: what is the same in all of them is
 * written once.  The edge adds Via, Max-Forwards, CSeq and Content-Length.
 *
 * A leg may be an INVITE, or a request in a dialog: those belong to a session,
 * which has server/sip/sip.h to cancel and to repeat them, and stay on the loop
 * thread.  The method of the template says what it is:
 *
 *   INVITE   300 to 699 ends it at once, a 2xx when 64*T1 have passed and no
 *            other one can come (RFC 6026 section 8.4)
 *   ACK      to a 2xx: no response comes.  It is sent when its hop is found,
 *            and by sip_repeat(), and stays until it is dropped.  ended() is
 *            called only where it cannot be sent
 *   others   RFC 3261 section 17.1.2
 */
#ifndef VOLENS_SERVER_LEG_H
#define VOLENS_SERVER_LEG_H

#include <stdbool.h>

#include "server/base/view.h"

/** Whether a template may be sent: server/sip/request_writer.c checks it. */
enum template_verdict {
	TEMPLATE_UNREAD, /**< not checked yet */
	TEMPLATE_VALID,	 /**< every header line is one line */
	TEMPLATE_INVALID /**< no leg of it is sent */
};

/** Ways to write the content of a leg, each simpler than the one before. */
enum body_variant {
	BODY_WHOLE, /**< with the history list, if there is one */
	BODY_SMALL, /**< without it */
	BODY_TEXT,  /**< the text that a CPIM message holds, alone */
	BODY_VARIANTS
};

/** What one hop is told of who sends (policies/trust.h). */
enum leg_identity {
	LEG_IDENTITY_WITHHELD,
	LEG_IDENTITY_ASSERTED, /**< template.asserted as it is */
	LEG_IDENTITY_PREFERRED /**< the same as P-Preferred-Identity */
};

/** What all legs of one fan-out have in common.  Immutable while one lives. */
struct leg_template {
	const char *method;
	const char *from; /**< name-addr, without tag */
	const char *from_tag;
	int max_forwards;    /**< to be sent: already decremented */
	struct view headers; /**< whole header lines, each with CRLF */
	/** P-Asserted-Identity lines with CRLF, sent only to a next hop for
	 * which policies/trust says so, and lines that go with them; may be
	 * empty. */
	struct view asserted;
	unsigned privacy; /**< enum privacy bits, for policies/trust */
	/** Content-* lines with CRLF (no Content-Length) and the body. */
	struct view content, body;
	/** What follows body, and stands in memory once for many legs; or
	 *  none. */
	struct view body_rest;
	/** The same without the history list: for a next hop that has only UDP
	 *  when the whole does not fit, and after a 415; small_body.at is NULL
	 *  when there is no smaller variant. */
	struct view small_content, small_body;
	/** The text of a CPIM message, after a 415 to all other variants;
	 *  text_body.at is NULL when there is none. */
	struct view text_content, text_body;
	/** For the edge, which checks once.  TEMPLATE_UNREAD in a new template,
	 * and in one that was changed between two legs. */
	enum template_verdict verdict;
};

enum leg_state {
	LEG_IDLE,	/**< not sent yet */
	LEG_TRYING,	/**< on its way: resolving, connecting or sent */
	LEG_PROCEEDING, /**< a provisional response came */
	LEG_ENDED	/**< over: see status */
};

/** Status of a leg that was not sent, or not again, because still_permitted
 * said no. */
#define LEG_STATUS_WITHDRAWN 0

/** What a request says of the dialog that it belongs to (RFC 3261 section
 *  12.2.1.1). */
struct leg_dialog {
	const char *to;	    /**< whole To value with its tag */
	const char *from;   /**< whole From value; NULL: that of the template */
	const char *routes; /**< whole Route lines, each with CRLF; or "" */
	const char *next_hop; /**< URI that it is sent to */
};

struct flow;
struct message;

/** What an INVITE leaves by: all that it takes to end it after a crash. */
struct leg_hop {
	const char *branch; /**< of its Via */
	/** Where it goes, as a URI: "sip:192.0.2.1:5060;transport=udp". */
	const char *uri;
	const char *routes;	 /**< Route lines that it has, or "" */
	struct view bytes;	 /**< the whole request */
	const struct flow *flow; /**< that it leaves by (server/net) */
};

struct leg_hops;

struct leg {
	struct leg_template *template;
	const char *request_uri; /**< also To, in <> */
	const char *call_id;	 /**< the same on every try of a delivery */
	/** Another one on each try; once ended: the last one that was used (a
	 *  simpler variant after a 415 is a request of its own). */
	uint32_t cseq;
	int max_breadth;     /**< 0: no header */
	const char *trigger; /**< Trigger-Consent value, or NULL */
	/**
	 * Asked by the edge right before the first octet leaves (after
	 * resolving and connecting), and before each retransmission, so that
	 * a revocation also stops legs that are queued or without a response.
	 * An INVITE that was sent is cancelled then: it is asked at each timer
	 * A and with the first response.
	 * Called by a worker's thread where any_thread says so.
	 */
	bool (*still_permitted)(struct leg *leg);
	/** It is over; the owner may free the leg in here.  Never called from
	 *  inside edge_send(). */
	void (*ended)(struct leg *leg);
	/** Asked before a hop is tried, with its address (IPv4 mapped): nothing
	 *  has left for it, no connection is opened.  False: not to this one.
	 *  NULL: to any. */
	bool (*may_reach)(struct leg *leg, const uint8_t address[16]);
	/** Asked before UDP repeats it; false: not now, and it goes on waiting
	 *  for a response.  NULL: always. */
	bool (*may_repeat)(struct leg *leg);
	void *owner;	 /**< for the owner only */
	bool any_thread; /**< still_permitted() may run on any thread */

	enum leg_state state;
	int status;	    /**< final: 200..699; 408 silence, 503 transport */
	int retry_after_s;  /**< from Retry-After; 0 when absent */
	bool was_sent;	    /**< true once an octet may have left */
	bool was_moved;	    /**< it was sent to one hop and then to another */
	uint64_t bytes_out; /**< that left, of all copies; an INVITE: not said
			     */
	bool is_large;	    /**< sent by UDP with more than 1,300 bytes */
	/** Ended with 503 and not sent: the certificate of the last hop tried
	 * was not one of the domain it was to be (RFC 5922 section 7.3). */
	bool is_unverified;
	enum body_variant variant; /**< what was sent last */
	void *txn;		   /**< for the edge only */

	/** NULL: it belongs to none.  Its To is the Request-URI, and it goes
	 *  where that says, or to the outbound proxy. */
	const struct leg_dialog *dialog;
	/** User part of our Contact; NULL: there is none.  The host is the
	 *  sent-by of the flow that it leaves by. */
	const char *contact;
	const char *contact_params; /**< as ";isfocus"; or NULL */
	/** The branch of its Via, of a request that another process has sent:
	 *  for CANCEL, and for ACK to a refusal.  NULL: one of ours. */
	const char *branch;
	/**
	 * INVITE: all is known, and nothing has left; before each hop.  @p hop
	 * is good during the call, which may come from inside sip_send().
	 * NULL: nobody waits.
	 *
	 * @return true: it leaves, if it is still permitted.  False: it waits
	 *         for sip_go().
	 */
	bool (*may_leave)(struct leg *leg, const struct leg_hop *hop);
	/**
	 * A response came: each 1xx but 100, each 2xx to an INVITE, the final
	 * one.  Comes before ended(), on the loop thread.  A final one that is
	 * answered by another try is not told.  One with a fault is believed as
	 * far as its status.  @p response is good during the call.  NULL:
	 * nobody listens.
	 */
	void (*response)(struct leg *leg, const struct message *response);
	/**
	 * Not NULL: nothing is sent.  The hops (server/sip) that would be tried
	 * are told instead, once, on the loop thread, and the leg, which is not
	 * for any_thread, ends with LEG_STATUS_WITHDRAWN; where there is none
	 * it ends as it would.  @p hops is good during the call.
	 */
	void (*found)(struct leg *leg, const struct leg_hops *hops);
};

#endif
