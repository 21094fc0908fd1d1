#include "api/handlers.h"

#include "api/shape.h"

void healthz_get(struct call *call)
{
	json_t *answer = json_object();

	shape_put(answer, "status", json_string("alive"));
	answer_json(call, 200, answer);
}

void readyz_get(struct call *call)
{
	const struct api_settings *settings = &call->api->settings;
	const char *why = NULL;

	if (settings->not_ready)
		why = settings->not_ready(settings->arg);
	if (!why && !writer_is_healthy(settings->writer))
		why = arena_printf(
			call->arena, "the store cannot be written: %s",
			writer_problem(settings->writer, call->arena));
	if (!why && !writer_has_room(settings->writer))
		why = "the disk has less room than `min-free`: new requests "
		      "are refused";
	if (why) {
		answer_fault(call, &(struct fault){.status = 503,
						   .reason = "not-ready",
						   .detail = why,
						   .retry_after_s = 5});
		return;
	}
	json_t *answer = json_object();

	shape_put(answer, "status", json_string("ready"));
	answer_json(call, 200, answer);
}

static const char openapi[] =
#include "api/openapi_text.h"
	;

void openapi_get(struct call *call)
{
	answer_content(call, "application/yaml",
		       (struct view){openapi, sizeof(openapi) - 1});
}
