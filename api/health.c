#include "api/handlers.h"

#include "api/json.h"

#define CREDENTIALS_WARN_S 3600

void healthz_get(struct exchange *exchange)
{
	json_t *document = json_object();

	json_put(document, "status", json_string("alive"));
	respond_json(exchange, 200, document);
}

/** Of late.  It does not make the relay unready: any recipient's phone can
 *  say so. */
static bool wants_credentials(const struct exchange *exchange)
{
	struct counters *counters = exchange->api->settings.counters;
	int64_t at = atomic_load_explicit(&counters->gauges[GAUGE_CREDENTIALS],
					  memory_order_relaxed);

	return at && exchange->now - at < CREDENTIALS_WARN_S;
}

void readyz_get(struct exchange *exchange)
{
	const struct api_settings *settings = &exchange->api->settings;
	const char *why = NULL;

	if (settings->not_ready)
		why = settings->not_ready(settings->arg);
	if (!why && !writer_is_healthy(settings->writer))
		why = arena_printf(
			exchange->arena, "the store cannot be written: %s",
			writer_problem(settings->writer, exchange->arena));
	if (!why && !writer_has_room(settings->writer))
		why = "the disk has less room than `min-free`: new requests "
		      "are refused";
	if (why) {
		respond_problem(exchange,
				&(struct problem){.status = 503,
						  .reason = "not-ready",
						  .detail = why,
						  .retry_after_s = 5});
		return;
	}
	json_t *document = json_object();

	json_put(document, "status", json_string("ready"));
	if (wants_credentials(exchange))
		json_put(document, "warning",
			 json_string("A next hop answered 401 or 407: it "
				     "wants credentials, and there are none. "
				     "What is for it waits."));
	respond_json(exchange, 200, document);
}

static const char openapi[] =
#include "api/openapi_text.h"
	;

/* The description says where it is served: the one line that depends on the
 * settings. */
void openapi_get(struct exchange *exchange)
{
	static const struct view here = VIEW("\n  - url: /\n");
	struct view text = {openapi, sizeof(openapi) - 1};
	size_t at = view_find_view(text, here, 0);
	const char *base = exchange_base(exchange);
	struct text all;

	if (at == SIZE_MAX || !*base) {
		respond_content(exchange, "application/yaml", text);
		return;
	}
	text_init(&all, exchange->arena);
	text_add_view(&all, view_head(text, at));
	text_printf(&all, "\n  - url: \"%s\"\n", base);
	text_add_view(&all, view_from(text, at + here.len));
	respond_content(exchange, "application/yaml", text_view(&all));
}
