/*
 * privacy -- the Privacy header (RFC 3323 sections 4 and 5, RFC 3325
 * section 9.3, RFC 7044 section 7.1).  Pure.
 */
#ifndef VOLENS_POLICIES_PRIVACY_H
#define VOLENS_POLICIES_PRIVACY_H

#include "server/base/view.h"

/** What may be asked for, as bits. */
enum privacy {
	PRIVACY_ID = 1 << 0,	   /**< no asserted identity goes outside */
	PRIVACY_USER = 1 << 1,	   /**< hide who sends */
	PRIVACY_HEADER = 1 << 2,   /**< hide Via, Contact, Record-Route */
	PRIVACY_SESSION = 1 << 3,  /**< hide where the media come from */
	PRIVACY_CRITICAL = 1 << 4, /**< refuse rather than do less */
	PRIVACY_NONE = 1 << 5,	   /**< nothing; stands alone */
	PRIVACY_HISTORY = 1 << 6,  /**< hide History-Info */
	PRIVACY_OTHER = 1 << 7	   /**< a value that we do not know */
};

#define PRIVACY_VALUES_MAX 16 /**< that are read in one request */

/**
 * Read a Privacy value list (";" separated; "," tolerated) into bits.
 *
 * ERR_SYNTAX for what RFC 3323 section 4.2 does not allow: `none` beside
 * another value, `critical` alone or not last, a value twice, no token.
 * ERR_TOO_LARGE: more than PRIVACY_VALUES_MAX values.
 */
enum err privacy_parse(struct view value, unsigned *ret) MUST_CHECK;
/** Step through the values: the next of @p rest, which is moved past it. */
bool privacy_next(struct view *rest, struct view *ret_name, unsigned *ret_bit);

/**
 * Did the sender ask not to be named?  Only they may be told that anonymity is
 * not taken (RFC 5079); that nobody asserts who they are is not their wish.
 *
 * @param from_key  key of the URI in From; "" where it has none
 * @param display   the display name in From, quotes and all; or none
 */
bool privacy_is_asked(unsigned privacy, const char *from_key,
		      struct view display);
/** True when From must be shown as anonymous on a leg. */
bool privacy_hides_from(unsigned privacy);
/** True when this header must not be copied to a leg (Subject, Call-Info,
 *  Organization, Reply-To, In-Reply-To, User-Agent under `user`; RFC 3323
 *  section 5.3). */
bool privacy_drops_header(unsigned privacy, struct view header_name);

/** What we do of it in a request of this method.  `session` needs a media
 *  relay, which there is for INVITE. */
unsigned privacy_served(const char *method);
/** What stays of it in the Privacy of the legs: what was done goes, and
 *  `critical` not alone (RFC 3323 section 5).  `id` stays for the next hop (RFC
 *  3325 section 7), which is also asked to keep who sends where `user` was
 *  asked for; `none` is never touched.  0: no header. */
unsigned privacy_left(unsigned privacy, unsigned served);

/**
 * The status that refuses a request for its privacy, 0: none.  500 where
 * `critical` stands beside what we do not do; 420 where Proxy-Require says that
 * somebody has to do it, since the request ends here (RFC 3323 sections 4.3
 * and 5).
 */
int privacy_refusal(unsigned privacy, unsigned served, int is_required);
/** The first value of the list that we do not do, for the phrase of a 500;
 *  empty: all are done. */
struct view privacy_unserved(struct view value, unsigned served);

#endif
