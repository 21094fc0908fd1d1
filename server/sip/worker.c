#include "server/sip/worker.h"

#include "server/base/thread.h"
#include "server/sip/client_txn_private.h"

#define RUN 64 /**< legs that go back together, at the most */

enum worker_state {
	WORKER_RUNNING,
	WORKER_HALTING, /**< asked to stand still */
	WORKER_HALTED	/**< it does */
};

struct worker {
	struct sender sender;
	struct loop *loop;
	pthread_t thread;
	bool is_started;
	struct handoff_queue in, back;
	struct leg_batch done; /**< the thread's own: to go back */
	struct loop_hook turn_end;

	struct loop_post halt;
	bool is_halting; /**< the loop thread's own: asked to, or does */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum worker_state state; /**< under the lock */
};

/* ---- on the worker's thread ------------------------------------------- */

static void legs_return(struct worker *worker)
{
	handoff_put(&worker->back, &worker->done);
}

/* The transport's end of the turn was before: all that was permitted is sent,
 * but for what a full socket did not take.  The release pairs with the load in
 * worker_has_asked(). */
static void turn_ends(void *arg)
{
	struct worker *worker = arg;

	legs_return(worker);
	if (transport_is_behind(worker->sender.transport))
		return;
	atomic_store_explicit(&worker->sender.has_asked, false,
			      memory_order_release);
}

static void leg_done(struct sender *sender, struct client_txn *txn)
{
	struct worker *worker =
		(struct worker *)(void *)((char *)sender -
					  offsetof(struct worker, sender));

	leg_batch_add(&worker->done, txn);
	if (worker->done.n >= RUN)
		legs_return(worker);
}

static void legs_arrived(void *arg)
{
	struct worker *worker = arg;
	struct client_txn *txn;
	struct leg_batch batch;

	leg_batch_init(&batch);
	handoff_take(&worker->in, &batch);
	while ((txn = leg_batch_take(&batch))) {
		if (txn->leg)
			client_txn_carry(&worker->sender, txn);
		else
			leg_batch_add(&worker->done, txn); /* was dropped */
	}
}

/* Nobody knows this port but those who got a leg. */
static void receive(void *arg, struct view message, const struct flow *from)
{
	struct worker *worker = arg;

	if (view_starts_nocase(message, VIEW("SIP/")))
		sender_receive(&worker->sender, message, from);
	else
		count(worker->sender.counters, COUNT_DROPPED);
}

static void undelivered(void *arg, const union address *to, struct view quoted)
{
	struct worker *worker = arg;

	sender_undelivered(&worker->sender, to, quoted);
}

static void stand_still(struct loop_post *post)
{
	struct worker *worker =
		(struct worker *)(void *)((char *)post -
					  offsetof(struct worker, halt));

	pthread_mutex_lock(&worker->lock);
	worker->state = WORKER_HALTED;
	pthread_cond_signal(&worker->changed);
	while (worker->state == WORKER_HALTED)
		pthread_cond_wait(&worker->changed, &worker->lock);
	pthread_mutex_unlock(&worker->lock);
}

static void *run(void *arg)
{
	struct worker *worker = arg;

	loop_run(worker->loop);
	return NULL;
}

/* ---- making one -------------------------------------------------------- */

static struct transport *open_transport(struct worker *worker,
					const struct sip_settings *settings)
{
	const struct transport_settings transport = {
		.loop = worker->loop,
		.counters = settings->counters,
		.udp_buffer = settings->udp_buffer,
		.receive = receive,
		.undelivered = undelivered,
		.arg = worker,
	};

	return transport_new(&transport);
}

static struct worker *make(const struct worker_plan *plan)
{
	struct worker *worker = mem_alloc(sizeof(*worker));

	worker->loop = loop_new();
	leg_batch_init(&worker->done);
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->changed, NULL);
	worker->halt.run = stand_still;
	worker->sender = (struct sender){
		.kind = SENDER_DATAGRAMS,
		.settings = plan->settings,
		.loop = worker->loop,
		.counters = plan->settings->counters,
		.transport = open_transport(worker, plan->settings),
		.own_addresses = plan->own_addresses,
		.instance_id = plan->instance_id,
		.done = leg_done};
	sender_init(&worker->sender);
	/* After the transport's: what the turn sent is on its way first. */
	worker->turn_end = (struct loop_hook){.run = turn_ends, .arg = worker};
	loop_hook_add(worker->loop, &worker->turn_end);
	return worker;
}

/* A socket for each that the relay would send a datagram from. */
static enum err listen_beside(struct worker *worker,
			      const struct transport *relay)
{
	static const int families[] = {AF_INET, AF_INET6};
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < 2; i++) {
		int at = transport_choose(relay, PROTOCOL_UDP, families[i]);
		union address address;

		if (at < 0)
			continue;
		address = *transport_address(relay, (size_t)at, NULL);
		address_set_port(&address, 0);
		err = transport_listen(worker->sender.transport, PROTOCOL_UDP,
				       &address);
	}
	return err;
}

enum err worker_new(const struct worker_plan *plan, struct worker **ret,
		    const char **ret_problem)
{
	struct worker *worker = make(plan);
	enum err err;

	*ret_problem = "no descriptor for a worker";
	err = handoff_open(&worker->in, worker->loop, legs_arrived, worker);
	if (!err)
		err = handoff_open(&worker->back, plan->settings->loop,
				   plan->returned, plan->arg);
	if (!err) {
		*ret_problem = "no socket for a worker";
		err = listen_beside(worker, plan->transport);
	}
	if (!err)
		err = sender_open(&worker->sender, ret_problem);
	if (err)
		worker_free(worker);
	else
		*ret = worker;
	return err;
}

enum err worker_start(struct worker *worker, int number)
{
	char name[16];
	enum err err = thread_start(&worker->thread, run, worker);

	if (err)
		return err;
	worker->is_started = true;
	snprintf(name, sizeof(name), "worker-%d", number);
	pthread_setname_np(worker->thread, name);
	return ERR_OK;
}

/* ---- on the loop thread ------------------------------------------------ */

const struct sender *worker_sender(const struct worker *worker)
{
	return &worker->sender;
}

void worker_send(struct worker *worker, struct leg_batch *batch)
{
	handoff_put(&worker->in, batch);
}

void worker_take(struct worker *worker, struct leg_batch *batch)
{
	handoff_take(&worker->back, batch);
}

/* Seq_cst: loaded after the index was changed; see client_txn_is_permitted().
 */
bool worker_has_asked(const struct worker *worker)
{
	return atomic_load(&worker->sender.has_asked);
}

void worker_halt_soon(struct worker *worker)
{
	if (worker->is_halting)
		return;
	worker->is_halting = true;
	pthread_mutex_lock(&worker->lock);
	worker->state = WORKER_HALTING;
	pthread_mutex_unlock(&worker->lock);
	loop_post(worker->loop, &worker->halt);
}

void worker_halt(struct worker *worker)
{
	worker_halt_soon(worker);
	pthread_mutex_lock(&worker->lock);
	while (worker->state != WORKER_HALTED)
		pthread_cond_wait(&worker->changed, &worker->lock);
	pthread_mutex_unlock(&worker->lock);
}

void worker_quiesce(struct worker *worker)
{
	if (!worker->is_halting)
		return;
	worker_halt(worker);
	transport_give_up(worker->sender.transport);
}

void worker_resume(struct worker *worker)
{
	if (!worker->is_halting)
		return;
	worker_halt(worker); /* its post is out: not before it has run */
	worker->is_halting = false;
	pthread_mutex_lock(&worker->lock);
	worker->state = WORKER_RUNNING;
	pthread_cond_signal(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
}

void worker_free(struct worker *worker)
{
	if (worker->is_started) {
		worker_resume(worker);
		loop_stop(worker->loop);
		pthread_join(worker->thread, NULL);
	}
	handoff_close(&worker->in, &worker->done);
	handoff_close(&worker->back, &worker->done);
	leg_batch_clear(&worker->done);
	sender_release(&worker->sender);
	transport_free(worker->sender.transport);
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	loop_free(worker->loop);
	free(worker);
}
