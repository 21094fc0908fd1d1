#include "api/idempotency.h"

#include <pthread.h>

#include "api/exchange.h"
#include "db/idempotency.h"
#include "server/base/log.h"
#include "server/base/secret.h"

#define RETRY_S 1
#define FULL_S 3600

struct idempotency {
	pthread_mutex_t lock;
	const struct idempotency_key *running[IDEMPOTENCY_RUNNING];
};

struct idempotency *idempotency_new(void)
{
	struct idempotency *idempotency = mem_alloc(sizeof(*idempotency));

	memset(idempotency, 0, sizeof(*idempotency));
	pthread_mutex_init(&idempotency->lock, NULL);
	return idempotency;
}

void idempotency_free(struct idempotency *idempotency)
{
	if (!idempotency)
		return;
	pthread_mutex_destroy(&idempotency->lock);
	free(idempotency);
}

/** Note that the key's request runs; false: it does already, or too many. */
static bool running_enter(struct idempotency *idempotency,
			  const struct idempotency_key *key)
{
	const struct idempotency_key **slot = NULL;
	bool is_running = false;

	pthread_mutex_lock(&idempotency->lock);
	for (size_t i = 0; i < IDEMPOTENCY_RUNNING; i++) {
		const struct idempotency_key *one = idempotency->running[i];

		if (!one)
			slot = &idempotency->running[i];
		else if (!strcmp(one->key, key->key) &&
			 !strcmp(one->token, key->token))
			is_running = true;
	}
	if (slot && !is_running)
		*slot = key;
	pthread_mutex_unlock(&idempotency->lock);
	return slot && !is_running;
}

static void running_leave(struct idempotency *idempotency,
			  const struct idempotency_key *key)
{
	pthread_mutex_lock(&idempotency->lock);
	for (size_t i = 0; i < IDEMPOTENCY_RUNNING; i++)
		if (idempotency->running[i] == key)
			idempotency->running[i] = NULL;
	pthread_mutex_unlock(&idempotency->lock);
}

enum err idempotency_key_read(struct view header, struct view *ret)
{
	struct view key = view_trim(header);

	if (key.len > 1 && key.at[0] == '"' && key.at[key.len - 1] == '"')
		key = view_head(view_from(key, 1), key.len - 2);
	if (!key.len || key.len > IDEMPOTENCY_KEY_MAX)
		return ERR_SYNTAX;
	for (size_t i = 0; i < key.len; i++)
		if (key.at[i] <= ' ' || key.at[i] > '~' ||
		    strchr("\"\\,;", key.at[i]))
			return ERR_SYNTAX;
	*ret = key;
	return ERR_OK;
}

/** Method, path, query and body as one number.  A body may hold a password:
 * with the relay's secret nobody can guess it from the file alone. */
static void request_hash(const struct exchange *exchange, uint8_t ret[HASH_LEN])
{
	const struct secret *secret = exchange->api->settings.secret;
	uint8_t key[HASH_LEN] = {0};
	struct text whole;

	text_init(&whole, NULL);
	text_printf(&whole, "%s %s\n", exchange->method, exchange->path);
	for (size_t i = 0; i < exchange->params.n; i++)
		text_printf(&whole, "%s=%s\n", exchange->params.items[i].name,
			    exchange->params.items[i].value);
	text_add_view(&whole, text_view(&exchange->body));
	if (secret)
		secret_key(secret, "idempotency", key);
	hmac_sha256(key, whole.at, whole.len, ret);
	explicit_bzero(whole.at, whole.len);
	text_release(&whole);
}

/** One step on the writer. */
struct key_job {
	struct write_job job; /* first: the writer hands it back */
	struct arena *arena;
	struct idempotency_key key;
	enum idempotency_claim claim;
	struct kept_answer answer;
};

static enum err claim_run(struct store *store, struct write_job *job)
{
	struct key_job *one = (struct key_job *)job;

	return store_idempotency_claim(store, &one->key, one->arena,
				       &one->answer, &one->claim);
}

static enum err keep_run(struct store *store, struct write_job *job)
{
	struct key_job *one = (struct key_job *)job;

	return store_idempotency_keep(store, &one->key, &one->answer);
}

static enum err drop_run(struct store *store, struct write_job *job)
{
	struct key_job *one = (struct key_job *)job;

	return store_idempotency_drop(store, &one->key);
}

static void respond_kept(struct exchange *exchange,
			 const struct kept_answer *answer)
{
	exchange->status = answer->status;
	exchange->location = answer->location;
	exchange->etag = answer->etag;
	exchange->content = answer->content;
	exchange->content_type =
		answer->content.len ? "application/json" : NULL;
}

static const struct problem problem_running = {
	.status = 409,
	.reason = "idempotency-running",
	.retry_after_s = RETRY_S,
	.detail = "A request with this Idempotency-Key is being run."};
static const struct problem problem_unknown = {
	.status = 409,
	.reason = "idempotency-unknown",
	.detail = "The relay ended while it ran the request with this "
		  "Idempotency-Key. See if it was done before you use another "
		  "key."};
static const struct problem problem_other = {
	.status = 422,
	.reason = "idempotency-key",
	.detail = "This Idempotency-Key is that of another request."};
static const struct problem problem_full = {
	.status = 429,
	.reason = "idempotency-full",
	.retry_after_s = FULL_S,
	.detail = "Too many requests with an Idempotency-Key were made in the "
		  "last day."};

/** Run the request and keep its answer, or free the key. */
static void run_claimed(struct exchange *exchange, struct key_job *one)
{
	exchange->route->run(exchange);
	bool is_done = exchange->status / 100 == 2;

	if (exchange->is_unsure)
		return; /* a repetition is not to do it again */

	one->job = (struct write_job){.run = is_done ? keep_run : drop_run};
	one->answer = (struct kept_answer){.status = exchange->status,
					   .location = exchange->location,
					   .etag = exchange->etag,
					   .content = exchange->content};
	enum err err = writer_call(exchange->api->settings.writer, &one->job);

	if (err)
		log_event(LOG_EVENT_API_ANSWER_NOT_KEPT, NULL,
			  "method=%s path=%s err=%s",
			  log_text(exchange->method), log_text(exchange->path),
			  log_text(err_text(err)));
}

static void run_once(struct exchange *exchange, struct key_job *one)
{
	one->job.run = claim_run;
	enum err err = writer_call(exchange->api->settings.writer, &one->job);

	if (err)
		respond_err(exchange, err, "request");
	else if (one->claim == IDEMPOTENCY_NEW)
		run_claimed(exchange, one);
	else if (one->claim == IDEMPOTENCY_ANSWERED)
		respond_kept(exchange, &one->answer);
	else if (one->claim == IDEMPOTENCY_OPEN)
		respond_problem(exchange, &problem_unknown);
	else if (one->claim == IDEMPOTENCY_OTHER)
		respond_problem(exchange, &problem_other);
	else
		respond_problem(exchange, &problem_full);
}

void idempotency_run(struct exchange *exchange)
{
	const struct request_headers *headers = &exchange->headers;
	struct idempotency *running = exchange->api->idempotency;
	struct key_job one = {
		.arena = exchange->arena,
		.key = {.token = ADMIN_TOKEN_NAME, .now = exchange->now}};
	struct view key = VIEW_NONE;

	if (exchange->route->effect == EFFECT_NONE || !headers->n_key) {
		exchange->route->run(exchange);
		return;
	}
	if (headers->n_key > 1 || idempotency_key_read(headers->key, &key)) {
		respond_refusal(exchange, 400,
				"The Idempotency-Key cannot be read: it is one "
				"word of 1 to 255 characters.");
		return;
	}
	one.key.key = view_copy(exchange->arena, key);
	request_hash(exchange, one.key.hash);
	if (!running_enter(running, &one.key)) {
		respond_problem(exchange, &problem_running);
		return;
	}
	run_once(exchange, &one);
	running_leave(running, &one.key);
}
