/*
 * accepted_keys -- the keys of accepted requests, in memory: a request that
 * comes again is found by its key.
 *
 * Private to db/, and the writer's own.  Keys are like random numbers: an index
 * of them on disk would have each request change another of its pages.  The
 * first half of a key (KEY_NAME_LEN bytes, db/store.h) names the request, the
 * rest is its content.
 */
#ifndef VOLENS_DB_ACCEPTED_KEYS_H
#define VOLENS_DB_ACCEPTED_KEYS_H

#include "server/base/sha256.h"

struct accepted_keys;

struct accepted_keys *accepted_keys_new(void);
void accepted_keys_free(struct accepted_keys *keys);
/** The id of the entry whose key begins like this one; 0: none.  @p
 *  ret_is_same: the content is the same, too. */
int64_t accepted_keys_find(const struct accepted_keys *keys,
			   const uint8_t key[HASH_LEN], bool *ret_is_same);
/** Each id has one key: it takes the place of one that was there. */
void accepted_keys_put(struct accepted_keys *keys, const uint8_t key[HASH_LEN],
		       int64_t id);
bool accepted_keys_has(const struct accepted_keys *keys, int64_t id);
void accepted_keys_remove(struct accepted_keys *keys, int64_t id);

#endif
