/*
 * list_call -- what handlers of stored lists share: the URI of a name, and
 * jobs whose failures are told in one way.
 */
#ifndef VOLENS_API_LIST_CALL_H
#define VOLENS_API_LIST_CALL_H

#include <jansson.h>

#include "api/exchange.h"
#include "db/lists.h"
#include "db/questions.h"

#define LIST_NOUN "list"

/** Key of the target that a list of this name has, in the first domain or the
 *  one behind "@"; NULL: it makes no URI, or that is not ours. */
const char *list_uri_of(const struct exchange *exchange, const char *name);
/** As it stands in paths: with its domain beside the first. */
const char *list_at_of(const struct exchange *exchange,
		       const struct stored_list *list);
/** The list of the path, with If-Match. */
struct list_target list_target_of(const struct exchange *exchange);
json_t *json_list(const struct stored_list *list);
/** @p open: of the entry's permission. */
json_t *json_list_entry(struct exchange *exchange,
			const struct stored_list *list,
			const struct list_entry *entry,
			const struct open_question *open);
/** Have a change made to a @p noun.  When it fails, @p ret is what the caller
 * has to tell, or ERR_OK: this has responded. */
bool list_call(struct exchange *exchange, struct write_job *job,
	       const char *noun, enum err *ret);
/** The same in pieces. */
bool list_call_pieces(struct exchange *exchange, struct pieces *pieces,
		      const char *noun, enum err *ret);
/** A change may have made questions due. */
void list_wake(const struct exchange *exchange);

#endif
