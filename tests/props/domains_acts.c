/*
 * What happens at a domain: requests to its list and its service, answers to
 * questions, calls of REST.
 */
#include "db/accounts.h"
#include "db/permissions.h"
#include "tests/props/domains.h"

#define CALL_BYTES 1200

unsigned side_dice(struct side *side, unsigned n)
{
	return prng_below(&side->prng, n);
}

static void take_err(struct side *side, const char *what, enum err err)
{
	side_note(side, arena_printf(domains_world.arena, "%s: %s", what,
				     err_text(err)));
}

static struct request *request_new(struct side *side, const char *from)
{
	struct arena *arena = arena_new(0);
	struct request *request = arena_alloc(arena, sizeof(*request));
	const unsigned number[2] = {side->number, side->n_requests++};

	*request = (struct request){.arena = arena,
				    .id = "relay=0",
				    .domain = side->domain,
				    .call_id = "c",
				    .source = "192.0.2.1:5060",
				    .from = arena_printf(arena, "<%s>", from),
				    .from_key = from,
				    .sender = {IDENTITY_DIGEST, {from, NULL}},
				    .vouched = 1,
				    .max_forwards = 70,
				    .max_breadth = -1,
				    .expires_s = -1,
				    .received_at = wall_now_s()};
	sha256(number, sizeof(number), request->key);
	fake_edge_receive(&domains_world.fixture.edge, request);
	return request;
}

static void message_to(struct side *side, struct request *request,
		       const char *type)
{
	struct header *content = arena_alloc(request->arena, sizeof(*content));
	const char *from = request->from_key;

	*content = (struct header){VIEW("Content-Type"), view_of(type)};
	request->method_id = METHOD_MESSAGE;
	request->method = "MESSAGE";
	request->target_key = request->target;
	request->content = content;
	request->n_content = 1;
	request->content_type = content->value;
	messages_receive(domains_world.fixture.messages, request);
	side_see_answer(side, from);
}

static void send_to_list(struct side *side)
{
	struct request *request =
		request_new(side, domains_owners[side_dice(side, OWNERS)]);

	request->purpose = PURPOSE_STORED_LIST;
	request->list = "hikers";
	request->target = side->list;
	request->body = view_of(
		arena_printf(request->arena, "hello by %s", side->list));
	message_to(side, request, "text/plain");
}

static void send_to_service(struct side *side)
{
	struct request *request =
		request_new(side, domains_owners[side_dice(side, OWNERS)]);
	struct text body;

	text_init(&body, request->arena);
	text_add(&body, "--b\r\nContent-Type: application/resource-lists+xml"
			"\r\nContent-Disposition: recipient-list\r\n\r\n"
			"<resource-lists xmlns=\"urn:ietf:params:xml:ns:"
			"resource-lists\"><list>");
	for (unsigned i = 0; i < PEOPLE; i++)
		if (side_dice(side, 2))
			text_printf(&body, "<entry uri=\"%s\"/>",
				    domains_people[i]);
	text_printf(&body,
		    "</list></resource-lists>\r\n--b\r\nContent-Type: "
		    "text/plain\r\n\r\nhello by %s\r\n--b--\r\n",
		    side->service->uri);
	request->service = side->service;
	request->target = side->service->key;
	request->requires_list = true;
	request->body = text_view(&body);
	message_to(side, request, "multipart/mixed;boundary=b");
}

static void publish(struct side *side)
{
	struct request *request;
	const struct kept *kept;

	if (!side->n_kept)
		return;
	/* The newest, often. */
	kept = &side->kept[side->n_kept - 1 -
			   side_dice(side,
				     1 + side_dice(side,
						   (unsigned)side->n_kept))];
	request = request_new(side, kept->who);
	request->purpose = PURPOSE_CONSENT;
	request->token_kind = kept->kind;
	request->token = kept->token;
	request->method = "PUBLISH";
	request->target = request->target_key =
		arena_printf(request->arena, "sip:token@%s", side->domain);
	consent_receive(domains_world.fixture.consents, request);
	side_see_answer(side, kept->who);
}

struct call {
	struct write_job job;
	struct permission_change change;
};

static enum err call_run(struct store *store, struct write_job *job)
{
	struct call *call = (struct call *)(void *)job;
	struct permission row;

	return store_permission_change(store, &call->change,
				       domains_world.fixture.arena, &row);
}

/** As REST does it. */
static void change(struct side *side, enum permission_event event)
{
	const char *targets[] = {side->list, side->any, side->service->key};
	struct call call = {.job = {.run = call_run, .received = CALL_BYTES}};
	const char *who = domains_people[side_dice(side, PEOPLE)];

	call.change = (struct permission_change){
		.sender = domains_owners[side_dice(side, OWNERS)],
		.target = targets[side_dice(side, 3)],
		.recipient = who,
		.recipient_uri = who,
		.event = event,
		.actor = ORIGIN_ADMIN,
		.expires_at =
			event == EVENT_GRANT ? wall_now_s() + 20 * DAY_S : -1,
		.ask_due_at = wall_now_s(),
		.now = wall_now_s()};
	take_err(side, "change",
		 writer_call(domains_world.fixture.writer, &call.job));
	consents_wake(domains_world.fixture.consents);
}

/** What follows is a call of so many bytes, as REST's are. */
static enum err nothing_run(struct store *store, struct write_job *job)
{
	(void)store;
	(void)job;
	return ERR_OK;
}

static void begin_call(void)
{
	struct write_job job = {.run = nothing_run, .received = CALL_BYTES};

	if (writer_call(domains_world.fixture.writer, &job))
		err_fatal("a call does not begin");
}

static struct list_target target_of(const struct side *side)
{
	return (struct list_target){.uri = side->list, .now = wall_now_s()};
}

void side_make_list(struct side *side)
{
	const struct list_limits limits = {2, PEOPLE + 1};
	struct stored_list list = {
		.uri = side->list,
		.name = "hikers",
		.owner = domains_owners[side_dice(side, OWNERS)],
		.use = (enum list_use)side_dice(side, LIST_USES),
		.created_at = wall_now_s()};

	take_err(side, "make",
		 store_list_add(world_store(), &list, &limits,
				domains_world.fixture.arena, &list));
}

static void end_list(struct side *side)
{
	const struct list_target target = target_of(side);
	struct stored_list list;

	take_err(side, "end",
		 store_list_remove(world_store(), &target,
				   domains_world.fixture.arena, &list));
}

static void add_entry(struct side *side)
{
	const struct list_target target = target_of(side);
	const char *who = domains_people[side_dice(side, PEOPLE)];
	const struct list_entry entry = {
		.kind = LIST_ENTRY, .uri = who, .key = who};
	struct list_addition addition = {
		.entries = &entry, .n = 1, .entries_most = PEOPLE + 1};

	take_err(side, "add",
		 store_list_entries_add(world_store(), &target, &addition,
					domains_world.fixture.arena));
	consents_wake(domains_world.fixture.consents);
}

struct list_entries side_entries(const struct side *side,
				 struct stored_list *list)
{
	struct list_entries entries = {NULL, 0};
	enum err err = store_list_find(world_store(), side->list,
				       domains_world.arena, list);

	if (!err)
		err = store_list_entries(world_store(), list,
					 (struct page){0, ROWS_MOST},
					 domains_world.arena, &entries);
	must(&domains_world.prng, !err || err == ERR_UNKNOWN, "a list is read");
	return entries;
}

static void drop_entry(struct side *side)
{
	const struct list_target target = target_of(side);
	struct stored_list list;
	struct list_entries entries = side_entries(side, &list);

	if (entries.n)
		take_err(
			side, "drop",
			store_list_entry_remove(
				world_store(), &target,
				entries.at[side_dice(side, (unsigned)entries.n)]
					.id,
				domains_world.fixture.arena, &list));
}

void side_act(struct side *side)
{
	begin_call();
	switch (side_dice(side, 14)) {
	case 0:
	case 1:
		add_entry(side);
		break;
	case 2:
		drop_entry(side);
		break;
	case 3:
		if (side_dice(side, 3) == 0)
			end_list(side);
		side_make_list(side);
		break;
	case 4:
	case 5:
		change(side, EVENT_ADDED);
		break;
	case 6:
		change(side, (enum permission_event[]){
				     EVENT_AGAIN, EVENT_GRANT, EVENT_DENY,
				     EVENT_REMOVED}[side_dice(side, 4)]);
		break;
	case 7:
	case 8:
		send_to_list(side);
		break;
	case 9:
		send_to_service(side);
		break;
	default:
		publish(side);
	}
}
