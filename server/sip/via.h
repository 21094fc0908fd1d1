/*
 * via -- one Via value (RFC 3261 sections 18.2 and 20.42, RFC 3581).
 */
#ifndef VOLENS_SERVER_SIP_VIA_H
#define VOLENS_SERVER_SIP_VIA_H

#include "server/base/text.h"
#include "server/net/transport.h"

struct via {
	struct view transport; /**< "UDP" */
	struct view sent_by;   /**< host and port as written */
	struct view host;
	int port;	    /**< 0 when absent */
	struct view branch; /**< len 0 when absent */
	bool has_branch;
	bool has_rport;	    /**< whether the client asked for RFC 3581 */
	struct view params; /**< from the first semicolon on, or none */
};

/** One item of a Via header field; ERR_SYNTAX. */
enum err via_parse(struct view item, struct via *ret) MUST_CHECK;
/**
 * The branch of a Via header field that is written as we write it: one item,
 * tokens only, and no blank but the one after the transport.  Several times
 * faster than via_parse(), which says the same of it.
 * @return false where it is not of this form, or has no branch: read it whole
 */
bool via_plain_branch(struct view value, struct view *ret);

/** Append this Via as it goes back: with received and rport for a request
 *  that came from @p source. */
void via_add_returned(struct text *text, const struct via *via,
		      const union address *source);

/** True when @p params is a list of `;name` and `;name=value` with nothing
 *  left out (RFC 3261 section 25.1, generic-param). */
bool params_are_strict(struct view params);

#endif
