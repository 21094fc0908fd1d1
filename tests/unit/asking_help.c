#include "tests/unit/asking_help.h"

char folder[] = "/tmp/volens-asking-XXXXXX";

struct arena *arena;

struct loop *loop;

struct counters counters;

struct index *index_;

struct accounts *accounts;

struct secret *secret;

struct writer *writer;

struct edge edge;

struct consents *consents;

/* All of IPv6 but what stands for IPv4: replies of tests have no address. */
static const struct trust_network everywhere = {.prefix = 0};

struct consents_settings settings;

int64_t renew_before_s;

void open_writer(void)
{
	struct writer_settings writing = {
		.path = arena_printf(arena, "%s/db", folder),
		.loop = loop,
		.index = index_,
		.accounts = accounts,
		.counters = &counters,
		.queue_max = 100,
		.renew_before_s = renew_before_s,
	};

	ck_assert(writer_new(&writing, &writer) == ERR_OK);
}

void open_consents(void)
{
	settings.writer = writer;
	consents = consents_new(&settings);
	consents_start(consents);
}

void setup(void)
{
	ck_assert(mkdtemp(folder) != NULL);
	arena = arena_new(0);
	fake_clock_reset();
	memset(&counters, 0, sizeof(counters));
	loop = loop_new();
	index_ = index_new();
	accounts = accounts_new(NULL);
	fake_edge_init(&edge, DOMAIN);
	ck_assert(secret_load(arena_printf(arena, "%s/secret", folder),
			      &secret) == ERR_OK);
	open_writer();
	settings = (struct consents_settings){
		.loop = loop,
		.edge = &edge,
		.index = index_,
		.counters = &counters,
		.secret = secret,
		.domain = DOMAIN,
		.any_transport = &everywhere,
		.n_any_transport = 1,
		.asking.all = {2, 600, 5},
		.trigger_limits = {1, 600, 3},
		.refresh_s = REFRESH_S,
		.request_lifetime_s = 86400,
		.requests_in_flight = 8,
	};
	open_consents();
}

void teardown(void)
{
	consents_free(consents);
	writer_free(writer);
	fake_loop_turn(loop);
	ck_assert_uint_eq(edge.n_requests, 0);
	fake_edge_release(&edge);
	secret_free(secret);
	accounts_free(accounts);
	index_free(index_);
	loop_free(loop);
	ck_assert_int_eq(system(arena_printf(arena, "rm -r %s", folder)), 0);
	arena_free(arena);
}

void settle(void)
{
	int moved;

	do {
		moved = fake_writer_turn(writer);
		moved += fake_loop_turn(loop);
		moved += fake_edge_turn(&edge);
	} while (moved);
}

void pass(int64_t seconds)
{
	int64_t end = loop_now_ms(loop) + seconds * 1000, next;

	while ((next = fake_loop_next_ms(loop)) >= 0 && next <= end) {
		fake_loop_move(loop, next);
		settle();
	}
	fake_loop_move(loop, end);
	settle();
}

enum err adding_run(struct store *store, struct write_job *job)
{
	struct adding *adding = (struct adding *)(void *)job;

	return store_permission_change(store, &adding->change, arena,
				       &adding->row);
}

const char *asked_at;

static int64_t add_kind(const char *sender, const char *recipient,
			enum permission_kind kind)
{
	struct adding adding = {
		.job.run = adding_run,
		.change =
			{
				.sender = sender,
				.target = LIST,
				.recipient = recipient,
				.recipient_uri =
					asked_at ? asked_at : recipient,
				.kinds = kinds_only(kind),
				.event = EVENT_ADDED,
				.actor = ORIGIN_ADMIN,
				.ask_due_at = wall_now_s(),
				.now = wall_now_s(),
			},
	};

	ck_assert(writer_call(writer, &adding.job) == ERR_OK);
	consents_wake(consents);
	settle();
	return adding.row.id;
}

int64_t add_for(const char *sender, const char *recipient)
{
	return add_kind(sender, recipient, KIND_MESSAGE);
}

int64_t add_call(void)
{
	return add_kind(ALICE, BOB, KIND_CALL);
}

int64_t add(const char *recipient)
{
	return add_for(ALICE, recipient);
}

struct permission row_of(int64_t id)
{
	struct permission row;

	ck_assert(store_permission_get(fake_writer_store(writer), id, arena,
				       &row) == ERR_OK);
	return row;
}

const char *state_of(int64_t id)
{
	return permission_state_name(row_of(id).state);
}

static enum verdict verdict_on(const char *recipient, enum permission_kind kind)
{
	const struct identity alice = {IDENTITY_DIGEST, {ALICE, NULL}};
	struct permission row;

	return index_decide(index_,
			    index_query_new(index_, arena, &alice, LIST,
					    kinds_only(kind)),
			    recipient, wall_now_s(), &row)
		.verdict;
}

enum verdict verdict_for(const char *recipient)
{
	return verdict_on(recipient, KIND_MESSAGE);
}

enum verdict call_verdict_for(const char *recipient)
{
	return verdict_on(recipient, KIND_CALL);
}

struct sent *left(void)
{
	struct sent *last = NULL;

	for (struct sent *sent = edge.sent; sent; sent = sent->next) {
		if (!sent->is_seen)
			last = sent;
		sent->is_seen = 1;
	}
	return last;
}

size_t n_left(void)
{
	size_t n = 0;

	for (struct sent *sent = edge.sent; sent; sent = sent->next) {
		n += !sent->is_seen;
		sent->is_seen = 1;
	}
	return n;
}

struct sent *one_left(void)
{
	struct sent *sent = left();

	ck_assert_msg(sent != NULL, "nothing was sent");
	return sent;
}

void ends(struct sent *sent, int status)
{
	fake_edge_answer(sent, status, 0);
	settle();
}

struct token token_in(const struct sent *sent, const char *letter)
{
	const char *at =
		strstr(sent->message.at, arena_printf(arena, ":%s", letter));
	enum token_kind kind;
	struct token token;

	ck_assert(at != NULL);
	ck_assert(token_parse((struct view){at + 1, 2 + TOKEN_HEX}, &kind,
			      &token) == ERR_OK);
	return token;
}

struct consent_reply reply_new(enum token_kind kind, struct token token)
{
	return (struct consent_reply){
		.kind = kind, .token = token, .expires_s = -1};
}

void receive(const struct consent_reply *reply, const char *sender)
{
	struct arena *own = arena_new(0);
	struct request *request = arena_alloc(own, sizeof(*request));

	request->arena = own;
	request->method = "PUBLISH";
	request->token_kind = reply->kind;
	request->token = reply->token;
	request->is_secure = reply->over_tls;
	memcpy(request->address, reply->address, sizeof(request->address));
	request->expires_s = reply->expires_s;
	request->if_match = reply->if_match;
	if (sender)
		request->sender = (struct identity){
			IDENTITY_DIGEST, {arena_strdup(own, sender), NULL}};
	fake_edge_receive(&edge, request);
	consent_receive(consents, request);
}

const struct answered *responded(void)
{
	struct answered *last = NULL;

	settle();
	for (struct answered *each = edge.answered; each; each = each->next) {
		if (!each->is_seen)
			last = each;
		each->is_seen = 1;
	}
	ck_assert_msg(last != NULL, "no response");
	return last;
}

int publish(const struct consent_reply *reply)
{
	receive(reply, NULL);
	return responded()->status;
}

int publish_token(enum token_kind kind, struct token token)
{
	struct consent_reply reply = reply_new(kind, token);

	return publish(&reply);
}

struct sent *ask(const char *recipient, int64_t *ret_id)
{
	struct sent *sent;

	*ret_id = add(recipient);
	sent = one_left();
	ends(sent, 200);
	return sent;
}
