/*
 * fields -- read a JSON object from a stranger against a list of its members.
 *
 * Strict: one object, no duplicate names, no NUL, no unknown member, right
 * types.  Only this file and json.c know jansson's reading side.
 */
#ifndef VOLENS_API_FIELDS_H
#define VOLENS_API_FIELDS_H

#include "api/problem.h"

enum field_kind {
	FIELD_STRING, /**< a string without control bytes */
	FIELD_WORDS,  /**< an array of such strings without blanks; comes out as
			   one, with a blank between two */
	FIELD_TIME    /**< RFC 3339, or null for never (0) */
};

/** One member that is known. */
struct body_field {
	const char *name;
	enum field_kind kind;
	size_t max;	    /**< FIELD_STRING, FIELD_WORDS: most bytes */
	const char **value; /**< FIELD_STRING, FIELD_WORDS: where it goes; NULL
			       when absent */
	int64_t *at;	    /**< FIELD_TIME: where it goes; -1 when absent */
};

/**
 * Read @p body.  Strings are copied to @p arena.
 * @param ret  on error, the refusal: 400 when it is no JSON object, else 422
 */
enum err fields_read(struct view body, struct arena *arena,
		     const struct body_field *fields, size_t n,
		     struct problem *ret) MUST_CHECK;

/** Fill @p ret as a 422 for @p field; returns ERR_SYNTAX. */
enum err field_problem(struct problem *ret, const char *field,
		       const char *detail) MUST_CHECK;

#endif
