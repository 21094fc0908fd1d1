/* What a question leaves in the store, and why one failed, in words. */
#include "db/permission_requests.h"
#include "server/consent/consents_private.h"

enum err permission_request_record(struct store *store,
				   const struct permission *row,
				   enum permission_request_kind kind,
				   int64_t now,
				   struct permission_request_tokens *ret)
{
	struct permission_request_tokens tokens = {token_random(),
						   token_random()};
	struct permission_request_record record = {
		.permission = row->id,
		.kind = kind,
		/* What counts is the way that the question takes, not what its
		 * URI asks for: no TLS, no secure way. */
		.is_secure = 0,
		.now = now,
	};
	enum err err;

	token_hash(TOKEN_GRANT, &tokens.grant, record.grant_hash);
	token_hash(TOKEN_DENY, &tokens.deny, record.deny_hash);
	err = store_permission_request_record(store, &record);
	if (!err && kind == PERMISSION_REQUEST_ADDED)
		err = store_permission_request_defer(
			store, row->id, now + PERMISSION_REQUEST_AWAY_S);
	if (!err)
		*ret = tokens;
	return err;
}

struct refusal {
	int first, last;
	const char *reason;
};
/* First row that fits counts. */
/* clang-format off */
static const struct refusal refusals[] = {
	{ 300, 399, "is somewhere else: redirections are not followed" },
	{ 401, 401, "is behind a server that wants credentials" },
	{ 407, 407, "is behind a server that wants credentials" },
	{ 404, 404, "does not exist" },
	{ 410, 410, "does not exist any more" },
	{ 416, 416, "has an address that cannot be sent to" },
	{ 484, 484, "has an address that is not complete" },
	{ 604, 604, "does not exist anywhere" },
	{ 408, 408, "did not answer" },
	{ 480, 480, "cannot be reached now" },
	{ 486, 486, "is busy" },
	{ 413, 413, "does not take a message of this size" },
	{ 415, 415, "does not take this type of message" },
	{ 488, 488, "does not take this type of message" },
	{ 493, 493, "does not take this type of message" },
	{ 400, 499, "refused the question" },
	{ 503, 503, "could not be reached" },
	{ 500, 599, "is behind a server that failed" },
	{ 600, 699, "declined to be asked" },
};
/* clang-format on */

const char *permission_request_refusal(struct arena *arena, int status)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (status >= refusals[i].first && status <= refusals[i].last)
			return arena_printf(arena, "the recipient %s (%d)",
					    refusals[i].reason, status);
	}
	return arena_printf(arena, "the question failed (%d)", status);
}
