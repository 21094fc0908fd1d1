/*
 * resource_list -- resource-lists documents: the list of a request is read, the
 * history list for the recipients is written (RFC 4826, RFC 5363, RFC 5364).
 *
 * The default list of RFC 5365 is flat and without references.  Lists inside
 * lists are walked as if their entries stood in one; entry-ref and external
 * would have to be fetched from somewhere and are refused.  Display names and
 * foreign elements are passed over (RFC 5363 section 5 allows it).
 */
#ifndef VOLENS_SERVER_LIST_RESOURCE_LIST_H
#define VOLENS_SERVER_LIST_RESOURCE_LIST_H

#include "policies/list.h"
#include "server/base/xml.h"

struct resource_list_entry {
	struct view uri; /**< as written; not yet looked at */
	enum copy_control copy;
	bool is_anonymous; /**< anonymize: others see that somebody is there */
};

/** A reading; the first members are the caller's. */
struct resource_list {
	struct xml_limits limits;
	/** Called for each entry; anything but ERR_OK ends the reading. */
	enum err (*entry)(void *arg, const struct resource_list_entry *entry);
	void *arg;
	/** After a failure: a constant reason phrase, or NULL where entry()
	 *  failed and knows better. */
	const char *problem;

	bool is_entrys; /**< the reader's own: entry() failed, not we */
	int depth;
	unsigned char kind[40]; /**< of the elements that are open */
};

/** ERR_SYNTAX, ERR_CHARSET, ERR_TOO_LARGE, ERR_HOSTILE (DOCTYPE),
 *  ERR_UNSUPPORTED (references), or what entry() returned. */
enum err resource_list_read(struct resource_list *list,
			    struct view document) MUST_CHECK;

/** Somebody who is to be named in a history list. */
struct resource_list_name {
	const char *uri;
	enum copy_control copy;
	bool is_anonymous;
};

/**
 * Write the history list (RFC 5364 section 5): who is `to` and `cc`, anonymous
 * ones as one entry with their number, nobody who is `bcc`.
 *
 * @return false, and nothing is written, when there is no `to` and no `cc`.
 */
bool resource_list_write_history(const struct resource_list_name *names,
				 size_t n, struct text *ret);

#endif
