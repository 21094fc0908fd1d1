#include "api/explain_limit.h"

#include "api/conference_order.h"

struct limit_look {
	struct conferences *conferences;
	const char *sender;
};

static void limit_run(struct loop_call *call, void *arg)
{
	struct limit_look *look = arg;
	struct arena *arena = loop_call_arena(call);
	struct conference_limit *limit = NULL;

	if (arena) {
		limit = arena_alloc(arena, sizeof(*limit));
		*limit = conferences_limit(look->conferences, look->sender, 1);
	}
	loop_call_done(call, limit);
}

bool call_limit_find(struct exchange *exchange, const char *sender,
		     struct call_limit *ret)
{
	struct limit_look look = {exchange->api->settings.conferences, sender};
	const struct loop_order order = {limit_run, &look};
	const struct conference_limit *limit;
	const void *found;

	*ret = (struct call_limit){0};
	if (!look.conferences)
		return true;
	if (!exchange_loop(exchange, &order, &found))
		return false;
	limit = found;
	ret->status = limit->status;
	if (limit->status)
		ret->text = arena_printf(
			exchange->arena,
			"limits of calls (conference { }, volens.conf(5)): %s",
			phrase_sentence(exchange->arena, limit->reason));
	return true;
}

struct allowance_left sender_allowance(const struct exchange *exchange,
				       const struct explain_body *body)
{
	struct allowances *allowances = exchange->api->settings.allowances;

	const char *domain =
		domains_of(&exchange->api->settings.domains, body->target);

	if (!allowances || !body->sender)
		return (struct allowance_left){-1, -1};
	return allowances_left(
		allowances,
		allowance_name(exchange->arena, body->sender, domain),
		monotonic_now_ms());
}
