#include "server/sip/client_txn.h"

#include "server/sip/client_txn_private.h"
#include "server/sip/invite_client.h"
#include "server/sip/response_head.h"

#define TXNS_KEPT 4096 /**< blocks of those that are over */

static void client_txn_fire(void *arg);
static void first_fire(void *arg);

struct client_txns *client_txns_new(struct sender *sender)
{
	struct client_txns *all = mem_alloc(sizeof(*all));

	all->sender = sender;
	all->pool = (struct block_pool){.size = sizeof(struct client_txn),
					.most = TXNS_KEPT};
	all->no_tcp = ttl_cache_new(1024);
	all->dead = ttl_cache_new(1024);
	if (sender->settings->credentials.n)
		all->logins = login_memory_new();
	branch_table_init(&all->branches, sender->instance_id);
	TAILQ_INIT(&all->first);
	loop_timer_init(&all->timer, first_fire, all);
	return all;
}

size_t client_txns_count(const struct client_txns *txns)
{
	return txns->n - txns->n_settled;
}

struct client_txn_list *connection_list(struct client_txns *all,
					uint64_t connection)
{
	return &all->by_connection[connection % CONNECTIONS];
}

static void leave_first(struct client_txn *txn)
{
	if (txn->is_first)
		TAILQ_REMOVE(&txn->sender->txns->first, txn, by_first);
	txn->is_first = false;
}

void client_txn_join_connection(struct client_txn *txn)
{
	struct client_txns *all = txn->sender->txns;

	LIST_INSERT_HEAD(connection_list(all, txn->flow.connection), txn,
			 by_connection);
	txn->is_on_connection = true;
	all->n_on_connections++;
}

void client_txn_leave_connection(struct client_txn *txn)
{
	if (txn->is_on_connection) {
		LIST_REMOVE(txn, by_connection);
		txn->sender->txns->n_on_connections--;
	}
	txn->is_on_connection = false;
}

void client_txn_rest(struct client_txn *txn)
{
	struct route_state *route = txn->route;

	if (txn->state == TXN_RESOLVING)
		resolver_forget(route->resolver, &route->resolve);
	else if (txn->state == TXN_CONNECTING)
		transport_forget(txn->sender->transport, &route->wait);
	/* Nobody would ask for permission any more before it leaves. */
	if (txn->is_on_connection)
		transport_take_back(txn->sender->transport, &route->unsent);
	if (txn->state == TXN_SENT || txn->state == TXN_ANSWERED) {
		txn->state = TXN_TRYING;
		txn->sender->txns->n_settled--;
	}
	if (txn->invite)
		invite_client_rest(txn);
	client_txn_leave_connection(txn);
	leave_first(txn);
	loop_timer_clear(txn->sender->loop, &txn->timer);
}

/* Nothing of the sender knows it any more. */
static void client_txn_leave(struct client_txn *txn)
{
	struct client_txns *all = txn->sender->txns;

	client_txn_rest(txn);
	invite_client_free(txn);
	client_txn_forget_logins(txn);
	branch_leave(&all->branches, &txn->branch);
	all->n--;
	free(txn->route);
	txn->route = NULL;
}

bool client_txn_is_carried(const struct client_txn *txn)
{
	return txn->state != TXN_NEW && txn->state != TXN_TERMINATED;
}

void client_txn_free(struct client_txn *txn)
{
	if (client_txn_is_carried(txn))
		client_txn_leave(txn);
	gauge_add(txn->sender->counters, GAUGE_CLIENT_TXN, -1);
	if (txn->leg)
		txn->leg->txn = NULL;
	block_pool_give(txn->pool, txn);
}

void client_txns_free(struct client_txns *txns)
{
	if (!txns)
		return;
	for (uint32_t i = 0; i < txns->branches.n_places; i++)
		if (txns->branches.places[i].txn)
			client_txn_free(txns->branches.places[i].txn);
	loop_timer_clear(txns->sender->loop, &txns->timer);
	ttl_cache_free(txns->no_tcp);
	ttl_cache_free(txns->dead);
	login_memory_free(txns->logins);
	free(txns->spare);
	branch_table_release(&txns->branches);
	free(txns->response);
	free(txns->invite);
	block_pool_release(&txns->pool);
	free(txns);
}

static void client_txn_done(struct client_txn *txn, enum client_txn_state state)
{
	struct sender *sender = txn->sender;

	client_txn_leave(txn);
	txn->state = state;
	sender->done(sender, txn);
}

void client_txn_end(struct client_txn *txn)
{
	if (txn->leg)
		client_txn_done(txn, TXN_TERMINATED);
	else
		client_txn_free(txn);
}

void client_txn_settle(struct client_txn *txn)
{
	txn->state = TXN_ANSWERED;
	txn->sender->txns->n_settled++;
}

struct client_txn *client_txn_split(struct client_txn *txn)
{
	struct sender *sender = txn->sender;
	struct branch_table *branches = &sender->txns->branches;
	struct client_txn *rest = block_pool_take(txn->pool);

	*rest = (struct client_txn){.sender = sender,
				    .pool = txn->pool,
				    .invite = txn->invite,
				    .branch = txn->branch,
				    .cseq = txn->cseq,
				    .flow = txn->flow};
	loop_timer_init(&rest->timer, client_txn_fire, rest);
	gauge_add(sender->counters, GAUGE_CLIENT_TXN, 1);
	sender->txns->n++;
	client_txn_settle(rest);
	branch_hand_over(branches, &rest->branch, rest);
	branch_take(branches, txn, NULL, &txn->branch);
	branch_renew(branches, &txn->branch);
	txn->invite = NULL;
	loop_timer_clear(sender->loop, &txn->timer);
	return rest;
}

void client_txn_give_back(struct client_txn *txn)
{
	client_txn_done(txn, TXN_NEW);
}

void client_txn_tell(struct client_txn *txn)
{
	struct leg *leg = txn->leg;

	leg->state = LEG_ENDED;
	leg->status = txn->status;
	leg->retry_after_s = txn->retry_after_s;
	leg->cseq = txn->cseq;
	leg->variant = txn->sent_variant;
	client_txn_free(txn);
	leg->ended(leg);
}

void client_txn_end_soon(struct client_txn *txn, int status)
{
	client_txn_rest(txn);
	txn->state = TXN_ENDING;
	txn->status = status;
	loop_timer_set(txn->sender->loop, &txn->timer, 0);
}

void client_txn_begin(struct client_txn *txn)
{
	struct client_txns *all = txn->sender->txns;

	if (txn->invite) {
		invite_client_begin(txn);
		return;
	}
	if (txn->is_ack) {
		txn->state = TXN_SENT;
		all->n_settled++;
		return;
	}
	txn->state = TXN_TRYING;
	txn->begun_ms = monotonic_now_ms();
	txn->pause_ms = T1_MS;
	if (!protocol_is_reliable(txn->flow.peer.protocol)) {
		if (!loop_timer_is_set(&all->timer))
			loop_timer_set(all->sender->loop, &all->timer, T1_MS);
		TAILQ_INSERT_TAIL(&all->first, txn, by_first);
		txn->is_first = true;
	} else {
		client_txn_join_connection(txn);
		loop_timer_set(all->sender->loop, &txn->timer, T1X64_MS);
	}
}

/* All of them wait equally long, so one timer and a queue will do. */
static void first_fire(void *arg)
{
	struct client_txns *all = arg;
	struct loop *loop = all->sender->loop;
	int64_t begun_ms = loop_now_ms(loop) - T1_MS;
	struct client_txn *first;

	while ((first = TAILQ_FIRST(&all->first)) &&
	       first->begun_ms <= begun_ms) {
		leave_first(first);
		client_txn_fire(first);
	}
	if (first)
		loop_timer_set(loop, &all->timer, first->begun_ms - begun_ms);
}

/* Timer F: silence.  A hop that never said a word is like one that is not there
 * (RFC 3263 section 4.3). */
static void client_txn_time_out(struct client_txn *txn)
{
	if (txn->state == TXN_TRYING)
		next_hop_is_dead(txn);
	if (txn->state == TXN_TRYING && next_hop_exists(txn)) {
		next_hop_failed(txn, 408);
		return;
	}
	txn->status = 408;
	client_txn_end(txn);
}

static int left_ms(const struct client_txn *txn)
{
	return (int)(txn->begun_ms + T1X64_MS - loop_now_ms(txn->sender->loop));
}

/* Timer E comes again after @p pause_ms, if timer F does not come before. */
static void pause_begin(struct client_txn *txn, int pause_ms)
{
	int left = left_ms(txn);

	txn->pause_ms = pause_ms;
	leave_first(txn);
	loop_timer_set(txn->sender->loop, &txn->timer,
		       pause_ms < left ? pause_ms : left);
}

/*
 * Store buffering: this thread stores has_asked, then loads the index; the
 * other one changes the index, then loads has_asked (worker_has_asked()).  All
 * four are seq_cst, so one of the two sees the other: either the deny is found
 * here, or worker_pool_quiesce() waits for the end of this thread's turn. Where
 * the flag is set already a relaxed load will do: nobody else clears it.
 */
bool client_txn_is_permitted(const struct client_txn *txn)
{
	struct sender *sender = txn->sender;

	if (!atomic_load_explicit(&sender->has_asked, memory_order_relaxed))
		atomic_exchange(&sender->has_asked, true);
	return txn->leg->still_permitted(txn->leg);
}

static bool may_repeat(struct leg *leg)
{
	return !leg->may_repeat || leg->may_repeat(leg);
}

/* RFC 3261 section 17.1.2.2.  What got lost on its way must not come after the
 * recipient's no. */
static void client_txn_fire(void *arg)
{
	struct client_txn *txn = arg;
	int pause_ms = 2 * txn->pause_ms;

	if (txn->state == TXN_ENDING) {
		client_txn_end(txn);
		return;
	}
	if (txn->invite) {
		invite_client_fire(txn);
		return;
	}
	if (left_ms(txn) <= 0) {
		client_txn_time_out(txn);
		return;
	}
	if (!protocol_is_reliable(txn->flow.peer.protocol)) {
		if (!client_txn_is_permitted(txn)) {
			txn->status = LEG_STATUS_WITHDRAWN;
			client_txn_end(txn);
			return;
		}
		if (may_repeat(txn->leg) && next_hop_repeat(txn) == ERR_OK)
			count(txn->sender->counters, COUNT_RETRANSMISSIONS);
	}
	if (pause_ms > T2_MS || txn->state == TXN_PROCEEDING)
		pause_ms = T2_MS;
	pause_begin(txn, pause_ms);
}

struct client_txn *client_txn_new(struct sender *sender, struct leg *leg)
{
	struct block_pool *pool = &sender->txns->pool;
	struct client_txn *txn = block_pool_take(pool);

	*txn = (struct client_txn){
		.sender = sender, .pool = pool, .leg = leg, .cseq = leg->cseq};
	loop_timer_init(&txn->timer, client_txn_fire, txn);
	gauge_add(sender->counters, GAUGE_CLIENT_TXN, 1);
	leg->txn = txn;
	leg->state = LEG_TRYING;
	leg->status = 0;
	leg->retry_after_s = 0;
	leg->was_sent = leg->was_moved = leg->is_large = false;
	leg->is_unverified = false;
	return txn;
}

void client_txn_carry(struct sender *sender, struct client_txn *txn)
{
	const char *method;

	txn->sender = sender;
	txn->state = TXN_TRYING;
	txn->hop = 0;
	txn->status = 0;
	txn->history = (struct login_history){0}; /* nonces are a thread's */
	branch_take(&sender->txns->branches, txn, txn->leg->branch,
		    &txn->branch);
	sender->txns->n++;
	if (!leg_is_valid(txn->leg)) {
		client_txn_end_soon(txn, 400);
		return;
	}
	method = txn->leg->template->method;
	txn->is_ack = !strcmp(method, "ACK");
	if (!strcmp(method, "INVITE"))
		txn->invite = invite_client_new();
	next_hop_start(txn);
}

void client_txn_repeat(struct client_txn *txn)
{
	if (txn->state != TXN_SENT)
		return;
	if (!client_txn_is_permitted(txn))
		client_txn_end_soon(txn, LEG_STATUS_WITHDRAWN);
	else if (next_hop_repeat(txn) != ERR_OK)
		next_hop_again(txn); /* its stream is gone */
}

bool client_txn_tell_response(struct client_txn *txn, struct view bytes)
{
	struct client_txns *all = txn->sender->txns;
	struct leg *leg = txn->leg;
	struct branch branch = txn->branch;

	if (!leg->response)
		return true;
	if (!all->response)
		all->response = mem_alloc(sizeof(*all->response));
	message_read(all->response, bytes);
	all->response->from = all->from;
	leg->response(leg, all->response);
	return branch_is_held(&all->branches, &branch, txn);
}

static void client_txn_proceed(struct client_txn *txn)
{
	if (txn->state == TXN_PROCEEDING)
		return;
	txn->state = TXN_PROCEEDING;
	txn->leg->state = LEG_PROCEEDING;
	if (!protocol_is_reliable(txn->flow.peer.protocol))
		pause_begin(txn, T2_MS);
}

/* Some answer before they have read all; others use the stream, too. */
void client_txn_let_leave(struct client_txn *txn)
{
	if (txn->is_on_connection)
		transport_let_leave(txn->sender->transport,
				    &txn->route->unsent);
	client_txn_leave_connection(txn);
}

void client_txn_forget_logins(struct client_txn *txn)
{
	logins_free(txn->logins);
	txn->logins = NULL;
	txn->has_logins = false;
}

bool client_txn_logs_in(struct client_txn *txn, int status, struct view message)
{
	struct client_txns *all = txn->sender->txns;
	const struct login_place place = {.hop = &txn->flow.peer,
					  .request_uri = txn->leg->request_uri};

	if ((status != 401 && status != 407) || !all->logins ||
	    invite_client_is_cancelled(txn))
		return false;
	if (!all->response)
		all->response = mem_alloc(sizeof(*all->response));
	message_read(all->response, message);
	if (!login_challenged(all->logins, &txn->sender->settings->credentials,
			      &place, all->response, &txn->history))
		return false;
	/* RFC 3261 section 22.2.  ACK and all that follows in the dialog count
	 * on from it. */
	txn->leg->cseq = txn->cseq + 1;
	return true;
}

/* 3xx ends a leg like all others: it is the recipient who was asked for
 * consent, not somebody else. */
static void client_txn_finish(struct client_txn *txn,
			      const struct response_head *head,
			      struct view message)
{
	enum body_variant variant = BODY_VARIANTS;

	if (head->status == 415)
		variant = simpler_variant(txn);
	client_txn_let_leave(txn);
	txn->retry_after_s = head->retry_after_s;
	if (head->status == 503 && next_hop_exists(txn)) {
		next_hop_failed(txn, 503);
	} else if (variant < BODY_VARIANTS) {
		/* The history list is optional (RFC 5364 section 4), and so is
		 * all of CPIM but its text. */
		txn->variant = variant;
		txn->cseq++;
		next_hop_again(txn);
	} else if (client_txn_logs_in(txn, head->status, message)) {
		txn->cseq++;
		next_hop_again(txn);
	} else if (client_txn_tell_response(txn, message)) {
		txn->status = head->status;
		client_txn_end(txn);
	}
}

void client_txn_receive(struct client_txn *txn,
			const struct response_head *head, struct view message)
{
	if (head->status >= 200) {
		client_txn_finish(txn, head, message);
		return;
	}
	client_txn_proceed(txn);
	if (head->status > 100)
		client_txn_tell_response(txn, message);
}
