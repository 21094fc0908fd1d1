/*
 * problem -- why a request to the API is refused: the documents of RFC 9457.
 */
#ifndef VOLENS_API_PROBLEM_H
#define VOLENS_API_PROBLEM_H

#include "server/base/text.h"

struct exchange;
struct json_t;

/** Why a request is refused: what a problem document says (RFC 9457). */
struct problem {
	int status;	    /**< 400..599 */
	const char *reason; /**< a word for programs, constant; NULL: none */
	const char *detail; /**< a sentence for a person */
	const char *field;  /**< 422: the member of the body; else NULL */
	int64_t permission; /**< 409: the row that stands in the way; else 0 */
	int entry;	    /**< 422: which entry of a list, from 1; 0: none */
	/** 409: recipients whose permission is missing. */
	const char *const *missing;
	size_t n_missing;
	struct json_t *errors; /**< 422: each of many, as an array that is taken
				    over; NULL: none */
	int retry_after_s;     /**< 429, 503; else 0 */
};

/** Refuse with a problem document. */
void respond_problem(struct exchange *exchange, const struct problem *problem);
/** The same from its parts. */
void respond_refusal(struct exchange *exchange, int status, const char *detail);
/** 400 for a parameter of the query; false. */
bool respond_bad_parameter(struct exchange *exchange, const char *name,
			   const char *problem);
/** Refuse for an error of the store or the writer; @p noun: what was looked
 *  for, in words for a person ("permission"). */
void respond_err(struct exchange *exchange, enum err err, const char *noun);
/** 503: the change is on disk, but who sends has not been reached; @p then is
 *  what to do, with a blank before it, or "". */
void respond_not_in_force(struct exchange *exchange, const char *then);

/** The reason phrase of RFC 9110 for a status that this API gives. */
const char *status_phrase(int status);

#endif
