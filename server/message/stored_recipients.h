/*
 * stored_recipients -- the recipients of an accepted request, as the journal
 * keeps them: where to send, and the key of the permission.
 */
#ifndef VOLENS_SERVER_MESSAGE_STORED_RECIPIENTS_H
#define VOLENS_SERVER_MESSAGE_STORED_RECIPIENTS_H

#include "server/list/recipients.h"

struct stored_recipient {
	const char *uri, *key;
	struct cached_grant cached; /**< empty when read */
};

size_t stored_recipients_packed_len(const struct recipients *set);
/** @param len  what stored_recipients_packed_len() says
 *  @param ret  NULL, or filled with what is in the bytes, and with the grants
 *              that were found */
struct view stored_recipients_pack(const struct recipients *set, size_t len,
				   struct arena *arena,
				   struct stored_recipient *ret);
/** ERR_SYNTAX, ERR_UNSUPPORTED (another version); strings lie in @p bytes. */
enum err stored_recipients_unpack(struct view bytes, struct arena *arena,
				  struct stored_recipient **ret,
				  size_t *ret_n) MUST_CHECK;

#endif
