/*
 * Nothing of one domain shows in another's.  The same random questions,
 * answers, lists, messages and times happen at one domain, once alone and once
 * among random traffic at another with the same owners, recipients and names.
 * All that its parties are sent and answered, and when, and what is read of it
 * by its filter, is the same, and names it alone.  Each of the two is the
 * relay's first in its turn.  The relay is real but for network, clock and
 * commits (tests/scenario).  Without notices: one at a time goes to a person,
 * from all domains, so that one may come a second later.
 */
#include <check.h>

#include "db/accounts.h"
#include "db/lists.h"
#include "db/permissions.h"
#include "db/questions.h"
#include "server/base/log.h"
#include "tests/props/prng.h"
#include "tests/scenario/fixture.h"

#define SEQUENCES 1500
#define STEPS 16
#define SIDES 2
#define OWNERS 3
#define PEOPLE 3
#define DAY_S 86400
#define WATCHED_MS (900 * INT64_C(1000))
#define CALL_BYTES 1200
#define ROWS_MOST 200
#define KEPT_MOST 500

static const char *const domains[SIDES] = {FIXTURE_DOMAIN, "other.example"};
static const char *const owners[OWNERS] = {
	"sip:nora@example.com", "sip:olga@example.com", "sip:paul@example.com"};
static const char *const people[PEOPLE] = {
	"sip:omar@example.org", "sip:pia@example.org", "sip:rita@example.net"};
static const int pauses_s[] = {DAY_S, 3 * DAY_S};

/** What was sent, answered or read, without what is random in it. */
struct note {
	int64_t at_ms;
	const char *text;
};

/** A consent URI that somebody got. */
struct kept {
	struct note note; /**< what it stood in */
	const char *who;
	enum token_kind kind;
	struct token token;
};

/** A domain, and who uses it. */
struct side {
	unsigned number;
	const char *domain, *filter, *any, *list;
	const struct service *service;
	struct prng prng;
	unsigned n_requests;
	uint64_t mood; /**< how people answer in this step */
	struct kept kept[KEPT_MOST];
	size_t n_kept;
};

static uint64_t seed;

static struct world {
	struct prng prng; /**< of what happens to both */
	struct fixture fixture;
	struct arena *arena; /**< of the notes: both runs */
	struct side sides[SIDES];
	unsigned looked_at; /**< the side whose notes are taken */
	struct note *notes;
	size_t n_notes, room;
	unsigned long n_all, n_questions, n_others;
} world;

static struct store *store_now(void)
{
	return fake_writer_store(world.fixture.writer);
}

/* ---- notes ------------------------------------------------------------ */

/** Tokens, tags and Call-IDs are random; they are the long hex numbers. */
static const char *blot(struct view from)
{
	static const char hex[] = "0123456789abcdef";
	struct text to;

	text_init(&to, world.arena);
	for (size_t i = 0; i < from.len;) {
		size_t n = 0;

		while (i + n < from.len && from.at[i + n] &&
		       strchr(hex, from.at[i + n]))
			n++;
		if (n >= 16)
			text_add(&to, "#");
		else
			text_add_bytes(&to, from.at + i, n ? n : 1);
		i += n ? n : 1;
	}
	return to.at;
}

static void take(const struct side *side, const char *text)
{
	if (side->number != world.looked_at)
		return;
	if (world.n_notes == world.room) {
		world.room = world.room ? 2 * world.room : 256;
		world.notes = mem_resize(world.notes,
					 world.room * sizeof(*world.notes));
	}
	world.notes[world.n_notes++] =
		(struct note){loop_now_ms(world.fixture.loop), text};
}

/* What happens in one instant has no order. */
static int note_compare(const void *a, const void *b)
{
	const struct note *one = a, *other = b;

	if (one->at_ms != other->at_ms)
		return one->at_ms < other->at_ms ? -1 : 1;
	return strcmp(one->text, other->text);
}

/** The fake's own lines have one name for all. */
static struct view without_via(const struct text *message)
{
	struct view all = text_view(message);
	size_t via = view_find_view(all, VIEW("\r\nVia: "), 0);
	size_t end = via == SIZE_MAX
			     ? 0
			     : view_find_view(all, VIEW("\r\n"), via + 2);

	return view_from(all, end);
}

static bool names(struct view message, unsigned side)
{
	return view_find_view(message, view_of(domains[side]), 0) != SIZE_MAX;
}

/* ---- what people get -------------------------------------------------- */

static bool find_token(struct view message, enum token_kind kind,
		       struct token *ret)
{
	char head[] = "sip:x-";
	enum token_kind found;
	size_t at;

	head[4] = token_letter(kind);
	at = view_find_view(message, view_of(head), 0);
	if (at == SIZE_MAX)
		return false;
	message = view_from(message, at + strlen("sip:"));
	message = view_head(message, view_find(message, '@', 0));
	return token_parse(message, &found, ret) == ERR_OK;
}

/** In an order that does not depend on the other side. */
static void keep(struct side *side, const char *who, struct view message,
		 const char *text)
{
	for (int kind = 0; kind < TOKEN_KINDS; kind++) {
		struct kept kept = {
			.note = {loop_now_ms(world.fixture.loop), text},
			.who = arena_strdup(world.arena, who),
			.kind = (enum token_kind)kind};
		size_t at = side->n_kept;

		if (!find_token(message, kept.kind, &kept.token))
			continue;
		if (at == KEPT_MOST)
			err_fatal("too many consent URIs");
		while (at > 0 &&
		       note_compare(&side->kept[at - 1].note, &kept.note) > 0) {
			side->kept[at] = side->kept[at - 1];
			at--;
		}
		side->kept[at] = kept;
		side->n_kept++;
	}
}

static unsigned person_of(const char *uri)
{
	for (unsigned i = 0; i < PEOPLE; i++)
		if (strcmp(uri, people[i]) == 0)
			return i;
	return PEOPLE;
}

static void answer(const struct side *side, struct sent *sent, bool is_question)
{
	static const int to_questions[] = {200, 200, 200, 480, 404, 603};
	static const int to_messages[] = {200, 200, 603};
	unsigned dice = (unsigned)(side->mood >> (8 * person_of(sent->uri)));

	dice &= 0xff;
	if (sent->leg)
		fake_edge_answer(sent,
				 is_question ? to_questions[dice % 6]
					     : to_messages[dice % 3],
				 0);
}

static void see_leg(struct sent *sent)
{
	struct view message = without_via(&sent->message);
	bool is_seconds = names(message, 1);
	struct side *side = &world.sides[is_seconds];
	bool is_question =
		view_find_view(message, VIEW("auth-policy"), 0) != SIZE_MAX;
	const char *text = blot(message);

	must(&world.prng, !names(message, 0) == is_seconds,
	     "what is sent names one domain");
	keep(side, sent->uri, message, text);
	take(side, text);
	if (side->number == world.looked_at)
		world.n_questions += is_question;
	else
		world.n_others++;
	answer(side, sent, is_question);
}

static bool see_new(void)
{
	bool is_any = false;

	for (struct sent *it = world.fixture.edge.sent; it; it = it->next) {
		if (it->is_seen)
			continue;
		it->is_seen = 1;
		is_any = true;
		see_leg(it);
	}
	return is_any;
}

static void settle(void)
{
	do
		fixture_settle(&world.fixture);
	while (see_new());
}

/** The answer to the request that this side sent. */
static void see_answer(struct side *side, const char *who)
{
	unsigned n = 0;

	settle();
	for (struct answered *it = world.fixture.edge.answered; it;
	     it = it->next) {
		struct view message = text_view(&it->message);
		const char *text;

		if (it->is_seen)
			continue;
		it->is_seen = 1;
		n++;
		text = blot(message);
		must(&world.prng, !names(message, !side->number),
		     "no answer names the other domain");
		keep(side, who, message, text);
		take(side, text);
	}
	must(&world.prng, n == 1, "a request has one answer");
}

static void pass(int64_t ms)
{
	int64_t until_ms = loop_now_ms(world.fixture.loop) + ms;

	/* To look once a minute takes its time: days pass at once. */
	if (ms > WATCHED_MS) {
		fake_loop_move(world.fixture.loop, until_ms - WATCHED_MS);
		settle();
	}
	for (;;) {
		int64_t now_ms = loop_now_ms(world.fixture.loop);
		int64_t next_ms = fake_loop_next_ms(world.fixture.loop);

		if (next_ms < now_ms)
			next_ms = next_ms < 0 ? until_ms : now_ms;
		if (next_ms >= until_ms)
			break;
		fixture_advance(&world.fixture, next_ms - now_ms);
		settle();
	}
	fixture_advance(&world.fixture,
			until_ms - loop_now_ms(world.fixture.loop));
	settle();
}

/* ---- what happens at a domain ----------------------------------------- */

static unsigned dice(struct side *side, unsigned n)
{
	return prng_below(&side->prng, n);
}

static void take_err(struct side *side, const char *what, enum err err)
{
	take(side, arena_printf(world.arena, "%s: %s", what, err_text(err)));
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
	fake_edge_receive(&world.fixture.edge, request);
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
	messages_receive(world.fixture.messages, request);
	see_answer(side, from);
}

static void send_to_list(struct side *side)
{
	struct request *request = request_new(side, owners[dice(side, OWNERS)]);

	request->purpose = PURPOSE_STORED_LIST;
	request->list = "hikers";
	request->target = side->list;
	request->body = view_of(
		arena_printf(request->arena, "hello by %s", side->list));
	message_to(side, request, "text/plain");
}

static void send_to_service(struct side *side)
{
	struct request *request = request_new(side, owners[dice(side, OWNERS)]);
	struct text body;

	text_init(&body, request->arena);
	text_add(&body, "--b\r\nContent-Type: application/resource-lists+xml"
			"\r\nContent-Disposition: recipient-list\r\n\r\n"
			"<resource-lists xmlns=\"urn:ietf:params:xml:ns:"
			"resource-lists\"><list>");
	for (unsigned i = 0; i < PEOPLE; i++)
		if (dice(side, 2))
			text_printf(&body, "<entry uri=\"%s\"/>", people[i]);
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
			   dice(side, 1 + dice(side, (unsigned)side->n_kept))];
	request = request_new(side, kept->who);
	request->purpose = PURPOSE_CONSENT;
	request->token_kind = kept->kind;
	request->token = kept->token;
	request->method = "PUBLISH";
	request->target = request->target_key =
		arena_printf(request->arena, "sip:token@%s", side->domain);
	consent_receive(world.fixture.consents, request);
	see_answer(side, kept->who);
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
				       world.fixture.arena, &row);
}

/** As REST does it. */
static void change(struct side *side, enum permission_event event)
{
	const char *targets[] = {side->list, side->any, side->service->key};
	struct call call = {.job = {.run = call_run, .received = CALL_BYTES}};
	const char *who = people[dice(side, PEOPLE)];

	call.change = (struct permission_change){
		.sender = owners[dice(side, OWNERS)],
		.target = targets[dice(side, 3)],
		.recipient = who,
		.recipient_uri = who,
		.event = event,
		.actor = ORIGIN_ADMIN,
		.expires_at =
			event == EVENT_GRANT ? wall_now_s() + 20 * DAY_S : -1,
		.ask_due_at = wall_now_s(),
		.now = wall_now_s()};
	take_err(side, "change", writer_call(world.fixture.writer, &call.job));
	consents_wake(world.fixture.consents);
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

	if (writer_call(world.fixture.writer, &job))
		err_fatal("a call does not begin");
}

static struct list_target target_of(const struct side *side)
{
	return (struct list_target){.uri = side->list, .now = wall_now_s()};
}

static void make_list(struct side *side)
{
	const struct list_limits limits = {2, PEOPLE + 1};
	struct stored_list list = {.uri = side->list,
				   .name = "hikers",
				   .owner = owners[dice(side, OWNERS)],
				   .use = (enum list_use)dice(side, LIST_USES),
				   .created_at = wall_now_s()};

	take_err(side, "make",
		 store_list_add(store_now(), &list, &limits,
				world.fixture.arena, &list));
}

static void end_list(struct side *side)
{
	const struct list_target target = target_of(side);
	struct stored_list list;

	take_err(side, "end",
		 store_list_remove(store_now(), &target, world.fixture.arena,
				   &list));
}

static void add_entry(struct side *side)
{
	const struct list_target target = target_of(side);
	const char *who = people[dice(side, PEOPLE)];
	const struct list_entry entry = {
		.kind = LIST_ENTRY, .uri = who, .key = who};
	struct list_addition addition = {
		.entries = &entry, .n = 1, .entries_most = PEOPLE + 1};

	take_err(side, "add",
		 store_list_entries_add(store_now(), &target, &addition,
					world.fixture.arena));
	consents_wake(world.fixture.consents);
}

static struct list_entries entries_of(const struct side *side,
				      struct stored_list *list)
{
	struct list_entries entries = {NULL, 0};
	enum err err =
		store_list_find(store_now(), side->list, world.arena, list);

	if (!err)
		err = store_list_entries(store_now(), list,
					 (struct page){0, ROWS_MOST},
					 world.arena, &entries);
	must(&world.prng, !err || err == ERR_UNKNOWN, "a list is read");
	return entries;
}

static void drop_entry(struct side *side)
{
	const struct list_target target = target_of(side);
	struct stored_list list;
	struct list_entries entries = entries_of(side, &list);

	if (entries.n)
		take_err(side, "drop",
			 store_list_entry_remove(
				 store_now(), &target,
				 entries.at[dice(side, (unsigned)entries.n)].id,
				 world.fixture.arena, &list));
}

static void act(struct side *side)
{
	begin_call();
	switch (dice(side, 14)) {
	case 0:
	case 1:
		add_entry(side);
		break;
	case 2:
		drop_entry(side);
		break;
	case 3:
		if (dice(side, 3) == 0)
			end_list(side);
		make_list(side);
		break;
	case 4:
	case 5:
		change(side, EVENT_ADDED);
		break;
	case 6:
		change(side, (enum permission_event[]){
				     EVENT_AGAIN, EVENT_GRANT, EVENT_DENY,
				     EVENT_REMOVED}[dice(side, 4)]);
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

/* ---- what is read of a domain ----------------------------------------- */

static void read_permission(const struct side *side,
			    const struct permission *row)
{
	const struct question_turn turn = {.row = row,
					   .limits =
						   &world.fixture.asking.asking,
					   .now = wall_now_s()};
	struct question_look look = {.owner = NULL};
	char kinds[KINDS_TEXT_ROOM];
	struct text text;

	must(&world.prng,
	     store_question_look(store_now(), &turn, world.arena, &look) ==
		     ERR_OK,
	     "a question is looked at");
	text_init(&text, world.arena);
	text_printf(&text, "%s %s %s %s %d %d %d %d", row->sender, row->target,
		    row->recipient, permission_kinds_text(row, kinds),
		    (int)row->state, (int)row->origin, (int)row->renewal,
		    (int)row->notice);
	text_printf(&text, " %s %s", row->evidence ? row->evidence : "-",
		    row->reason ? row->reason : "-");
	text_printf(&text, " %lld %lld %lld %lld %lld %lld %lld %d",
		    (long long)row->created_at, (long long)row->changed_at,
		    (long long)row->expires_at, (long long)row->asked_at,
		    (long long)row->ask_due_at, (long long)row->term_s,
		    (long long)row->notice_at, row->last_status);
	text_printf(&text, " %s %d %d %d %lld %lld", look.owner,
		    (int)look.next.limit, look.next.used, look.next.allowed,
		    (long long)look.next.period_s, (long long)look.next.at);
	take(side, text.at);
}

/** REST with ?domain= of the side that is looked at. */
static void read_all(void)
{
	const struct side *side = &world.sides[world.looked_at];
	const struct permission_filter filter = {.domain = side->filter,
						 .state = -1,
						 .origin = -1,
						 .now = wall_now_s(),
						 .page.limit = ROWS_MOST};
	struct permission *rows;
	struct stored_list list = {.owner = "-"};
	struct list_entries entries = entries_of(side, &list);
	size_t n;

	must(&world.prng,
	     store_permission_list(store_now(), &filter, world.arena, &rows,
				   &n) == ERR_OK,
	     "the filter is read");
	for (size_t i = 0; i < n; i++)
		read_permission(side, &rows[i]);
	for (size_t i = 0; i < entries.n; i++)
		take(side, arena_printf(world.arena, "%s has %s", list.owner,
					entries.at[i].key));
}

/* ---- runs ------------------------------------------------------------- */

static void start(void)
{
	struct fixture *fixture = &world.fixture;
	static const char *const methods[] = {"MESSAGE"};

	fixture_init(fixture);
	fixture->domains = (struct domains){domains + 1, 1};
	for (unsigned i = 0; i < SIDES; i++) {
		const char *uri = arena_printf(fixture->arena, "sip:lists@%s",
					       domains[i]);

		fixture->services[i] =
			(struct service){.name = "lists",
					 .uri = uri,
					 .key = uri,
					 .domain = i ? domains[i] : NULL,
					 .methods = methods,
					 .n_methods = 1,
					 .allow = "MESSAGE, OPTIONS"};
	}
	fixture->n_services = SIDES;
	fixture->renew_before_s = 10 * DAY_S;
	fixture->asking.requests_in_flight = 1000; /* the relay's own */
	fixture->asking.asking =
		(struct asking_limits){.all = {2, 600, 3},
				       .owner_per_day = 1,
				       .owner_per_week = 3,
				       .owner_per_half_year = 7,
				       .destination = {1, 4},
				       .bytes_ratio = 4,
				       .pauses_s = pauses_s,
				       .n_pauses = 2};
	fixture_start(fixture);
	settle();
}

static void side_init(unsigned number, unsigned sequence)
{
	struct side *side = &world.sides[number];
	struct arena *arena = world.fixture.arena;
	const char *domain = domains[number];

	*side = (struct side){
		.number = number,
		.domain = domain,
		.filter = number ? domain : "",
		.any = number ? arena_printf(arena, "*@%s", domain) : "*",
		.list = arena_printf(arena, "sip:hikers@%s", domain),
		.service = &world.fixture.services[number],
		.prng = prng_of(seed + 1 + number, sequence)};
}

static void one_step(bool is_alone)
{
	static const unsigned most_s[] = {2, 700, 7200, 2 * DAY_S, 9 * DAY_S};
	unsigned n = prng_below(&world.prng, 3);
	unsigned others = prng_below(&world.prng, 5);
	unsigned kind = prng_below(&world.prng, 5);
	int64_t s = 1 + prng_below(&world.prng, most_s[kind]);

	for (unsigned i = 0; i < SIDES; i++)
		for (unsigned j = 0; j < 8 * PEOPLE; j += 8)
			world.sides[i].mood = world.sides[i].mood << 8 |
					      dice(&world.sides[i], 256);
	while (n + others > 0) {
		bool is_other =
			others > 0 && (n == 0 || prng_once_in(&world.prng, 2));
		unsigned number = world.looked_at ^ (unsigned)is_other;

		bool settles = !is_other || prng_once_in(&world.prng, 2);

		*(is_other ? &others : &n) -= 1;
		if (is_other && is_alone)
			continue;
		act(&world.sides[number]);
		if (settles)
			settle();
	}
	pass(1000 * s);
	read_all();
}

/** @return the notes; theirs to free */
static struct note *run(unsigned sequence, bool is_alone, size_t *ret_n)
{
	struct note *notes;

	world.prng = prng_of(seed, sequence);
	world.looked_at = prng_below(&world.prng, SIDES);
	start();
	for (unsigned i = 0; i < SIDES; i++)
		side_init(i, sequence);
	for (unsigned i = 0; i < SIDES; i++)
		if (i == world.looked_at || !is_alone)
			make_list(&world.sides[i]);
	for (int step = 0; step < STEPS; step++)
		one_step(is_alone);
	fixture_release(&world.fixture);
	notes = world.notes;
	*ret_n = world.n_notes;
	qsort(notes, *ret_n, sizeof(*notes), note_compare);
	world.notes = NULL;
	world.n_notes = world.room = 0;
	return notes;
}

/** Tell where they part. */
static bool are_equal(const struct note *a, size_t n_a, const struct note *b,
		      size_t n_b)
{
	size_t i = 0;

	while (i < n_a && i < n_b && note_compare(&a[i], &b[i]) == 0)
		i++;
	if (i == n_a && i == n_b)
		return true;
	printf("# alone, after %lld ms: %s\n# among others, after %lld ms: "
	       "%s\n",
	       i < n_a ? (long long)a[i].at_ms : -1,
	       i < n_a ? a[i].text : "nothing",
	       i < n_b ? (long long)b[i].at_ms : -1,
	       i < n_b ? b[i].text : "nothing");
	fflush(stdout);
	return false;
}

static void run_sequence(unsigned sequence)
{
	struct note *alone, *among;
	size_t n_alone, n_among;
	bool is_same;

	world.arena = arena_new(0);
	alone = run(sequence, true, &n_alone);
	among = run(sequence, false, &n_among);
	is_same = are_equal(alone, n_alone, among, n_among);
	must(&world.prng, is_same, "nothing of the other domain shows");
	world.n_all += n_alone;
	free(alone);
	free(among);
	arena_free(world.arena);
}

START_TEST(nothing_of_one_domain_shows_in_another)
{
	unsigned n = prng_sequences_or_all(40, SEQUENCES);
	unsigned i;

	for (i = 0; prng_goes_on(i, n); i++)
		run_sequence(i);
	printf("# %u sequences, %lu notes, %lu questions, %lu to others\n", i,
	       world.n_all, world.n_questions, world.n_others);
	ck_assert_uint_gt(world.n_questions, i);
	ck_assert_uint_gt(world.n_others, i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("domains");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("domains_prop");
	log_set_level(LOG_ERROR);
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 600);
	tcase_add_test(cases, nothing_of_one_domain_shows_in_another);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
