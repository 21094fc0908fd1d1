/*
 * xml -- read XML from strangers with expat, and write our own.
 *
 * Reader: UTF-8 only, DOCTYPE stops it, no entity but the five, no external
 * anything; bounded in bytes, depth, elements and attribute bytes.  Names come
 * as "namespace|local" (namespace URI, bar, local name).
 */
#ifndef VOLENS_BASE_XML_H
#define VOLENS_BASE_XML_H

#include "server/base/text.h"

struct xml_limits {
	size_t bytes; /**< whole document */
	size_t elements;
	int depth;
};

/** An attribute list: name, value, name, value, ..., NULL. */
struct xml_handler {
	/** All return ERR_OK to go on; else the reader stops and returns it. */
	enum err (*start)(void *arg, const char *name, const char **attributes);
	enum err (*end)(void *arg, const char *name);
	enum err (*chars)(void *arg, struct view text); /**< may be NULL */
	void *arg;
};

/** ERR_SYNTAX, ERR_CHARSET (not UTF-8), ERR_TOO_LARGE, ERR_HOSTILE (DOCTYPE),
 *  or what a handler returned. */
enum err xml_read(struct view document, const struct xml_limits *limits,
		  const struct xml_handler *handler) MUST_CHECK;

/** Append @p value escaped for character data and for attribute values alike;
 *  characters that XML 1.0 cannot carry become U+FFFD. */
void xml_add_escaped(struct text *text, struct view value);

#endif
