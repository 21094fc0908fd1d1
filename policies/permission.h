/*
 * permission -- who may send to a recipient by a target: one row (sender scope,
 * target URI, recipient URI), and the one table of its states (RFC 5360
 * section 4.1, RFC 5362 section 4).
 *
 * Everybody who changes a permission (SIP replies, the REST API, the sweep)
 * asks permission_step() first.  Pure: no clock, no I/O, no allocation.
 */
#ifndef VOLENS_POLICIES_PERMISSION_H
#define VOLENS_POLICIES_PERMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "policies/kinds.h"
#include "policies/renewal.h"

/** Consent status, exactly the five of RFC 5362 section 4. */
enum permission_state {
	PERMISSION_PENDING, /**< will be asked */
	PERMISSION_WAITING, /**< asked, no reply yet */
	PERMISSION_ERROR,   /**< the permission request was not delivered */
	PERMISSION_DENIED,  /**< stands until the recipient changes it */
	PERMISSION_GRANTED, /**< the only state that permits a leg */
	PERMISSION_STATES   /**< how many; not a state */
};

/** Who decided the present state. */
enum permission_origin {
	ORIGIN_RECIPIENT, /**< the recipient's own reply */
	ORIGIN_ADMIN,	  /**< an operator over REST, with evidence */
	ORIGIN_IMPORT,	  /**< an imported opt-in, with evidence */
	ORIGINS
};

/** What became of the notice of a grant (policies/notice.h). */
enum notice_state {
	NOTICE_NONE,   /**< nobody is to be told */
	NOTICE_DUE,    /**< none has left yet: a grant permits no leg */
	NOTICE_SENT,   /**< one has left; not answered yet */
	NOTICE_TOLD,   /**< it was answered by a 2xx */
	NOTICE_FAILED, /**< it cannot be delivered, or was tried for long */
	NOTICE_VOID,   /**< what it was to tell is not so any more */
	NOTICE_STATES  /**< how many; not a state */
};

/** What a person saw before they answered.  NULL: not known, as with phones
 *  that show the question as they like. */
struct consent_shown {
	const char *version;  /**< of the text, such as "page-1" */
	const char *language; /**< RFC 5646 */
	const char *hash;     /**< SHA-256 of it, in hex */
};

/** A row.  Strings are canonical keys (server/base/uri.h) or scopes. */
struct permission {
	int64_t id;	    /**< never used again after removal */
	const char *sender; /**< AOR key, "*@domain", "*" (any authenticated) or
				 "anonymous" (unauthenticated too) */
	const char *target; /**< key of the target URI, or "*": any of the
				 first domain, "*@domain": of another */
	const char *recipient;	   /**< key of the recipient URI, never wild */
	const char *recipient_uri; /**< the URI as it was given; where to ask */
	struct kinds kinds;	   /**< what it is for; none: messages */
	/** Denied: a no to every kind, not only to these. */
	bool all_kinds;
	enum permission_state state;
	enum permission_origin origin;
	const char *evidence; /**< NULL or text */
	/** Of the recipient's own deny: the API token by which an operator who
	 *  was told of it recorded it.  NULL: nobody did. */
	const char *recorded_by;
	/** Of the recipient's own word. */
	struct consent_shown shown;
	const char *reason; /**< NULL, or why the state is error */
	const char *etag; /**< changes with every change; never NULL from db */
	int64_t created_at;
	int64_t changed_at;
	int64_t expires_at; /**< 0: never; a row past it counts as no row */
	int64_t asked_at;   /**< 0: never asked */
	int64_t ask_due_at; /**< pending, or granted with a renewal planned: not
				 to be asked before; else 0 */
	int64_t term_s; /**< how long a yes of the recipient lives: TERM_* */
	enum renewal renewal;	  /**< of a grant */
	enum notice_state notice; /**< of the last grant of it */
	int64_t notice_at; /**< when it was told, else when it left; 0: not */
	int last_status;   /**< last final SIP status to a permission request,
			    *   as kept_status.h keeps it; 0: none */
};

enum permission_event {
	EVENT_ADDED,	     /**< somebody wants this permission asked for */
	EVENT_AGAIN,	     /**< somebody wants it asked once more, though the
				  question got there or never will */
	EVENT_SENT,	     /**< the permission request was sent (2xx, or no
				  final response yet) */
	EVENT_UNDELIVERABLE, /**< it got a final status >= 300, or silence */
	EVENT_GRANT,
	EVENT_DENY,
	EVENT_EXPIRE,  /**< its time is over, or a refresh was missed */
	EVENT_REMOVED, /**< DELETE, or the recipient left the translation */
	PERMISSION_EVENTS
};

enum permission_step {
	STEP_TAKEN,   /**< the state is now *ret_state; the actor decided it */
	STEP_IGNORED, /**< nothing changes, and that is fine (idempotent) */
	STEP_FORBIDDEN, /**< the recipient's own deny stands: 409 */
	STEP_GONE	/**< the row goes away */
};

/**
 * What an event does to a permission.
 *
 * A recipient's own deny yields to nobody but the recipient: grant, ask again,
 * removal by others are STEP_FORBIDDEN.  A permission request that fails never
 * changes a granted or denied row; a trigger (EVENT_ADDED, EVENT_SENT on
 * granted) changes no state.  A 2xx to a permission request is never a grant.
 * Asking again changes no decision, whosever it is (STEP_FORBIDDEN).
 * A decision that the recipient repeats is STEP_TAKEN again: a grant restarts
 * the refresh clock, a deny retires the grant tokens given out since.
 *
 * @param row    the row, NULL when there is none yet (only EVENT_ADDED,
 *               EVENT_GRANT and EVENT_DENY make sense then)
 * @param actor  whose event it is; EVENT_SENT, EVENT_UNDELIVERABLE and
 *               EVENT_EXPIRE mean the same from all
 * @param ret_state  written on STEP_TAKEN only
 */
enum permission_step permission_step(const struct permission *row,
				     enum permission_event event,
				     enum permission_origin actor,
				     enum permission_state *ret_state);

/** The recipient's own deny.  One of unknown origin counts as that. */
bool permission_is_own_deny(const struct permission *row);
/** Does the same one speak: by origin, and who recorded it? */
bool permission_is_by_same(const struct permission *a,
			   const struct permission *b);
/** True while it permits a leg: granted and not past expires_at. */
bool permission_is_current(const struct permission *row, int64_t now);
/** True when time is up: expires_at is set and not after @p now.  A recipient's
 *  own deny has no end, whatever its expires_at says. */
bool permission_is_expired(const struct permission *row, int64_t now);

/** Its kinds as text; "*" for a deny of all.  In @p room, or constant. */
const char *permission_kinds_text(const struct permission *row,
				  char room[KINDS_TEXT_ROOM]);

/** A pending row whose permission request was sent and has no reply yet. */
bool permission_is_asked(const struct permission *row);

const char *permission_state_name(enum permission_state state);
bool permission_state_from(const char *name, enum permission_state *ret);
const char *permission_origin_name(enum permission_origin origin);
bool permission_origin_from(const char *name, enum permission_origin *ret);

#endif
