/*
 * idempotency -- POST requests that a client may repeat without harm.
 *
 * A client that hears no answer cannot know if its request was run.  It names
 * the request by an Idempotency-Key and sends it again: what was answered with
 * 2xx is answered the same again for a day and is not run.  What was refused
 * did nothing, so that its key is free again.  Answers are in the store
 * (db/idempotency.h).  Any thread.
 */
#ifndef VOLENS_API_IDEMPOTENCY_H
#define VOLENS_API_IDEMPOTENCY_H

#include "server/base/err.h"
#include "server/base/view.h"

struct exchange;

#define IDEMPOTENCY_KEY_MAX 255 /**< characters of a key */
#define IDEMPOTENCY_RUNNING 16	/**< requests with a key that run at once */

/** The requests that run now. */
struct idempotency;
struct idempotency *idempotency_new(void);
void idempotency_free(struct idempotency *idempotency);

/** Run the route of @p exchange, once for each key if it came with one.  Always
 *  responds. */
void idempotency_run(struct exchange *exchange);

/** The key in a header: visible ASCII without quote, backslash, comma and
 *  semicolon, plain or between quotes.  ERR_SYNTAX. */
enum err idempotency_key_read(struct view header, struct view *ret) MUST_CHECK;

#endif
