/*
 * imports -- many recipients at once, for a target: a batch.
 *
 * A batch asks its recipients, or grants for them by evidence of what they said
 * before, or is a stop list: nothing goes to them any more.  What asks or
 * grants is written whole or not at all.  Who denied stays denied, also where
 * only the hash of their deny is known (RFC 5360 section 5.8).  What a batch
 * did can be taken back; what the recipients said since stays.
 *
 * Errors and arenas as db/store.h says.
 */
#ifndef VOLENS_DB_IMPORTS_H
#define VOLENS_DB_IMPORTS_H

#include "db/permissions.h"
#include "db/store.h"
#include "policies/asking.h"

#define IMPORT_LINES_MAX 10000 /**< of one batch */

enum import_mode {
	IMPORT_ASK,	/**< each is asked */
	IMPORT_GRANTED, /**< each granted before; the evidence says how */
	IMPORT_STOP,	/**< a stop list: each is denied */
	IMPORT_MODES
};
const char *import_mode_name(enum import_mode mode);
bool import_mode_from(const char *name, enum import_mode *ret);

/** What became of one recipient, or why nothing can. */
enum import_outcome {
	IMPORT_DID_ASK,	   /**< they will be asked */
	IMPORT_DID_GRANT,  /**< it was not granted before */
	IMPORT_DID_RENEW,  /**< it was, and has new terms or evidence */
	IMPORT_DID_STOP,   /**< it was not denied before */
	IMPORT_DID_NOTHING /**< they were asked, or it is granted or denied,
			    *   already */
	,
	IMPORT_TAKEN_BACK, /**< read only: so it was */
	IMPORT_LEFT,	   /**< read only: it was to be taken back, but another
			    *   word stands now */
	/* From here on it is refused. */
	IMPORT_DENIED,	    /**< a deny stands */
	IMPORT_KINDS_TAKEN, /**< another row has some of the kinds */
	IMPORT_KINDS_OTHER, /**< not those of the list */
	IMPORT_IS_LIST,	    /**< the recipient is a stored list */
	IMPORT_NO_ROOM,	    /**< the list has as many entries as it may */
	IMPORT_OUTCOMES
};
/** The word of it; of those that are refused, the reason. */
const char *import_outcome_name(enum import_outcome outcome);
bool import_is_refused(enum import_outcome outcome);

/** One recipient. */
struct import_line {
	size_t line; /**< where they stand in what was imported */
	const char *recipient, *recipient_uri; /**< as in struct permission */
	const char *title;		       /**< for a list; NULL: none */
	const char *evidence;		       /**< NULL: none */
	struct kinds kinds; /**< none: messages, or those of the list */
	int64_t expires_at; /**< as in struct permission_change */
	bool has_term;	    /**< term_s is said */
	int64_t term_s;	    /**< how long a yes lives: TERM_* */
	/* Filled by store_import_run(): */
	enum import_outcome outcome;
	int64_t permission; /**< the row; of a refused one what stands in the
			     *   way; 0: none */
};

/** A batch as it is kept. */
struct import {
	int64_t id;
	enum import_mode mode;
	const char *sender; /**< scope; NULL: as the list asks */
	const char *target; /**< key */
	const char *list;   /**< name of the list that it is; NULL: none */
	const char *key;    /**< the request's Idempotency-Key; NULL: none */
	int64_t created_at;
	int64_t taken_back_at; /**< 0: it was not */
	int64_t n_lines;       /**< recipients in it */
	int64_t n_skipped;     /**< left out: a deny stands */
};

/** What to do. */
struct import_order {
	struct import batch; /**< id is not read */
	struct import_line *lines;
	size_t n;
	bool skips_denied;    /**< leave them out, rather than refuse all */
	bool is_dry;	      /**< look only */
	bool gives_way;	      /**< to a deny that waits: ERR_BUSY */
	int64_t entries_most; /**< of the list */
	/** By these the last question is foreseen; NULL: it is not. */
	const struct asking_limits *asking;
	int per_second; /**< questions to anybody; 0: any */
	/* Filled, also after ERR_CONFLICT: */
	size_t counts[IMPORT_OUTCOMES];
	size_t n_added;	 /**< entries to the list */
	int64_t room;	 /**< for how many it has room; -1: there is no list */
	size_t n_untold; /**< of those that it grants, who get a notice */
	size_t n_done;	 /**< of a stop list: lines that were done before */
	/** When the last one will have been asked; 0: nobody is, or it is not
	 *  foreseen; -1: the owner has sent too few bytes for all of them. */
	int64_t last_asked_at;
};
/**
 * Do all of it, or nothing.
 *
 * ERR_CONFLICT: some lines are refused, or it is dry; nothing was changed.
 * ERR_BUSY: somebody who denies waits; nothing was changed, do it again.
 * ERR_UNKNOWN: there is no such list; ERR_HOSTILE: the target is a list, and is
 * not said to be one.
 */
enum err store_import_run(struct store *store, struct import_order *order,
			  struct import *ret) MUST_CHECK;

/**
 * Deny for the lines of a stop list: all kinds, without end, whoever sends
 * (batch.sender; NULL: anybody) by its target or list.  A hundred lines a call,
 * and less when a deny waits, so that none waits for all of them.  Nothing
 * refuses a line, and what the recipient denied before stays theirs.  After a
 * crash a part of it is done; the same list again does the rest.
 *
 * @param order     n_done says where to go on
 * @param ret       the batch; given back with the next call
 * @param ret_done  what n_done is for that, once this is committed
 * ERR_UNKNOWN: there is no such list.
 */
enum err store_import_stop_some(struct store *store, struct import_order *order,
				struct import *ret,
				size_t *ret_done) MUST_CHECK;
/** What that would do, in outcomes and counts.  It only reads: memory is told
 * of a deny before it is on disk, so that no deny can be tried without effect.
 */
enum err store_import_stop_look(struct store *store,
				struct import_order *order) MUST_CHECK;

/** ERR_UNKNOWN. */
enum err store_import_get(struct store *store, int64_t id, struct arena *arena,
			  struct import *ret) MUST_CHECK;
struct import_filter {
	const char *key;    /**< the Idempotency-Key; NULL: any */
	const char *domain; /**< of the target, as in permission_filter */
	struct page page;
};
enum err store_import_list(struct store *store,
			   const struct import_filter *filter,
			   struct arena *arena, struct import **ret,
			   size_t *ret_n) MUST_CHECK;
/** How the recipients of a batch stand now. */
struct import_counts {
	int64_t states[PERMISSION_STATES]; /**< by the state of the row */
	int64_t expired;
	int64_t removed;		   /**< the row is gone */
	int64_t outcomes[IMPORT_OUTCOMES]; /**< by what was done */
};
enum err store_import_count(struct store *store, int64_t id, int64_t now,
			    struct import_counts *ret) MUST_CHECK;
/**
 * Take back what the batch granted, asked or denied, some hundred lines a call,
 * and less when a deny waits.  A grant of it goes, unless a later batch, an
 * operator or the recipient said so again; a question that was not answered
 * goes; an entry that it added goes with them.  So does a deny of it: a grant
 * whose place it took does not come back, one of other scopes counts again.
 *
 * @param ret_more  there is more to do: call it again
 */
enum err store_import_take_back(struct store *store, int64_t id, int64_t now,
				bool *ret_more) MUST_CHECK;

#endif
