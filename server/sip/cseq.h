/*
 * cseq -- a CSeq value (RFC 3261 section 20.16).
 */
#ifndef VOLENS_SERVER_SIP_CSEQ_H
#define VOLENS_SERVER_SIP_CSEQ_H

#include "server/base/view.h"

#define CSEQ_MAX 2147483647 /**< less than 2**31 (section 8.1.1.5) */

struct cseq {
	uint32_t number;
	struct view method; /**< not empty */
};

/** @p value is trimmed.  ERR_SYNTAX. */
enum err cseq_parse(struct view value, struct cseq *ret) MUST_CHECK;

#endif
