/*
 * request_writer -- the bytes of an outgoing request.
 *
 * Via, Max-Forwards, CSeq and Content-Length are ours; everything else comes
 * from the leg and its template (server/leg.h).
 */
#ifndef VOLENS_SERVER_SIP_REQUEST_WRITER_H
#define VOLENS_SERVER_SIP_REQUEST_WRITER_H

#include "server/leg.h"
#include "server/sip/sender.h"

/** One way to write a leg. */
struct request_writer {
	const struct sender *sender;
	const struct leg *leg;
	const struct flow *flow; /**< protocol, and listener for sent-by */
	const char *branch;
	uint32_t cseq;
	enum body_variant variant;
	enum leg_identity identity;  /**< that this hop is told */
	const struct logins *logins; /**< that it asked for; NULL: none */
	bool is_by_proxy; /**< with the Route of the outbound proxy */
};

/** Does the template have it? */
bool template_has_variant(const struct leg_template *template,
			  enum body_variant variant);
/** Its Route lines alone. */
void request_write_routes(const struct request_writer *writer,
			  struct text *ret);
/** Append the whole message. */
void request_write(const struct request_writer *writer, struct text *ret);

/** Lines that assert somebody (server/leg.h), and those that go with them, as
 *  who gets them is told. */
void identity_write(enum leg_identity told, struct view lines,
		    struct text *ret);

/** Look at a template, if nobody has: before other threads do. */
void template_check(struct leg_template *template);
/** Whole header lines, each ended by CRLF, none empty, no other control byte.
 */
bool header_lines_are_valid(struct view lines);
/** False when a string of the leg could end a header line early, or a block of
 *  lines is not made of header lines (threat: header injection).  The template
 *  is looked at once; its verdict is kept in it. */
bool leg_is_valid(struct leg *leg);

#endif
