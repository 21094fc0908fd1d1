/* NOTIFY (RFC 6665 section 4.2.2). */
#include "server/subscription/subscription_private.h"

#include "server/sip/dialog_request.h"
#include "server/sip/message.h"
#include "server/sip/sip.h"

/** One NOTIFY on its way; all of it lives in the arena. */
struct notify {
	struct arena *arena;
	struct subscription *subscription;
	struct dialog_request request;
	struct leg_dialog dialog;
	struct leg_template template;
	struct leg leg;
};

/* Who watches has no say about others: only their own right to watch counts,
 * and that is asked before the body is written. */
static bool still_permitted(struct leg *leg)
{
	const struct notify *notify = leg->owner;
	const struct subscription *subscription = notify->subscription;

	return subscription->ending ||
	       subscription->package->may_still(subscription->package->arg,
						subscription->resource,
						&subscription->subscriber);
}

static void response(struct leg *leg, const struct message *message)
{
	struct notify *notify = leg->owner;

	if (message->status >= 200 && message->status < 300)
		dialog_refresh(notify->subscription->dialog, message);
}

static void ended(struct leg *leg)
{
	struct notify *notify = leg->owner;
	struct subscription *subscription = notify->subscription;
	int status = leg->status, retry_after_s = leg->retry_after_s;

	dialog_request_renumbered(subscription->dialog, VIEW("NOTIFY"),
				  leg->cseq);
	subscription->notify = NULL;
	arena_free(notify->arena);
	/* They lost the right while it waited to leave. */
	if (status == LEG_STATUS_WITHDRAWN)
		subscription_end(subscription, ENDING_REJECTED);
	else
		subscription_notified(subscription, status, retry_after_s);
}

static const char *const ending_names[ENDINGS] = {
	[ENDING_TIMEOUT] = "timeout",
	[ENDING_NORESOURCE] = "noresource",
	[ENDING_REJECTED] = "rejected",
	[ENDING_PROBATION] = "probation;retry-after=30",
};

static void add_state(const struct subscription *subscription,
		      struct text *lines)
{
	int64_t now_ms = loop_now_ms(subscription->notifier->loop);
	int64_t left_s = (subscription->ends_ms - now_ms + 999) / 1000;

	text_printf(lines, "Event: %s\r\n", subscription->event);
	if (subscription->ending)
		text_printf(lines,
			    "Subscription-State: terminated;reason=%s\r\n",
			    ending_names[subscription->ending]);
	else
		text_printf(lines,
			    "Subscription-State: active;expires=%lld\r\n",
			    (long long)(left_s > 0 ? left_s : 0));
}

/* Where there is nothing to be told any more, or nobody to be told, the body is
 * left out (section 4.2.2). */
static void write_body(struct subscription *subscription, struct text *body)
{
	const struct event_package *package = subscription->package;
	const struct event_notice notice = {.resource = subscription->resource,
					    .subscriber =
						    &subscription->subscriber,
					    .type = subscription->type,
					    .since = subscription->since,
					    .version = subscription->version};
	bool is_over = subscription->ending == ENDING_REJECTED ||
		       subscription->ending == ENDING_PROBATION;

	if (is_over)
		return;
	subscription->written = package->write(package->arg, &notice, body);
	if (body->len > EVENT_BODY_MAX)
		text_clear(body);
	if (body->len)
		subscription->version++;
}

static void write_template(struct notify *notify)
{
	struct leg_template *template = &notify->template;
	struct subscription *subscription = notify->subscription;
	struct text lines, body;

	text_init(&lines, notify->arena);
	text_init(&body, notify->arena);
	add_state(subscription, &lines);
	write_body(subscription, &body);
	*template = (struct leg_template){.method = "NOTIFY",
					  .from = "",
					  .from_tag = "-",
					  .max_forwards = 70,
					  .headers = text_view(&lines),
					  .body = text_view(&body)};
	if (body.len)
		template->content = view_of(arena_printf(notify->arena,
							 "Content-Type: %s\r\n",
							 subscription->type));
}

static void fill_leg(struct notify *notify)
{
	const struct dialog_request *request = &notify->request;

	notify->dialog = (struct leg_dialog){.to = request->to,
					     .from = request->from,
					     .routes = request->routes,
					     .next_hop = request->next_hop};
	notify->leg = (struct leg){.template = &notify->template,
				   .request_uri = request->request_uri,
				   .call_id = request->call_id,
				   .cseq = request->cseq,
				   .still_permitted = still_permitted,
				   .ended = ended,
				   .response = response,
				   .owner = notify,
				   .dialog = &notify->dialog,
				   .contact = notify->subscription->contact};
}

/* Is there anything to be told?  After a SUBSCRIBE, and at the end, always. */
static bool says_something(const struct notify *notify)
{
	const struct subscription *subscription = notify->subscription;

	return !subscription->since || subscription->ending ||
	       notify->template.body.len;
}

enum err notify_send(struct subscription *subscription)
{
	struct arena *arena = arena_new(0);
	struct notify *notify = arena_alloc(arena, sizeof(*notify));
	const struct event_package *package = subscription->package;
	enum err err;

	notify->arena = arena;
	notify->subscription = subscription;
	if (!subscription->ending &&
	    !package->may_still(package->arg, subscription->resource,
				&subscription->subscriber)) {
		subscription->ending = ENDING_REJECTED;
		loop_timer_clear(subscription->notifier->loop,
				 &subscription->expiry);
	}
	write_template(notify);
	if (!says_something(notify)) {
		arena_free(arena);
		return ERR_OK;
	}
	err = dialog_request_make(subscription->dialog, "NOTIFY", arena,
				  &notify->request);
	if (err != ERR_OK) {
		arena_free(arena);
		return err;
	}
	fill_leg(notify);
	subscription->notify = notify;
	sip_send(subscription->notifier->settings.sip, &notify->leg);
	return ERR_OK;
}

void notify_drop(struct subscription *subscription)
{
	struct notify *notify = subscription->notify;

	if (!notify)
		return;
	sip_drop(subscription->notifier->settings.sip, &notify->leg);
	arena_free(notify->arena);
	subscription->notify = NULL;
}
