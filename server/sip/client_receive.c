/* What comes back to the sending side: responses, ICMP errors, closed
 * connections; and what of it must not leave any more. */
#include "server/sip/client_txn_private.h"
#include "server/sip/invite_client.h"
#include "server/sip/response_head.h"

/* A response to an INVITE that nobody waits for: a late 2xx, or the answer to a
 * call of a process that died. */
static void stray(struct sender *sender, const struct response_head *head,
		  struct view bytes, const struct flow *from)
{
	struct client_txns *all = sender->txns;

	if (!sender->strays || head->status == 100 ||
	    !view_equal(head->method, VIEW("INVITE")) ||
	    !branch_is_of_volens(head->branch))
		return;
	if (!all->response)
		all->response = mem_alloc(sizeof(*all->response));
	message_read(all->response, bytes);
	if (!all->response->fault || all->response->status / 100 == 2)
		sender->strays->stray(sender->strays->arg, all->response, from);
}

/* Who has seen a request on its way must not answer it for its phone.  We ask
 * for answers from where we sent to (RFC 3581 section 4); the port is theirs to
 * choose (RFC 3261 section 18.2.2).  Who was asked by TLS answers by TLS: our
 * Via says so, and in the clear anybody can say what they like. */
static bool is_from_hop(const struct client_txn *txn, const struct flow *from)
{
	uint8_t asked[16], answers[16];

	if (protocol_is_secure(txn->flow.peer.protocol) &&
	    !protocol_is_secure(from->peer.protocol))
		return false;
	address_bytes(&txn->flow.peer.address, asked);
	address_bytes(&from->peer.address, answers);
	return !memcmp(asked, answers, sizeof(asked));
}

static bool is_awaited(const struct client_txn *txn,
		       const struct response_head *head)
{
	return (txn->state == TXN_TRYING || txn->state == TXN_PROCEEDING) &&
	       head->cseq == txn->cseq &&
	       view_equal(head->method, view_of(txn->leg->template->method));
}

void sender_receive(struct sender *sender, struct view message,
		    const struct flow *from)
{
	struct response_head head;
	struct client_txn *txn;

	if (response_head_read(message, &head) != ERR_OK) {
		count(sender->counters, COUNT_PARSE_ERRORS);
		return;
	}
	txn = branch_find(&sender->txns->branches, head.branch);
	if (txn && !is_from_hop(txn, from))
		return;
	sender->txns->from = &from->peer;
	if (txn && txn->invite) {
		if (!invite_client_receive(txn, &head, message))
			stray(sender, &head, message, from);
	} else if (txn && is_awaited(txn, &head)) {
		client_txn_receive(txn, &head, message);
	} else {
		stray(sender, &head, message, from);
	}
	sender->txns->from = NULL;
}

/* The branch in the Via of a request of ours, which comes right after the first
 * line; none where it was cut off before. */
static struct view quoted_branch(struct view quoted)
{
	size_t via = view_find_view(quoted, VIEW("\r\nVia: SIP/2.0/UDP "), 0);
	size_t at = view_find_view(quoted, VIEW(";branch="), via);

	if (via == SIZE_MAX || at == SIZE_MAX)
		return VIEW_NONE;
	return view_head(view_from(quoted, at + 8), BRANCH_LEN);
}

void sender_undelivered(struct sender *sender, const union address *to,
			struct view quoted)
{
	struct client_txn *txn =
		branch_find(&sender->txns->branches, quoted_branch(quoted));

	if (!txn || txn->state != TXN_TRYING ||
	    protocol_is_reliable(txn->flow.peer.protocol) ||
	    !address_equal(&txn->flow.peer.address, to))
		return;
	next_hop_is_dead(txn);
	next_hop_failed(txn, 503);
}

static void closed(struct client_txn *txn)
{
	if (txn->invite)
		invite_client_closed(txn);
	else
		next_hop_failed(txn, 503);
}

/* Whoever goes on to another hop leaves the list; so begin anew each time. */
void sender_closed(struct sender *sender, uint64_t connection)
{
	struct client_txn *txn;

	do {
		LIST_FOREACH(txn, connection_list(sender->txns, connection),
			     by_connection)
		if (txn->flow.connection == connection)
			break;
		if (txn)
			closed(txn);
	} while (txn);
}

/* What of it has not left, and is not permitted any more, does not leave. */
static void client_txn_ask_again(struct client_txn *txn)
{
	struct leg *leg = txn->leg;
	enum unsent what =
		transport_unsent(txn->sender->transport, &txn->route->unsent);

	if (what == UNSENT_NOTHING || client_txn_is_permitted(txn))
		return;
	if (what == UNSENT_WHOLE) /* to an earlier hop, perhaps */
		leg->was_sent = leg->was_moved;
	client_txn_end_soon(txn, LEG_STATUS_WITHDRAWN);
}

void sender_quiesce(struct sender *sender)
{
	struct client_txns *all = sender->txns;
	struct client_txn *txn, *next;

	for (size_t i = 0; all->n_on_connections && i < CONNECTIONS; i++) {
		for (txn = LIST_FIRST(&all->by_connection[i]); txn;
		     txn = next) {
			next = LIST_NEXT(txn, by_connection);
			client_txn_ask_again(txn);
		}
	}
}
