#include "api/told.h"

#include "api/exchange.h"
#include "server/base/log.h"

bool told_begin(struct exchange *exchange, struct told *ret)
{
	const struct api_settings *settings = &exchange->api->settings;

	*ret = (struct told){.token = ADMIN_TOKEN_NAME,
			     .per_day = (uint64_t)settings->told_per_day};
	if (settings->deny_for_recipients)
		return true;
	respond_problem(
		exchange,
		&(struct problem){
			.status = 403,
			.reason = "deny-for",
			.detail = "Denies that a recipient told you are not "
				  "recorded here: http { deny-for-recipients "
				  "} is no. A deny of your own (origin admin) "
				  "is."});
	return false;
}

void respond_told_too_many(struct exchange *exchange, const struct told *told)
{
	respond_problem(
		exchange,
		&(struct problem){
			.status = 429,
			.reason = "told-limit",
			.retry_after_s = (int)told->wait_s,
			.detail = arena_printf(
				exchange->arena,
				"The token %s has recorded %llu denies in the "
				"name of recipients today: http { "
				"denies-for-recipients-per-day } allows no "
				"more. A recipient's own reply has no limit.",
				told->token,
				(unsigned long long)told->per_day)});
}

void respond_told_unwritten(struct exchange *exchange)
{
	respond_problem(
		exchange,
		&(struct problem){
			.status = 503,
			.reason = "store",
			.retry_after_s = 5,
			.detail = "The deny could not be written. It may hold "
				  "until the relay ends, and no longer: repeat "
				  "the request."});
}

const char *told_log_text(const struct exchange *exchange,
			  const struct permission *row)
{
	if (!row->recorded_by)
		return "";
	return arena_printf(exchange->arena, " recorded-by=%s evidence=%s",
			    log_text(row->recorded_by),
			    log_text(row->evidence));
}
