/* An INVITE before it leaves: its owner puts the row of the call on disk. */
#include "server/sip/client_txn_private.h"
#include "server/sip/contact.h"
#include "server/sip/invite_client.h"

static void hop_uri_write(const struct client_txn *txn, struct text *ret)
{
	enum protocol protocol = txn->flow.peer.protocol;
	char address[64], name[SERVER_NAME_ROOM];

	address_format(&txn->flow.peer.address, address);
	text_printf(ret, "sip:%s", address);
	transport_write(protocol, ret);
	if (!protocol_is_secure(protocol))
		return;
	next_hop_server_name(txn, name);
	text_printf(ret, ";" SERVER_NAME_PARAM "=%s", name);
}

static void hop_routes_write(const struct client_txn *txn, struct text *ret)
{
	const struct request_writer writer = {.sender = txn->sender,
					      .leg = txn->leg,
					      .is_by_proxy = txn->is_by_proxy};

	text_add(ret, "");
	request_write_routes(&writer, ret);
}

/* @return true where it goes on now. */
static bool ask_owner(struct client_txn *txn)
{
	struct branch_table *branches = &txn->sender->txns->branches;
	const struct branch branch = txn->branch;
	char room[BRANCH_LEN + 1];
	struct text uri, routes;
	struct leg_hop hop = {.bytes = text_view(&txn->invite->bytes),
			      .flow = &txn->flow};
	bool may_leave;

	text_init(&uri, NULL);
	text_init(&routes, NULL);
	hop_uri_write(txn, &uri);
	hop_routes_write(txn, &routes);
	hop.uri = uri.at;
	hop.routes = routes.at;
	hop.branch = txn->leg->branch ? txn->leg->branch
				      : branch_text(branches, &branch, room);
	may_leave = txn->leg->may_leave(txn->leg, &hop);
	text_release(&uri);
	text_release(&routes);
	return may_leave && branch_is_held(branches, &branch, txn);
}

void invite_client_ready(struct client_txn *txn)
{
	struct text *bytes = &txn->invite->bytes;

	text_clear(bytes);
	text_add_view(bytes, text_view(&txn->sender->out));
	txn->state = TXN_WAITING;
	if (!txn->leg->may_leave || ask_owner(txn))
		invite_client_go(txn);
}

void invite_client_go(struct client_txn *txn)
{
	struct text *out = &txn->sender->out;

	if (txn->state != TXN_WAITING)
		return;
	txn->state = TXN_TRYING;
	text_clear(out);
	text_add_view(out, text_view(&txn->invite->bytes));
	next_hop_leave(txn);
}
