/*
 * mixer -- conferences of voices: everybody hears all the others.
 *
 * The story of one participant.  mixer_open() gives them a UDP port, for an
 * offer or an answer; whatever comes there is dropped, so early media is never
 * heard.  When the call is answered mixer_connect() says where they are and
 * what was agreed upon: from the next tick on they hear and are heard, and so
 * again after each new answer.  mixer_control() mutes, holds, makes deaf, sets
 * the volume.  mixer_remove() takes them out:
 *
 *      When its answer comes, no packet leaves to them any more, and nothing of
 *      theirs is in a frame that is sent later.
 *
 * The same holds of `is_deaf` and `is_held` when mixer_control() is answered.
 *
 * Threads.  All functions belong to the loop of the settings, and so do all
 * callbacks.  The voices belong to the media threads, of which a conference has
 * one for life.  The two exchange values (media.h): orders go out in a queue
 * and are served between two ticks, at once; answers and events come back by
 * loop_post().  A thread without participants sleeps.
 *
 * Rules kept: RFC 3550 (RTP, appendix A.1 and A.2, section 8.2), RFC 3551
 * (G.711), RFC 4733 (keys), RFC 5761 (RTCP on the same port); where media may
 * come from and go to is in latch.h.A sender report goes out about every 5 s
 * while audio does; no RTCP BYE: the call ends by SIP.
 *
 * Bounds: participants and conferences in all, participants of one conference,
 * ports; 4 packets a participant and tick, 1,500 bytes a packet, 10 RTCP
 * packets a second; 16 KB of memory a participant and 64 KB in its socket.
 */
#ifndef VOLENS_SERVER_MEDIA_MIXER_H
#define VOLENS_SERVER_MEDIA_MIXER_H

#include "server/base/loop.h"
#include "server/media/media.h"

struct counters;
struct mixer_settings {
	struct loop *loop;
	struct counters *counters; /**< for the time of ticks; NULL: none */
	/** Of all sockets, as a host; not the wildcard.  Ports are ignored. */
	union address address;
	/** The same as others see it, behind a NAT; family 0: no other. */
	union address advertised;
	unsigned port_first, port_last; /**< even ones are used */
	unsigned threads;		/**< 0: one for two processors */
	unsigned participants_max, conferences_max; /**< in all */
	unsigned participants_per_conference;
	unsigned talkers_max; /**< in one sum: 1 to 16 */
	int threshold_dbm0;   /**< of speech: -90 to 0 */
	unsigned timeout_s; /**< MEDIA_EVENT_SILENT comes after it; 0: never */
	/** What happened to a participant that has not been removed.  It must
	 *  not free the mixer. */
	void (*event)(void *arg, const struct media_event *event);
	void *arg;
};

struct mixer;
/**ERR_SYNTAX: a setting is out of its range, a wildcard, or no even port;
 * ERR_IO: the address is not ours; ERR_BUSY: all ports are taken; ERR_FULL: no
 * thread. */
enum err mixer_new(const struct mixer_settings *settings,
		   struct mixer **ret) MUST_CHECK;
/** Ends all conferences; nothing leaves when it returns.  No callback comes any
 *  more.  The loop runs once more after it, or loop_finish() is called. */
void mixer_free(struct mixer *mixer);

/** An answer, on the loop.  @p stats: zero if none were asked for. */
typedef void mixer_done_fn(void *arg, uint64_t id,
			   const struct media_stats *stats);

/** ERR_BUSY: there are too many. */
enum err mixer_conference_open(struct mixer *mixer, uint64_t *ret) MUST_CHECK;
/** Removes all who are in it, without an answer for each; @p done (or NULL) is
 *  called with the conference when no packet leaves to any of them.  No
 *  participant can be opened in it any more.  ERR_UNKNOWN. */
enum err mixer_conference_close(struct mixer *mixer, uint64_t conference,
				mixer_done_fn *done, void *arg) MUST_CHECK;

/**
 * A place in a conference, and a port.
 *
 *@param ret_local  where their media shall come to: what the SDP says
 * @return ERR_BUSY: too many, or no port is free; ERR_FULL: no descriptor;
 *         ERR_IO: the address is not ours any more; ERR_UNKNOWN
 */
enum err mixer_open(struct mixer *mixer, uint64_t conference, uint64_t *ret,
		    union address *ret_local) MUST_CHECK;
/** ERR_UNKNOWN; ERR_UNSUPPORTED and ERR_HOSTILE as media_session_check(); also
 *  ERR_HOSTILE: a port of our own, which would feed our voice to ourselves. */
enum err mixer_connect(struct mixer *mixer, uint64_t participant,
		       const struct mixer_session *session) MUST_CHECK;
/** ERR_UNKNOWN; ERR_UNSUPPORTED: the volume is out of its range. */
enum err mixer_control(struct mixer *mixer, uint64_t participant,
		       const struct media_controls *controls,
		       mixer_done_fn *done, void *arg) MUST_CHECK;
/** ERR_UNKNOWN. */
enum err mixer_measure(struct mixer *mixer, uint64_t participant,
		       mixer_done_fn *done, void *arg) MUST_CHECK;
/** @p done (or NULL) gets the last statistics.  The id is unknown from now on;
 *  the port is free when it is answered.  ERR_UNKNOWN. */
enum err mixer_remove(struct mixer *mixer, uint64_t participant,
		      mixer_done_fn *done, void *arg) MUST_CHECK;

/** Wait until all that was asked so far is done: when it returns, what the
 *  answers say is so.  They still come later.  It takes as long as a tick at
 *  most, and is for a no that is to be answered now. */
void mixer_settle(struct mixer *mixer);

/** Would a packet to this address come to one of our ports? */
bool mixer_owns(const struct mixer *mixer, const union address *address);
/** For /metrics. */
struct mixer_gauges {
	unsigned n_conferences, n_participants, n_ports, n_threads;
	uint64_t n_late_ticks;	/**< since the start, as the next */
	uint64_t n_lost_events; /**< that came faster than the loop took them */
	/** The counts of all participants, also of those that are gone, as of
	 *  the last second. */
	struct media_stats totals;
};
void mixer_measure_all(const struct mixer *mixer, struct mixer_gauges *ret);

#endif
