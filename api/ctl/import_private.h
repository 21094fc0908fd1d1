/*
 * import_private -- what the files of `volensctl import` share: import.c (doing
 * it) and import_print.c (telling it).
 */
#ifndef VOLENS_API_CTL_IMPORT_PRIVATE_H
#define VOLENS_API_CTL_IMPORT_PRIVATE_H

#include "api/ctl/commands.h"
#include "api/ctl/import_file.h"

/** What becomes of a person. */
enum import_did {
	DID_ASK,
	DID_GRANT,
	DID_RENEW,
	DID_STOP,
	DID_NOTHING,
	IMPORT_DIDS
};
/** As responses name them. */
extern const char *const import_did_names[IMPORT_DIDS];

struct import_counted {
	long long dids[IMPORT_DIDS];
	long long skipped, n_bad, to_be_told, to_be_added;
};

/** A file on its way. */
struct importing {
	struct client *client;
	const struct options *options;
	struct arena *arena;
	const char *name; /**< of the file, safe */
	const char *path; /**< of the requests, with what holds for all */
	struct import_file file;
	struct import_counted looked; /**< what the dry run found */
	struct import_counted *of;    /**< of each part */
	long n_shown;
	const char *last_asked; /**< when the last will have been asked */
	long long room;	  /**< entries that the list may get; -1: it is none */
	bool lacks_bytes; /**< it cannot be told: they wait for bytes */
	size_t n_asking;  /**< parts that ask somebody */
	json_t *errors;	  /**< bad lines, as of the file */
	json_t *made;	  /**< imports */
	struct import_counted done;
};

/** "people.csv:12" */
const char *import_place(const struct importing *it, long long line);
/** Would the list get more than it may? */
bool import_lacks_room(const struct importing *it);
/** For how many something changes. */
long long import_work(const struct import_counted *counts);
/** Is it a stop list? */
bool import_is_stop(const struct options *options);

void import_looked_print(const struct importing *it);
/** The caller frees it. */
json_t *import_looked_json(const struct importing *it);
void import_done_print(const struct importing *it);

#endif
