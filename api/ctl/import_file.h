/*
 * import_file -- a file of people, cut into parts that the relay takes.
 *
 * CSV or JSON, as POST /v1/imports has them.
 */
#ifndef VOLENS_API_CTL_IMPORT_FILE_H
#define VOLENS_API_CTL_IMPORT_FILE_H

#include <stdbool.h>

#include "server/base/view.h"

#define PART_ROWS 2000 /**< people of a part: it is soon written */
#define PART_BYTES                                                             \
	((size_t)4 * 1000 * 1000) /**< under what a body may have              \
				   */

/** What goes into one request. */
struct import_part {
	struct view body;
	size_t first; /**< line of CSV, or number of the row, that it begins
		       *   with */
	size_t n_rows;
	/** Add it to a line number of a response. */
	size_t line_offset;
};
/** Somebody in the file. */
struct import_row {
	const char *key; /**< the same of all spellings */
	size_t line;	 /**< of CSV, or number of the row */
};
struct import_file {
	bool is_json;
	struct import_part *parts;
	size_t n_parts, n_rows;
	struct import_row *rows; /**< whose recipient can be read */
	size_t n_keys;		 /**< of them */
};

/** Cut @p text, which needs no copy; all is in @p arena.  Pure.  @return what
 * is wrong with it, in words that may hold some of it; or NULL */
const char *import_file_cut(struct view text, struct arena *arena,
			    struct import_file *ret);

/**
 * Who is in two parts: the relay sees only one of them at a time.  @p rows is
 * sorted for it.  Begin with @p at 0.
 *
 * @return a row that is there in an earlier part, too, in the line @p ret;
 * NULL: there is no more
 */
const struct import_row *import_file_twice(const struct import_file *file,
					   size_t *at, size_t *ret);

/** The same of a file; "-" is standard input. */
const char *import_file_read(const char *name, struct arena *arena,
			     struct import_file *ret);

/** A word that is another for another part, or path of a request; in @p arena.
 */
const char *import_part_hash(const struct import_part *part, const char *path,
			     struct arena *arena);

#endif
