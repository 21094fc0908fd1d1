/*
 * accepted_request -- what was accepted: the bytes of a journal entry and the
 * views into them.
 */
#ifndef VOLENS_SERVER_MESSAGE_ACCEPTED_REQUEST_H
#define VOLENS_SERVER_MESSAGE_ACCEPTED_REQUEST_H

#include "db/journal.h"
#include "server/message/envelope.h"
#include "server/message/stored_recipients.h"

struct accepted_request {
	struct arena *arena; /**< all of it but the query; its own */
	/** Made when the list was authorized, in an arena of its own; NULL
	 * where a former process did that. */
	struct arena *query_arena;
	struct index_query *query;
	/** The stored list that it goes to, as it was when it was authorized;
	 *  NULL: its recipients came with it, or a former process had it. */
	const struct list_image *image;
	char id[28];	   /**< for the log */
	bool is_recovered; /**< accepted by a former process */
	struct journal_entry entry;
	struct envelope envelope;
	struct stored_recipient *stored;
	size_t n;
};
/** An empty one, with room for so many @p bytes of an entry. */
struct accepted_request *accepted_request_new(const char *id, size_t bytes);
/**
 * Copy an entry and read it.  ERR_SYNTAX, ERR_UNSUPPORTED: it cannot be read;
 * stored are there if at least these can be.
 * @param ret  always set, to be freed
 */
enum err accepted_request_open(const struct journal_entry *entry,
			       const char *id,
			       struct accepted_request **ret) MUST_CHECK;
void accepted_request_free(struct accepted_request *accepted);
/** Bytes of memory that it holds. */
size_t accepted_request_size(const struct accepted_request *accepted);

#endif
