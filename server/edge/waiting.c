#include "server/edge/waiting.h"

#include "server/edge/checks.h"

struct waiting {
	TAILQ_ENTRY(waiting) in_all;
	struct intake intake; /**< but for received */
	struct flow from;
	struct view bytes;
	uint8_t source[16];
	bool is_exempt; /**< from a stop */
	void (*drop)(void *work);
};

/* Peers of a trust domain carry the traffic of many. */
static bool may_wait(const struct intake *intake, const uint8_t source[16])
{
	const struct edge *edge = intake->edge;
	const struct waiting *waiting;
	size_t n = 0;

	if (intake->is_claimed || edge->n_waiting >= WAITING_MAX)
		return false;
	TAILQ_FOREACH(waiting, &edge->waiting, in_all)
	n += bytes_equal(waiting->source, source, 16);
	return intake->trust || n < WAITING_SOURCE_MAX;
}

static void source_read(const struct intake *intake, uint8_t ret[16])
{
	uint8_t address[16];

	address_bytes(&intake->received->from->peer.address, address);
	source_of(address, ret);
}

/* Its transaction, unless it waited before. */
static enum err keep(struct intake *intake)
{
	struct received *received = intake->received;
	enum err err;

	if (intake->txn)
		return ERR_OK;
	intake->is_merged = server_txn_is_merged(received);
	err = server_txn_keep(received, intake->arena, &intake->txn);
	if (!err)
		server_txn_hold(intake->txn);
	return err;
}

struct waiting *waiting_begin(struct intake *intake, void (*drop)(void *work),
			      void *work)
{
	struct view whole = intake->received->message->whole;
	struct waiting *waiting;
	uint8_t source[16];

	source_read(intake, source);
	if (!may_wait(intake, source))
		return NULL;
	if (!intake->arena)
		intake->arena = arena_new(0);
	if (keep(intake) != ERR_OK)
		return NULL;
	waiting = arena_alloc(intake->arena, sizeof(*waiting));
	waiting->from = *intake->received->from;
	waiting->from.peer.names = NULL; /* the connection's; see trust */
	waiting->bytes.at = arena_copy(intake->arena, whole.at, whole.len);
	waiting->bytes.len = whole.len;
	waiting->is_exempt = checks_pass_stop(intake);
	waiting->drop = drop;
	memcpy(waiting->source, source, sizeof(source));
	intake->work = work;
	intake->waiting = waiting;
	return waiting;
}

enum intake_progress waiting_refused(struct intake *intake)
{
	if (intake->is_claimed)
		return INTAKE_NEXT;
	count(intake->edge->counters, COUNT_OVERLOAD);
	return intake_refuse_busy(intake, OVERLOAD_TRANSACTIONS);
}

void waiting_park(struct intake *intake)
{
	struct waiting *waiting = intake->waiting;
	struct edge *edge = intake->edge;

	waiting->intake = *intake;
	waiting->intake.received = NULL;
	waiting->intake.waiting = NULL;
	server_txn_move(intake->txn, &waiting->intake.txn);
	TAILQ_INSERT_TAIL(&edge->waiting, waiting, in_all);
	edge->n_waiting++;
}

/* What waited lies in its own arena: it goes on from the caller's storage. */
static void take(struct waiting *waiting, struct intake *ret)
{
	struct edge *edge = waiting->intake.edge;

	TAILQ_REMOVE(&edge->waiting, waiting, in_all);
	edge->n_waiting--;
	*ret = waiting->intake;
	server_txn_move(waiting->intake.txn, &ret->txn);
}

/* The same bytes as before, so what the steps before made of them is as it
 * was. */
static void read_again(const struct waiting *waiting, struct claim *claim,
		       struct received *ret)
{
	const char *fault = NULL;

	sip_read_again(waiting->intake.edge->sip, waiting->bytes,
		       &waiting->from, claim, ret);
	if (!waiting->intake.is_claimed)
		fault = received_syntax_fault(ret);
	(void)fault; /* there was none */
}

/* Its flow lies in the arena, which a module may free: it is copied, too. */
void waiting_resume(struct waiting *waiting)
{
	struct flow from = waiting->from;
	struct received received;
	struct intake intake;
	struct claim claim;

	take(waiting, &intake);
	read_again(waiting, &claim, &received);
	received.from = &from;
	intake.received = &received;
	intake_run(&intake);
}

static void end(struct waiting *waiting, struct intake *ret)
{
	take(waiting, ret);
	waiting->drop(ret->work);
}

void waitings_drain(struct edge *edge)
{
	struct waiting *waiting, *next;
	struct intake intake;

	for (waiting = TAILQ_FIRST(&edge->waiting); waiting; waiting = next) {
		next = TAILQ_NEXT(waiting, in_all);
		if (waiting->is_exempt)
			continue;
		end(waiting, &intake);
		intake_refuse_busy(&intake, OVERLOAD_STOPPING);
		intake_close(&intake);
	}
}

void waitings_free(struct edge *edge)
{
	struct waiting *waiting;
	struct intake intake;

	while ((waiting = TAILQ_FIRST(&edge->waiting))) {
		end(waiting, &intake);
		intake_close(&intake);
	}
}
