/*
 * import_body -- what an import brings: lines of CSV, or rows of JSON, read and
 * made canonical.
 *
 * Pure, as bodies.h.  Every line that cannot be imported is named; nothing is
 * guessed.
 */
#ifndef VOLENS_API_IMPORT_BODY_H
#define VOLENS_API_IMPORT_BODY_H

#include "api/bodies.h"
#include "db/imports.h"

/** What holds for all lines that do not say otherwise. */
struct import_rules {
	struct body_rules body;
	enum import_mode mode;
	const char *evidence; /**< NULL: each line has its own */
	struct kinds kinds;   /**< none: messages, or those of the list */
	int64_t expires_at;   /**< -1: not said */
	bool has_term;	      /**< term_s is said; expires_at is not */
	int64_t term_s;	      /**< TERM_* */
};
/** A line that cannot be imported. */
struct import_fault {
	size_t line;	    /**< of CSV from 1; of JSON the number of the row */
	const char *reason; /**< a word for programs */
	const char *field;  /**< NULL: the whole line */
	const char *detail; /**< a sentence for a person */
	int64_t permission; /**< that stands in the way; 0: none */
};
struct import_body {
	struct import_line *lines; /**< that are good */
	size_t n;
	struct import_fault *faults; /**< room for one a line, and n of them */
	size_t n_faults;
	size_t n_read; /**< lines in all */
};

/** CSV: a line of names, then one a recipient: recipient, display_name, kinds,
 *  evidence, evidence_date, expires_at, term, in any order. */
enum err import_csv_read(struct view body, const struct import_rules *rules,
			 struct arena *arena, struct import_body *ret,
			 struct problem *ret_problem) MUST_CHECK;
/** JSON: {"rows": [{...}]} with the same members. */
enum err import_json_read(struct view body, const struct import_rules *rules,
			  struct arena *arena, struct import_body *ret,
			  struct problem *ret_problem) MUST_CHECK;
/** Ascending by line. */
void import_faults_sort(struct import_body *body);

#endif
