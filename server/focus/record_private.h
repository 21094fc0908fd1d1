/*
 * record_private -- what became of each who was to be called, for the records
 * of requests (db/records.h).  Part of focus_private.h.
 */
#ifndef VOLENS_SERVER_FOCUS_RECORD_PRIVATE_H
#define VOLENS_SERVER_FOCUS_RECORD_PRIVATE_H

#include "server/focus/focus_private.h"

/** So many who are left out are noted of a conference. */
#define LEFT_OUT_MAX 1000

bool records_are_kept(const struct conferences *conferences);
/** Somebody has no permission and is not called, where others are. */
void room_note_left_out(struct conference_room *room, const char *key,
			int64_t permission);
/** Somebody who was to be called has no permission, and so nobody is. */
void room_note_refused(const struct conference_room *room,
		       const struct callees *callees);
/** Of one that is over; strings are its own, the rest is in the arena. */
void room_record(const struct conference_room *room, struct arena *arena,
		 struct request_record *ret);
/** Of one that a former process left. */
void left_record(const struct conferences *conferences,
		 const struct conferences_left *left,
		 const struct conference_row *row, struct arena *arena,
		 struct request_record *ret);

#endif
