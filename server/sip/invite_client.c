#include "server/sip/client_txn_private.h"
#include "server/sip/invite_client.h"
#include "server/sip/invite_copy.h"

struct invite_client *invite_client_new(void)
{
	struct invite_client *invite = mem_alloc(sizeof(*invite));

	text_init(&invite->bytes, NULL);
	text_init(&invite->lines, NULL);
	text_init(&invite->cancel, NULL);
	return invite;
}

void invite_client_rest(struct client_txn *txn)
{
	if (txn->invite->is_reconnecting)
		transport_forget(txn->sender->transport, &txn->route->wait);
	txn->invite->is_reconnecting = false;
}

void invite_client_free(struct client_txn *txn)
{
	struct invite_client *invite = txn->invite;

	if (!invite)
		return;
	invite_client_rest(txn);
	text_release(&invite->bytes);
	text_release(&invite->lines);
	text_release(&invite->cancel);
	free(invite);
	txn->invite = NULL;
}

bool invite_client_is_cancelled(const struct client_txn *txn)
{
	return txn->invite && txn->invite->machine.is_cancelled;
}

int invite_client_status(const struct client_txn *txn)
{
	return txn->invite->is_withdrawn ? LEG_STATUS_WITHDRAWN : 487;
}

/* ---- timers: all of a transaction in one loop timer --------------------- */

static int64_t earlier(int64_t a, int64_t b)
{
	return !a || (b && b < a) ? b : a;
}

static void arm(struct client_txn *txn)
{
	struct invite_client *invite = txn->invite;
	struct loop *loop = txn->sender->loop;
	int64_t due_ms = invite->cancel_due_ms, in_ms;

	for (int i = 0; i < INVITE_TXN_TIMERS; i++)
		due_ms = earlier(due_ms, invite->due_ms[i]);
	if (!due_ms) {
		loop_timer_clear(loop, &txn->timer);
		return;
	}
	in_ms = due_ms - monotonic_now_ms();
	loop_timer_set(loop, &txn->timer, in_ms > 0 ? in_ms : 0);
}

static void run_timers(struct client_txn *txn,
		       const struct invite_txn_step *step)
{
	int64_t *due_ms = txn->invite->due_ms;
	int64_t now_ms = monotonic_now_ms();

	for (int i = 0; i < INVITE_TXN_TIMERS; i++) {
		if (step->stopped & 1U << i)
			due_ms[i] = 0;
		if (step->started & 1U << i)
			due_ms[i] = now_ms + step->wait_ms[i];
	}
	arm(txn);
}

void invite_client_begin(struct client_txn *txn)
{
	struct invite_client *invite = txn->invite;
	struct invite_txn_step step;

	memset(invite->due_ms, 0, sizeof(invite->due_ms));
	txn->state = TXN_TRYING;
	invite_txn_begin(&invite->machine, INVITE_TXN_CLIENT,
			 txn->flow.peer.protocol, &step);
	run_timers(txn, &step);
	if (protocol_is_reliable(txn->flow.peer.protocol))
		client_txn_join_connection(txn);
}

/* ---- ACK and CANCEL, made of the INVITE ---------------------------------- */

static const struct message *invite_read(struct client_txn *txn)
{
	struct client_txns *all = txn->sender->txns;

	if (!all->invite)
		all->invite = mem_alloc(sizeof(*all->invite));
	message_read(all->invite, text_view(&txn->invite->bytes));
	return all->invite;
}

void invite_client_credentials(struct client_txn *txn, struct text *lines)
{
	static const enum field both[] = {FIELD_AUTHORIZATION,
					  FIELD_PROXY_AUTHORIZATION};
	struct view value;

	for (int i = 0; txn->logins && txn->invite && i < 2; i++) {
		const struct message *invite = invite_read(txn);
		size_t at = 0;

		while (message_next(invite, both[i], &at, &value))
			text_add_header(lines, field_name(both[i]), value);
	}
}

/* Where the INVITE went.  What cannot be sent is asked for again by a copy of
 * the refusal; over a stream that is gone the other side's timer H ends it. */
static void ack_send(struct client_txn *txn, struct view refusal)
{
	struct client_txns *all = txn->sender->txns;
	struct text *out = &txn->sender->out;

	if (!all->response)
		all->response = mem_alloc(sizeof(*all->response));
	message_read(all->response, refusal);
	text_clear(out);
	invite_ack_write(invite_read(txn), all->response, out);
	if (transport_send(txn->sender->transport, &txn->flow,
			   text_view(out)) != ERR_OK)
		return;
}

static void cancel_transmit(struct client_txn *txn);

static void stream_ready(struct transport_wait *wait, enum err err)
{
	struct route_state *route =
		(struct route_state *)((char *)wait -
				       offsetof(struct route_state, wait));
	struct client_txn *txn = route->txn;

	txn->invite->is_reconnecting = false;
	if (err)
		return; /* it ends 64*T1 after CANCEL */
	txn->flow = wait->flow;
	cancel_transmit(txn);
}

/* The stream that the INVITE went by is gone, and a phone still rings: by TLS
 * to whoever it was that got it. */
static void reconnect(struct client_txn *txn)
{
	txn->route->wait =
		(struct transport_wait){.flow = txn->flow,
					.server_name = txn->route->server_name,
					.ready = stream_ready};
	txn->route->wait.flow.connection = 0;
	txn->invite->is_reconnecting = true;
	transport_connect(txn->sender->transport, &txn->route->wait);
}

static void cancel_transmit(struct client_txn *txn)
{
	struct sender *sender = txn->sender;
	enum err err = transport_send(sender->transport, &txn->flow,
				      text_view(&txn->invite->cancel));

	if (err == ERR_UNREACHABLE && txn->route &&
	    !txn->invite->is_reconnecting)
		reconnect(txn);
}

/* A transaction of its own: it is sent until it has a final response, or the
 * INVITE has (RFC 3261 section 9.1). */
static void cancel_send(struct client_txn *txn)
{
	struct invite_client *invite = txn->invite;

	invite_cancel_write(invite_read(txn), text_view(&invite->lines),
			    &invite->cancel);
	cancel_transmit(txn);
	if (protocol_is_reliable(txn->flow.peer.protocol))
		return;
	invite->cancel_pause_ms = T1_MS;
	invite->cancel_due_ms = monotonic_now_ms() + T1_MS;
	arm(txn);
}

static void cancel_stop(struct client_txn *txn)
{
	txn->invite->cancel_due_ms = 0;
	arm(txn);
}

static void cancel_repeat(struct client_txn *txn)
{
	struct invite_client *invite = txn->invite;
	int pause_ms = 2 * invite->cancel_pause_ms;

	cancel_transmit(txn);
	count(txn->sender->counters, COUNT_RETRANSMISSIONS);
	invite->cancel_pause_ms = pause_ms < T2_MS ? pause_ms : T2_MS;
	invite->cancel_due_ms = monotonic_now_ms() + invite->cancel_pause_ms;
	arm(txn);
}

/* ---- events ---------------------------------------------------------------
 */

static unsigned take(struct client_txn *txn, enum invite_txn_event event)
{
	struct invite_txn_step step;

	invite_txn_take(&txn->invite->machine, event, &step);
	run_timers(txn, &step);
	if (step.actions & INVITE_TXN_SEND_CANCEL)
		cancel_send(txn);
	return step.actions;
}

/* Their no came after it was sent: it is not sent again. */
static void withdraw(struct client_txn *txn)
{
	if (txn->invite->machine.is_cancelled)
		return;
	txn->invite->is_withdrawn = true;
	take(txn, INVITE_TXN_EVENT_CANCEL);
}

static void invite_repeat(struct client_txn *txn)
{
	if (transport_send(txn->sender->transport, &txn->flow,
			   text_view(&txn->invite->bytes)) == ERR_OK)
		count(txn->sender->counters, COUNT_RETRANSMISSIONS);
}

/* Timer B, or silence after CANCEL.  A hop that never said a word is like one
 * that is not there (RFC 3263 section 4.3). */
static void silence(struct client_txn *txn)
{
	if (txn->state == TXN_TRYING)
		next_hop_is_dead(txn);
	if (invite_client_is_cancelled(txn)) {
		txn->status = invite_client_status(txn);
		client_txn_end(txn);
	} else if (next_hop_exists(txn)) {
		next_hop_failed(txn, 408);
	} else {
		txn->status = 408;
		client_txn_end(txn);
	}
}

/* @return the first that is due, or INVITE_TXN_TIMERS. */
static int due_timer(struct invite_client *invite)
{
	int64_t now_ms = monotonic_now_ms();

	for (int i = 0; i < INVITE_TXN_TIMERS; i++)
		if (invite->due_ms[i] && invite->due_ms[i] <= now_ms)
			return i;
	return INVITE_TXN_TIMERS;
}

static void timer_fired(struct client_txn *txn, int timer)
{
	unsigned actions;

	txn->invite->due_ms[timer] = 0;
	if (timer == INVITE_TXN_TIMER_A && !client_txn_is_permitted(txn)) {
		withdraw(txn);
		return;
	}
	actions = take(txn,
		       (enum invite_txn_event)(INVITE_TXN_EVENT_TIMER + timer));
	if (actions & INVITE_TXN_SEND_INVITE)
		invite_repeat(txn);
	if (actions & INVITE_TXN_TELL_TIMEOUT)
		silence(txn);
	else if (txn->invite->machine.state == INVITE_TXN_TERMINATED)
		client_txn_end(txn);
}

void invite_client_fire(struct client_txn *txn)
{
	struct invite_client *invite = txn->invite;
	int timer = due_timer(invite);

	if (timer < INVITE_TXN_TIMERS)
		timer_fired(txn, timer);
	else if (invite->cancel_due_ms &&
		 invite->cancel_due_ms <= monotonic_now_ms())
		cancel_repeat(txn);
	else
		arm(txn);
}

/* ---- responses ------------------------------------------------------------
 */

static void provisional(struct client_txn *txn, int status, struct view message)
{
	bool is_first = txn->state == TXN_TRYING;

	take(txn, INVITE_TXN_EVENT_GOT_PROVISIONAL);
	txn->state = TXN_PROCEEDING;
	txn->leg->state = LEG_PROCEEDING;
	if (is_first && !client_txn_is_permitted(txn))
		withdraw(txn);
	if (status > 100)
		client_txn_tell_response(txn, message);
}

/* Each is the dialog's to acknowledge (RFC 3261 section 13.2.2.4). */
static void success(struct client_txn *txn, int status, struct view message)
{
	take(txn, INVITE_TXN_EVENT_GOT_SUCCESS);
	if (txn->state != TXN_ANSWERED) {
		cancel_stop(txn);
		client_txn_let_leave(txn);
		client_txn_settle(txn);
		txn->status = status;
	}
	client_txn_tell_response(txn, message);
}

/* Copies of the refusal get their ACK until timer D, whatever becomes of the
 * leg.  Over a stream there are none. */
static void stay_behind(struct client_txn *txn)
{
	struct client_txn *rest;

	if (txn->invite->machine.state == INVITE_TXN_TERMINATED)
		return;
	rest = client_txn_split(txn);
	txn->invite = invite_client_new();
	arm(rest);
}

static void refused(struct client_txn *txn, const struct response_head *head,
		    struct view message)
{
	bool goes_on = head->status == 503 && next_hop_exists(txn);
	bool logs_in;

	take(txn, INVITE_TXN_EVENT_GOT_FAILURE);
	ack_send(txn, message);
	cancel_stop(txn);
	client_txn_let_leave(txn);
	txn->retry_after_s = head->retry_after_s;
	logs_in = client_txn_logs_in(txn, head->status, message);
	stay_behind(txn);
	if (logs_in) {
		txn->cseq++;
		next_hop_again(txn);
		return;
	}
	if (goes_on) {
		next_hop_failed(txn, 503);
		return;
	}
	txn->state = TXN_ENDING;
	if (client_txn_tell_response(txn, message)) {
		txn->status = head->status;
		client_txn_end(txn);
	}
}

/* Of one that stayed behind: another branch may answer after the refusal (RFC
 * 3261 section 16.7, item 5), which its leg does not hear any more. */
static bool receive_late(struct client_txn *txn,
			 const struct response_head *head, struct view message)
{
	if (head->status >= 300 &&
	    take(txn, INVITE_TXN_EVENT_GOT_FAILURE) & INVITE_TXN_SEND_ACK)
		ack_send(txn, message);
	return head->status / 100 != 2;
}

bool invite_client_receive(struct client_txn *txn,
			   const struct response_head *head,
			   struct view message)
{
	bool is_final = head->status >= 200;

	if (head->cseq != txn->cseq)
		return false;
	if (view_equal(head->method, VIEW("CANCEL"))) {
		if (is_final)
			cancel_stop(txn);
		return true;
	}
	if (!view_equal(head->method, VIEW("INVITE")))
		return false;
	if (!txn->leg)
		return receive_late(txn, head, message);
	if (txn->state == TXN_ANSWERED && head->status / 100 != 2)
		return true;
	if (txn->state != TXN_TRYING && txn->state != TXN_PROCEEDING &&
	    txn->state != TXN_ANSWERED)
		return false;
	if (!is_final)
		provisional(txn, head->status, message);
	else if (head->status < 300)
		success(txn, head->status, message);
	else
		refused(txn, head, message);
	return true;
}

void invite_client_closed(struct client_txn *txn)
{
	if (txn->state == TXN_TRYING)
		next_hop_failed(txn, 503);
	else /* a phone rings; its answer may come by another stream */
		client_txn_leave_connection(txn);
}

/* ---- what the owner wants --------------------------------------------------
 */

/* No octet of it has left, so that nobody has to hear of it. */
static bool is_unsent(const struct client_txn *txn)
{
	return txn->is_on_connection &&
	       transport_unsent(txn->sender->transport, &txn->route->unsent) ==
		       UNSENT_WHOLE;
}

static void cancel_sent(struct client_txn *txn, struct view lines)
{
	struct invite_client *invite = txn->invite;

	if (is_unsent(txn)) {
		txn->leg->was_sent = txn->leg->was_moved;
		client_txn_end_soon(txn, LEG_STATUS_WITHDRAWN);
		return;
	}
	if (!invite->cancel.len && header_lines_are_valid(lines)) {
		text_clear(&invite->lines);
		text_add_view(&invite->lines, lines);
	}
	take(txn, INVITE_TXN_EVENT_CANCEL);
}

void invite_client_cancel(struct client_txn *txn, struct view lines)
{
	if (!txn->invite)
		return;
	switch ((int)txn->state) {
	case TXN_RESOLVING:
	case TXN_CONNECTING:
	case TXN_WAITING:
		client_txn_end_soon(txn, LEG_STATUS_WITHDRAWN);
		break;
	case TXN_TRYING:
	case TXN_PROCEEDING:
		cancel_sent(txn, lines);
		break;
	default: /* it is over, or answered */
		break;
	}
}
