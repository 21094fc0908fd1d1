/* The life of one subscription (RFC 6665 section 4.2). */
#include "server/subscription/subscription_private.h"

#include "server/sip/dialog_table.h"
#include "server/sip/sip.h"

/** A NOTIFY that gets a refusal which ends nothing is sent again after so many
 *  ms, and so often. */
#define AGAIN_MS 5000
#define AGAIN_MOST 3

static void expire(void *arg)
{
	subscription_end(arg, ENDING_TIMEOUT);
}

/* Tell what there is to tell, now or as soon as it is its turn. */
static void tell(struct subscription *subscription)
{
	if (!subscription->is_due || subscription->notify ||
	    (subscription->is_paced && !subscription->ending))
		return;
	subscription->is_due = false;
	if (notify_send(subscription) != ERR_OK)
		subscription_free(subscription);
}

static void pace_is_over(void *arg)
{
	struct subscription *subscription = arg;

	subscription->is_paced = false;
	tell(subscription);
}

static void pace(struct subscription *subscription, int64_t in_ms)
{
	subscription->is_paced = true;
	loop_timer_set(subscription->notifier->loop, &subscription->pace,
		       in_ms);
}

static void copy_subscriber(struct subscription *subscription,
			    const struct identity *subscriber)
{
	struct identity *own = &subscription->subscriber;

	own->method = subscriber->method;
	for (size_t i = 0; i < 2 && subscriber->aor[i]; i++)
		own->aor[i] = subscription->aors[i] =
			mem_strdup(subscriber->aor[i]);
}

struct subscription *subscription_new(struct notifier *notifier,
				      const struct event_package *package,
				      const struct identity *subscriber)
{
	struct subscription *subscription = mem_alloc(sizeof(*subscription));

	subscription->notifier = notifier;
	subscription->package = package;
	copy_subscriber(subscription, subscriber);
	loop_timer_init(&subscription->expiry, expire, subscription);
	loop_timer_init(&subscription->pace, pace_is_over, subscription);
	LIST_INSERT_HEAD(&notifier->all, subscription, link);
	notifier->n++;
	return subscription;
}

void subscription_begin(struct subscription *subscription,
			struct dialog *dialog)
{
	struct sip *sip = subscription->notifier->settings.sip;

	subscription->dialog = dialog;
	subscription->owner =
		(struct dialog_usage_owner){subscription_receive, subscription};
	dialog->owner = &subscription->owner;
	dialog_confirm(dialog);
	dialog_table_add(sip_dialogs(sip), dialog);
}

void subscription_free(struct subscription *subscription)
{
	struct notifier *notifier = subscription->notifier;

	notify_drop(subscription);
	loop_timer_clear(notifier->loop, &subscription->expiry);
	loop_timer_clear(notifier->loop, &subscription->pace);
	if (subscription->dialog)
		dialog_table_remove(sip_dialogs(notifier->settings.sip),
				    subscription->dialog);
	dialog_free(subscription->dialog);
	LIST_REMOVE(subscription, link);
	notifier->n--;
	for (size_t i = 0; i < 2; i++)
		free(subscription->aors[i]);
	free(subscription->resource);
	free(subscription->contact);
	free(subscription->event);
	free(subscription);
}

/* A SUBSCRIBE gets a NOTIFY at once, whatever the pace (section 4.2.1.2). */
static void tell_all(struct subscription *subscription)
{
	subscription->since = 0;
	subscription->is_due = true;
	subscription->is_paced = false;
	loop_timer_clear(subscription->notifier->loop, &subscription->pace);
	tell(subscription);
}

void subscription_extend(struct subscription *subscription, int expires_s)
{
	struct loop *loop = subscription->notifier->loop;
	int64_t in_ms = (int64_t)expires_s * 1000;

	if (!expires_s) {
		subscription_end(subscription, ENDING_TIMEOUT);
		return;
	}
	subscription->ends_ms = loop_now_ms(loop) + in_ms;
	loop_timer_set(loop, &subscription->expiry, in_ms);
	tell_all(subscription);
}

/* The first reason stays. */
void subscription_end(struct subscription *subscription, enum ending ending)
{
	if (subscription->ending)
		return;
	subscription->ending = ending;
	loop_timer_clear(subscription->notifier->loop, &subscription->expiry);
	tell_all(subscription);
}

void subscription_stir(struct subscription *subscription)
{
	subscription->is_due = true;
	tell(subscription);
}

/* It did not arrive: what it said has to be said again, if somebody is there at
 * all. */
static void try_again(struct subscription *subscription, int retry_after_s)
{
	int64_t in_ms = (int64_t)retry_after_s * 1000;

	subscription->n_failed++;
	subscription->since = 0;
	subscription->is_due = true;
	pace(subscription, in_ms > AGAIN_MS ? in_ms : AGAIN_MS);
}

static bool has_arrived(int status)
{
	return status >= 200 && status < 300;
}

/* Section 4.2.2, and RFC 5057 section 5.1 for what ends it.  A redirection is
 * not followed: the subscriber can subscribe from there. */
void subscription_notified(struct subscription *subscription, int status,
			   int retry_after_s)
{
	enum dialog_effect effect = dialog_effect(VIEW("NOTIFY"), status);

	if (has_arrived(status)) {
		subscription->since = subscription->written;
		subscription->n_failed = 0;
		if (!subscription->ending)
			pace(subscription, subscription->package->pace_ms);
	}
	if (subscription->ending && !subscription->is_due)
		subscription_free(subscription);
	else if (has_arrived(status))
		tell(subscription);
	else if (effect != DIALOG_EFFECT_NONE || status < 400 ||
		 subscription->n_failed >= AGAIN_MOST)
		subscription_free(subscription);
	else
		try_again(subscription, retry_after_s);
}
