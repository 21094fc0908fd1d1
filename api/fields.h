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
	FIELD_TIME,   /**< RFC 3339, or null for never (0) */
	FIELD_FLAG,   /**< true or false: 1 or 0 */
	FIELD_NUMBER, /**< an integer from -max to max */
	FIELD_OBJECTS /**< an array of objects */
};

struct body_field;
/** An array of objects, each of which is read into an item of its own. */
struct body_array {
	size_t size, max; /**< bytes of an item; most items */
	/** Fill @p ret with the fields of @p item, which is zeroed; returns how
	 *  many, BODY_ITEM_FIELDS at most. */
	size_t (*fields)(void *item, struct body_field *ret);
	void *items; /**< in the arena; NULL when absent */
	size_t n;
};
#define BODY_ITEM_FIELDS 9

/** One member that is known. */
struct body_field {
	const char *name;
	enum field_kind kind;
	size_t max;	    /**< FIELD_STRING, FIELD_WORDS: most bytes;
			       FIELD_NUMBER: the most */
	const char **value; /**< FIELD_STRING, FIELD_WORDS: where it goes; NULL
			       when absent */
	int64_t *at; /**< FIELD_TIME, FIELD_FLAG, FIELD_NUMBER: where it goes;
			not touched when absent */
	struct body_array *array; /**< FIELD_OBJECTS */
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
