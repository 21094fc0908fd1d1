/* What the store keeps of a permission request before it is sent. */
#include "db/permissions.h"
#include "server/consent/consents_private.h"

bool permission_request_is_secure(const struct permission *row)
{
	return uri_is_sips(view_of(row->recipient_uri));
}

enum err permission_request_defer(struct store *store,
				  const struct permission *row, int64_t at)
{
	return row->state == PERMISSION_GRANTED
		       ? store_renewal_step(store, row, RENEWAL_TERM, at)
		       : store_permission_request_defer(store, row->id, at);
}

enum err permission_request_opposed(struct store *store,
				    const struct permission *row, int64_t now,
				    struct permission_found *ret)
{
	enum err err = store_permission_silenced(store, row, now, ret);

	return err == ERR_UNKNOWN ? store_permission_opposed(
					    store, row, EVENT_ADDED, now, ret)
				  : err;
}

enum err permission_request_drop_opposed(struct store *store,
					 const struct permission *row,
					 int64_t now, struct arena *arena)
{
	struct permission_found deny = {.arena = arena};
	struct permission after;
	enum err err = permission_request_opposed(store, row, now, &deny);

	if (err)
		return err;
	if (row->state == PERMISSION_GRANTED)
		return store_renewal_step(store, row, RENEWAL_REFUSED, 0);

	const struct permission_change change = {
		.id = row->id,
		.event = EVENT_UNDELIVERABLE,
		.actor = ORIGIN_ADMIN,
		.reason = arena_printf(
			arena, "not asked: %s denied %s through %s",
			permission_is_own_deny(&deny.row) ? "the recipient"
							  : "an operator",
			deny.row.sender, deny.row.target),
		.expires_at = -1,
		.now = now,
	};

	return store_permission_change(store, &change, arena, &after);
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

enum err permission_request_make_tokens(struct store *store,
					const struct permission *row,
					int64_t now,
					struct permission_request_tokens *ret)
{
	*ret = (struct permission_request_tokens){.grant = token_random(),
						  .deny = token_random(),
						  .stop = token_random(),
						  .page = token_random(),
						  .chat = token_random()};
	return store_permission_is_further(store, row, now, &ret->has_stop);
}

enum err permission_request_record(struct store *store,
				   struct permission_request_order *order,
				   int64_t now)
{
	const struct permission *row = order->row;
	struct permission_request_record record = {
		.permission = row->id,
		.kind = order->kind,
		.is_secure = permission_request_is_secure(row),
		.is_further = order->tokens.has_stop,
		.network = order->network,
		.bytes = order->bytes,
		.now = now,
	};
	enum err err;

	token_hash(TOKEN_GRANT, &order->tokens.grant, record.grant_hash);
	token_hash(TOKEN_DENY, &order->tokens.deny, record.deny_hash);
	token_hash(TOKEN_DENY, &order->tokens.stop, record.stop_hash);
	token_hash(TOKEN_PAGE, &order->tokens.page, record.page_hash);
	token_hash(TOKEN_CHAT, &order->tokens.chat, record.chat_hash);
	err = store_permission_request_record(store, &record);
	if (!err && order->kind == PERMISSION_REQUEST_RENEWAL)
		err = store_renewal_step(store, row, RENEWAL_SEND, 0);
	if (!err && order->kind == PERMISSION_REQUEST_ADDED)
		err = put_off(store, row->id, now);
	order->ask = record.ask;
	return err;
}
