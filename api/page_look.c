/* How a question stands. */
#include "api/http.h"
#include "api/page_private.h"
#include "policies/match.h"
#include "policies/proof.h"

static bool is_in_closed_network(const struct exchange *exchange)
{
	const struct page_settings *page = &exchange->api->settings.page;

	for (size_t i = 0; i < page->n_any_transport; i++)
		if (trust_network_holds(&page->any_transport[i],
					exchange->client))
			return true;
	return false;
}

bool page_is_secure(const struct exchange *exchange)
{
	const struct http_listener *listener = exchange->listener;

	return exchange->is_by_proxy
		       ? view_starts_nocase(view_of(exchange->api->settings.page
							    .public_url),
					    VIEW("https:"))
		       : http_is_secure(listener);
}

static bool may_say_yes(const struct exchange *exchange,
			const struct token_row *token,
			const struct permission *row)
{
	return !token->is_retired &&
	       proof_decide(&(struct proof_facts){
		       .kind = TOKEN_PAGE,
		       .answer = CONSENT_YES,
		       .recipient = row->recipient,
		       .any_transport = is_in_closed_network(exchange),
		       .asked_securely = token->is_secure,
		       .replied_securely = page_is_secure(exchange),
	       }) == PROOF_GIVEN;
}

enum page_state page_state_alone(const struct permission *row, int64_t now)
{
	switch (row->state) {
	case PERMISSION_GRANTED:
		return permission_is_expired(row, now) ? PAGE_EXPIRED
						       : PAGE_GRANTED;
	case PERMISSION_DENIED:
		if (permission_is_own_deny(row))
			return PAGE_DENIED;
		return permission_is_expired(row, now) ? PAGE_ASKED
						       : PAGE_DENIED_BY_OTHERS;
	case PERMISSION_PENDING:
	case PERMISSION_WAITING:
	case PERMISSION_ERROR:
	case PERMISSION_STATES:
		break;
	}
	return PAGE_ASKED;
}

/** Another no of theirs. */
static bool find_wider(struct exchange *exchange, struct page_look *look)
{
	struct permission denies[INDEX_ROWS_MAX];
	size_t n = index_denies(exchange->api->settings.index, &look->row,
				exchange->now, exchange->arena, denies);

	for (size_t i = 0; i < n; i++) {
		if (!permission_is_own_deny(&denies[i]))
			continue;
		look->state = scope_kind(denies[i].sender) == SCOPE_ANYBODY &&
					      target_is_any(denies[i].target)
				      ? PAGE_STOPPED
				      : PAGE_WIDER;
		if (look->state == PAGE_STOPPED)
			return true;
	}
	return look->state == PAGE_WIDER;
}

void page_find_state(struct exchange *exchange, struct page_look *look)
{
	struct index *index = exchange->api->settings.index;

	if (find_wider(exchange, look))
		return;
	look->state = look->row.id ? page_state_alone(&look->row, exchange->now)
				   : PAGE_GONE;
	if (look->row.id && look->row.state != PERMISSION_DENIED &&
	    index_forbids_asking(index, &look->row, exchange->now))
		look->state = PAGE_UNSAVED;
}

static enum err read_row(struct exchange *exchange, struct store *store,
			 struct page_look *look)
{
	struct token_row token;
	enum err err = store_token_find(store, TOKEN_PAGE, look->hash, &token);

	if (!err)
		err = store_permission_get(store, token.permission,
					   exchange->arena, &look->row);
	if (!err)
		look->may_say_yes = may_say_yes(exchange, &token, &look->row);
	if (err == ERR_UNKNOWN)
		err = store_removed_deny_find(store, look->hash,
					      exchange->arena, &look->row);
	return err;
}

static enum err read_store(struct exchange *exchange, struct page_look *look)
{
	struct store_pool *pool = exchange->api->store_pool;
	struct store *store;
	enum err err = store_pool_take(pool, &store);

	if (err)
		return err;
	err = read_row(exchange, store, look);
	store_pool_give(pool, store);
	return err;
}

void page_look(struct exchange *exchange, struct view name,
	       struct page_look *ret)
{
	const struct api_settings *settings = &exchange->api->settings;
	enum token_kind kind = TOKEN_KINDS;
	enum err err;

	*ret = (struct page_look){.wording = settings->page.wording};
	/* One that is none is looked for like the others. */
	if (token_parse(name, &kind, &ret->token) || kind != TOKEN_PAGE)
		ret->token = (struct token){{0}};
	token_hash(TOKEN_PAGE, &ret->token, ret->hash);
	err = read_store(exchange, ret);
	if (err) {
		/* What is in memory knows each of ours. */
		ret->state =
			err == ERR_UNKNOWN || !index_deny_known(settings->index,
								ret->hash)
				? PAGE_UNKNOWN
				: PAGE_UNREAD;
		ret->row = (struct permission){0};
		return;
	}
	ret->wording = wording_for(settings->page.wording, ret->row.target);
	ret->domain = domains_name(&settings->domains, settings->domain,
				   ret->row.target);
	ret->since = ret->row.changed_at;
	page_find_state(exchange, ret);
}
