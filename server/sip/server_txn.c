#include "server/sip/server_txn_private.h"

#define LATE_LEAST 64	 /**< requests that wait */
#define EXPIRE_MOST 1024 /**< ended ones that go in one turn */

/* There may be hundreds of thousands of ended ones. */
_Static_assert(sizeof(struct server_txn) <= 96, "a kept transaction is small");

static void server_txns_expire(void *arg);

struct server_txns *server_txns_new(struct sip *sip)
{
	struct server_txns *all = mem_alloc(sizeof(*all));

	all->sip = sip;
	TAILQ_INIT(&all->waiting);
	TAILQ_INIT(&all->held);
	TAILQ_INIT(&all->aging);
	TAILQ_INIT(&all->invites);
	hash_table_init(&all->by_key);
	hash_table_init(&all->by_merge);
	loop_timer_init(&all->timer, server_txns_expire, all);
	return all;
}

void server_txn_free(struct server_txns *all, struct server_txn *txn)
{
	hash_table_remove(&all->by_key, &txn->by_key);
	hash_table_remove(&all->by_merge, &txn->by_merge);
	gauge_add(all->sip->counters, GAUGE_SERVER_TXN, -1);
	if (txn->is_invite)
		invite_server_free(txn->invite);
	else if (txn->status)
		free(txn->kept);
	free(txn);
}

/* The request is answered, or given up. */
static void pending_end(struct pending *pending)
{
	struct server_txns *all = pending->all;

	*pending->slot = NULL;
	TAILQ_REMOVE(pending_queue(pending), pending->txn, by_age);
	all->n_unanswered--;
}

/* None of them is answered any more. */
static void free_all(struct server_txns *all, struct server_txn_queue *queue)
{
	struct server_txn *txn;

	while ((txn = TAILQ_FIRST(queue))) {
		TAILQ_REMOVE(queue, txn, by_age);
		server_txn_free(all, txn);
	}
}

void server_txns_free(struct server_txns *txns)
{
	struct server_txn *txn;

	if (!txns)
		return;
	while ((txn = TAILQ_FIRST(&txns->waiting)) ||
	       (txn = TAILQ_FIRST(&txns->held)))
		server_txn_drop(txn);
	free_all(txns, &txns->aging);
	free_all(txns, &txns->invites);
	loop_timer_clear(txns->sip->loop, &txns->timer);
	hash_table_release(&txns->by_key);
	hash_table_release(&txns->by_merge);
	free(txns);
}

size_t server_txns_unanswered(const struct server_txns *txns)
{
	return txns->n_unanswered;
}

/* One that waits long may have its own reasons; many are a queue. */
bool server_txns_are_late(const struct sip *sip)
{
	const struct server_txns *txns = sip->server_txns;
	const struct server_txn *oldest = TAILQ_FIRST(&txns->waiting);

	return txns->n_unanswered >= LATE_LEAST && oldest &&
	       loop_now_ms(sip->loop) - oldest->at_ms > LATE_MS;
}

/* All of them live equally long, so one timer and a queue will do.  After a
 * pause of the whole process there may be many: a part of them in each turn. */
static void server_txns_expire(void *arg)
{
	struct server_txns *all = arg;
	int64_t now_ms = loop_now_ms(all->sip->loop), in_ms;
	struct server_txn *oldest;
	size_t n = 0;

	while ((oldest = TAILQ_FIRST(&all->aging)) && oldest->at_ms <= now_ms &&
	       n++ < EXPIRE_MOST) {
		TAILQ_REMOVE(&all->aging, oldest, by_age);
		server_txn_free(all, oldest);
	}
	if (!oldest)
		return;
	in_ms = oldest->at_ms - now_ms;
	loop_timer_set(all->sip->loop, &all->timer, in_ms > 0 ? in_ms : 0);
}

/* The answer again.  What it copies from the request, the request has brought
 * once more. */
static void respond_again(const struct received *received,
			  const struct server_txn *txn)
{
	struct sip *sip = received->sip;
	struct flow flow = respond_flow(received);
	struct response_parts parts = {.status = txn->status};
	struct text *lines = text_borrow(&sip->lines);
	struct text *out = text_borrow(&sip->out);

	if (txn->kept) {
		if (*txn->kept)
			parts.reason = txn->kept;
		parts.more = view_of(txn->kept + strlen(txn->kept) + 1);
		if (txn->has_body)
			parts.body =
				view_of(parts.more.at + parts.more.len + 1);
	}
	respond_lines(received, lines);
	parts.lines = text_view(lines);
	/* A refusal is kept only where the sender is known. */
	if (response_write(
		    &parts,
		    response_len_max(&flow, txn->asked, txn->status >= 300),
		    out))
		respond_send(sip, &flow, 0, text_view(out));
	text_return(&sip->out);
	text_return(&sip->lines);
}

/* An INVITE that the owner has not opened yet gets no answer, either. */
static void absorb(const struct received *received, struct server_txn *txn)
{
	if (received->message->whole.len < txn->asked ||
	    txn->source != server_txn_source(received))
		return;
	if (txn->is_invite)
		invite_server_again(txn->invite);
	else if (txn->status)
		respond_again(received, txn);
}

/*
 * A retransmission has all the bytes of the request, and comes from the same
 * host; else a forged source would get a long response for a short request, or
 * for one that was sent once.  Something else under
 * the same branch, Call-ID and CSeq goes on as a request of its own: a MESSAGE
 * to its 482, a PUBLISH to the consent URI that it names.
 */
bool server_txn_absorb(struct received *received)
{
	struct server_txns *all = received->sip->server_txns;
	struct hash_entry *entry;
	struct server_txn *txn;

	received->key = server_txn_key(received, received->message->method);
	if (!received->has_via)
		return false;
	entry = hash_table_find(&all->by_key, received->key);
	if (!entry)
		return false;
	txn = SERVER_TXN_OF(entry, by_key);
	if (!hash_equal(txn->by_merge.key, server_txn_merge(received)))
		return true;
	if (txn->content != server_txn_content(received))
		return false;
	absorb(received, txn);
	return true;
}

bool server_txn_is_cancelled(const struct received *received)
{
	static const struct view methods[] = {VIEW("MESSAGE"), VIEW("PUBLISH"),
					      VIEW("REFER"), VIEW("SUBSCRIBE")};
	const struct hash_table *table = &received->sip->server_txns->by_key;
	bool is_here = false;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		is_here = is_here ||
			  hash_table_find(table,
					  server_txn_key(received, methods[i]));
	return is_here;
}

bool server_txn_is_merged(struct received *received)
{
	return hash_table_find(&received->sip->server_txns->by_merge,
			       server_txn_merge(received)) != NULL;
}

static struct view keep_text(struct arena *arena, const struct text *text)
{
	if (!text->len)
		return VIEW_NONE;
	return (struct view){arena_copy(arena, text->at, text->len), text->len};
}

static struct pending *pending_new(const struct received *received,
				   struct arena *arena,
				   struct server_txn **slot)
{
	struct pending *pending = arena_alloc(arena, sizeof(*pending));
	struct text *lines = text_borrow(&received->sip->lines);

	pending->all = received->sip->server_txns;
	pending->slot = slot;
	pending->flow = respond_flow(received);
	pending->has_reserve = received->claim && received->claim->has_reserve;
	pending->is_mute = !received->message->count[FIELD_VIA];
	respond_lines(received, lines);
	pending->lines = keep_text(arena, lines);
	text_clear(lines);
	if (received->method == METHOD_SUBSCRIBE ||
	    received->method == METHOD_REFER)
		respond_routes(received, lines);
	pending->routes = keep_text(arena, lines);
	pending->wants_sips = respond_wants_sips(received);
	pending->is_named = received->is_in_dialog;
	text_return(&received->sip->lines);
	return pending;
}

/* What ends a call has room as long as a deny has. */
static bool server_txns_are_full(const struct server_txns *all,
				 const struct received *received)
{
	const struct sip_settings *settings = &all->sip->settings;
	bool has_reserve = received->is_in_dialog ||
			   (received->claim && received->claim->has_reserve);
	size_t times = has_reserve ? 2 : 1;

	return all->by_key.n >= times * settings->transactions_max ||
	       all->n_unanswered >= times * settings->unanswered_max;
}

enum err server_txn_keep(struct received *received, struct arena *arena,
			 struct server_txn **ret)
{
	struct sip *sip = received->sip;
	struct server_txns *all = sip->server_txns;
	struct server_txn *txn;

	if (server_txns_are_full(all, received)) {
		count(sip->counters, COUNT_OVERLOAD);
		return ERR_BUSY;
	}
	txn = mem_take(sizeof(*txn));
	*txn = (struct server_txn){
		.by_key.key = received->key,
		.by_merge.key = server_txn_merge(received),
		.content = server_txn_content(received),
		.pending = pending_new(received, arena, ret),
		.at_ms = loop_now_ms(sip->loop),
		.asked = (uint32_t)received->message->whole.len,
		.source = server_txn_source(received),
	};
	txn->pending->txn = txn;
	hash_table_add(&all->by_key, &txn->by_key);
	hash_table_add(&all->by_merge, &txn->by_merge);
	TAILQ_INSERT_TAIL(&all->waiting, txn, by_age);
	all->n_unanswered++;
	gauge_add(sip->counters, GAUGE_SERVER_TXN, 1);
	*ret = txn;
	if (received->is_in_dialog)
		server_txn_open(txn, received);
	return ERR_OK;
}

static void change_queue(struct server_txn *txn)
{
	struct pending *pending = txn->pending;

	TAILQ_REMOVE(pending_queue(pending), txn, by_age);
	pending->is_held = !pending->is_held;
	TAILQ_INSERT_TAIL(pending_queue(pending), txn, by_age);
}

void server_txn_hold(struct server_txn *txn)
{
	change_queue(txn);
}

void server_txn_release(struct server_txn *txn)
{
	txn->at_ms = loop_now_ms(txn->pending->all->sip->loop);
	change_queue(txn);
}

void server_txn_move(struct server_txn *txn, struct server_txn **ret)
{
	if (txn->is_invite) {
		invite_server_move(txn->invite, ret);
		return;
	}
	txn->pending->slot = ret;
	*ret = txn;
}

/* An INVITE that was opened knows it since then. */
void server_txn_identified(struct server_txn *txn)
{
	if (!txn->is_invite)
		txn->pending->is_named = true;
}

static char *add_string(char *end, struct view v)
{
	if (v.len)
		end = mempcpy(end, v.at, v.len);
	*end = '\0';
	return end + 1;
}

/* NULL where status and request say it all. */
static char *kept_of(const struct response_parts *parts)
{
	const char *reason = parts->reason ? parts->reason : "";
	size_t len;
	char *kept, *end;

	if (strcmp(reason, response_phrase(parts->status)) == 0)
		reason = "";
	len = strlen(reason) + parts->more.len + parts->body.len;
	if (!len)
		return NULL;
	kept = mem_take(len + (parts->body.len ? 3 : 2));
	end = add_string(kept, view_of(reason));
	end = add_string(end, parts->more);
	if (parts->body.len)
		add_string(end, parts->body);
	return kept;
}

/*
 * Timer J.  Over a stream nothing is sent twice.  A refusal of somebody unknown
 * is not kept either: the same request gets the same response, and strangers
 * shall not fill our memory.
 */
static void server_txn_age(struct pending *pending,
			   const struct response_parts *parts)
{
	struct server_txns *all = pending->all;
	struct server_txn *txn = pending->txn;

	pending_end(pending);
	if (protocol_is_reliable(pending->flow.peer.protocol) ||
	    pending->is_mute || (parts->status >= 300 && !pending->is_named)) {
		server_txn_free(all, txn);
		return;
	}
	txn->status = (unsigned short)parts->status & 0x3ff;
	txn->has_body = parts->body.len > 0;
	txn->kept = kept_of(parts);
	txn->at_ms = loop_now_ms(all->sip->loop) + T1X64_MS;
	if (TAILQ_EMPTY(&all->aging))
		loop_timer_set(all->sip->loop, &all->timer, T1X64_MS);
	TAILQ_INSERT_TAIL(&all->aging, txn, by_age);
}

struct view server_txn_more(const struct sip *sip,
			    const struct contact_place *place,
			    const struct response_parts *parts,
			    struct view routes, struct text *room)
{
	if (!parts->contact && !routes.len)
		return parts->more;
	text_add_view(room, routes);
	if (parts->contact)
		respond_contact(sip, place, parts, room);
	text_add_view(room, parts->more);
	return text_view(room);
}

static void pending_respond(struct pending *pending,
			    const struct response_parts *parts)
{
	struct sip *sip = pending->all->sip;
	size_t most =
		response_len_max(&pending->flow, pending->txn->asked,
				 pending->is_named || pending->has_reserve);
	struct response_parts whole = *parts;
	struct text *more = text_borrow(&sip->lines);
	struct text *out = text_borrow(&sip->out);
	bool is_short;

	whole.lines = pending->lines;
	whole.more = server_txn_more(
		sip,
		&(struct contact_place){&pending->flow, pending->wants_sips},
		parts, parts->status < 300 ? pending->routes : VIEW_NONE, more);
	is_short = response_write(&whole, most, out);
	if (is_short && !pending->is_mute)
		respond_send(sip, &pending->flow, whole.status, text_view(out));
	text_return(&sip->out);
	server_txn_age(pending, &whole);
	text_return(&sip->lines);
}

void server_txn_respond(struct server_txn *txn,
			const struct response_parts *parts)
{
	if (txn->is_invite)
		invite_server_respond(txn->invite, parts);
	else
		pending_respond(txn->pending, parts);
}

void server_txn_drop(struct server_txn *txn)
{
	struct server_txns *all;

	if (txn->is_invite) {
		invite_server_drop(txn->invite);
		return;
	}
	all = txn->pending->all;
	pending_end(txn->pending);
	server_txn_free(all, txn);
}
