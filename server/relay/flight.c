/* Legs in flight: what each of them needs of its own. */
#include "server/base/secret.h"
#include "server/relay/fanout_private.h"

static struct stored_recipient *stored_recipient_of(const struct try *try)
{
	return &try->fanout->accepted->stored[try->place];
}

static bool is_permitted_at(const struct try *try, int64_t now)
{
	const struct relays_settings *relays =
		try->fanout->fanouts->settings.relays;

	return index_pass(relays->index, try->fanout->query, try->user.key, now,
			  &stored_recipient_of(try)->pass) == VERDICT_GRANTED;
}

bool try_is_permitted(const struct try *try)
{
	return is_permitted_at(
		try, loop_wall_s(try->fanout->fanouts->settings.relays->loop));
}

/* On any thread: the pass is this leg's alone while it is in flight, all else
 * does not change.  The loop may have slept for long: its time is not now. */
static bool still_permitted(struct leg *leg)
{
	return is_permitted_at(((struct flight *)(void *)leg)->try,
			       wall_now_s());
}

/* The space before the trigger's parameter is of RFC 5360's grammar: the URI
 * has no parameters of its own. */
void flights_prepare(struct fanout *fanout)
{
	const struct relays_settings *relays = fanout->fanouts->settings.relays;
	const char *domain = relays->domain, *host = relays->consent_host;
	struct arena *arena = fanout->accepted->arena;
	struct text call_id, trigger;

	text_init(&call_id, arena);
	text_add(&call_id, "@");
	text_add(&call_id, domain);
	text_init(&trigger, arena);
	text_add(&trigger, "@");
	text_add(&trigger, host ? host : domain);
	text_add(&trigger, " ;target-uri=\"");
	text_add(&trigger, fanout->accepted->envelope.target);
	text_add(&trigger, "\"");
	fanout->call_id_end = (struct view){call_id.at, call_id.len + 1};
	fanout->trigger_end = (struct view){trigger.at, trigger.len + 1};
}

static char *add_bytes(char *to, const void *at, size_t len)
{
	return (char *)memcpy(to, at, len) + len;
}

static char *add_call_id(char *to, const struct try *try)
{
	const struct fanout *fanout = try->fanout;

	envelope_call_id(&fanout->accepted->envelope, try->place, to);
	return add_bytes(to + ENVELOPE_CALL_ID_LEN, fanout->call_id_end.at,
			 fanout->call_id_end.len);
}

#define TRIGGER_BEGIN VIEW("sip:")
#define TRIGGER_USER_LEN (2 + TOKEN_HEX)

/* RFC 5360 section 5.1.2: how the recipient takes the permission back without
 * having kept anything. */
static void add_trigger(char *to, const struct try *try)
{
	const struct fanout *fanout = try->fanout;
	const struct relays_settings *relays = fanout->fanouts->settings.relays;
	struct token token = secret_trigger(relays->secret,
					    stored_recipient_of(try)->pass.row);

	to = add_bytes(to, TRIGGER_BEGIN.at, TRIGGER_BEGIN.len);
	token_format(TOKEN_TRIGGER, &token, to);
	add_bytes(to + TRIGGER_USER_LEN, fanout->trigger_end.at,
		  fanout->trigger_end.len);
}

/* One block with its texts: there are as many as legs. */
static struct flight *flight_take(struct fanout *fanout)
{
	struct flight *flight = fanout->spares;

	if (flight) {
		fanout->spares = flight->next;
		return flight;
	}
	return mem_take(sizeof(*flight) + ENVELOPE_CALL_ID_LEN +
			fanout->call_id_end.len + TRIGGER_BEGIN.len +
			TRIGGER_USER_LEN + fanout->trigger_end.len);
}

struct flight *flight_new(struct try *try)
{
	struct fanout *fanout = try->fanout;
	struct fanouts *fanouts = fanout->fanouts;
	struct flight *flight = flight_take(fanout);
	char *trigger = add_call_id(flight->texts, try);

	add_trigger(trigger, try);
	flight->try = try;
	flight->previous = NULL;
	flight->next = fanouts->flights;
	if (flight->next)
		flight->next->previous = flight;
	fanouts->flights = flight;
	flight->leg = (struct leg){
		.template = &fanout->template,
		.request_uri = stored_recipient_of(try)->uri,
		.call_id = flight->texts,
		.cseq = try->cseq + 1,
		.max_breadth = fanout->accepted->envelope.breadth.share,
		.trigger = trigger,
		.still_permitted = still_permitted,
		.any_thread = true,
		.owner = fanout};
	return flight;
}

void flight_free(struct flight *flight)
{
	struct fanout *fanout = flight->try->fanout;
	struct fanouts *fanouts = fanout->fanouts;

	if (flight->previous)
		flight->previous->next = flight->next;
	else
		fanouts->flights = flight->next;
	if (flight->next)
		flight->next->previous = flight->previous;
	flight->next = fanout->spares;
	fanout->spares = flight;
}

void flights_release(struct fanout *fanout)
{
	while (fanout->spares) {
		struct flight *next = fanout->spares->next;

		free(fanout->spares);
		fanout->spares = next;
	}
}
