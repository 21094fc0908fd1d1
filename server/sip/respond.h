/*
 * respond -- what a response copies from its request, and where it goes.
 *
 * A response copies Via, From, To, Call-ID and CSeq as they came (RFC 3261
 * section 8.2.6.2); received and rport go into the top Via, a tag into To.  The
 * tag is a keyed hash of the request, so that a stateless answer is the same
 * each time (RFC 3261 section 8.2.7).  No Server field: it tells strangers what
 * to try.
 */
#ifndef VOLENS_SERVER_SIP_RESPOND_H
#define VOLENS_SERVER_SIP_RESPOND_H

#include "server/sip/contact.h"
#include "server/sip/received.h"
#include "server/sip/response_writer.h"

#define RESPOND_TAG_LEN                                                        \
	16 /**< hex digits: 64 bits, for a dialog; others 32                   \
	    */

/** The lines that every response to this request has, each with CRLF. */
void respond_lines(const struct received *received, struct text *ret);
/** Those of a 100: Timestamp, and no tag (RFC 3261 section 8.2.6). */
void respond_lines_of_100(const struct received *received, struct text *ret);
/** Record-Route as it came, for what makes a dialog (section 12.1.1). */
void respond_routes(const struct received *received, struct text *ret);
/** How whoever gets a response knows us. */
struct contact_place {
	const struct flow *flow;
	bool is_sips;
};
/** Must our Contact be of scheme sips? */
bool respond_wants_sips(const struct received *received);
/** The Contact of @p parts, which has one: where we are, with CRLF. */
void respond_contact(const struct sip *sip, const struct contact_place *place,
		     const struct response_parts *parts, struct text *ret);

/** The keyed hash; empty where To has a tag. */
void respond_tag(const struct received *received,
		 char ret[RESPOND_TAG_LEN + 1]);
/** Random, for a dialog that may come of it; empty where To has a tag. */
void respond_tag_new(const struct received *received,
		     char ret[RESPOND_TAG_LEN + 1]);

/** Where responses to this request go (RFC 3261 section 18.2.2): the address
 *  it came from, on the port that rport or sent-by says; never elsewhere. */
struct flow respond_flow(const struct received *received);

/** Count it and send it. */
void respond_send(struct sip *sip, const struct flow *flow, int status,
		  struct view bytes);

/** A final response that needs no transaction. */
struct reply {
	int status;	    /**< 0: none, go on */
	const char *reason; /**< NULL: the usual phrase */
	struct text lines;  /**< more header lines with CRLF */
};

/** Answer without a transaction.  Nothing is sent to an ACK, to a request that
 *  has no Via, and where no answer is short enough for response_len_max(). */
void respond_reply(const struct received *received, const struct reply *reply);

#endif
