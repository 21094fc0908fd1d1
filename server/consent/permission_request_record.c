/* What the store keeps of a permission request before it is sent. */
#include "db/questions.h"
#include "db/renewals.h"
#include "server/consent/consents_private.h"

bool permission_request_is_secure(const struct permission *row)
{
	return uri_is_sips(view_of(row->recipient_uri));
}

/** Should the process die before it knows how the try ended, the next one comes
 *  as late as after one that reached nobody. */
static enum err put_off(struct store *store, int64_t permission, int64_t now)
{
	struct open_question open;
	enum err err = store_question_open(store, permission, &open);

	if (err)
		return err;
	return store_permission_request_defer(
		store, permission, now + limits_ask_pause((size_t)open.tries));
}

enum err permission_request_record(struct store *store,
				   const struct permission *row,
				   enum permission_request_kind kind,
				   int64_t now,
				   struct permission_request_tokens *ret)
{
	struct permission_request_tokens tokens = {.grant = token_random(),
						   .deny = token_random(),
						   .stop = token_random()};
	struct permission_request_record record = {
		.permission = row->id,
		.kind = kind,
		.is_secure = permission_request_is_secure(row),
		.now = now,
	};
	enum err err =
		store_permission_is_further(store, row, now, &tokens.has_stop);

	record.is_further = tokens.has_stop;
	token_hash(TOKEN_GRANT, &tokens.grant, record.grant_hash);
	token_hash(TOKEN_DENY, &tokens.deny, record.deny_hash);
	token_hash(TOKEN_DENY, &tokens.stop, record.stop_hash);
	if (!err)
		err = store_permission_request_record(store, &record);
	if (!err && kind == PERMISSION_REQUEST_RENEWAL)
		err = store_renewal_step(store, row, RENEWAL_SEND, 0);
	if (!err && kind == PERMISSION_REQUEST_ADDED)
		err = put_off(store, row->id, now);
	if (!err)
		*ret = tokens;
	return err;
}
