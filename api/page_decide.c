/*
 * Answers are decided on the loop.  Their connections sleep meanwhile, so that
 * no thread of libmicrohttpd waits for the store's disk.
 *
 * How many sleep is bounded.  Who may not is told at once that nothing is kept
 * yet; a no is decided all the same.  While a no by some token is being
 * decided, another is the same no: however often it comes, it is one job.
 */
#include <microhttpd.h>
#include <pthread.h>
#include <sys/queue.h>
#include <time.h>

#include "api/page_private.h"
#include "server/base/loop.h"

#define STOP_S 1

/** An answer on its way. */
struct page_decision {
	struct loop_post post; /**< first */
	struct page_decisions *all;
	struct arena *arena; /**< in which it lives */
	struct consent_reply reply;
	struct identity sender;	 /**< of the reply */
	struct loop_timer timer; /**< the loop's own */
	uint8_t source[ORIGIN_ADDRESS];
	/* under the lock */
	TAILQ_ENTRY(page_decision) link;
	TAILQ_HEAD(, page_wait) waits;
	bool is_late; /**< nobody waits for it any more */
};

/** A connection that sleeps; in its exchange's arena. */
struct page_wait {
	TAILQ_ENTRY(page_wait) link;
	struct exchange *exchange;
	page_decided_fn *decided;
	void *arg;
	struct page_outcome outcome; /**< once it was woken */
};

struct page_decisions {
	struct loop *loop;
	struct page_settings page;
	pthread_mutex_t lock; /**< of what follows */
	pthread_cond_t left;  /**< who slept was told */
	TAILQ_HEAD(, page_decision) list;
	size_t n;
	size_t n_waits;
	size_t n_untold; /**< these, and who was woken */
	size_t n_users;	 /**< those of the list, and the owner */
	bool is_stopping;
};

struct page_decisions *page_decisions_new(const struct api_settings *settings)
{
	struct page_decisions *all = mem_alloc(sizeof(*all));

	pthread_condattr_t monotonic;

	memset(all, 0, sizeof(*all));
	all->loop = settings->loop;
	all->page = settings->page;
	all->n_users = 1;
	pthread_mutex_init(&all->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&all->left, &monotonic);
	pthread_condattr_destroy(&monotonic);
	TAILQ_INIT(&all->list);
	return all;
}

/** With the lock, which is given up. */
static void user_leave(struct page_decisions *all)
{
	bool is_last = --all->n_users == 0;

	pthread_mutex_unlock(&all->lock);
	if (!is_last)
		return;
	pthread_cond_destroy(&all->left);
	pthread_mutex_destroy(&all->lock);
	free(all);
}

/** With the lock. */
static void wake_all(struct page_decision *decision,
		     struct page_outcome outcome)
{
	struct page_wait *wait;

	while ((wait = TAILQ_FIRST(&decision->waits))) {
		TAILQ_REMOVE(&decision->waits, wait, link);
		decision->all->n_waits--;
		wait->outcome = outcome;
		MHD_resume_connection(wait->exchange->http);
	}
}

void page_decisions_stop(struct page_decisions *all)
{
	struct page_decision *decision;
	struct timespec until;

	/* Not the time of day, so not the loop's: only a limit. */
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += STOP_S;
	pthread_mutex_lock(&all->lock);
	all->is_stopping = true;
	TAILQ_FOREACH(decision, &all->list, link)
	wake_all(decision, (struct page_outcome){.err = ERR_SHUTDOWN});
	while (all->n_untold &&
	       !pthread_cond_timedwait(&all->left, &all->lock, &until))
		;
	pthread_mutex_unlock(&all->lock);
}

void page_decisions_free(struct page_decisions *all)
{
	if (!all)
		return;
	pthread_mutex_lock(&all->lock);
	user_leave(all);
}

/* ---- on the loop's thread ------------------------------------------------
 */

static void decision_end(struct page_decision *decision,
			 struct page_outcome outcome)
{
	struct page_decisions *all = decision->all;

	pthread_mutex_lock(&all->lock);
	wake_all(decision, outcome);
	TAILQ_REMOVE(&all->list, decision, link);
	all->n--;
	arena_free(decision->arena);
	user_leave(all);
}

static void on_decided(void *arg, const struct reply_result *result)
{
	struct page_decision *decision = arg;

	loop_timer_clear(decision->all->loop, &decision->timer);
	decision_end(decision,
		     (struct page_outcome){result->err, result->outcome});
}

static void on_late(void *arg)
{
	struct page_decision *decision = arg;

	pthread_mutex_lock(&decision->all->lock);
	decision->is_late = true;
	wake_all(decision, (struct page_outcome){.err = ERR_TIMEOUT});
	pthread_mutex_unlock(&decision->all->lock);
}

static void on_post(struct loop_post *post)
{
	struct page_decision *decision = (struct page_decision *)(void *)post;
	const struct page_settings *page = &decision->all->page;
	enum err err = ERR_BUSY;

	pthread_mutex_lock(&decision->all->lock);
	if (decision->all->is_stopping)
		err = ERR_SHUTDOWN;
	pthread_mutex_unlock(&decision->all->lock);
	if (err != ERR_SHUTDOWN) {
		loop_timer_init(&decision->timer, on_late, decision);
		loop_timer_set(decision->all->loop, &decision->timer,
			       PAGE_WAIT_S * 1000);
		if (page->decide(page->arg, &decision->reply, on_decided,
				 decision))
			return;
		loop_timer_clear(decision->all->loop, &decision->timer);
	}
	decision_end(decision, (struct page_outcome){.err = err});
}

/* ---- on the connection's thread ------------------------------------------
 */

static struct page_decision *decision_new(const struct exchange *exchange,
					  const struct consent_reply *reply)
{
	struct arena *arena = arena_new(0);
	struct page_decision *decision = arena_alloc(arena, sizeof(*decision));

	decision->arena = arena;
	decision->all = exchange->api->page_decisions;
	decision->post.run = on_post;
	decision->reply = *reply;
	decision->reply.source = arena_strdup(arena, reply->source);
	decision->reply.shown = (struct consent_shown){
		arena_strdup(arena, reply->shown.version),
		arena_strdup(arena, reply->shown.language),
		arena_strdup(arena, reply->shown.hash)};
	if (reply->sender) {
		decision->sender = (struct identity){
			reply->sender->method,
			{arena_strdup(arena, reply->sender->aor[0]),
			 arena_strdup(arena, reply->sender->aor[1])}};
		decision->reply.sender = &decision->sender;
	}
	memcpy(decision->source, exchange->client, sizeof(decision->source));
	TAILQ_INIT(&decision->waits);
	return decision;
}

/** Of one token, or of one person and row. */
static bool is_same(const struct consent_reply *one,
		    const struct consent_reply *other)
{
	if (one->answer != other->answer ||
	    one->by_sign_in != other->by_sign_in)
		return false;
	if (one->by_sign_in)
		return one->permission == other->permission &&
		       strcmp(one->domain, other->domain) == 0 &&
		       strcmp(one->sender->aor[0], other->sender->aor[0]) == 0;
	return bytes_equal(one->token.bytes, other->token.bytes,
			   sizeof(one->token.bytes));
}

/** The same no, which is not decided yet; with the lock. */
static struct page_decision *find_same(const struct page_decisions *all,
				       const struct consent_reply *reply)
{
	struct page_decision *it;

	if (!page_is_no(reply->answer))
		return NULL;
	TAILQ_FOREACH(it, &all->list, link)
	if (is_same(&it->reply, reply))
		return it;
	return NULL;
}

/** Of one source; with the lock. */
static void count_source(const struct page_decisions *all,
			 const uint8_t source[ORIGIN_ADDRESS],
			 size_t *ret_decisions, size_t *ret_waits)
{
	const struct page_decision *it;
	const struct page_wait *wait;

	*ret_decisions = *ret_waits = 0;
	TAILQ_FOREACH(it, &all->list, link)
	{
		*ret_decisions +=
			memcmp(it->source, source, ORIGIN_ADDRESS) == 0;
		TAILQ_FOREACH(wait, &it->waits, link)
		*ret_waits += memcmp(wait->exchange->client, source,
				     ORIGIN_ADDRESS) == 0;
	}
}

/** Its decision, and whether it may wait for that.  With the lock; NULL: it is
 *  not decided. */
static struct page_decision *begin(const struct exchange *exchange,
				   const struct consent_reply *reply,
				   bool *ret_waits)
{
	struct page_decisions *all = exchange->api->page_decisions;
	struct page_decision *decision = find_same(all, reply);
	size_t n_decisions, n_waits;

	count_source(all, exchange->client, &n_decisions, &n_waits);
	if (all->is_stopping ||
	    (!page_is_no(reply->answer) &&
	     (all->n >= PAGE_WAITS || n_decisions >= PAGE_WAITS_SOURCE)))
		return NULL;
	if (!decision) {
		decision = decision_new(exchange, reply);
		TAILQ_INSERT_TAIL(&all->list, decision, link);
		all->n++;
		all->n_users++;
		loop_post(all->loop, &decision->post);
	}
	*ret_waits = !decision->is_late && all->n_waits < PAGE_WAITS &&
		     n_waits < PAGE_WAITS_SOURCE;
	return decision;
}

/** Its connection was woken. */
static void on_resumed(struct exchange *exchange)
{
	struct page_decisions *all = exchange->api->page_decisions;
	struct page_wait *wait = exchange->wait;

	pthread_mutex_lock(&all->lock);
	struct page_outcome outcome = wait->outcome;

	pthread_mutex_unlock(&all->lock);
	wait->decided(exchange, wait->arg, outcome);
}

void page_decide_told(struct exchange *exchange)
{
	struct page_decisions *all = exchange->api->page_decisions;

	if (!exchange->wait)
		return;
	pthread_mutex_lock(&all->lock);
	all->n_untold--;
	pthread_cond_signal(&all->left);
	pthread_mutex_unlock(&all->lock);
}

void page_decide(struct exchange *exchange, const struct consent_reply *reply,
		 page_decided_fn *decided, void *arg)
{
	struct page_decisions *all = exchange->api->page_decisions;
	struct page_decision *decision;
	struct page_wait *wait = arena_alloc(exchange->arena, sizeof(*wait));
	bool waits = false;

	*wait = (struct page_wait){
		.exchange = exchange, .decided = decided, .arg = arg};
	pthread_mutex_lock(&all->lock);
	decision = begin(exchange, reply, &waits);
	if (waits) {
		TAILQ_INSERT_TAIL(&decision->waits, wait, link);
		all->n_waits++;
		all->n_untold++;
		exchange->wait = wait;
		exchange->resumed = on_resumed;
		MHD_suspend_connection(exchange->http);
	}
	pthread_mutex_unlock(&all->lock);
	if (!waits)
		decided(exchange, arg,
			(struct page_outcome){.err = decision ? ERR_TIMEOUT
							      : ERR_BUSY});
}
