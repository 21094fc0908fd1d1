#include "server/edge/ingress.h"

#include "server/edge/checks.h"
#include "server/edge/typed.h"

#define STANDING_MS 10	 /* what waited no longer, did not wait */
#define BURST_MS 100	 /* a queue that is there for longer stands */
#define SHEDDING_MS 1000 /* one request shed, and we count as overloaded */
#define DENY_RATE 1	 /* of one token, a second */
#define DENY_BURST 8

/* A 503 to one who is too fast only now and then: an answer to each would let
 * a forged source send twice what it is allowed to. */
enum intake_progress intake_refuse_rate(struct intake *intake)
{
	struct edge *edge = intake->edge;

	intake->is_too_fast = false; /* it is counted here */
	count(edge->counters, COUNT_RATE_LIMITED);
	if (source_rate_take_peer(edge->refusals, &intake->received->from->peer,
				  loop_now_ms(edge->loop), 1, 1))
		return INTAKE_ENDED;
	return intake_refuse_busy(intake, OVERLOAD_SOURCE);
}

/*
 * Peers of a trust domain carry the traffic of many, and are not limited.  Who
 * holds good credentials is heard even where somebody else at the same address
 * is too fast; but if they turn out bad, nothing is sent.
 */
static bool is_in_time(struct intake *intake)
{
	struct edge *edge = intake->edge;

	if (intake->trust)
		return true;
	if (!source_rate_take_peer(edge->sources, &intake->received->from->peer,
				   loop_now_ms(edge->loop),
				   edge->settings.source_rate,
				   edge->settings.source_burst))
		return true;
	intake->is_too_fast = true;
	return identify_is_promising(intake);
}

/*
 * A burst may wait for us; it is over soon.  A queue that stands (RFC 8289
 * tells the two apart by time, too) makes everything wait for nothing, the
 * responses to our legs as well, and what waits for these takes memory
 * meanwhile.  One datagram that nothing stands behind is no queue: the host was
 * busy, and a refusal would help nobody.
 */
static bool queue_stands(struct edge *edge)
{
	const struct transport *transport = sip_transport(edge->sip);
	int64_t delay_ms = transport_delay_ms(transport);
	int64_t now_ms = loop_now_ms(edge->loop);

	if (delay_ms <= STANDING_MS || !transport_is_followed(transport))
		return false;
	if (now_ms >= edge->stands_until_ms)
		edge->stands_since_ms = now_ms;
	edge->stands_until_ms = now_ms + BURST_MS;
	return delay_ms > LATE_MS || now_ms - edge->stands_since_ms >= BURST_MS;
}

/* Whoever is not answered in time asks again, which makes it worse. */
static bool is_overloaded(struct edge *edge, const struct registered *module)
{
	return (module->row->is_full && module->row->is_full(module->module)) ||
	       queue_stands(edge) || server_txns_are_late(edge->sip);
}

static void shed(struct edge *edge)
{
	count(edge->counters, COUNT_OVERLOAD);
	edge->shed_ms = loop_now_ms(edge->loop) + SHEDDING_MS;
}

/* Overload: what would be refused in the end is refused at once, or the
 * refusals would take the time of those who are served. */
enum intake_progress intake_shed(struct intake *intake)
{
	struct edge *edge = intake->edge;
	const struct registered *module =
		modules_of_method(&edge->modules, intake->received->method);

	if (!module || module->row->shed != SHED_FIRST || intake->is_claimed ||
	    !is_overloaded(edge, module) || typed_is_no(intake))
		return INTAKE_NEXT;
	shed(edge);
	return intake_refuse_busy(intake, OVERLOAD_REQUESTS);
}

bool edge_is_shedding(const struct edge *edge)
{
	return loop_now_ms(edge->loop) < edge->shed_ms ||
	       modules_are_full(&edge->modules);
}

/* Guesses are limited by source.  A deny that is known is limited by its token
 * alone: whatever is refused then, the same was taken just before. */
static bool deny_is_in_time(struct intake *intake)
{
	struct edge *edge = intake->edge;
	const uint8_t *token = intake->target.token.bytes;
	uint8_t key[16] = {0};

	if (!intake->received->claim->has_reserve)
		return is_in_time(intake);
	/* Of an address the first half is the source; of a token all counts. */
	for (size_t i = 0; i < 8; i++)
		key[i] = token[i] ^ token[i + 8];
	return !source_rate_take(edge->repeats, key, loop_now_ms(edge->loop),
				 DENY_RATE, DENY_BURST);
}

enum intake_progress intake_rate(struct intake *intake)
{
	bool is_slow = intake->received->claim ? deny_is_in_time(intake)
					       : is_in_time(intake);

	return is_slow ? INTAKE_NEXT : intake_refuse_rate(intake);
}

/* Does the start line begin with a method that is shed? */
static bool is_shed(const struct modules *modules, struct view bytes)
{
	for (size_t i = 0; i < modules->n; i++) {
		const struct method_module *row = modules->at[i].row;
		struct view name = view_of(method_name(row->method));

		if (row->shed == SHED_FIRST && bytes.len > name.len &&
		    view_equal(view_head(bytes, name.len), name) &&
		    bytes.at[name.len] == ' ')
			return true;
	}
	return false;
}

/* One that waited so long has been sent again by its client: the copy is behind
 * it in the queue, and gets the answer. */
bool ingress_drop(void *arg, struct view bytes)
{
	struct edge *edge = arg;
	const struct transport *transport = sip_transport(edge->sip);

	if (transport_delay_ms(transport) <= T1_MS ||
	    !is_shed(&edge->modules, bytes) ||
	    !transport_is_followed(transport))
		return false;
	shed(edge);
	return true;
}

bool ingress_receive(void *arg, struct received *received)
{
	struct intake intake;

	intake_open(arg, received, &intake);
	intake_run(&intake);
	return intake.at > 0; /* not for a source that is too fast */
}

/*
 * A request that would have been refused anyway (an unknown method, say) is
 * told so; one that cannot be framed is a 400, one that is too long a 413.
 * Where a body was longer than it said, its end stands before the next request:
 * that one gets the 400, by its Via.
 */
void ingress_unframed(void *arg, struct received *received, enum err why)
{
	struct intake intake;
	struct reply *reply = &intake.reply;

	intake_open(arg, received, &intake);
	if (is_in_time(&intake)) {
		if (why == ERR_TOO_LARGE)
			reply->status = 413;
		else
			checks_run(&intake);
		if (!reply->status || reply->status == 200) {
			text_clear(&reply->lines);
			reply->status = 400;
			reply->reason = "Message Cannot Be Framed";
		}
	}
	intake.is_too_fast = false; /* it is answered all the same */
	intake_close(&intake);
}
