/*
 * contact -- where we say that we are: the Contact of our requests and
 * responses (RFC 3261 sections 8.1.1.8 and 12.1.1, RFC 5630 section 5.1).
 *
 * Where the other side asked for sips it is of scheme sips, else of scheme sip
 * with the transport of the flow.
 */
#ifndef VOLENS_SERVER_SIP_CONTACT_H
#define VOLENS_SERVER_SIP_CONTACT_H

#include "server/base/text.h"
#include "server/net/transport.h"

struct contact {
	const char *user;
	const char *sent_by;	 /**< host and port of the flow's listener */
	const char *params;	 /**< ";isfocus"; or NULL */
	const struct flow *flow; /**< that the message leaves by */
	bool is_sips;
};

/** "Contact: <sip:USER@SENT-BY;transport=tcp>PARAMETERS" with CRLF.  A stream
 *  without a listener leads nowhere else: it names no transport. */
void contact_write(const struct contact *contact, struct text *ret);
/** ";transport=tcp", in small letters as in a URI. */
void transport_write(enum protocol protocol, struct text *ret);

#endif
