#include "server/sip/worker_pool.h"

#include "server/sip/client_txn_private.h"
#include "server/sip/worker.h"

#define RUN 64 /**< legs that are handed over together, at the most */

struct pool_slot {
	struct worker_pool *pool;
	struct worker *worker;
	size_t n_legs; /**< out */
};

struct worker_pool {
	struct sender *sender;	  /**< the loop's own */
	struct leg_batch run;	  /**< of this turn */
	struct pool_slot *of_run; /**< who gets it */
	size_t n_legs;
	bool is_quiesced; /**< in this turn */
	bool is_silent;	  /**< for good */
	struct loop_hook turn_end;
	size_t n;
	struct pool_slot slots[];
};

static void run_end(struct worker_pool *pool)
{
	if (pool->of_run)
		worker_send(pool->of_run->worker, &pool->run);
	pool->of_run = NULL;
}

static struct pool_slot *least_busy(struct worker_pool *pool)
{
	struct pool_slot *least = &pool->slots[0];

	for (size_t i = 1; i < pool->n; i++)
		if (pool->slots[i].n_legs < least->n_legs)
			least = &pool->slots[i];
	return least;
}

void worker_pool_send(struct worker_pool *pool, struct client_txn *txn)
{
	if (!pool->of_run)
		pool->of_run = least_busy(pool);
	template_check(txn->leg->template);
	txn->pool_slot = pool->of_run;
	txn->pool_slot->n_legs++;
	pool->n_legs++;
	leg_batch_add(&pool->run, txn);
	if (pool->run.n >= RUN)
		run_end(pool);
}

static void leave(struct worker_pool *pool, struct client_txn *txn)
{
	txn->pool_slot->n_legs--;
	txn->pool_slot = NULL;
	pool->n_legs--;
}

/* An owner that is told may drop others, also of those that came with it. */
static void legs_returned(void *arg)
{
	struct pool_slot *slot = arg;
	struct worker_pool *pool = slot->pool;
	struct client_txn *txn;
	struct leg_batch batch;

	leg_batch_init(&batch);
	worker_take(slot->worker, &batch);
	while ((txn = leg_batch_take(&batch))) {
		if (!txn->leg) {
			block_pool_give(txn->pool, txn);
			continue;
		}
		leave(pool, txn);
		if (txn->state == TXN_TERMINATED)
			client_txn_tell(txn);
		else
			client_txn_carry(pool->sender, txn);
	}
}

/* What a session does with it is done on the loop thread. */
static bool is_of_session(const struct leg *leg)
{
	const char *method = leg->template->method;

	return leg->response || leg->dialog || !method ||
	       !strcmp(method, "INVITE") || !strcmp(method, "ACK");
}

bool worker_pool_may_have(const struct leg *leg)
{
	const struct leg_template *template = leg->template;

	return leg->any_thread && !is_of_session(leg) &&
	       template->headers.len + template->content.len +
			       template->body.len <=
		       UDP_GOOD;
}

bool worker_pool_has(const struct client_txn *txn)
{
	return txn->pool_slot;
}

/* One that is in a queue between two threads stays there without its leg; the
 * thread that takes it out frees it. */
void worker_pool_drop(struct worker_pool *pool, struct client_txn *txn)
{
	worker_halt(txn->pool_slot->worker);
	leave(pool, txn);
	if (client_txn_is_carried(txn)) {
		client_txn_free(txn);
		return;
	}
	gauge_add(pool->sender->counters, GAUGE_CLIENT_TXN, -1);
	txn->leg->txn = NULL;
	txn->leg = NULL;
}

static void resume(struct worker_pool *pool)
{
	if (pool->is_silent)
		return;
	for (size_t i = 0; i < pool->n; i++)
		worker_resume(pool->slots[i].worker);
}

void worker_pool_quiesce(struct worker_pool *pool)
{
	if (pool->is_quiesced)
		return;
	pool->is_quiesced = true;
	for (size_t i = 0; i < pool->n; i++)
		if (worker_has_asked(pool->slots[i].worker))
			worker_halt_soon(pool->slots[i].worker);
	for (size_t i = 0; i < pool->n; i++)
		worker_quiesce(pool->slots[i].worker);
	resume(pool);
}

void worker_pool_silence(struct worker_pool *pool)
{
	pool->is_silent = true;
	for (size_t i = 0; i < pool->n; i++)
		worker_halt_soon(pool->slots[i].worker);
	for (size_t i = 0; i < pool->n; i++)
		worker_quiesce(pool->slots[i].worker);
}

static void turn_ends(void *arg)
{
	struct worker_pool *pool = arg;

	run_end(pool);
	resume(pool);
	pool->is_quiesced = false;
}

enum err worker_pool_new(struct sender *sender, size_t n,
			 struct worker_pool **ret, const char **ret_problem)
{
	struct worker_pool *pool =
		mem_alloc(sizeof(*pool) + n * sizeof(pool->slots[0]));
	struct worker_plan plan = {.settings = sender->settings,
				   .transport = sender->transport,
				   .own_addresses = sender->own_addresses,
				   .instance_id = sender->instance_id,
				   .returned = legs_returned};
	enum err err = ERR_OK;

	pool->sender = sender;
	leg_batch_init(&pool->run);
	pool->turn_end = (struct loop_hook){.run = turn_ends, .arg = pool};
	loop_hook_add(sender->loop, &pool->turn_end);
	while (!err && pool->n < n) {
		struct pool_slot *slot = &pool->slots[pool->n];

		slot->pool = pool;
		plan.arg = slot;
		err = worker_new(&plan, &slot->worker, ret_problem);
		pool->n += !err;
	}
	if (err)
		worker_pool_free(pool);
	else
		*ret = pool;
	return err;
}

enum err worker_pool_start(struct worker_pool *pool)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < pool->n; i++)
		err = worker_start(pool->slots[i].worker, (int)i + 1);
	return err;
}

size_t worker_pool_size(const struct worker_pool *pool)
{
	return pool->n;
}

const struct sender *worker_pool_sender(const struct worker_pool *pool,
					size_t i)
{
	return worker_sender(pool->slots[i].worker);
}

size_t worker_pool_count(const struct worker_pool *pool)
{
	return pool->n_legs;
}

void worker_pool_free(struct worker_pool *pool)
{
	if (!pool)
		return;
	loop_hook_remove(pool->sender->loop, &pool->turn_end);
	for (size_t i = 0; i < pool->n; i++)
		worker_free(pool->slots[i].worker);
	leg_batch_clear(&pool->run);
	free(pool);
}
