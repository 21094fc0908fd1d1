/*
 * query -- the Request-URI of a call: path and query, decoded by us.
 *
 * libmicrohttpd's own decoding cuts a path at %00, so it is switched off.  A
 * plus sign stays a plus sign (RFC 3986), since telephone numbers have one.
 */
#ifndef VOLENS_API_QUERY_H
#define VOLENS_API_QUERY_H

#include "server/base/text.h"

#define QUERY_ITEMS_MAX 16

struct query {
	struct query_item {
		const char *name, *value;
	} items[QUERY_ITEMS_MAX];
	size_t n;
};

/**
 * Take a Request-URI apart.  ERR_SYNTAX: a bad escape, or the same name twice;
 * ERR_CHARSET: %00, a control byte or not UTF-8; ERR_TOO_LARGE: too many items.
 */
enum err query_read(struct arena *arena, const char *target,
		    const char **ret_path, struct query *ret) MUST_CHECK;
/** The value of @p name, or NULL. */
const char *query_value(const struct query *query, const char *name);
/** The first name that is not among @p known (NULL at its end), or NULL. */
const char *query_stranger(const struct query *query, const char *const *known);

#endif
