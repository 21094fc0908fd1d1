#include "server/sip/server_txn.h"

#include <sys/queue.h>

#include "server/base/hash_table.h"
#include "server/sip/respond.h"
#include "server/sip/sip_private.h"

#define LATE_LEAST 64	 /**< requests that wait */
#define EXPIRE_MOST 1024 /**< ended ones that go in one turn */

/** What is needed until there is an answer; lives as long as the request. */
struct pending {
	struct server_txns *all;
	struct server_txn *txn;
	struct server_txn **slot; /**< the owner's */
	struct flow flow;	  /**< where responses go */
	struct view lines;	  /**< that each of them has */
	bool is_named;		  /**< the sender was identified */
	bool is_held;		  /**< server_txn_hold() */
	bool has_reserve;	  /**< as in struct claim */
	bool is_mute;		  /**< it has no Via: nobody can be answered */
};

/*
 * Kept for each request, and for 32 s after its end: so nothing that the
 * request itself says when it comes again.
 */
struct server_txn {
	struct hash_entry by_key;	/**< branch, sent-by, method */
	struct hash_entry by_merge;	/**< Call-ID, From tag, CSeq */
	uint64_t content;		/**< hash of Request-URI and body */
	TAILQ_ENTRY(server_txn) by_age; /**< waiting or answered ones */
	union {
		struct pending *pending; /**< no status yet */
		/** NULL, or reason phrase, NUL, and header lines: what cannot
		 *  be made again. */
		char *kept;
	};
	int64_t at_ms;	 /**< when it came; then the end of timer J */
	uint32_t asked;	 /**< bytes of the request */
	uint16_t status; /**< of the answer; 0: none yet */
	uint16_t source; /**< a hash of the address it came from */
};

TAILQ_HEAD(server_txn_queue, server_txn);

struct server_txns {
	struct sip *sip;
	size_t n_unanswered;
	struct server_txn_queue waiting, held, aging; /**< oldest first */
	struct loop_timer timer; /**< set while aging is not empty */
	struct hash_table by_key, by_merge;
};

#define SERVER_TXN_OF(entry, member)                                           \
	((struct server_txn *)(void *)((char *)(entry)-offsetof(               \
		struct server_txn, member)))

static void server_txns_expire(void *arg);

struct server_txns *server_txns_new(struct sip *sip)
{
	struct server_txns *all = mem_alloc(sizeof(*all));

	all->sip = sip;
	TAILQ_INIT(&all->waiting);
	TAILQ_INIT(&all->held);
	TAILQ_INIT(&all->aging);
	hash_table_init(&all->by_key);
	hash_table_init(&all->by_merge);
	loop_timer_init(&all->timer, server_txns_expire, all);
	return all;
}

/* Not in a queue any more. */
static void server_txn_free(struct server_txns *all, struct server_txn *txn)
{
	hash_table_remove(&all->by_key, &txn->by_key);
	hash_table_remove(&all->by_merge, &txn->by_merge);
	gauge_add(all->sip->counters, GAUGE_SERVER_TXN, -1);
	if (txn->status)
		free(txn->kept);
	free(txn);
}

static struct server_txn_queue *queue_of(const struct pending *pending)
{
	return pending->is_held ? &pending->all->held : &pending->all->waiting;
}

/* The request is answered, or given up. */
static void pending_end(struct pending *pending)
{
	struct server_txns *all = pending->all;

	*pending->slot = NULL;
	TAILQ_REMOVE(queue_of(pending), pending->txn, by_age);
	all->n_unanswered--;
}

void server_txns_free(struct server_txns *txns)
{
	struct server_txn *txn;

	if (!txns)
		return;
	while ((txn = TAILQ_FIRST(&txns->waiting)) ||
	       (txn = TAILQ_FIRST(&txns->held)))
		server_txn_drop(txn);
	while ((txn = TAILQ_FIRST(&txns->aging))) {
		TAILQ_REMOVE(&txns->aging, txn, by_age);
		server_txn_free(txns, txn);
	}
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

/*
 * A client that uses one branch for all its requests must not have a claimed
 * one taken for one of the others, so all that tells two requests apart is in
 * the key; of CSeq the number, so that a CANCEL finds it.
 */
static struct hash128 claimed_key(const struct received *received,
				  struct view method)
{
	struct view cseq = message_value(received->message, FIELD_CSEQ);
	const struct view fields[] = {
		received->via.branch,
		received->via.sent_by,
		method,
		received->call_id,
		received->from_tag,
		view_head(cseq, view_find(cseq, ' ', 0)),
		received->identity,
	};

	return received_hash(received, fields, 7);
}

/* RFC 3261 section 17.2.3; requests without the cookie by what RFC 2543 had. */
static struct hash128 key_of(const struct received *received,
			     struct view method)
{
	const struct message *message = received->message;
	struct view vias = message_value(message, FIELD_VIA);
	const struct view with_branch[] = {received->via.branch,
					   received->via.sent_by, method};
	const struct view without[] = {
		message->uri,
		received->to_tag,
		received->from_tag,
		received->call_id,
		method,
		message_value(message, FIELD_CSEQ),
		vias,
	};

	if (received->identity.len)
		return claimed_key(received, method);
	if (view_starts_nocase(received->via.branch, VIEW(BRANCH_COOKIE)))
		return received_hash(received, with_branch, 3);
	return received_hash(received, without, 7);
}

static struct hash128 merge_of(struct received *received)
{
	const struct view fields[] = {
		received->call_id, received->from_tag,
		message_value(received->message, FIELD_CSEQ)};

	if (!received->has_merge)
		received->merge = received_hash(received, fields, 3);
	received->has_merge = true;
	return received->merge;
}

/* RFC 3261 section 17.2.3 knows a retransmission by its branch alone; but who
 * uses one branch, Call-ID and CSeq for two things must not be told of the
 * second what became of the first. */
static uint64_t content_of(struct received *received)
{
	struct view body = received->message->body;
	struct view fields[] = {received->message->uri, body};

	if (received->identity.len) /* all that it says is in its key */
		return 0;
	/* A shorter one stands for itself. */
	if (body.len >= HASH_LEN)
		fields[1] = (struct view){
			(const char *)received_body_hash(received), HASH_LEN};
	return received_hash(received, fields, 2).a;
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

static uint16_t source_hash(const struct received *received)
{
	uint8_t bytes[16];

	address_bytes(&received->from->peer.address, bytes);
	return (uint16_t)hash_64(&received->sip->key, bytes, sizeof(bytes));
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

	received->key = key_of(received, received->message->method);
	if (!received->has_via)
		return false;
	entry = hash_table_find(&all->by_key, received->key);
	if (!entry)
		return false;
	txn = SERVER_TXN_OF(entry, by_key);
	if (!hash_equal(txn->by_merge.key, merge_of(received)))
		return true;
	if (txn->content != content_of(received))
		return false;
	if (txn->status && received->message->whole.len >= txn->asked &&
	    txn->source == source_hash(received))
		respond_again(received, txn);
	return true;
}

bool server_txn_is_cancelled(const struct received *received)
{
	static const struct view methods[] = {VIEW("MESSAGE"), VIEW("PUBLISH")};
	const struct hash_table *table = &received->sip->server_txns->by_key;

	return hash_table_find(table, key_of(received, methods[0])) ||
	       hash_table_find(table, key_of(received, methods[1]));
}

bool server_txn_is_merged(struct received *received)
{
	return hash_table_find(&received->sip->server_txns->by_merge,
			       merge_of(received)) != NULL;
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
	pending->lines.at = arena_copy(arena, lines->at, lines->len);
	pending->lines.len = lines->len;
	text_return(&received->sip->lines);
	return pending;
}

static bool server_txns_are_full(const struct server_txns *all,
				 const struct received *received)
{
	const struct sip_settings *settings = &all->sip->settings;
	bool has_reserve = received->claim && received->claim->has_reserve;
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
		.by_merge.key = merge_of(received),
		.content = content_of(received),
		.pending = pending_new(received, arena, ret),
		.at_ms = loop_now_ms(sip->loop),
		.asked = (uint32_t)received->message->whole.len,
		.source = source_hash(received),
	};
	txn->pending->txn = txn;
	hash_table_add(&all->by_key, &txn->by_key);
	hash_table_add(&all->by_merge, &txn->by_merge);
	TAILQ_INSERT_TAIL(&all->waiting, txn, by_age);
	all->n_unanswered++;
	gauge_add(sip->counters, GAUGE_SERVER_TXN, 1);
	*ret = txn;
	return ERR_OK;
}

static void change_queue(struct server_txn *txn)
{
	struct pending *pending = txn->pending;

	TAILQ_REMOVE(queue_of(pending), txn, by_age);
	pending->is_held = !pending->is_held;
	TAILQ_INSERT_TAIL(queue_of(pending), txn, by_age);
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
	txn->pending->slot = ret;
	*ret = txn;
}

void server_txn_identified(struct server_txn *txn)
{
	txn->pending->is_named = true;
}

/* NULL where status and request say it all. */
static char *kept_of(const struct response_parts *parts)
{
	const char *reason = parts->reason ? parts->reason : "";
	size_t len;
	char *kept, *end;

	if (strcmp(reason, response_phrase(parts->status)) == 0)
		reason = "";
	len = strlen(reason);
	if (!len && !parts->more.len)
		return NULL;
	kept = mem_take(len + parts->more.len + 2);
	end = mempcpy(kept, reason, len + 1);
	if (parts->more.len)
		end = mempcpy(end, parts->more.at, parts->more.len);
	*end = '\0';
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
	txn->status = (uint16_t)parts->status;
	txn->kept = kept_of(parts);
	txn->at_ms = loop_now_ms(all->sip->loop) + T1X64_MS;
	if (TAILQ_EMPTY(&all->aging))
		loop_timer_set(all->sip->loop, &all->timer, T1X64_MS);
	TAILQ_INSERT_TAIL(&all->aging, txn, by_age);
}

void server_txn_respond(struct server_txn *txn,
			const struct response_parts *parts)
{
	struct pending *pending = txn->pending;
	struct sip *sip = pending->all->sip;
	struct response_parts whole = *parts;
	size_t most =
		response_len_max(&pending->flow, txn->asked,
				 pending->is_named || pending->has_reserve);
	struct text *out = text_borrow(&sip->out);
	bool is_short;

	whole.lines = pending->lines;
	is_short = response_write(&whole, most, out);
	if (is_short && !pending->is_mute)
		respond_send(sip, &pending->flow, whole.status, text_view(out));
	text_return(&sip->out);
	server_txn_age(pending, &whole);
}

void server_txn_drop(struct server_txn *txn)
{
	struct server_txns *all = txn->pending->all;

	pending_end(txn->pending);
	server_txn_free(all, txn);
}
