/*
 * sqlite_private -- SQLite, the engine of a store: the only place where
 * sqlite3.h is included.
 *
 *   sqlite.c          statements and errors (struct store_engine)
 *   sqlite_open.c     opening, closing and looking after the file
 *   sqlite_schema.c   which version a file has, and the steps to ours
 *   sqlite_files.c    the file before SQLite opens it: is it there, is it a
 *                     store, does another process use it
 *
 * Private to db/.  What fails says why in store->problem.
 */
#ifndef VOLENS_DB_SQLITE_PRIVATE_H
#define VOLENS_DB_SQLITE_PRIVATE_H

#include <sqlite3.h>

#include "db/store_private.h"

#define APPLICATION_ID 0x566c6e4e /**< "VlnN", as in schema.sql */

struct sqlite {
	sqlite3 *db; /**< NULL: not open */
	int lock_fd; /**< of the name; -1: none */
	int file_fd; /**< of the file itself; -1: none */
};

/* ---- sqlite.c ----------------------------------------------------------- */

/** Translate and remember a result code of SQLite. */
enum err sqlite_note(struct store *store, int code);
/** Run a constant text of several statements. */
enum err sqlite_run_text(struct store *store, const char *sql);

/* ---- sqlite_open.c ------------------------------------------------------ */

enum err sqlite_open(struct store *store, const char *path);
void sqlite_close(struct store *store);
void sqlite_checkpoint(struct store *store);
enum err sqlite_check(struct store *store);
const char *sqlite_path(const struct store *store);

/* ---- sqlite_schema.c ---------------------------------------------------- */

/** The schema that this program makes. */
int64_t schema_newest(void);
/** The file's version; 0 when it is empty; ERR_UNSUPPORTED when not ours. */
enum err sqlite_read_version(struct store *store, int64_t *ret);
/** Bring the file to the newest version. */
enum err sqlite_migrate(struct store *store);

/* ---- sqlite_files.c ----------------------------------------------------- */

/** One process owns the file, by whatever name: locks that go with the handle
 *  are taken on the name and on the file itself, which is made where it is
 *  missing.  ERR_BUSY: another has it; ERR_UNSUPPORTED: it has several names.
 */
enum err files_take(struct store *store, const char *path) MUST_CHECK;
/** After SQLite has closed the file: to close any descriptor of it takes the
 *  locks away that SQLite holds in this process. */
void files_give(struct store *store);

#endif
