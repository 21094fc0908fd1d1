/*
 * files -- the store's file before SQLite opens it: whether it exists, is a
 * store, and is used by no other process.
 *
 * Private to db/.  What fails says why in store->problem.
 */
#ifndef VOLENS_DB_FILES_H
#define VOLENS_DB_FILES_H

#include "db/sqlite.h"

#define APPLICATION_ID 0x566c6e4e /**< "VlnN", as in schema.sql */

/** One process owns the file, by whatever name: locks that go with the handle
 *  are taken on the name and on the file itself, which is made where it is
 *  missing.  ERR_BUSY: another has it; ERR_UNSUPPORTED: it has several names.
 */
enum err files_take(struct store *store, const char *path) MUST_CHECK;
/** After SQLite has closed the file: to close any descriptor of it takes the
 *  locks away that SQLite holds in this process. */
void files_give(struct store *store);
/** A new or changed name in the folder of @p path is on disk. */
enum err files_sync_folder(const char *path) MUST_CHECK;
/** The schema that this program makes. */
int64_t schema_newest(void);

/** Why the store could not be opened; keeps what was noted before. */
void store_explain(struct store *store, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
