/*
 * notices_private -- what the files of notices share.
 *
 *   notice_sweep.c    which are due; records their tries and begins them
 *   notice.c          one of them: sent, and when it has left
 *   notice_outcome.c  how it ended
 *   notice_text.c     what it says
 */
#ifndef VOLENS_SERVER_CONSENT_NOTICES_PRIVATE_H
#define VOLENS_SERVER_CONSENT_NOTICES_PRIVATE_H

#include "db/notices.h"
#include "server/consent/consents_private.h"

/** A notice whose try was recorded. */
struct notice_due {
	struct notice notice;
	struct permission row;
	struct token deny, stop;
	bool has_stop;
	const char *owner; /**< whose calls pay for it; NULL: nobody's need to
			    */
};

/** A notice that is on its way. */
struct notice_out {
	struct store_job job; /**< tells the store what became of it */
	struct notice_out *next, *prev; /**< of consents->notices */
	struct consents *consents;
	struct arena *arena;
	struct notice notice;
	struct permission row;	      /**< scopes, kinds, recipient_uri */
	struct question_client payer; /**< as notice_due.owner */
	int64_t begun_at;
	struct leg_template template;
	struct leg leg;
	struct loop_timer look; /**< has it left? */
	bool is_leaving;	/**< it may leave in this turn */
	bool is_noted;		/**< the store was told that it has left */
	bool is_over;		/**< the leg has ended */
	struct notice_change change;
};

static inline struct notice_out *notice_out_of(struct write_job *job)
{
	return (struct notice_out *)(void *)job;
}

/** Send it.  Copies what it needs. */
void notice_begin(struct consents *consents, const struct notice_due *due);
/** Its leg's ended(), or it cannot be sent. */
void notice_ended(struct leg *leg);
/** It is over: forget it. */
void notice_end(struct notice_out *out);
/** Tell the store that it has left, and what became of it, as far as both are
 *  known and not told yet. */
void notice_note(struct notice_out *out);

#endif
