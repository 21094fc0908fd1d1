/*
 * conferences -- conferences that are not over, and their calls.
 *
 * A row says enough to end a call after a crash, in which nobody else would:
 * the phones would ring or talk to nobody.  It is on disk before the INVITE, or
 * the ACK, leaves.  Conferences are not continued after a restart.
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_CONFERENCES_H
#define VOLENS_DB_CONFERENCES_H

#include "db/records.h"
#include "db/store.h"

enum call_state {
	CALL_QUEUED,	/**< nothing was sent */
	CALL_INVITING,	/**< an INVITE may have left, or ours is to come */
	CALL_CONFIRMED, /**< it was answered */
	CALL_STATES
};

/** A call; strings are not NULL, but may be "". */
struct call_row {
	const char *conference; /**< id */
	int64_t party;
	const char *party_uri;
	bool is_theirs; /**< they sent the INVITE */
	enum call_state state;
	const char *call_id, *local_tag, *remote_tag;
	const char *local, *remote; /**< name-addr */
	/** target "" of one to whom CANCEL was sent: it found no call. */
	const char *request_uri, *target, *branch, *hop;
	const char *routes; /**< whole header lines, each with CRLF */
	uint32_t cseq, invite_cseq;
	int64_t since;
};
struct conference_row {
	const char *id;
	const char *service; /**< its name */
	const char *sender;  /**< key */
	const char *subject; /**< or NULL */
	int64_t created_at;
	const char *call_id; /**< of the INVITE that made it; "": REST did */
	const char *source;  /**< that it came from */
};

/** A conference with its first calls, all or nothing.  ERR_EXISTS. */
enum err store_conference_add(struct store *store,
			      const struct conference_row *row,
			      const struct call_row *calls,
			      size_t n) MUST_CHECK;
/** More calls, all or nothing.  ERR_CONFLICT: no such conference; ERR_EXISTS.
 */
enum err store_calls_add(struct store *store, const struct call_row *calls,
			 size_t n) MUST_CHECK;
/** What a call is now; all but its names change.  ERR_UNKNOWN. */
enum err store_call_record(struct store *store,
			   const struct call_row *row) MUST_CHECK;
/** Harmless where there is none. */
enum err store_call_remove(struct store *store, const char *conference,
			   int64_t party) MUST_CHECK;
/** CANCEL found no call at @p at: target and since change.  Harmless where
 *  there is none. */
enum err store_call_not_found(struct store *store, const char *conference,
			      int64_t party, int64_t at) MUST_CHECK;
/** The same as store_call_remove(), and the conference goes with the last. */
enum err store_call_end(struct store *store, const char *conference,
			int64_t party) MUST_CHECK;
/** What became of it, before it goes.  Harmless where that is recorded, or
 * there is none. */
enum err
store_conference_record(struct store *store, const char *id,
			const struct request_record *record) MUST_CHECK;
/** With all its calls; @p record, or NULL, is written as above.  Harmless where
 *  there is none. */
enum err
store_conference_remove(struct store *store, const char *id,
			const struct request_record *record) MUST_CHECK;

/** What a former process left: all of it. */
struct conferences_left {
	struct conference_row *conferences;
	size_t n_conferences;
	struct call_row *calls; /**< those of a conference stand together */
	size_t n_calls;
};
enum err store_conferences_left(struct store *store, struct arena *arena,
				struct conferences_left *ret) MUST_CHECK;

#endif
