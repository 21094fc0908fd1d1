/*
 * records -- what request.c and why.c share to show the records of requests.
 */
#ifndef VOLENS_API_CTL_RECORDS_H
#define VOLENS_API_CTL_RECORDS_H

#include "api/ctl/client.h"

/** Rows of a list, page by page until @p most are there (a page may be empty
 *  and not the last); NULL: the reason stands on standard error. */
json_t *rows_find(struct client *client, const struct options *options,
		  const char *path, size_t most);
/** A member that is a URI, safe and without its `sip:`. */
const char *short_uri(struct arena *arena, const json_t *object,
		      const char *name);
/** "03:04:05" of a safe RFC 3339 string; "-" for NULL. */
const char *clock_text(struct arena *arena, const char *at);

#endif
