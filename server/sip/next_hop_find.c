/* Which hops a leg has: its URI, the outbound proxy, the resolver, what is
 * remembered. */
#include "server/sip/client_txn_private.h"
#include "server/sip/contact.h"

#include <ctype.h>

/* What is wrong with the way to an outbound proxy is ours to mend, and no word
 * on the recipient; but a proxy without TLS is no way to sips. */
static int status_of(const struct client_txn *txn, enum err err)
{
	if (txn->is_by_proxy && err != ERR_SCHEME)
		return 503;
	switch ((int)err) {
	case ERR_UNKNOWN:
		return 604;
	case ERR_HOSTILE:
		return 403;
	case ERR_UNSUPPORTED:
	case ERR_SCHEME:
		return 416;
	case ERR_SYNTAX:
	case ERR_CHARSET:
	case ERR_TOO_LARGE:
		return 400;
	default:
		return 503;
	}
}

static void tell_hops(struct client_txn *txn)
{
	struct leg *leg = txn->leg;
	char name[SERVER_NAME_ROOM];
	struct hop hops[RESOLVE_HOPS_MAX];
	struct leg_hops found = {.hops = hops, .server_name = name};

	next_hop_server_name(txn, name);
	if (txn->is_by_proxy)
		found.proxy = outbound_proxy_way(&txn->sender->proxy,
						 leg->request_uri)
				      ->text;
	found.n = next_hops_left(txn, hops);
	if (found.n)
		leg->found(leg, &found);
	client_txn_end_soon(txn, found.n       ? LEG_STATUS_WITHDRAWN
				 : txn->status ? txn->status
					       : 503);
}

static void next_hops_known(struct client_txn *txn)
{
	if (txn->leg->found)
		tell_hops(txn);
	else
		next_hop_try(txn);
}

static void resolved(struct client_txn *txn)
{
	if (next_hop_count(txn) > 1)
		next_hops_order(txn);
	next_hops_known(txn);
}

static void resolve_done(struct resolve *resolve, enum err err);

/* To the outbound proxy, to another process's hop, and to the proxy in a route
 * of a dialog: the operator has named that address. */
static bool goes_to_proxy(const struct client_txn *txn, const struct uri *uri)
{
	const struct sender *sender = txn->sender;

	return sender->proxy_resolver &&
	       (txn->is_by_proxy || txn->leg->branch ||
		uri_hosts_equal(uri->host, sender->proxy.usual.uri.host));
}

/** Does it go where its Request-URI says, and nowhere else? */
static bool may_remember(const struct client_txn *txn)
{
	return !txn->sender->proxy_resolver && !txn->leg->dialog;
}

/* Most go to one address that is known at once: nothing else is kept then. */
static enum err next_hops_find(struct client_txn *txn, const struct uri *uri)
{
	struct sender *sender = txn->sender;
	struct route_state *route = route_state_spare(sender->txns);
	enum err err = ERR_OK;

	route->resolver = sender->resolver;
	if (goes_to_proxy(txn, uri))
		route->resolver = sender->proxy_resolver;
	else if (txn->leg->dialog)
		err = uri_check_sendable(uri, &sender->settings->uri_rules);
	if (err)
		return err;
	route->resolve.done = resolve_done;
	err = resolver_start(route->resolver, uri, &route->resolve);
	if (err == ERR_BUSY || (!err && route->resolve.n_hops != 1))
		route_state_take(txn);
	else if (!err)
		txn->only = route->resolve.hops[0];
	if (!err && !txn->route && may_remember(txn))
		hop_cache_put(&sender->txns->hops, txn->leg->request_uri,
			      &txn->only);
	return err;
}

/* Where the next hop is looked for.  No hop of a sips request is plain,
 * whatever a route says (RFC 5630 section 5.1.1).  ERR_SCHEME: there is none.
 */
static enum err find_uri(const struct client_txn *txn, struct uri *ret)
{
	const struct leg *leg = txn->leg;
	const struct proxy_way *way;
	enum err err;

	if (txn->is_by_proxy) {
		way = outbound_proxy_way(&txn->sender->proxy, leg->request_uri);
		*ret = way->uri;
		return way->route ? ERR_OK : ERR_SCHEME;
	}
	err = uri_parse(
		view_of(leg->dialog ? leg->dialog->next_hop : leg->request_uri),
		ret);
	if (!err && leg->dialog && uri_is_sips(view_of(leg->request_uri)))
		ret->scheme = URI_SIPS;
	return err;
}

/* Of a call of another process the record has it (invite_leave.c). */
void next_hop_server_name(const struct client_txn *txn,
			  char ret[SERVER_NAME_ROOM])
{
	struct view name = VIEW_NONE;
	struct uri uri;

	if (!find_uri(txn, &uri) &&
	    (!txn->leg->branch || !uri_param(&uri, SERVER_NAME_PARAM, &name)))
		name = uri.host;
	name = view_head(name, SERVER_NAME_ROOM - 1);
	for (size_t i = 0; i < name.len; i++)
		ret[i] = (char)tolower((unsigned char)name.at[i]);
	ret[name.len] = '\0';
}

/* In a dialog the request goes where its route says (RFC 3261 section 12.1.2);
 * what we cannot or may not reach ourselves, the outbound proxy may. */
static void next_hops_lost(struct client_txn *txn, enum err err)
{
	struct sender *sender = txn->sender;
	struct uri uri;

	if (sender->proxy_resolver && !txn->is_by_proxy && !txn->leg->branch) {
		free(txn->route);
		txn->route = NULL;
		txn->is_by_proxy = true;
		err = find_uri(txn, &uri);
		if (!err)
			err = next_hops_find(txn, &uri);
	}
	if (err == ERR_BUSY)
		txn->state = TXN_RESOLVING;
	else if (err)
		client_txn_end_soon(txn, status_of(txn, err));
	else
		resolved(txn);
}

static void resolve_done(struct resolve *resolve, enum err err)
{
	struct route_state *route =
		(struct route_state *)((char *)resolve -
				       offsetof(struct route_state, resolve));
	struct client_txn *txn = route->txn;

	txn->state = TXN_TRYING;
	if (err)
		next_hops_lost(txn, err);
	else
		resolved(txn);
}

static bool names_tls(const struct uri *uri)
{
	struct view transport;

	return uri_param(uri, "transport", &transport) &&
	       uri_text_is(transport, "tls");
}

/* A host that we tell others.  The domain without a port may be its users',
 * whom the DNS knows. */
static bool leads_to_us(const struct client_txn *txn, const struct uri *uri)
{
	const struct sender *sender = txn->sender;

	return own_addresses_has_host(sender->own_addresses, uri) &&
	       (uri->port ||
		!uri_hosts_equal(uri->host,
				 view_of(sender->settings->domain))) &&
	       !goes_to_proxy(txn, uri);
}

/* An outbound proxy is a loose route (RFC 3261 section 12.2.1.1): the request
 * goes there with its Request-URI as it is. */
void next_hop_start(struct client_txn *txn)
{
	struct sender *sender = txn->sender;
	const struct leg *leg = txn->leg;
	struct uri uri;
	enum err err;

	txn->is_by_proxy = sender->proxy_resolver && !leg->dialog;
	if (may_remember(txn) &&
	    hop_cache_get(&sender->txns->hops, leg->request_uri, &txn->only)) {
		next_hops_known(txn);
		return;
	}
	err = find_uri(txn, &uri);
	txn->needs_tls = uri_is_sips(view_of(leg->request_uri)) ||
			 (!err && (uri.scheme == URI_SIPS || names_tls(&uri)));
	if (!err && leads_to_us(txn, &uri)) {
		client_txn_end_soon(txn, 482);
		return;
	}
	if (!err)
		err = next_hops_find(txn, &uri);
	if (err == ERR_BUSY)
		txn->state = TXN_RESOLVING;
	else if (err)
		next_hops_lost(txn, err);
	else
		resolved(txn);
}
