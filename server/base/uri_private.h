/*
 * uri_private -- what the files that implement uri.h share.
 */
#ifndef VOLENS_BASE_URI_PRIVATE_H
#define VOLENS_BASE_URI_PRIVATE_H

#include "server/base/chars.h"
#include "server/base/uri.h"

struct sockaddr_storage;
struct text;

#define URI_PARAMS_MAX 64 /**< of one URI */

/** True when all of @p v is unreserved, of @p more, or a %XX escape. */
bool uri_all(struct view v, const char *more);

/** Step through `;name=value;name`; @p rest is moved on.  @p ret_whole is the
 *  parameter with its semicolon. */
struct uri_param {
	struct view whole, name, value;
};
bool uri_param_next(struct view *rest, struct uri_param *ret);

/** A telephone number with its parameters as the key of a tel URI has them
 *  behind the scheme; user and params of @p uri are read. */
void uri_add_number(struct text *text, const struct uri *uri);

/** A literal address (IPv6 with or without brackets) as the system has it. */
bool host_is_address(struct view host, struct sockaddr_storage *ret);

#endif
