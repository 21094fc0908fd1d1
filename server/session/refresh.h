/*
 * refresh -- how long a session lives without a word, and who says it (RFC
 * 4028).
 *
 * Each INVITE and UPDATE, and its 2xx, may agree on an interval; the last 2xx
 * decides, and one without Session-Expires switches it off.  "uac" and "uas"
 * are the roles of that transaction.  No clock and no memory.  Seconds, but
 * where a name ends in _ms.
 */
#ifndef VOLENS_SERVER_SESSION_REFRESH_H
#define VOLENS_SERVER_SESSION_REFRESH_H

#include "server/sip/message.h"

#define REFRESH_MIN_SE 90    /**< RFC 4028 section 5: the least there is */
#define REFRESH_MOST_S 86400 /**< longer intervals count as this */

enum refresh_by { REFRESH_BY_NOBODY, REFRESH_BY_US, REFRESH_BY_THEM };
/** What is agreed on.  Zero: nothing. */
struct refresh {
	enum refresh_by by;
	int interval_s;
};

/** What stands in a request or a response. */
struct refresh_head {
	int expires_s; /**< Session-Expires; 0: none */
	enum { REFRESH_ROLE_NONE, REFRESH_ROLE_UAC, REFRESH_ROLE_UAS } role;
	int min_se_s;	     /**< Min-SE; 0: none */
	bool is_timer_known; /**< Supported or Require names timer */
};
/** A value that is broken counts as absent. */
void refresh_head_read(const struct message *message, struct refresh_head *ret);
/** Does a header that lists option tags name this one? */
bool refresh_names_tag(const struct message *message, enum field field,
		       struct view tag);

/** What we want. */
struct refresh_wish {
	int expires_s, min_se_s; /**< 90 or more */
};

/** The answer to an INVITE or UPDATE of theirs. */
struct refresh_reply {
	int status;   /**< 0: accepted; 422: with Min-SE */
	int min_se_s; /**< for 422 */
	struct refresh agreed;
	/** Lines of the 2xx, each with CRLF (Session-Expires, Require). */
	char lines[64];
};
/** RFC 4028 section 9. */
void refresh_answer(const struct refresh_head *asked,
		    const struct refresh_wish *wish, struct refresh_reply *ret);

/** A 2xx to an INVITE or UPDATE of ours (RFC 4028 section 7.2). */
struct refresh refresh_agreed(const struct refresh_head *answer);

/** Session-Expires and Min-SE of a request of ours, each with CRLF (sections
 *  7.1 and 7.4).  @p min_se_s: the largest of the 422s, or 0. */
void refresh_lines(const struct refresh_wish *wish, const struct refresh *now,
		   int min_se_s, char ret[96]);

/** After a 2xx: when we refresh, half of the interval and a tenth of that more
 *  or less; -1: we do not. */
int64_t refresh_after_ms(const struct refresh *refresh, uint32_t random);
/** After a 2xx: when the session is over without another one (section 10); -1:
 *  never. */
int64_t refresh_lost_after_ms(const struct refresh *refresh);

#endif
