/*
 * frame -- where one message ends in a stream of bytes (RFC 3261 section 18.3).
 *
 * Pure: no sockets.  A frame remembers how far it has looked, so that a message
 * which comes byte by byte is walked once.  Only what decides the length is
 * read: the first line, which must be a Request-Line or a Status-Line (what is
 * left of a body that was longer than its Content-Length is neither), the empty
 * line, and Content-Length (or `l`), which must be there, once, and be a
 * number; else nobody can say where the next message begins.  Lines may end in
 * LF alone.  A CR without LF and a NUL in the head are refused: others might
 * see other lines than we do.  A message is broken only once its whole head is
 * there, so that it can be answered.
 */
#ifndef VOLENS_SERVER_NET_FRAME_H
#define VOLENS_SERVER_NET_FRAME_H

#include "server/base/view.h"

#define FRAME_MIN 20	     /**< bytes; nothing shorter is a message */
#define FRAME_HEAD_MAX 16384 /**< bytes of a head with its empty line */

/** Zeroed at the beginning of each message. */
struct frame {
	size_t scanned;	 /**< no end of the head before this offset */
	size_t head_len; /**< with the empty line; 0: not known yet */
	size_t len;	 /**< head and body; 0: not known yet */
};

enum frame_state {
	FRAME_PARTIAL, /**< all right so far */
	FRAME_WHOLE,   /**< frame->len bytes are one message */
	FRAME_BROKEN,  /**< no way to go on */
};

/** Can a message begin so?  With a token, a method or "SIP" (RFC 3261 section
 *  25.1); what else comes to the port (STUN, TLS, RTP, SigComp) does not. */
bool frame_may_begin(struct view bytes);

/** "SIP/" 1*DIGIT "." 1*DIGIT, in any case (RFC 3261 sections 7.1, 25.1)? */
bool frame_is_version(struct view v);

/** Does it begin like a response, whatever its status? */
bool frame_is_response(struct view head);

/**
 * Look at all bytes of a stream since the end of the last message.
 *
 * @param buffer   begins with the first byte of a message (no CRLF before it)
 * @param max      most bytes of one message
 * @param ret_why  FRAME_BROKEN: ERR_SYNTAX or ERR_TOO_LARGE
 */
enum frame_state frame_next(struct frame *frame, struct view buffer, size_t max,
			    enum err *ret_why);

#endif
