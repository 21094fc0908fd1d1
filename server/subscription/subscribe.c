/* SUBSCRIBE, and whatever else comes in the dialog of a subscription (RFC 6665
 * section 4.2.1). */
#include "server/subscription/subscription_private.h"

#include "server/base/mime.h"
#include "server/base/random.h"
#include "server/sip/respond.h"
#include "server/sip/server_txn.h"

#define HOUR_S 3600
#define EVENT_MAX 128	      /**< bytes of an Event that is kept */
#define FIRST_CSEQ 0x3fffffff /**< a random one under 2**30 */

/** What is said of one SUBSCRIBE. */
struct answer {
	int status;
	int expires_s;	    /**< 200 */
	int retry_after_s;  /**< 503 */
	struct header more; /**< name.len 0: none */
	char number[16];    /**< room for its value */
};

static bool refuse(struct answer *answer, int status)
{
	answer->status = status;
	return false;
}

static bool refuse_with(struct answer *answer, int status, struct view name,
			struct view value)
{
	answer->more = (struct header){name, value};
	return refuse(answer, status);
}

static struct view event_type(struct view event)
{
	return view_trim(view_head(event, view_find(event, ';', 0)));
}

static const struct event_package *find_package(struct notifier *notifier,
						struct answer *answer)
{
	struct view event = message_value(notifier->message, FIELD_EVENT);
	const struct event_package *package =
		notifier_find(notifier, event_type(event));

	if (notifier->message->count[FIELD_EVENT] > 1 ||
	    event.len > EVENT_MAX) {
		refuse(answer, 400);
		return NULL;
	}
	if (!package)
		refuse_with(answer, 489, VIEW("Allow-Events"),
			    text_view(&notifier->names));
	return package;
}

static bool range_takes(struct view range, const char *type)
{
	size_t slash = view_find(view_of(type), '/', 0);
	struct view head = view_head(range, slash + 1);

	if (mime_type_is(range, "*/*") || mime_type_is(range, type))
		return true;
	return view_equal_nocase(head, view_head(view_of(type), slash + 1)) &&
	       view_starts_nocase(view_from(range, slash + 1), VIEW("*"));
}

/* Without Accept it is the package's own (section 3.1.3). */
static const char *choose_type(const struct event_package *package,
			       const struct message *message)
{
	struct items items = {0};
	struct view range;

	if (!message->count[FIELD_ACCEPT])
		return package->types[0];
	while (message_next_item(message, FIELD_ACCEPT, &items, &range))
		for (size_t i = 0; package->types[i]; i++)
			if (range_takes(range, package->types[i]))
				return package->types[i];
	return NULL;
}

/* 423 only for what is under an hour as well (section 4.2.1.1); the response
 * never says more than was asked for. */
static bool choose_expires(const struct event_package *package,
			   const struct message *message, struct answer *answer)
{
	struct view value = message_value(message, FIELD_EXPIRES);
	uint64_t asked = (uint64_t)package->usual_s;

	if (message->count[FIELD_EXPIRES] &&
	    view_to_u64(value, UINT32_MAX, &asked) != ERR_OK)
		return refuse(answer, 400);
	if (asked && asked < HOUR_S && asked < (uint64_t)package->least_s) {
		snprintf(answer->number, sizeof(answer->number), "%d",
			 package->least_s);
		return refuse_with(answer, 423, VIEW("Min-Expires"),
				   view_of(answer->number));
	}
	answer->expires_s = asked > (uint64_t)package->most_s ? package->most_s
							      : (int)asked;
	return true;
}

static bool is_same_subscriber(const struct identity *a,
			       const struct identity *b)
{
	return a->aor[0] && b->aor[0] && strcmp(a->aor[0], b->aor[0]) == 0;
}

/* Strangers, where a package takes them, count as one. */
static bool has_room(const struct notifier *notifier,
		     const struct identity *who)
{
	const struct subscription *at;
	size_t n = 0;

	LIST_FOREACH(at, &notifier->all, link)
	n += is_same_subscriber(&at->subscriber, who) ||
	     (!at->subscriber.aor[0] && !who->aor[0]);
	return notifier->n < notifier->settings.subscriptions_max &&
	       n < notifier->settings.subscriber_max;
}

static int status_of(enum err err)
{
	if (err == ERR_AUTHENTICATE)
		return 401;
	return err == ERR_UNKNOWN ? 404 : 403;
}

/** A SUBSCRIBE on its way to a subscription. */
struct subscribe {
	struct notifier *notifier;
	struct request *request;
	const struct event_package *package;
	const char *type, *resource;
	struct answer answer;
};

static bool check(struct subscribe *subscribe)
{
	struct notifier *notifier = subscribe->notifier;
	struct answer *answer = &subscribe->answer;
	struct event_access access;

	message_read(notifier->message, subscribe->request->bytes);
	subscribe->package = find_package(notifier, answer);
	if (!subscribe->package)
		return false;
	if (subscribe->package->purpose != subscribe->request->purpose)
		return refuse_with(answer, 489, VIEW("Allow-Events"),
				   text_view(&notifier->names));
	access = subscribe->package->may(subscribe->package->arg,
					 subscribe->request);
	if (access.err != ERR_OK)
		return refuse(answer, status_of(access.err));
	subscribe->resource = access.resource;
	subscribe->type = choose_type(subscribe->package, notifier->message);
	if (!subscribe->type)
		return refuse_with(answer, 406, VIEW("Accept"),
				   view_of(subscribe->package->types[0]));
	if (!choose_expires(subscribe->package, notifier->message, answer))
		return false;
	if (!notifier->is_draining &&
	    has_room(notifier, &subscribe->request->sender))
		return true;
	answer->retry_after_s = 30;
	return refuse(answer, 503);
}

static bool make_dialog(struct subscribe *subscribe, struct dialog **ret)
{
	const struct request *request = subscribe->request;
	struct dialog_ours ours = {.tag = view_of(request->tag),
				   .channel = (enum protocol)request->channel};

	random_bytes(&ours.first_cseq, sizeof(ours.first_cseq));
	ours.first_cseq = (ours.first_cseq & FIRST_CSEQ) | 1;
	if (dialog_accept(subscribe->notifier->message, &ours, ret) == ERR_OK)
		return true;
	return refuse(&subscribe->answer, 400);
}

static void respond(struct subscribe *subscribe, const char *contact)
{
	struct answer *answer = &subscribe->answer;
	struct header more[2] = {answer->more};
	size_t n = answer->more.name.len ? 1 : 0;
	char number[16];

	snprintf(number, sizeof(number), "%d",
		 answer->retry_after_s ? answer->retry_after_s
				       : answer->expires_s);
	if (answer->retry_after_s)
		more[n++] =
			(struct header){VIEW("Retry-After"), view_of(number)};
	if (answer->status == 200)
		more[n++] = (struct header){VIEW("Expires"), view_of(number)};
	edge_respond(subscribe->notifier->settings.edge, subscribe->request,
		     &(struct response){.status = answer->status,
					.headers = more,
					.n_headers = n,
					.contact = contact});
}

/* Of Event only the type and `id` are mirrored (section 8.2.1). */
static char *event_value(const struct message *message,
			 const struct event_package *package)
{
	struct view event = message_value(message, FIELD_EVENT), id;
	struct text text;

	text_init(&text, NULL);
	text_add(&text, package->name);
	if (view_param(event, "id", &id) && view_is_token(id)) {
		text_add(&text, ";id=");
		text_add_view(&text, id);
	}
	return text.at;
}

static char *copy_user(struct view uri_text)
{
	struct text user;
	struct uri uri;

	if (uri_parse(uri_text, &uri) != ERR_OK || !uri.user.len)
		return NULL;
	text_init(&user, NULL);
	text_add_view(&user, uri.user);
	return user.at;
}

static void begin(struct subscribe *subscribe, struct dialog *dialog)
{
	struct notifier *notifier = subscribe->notifier;
	struct subscription *made = subscription_new(
		notifier, subscribe->package, &subscribe->request->sender);

	made->resource = mem_strdup(subscribe->resource);
	made->type = subscribe->type;
	made->event = event_value(notifier->message, subscribe->package);
	made->contact = copy_user(notifier->message->uri);
	subscription_begin(made, dialog);
	subscribe->answer.status = 200;
	respond(subscribe, made->contact);
	subscription_extend(made, subscribe->answer.expires_s);
}

void notifier_receive(void *module, struct request *request)
{
	struct subscribe subscribe = {.notifier = module, .request = request};
	struct dialog *dialog;

	if (check(&subscribe) && make_dialog(&subscribe, &dialog))
		begin(&subscribe, dialog);
	else
		respond(&subscribe, NULL);
	request_free(request);
}

/* ---- in the dialog ------------------------------------------------------- */

static void reply(struct received *received, const struct answer *answer,
		  const char *contact)
{
	struct arena *arena = arena_new(0);
	struct server_txn *txn;
	struct text lines;

	text_init(&lines, arena);
	if (answer->more.name.len)
		text_add_header(&lines, answer->more.name, answer->more.value);
	if (answer->status == 200)
		text_printf(&lines, "Expires: %d\r\n", answer->expires_s);
	if (server_txn_keep(received, arena, &txn) == ERR_OK) {
		server_txn_identified(txn);
		server_txn_respond(
			txn, &(struct response_parts){.status = answer->status,
						      .more = text_view(&lines),
						      .contact = contact});
	} else {
		respond_reply(received, &(struct reply){.status = 503});
	}
	arena_free(arena);
}

/* The same type and `id` (section 8.2.1); another one would be a second
 * subscription in this dialog, which section 4.5.2 advises against. */
static bool is_of_event(const struct subscription *subscription,
			const struct message *message)
{
	char *event = event_value(message, subscription->package);
	bool is_same =
		view_equal(event_type(message_value(message, FIELD_EVENT)),
			   view_of(subscription->package->name)) &&
		strcmp(event, subscription->event) == 0;

	free(event);
	return is_same;
}

static void refresh(struct subscription *subscription,
		    struct received *received)
{
	const struct message *message = received->message;
	struct answer answer = {.status = 0};

	if (subscription->ending || !is_of_event(subscription, message))
		refuse(&answer, 481);
	else if (choose_expires(subscription->package, message, &answer))
		answer.status = 200;
	if (answer.status == 200)
		dialog_refresh(subscription->dialog, message);
	reply(received, &answer, subscription->contact);
	if (answer.status == 200)
		subscription_extend(subscription, answer.expires_s);
}

/* BYE and NOTIFY are of other usages, which this dialog has not (RFC 5057
 * section 5.2). */
void subscription_receive(void *arg, struct dialog *dialog,
			  struct received *received)
{
	struct answer answer = {.status = 405};

	(void)dialog;
	if (received->method == METHOD_SUBSCRIBE) {
		refresh(arg, received);
		return;
	}
	if (received->method == METHOD_ACK)
		return;
	if (received->method == METHOD_BYE || received->method == METHOD_NOTIFY)
		answer.status = 481;
	else
		answer.more = (struct header){VIEW("Allow"), VIEW("SUBSCRIBE")};
	reply(received, &answer, NULL);
}
