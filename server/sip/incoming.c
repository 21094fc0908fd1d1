#include "server/sip/incoming.h"

#include <sys/queue.h>

#include "server/base/log.h"
#include "server/sip/respond.h"

#define BUCKETS_LEAST 1024 /**< of each hash table; a power of two */
#define LOOP_MS 60000	   /**< how long a request is remembered (RFC 7332) */
#define LATE_LEAST 64	   /**< requests that wait */

struct incoming {
	LIST_ENTRY(incoming) by_key, by_merge;
	TAILQ_ENTRY(incoming) by_age; /**< waiting or answered ones */
	struct hash128 key;	      /**< branch, sent-by, method */
	struct hash128 merge;	      /**< Call-ID, From tag, CSeq */
	struct incomings *all;
	struct request *request; /**< until it is answered */
	struct flow flow;	 /**< where responses go */
	int64_t came_ms;	 /**< until it is answered */
	int64_t until_ms;	 /**< end of timer J, once it is */
	bool is_stale;		 /**< for a challenge */
	bool is_named;		 /**< the sender was identified */
	size_t asked;		 /**< bytes of the request */
	size_t len;
	char *bytes; /**< lines of the response; then the response */
};

LIST_HEAD(incoming_list, incoming);
TAILQ_HEAD(incoming_queue, incoming);

struct incomings {
	struct edge *edge;
	size_t n, n_unanswered;
	struct incoming_queue waiting, aging; /**< oldest first */
	struct loop_timer timer; /**< set while aging is not empty */
	struct incoming_list *by_key, *by_merge;
	size_t mask; /**< of their indices */
};

static void incomings_expire(void *arg);

static void tables_add(struct incoming *incoming)
{
	struct incomings *all = incoming->all;

	LIST_INSERT_HEAD(&all->by_key[incoming->key.a & all->mask], incoming,
			 by_key);
	LIST_INSERT_HEAD(&all->by_merge[incoming->merge.a & all->mask],
			 incoming, by_merge);
}

/* New ones, with all that there is. */
static void tables_make(struct incomings *all, size_t buckets)
{
	struct incoming *incoming;

	free(all->by_key);
	free(all->by_merge);
	all->by_key = mem_alloc(buckets * sizeof(*all->by_key));
	all->by_merge = mem_alloc(buckets * sizeof(*all->by_merge));
	all->mask = buckets - 1;
	TAILQ_FOREACH(incoming, &all->waiting, by_age)
	tables_add(incoming);
	TAILQ_FOREACH(incoming, &all->aging, by_age)
	tables_add(incoming);
}

struct incomings *incomings_new(struct edge *edge)
{
	struct incomings *all = mem_alloc(sizeof(*all));

	all->edge = edge;
	TAILQ_INIT(&all->waiting);
	TAILQ_INIT(&all->aging);
	tables_make(all, BUCKETS_LEAST);
	loop_timer_init(&all->timer, incomings_expire, all);
	return all;
}

static void incoming_free(struct incoming *incoming)
{
	struct incomings *all = incoming->all;

	LIST_REMOVE(incoming, by_key);
	LIST_REMOVE(incoming, by_merge);
	if (incoming->request) {
		incoming->request->incoming = NULL;
		TAILQ_REMOVE(&all->waiting, incoming, by_age);
		all->n_unanswered--;
	} else if (incoming->until_ms) {
		TAILQ_REMOVE(&all->aging, incoming, by_age);
	}
	all->n--;
	gauge_add(all->edge->counters, GAUGE_SERVER_TXN, -1);
	free(incoming->bytes);
	free(incoming);
}

void incomings_free(struct incomings *incomings)
{
	if (!incomings)
		return;
	while (!TAILQ_EMPTY(&incomings->waiting))
		incoming_free(TAILQ_FIRST(&incomings->waiting));
	while (!TAILQ_EMPTY(&incomings->aging))
		incoming_free(TAILQ_FIRST(&incomings->aging));
	loop_timer_clear(incomings->edge->loop, &incomings->timer);
	free(incomings->by_key);
	free(incomings->by_merge);
	free(incomings);
}

size_t incomings_unanswered(const struct incomings *incomings)
{
	return incomings->n_unanswered;
}

/* One that waits long may have its own reasons; many are a queue. */
bool incomings_are_late(const struct incomings *incomings)
{
	const struct incoming *oldest = TAILQ_FIRST(&incomings->waiting);

	return incomings->n_unanswered >= LATE_LEAST &&
	       loop_now_ms(incomings->edge->loop) - oldest->came_ms > LATE_MS;
}

/* All of them live equally long, so one timer and a queue will do. */
static void incomings_expire(void *arg)
{
	struct incomings *all = arg;
	int64_t now_ms = loop_now_ms(all->edge->loop);
	struct incoming *oldest;

	while ((oldest = TAILQ_FIRST(&all->aging)) &&
	       oldest->until_ms <= now_ms)
		incoming_free(oldest);
	if (oldest)
		loop_timer_set(all->edge->loop, &all->timer,
			       oldest->until_ms - now_ms);
}

static struct hash128 hash_fields(const struct arrival *arrival,
				  const struct view *fields, size_t n)
{
	struct text *text = &arrival->edge->scratch;

	text_clear(text);
	for (size_t i = 0; i < n; i++) {
		text_add_view(text, fields[i]);
		text_add(text, "\n");
	}
	return hash_128(&arrival->edge->key, text->at, text->len);
}

/* RFC 3261 section 17.2.3; requests without the cookie by what RFC 2543 had. */
static struct hash128 key_of(const struct arrival *arrival, struct view method)
{
	const struct message *message = arrival->message;
	struct view vias = message_value(message, FIELD_VIA);
	const struct view with_branch[] = {arrival->via.branch,
					   arrival->via.sent_by, method};
	const struct view without[] = {
		message->uri,
		arrival->to_tag,
		arrival->from_tag,
		arrival->call_id,
		method,
		message_value(message, FIELD_CSEQ),
		vias,
	};

	if (view_starts_nocase(arrival->via.branch, VIEW(BRANCH_COOKIE)))
		return hash_fields(arrival, with_branch, 3);
	return hash_fields(arrival, without, 7);
}

static struct hash128 merge_of(const struct arrival *arrival)
{
	const struct view fields[] = {
		arrival->call_id, arrival->from_tag,
		message_value(arrival->message, FIELD_CSEQ)};

	return hash_fields(arrival, fields, 3);
}

static bool is_same(struct hash128 a, struct hash128 b)
{
	return a.a == b.a && a.b == b.b;
}

static struct incoming *find(const struct arrival *arrival, struct view method)
{
	struct incomings *all = arrival->edge->incomings;
	struct hash128 key = key_of(arrival, method);
	struct incoming *incoming;

	LIST_FOREACH(incoming, &all->by_key[key.a & all->mask], by_key)
	if (is_same(incoming->key, key))
		return incoming;
	return NULL;
}

/* A retransmission has all the bytes of the request; with fewer, whoever forges
 * a source would have a long answer for a short question. */
bool incoming_absorb(const struct arrival *arrival)
{
	struct incoming *incoming;

	if (!arrival->has_via || !arrival->edge->incomings->n)
		return false;
	incoming = find(arrival, arrival->message->method);
	if (!incoming)
		return false;
	if (!incoming->request && incoming->len &&
	    arrival->message->whole.len >= incoming->asked)
		respond_send(arrival->edge, &incoming->flow, 0,
			     (struct view){incoming->bytes, incoming->len});
	return true;
}

bool incoming_is_cancelled(const struct arrival *arrival)
{
	return find(arrival, VIEW("MESSAGE")) || find(arrival, VIEW("PUBLISH"));
}

bool incoming_is_merged(const struct arrival *arrival)
{
	struct incomings *all = arrival->edge->incomings;
	struct hash128 merge = merge_of(arrival);
	struct incoming *incoming;

	LIST_FOREACH(incoming, &all->by_merge[merge.a & all->mask], by_merge)
	if (is_same(incoming->merge, merge))
		return true;
	return false;
}

enum err incoming_keep(const struct arrival *arrival, struct request *request,
		       const struct proof *proof)
{
	struct edge *edge = arrival->edge;
	struct incomings *all = edge->incomings;
	bool is_deny =
		arrival->place == PLACE_TOKEN && arrival->kind == TOKEN_DENY;
	size_t most = edge->settings.transactions_max;
	struct incoming *incoming;

	/* Overload keeps nobody from saying no. */
	if (all->n >= (is_deny ? 2 * most : most)) {
		count(edge->counters, COUNT_OVERLOAD);
		return ERR_BUSY;
	}
	incoming = mem_alloc(sizeof(*incoming));
	incoming->all = all;
	incoming->key = key_of(arrival, arrival->message->method);
	incoming->merge = merge_of(arrival);
	incoming->flow = respond_flow(arrival);
	incoming->is_stale = proof->is_stale;
	incoming->is_named = proof->sender.method != IDENTITY_NONE;
	incoming->request = request;
	incoming->asked = arrival->message->whole.len;
	text_clear(&edge->lines);
	respond_lines(arrival, &edge->lines);
	incoming->len = edge->lines.len;
	incoming->bytes = mem_alloc(incoming->len);
	memcpy(incoming->bytes, edge->lines.at, incoming->len);
	if (all->n > all->mask)
		tables_make(all, 2 * (all->mask + 1));
	tables_add(incoming);
	TAILQ_INSERT_TAIL(&all->waiting, incoming, by_age);
	incoming->came_ms = loop_now_ms(edge->loop);
	all->n++;
	all->n_unanswered++;
	gauge_add(edge->counters, GAUGE_SERVER_TXN, 1);
	request->incoming = incoming;
	return ERR_OK;
}

/*
 * Timer J.  Over a stream nothing is sent twice.  A refusal of somebody unknown
 * is not kept either: the same question gets the same answer, and strangers
 * shall not fill our memory.
 */
static void incoming_age(struct incoming *incoming, int status)
{
	struct incomings *all = incoming->all;
	struct edge *edge = all->edge;

	incoming->request = NULL;
	TAILQ_REMOVE(&all->waiting, incoming, by_age);
	all->n_unanswered--;
	if (incoming->flow.protocol == PROTOCOL_TCP ||
	    (status >= 300 && !incoming->is_named)) {
		incoming_free(incoming);
		return;
	}
	incoming->bytes = mem_resize(incoming->bytes, edge->out.len);
	memcpy(incoming->bytes, edge->out.at, edge->out.len);
	incoming->len = edge->out.len;
	incoming->until_ms = loop_now_ms(edge->loop) + T1X64_MS;
	if (TAILQ_EMPTY(&all->aging))
		loop_timer_set(edge->loop, &all->timer, T1X64_MS);
	TAILQ_INSERT_TAIL(&all->aging, incoming, by_age);
}

void edge_respond(struct edge *edge, struct request *request,
		  const struct response *response)
{
	struct incoming *incoming = request->incoming;
	struct response_parts parts = {.status = response->status,
				       .reason = response->reason};
	struct text *more = &edge->scratch;

	if (!incoming)
		return;
	request->incoming = NULL;
	text_clear(more);
	if (response->status == 401 || response->status == 407)
		identify_challenge(edge, response->status, incoming->is_stale,
				   more);
	for (size_t i = 0; i < response->n_headers; i++)
		respond_add_header(more, response->headers[i].name,
				   response->headers[i].value);
	parts.lines = (struct view){incoming->bytes, incoming->len};
	parts.more = text_view(more);
	text_clear(&edge->out);
	respond_write(&parts, &edge->out);
	if (!respond_fits(&incoming->flow, edge->out.len)) {
		/* Better the bare status than nothing at all. */
		parts.more = VIEW_NONE;
		text_clear(&edge->out);
		respond_write(&parts, &edge->out);
	}
	respond_send(edge, &incoming->flow, response->status,
		     text_view(&edge->out));
	log_event(LOG_INFO, request->id, "answered", "method=%s status=%d",
		  request->method, response->status);
	incoming_age(incoming, response->status);
}

void request_free(struct request *request)
{
	struct incoming *incoming;

	if (!request)
		return;
	incoming = request->incoming;
	if (incoming)
		incoming_free(incoming);
	arena_free(request->arena);
}

static struct hash128 loop_key(const struct arrival *arrival,
			       const struct request *request)
{
	const struct view fields[] = {view_of(request->from_key),
				      view_of(request->target_key),
				      request->body};

	return hash_fields(arrival, fields, 3);
}

/*
 * RFC 7332 section 3 and RFC 5393: our Via does not come back through another
 * B2BUA, but the same text from the same sender to the same service does, with
 * two hops fewer at least: one of ours and one of theirs.
 */
static bool is_loop(const struct arrival *arrival,
		    const struct request *request)
{
	struct edge *edge = arrival->edge;
	struct hash128 key = loop_key(arrival, request);
	int64_t now_ms = loop_now_ms(edge->loop);
	uint32_t hops = (uint32_t)request->max_forwards, before = 0;

	if (recall_get(edge->loops, key, now_ms, &before) && hops + 1 < before)
		return true;
	recall_put(edge->loops, key, hops > before ? hops : before,
		   now_ms + LOOP_MS);
	return false;
}

static void challenge(struct arrival *arrival, const struct proof *proof,
		      struct reply *ret_reply)
{
	ret_reply->status = 407;
	identify_challenge(arrival->edge, 407, proof->is_stale,
			   &ret_reply->lines);
}

/* Identified.  @return true when the request is the relay's now. */
static bool hand_over(struct arrival *arrival, const struct proof *proof,
		      struct arena *arena, struct reply *ret_reply)
{
	struct request *request;

	request = request_read(arrival, proof, arena, ret_reply);
	if (!request)
		return false;
	if (incoming_is_merged(arrival) || is_loop(arrival, request)) {
		ret_reply->status = 482;
		return false;
	}
	if (incoming_keep(arrival, request, proof) != ERR_OK) {
		ret_reply->status = 503;
		text_add(&ret_reply->lines, "Retry-After: 2\r\n");
		return false;
	}
	relay_receive(arrival->edge->settings.relays, request);
	return true;
}

void incoming_receive(struct arrival *arrival, struct reply *ret_reply)
{
	struct proof proof = {.is_stale = false};
	struct arena *arena;

	if (!identify_is_possible(arrival)) {
		challenge(arrival, &proof, ret_reply);
		return;
	}
	arena = arena_new(arrival->message->body.len + 4096);
	identify_sender(arrival, arena, &proof);
	if (proof.sender.method == IDENTITY_NONE)
		challenge(arrival, &proof, ret_reply);
	else if (hand_over(arrival, &proof, arena, ret_reply))
		return;
	arena_free(arena);
}
