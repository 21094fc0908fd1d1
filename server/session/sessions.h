/*
 * sessions -- all calls of the relay: implements server/session.h over
 * server/sip.
 *
 * One of them for the daemon.  Loop thread only.
 */
#ifndef VOLENS_SERVER_SESSION_SESSIONS_H
#define VOLENS_SERVER_SESSION_SESSIONS_H

#include "server/base/counters.h"
#include "server/base/loop.h"
#include "server/session.h"

struct edge;
struct sip;

/** Seconds. */
struct session_timers {
	int expires_s; /**< Session-Expires of our calls, 90 or more */
	int min_se_s;  /**< that we take from others, 90 or more */
	int ring_s;    /**< without an answer: CANCEL */
};

struct sessions_settings {
	struct loop *loop;
	struct counters *counters;
	struct sip *sip;
	struct edge *edge;
	const char *domain; /**< of From and Call-ID */
	const struct media_rules *media;
	struct session_timers timers;
	/** Option tags that Supported names, besides 100rel and timer: each
	 *  with ", " before it; or "". */
	const char *supported;
};

/** After sip_new() and edge_new().  @p settings: copied; what they point to
 *  stays. */
struct sessions *sessions_new(const struct sessions_settings *settings);
/** Nothing is sent any more, nobody is told.  Before edge and sip go.  NULL is
 *  fine. */
void sessions_free(struct sessions *sessions);

#endif
