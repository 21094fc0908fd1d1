/* What the query of an import says. */
#include "api/import_request.h"

#include "api/list_call.h"
#include "api/terms.h"
#include "api/time_format.h"

static bool flag_read(struct exchange *exchange, const char *name, bool *ret)
{
	const char *value = params_value(&exchange->params, name);

	if (value && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		return respond_bad_parameter(exchange, name,
					     "must be true or false");
	*ret = value && strcmp(value, "true") == 0;
	return true;
}

static bool service_read(struct exchange *exchange, struct import *batch)
{
	if (!exchange_scope(exchange, "sender", &batch->sender) ||
	    !exchange_target(exchange, "target", &batch->target))
		return false;
	if (batch->mode == IMPORT_STOP) { /* whoever sends, by whatever */
		batch->sender = batch->sender ? batch->sender : "anonymous";
		batch->target = batch->target ? batch->target : "*";
	}
	if (!batch->sender)
		return respond_bad_parameter(exchange, "sender", "is missing");
	return batch->target ||
	       respond_bad_parameter(exchange, "target", "is missing");
}

/** To a stored list, or from a sender by a service. */
static bool target_read(struct exchange *exchange, struct import *batch)
{
	batch->list = params_value(&exchange->params, "list");
	if (!batch->list)
		return service_read(exchange, batch);
	if (params_value(&exchange->params, "sender") ||
	    params_value(&exchange->params, "target"))
		return respond_bad_parameter(
			exchange, "list",
			"stands alone: a list has its own target and senders");
	batch->target = list_at_is_fine(batch->list)
				? list_uri_of(exchange, batch->list)
				: NULL;
	if (batch->target)
		return true;
	respond_err(exchange, ERR_UNKNOWN, LIST_NOUN);
	return false;
}

static bool mode_read(struct exchange *exchange, struct import_rules *rules,
		      struct import *batch)
{
	const char *mode = params_value(&exchange->params, "mode");

	if (!mode || !import_mode_from(mode, &batch->mode))
		return respond_bad_parameter(exchange, "mode",
					     "must be ask, granted or stop");
	rules->mode = batch->mode;
	return true;
}

static bool term_param_read(struct exchange *exchange,
			    struct import_rules *rules)
{
	const char *term = params_value(&exchange->params, "term");

	rules->has_term = term != NULL;
	if (term && term_parse(term, &rules->term_s))
		return respond_bad_parameter(exchange, "term",
					     "must be " TERM_WORDS);
	if (term && rules->expires_at >= 0)
		return respond_bad_parameter(
			exchange, "term",
			"is there with expires_at: only one of them can be");
	return true;
}

/** A stop list says no to all of it, for good, and nothing stands against that.
 */
static bool stop_fits(struct exchange *exchange)
{
	static const char *const others[] = {"kinds", "expires_at", "term",
					     "skip_denied"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (params_value(&exchange->params, others[i]))
			return respond_bad_parameter(
				exchange, others[i],
				"is not for a stop list: its noes are to all "
				"kinds, have no end, and are never refused");
	return true;
}

/** What holds for all lines. */
static bool rules_read(struct exchange *exchange, struct import_rules *rules)
{
	const char *kinds = params_value(&exchange->params, "kinds");
	const char *end = params_value(&exchange->params, "expires_at");
	const char *evidence = params_value(&exchange->params, "evidence");
	struct problem problem;

	if (evidence && strlen(evidence) > EVIDENCE_MAX)
		return respond_bad_parameter(exchange, "evidence",
					     "is too long");
	rules->evidence =
		evidence && view_trim(view_of(evidence)).len ? evidence : NULL;
	if (kinds &&
	    kinds_words_read(kinds, exchange->arena, &rules->kinds, &problem))
		return respond_bad_parameter(
			exchange, "kinds",
			"must be words such as message or call, with a blank "
			"between two");
	rules->expires_at = -1;
	if (end && rules->mode == IMPORT_ASK)
		return respond_bad_parameter(
			exchange, "expires_at",
			"is for what is granted: who is asked has a term");
	if (end && (time_parse(view_of(end), &rules->expires_at) ||
		    rules->expires_at <= exchange->now))
		return respond_bad_parameter(
			exchange, "expires_at",
			"must be an RFC 3339 date and time to come");
	return term_param_read(exchange, rules);
}

bool import_request_read(struct exchange *exchange, struct import_request *ret)
{
	static const char *const known[] = {
		"list",	       "sender", "target",     "mode",
		"evidence",    "kinds",	 "expires_at", "dry_run",
		"skip_denied", "term",	 NULL};
	const struct api_settings *settings = &exchange->api->settings;
	struct import_order *order = &ret->order;
	struct view key = VIEW_NONE;

	if (!exchange_knows(exchange, known) ||
	    !mode_read(exchange, &ret->rules, &order->batch) ||
	    !target_read(exchange, &order->batch) ||
	    (order->batch.mode == IMPORT_STOP && !stop_fits(exchange)) ||
	    !rules_read(exchange, &ret->rules) ||
	    !flag_read(exchange, "dry_run", &order->is_dry) ||
	    !flag_read(exchange, "skip_denied", &order->skips_denied))
		return false;
	if (exchange->headers.n_key == 1 &&
	    !idempotency_key_read(exchange->headers.key, &key))
		order->batch.key = view_copy(exchange->arena, key);
	order->batch.created_at = exchange->now;
	order->entries_most = settings->list_limits.entries;
	order->asking = &settings->asking;
	order->per_second = settings->questions_per_second;
	ret->rules.body = exchange_body_rules(exchange);
	ret->rules.body.lists = NULL; /* the store names these lines */
	return true;
}
