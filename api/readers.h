/*
 * readers -- read handles of the store, lent to libmicrohttpd's threads.
 *
 * As many as there are threads, so that none ever waits; each is opened when it
 * is first needed.
 */
#ifndef VOLENS_API_READERS_H
#define VOLENS_API_READERS_H

#include "db/store.h"

struct readers;

struct readers *readers_new(const char *store_path, size_t n);
void readers_free(struct readers *readers);
/** Borrow one; errors of store_open(). */
enum err readers_take(struct readers *readers, struct store **ret) MUST_CHECK;
/** Give it back; NULL is fine. */
void readers_give(struct readers *readers, struct store *store);

#endif
