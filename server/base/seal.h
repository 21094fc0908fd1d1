/*
 * seal -- what lies on disk and only the relay is to read: AES-256-GCM with a
 * key of the key file (server/base/secret.h).
 *
 *   12 bytes nonce | as many as the text has | 16 bytes tag
 */
#ifndef VOLENS_BASE_SEAL_H
#define VOLENS_BASE_SEAL_H

#include "server/base/secret.h"
#include "server/base/text.h"

#define SEAL_NONCE_LEN 12
#define SEAL_TAG_LEN 16

/** One purpose of the key file.  Any thread may use it. */
struct seal_key {
	uint8_t bytes[HASH_LEN];
};
struct seal_key seal_key_of(const struct secret *secret, const char *label);

/** Append @p text sealed, each time otherwise.  @p place: where it stands; it
 *  cannot be opened in another. */
void seal_close(const struct seal_key *key, struct view place, struct view text,
		struct text *ret);
/** Append what was sealed; ERR_SYNTAX: not by this key, or not here. */
enum err seal_open(const struct seal_key *key, struct view place,
		   struct view sealed, struct text *ret) MUST_CHECK;

#endif
