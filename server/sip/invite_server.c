/* Server transactions of INVITE (RFC 3261 section 17.2.1, RFC 6026): what the
 * tables of invite_txn.h say is done here. */
#include "server/sip/server_txn_private.h"

#include "server/sip/invite_txn.h"

/** From server_txn_open() to the end of timer H, I or L.  Its memory is its
 *  own, because the request may be gone before. */
struct invite_server {
	struct server_txns *all;
	struct server_txn *txn;
	struct server_txn **slot; /**< the owner's; NULL: it has none more */
	struct invite_txn machine;
	struct flow flow; /**< where responses go */
	char tag[RESPOND_TAG_LEN + 1];
	bool wants_sips, is_named; /**< as in struct pending */
	bool is_told;		   /**< the owner, that it was cancelled */
	struct text lines;	   /**< that each response but 100 has */
	struct text routes;	   /**< Record-Route lines */
	struct text last;	   /**< the bytes of the last response */
	int last_status;	   /**< of it; 0 once it was counted */
	struct loop_timer again;   /**< timer G */
	struct loop_timer end;	   /**< timer H, I or L */
	struct loop_timer expires; /**< the Expires of the INVITE is over */
	void (*cancelled)(void *arg);
	void *arg;
};

static struct loop *loop_of(const struct invite_server *invite)
{
	return invite->all->sip->loop;
}

static void send_last(struct invite_server *invite)
{
	if (invite->last.len)
		respond_send(invite->all->sip, &invite->flow,
			     invite->last_status, text_view(&invite->last));
	invite->last_status = 0;
}

static struct loop_timer *timer_of(struct invite_server *invite, int timer)
{
	return timer == INVITE_TXN_TIMER_G ? &invite->again : &invite->end;
}

static void set_timers(struct invite_server *invite,
		       const struct invite_txn_step *step)
{
	for (int i = 0; i < INVITE_TXN_TIMERS; i++)
		if (step->stopped & 1U << i)
			loop_timer_clear(loop_of(invite), timer_of(invite, i));
	for (int i = 0; i < INVITE_TXN_TIMERS; i++)
		if (step->started & 1U << i)
			loop_timer_set(loop_of(invite), timer_of(invite, i),
				       step->wait_ms[i]);
}

/* The owner has it no longer. */
static void leave_owner(struct invite_server *invite)
{
	if (invite->slot)
		*invite->slot = NULL;
	invite->slot = NULL;
	invite->cancelled = NULL;
}

static void end(struct invite_server *invite)
{
	TAILQ_REMOVE(&invite->all->invites, invite->txn, by_age);
	server_txn_free(invite->all, invite->txn);
}

/* @return the actions that are left to the caller; the transaction may be gone.
 */
static unsigned take(struct invite_server *invite, enum invite_txn_event event)
{
	struct invite_txn_step step;

	invite_txn_take(&invite->machine, event, &step);
	set_timers(invite, &step);
	if (step.actions & INVITE_TXN_SEND_RESPONSE)
		send_last(invite);
	if (step.actions & INVITE_TXN_TELL_TIMEOUT)
		count(invite->all->sip->counters, COUNT_UNACKNOWLEDGED);
	if (invite->machine.state == INVITE_TXN_TERMINATED)
		end(invite);
	return step.actions;
}

static void fire_again(void *arg)
{
	take(arg, (enum invite_txn_event)(INVITE_TXN_EVENT_TIMER +
					  INVITE_TXN_TIMER_G));
}

static void fire_end(void *arg)
{
	struct invite_server *invite = arg;
	int timer = INVITE_TXN_TIMER_H;

	if (invite->machine.state == INVITE_TXN_CONFIRMED)
		timer = INVITE_TXN_TIMER_I;
	else if (invite->machine.state == INVITE_TXN_ACCEPTED)
		timer = INVITE_TXN_TIMER_L;
	take(invite, (enum invite_txn_event)(INVITE_TXN_EVENT_TIMER + timer));
}

/* Nobody wants it any more: who asked, or their Expires (RFC 3261 section
 * 13.3.1). */
static void tell_cancelled(struct invite_server *invite)
{
	const struct response_parts terminated = {.status = 487};

	if (invite->is_told)
		return;
	invite->is_told = true;
	if (invite->cancelled)
		invite->cancelled(invite->arg);
	else
		invite_server_respond(invite, &terminated);
}

static void fire_expires(void *arg)
{
	tell_cancelled(arg);
}

static struct invite_server *invite_server_new(struct server_txn *txn)
{
	const struct pending *pending = txn->pending;
	struct invite_server *invite = mem_alloc(sizeof(*invite));

	invite->all = pending->all;
	invite->txn = txn;
	invite->slot = pending->slot;
	invite->flow = pending->flow;
	invite->flow.peer.names = NULL; /* the connection's */
	invite->wants_sips = pending->wants_sips;
	invite->is_named = pending->is_named;
	text_init(&invite->lines, NULL);
	text_init(&invite->routes, NULL);
	text_init(&invite->last, NULL);
	loop_timer_init(&invite->again, fire_again, invite);
	loop_timer_init(&invite->end, fire_end, invite);
	loop_timer_init(&invite->expires, fire_expires, invite);
	return invite;
}

/* RFC 3261 section 8.2.6.1: 100 copies Timestamp; it needs no tag. */
static void write_trying(struct invite_server *invite,
			 const struct received *received)
{
	struct sip *sip = invite->all->sip;
	struct response_parts parts = {.status = 100};
	struct text *lines = text_borrow(&sip->lines);

	respond_lines_of_100(received, lines);
	parts.lines = text_view(lines);
	if (!response_write(&parts,
			    response_len_max(&invite->flow, invite->txn->asked,
					     invite->is_named),
			    &invite->last))
		text_clear(&invite->last);
	invite->last_status = 100;
	text_return(&sip->lines);
}

static void set_expires(struct invite_server *invite,
			const struct received *received)
{
	uint64_t seconds;

	if (invite->txn->pending->is_cancelled)
		loop_timer_set(loop_of(invite), &invite->expires, 0);
	else if (view_to_u64(message_value(received->message, FIELD_EXPIRES),
			     UINT32_MAX, &seconds) == ERR_OK)
		loop_timer_set(loop_of(invite), &invite->expires,
			       (int64_t)seconds * 1000);
}

/* Nothing of it stays in the arena. */
static void become(struct server_txn *txn, struct invite_server *invite)
{
	TAILQ_REMOVE(pending_queue(txn->pending), txn, by_age);
	txn->is_invite = true;
	txn->invite = invite;
	TAILQ_INSERT_TAIL(&invite->all->invites, txn, by_age);
}

void server_txn_open(struct server_txn *txn, const struct received *received)
{
	struct received tagged = *received;
	struct invite_server *invite;
	struct invite_txn_step step;

	if (received->method != METHOD_INVITE)
		return;
	invite = invite_server_new(txn);
	respond_tag_new(received, invite->tag);
	tagged.tag = view_of(invite->tag);
	respond_lines(&tagged, &invite->lines);
	respond_routes(received, &invite->routes);
	write_trying(invite, received);
	set_expires(invite, received);
	become(txn, invite);
	invite_txn_begin(&invite->machine, INVITE_TXN_SERVER,
			 invite->flow.peer.protocol, &step);
	if (step.actions & INVITE_TXN_SEND_TRYING)
		send_last(invite);
}

void server_txn_tag(const struct server_txn *txn,
		    const struct received *received,
		    char ret[RESPOND_TAG_LEN + 1])
{
	if (txn->is_invite)
		memcpy(ret, txn->invite->tag, RESPOND_TAG_LEN + 1);
	else
		respond_tag(received, ret);
}

void server_txn_on_cancel(struct server_txn *txn, void (*cancelled)(void *arg),
			  void *arg)
{
	if (!txn->is_invite)
		return;
	txn->invite->cancelled = cancelled;
	txn->invite->arg = arg;
}

/* ACK and CANCEL come from the hop that sent the INVITE: who has only seen its
 * branch pass ends nothing (RFC 3261 section 22.1). */
static struct server_txn *find_invite(const struct received *received)
{
	const struct hash_table *table = &received->sip->server_txns->by_key;
	struct server_txn *txn;
	struct hash_entry *entry;

	if (!received->has_via)
		return NULL;
	entry = hash_table_find(table,
				server_txn_key(received, VIEW("INVITE")));
	if (!entry)
		return NULL;
	txn = SERVER_TXN_OF(entry, by_key);
	return txn->source == server_txn_source(received) ? txn : NULL;
}

bool server_txn_take_ack(const struct received *received)
{
	struct server_txn *txn = find_invite(received);

	return txn && txn->is_invite &&
	       !(take(txn->invite, INVITE_TXN_EVENT_GOT_ACK) &
		 INVITE_TXN_PASS_UP);
}

/* What waits in the edge is told when it is opened. */
static void cancel(struct server_txn *txn)
{
	if (!txn->is_invite && !txn->status)
		txn->pending->is_cancelled = true;
	else if (txn->is_invite &&
		 take(txn->invite, INVITE_TXN_EVENT_GOT_CANCEL) &
			 INVITE_TXN_PASS_UP)
		tell_cancelled(txn->invite);
}

bool server_txn_take_cancel(const struct received *received)
{
	struct server_txn *txn = find_invite(received);
	const struct reply ok = {.status = 200};
	struct received tagged = *received;

	if (!txn)
		return false;
	if (txn->is_invite)
		tagged.tag = view_of(txn->invite->tag);
	respond_reply(&tagged, &ok);
	cancel(txn);
	return true;
}

void invite_server_again(struct invite_server *invite)
{
	take(invite, INVITE_TXN_EVENT_GOT_INVITE);
}

/* There is one final response; a 2xx may come again. */
static bool may_respond(const struct invite_server *invite, int status)
{
	return invite->machine.state == INVITE_TXN_PROCEEDING ||
	       (invite->machine.state == INVITE_TXN_ACCEPTED && status >= 200 &&
		status < 300);
}

bool server_txn_takes(const struct server_txn *txn, int status)
{
	return !txn->is_invite || may_respond(txn->invite, status);
}

/* What does not fit is not sent; the transaction goes on. */
static void write_response(struct invite_server *invite,
			   const struct response_parts *parts)
{
	struct sip *sip = invite->all->sip;
	bool has_routes = parts->status > 100 && parts->status < 300;
	struct response_parts whole = *parts;
	struct text *more = text_borrow(&sip->lines);

	whole.lines = text_view(&invite->lines);
	whole.more = server_txn_more(
		sip, &(struct contact_place){&invite->flow, invite->wants_sips},
		parts, has_routes ? text_view(&invite->routes) : VIEW_NONE,
		more);
	if (!response_write(&whole,
			    response_len_max(&invite->flow, invite->txn->asked,
					     invite->is_named),
			    &invite->last))
		text_clear(&invite->last);
	invite->last_status = parts->status;
	text_return(&sip->lines);
}

static void answered(struct invite_server *invite)
{
	invite->all->n_unanswered--;
	loop_timer_clear(loop_of(invite), &invite->expires);
}

/* A forged INVITE must not have a refusal sent eleven times to somebody: to who
 * is not known it goes once, as by a stateless server (RFC 3261 section 8.2.7).
 */
static void refuse(struct invite_server *invite)
{
	answered(invite);
	leave_owner(invite);
	if (invite->is_named) {
		take(invite, INVITE_TXN_EVENT_GIVEN_FAILURE);
		return;
	}
	send_last(invite);
	end(invite);
}

void invite_server_respond(struct invite_server *invite,
			   const struct response_parts *parts)
{
	bool is_first = invite->machine.state == INVITE_TXN_PROCEEDING;

	if (!may_respond(invite, parts->status))
		return;
	write_response(invite, parts);
	if (parts->status >= 300) {
		refuse(invite);
		return;
	}
	if (parts->status < 200) {
		take(invite, INVITE_TXN_EVENT_GIVEN_PROVISIONAL);
		return;
	}
	if (is_first)
		answered(invite);
	take(invite, INVITE_TXN_EVENT_GIVEN_SUCCESS);
}

void server_txn_repeat(struct server_txn *txn)
{
	if (txn->is_invite && txn->invite->machine.state == INVITE_TXN_ACCEPTED)
		take(txn->invite, INVITE_TXN_EVENT_GIVEN_SUCCESS);
}

void invite_server_move(struct invite_server *invite, struct server_txn **ret)
{
	invite->slot = ret;
	*ret = invite->txn;
}

/* After a 2xx it still absorbs what comes again. */
void invite_server_drop(struct invite_server *invite)
{
	bool is_open = invite->machine.state == INVITE_TXN_PROCEEDING;

	leave_owner(invite);
	if (!is_open)
		return;
	answered(invite);
	end(invite);
}

void invite_server_free(struct invite_server *invite)
{
	struct loop *loop = loop_of(invite);

	leave_owner(invite);
	loop_timer_clear(loop, &invite->again);
	loop_timer_clear(loop, &invite->end);
	loop_timer_clear(loop, &invite->expires);
	text_release(&invite->lines);
	text_release(&invite->routes);
	text_release(&invite->last);
	free(invite);
}
