#include "api/handlers.h"

#include "api/bodies.h"
#include "api/shape.h"

/** What is in force and what is on disk; they differ for an instant only, while
 *  a deny is on its way to the disk or a grant on its way from it. */
struct explanation {
	const struct facts *facts;
	struct decision in_force, on_disk;
	struct permission row; /**< what in_force rests on, if anything */
};

/** A deny under another spelling is not among the rows of these keys: the one
 *  that the index named comes first. */
static enum err add_row(struct call *call, struct store *store, int64_t id,
			struct permission **rows, size_t *n)
{
	struct permission *more =
		arena_array(call->arena, *n + 1, sizeof(*more));
	enum err err = store_permission_get(store, id, call->arena, more);

	if (err == ERR_UNKNOWN)
		return ERR_OK; /* it is on its way to the disk */
	if (err)
		return err;
	if (*n)
		memcpy(more + 1, *rows, *n * sizeof(*more));
	*rows = more;
	*n += 1;
	return ERR_OK;
}

/** The index knows yes and no, without evidence and times: the store tells the
 *  rest, and what else there is (a question that nobody answered yet). */
static enum err explain_look(struct call *call, struct store *store, void *ret)
{
	struct explanation *why = ret;
	struct facts then = *why->facts;
	struct permission *rows;
	int64_t newest;
	size_t n;
	int64_t denied_by =
		why->in_force.verdict == VERDICT_DENIED ? why->row.id : 0;
	enum err err = store_clock(store, &newest);

	if (err)
		return err;
	if (newest > then.now) /* as the index does */
		then.now = newest;
	err = store_permission_rows(store, &then, call->arena, &rows, &n);
	if (!err && denied_by)
		err = add_row(call, store, denied_by, &rows, &n);
	if (err)
		return err;
	why->on_disk = consent_decide(&then, rows, n);
	if (why->on_disk.verdict == why->in_force.verdict) {
		why->in_force = why->on_disk;
		if (why->on_disk.row)
			why->row = *why->on_disk.row;
	}
	return ERR_OK;
}

/** Limits of the sender: a grant alone does not let a request through. */
static void allowance_put(struct call *call, const struct explain_body *body,
			  json_t *answer)
{
	struct allowances *allowances = call->api->settings.allowances;
	struct allowance_left left = {-1, -1};
	json_t *object = json_object();

	if (allowances && body->sender)
		left = allowances_left(allowances, body->sender,
				       monotonic_now_ms());
	shape_put(object, "requests_now",
		  left.requests < 0 ? json_null()
				    : json_integer(left.requests));
	shape_put(object, "recipients_this_hour",
		  left.recipients < 0 ? json_null()
				      : json_integer(left.recipients));
	shape_put(answer, "allowance", object);
}

static void answer_explanation(struct call *call,
			       const struct explain_body *body,
			       const struct explanation *why)
{
	json_t *answer = json_object();

	shape_put(answer, "sender",
		  shape_text(body->sender ? body->sender : "anonymous"));
	shape_put(answer, "target", shape_text(body->target));
	shape_put(answer, "recipient", shape_text(body->recipient));
	shape_put(answer, "method", shape_text(body->method));
	shape_put(answer, "verdict",
		  shape_text(verdict_name(why->in_force.verdict)));
	shape_put(answer, "rule", shape_text(why->in_force.rule));
	shape_put(answer, "row",
		  why->in_force.row ? shape_permission(&why->row)
				    : json_null());
	shape_put(answer, "on_disk",
		  shape_text(verdict_name(why->on_disk.verdict)));
	allowance_put(call, body, answer);
	answer_json(call, 200, answer);
}

void explain_post(struct call *call)
{
	struct index *index = call->api->settings.index;
	struct explanation why = {0};
	struct explain_body body;
	struct fault fault;

	if (explain_body_read(text_view(&call->body), call->arena, &body,
			      &fault)) {
		answer_fault(call, &fault);
		return;
	}
	struct identity sender = {.method = IDENTITY_DIGEST,
				  .aor = {body.sender, NULL}};
	struct facts facts = {.sender = body.sender ? &sender : NULL,
			      .target = body.target,
			      .recipient = body.recipient,
			      .now = call->now};
	struct index_query *query =
		index_query_new(index, call->arena, facts.sender, facts.target);

	why.in_force =
		index_decide(index, query, body.recipient, call->now, &why.row);
	why.facts = &facts;
	if (!call_look(call, explain_look, &why, "permission"))
		return;
	if (!why.row.recipient_uri)
		why.row.recipient_uri = body.recipient;
	answer_explanation(call, &body, &why);
}
