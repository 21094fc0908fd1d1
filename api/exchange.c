#include "api/exchange.h"

#include "api/bodies.h"
#include "api/time_format.h"
#include "api/json.h"
#include "api/negotiate.h"
#include "server/base/loop.h"

#define JSON_TYPE "application/json"

void exchange_resume(struct exchange *exchange)
{
	void (*resumed)(struct exchange *) = exchange->resumed;

	exchange->resumed = NULL;
	exchange->now = wall_now_s();
	resumed(exchange);
}

bool exchange_write_json(struct exchange *exchange, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	if (!text)
		return false;
	exchange->content =
		view_of(arena_printf(exchange->arena, "%s\n", text));
	free(text);
	return true;
}

void respond_json(struct exchange *exchange, int status, json_t *json)
{
	if (!exchange_write_json(exchange, json)) {
		respond_refusal(exchange, 500,
				"The response could not be written.");
		return;
	}
	exchange->status = status;
	exchange->content_type = JSON_TYPE;
}

void respond_content(struct exchange *exchange, const char *type,
		     struct view content)
{
	exchange->status = 200;
	exchange->content_type = type;
	exchange->content = content;
}

void respond_no_content(struct exchange *exchange)
{
	exchange->status = 204;
	exchange->content_type = NULL;
	exchange->content = VIEW_NONE;
}

/** Of the IP and TCP headers that a call takes at least: 268 bytes in five
 *  packets, less 68 for the IP and UDP headers of a question. */
#define CALL_CARRIER_BYTES 200

static int64_t bytes_of(const struct exchange *exchange)
{
	static const struct view rest = VIEW("  HTTP/1.1\r\n\r\n");

	return (int64_t)(CALL_CARRIER_BYTES + strlen(exchange->method) +
			 (exchange->path ? strlen(exchange->path) : 0) +
			 rest.len + exchange->headers.bytes +
			 exchange->body.len);
}

enum err exchange_write(struct exchange *exchange, struct write_job *job)
{
	enum err err;

	job->received = exchange->is_credited ? 0 : bytes_of(exchange);
	err = writer_call(exchange->api->settings.writer, job);
	exchange->is_credited |= job->is_cause;
	return err;
}

enum err exchange_write_pieces(struct exchange *exchange, struct pieces *pieces)
{
	const struct write_job job = pieces->job;
	enum err err;

	do {
		pieces->job = job;
		pieces->has_more = false;
		err = exchange_write(exchange, &pieces->job);
		if (!err && pieces->written)
			pieces->written(pieces);
	} while (!err && pieces->has_more);
	return err;
}

bool exchange_read(struct exchange *exchange, exchange_read_fn *look, void *ret,
		   const char *noun)
{
	struct store *store;
	enum err err = store_pool_take(exchange->api->store_pool, &store);

	if (!err) {
		err = look(exchange, store, ret);
		store_pool_give(exchange->api->store_pool, store);
	}
	if (err)
		respond_err(exchange, err, noun);
	return !err;
}

bool exchange_knows(struct exchange *exchange, const char *const *known)
{
	const char *stranger = params_unknown(&exchange->params, known);

	return !stranger ||
	       respond_bad_parameter(exchange, stranger, "is not known here");
}

bool exchange_number(struct exchange *exchange, const char *name, uint64_t max,
		     uint64_t *ret)
{
	const char *value = params_value(&exchange->params, name);
	uint64_t number;

	if (!value)
		return true;
	if (view_to_u64(view_of(value), max, &number) || !number) {
		respond_refusal(exchange, 400,
				arena_printf(exchange->arena,
					     "The value of %s must be a number "
					     "from 1 to %llu.",
					     name, (unsigned long long)max));
		return false;
	}
	*ret = number;
	return true;
}

bool exchange_time(struct exchange *exchange, const char *name, int64_t *ret)
{
	const char *value = params_value(&exchange->params, name);

	if (!value)
		return true;
	if (!time_parse(view_of(value), ret) && *ret > 0)
		return true;
	return respond_bad_parameter(
		exchange, name, "must be a time such as 2030-01-02T03:04:05Z");
}

bool exchange_aor(struct exchange *exchange, const char *name, const char **ret)
{
	const char *value = params_value(&exchange->params, name);

	return !value || !aor_read(exchange->arena, value, ret) ||
	       respond_bad_parameter(
		       exchange, name,
		       "must be an address such as sip:name@example.com");
}

bool exchange_scope(struct exchange *exchange, const char *name,
		    const char **ret)
{
	const char *value = params_value(&exchange->params, name);

	return !value || !scope_read(exchange->arena, value, ret) ||
	       respond_bad_parameter(
		       exchange, name,
		       "must be an address such as sip:name@example.com, "
		       "*@example.com, * or anonymous");
}

bool exchange_domain(struct exchange *exchange, const char **ret)
{
	const struct api_settings *settings = &exchange->api->settings;
	const char *value = params_value(&exchange->params, "domain");

	*ret = NULL;
	if (!value)
		return true;
	*ret = strcmp(value, settings->domain) == 0
		       ? ""
		       : domains_find(&settings->domains, view_of(value));
	return *ret || respond_bad_parameter(exchange, "domain",
					     "must be a domain of ours");
}

bool exchange_target(struct exchange *exchange, const char *name,
		     const char **ret)
{
	const char *value = params_value(&exchange->params, name);

	if (value && target_is_any(value))
		*ret = value;
	else if (value && aor_read(exchange->arena, value, ret))
		return respond_bad_parameter(
			exchange, name,
			"must be a URI such as sip:name@example.com, or *");
	return true;
}

bool exchange_recipient(struct exchange *exchange, const char *name,
			const char **ret)
{
	const char *value = params_value(&exchange->params, name);

	return !value || !recipient_key_read(exchange->arena, value, ret) ||
	       respond_bad_parameter(
		       exchange, name,
		       "must be a URI such as sip:name@example.com");
}

struct body_rules exchange_body_rules(const struct exchange *exchange)
{
	const struct api_settings *settings = &exchange->api->settings;

	return (struct body_rules){.ours = &settings->ours,
				   .lists = settings->lists,
				   .has_tls = settings->has_tls,
				   .allow_private_addresses =
					   settings->allow_private_addresses,
				   .refresh_s = settings->refresh_s,
				   .now = exchange->now};
}

bool exchange_if_match(const struct exchange *exchange, const char *etag)
{
	struct view said = text_view(&exchange->headers.if_match);

	return !said.len || etag_matches(said, etag);
}

const char *const *exchange_tags(const struct exchange *exchange)
{
	return etags_read(text_view(&exchange->headers.if_match),
			  exchange->arena);
}

const char *exchange_base(const struct exchange *exchange)
{
	struct view url = view_of(exchange->api->settings.public_url);

	while (url.len && url.at[url.len - 1] == '/')
		url.len--;
	return view_copy(exchange->arena, url);
}
