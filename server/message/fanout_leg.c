/* Legs in flight: what each of them needs of its own. */
#include "server/base/secret.h"
#include "server/message/fanout_private.h"

static struct stored_recipient *
stored_recipient_of(const struct attempt *attempt)
{
	return &attempt->fanout->accepted->stored[attempt->place];
}

/* Who was taken out of a stored list gets nothing more by it, also where a
 * wider permission would let it through, and nobody once it is removed: another
 * list may have its name by then.  Few lists change while they are sent to. */
static bool is_still_in(const struct attempt *attempt)
{
	const struct accepted_request *accepted = attempt->fanout->accepted;
	const struct list_table *lists =
		attempt->fanout->fanouts->settings.messages->stored;
	int64_t list = accepted->envelope.list;
	const struct list_image *now;
	bool is_in;

	if (list == 0)
		return true; /* its recipients came with it */
	now = lists ? list_table_get(lists, accepted->entry.target) : NULL;
	if (!now)
		return list == ENVELOPE_LIST_UNKNOWN;
	is_in = now == accepted->image ||
		((now->id == list || list == ENVELOPE_LIST_UNKNOWN) &&
		 list_image_has(now, attempt->user.key));
	list_image_release(now);
	return is_in;
}

static enum verdict decide_at(const struct attempt *attempt, int64_t now)
{
	const struct messages_settings *messages =
		attempt->fanout->fanouts->settings.messages;
	enum verdict verdict = index_decide_cached(
		messages->index, attempt->fanout->query, attempt->user.key, now,
		&stored_recipient_of(attempt)->cached);

	return is_still_in(attempt) ? verdict : VERDICT_MISSING;
}

enum verdict attempt_decide(const struct attempt *attempt)
{
	const struct messages_settings *messages =
		attempt->fanout->fanouts->settings.messages;
	enum verdict verdict = decide_at(attempt, loop_wall_s(messages->loop));

	if (verdict == VERDICT_UNTOLD && messages->untold)
		messages->untold(messages->untold_arg,
				 stored_recipient_of(attempt)->cached.row);
	return verdict;
}

/* On any thread: the cached grant is this leg's alone while it is in flight,
 * all else does not change.  The loop may have slept for long: its time is not
 * now. */
static bool still_permitted(struct leg *leg)
{
	return decide_at(((struct fanout_leg *)(void *)leg)->attempt,
			 wall_now_s()) == VERDICT_GRANTED;
}

#define TRIGGER_USER_LEN (2 + TOKEN_HEX)

static struct view trigger_end(const struct fanout *fanout,
			       enum uri_scheme scheme)
{
	const struct messages_settings *messages =
		fanout->fanouts->settings.messages;
	const struct consent_base base =
		consent_base_of(&messages->places, messages->domain,
				fanout->accepted->entry.target, scheme);
	struct text trigger;

	text_init(&trigger, fanout->accepted->arena);
	trigger_consent_end(&base, fanout->accepted->envelope.target, &trigger);
	return (struct view){trigger.at, trigger.len + 1};
}

void fanout_legs_prepare(struct fanout *fanout)
{
	const struct messages_settings *messages =
		fanout->fanouts->settings.messages;
	struct text call_id;
	size_t longest;

	text_init(&call_id, fanout->accepted->arena);
	text_add(&call_id, "@");
	text_add(&call_id,
		 domains_name(&messages->places.domains, messages->domain,
			      fanout->accepted->entry.target));
	fanout->call_id_end = (struct view){call_id.at, call_id.len + 1};
	fanout->trigger_end = trigger_end(fanout, URI_SIP);
	fanout->trigger_end_secure = trigger_end(fanout, URI_SIPS);
	longest = fanout->trigger_end.len > fanout->trigger_end_secure.len
			  ? fanout->trigger_end.len
			  : fanout->trigger_end_secure.len;
	fanout->leg_size = sizeof(struct fanout_leg) + ENVELOPE_CALL_ID_LEN +
			   fanout->call_id_end.len +
			   consent_scheme(URI_SIPS).len + TRIGGER_USER_LEN +
			   longest;
}

static char *add_bytes(char *to, const void *at, size_t len)
{
	return (char *)memcpy(to, at, len) + len;
}

static char *add_call_id(char *to, const struct attempt *attempt)
{
	const struct fanout *fanout = attempt->fanout;

	envelope_call_id(&fanout->accepted->envelope, attempt->place, to);
	return add_bytes(to + ENVELOPE_CALL_ID_LEN, fanout->call_id_end.at,
			 fanout->call_id_end.len);
}

/* RFC 5360 section 5.1.2: how the recipient takes the permission back without
 * having kept anything. */
static void add_trigger(char *to, const struct attempt *attempt)
{
	const struct fanout *fanout = attempt->fanout;
	const struct messages_settings *messages =
		fanout->fanouts->settings.messages;
	const struct stored_recipient *recipient = stored_recipient_of(attempt);
	struct token token =
		secret_trigger(messages->secret, recipient->cached.row);
	bool is_sips = uri_is_sips(view_of(recipient->uri));
	struct view begin = consent_scheme(is_sips ? URI_SIPS : URI_SIP);
	struct view end =
		is_sips ? fanout->trigger_end_secure : fanout->trigger_end;

	to = add_bytes(to, begin.at, begin.len);
	token_format(TOKEN_TRIGGER, &token, to);
	add_bytes(to + TRIGGER_USER_LEN, end.at, end.len);
}

/* One block with its texts: there are as many as legs. */
static struct fanout_leg *fanout_leg_take(struct fanout *fanout)
{
	/* Not of a very long target. */
	bool is_pooled = fanout->leg_size <= FANOUT_LEG_SIZE;
	struct fanout_leg *fanout_leg =
		is_pooled ? block_pool_take(&fanout->fanouts->leg_pool)
			  : mem_take(fanout->leg_size);

	fanout_leg->is_pooled = is_pooled;
	return fanout_leg;
}

struct fanout_leg *fanout_leg_new(struct attempt *attempt)
{
	struct fanout *fanout = attempt->fanout;
	struct fanouts *fanouts = fanout->fanouts;
	struct fanout_leg *fanout_leg = fanout_leg_take(fanout);
	char *trigger = add_call_id(fanout_leg->texts, attempt);

	add_trigger(trigger, attempt);
	fanout_leg->fanouts = fanouts;
	fanout_leg->attempt = attempt;
	fanout_leg->previous = NULL;
	fanout_leg->next = fanouts->legs;
	if (fanout_leg->next)
		fanout_leg->next->previous = fanout_leg;
	fanouts->legs = fanout_leg;
	fanout_leg->leg = (struct leg){
		.template = &fanout->template,
		.request_uri = stored_recipient_of(attempt)->uri,
		.call_id = fanout_leg->texts,
		.cseq = attempt->cseq + 1,
		.max_breadth = fanout->accepted->envelope.breadth.share,
		.trigger = trigger,
		.still_permitted = still_permitted,
		.any_thread = true,
		.owner = fanout};
	return fanout_leg;
}

/* The fan-out may be gone by now. */
void fanout_leg_free(struct fanout_leg *fanout_leg)
{
	struct fanouts *fanouts = fanout_leg->fanouts;

	if (fanout_leg->previous)
		fanout_leg->previous->next = fanout_leg->next;
	else
		fanouts->legs = fanout_leg->next;
	if (fanout_leg->next)
		fanout_leg->next->previous = fanout_leg->previous;
	if (fanout_leg->is_pooled)
		block_pool_give(&fanouts->leg_pool, fanout_leg);
	else
		free(fanout_leg);
}
