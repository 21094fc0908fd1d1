/*
 * dialog_request -- what a request in a dialog must say (RFC 3261 section
 * 12.2.1.1).
 */
#ifndef VOLENS_SERVER_SIP_DIALOG_REQUEST_H
#define VOLENS_SERVER_SIP_DIALOG_REQUEST_H

#include "server/base/text.h"
#include "server/sip/dialog.h"

struct dialog_request {
	const char *method, *request_uri;
	/** Where it is sent: the URI of the first Route, else the Request-URI.
	 *  Of all these only this one has to pass uri_rules. */
	const char *next_hop;
	const char *routes;    /**< whole Route lines, each with CRLF; or "" */
	const char *from, *to; /**< with their tags */
	const char *call_id;
	uint32_t cseq;
};

/**
 * Takes the next CSeq.  An ACK has that of our last INVITE; it may be made as
 * long as the dialog is not forgotten, because a 2xx may come late.
 *
 * @param arena  of all strings
 * @return ERR_UNSUPPORTED: CANCEL, which is a copy of its INVITE; ERR_CONFLICT:
 *         not in this state; ERR_FULL: no CSeq is left
 */
enum err dialog_request_make(struct dialog *dialog, const char *method,
			     struct arena *arena,
			     struct dialog_request *ret) MUST_CHECK;

/** A request of ours went with a higher CSeq than it was made with: it was
 *  challenged (RFC 3261 section 22.2).  Ours go on from there, and ACK has that
 *  of its INVITE. */
void dialog_request_renumbered(struct dialog *dialog, struct view method,
			       uint32_t cseq);

#endif
