#include "server/sip/invite_txn.h"

#include "server/sip/sender.h"

#define T4_MS 5000
#define D_MS 32000 /**< "at least 32 seconds" (RFC 3261 section 17.1.1.2) */

/** One arrow of the figures: RFC 6026 sections 8.4 and 8.7. */
struct invite_txn_arrow {
	enum invite_txn_state state;
	enum invite_txn_event event;
	enum invite_txn_state next;
	unsigned actions;
	unsigned starts, stops; /**< timers, besides those of a state left */
};

/* clang-format off */
#define S(state) INVITE_TXN_##state
#define EV(event) INVITE_TXN_EVENT_##event
#define FIRES(letter) (enum invite_txn_event)(INVITE_TXN_EVENT_TIMER + INVITE_TXN_TIMER_##letter)
#define T(letter) (1U << INVITE_TXN_TIMER_##letter)
#define DO(action) INVITE_TXN_##action

static const struct invite_txn_arrow client_arrows[] = {
	{S(CALLING), EV(GOT_PROVISIONAL), S(PROCEEDING), DO(PASS_UP), 0, 0},
	{S(CALLING), EV(GOT_SUCCESS), S(ACCEPTED), DO(PASS_UP), T(M), 0},
	{S(CALLING), EV(GOT_FAILURE), S(COMPLETED), DO(SEND_ACK) | DO(PASS_UP), T(D), 0},
	/* CANCEL waits for a provisional response (section 9.1), and nothing
	 * is sent any more that would make the phone ring. */
	{S(CALLING), EV(CANCEL), S(CALLING), 0, 0, T(A)},
	{S(CALLING), EV(TRANSPORT_ERROR), S(TERMINATED), DO(TELL_ERROR), 0, 0},
	{S(CALLING), FIRES(A), S(CALLING), DO(SEND_INVITE), T(A), 0},
	{S(CALLING), FIRES(B), S(TERMINATED), DO(TELL_TIMEOUT), 0, 0},

	{S(PROCEEDING), EV(GOT_PROVISIONAL), S(PROCEEDING), DO(PASS_UP), 0, 0},
	{S(PROCEEDING), EV(GOT_SUCCESS), S(ACCEPTED), DO(PASS_UP), T(M), 0},
	{S(PROCEEDING), EV(GOT_FAILURE), S(COMPLETED), DO(SEND_ACK) | DO(PASS_UP), T(D), 0},
	{S(PROCEEDING), EV(CANCEL), S(PROCEEDING), DO(SEND_CANCEL), T(CANCEL), 0},
	{S(PROCEEDING), FIRES(CANCEL), S(TERMINATED), DO(TELL_TIMEOUT), 0, 0},

	/* A proxy passes a 2xx on even after its final response (section 16.7,
	 * item 5): somebody has answered, and has to hear a BYE. */
	{S(COMPLETED), EV(GOT_SUCCESS), S(COMPLETED), DO(PASS_UP), 0, 0},
	{S(COMPLETED), EV(GOT_FAILURE), S(COMPLETED), DO(SEND_ACK), 0, 0},
	{S(COMPLETED), EV(TRANSPORT_ERROR), S(TERMINATED), DO(TELL_ERROR), 0, 0},
	{S(COMPLETED), FIRES(D), S(TERMINATED), 0, 0, 0},

	{S(ACCEPTED), EV(GOT_SUCCESS), S(ACCEPTED), DO(PASS_UP), 0, 0},
	{S(ACCEPTED), FIRES(M), S(TERMINATED), 0, 0, 0},
};

static const struct invite_txn_arrow server_arrows[] = {
	{S(PROCEEDING), EV(GOT_INVITE), S(PROCEEDING), DO(SEND_RESPONSE), 0, 0},
	{S(PROCEEDING), EV(GOT_CANCEL), S(PROCEEDING), DO(PASS_UP), 0, 0},
	{S(PROCEEDING), EV(GIVEN_PROVISIONAL), S(PROCEEDING), DO(SEND_RESPONSE), 0, 0},
	{S(PROCEEDING), EV(GIVEN_SUCCESS), S(ACCEPTED), DO(SEND_RESPONSE), T(L), 0},
	{S(PROCEEDING), EV(GIVEN_FAILURE), S(COMPLETED), DO(SEND_RESPONSE), T(G) | T(H), 0},
	{S(PROCEEDING), EV(TRANSPORT_ERROR), S(PROCEEDING), DO(TELL_ERROR), 0, 0},

	{S(COMPLETED), EV(GOT_INVITE), S(COMPLETED), DO(SEND_RESPONSE), 0, 0},
	{S(COMPLETED), EV(GOT_ACK), S(CONFIRMED), 0, T(I), 0},
	{S(COMPLETED), EV(TRANSPORT_ERROR), S(COMPLETED), DO(TELL_ERROR), 0, 0},
	{S(COMPLETED), FIRES(G), S(COMPLETED), DO(SEND_RESPONSE), T(G), 0},
	{S(COMPLETED), FIRES(H), S(TERMINATED), DO(TELL_TIMEOUT), 0, 0},

	{S(CONFIRMED), FIRES(I), S(TERMINATED), 0, 0, 0},

	/* INVITE is absorbed: the dialog repeats the 2xx. */
	{S(ACCEPTED), EV(GOT_ACK), S(ACCEPTED), DO(PASS_UP), 0, 0},
	{S(ACCEPTED), EV(GIVEN_SUCCESS), S(ACCEPTED), DO(SEND_RESPONSE), 0, 0},
	{S(ACCEPTED), EV(TRANSPORT_ERROR), S(ACCEPTED), DO(TELL_ERROR), 0, 0},
	{S(ACCEPTED), FIRES(L), S(TERMINATED), 0, 0, 0},
};
/* clang-format on */

static const struct invite_txn_arrow *find(const struct invite_txn *txn,
					   enum invite_txn_event event)
{
	bool is_client = txn->side == INVITE_TXN_CLIENT;
	const struct invite_txn_arrow *all =
		is_client ? client_arrows : server_arrows;
	size_t n = is_client ? sizeof(client_arrows) / sizeof(client_arrows[0])
			     : sizeof(server_arrows) / sizeof(server_arrows[0]);

	for (size_t i = 0; i < n; i++)
		if (all[i].state == txn->state && all[i].event == event)
			return &all[i];
	return NULL;
}

/* Timer A doubles without a cap, timer G up to T2. */
static int next_pause(struct invite_txn *txn, enum invite_txn_timer timer)
{
	txn->pause_ms = txn->pause_ms ? 2 * txn->pause_ms : T1_MS;
	if (timer == INVITE_TXN_TIMER_G && txn->pause_ms > T2_MS)
		txn->pause_ms = T2_MS;
	return txn->pause_ms;
}

/* Milliseconds; 0: it fires at once; -1: it is not set over a stream. */
static int wait_of(struct invite_txn *txn, enum invite_txn_timer timer)
{
	bool is_reliable = protocol_is_reliable(txn->protocol);

	switch ((int)timer) {
	case INVITE_TXN_TIMER_A:
	case INVITE_TXN_TIMER_G:
		return is_reliable ? -1 : next_pause(txn, timer);
	case INVITE_TXN_TIMER_D:
		return is_reliable ? 0 : D_MS;
	case INVITE_TXN_TIMER_I:
		return is_reliable ? 0 : T4_MS;
	default: /* B, H, L, M, and after CANCEL */
		return T1X64_MS;
	}
}

/* @return the event of a timer that fires at once, or INVITE_TXN_EVENTS. */
static enum invite_txn_event start(struct invite_txn *txn, unsigned timers,
				   struct invite_txn_step *ret)
{
	int at_once = INVITE_TXN_EVENTS;

	for (int i = 0; i < INVITE_TXN_TIMERS; i++) {
		int wait_ms;

		if (!(timers & 1U << i))
			continue;
		wait_ms = wait_of(txn, (enum invite_txn_timer)i);
		if (wait_ms >= 0)
			txn->running |= 1U << i;
		if (wait_ms > 0)
			ret->started |= 1U << i;
		if (wait_ms > 0)
			ret->wait_ms[i] = wait_ms;
		if (!wait_ms)
			at_once = INVITE_TXN_EVENT_TIMER + i;
	}
	return (enum invite_txn_event)at_once;
}

/* Each timer belongs to one state and ends with it. */
static void leave(struct invite_txn *txn, struct invite_txn_step *ret)
{
	ret->stopped |= txn->running;
	txn->running = 0;
	txn->pause_ms = 0;
}

static enum invite_txn_event follow(struct invite_txn *txn,
				    const struct invite_txn_arrow *arrow,
				    struct invite_txn_step *ret)
{
	unsigned stops = arrow->stops & txn->running;

	if (arrow->next != txn->state)
		leave(txn, ret);
	txn->running &= ~stops;
	ret->stopped |= stops;
	txn->state = arrow->next;
	ret->actions |= arrow->actions;
	return start(txn, arrow->starts, ret);
}

/* False where it does not count now. */
static bool is_due(struct invite_txn *txn, enum invite_txn_event event)
{
	unsigned timer;

	if (event == INVITE_TXN_EVENT_CANCEL) {
		bool is_first = !txn->is_cancelled;

		txn->is_cancelled = true;
		return is_first;
	}
	if (event < INVITE_TXN_EVENT_TIMER)
		return true;
	timer = 1U << (event - INVITE_TXN_EVENT_TIMER);
	if (!(txn->running & timer))
		return false;
	txn->running &= ~timer;
	return true;
}

static void take(struct invite_txn *txn, enum invite_txn_event event,
		 struct invite_txn_step *ret)
{
	const struct invite_txn_arrow *arrow;

	while (event < INVITE_TXN_EVENTS && is_due(txn, event)) {
		arrow = find(txn, event);
		if (!arrow)
			return;
		event = follow(txn, arrow, ret);
	}
}

void invite_txn_begin(struct invite_txn *txn, enum invite_txn_side side,
		      enum protocol protocol, struct invite_txn_step *ret)
{
	*ret = (struct invite_txn_step){.actions = 0};
	*txn = (struct invite_txn){.side = side, .protocol = protocol};
	if (side == INVITE_TXN_SERVER) {
		txn->state = INVITE_TXN_PROCEEDING;
		ret->actions = INVITE_TXN_SEND_TRYING | INVITE_TXN_PASS_UP;
		return;
	}
	txn->state = INVITE_TXN_CALLING;
	ret->actions = INVITE_TXN_SEND_INVITE;
	start(txn, T(A) | T(B), ret);
}

void invite_txn_take(struct invite_txn *txn, enum invite_txn_event event,
		     struct invite_txn_step *ret)
{
	bool was_calling = txn->state == INVITE_TXN_CALLING;

	*ret = (struct invite_txn_step){.actions = 0};
	take(txn, event, ret);
	/* CANCEL has waited for this. */
	if (was_calling && txn->state == INVITE_TXN_PROCEEDING &&
	    txn->is_cancelled) {
		ret->actions |= INVITE_TXN_SEND_CANCEL;
		start(txn, T(CANCEL), ret);
	}
}
