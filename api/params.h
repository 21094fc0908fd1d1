/*
 * params -- path and query of a Request-URI, decoded.
 *
 * libmicrohttpd's own decoding cuts a path at %00, so it is switched off.  A
 * plus sign stays a plus sign (RFC 3986), since telephone numbers have one.
 */
#ifndef VOLENS_API_PARAMS_H
#define VOLENS_API_PARAMS_H

#include "server/base/view.h"

#define PARAMS_MAX 16

struct params {
	struct param {
		const char *name, *value;
	} items[PARAMS_MAX];
	size_t n;
};

/**
 * Take a Request-URI apart.  ERR_SYNTAX: a bad escape, or the same name twice;
 * ERR_CHARSET: %00, a control byte or not UTF-8; ERR_TOO_LARGE: too many items.
 */
enum err params_read(struct arena *arena, const char *target,
		     const char **ret_path, struct params *ret) MUST_CHECK;
/** The value of @p name, or NULL. */
const char *params_value(const struct params *params, const char *name);
/** The first name that is not among @p known (NULL at its end), or NULL. */
const char *params_unknown(const struct params *params,
			   const char *const *known);

#endif
