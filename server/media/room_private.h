/*
 * room -- one conference: who is in it, and one frame of all to all.
 */
#ifndef VOLENS_SERVER_MEDIA_ROOM_PRIVATE_H
#define VOLENS_SERVER_MEDIA_ROOM_PRIVATE_H

#include "server/media/party_private.h"

#define ROOM_TALKERS_MAX 16

struct room;
struct room *room_new(void);
/** The parties must be gone. */
void room_free(struct room *room);
void room_add(struct room *room, struct party *party);
void room_remove(struct room *room, struct party *party);
bool room_is_empty(const struct room *room);
/** @p n: ticks since the last one; @p talkers_max: up to ROOM_TALKERS_MAX. */
void room_tick(struct room *room, const struct party_context *context,
	       unsigned talkers_max, uint64_t n);

#endif
