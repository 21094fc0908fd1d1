#include "server/sip/outgoing.h"

#include "server/sip/outgoing_private.h"
#include "server/sip/result.h"

static void outgoing_fire(void *arg);
static void first_fire(void *arg);

struct outgoings *outgoings_new(struct sender *sender)
{
	struct outgoings *all = mem_alloc(sizeof(*all));

	all->sender = sender;
	all->no_tcp = ttl_cache_new(1024);
	all->dead = ttl_cache_new(1024);
	random_bytes(&all->key, sizeof(all->key));
	TAILQ_INIT(&all->first);
	loop_timer_init(&all->timer, first_fire, all);
	return all;
}

size_t outgoings_count(const struct outgoings *outgoings)
{
	return outgoings->n;
}

static struct outgoing_list *connection_list(struct outgoings *all,
					     uint64_t connection)
{
	return &all->by_connection[connection % CONNECTIONS];
}

static void slot_take(struct outgoings *all, struct outgoing *outgoing)
{
	uint32_t i;

	if (!all->first_free) {
		uint32_t n = all->n_slots ? 2 * all->n_slots : 256;

		all->slots = mem_resize(all->slots, n * sizeof(*all->slots));
		for (i = all->n_slots; i < n; i++)
			all->slots[i] =
				(struct slot){NULL, i + 1 < n ? i + 2 : 0};
		all->first_free = all->n_slots + 1;
		all->n_slots = n;
	}
	i = all->first_free - 1;
	all->first_free = all->slots[i].next_free;
	all->slots[i].outgoing = outgoing;
	outgoing->slot = i;
}

uint32_t slot_masked(const struct outgoings *all, uint32_t slot, uint64_t nonce)
{
	uint8_t bytes[sizeof(nonce) + 1] = {'s'};

	memcpy(bytes + 1, &nonce, sizeof(nonce));
	return slot ^ (uint32_t)hash_64(&all->key, bytes, sizeof(bytes));
}

static void leave_first(struct outgoing *outgoing)
{
	if (outgoing->is_first)
		TAILQ_REMOVE(&outgoing->sender->outgoings->first, outgoing,
			     by_first);
	outgoing->is_first = false;
}

static void leave_connection(struct outgoing *outgoing)
{
	if (outgoing->is_on_connection) {
		LIST_REMOVE(outgoing, by_connection);
		outgoing->sender->outgoings->n_on_connections--;
	}
	outgoing->is_on_connection = false;
}

void outgoing_rest(struct outgoing *outgoing)
{
	struct way *way = outgoing->way;

	if (outgoing->stage == STAGE_RESOLVING)
		resolver_forget(way->resolver, &way->resolve);
	else if (outgoing->stage == STAGE_CONNECTING)
		transport_forget(outgoing->sender->transport, &way->wait);
	/* Nobody would ask for permission any more before it leaves. */
	if (outgoing->is_on_connection)
		transport_take_back(outgoing->sender->transport, &way->unsent);
	leave_connection(outgoing);
	leave_first(outgoing);
	loop_timer_clear(outgoing->sender->loop, &outgoing->timer);
}

/* Nothing of the sender knows it any more. */
static void outgoing_leave(struct outgoing *outgoing)
{
	struct outgoings *all = outgoing->sender->outgoings;

	outgoing_rest(outgoing);
	all->slots[outgoing->slot] = (struct slot){NULL, all->first_free};
	all->first_free = outgoing->slot + 1;
	all->n--;
	free(outgoing->way);
	outgoing->way = NULL;
}

bool outgoing_is_carried(const struct outgoing *outgoing)
{
	return outgoing->stage != STAGE_NEW && outgoing->stage != STAGE_OVER;
}

void outgoing_free(struct outgoing *outgoing)
{
	if (outgoing_is_carried(outgoing))
		outgoing_leave(outgoing);
	gauge_add(outgoing->sender->counters, GAUGE_CLIENT_TXN, -1);
	outgoing->leg->outgoing = NULL;
	free(outgoing);
}

void outgoings_free(struct outgoings *outgoings)
{
	if (!outgoings)
		return;
	for (uint32_t i = 0; i < outgoings->n_slots; i++)
		if (outgoings->slots[i].outgoing)
			outgoing_free(outgoings->slots[i].outgoing);
	loop_timer_clear(outgoings->sender->loop, &outgoings->timer);
	ttl_cache_free(outgoings->no_tcp);
	ttl_cache_free(outgoings->dead);
	free(outgoings->spare);
	free(outgoings->slots);
	free(outgoings);
}

static void outgoing_done(struct outgoing *outgoing, enum stage stage)
{
	struct sender *sender = outgoing->sender;

	outgoing_leave(outgoing);
	outgoing->stage = stage;
	sender->done(sender, outgoing);
}

static void outgoing_end(struct outgoing *outgoing)
{
	outgoing_done(outgoing, STAGE_OVER);
}

void outgoing_give_back(struct outgoing *outgoing)
{
	outgoing_done(outgoing, STAGE_NEW);
}

void outgoing_tell(struct outgoing *outgoing)
{
	struct leg *leg = outgoing->leg;

	leg->state = LEG_ENDED;
	leg->status = outgoing->status;
	leg->retry_after_s = outgoing->retry_after_s;
	leg->cseq = outgoing->cseq;
	leg->content = outgoing->sent_form;
	outgoing_free(outgoing);
	leg->ended(leg);
}

void outgoing_end_soon(struct outgoing *outgoing, int status)
{
	outgoing_rest(outgoing);
	outgoing->stage = STAGE_ENDING;
	outgoing->status = status;
	loop_timer_set(outgoing->sender->loop, &outgoing->timer, 0);
}

void outgoing_begin(struct outgoing *outgoing)
{
	struct outgoings *all = outgoing->sender->outgoings;

	outgoing->stage = STAGE_SENT;
	outgoing->begun_ms = monotonic_now_ms();
	outgoing->pause_ms = T1_MS;
	if (outgoing->flow.protocol == PROTOCOL_UDP) {
		if (!loop_timer_is_set(&all->timer))
			loop_timer_set(all->sender->loop, &all->timer, T1_MS);
		TAILQ_INSERT_TAIL(&all->first, outgoing, by_first);
		outgoing->is_first = true;
	} else {
		LIST_INSERT_HEAD(
			connection_list(all, outgoing->flow.connection),
			outgoing, by_connection);
		outgoing->is_on_connection = true;
		all->n_on_connections++;
		loop_timer_set(all->sender->loop, &outgoing->timer, T1X64_MS);
	}
}

/* All of them wait equally long, so one timer and a queue will do. */
static void first_fire(void *arg)
{
	struct outgoings *all = arg;
	struct loop *loop = all->sender->loop;
	int64_t begun_ms = loop_now_ms(loop) - T1_MS;
	struct outgoing *first;

	while ((first = TAILQ_FIRST(&all->first)) &&
	       first->begun_ms <= begun_ms) {
		leave_first(first);
		outgoing_fire(first);
	}
	if (first)
		loop_timer_set(loop, &all->timer, first->begun_ms - begun_ms);
}

/* Timer F: silence.  A hop that never said a word is like one that is not there
 * (RFC 3263 section 4.3). */
static void outgoing_time_out(struct outgoing *outgoing)
{
	if (outgoing->stage == STAGE_SENT)
		hop_is_dead(outgoing);
	if (outgoing->stage == STAGE_SENT && hops_remain(outgoing)) {
		hop_failed(outgoing, 408);
		return;
	}
	outgoing->status = 408;
	outgoing_end(outgoing);
}

static int left_ms(const struct outgoing *outgoing)
{
	return (int)(outgoing->begun_ms + T1X64_MS -
		     loop_now_ms(outgoing->sender->loop));
}

/* Timer E comes again after @p pause_ms, if timer F does not come before. */
static void pause_begin(struct outgoing *outgoing, int pause_ms)
{
	int left = left_ms(outgoing);

	outgoing->pause_ms = pause_ms;
	leave_first(outgoing);
	loop_timer_set(outgoing->sender->loop, &outgoing->timer,
		       pause_ms < left ? pause_ms : left);
}

/* First said, then asked: who sees that nobody has asked, and has forbidden it
 * before, knows that it is not sent. */
bool outgoing_is_permitted(const struct outgoing *outgoing)
{
	struct sender *sender = outgoing->sender;

	if (!atomic_load_explicit(&sender->has_asked, memory_order_relaxed))
		atomic_exchange(&sender->has_asked, true);
	return outgoing->leg->still_permitted(outgoing->leg);
}

/* RFC 3261 section 17.1.2.2.  What got lost on its way must not come after the
 * recipient's no. */
static void outgoing_fire(void *arg)
{
	struct outgoing *outgoing = arg;
	int pause_ms = 2 * outgoing->pause_ms;

	if (outgoing->stage == STAGE_ENDING) {
		outgoing_end(outgoing);
		return;
	}
	if (left_ms(outgoing) <= 0) {
		outgoing_time_out(outgoing);
		return;
	}
	if (outgoing->flow.protocol == PROTOCOL_UDP) {
		if (!outgoing_is_permitted(outgoing)) {
			outgoing->status = LEG_STATUS_WITHDRAWN;
			outgoing_end(outgoing);
			return;
		}
		hop_repeat(outgoing);
	}
	if (pause_ms > T2_MS || outgoing->stage == STAGE_PROCEEDING)
		pause_ms = T2_MS;
	pause_begin(outgoing, pause_ms);
}

struct outgoing *outgoing_new(struct sender *sender, struct leg *leg)
{
	struct outgoing *outgoing = mem_alloc(sizeof(*outgoing));

	outgoing->sender = sender;
	outgoing->leg = leg;
	outgoing->cseq = leg->cseq;
	loop_timer_init(&outgoing->timer, outgoing_fire, outgoing);
	gauge_add(sender->counters, GAUGE_CLIENT_TXN, 1);
	leg->outgoing = outgoing;
	leg->state = LEG_TRYING;
	leg->status = 0;
	leg->retry_after_s = 0;
	leg->was_sent = leg->was_moved = leg->is_large = false;
	return outgoing;
}

void outgoing_carry(struct sender *sender, struct outgoing *outgoing)
{
	outgoing->sender = sender;
	outgoing->stage = STAGE_SENT;
	outgoing->hop = 0;
	outgoing->status = 0;
	slot_take(sender->outgoings, outgoing);
	sender->outgoings->n++;
	if (wire_is_clean(outgoing->leg))
		hops_start(outgoing);
	else
		outgoing_end_soon(outgoing, 400);
}

/* The transaction that a branch of ours belongs to. */
static struct outgoing *find(struct sender *sender, struct view branch)
{
	struct view tail = view_from(branch, 7 + EDGE_MARK_LEN);
	uint8_t slot[4], nonce[8];
	struct outgoing *found;
	uint32_t i;
	uint64_t n = 0;

	if (branch.len != BRANCH_LEN ||
	    !view_equal(view_head(view_from(branch, 7), EDGE_MARK_LEN),
			view_of(sender->mark)) ||
	    hex_decode(view_head(tail, 8), slot, sizeof(slot)) != ERR_OK ||
	    hex_decode(view_from(tail, 8), nonce, sizeof(nonce)) != ERR_OK)
		return NULL;
	i = (uint32_t)slot[0] << 24 | (uint32_t)slot[1] << 16 |
	    (uint32_t)slot[2] << 8 | slot[3];
	for (size_t k = 0; k < sizeof(nonce); k++)
		n = n << 8 | nonce[k];
	i = slot_masked(sender->outgoings, i, n);
	if (i >= sender->outgoings->n_slots)
		return NULL;
	found = sender->outgoings->slots[i].outgoing;
	return found && found->nonce == n ? found : NULL;
}

static void outgoing_proceed(struct outgoing *outgoing)
{
	if (outgoing->stage == STAGE_PROCEEDING)
		return;
	outgoing->stage = STAGE_PROCEEDING;
	outgoing->leg->state = LEG_PROCEEDING;
	if (outgoing->flow.protocol == PROTOCOL_UDP)
		pause_begin(outgoing, T2_MS);
}

/*
 * 3xx, 401 and 407 end a leg like all others: it is the recipient who was asked
 * for consent, not somebody else, and we have no password of theirs.
 */
static void outgoing_finish(struct outgoing *outgoing,
			    const struct result *result)
{
	enum content_form form = CONTENT_FORMS;

	if (result->status == 415)
		form = hop_simpler(outgoing);
	/* Some answer before they have read all; others use the stream, too. */
	if (outgoing->is_on_connection)
		transport_let_leave(outgoing->sender->transport,
				    &outgoing->way->unsent);
	outgoing->retry_after_s = result->retry_after_s;
	if (result->status == 503 && hops_remain(outgoing)) {
		hop_failed(outgoing, 503);
	} else if (form < CONTENT_FORMS) {
		/* The history list is optional (RFC 5364 section 4), and so is
		 * all of CPIM but its text. */
		outgoing->form = form;
		outgoing->cseq++;
		hop_again(outgoing);
	} else {
		outgoing->status = result->status;
		outgoing_end(outgoing);
	}
}

void sender_receive(struct sender *sender, struct view message)
{
	struct result result;
	struct outgoing *outgoing;

	if (result_read(message, &result) != ERR_OK) {
		count(sender->counters, COUNT_PARSE_ERRORS);
		return;
	}
	outgoing = find(sender, result.branch);
	if (!outgoing ||
	    (outgoing->stage != STAGE_SENT &&
	     outgoing->stage != STAGE_PROCEEDING) ||
	    result.cseq != outgoing->cseq ||
	    !view_equal(result.method, view_of(outgoing->leg->form->method)))
		return;
	if (result.status < 200)
		outgoing_proceed(outgoing);
	else
		outgoing_finish(outgoing, &result);
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
	struct outgoing *outgoing = find(sender, quoted_branch(quoted));

	if (!outgoing || outgoing->stage != STAGE_SENT ||
	    outgoing->flow.protocol != PROTOCOL_UDP ||
	    !address_equal(&outgoing->flow.remote, to))
		return;
	hop_is_dead(outgoing);
	hop_failed(outgoing, 503);
}

/* Whoever goes on to another hop leaves the list; so begin anew each time. */
void sender_closed(struct sender *sender, uint64_t connection)
{
	struct outgoing *outgoing;

	do {
		LIST_FOREACH(outgoing,
			     connection_list(sender->outgoings, connection),
			     by_connection)
		if (outgoing->flow.connection == connection)
			break;
		if (outgoing)
			hop_failed(outgoing, 503);
	} while (outgoing);
}

/* What of it has not left, and is not permitted any more, does not leave. */
static void outgoing_look_again(struct outgoing *outgoing)
{
	struct leg *leg = outgoing->leg;
	enum unsent what = transport_unsent(outgoing->sender->transport,
					    &outgoing->way->unsent);

	if (what == UNSENT_NOTHING || outgoing_is_permitted(outgoing))
		return;
	if (what == UNSENT_WHOLE) /* to an earlier hop, perhaps */
		leg->was_sent = leg->was_moved;
	outgoing_end_soon(outgoing, LEG_STATUS_WITHDRAWN);
}

void sender_quiesce(struct sender *sender)
{
	struct outgoings *all = sender->outgoings;
	struct outgoing *outgoing, *next;

	for (size_t i = 0; all->n_on_connections && i < CONNECTIONS; i++) {
		for (outgoing = LIST_FIRST(&all->by_connection[i]); outgoing;
		     outgoing = next) {
			next = LIST_NEXT(outgoing, by_connection);
			outgoing_look_again(outgoing);
		}
	}
}
