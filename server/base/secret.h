/*
 * secret -- the relay's secret, its file, and the tokens that are made with it.
 */
#ifndef VOLENS_BASE_SECRET_H
#define VOLENS_BASE_SECRET_H

#include "server/base/token.h"

/** The relay's secret: 32 bytes in a file of mode 0600, made when missing.
 *  Any thread may use it. */
struct secret;
/** ERR_FORBIDDEN when others may read the file, ERR_SYNTAX when it is not a
 *  file of 32 bytes, ERR_FULL, ERR_IO. */
enum err secret_load(const char *path, struct secret **ret) MUST_CHECK;
void secret_free(struct secret *secret);
/** A key of its own for one purpose: HMAC-SHA256 of @p label. */
void secret_key(const struct secret *secret, const char *label,
		uint8_t ret[HASH_LEN]);
/** The trigger token of permission @p id; and back: ERR_UNKNOWN if not ours. */
struct token secret_trigger(const struct secret *secret, int64_t id);
enum err secret_trigger_id(const struct secret *secret,
			   const struct token *token, int64_t *ret) MUST_CHECK;

#endif
