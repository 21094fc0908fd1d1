/*
 * response_head -- the parts of a response that a leg needs, read without a
 * copy: in a fan-out this reader runs most.
 */
#ifndef VOLENS_SERVER_SIP_RESPONSE_HEAD_H
#define VOLENS_SERVER_SIP_RESPONSE_HEAD_H

#include "server/base/view.h"

struct response_head {
	int status;	    /**< 100..699 */
	struct view branch; /**< of the top Via */
	uint32_t cseq;
	struct view method; /**< of CSeq */
	int retry_after_s;  /**< 0: absent, or no number */
};

/** ERR_SYNTAX: to be dropped (RFC 3261 section 8.1.3); also where there is more
 *  than one Via: it was not meant for us (section 8.1.3.3). */
enum err response_head_read(struct view message,
			    struct response_head *ret) MUST_CHECK;

#endif
