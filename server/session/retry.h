/*
 * retry -- what of an INVITE is left out when it is sent once more (RFC 3261
 * section 8.1.3.5, RFC 4028 section 7.3).
 *
 * Each step is taken once.  No clock and no memory.
 */
#ifndef VOLENS_SERVER_SESSION_RETRY_H
#define VOLENS_SERVER_SESSION_RETRY_H

#include <stdbool.h>

#define RETRY_SE_MAX 7200 /**< seconds of a Min-SE that we take */

/** What was tried, and what the call still has to lose.  Zero at the start. */
struct retry {
	int n_invites;	     /**< sent so far */
	bool is_bare;	     /**< SDP without the other part (415) */
	bool is_simple;	     /**< the simplest codecs only (488, 606) */
	const char *without; /**< option tags that are left out (420): a list;
			      *   NULL: none */
	int min_se_s;	     /**< the largest of the 422s; 0: none */
};
/** The refusal. */
struct retry_refusal {
	int status;
	const char *unsupported; /**< tags of ours that it names, or NULL */
	int min_se_s;		 /**< Min-SE, or 0 */
	bool has_list;		 /**< the INVITE has another part than SDP */
	bool has_rich;		 /**< and codecs beyond the simplest */
};

/** @return true: once more, as @p retry says now. */
bool retry_step(struct retry *retry, const struct retry_refusal *refusal,
		int most);

#endif
