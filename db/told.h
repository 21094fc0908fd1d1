/*
 * told -- denies that recipients told an operator, by telephone or by letter.
 *
 * Such a deny is the recipient's own: only they take it back, and they are told
 * of it (db/notices.h).  Who recorded it,
 * and on what evidence, stays in its row and in its history.  Each token
 * records a bounded number of them in a day (UTC), however often the relay
 * starts; what stands already costs nothing.
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_TOLD_H
#define VOLENS_DB_TOLD_H

#include "db/permissions.h"

struct told {
	const char *token; /**< name of the API token that records it */
	uint64_t per_day;  /**< most that it may record in a day */
	int64_t wait_s;	   /**< ERR_FORBIDDEN: seconds until it may again */
	bool is_new_word;  /**< ERR_OK: it stood in no way before */
};

/**
 * Have what @p change says, by id or by its three, as the recipient's own deny:
 * event, actor and expires_at are not read, evidence is to be there.  Where
 * their own deny stands already and says as much, nothing changes, and `was`
 * and `row` are the same.  In force as after store_permission_deny().
 *
 * ERR_FORBIDDEN: the token recorded as many as it may today; nothing changes.
 * ERR_EXISTS: `was` of @p ret has some of the kinds.  Others as
 * store_permission_change().
 */
enum err store_permission_told(struct store *store,
			       const struct permission_change *change,
			       struct told *told, struct arena *arena,
			       struct permission_result *ret) MUST_CHECK;

#endif
