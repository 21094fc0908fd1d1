/*
 * options -- what the command line of volensctl says.
 */
#ifndef VOLENS_API_CTL_OPTIONS_H
#define VOLENS_API_CTL_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#include "server/base/arena.h"

/** Exit codes. */
enum outcome {
	OUTCOME_OK,
	OUTCOME_FAILED, /**< refused, not found, not reachable */
	OUTCOME_USAGE	/**< the command line makes no sense */
};

struct options {
	const char *url, *token_file;
	const char *ca_file; /**< NULL: the authorities of the system */
	int is_json;	     /**< 1: print the response */
	const char *sender, *target, *recipient, *state, *origin;
	const char *evidence, *expires;
	const char *by_recipient; /**< evidence of a deny that they told us */
	const char *term;	  /**< how long a yes lives */
	const char *kinds, *kind; /**< of a permission; one of a list */
	const char *method;	  /**< of a request that is explained */
	long limit;		  /**< of a list: rows at most; 0: all */
	const char *call_id, *since, *id;
	int is_import;		      /**< 1: a grant out of an import */
	const char *transport, *name; /**< of a hop */
	const char *password_file, *may, *subject;
	const char *domain; /**< one of the relay's */
	/** Of a stored list and its entries. */
	const char *owner, *use, *replies, *copy;
	const char *inside;	/**< number or name of a list inside it */
	const char *from_list;	/**< that has the entry which is referred to */
	int is_anonymous;	/**< 1: others do not see who it is */
	int is_all;		/**< 1: everybody in a conference */
	int is_skipping;	/**< 1: call those who permitted it */
	const char *unanswered; /**< how long there was no answer */
	/** Of an import. */
	const char *list, *mode;
	int skips_denied, is_dry, is_sure;
	char **words; /**< what comes after the command */
	int n_words;
	struct arena *arena; /**< lives as long as the program */
};

/** All that any command knows; ends with a name of NULL. */
extern const struct option options_known[];
/** Put one where it belongs; false for an unknown one, or a value that it does
 *  not take. */
bool option_take(struct options *options, int letter, const char *value);
/** 30d, 12h, 90min, 4w, 10s: in seconds; false: it is none. */
bool span_read(const char *word, int64_t *ret);

/** Kinds have commas between them here, blanks there; a copy in @p arena, NULL
 * of NULL. */
const char *option_blanks(struct arena *arena, const char *words);

#endif
