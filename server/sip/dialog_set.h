/*
 * dialog_set -- the dialogs of one INVITE of ours (RFC 3261 sections 12.1.2 and
 * 13.2.2): a proxy may fork it, and each phone that rings or answers has one.
 *
 * The set owns its dialogs.  It is needed until 64*T1 after the first 2xx, and
 * as long as one of its dialogs lives.
 */
#ifndef VOLENS_SERVER_SIP_DIALOG_SET_H
#define VOLENS_SERVER_SIP_DIALOG_SET_H

#include "server/sip/dialog.h"

#define DIALOG_SET_EARLY_MAX 8 /**< phones that ring at once */
#define DIALOG_SET_MAX 16      /**< dialogs in all */

struct dialog_set {
	struct dialog *ours; /**< what all have in common; no dialog itself */
	struct dialog *dialogs[DIALOG_SET_MAX]; /**< in order of appearance */
	size_t n;
	bool has_failed; /**< 300 to 699 came */
	bool is_closed;
};

/** @p invite: as it is sent; @p channel: by what.  ERR_SYNTAX. */
enum err dialog_set_new(const struct message *invite, enum protocol channel,
			struct dialog_set **ret) MUST_CHECK;
/** With all its dialogs.  NULL is fine. */
void dialog_set_free(struct dialog_set *set);

/** What a response means for the dialogs. */
enum dialog_news {
	DIALOG_NEWS_NONE,      /**< nothing: no tag, not of this INVITE */
	DIALOG_NEWS_EARLY,     /**< a new early dialog */
	DIALOG_NEWS_PROGRESS,  /**< 1xx again in one */
	DIALOG_NEWS_CONFIRMED, /**< 2xx: ACK; and BYE if another was first */
	DIALOG_NEWS_REPEATED,  /**< the same 2xx: the same ACK again */
	DIALOG_NEWS_FAILED,    /**< 300 to 699: the early ones are over */
	/** A 2xx that no request can follow: its tag cannot be read, or there
	 *  are too many dialogs.  It is not acknowledged; the other side
	 *  ends it (RFC 3261 section 13.3.1.4). */
	DIALOG_NEWS_UNUSABLE
};

/**
 * A response of the INVITE's transaction.
 *
 * @param ret  the dialog that it belongs to; NULL for NONE, FAILED, UNUSABLE
 */
enum dialog_news dialog_set_receive(struct dialog_set *set,
				    const struct message *response,
				    struct dialog **ret);
/** 64*T1 after the first 2xx: early dialogs are over, and none begins (RFC 3261
 *  section 13.2.2.4). */
void dialog_set_close(struct dialog_set *set);
/** How many are in this state. */
size_t dialog_set_count(const struct dialog_set *set, enum dialog_state state);

#endif
