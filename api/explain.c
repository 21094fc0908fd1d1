#include "api/handlers.h"

#include "api/bodies.h"
#include "api/explain_limit.h"
#include "api/explain_list.h"
#include "api/json.h"
#include "api/permission_view.h"
#include "db/journal.h"
#include "db/permissions.h"
#include "db/accounts.h"
#include "policies/match.h"
#include "server/conference.h"
#include "server/base/uri.h"

#define METHOD "MESSAGE" /* of a service that names none */
#define ACCOUNTS_MAX 16	 /* of one address that are looked at */

/** What is in force and what is on disk; they differ for an instant only, while
 *  a deny is on its way to the disk or a grant on its way from it. */
struct explanation {
	const struct facts *facts;
	const struct explain_body *body;
	struct decision in_force, on_disk;
	struct permission row;	   /**< what in_force rests on, if anything */
	struct open_question open; /**< about it */
	bool is_account;	   /**< the sender can sign in */
	bool may_send;		   /**< and one of their accounts may send */
	uint64_t waiting;	   /**< bytes of the sender's, see limits */
	struct call_limit limit;   /**< status 0: none */
};

/** A deny under another spelling is not among the rows of these keys: the one
 *  that the index named comes first. */
static enum err add_row(struct exchange *exchange, struct store *store,
			int64_t id, struct permission **rows, size_t *n)
{
	struct permission *more =
		arena_array(exchange->arena, *n + 1, sizeof(*more));
	enum err err = store_permission_get(store, id, exchange->arena, more);

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

/* ---- what the store knows ----------------------------------------------- */

/** The one that ended last, of those that would have decided. */
static const struct permission *
ended_row(const struct facts *facts, const struct permission *rows, size_t n)
{
	const struct permission *found = NULL;

	for (size_t i = 0; i < n; i++)
		if (match_permission(&rows[i], facts) &&
		    permission_is_expired(&rows[i], facts->now) &&
		    (!found || rows[i].expires_at > found->expires_at))
			found = &rows[i];
	return found;
}

/** One that says yes to the same, but to other kinds of requests. */
static const struct permission *other_kind_row(const struct facts *facts,
					       const struct permission *rows,
					       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct facts of_its_kind = *facts;

		of_its_kind.kind = kinds_or_message(rows[i].kinds);
		if (permission_is_current(&rows[i], facts->now) &&
		    match_permission(&rows[i], &of_its_kind))
			return &rows[i];
	}
	return NULL;
}

static struct decision decide(const struct facts *facts,
			      const struct permission *rows, size_t n)
{
	struct decision decision = consent_decide(facts, rows, n);

	if (decision.row)
		return decision;
	decision.row = ended_row(facts, rows, n);
	if (decision.row)
		decision.rule = "the permission's time is over (RFC 5360 "
				"section 4.1)";
	else if (other_kind_row(facts, rows, n))
		decision.rule = "there is permission, but for other kinds of "
				"requests (RFC 4453 REQ 8)";
	return decision;
}

/** A deny of which only the record of revocations knows has no row that could
 *  be shown or asked for; it is no change on its way to the disk either. */
static void rowless_look(struct exchange *exchange, struct explanation *why)
{
	const struct permission *row = why->in_force.row;
	struct permission deny;

	if (why->in_force.verdict != VERDICT_DENIED || !row || row->id ||
	    !index_rowless_find(exchange->api->settings.index, row, &deny))
		return;
	why->in_force.row = NULL;
	why->in_force.rule = arena_printf(
		exchange->arena,
		"%s; only the record of revocations has this deny, for sender "
		"%s and target %s (RFC 5360 section 5.8)",
		deny.origin == ORIGIN_RECIPIENT ? "the recipient denied it"
						: "an operator denied it",
		row->sender, row->target);
	why->on_disk = why->in_force;
}

static enum err sender_look(struct exchange *exchange, struct store *store,
			    struct explanation *why)
{
	const char *sender = why->body->sender;
	struct account_filter of = {.aor = sender, .page.limit = ACCOUNTS_MAX};
	struct account *users;
	size_t n;
	enum err err;

	if (!sender)
		return ERR_OK;
	err = store_account_list(store, &of, exchange->arena, &users, &n);
	if (err)
		return err;
	why->is_account = n > 0;
	for (size_t i = 0; i < n; i++)
		why->may_send |= (users[i].may & ACCOUNT_SEND) != 0;
	return store_waiting_bytes(store, sender, &why->waiting);
}

/** The index knows yes and no, without evidence and times: the store tells the
 *  rest, and what else there is (a permission request without a reply). */
static enum err explain_look(struct exchange *exchange, struct store *store,
			     void *ret)
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
	err = store_permission_rows(store, &then, exchange->arena, &rows, &n);
	if (!err && denied_by)
		err = add_row(exchange, store, denied_by, &rows, &n);
	if (err)
		return err;
	why->on_disk = decide(&then, rows, n);
	if (why->on_disk.verdict == why->in_force.verdict) {
		why->in_force = why->on_disk;
		if (why->on_disk.row)
			why->row = *why->on_disk.row;
	}
	rowless_look(exchange, why);
	err = permission_open_question(store, &why->row, &why->open);
	return err ? err : sender_look(exchange, store, why);
}

static void allowance_put(struct exchange *exchange,
			  const struct explain_body *body, json_t *document)
{
	struct allowance_left left = sender_allowance(exchange, body);
	json_t *object = json_object();

	json_put(object, "requests_now",
		 left.requests < 0 ? json_null() : json_integer(left.requests));
	json_put(object, "recipients_this_hour",
		 left.recipients < 0 ? json_null()
				     : json_integer(left.recipients));
	json_put(document, "allowance", object);
}

/* ---- what else stands in the way ---------------------------------------- */

static const struct api_service *service_find(const struct exchange *exchange,
					      const char *target)
{
	const struct api_settings *settings = &exchange->api->settings;

	for (size_t i = 0; i < settings->n_services; i++)
		if (!strcmp(settings->services[i].key, target))
			return &settings->services[i];
	return NULL;
}

/** REST calls without that they sign in. */
static bool may_call_by_rest(const struct exchange *exchange,
			     const struct explain_body *body)
{
	const struct conferences *conferences =
		exchange->api->settings.conferences;

	return conferences && strcmp(body->method, "INVITE") == 0 &&
	       conferences_rest_calls_for(conferences, body->sender);
}

static bool takes_unauthenticated(const struct exchange *exchange,
				  const struct explain_body *body)
{
	const struct api_service *service =
		service_find(exchange, body->target);

	return service && service->takes_unauthenticated &&
	       strcmp(body->method, METHOD) == 0;
}

/** RFC 5363 section 5.1: a sender is authenticated, unless a service says
 *  otherwise (RFC 4453 REQ 12). */
static struct obstacle sender_obstacle(const struct exchange *exchange,
				       const struct explanation *why)
{
	const char *sender = why->body->sender;
	struct uri uri;

	if (!sender && takes_unauthenticated(exchange, why->body))
		return (struct obstacle){0};
	if (!sender)
		return (struct obstacle){
			407, "sender-anonymous",
			"every sender has to sign in here (service { "
			"unauthenticated-senders })"};
	if (uri_parse(view_of(sender), &uri) || uri.scheme == URI_OTHER)
		return (struct obstacle){403, "sender-scheme",
					 "nobody can sign in under a URI of "
					 "this scheme"};
	if (why->may_send || exchange->api->settings.has_trusted_peers ||
	    may_call_by_rest(exchange, why->body))
		return (struct obstacle){0};
	if (why->is_account)
		return (struct obstacle){403, "sender-rights",
					 "the account of this sender has no "
					 "right to send"};
	return (struct obstacle){
		407, "sender-unknown",
		"nobody can sign in as this sender: there is no such "
		"account, and no trusted peer asserts identities"};
}

static struct obstacle recipient_obstacle(const struct exchange *exchange,
					  const struct explanation *why)
{
	const struct list_table *lists = exchange->api->settings.lists;
	struct uri_rules rules = {
		.allow_private =
			exchange->api->settings.allow_private_addresses != 0,
		.has_tls = exchange->api->settings.has_tls};
	struct uri uri;

	if (service_find(exchange, why->body->recipient))
		return (struct obstacle){
			403, "recipient-is-service",
			"the recipient is a list service of this relay"};
	if (lists && list_table_names(lists, why->body->recipient))
		return (struct obstacle){
			470, "recipient-is-service",
			"the recipient is a stored list of this relay, which "
			"is as if it had permitted nothing"};
	if ((uri_parse(view_of(why->body->recipient_uri), &uri) &&
	     uri_parse(view_of(why->body->recipient), &uri)) ||
	    (uri.scheme != URI_SIP && uri.scheme != URI_SIPS))
		return (struct obstacle){416, "recipient-scheme",
					 "recipients have sip: URIs"};
	if (uri_check_reachable(&uri, &rules))
		return (struct obstacle){
			416, "recipient-unreachable",
			"requests do not go out by the transport that this "
			"URI needs (sips needs TLS on every hop)"};
	if (uri_check_sendable(&uri, &rules))
		return (struct obstacle){
			403, "recipient-address",
			"the recipient's address or port is one that nothing "
			"is sent to (consent { allow-private-addresses }, "
			"SECURITY)"};
	return (struct obstacle){0};
}

/** What stops every request, whoever sends it; see also /readyz. */
static struct obstacle draining_obstacle(const struct exchange *exchange)
{
	const struct api_settings *settings = &exchange->api->settings;

	if (settings->not_ready && settings->not_ready(settings->arg))
		return (struct obstacle){503, "draining",
					 "the relay is about to end"};
	return (struct obstacle){0};
}

static struct obstacle store_obstacle(const struct exchange *exchange)
{
	const struct writer *writer = exchange->api->settings.writer;

	if (!writer_is_healthy(writer))
		return (struct obstacle){503, "store",
					 "the database cannot be written"};
	if (!writer_has_room(writer))
		return (struct obstacle){503, "store",
					 "the disk has less room than "
					 "store { min-free }"};
	return (struct obstacle){0};
}

/** "the service takes INVITE, MESSAGE only" */
static const char *methods_text(const struct exchange *exchange,
				const struct api_service *service)
{
	struct text text;

	text_init(&text, exchange->arena);
	text_add(&text, "the service takes ");
	for (size_t i = 0; i < service->n_methods; i++) {
		text_add(&text, i ? ", " : "");
		text_add(&text, service->methods[i]);
	}
	text_add(&text, service->n_methods ? " only" : METHOD " only");
	return text.at;
}

static bool service_takes(const struct api_service *service, const char *method)
{
	if (!service->n_methods)
		return strcmp(method, METHOD) == 0;
	for (size_t i = 0; i < service->n_methods; i++)
		if (strcmp(service->methods[i], method) == 0)
			return true;
	return false;
}

/** A service, or a stored list that the sender may use. */
static struct obstacle target_obstacle(const struct exchange *exchange,
				       const struct explain_body *body)
{
	const struct api_service *service =
		service_find(exchange, body->target);
	struct obstacle found = {0};

	if (!service && list_obstacle_find(exchange, body, &found))
		return found;
	if (!service)
		return (struct obstacle){404, "no-such-service",
					 "the target is no service and no "
					 "stored list of this relay"};
	if (!service_takes(service, body->method))
		return (struct obstacle){405, "method",
					 methods_text(exchange, service)};
	return (struct obstacle){0};
}

/** The limits of conferences. */
static struct obstacle call_obstacle(const struct explanation *why)
{
	if (!why->limit.status)
		return (struct obstacle){0};
	return (struct obstacle){why->limit.status, "call-limit",
				 why->limit.text};
}

/** In the order in which the relay looks. */
static struct obstacle obstacle_find(const struct exchange *exchange,
				     const struct explanation *why)
{
	uint64_t room = exchange->api->settings.sender_room_bytes;
	struct allowance_left left;
	struct obstacle found = draining_obstacle(exchange);

	if (found.status)
		return found;
	found = target_obstacle(exchange, why->body);
	if (!found.status)
		found = sender_obstacle(exchange, why);
	if (!found.status)
		found = recipient_obstacle(exchange, why);
	if (!found.status && room && why->waiting >= room)
		return (struct obstacle){
			503, "sender-limit",
			"too much of this sender's waits for another try "
			"(deliveries { queue-per-sender })"};
	left = sender_allowance(exchange, why->body);
	if (!found.status && (!left.requests || !left.recipients))
		return (struct obstacle){486, "sender-rate",
					 "the sender has sent too much for now "
					 "(see allowance)"};
	if (!found.status)
		found = call_obstacle(why);
	return found.status ? found : store_obstacle(exchange);
}

/* ---- the response -------------------------------------------------------- */

static json_t *json_obstacle(const struct obstacle *obstacle)
{
	json_t *object;

	if (!obstacle->status)
		return json_null();
	object = json_object();
	json_put(object, "reason", json_text(obstacle->word));
	json_put(object, "detail", json_text(obstacle->text));
	json_put(object, "status", json_integer(obstacle->status));
	return object;
}

static json_t *json_kind(struct kinds kind)
{
	char room[KINDS_TEXT_ROOM];

	return kind.set ? json_text(kinds_text(kind, room)) : json_null();
}

static void respond_explanation(struct exchange *exchange,
				const struct explanation *why)
{
	const struct explain_body *body = why->body;
	struct obstacle obstacle = obstacle_find(exchange, why);
	json_t *document = json_object();

	json_put(document, "sender",
		 json_text(body->sender ? body->sender : "anonymous"));
	json_put(document, "target", json_text(body->target));
	json_put(document, "recipient", json_text(body->recipient));
	json_put(document, "method", json_text(body->method));
	json_put(document, "kind", json_kind(why->facts->kind));
	json_put(document, "relayed",
		 json_boolean(!obstacle.status &&
			      verdict_when_told(why->in_force.verdict) ==
				      VERDICT_GRANTED));
	json_put(document, "obstacle", json_obstacle(&obstacle));
	json_put(document, "verdict",
		 json_text(verdict_name(why->in_force.verdict)));
	json_put(document, "rule", json_text(why->in_force.rule));
	json_put(document, "row",
		 why->in_force.row ? json_permission(&why->row, &why->open,
						     why->facts->now)
				   : json_null());
	json_put(document, "on_disk",
		 json_text(verdict_name(why->on_disk.verdict)));
	allowance_put(exchange, body, document);
	respond_json(exchange, 200, document);
}

void explain_post(struct exchange *exchange)
{
	struct index *index = exchange->api->settings.index;
	struct explanation why = {0};
	struct explain_body body;
	struct problem problem;
	char room[KIND_NAME_MAX + 1];

	if (explain_body_read(text_view(&exchange->body), exchange->arena,
			      &body, &problem)) {
		respond_problem(exchange, &problem);
		return;
	}
	struct identity sender = {.method = IDENTITY_DIGEST,
				  .aor = {body.sender, NULL}};
	struct facts facts = {.sender = body.sender ? &sender : NULL,
			      .target = body.target,
			      .recipient = body.recipient,
			      .now = exchange->now,
			      .kind = kinds_of_method(body.method, NULL, room)};
	struct index_query *query = index_query_new(
		index, exchange->arena, facts.sender, facts.target, facts.kind);

	why.in_force = index_decide(index, query, body.recipient, exchange->now,
				    &why.row);
	why.facts = &facts;
	why.body = &body;
	if (!exchange_read(exchange, explain_look, &why, "permission"))
		return;
	if (!strcmp(body.method, "INVITE") && body.sender &&
	    !call_limit_find(exchange, body.sender, &why.limit))
		return;
	if (!why.row.recipient_uri)
		why.row.recipient_uri = body.recipient;
	respond_explanation(exchange, &why);
}
