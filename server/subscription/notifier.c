/* All subscriptions: packages, the row of SUBSCRIBE, and what changes. */
#include "server/subscription/subscription_private.h"

#define PACKAGES_MAX                                                           \
	(sizeof(((struct notifier *)NULL)->packages) / sizeof(void *))

struct notifier *notifier_new(const struct notifier_settings *settings)
{
	struct notifier *notifier = mem_alloc(sizeof(*notifier));

	notifier->settings = *settings;
	notifier->loop = settings->loop;
	notifier->message = mem_alloc(sizeof(*notifier->message));
	text_init(&notifier->names, NULL);
	LIST_INIT(&notifier->all);
	return notifier;
}

void notifier_free(struct notifier *notifier)
{
	if (!notifier)
		return;
	while (!LIST_EMPTY(&notifier->all))
		subscription_free(LIST_FIRST(&notifier->all));
	text_release(&notifier->names);
	free(notifier->message);
	free(notifier);
}

size_t notifier_count(const struct notifier *notifier)
{
	return notifier->n;
}

/* We stop: they are told, and may come again in a while (RFC 6665 section
 * 4.4.1). */
static void drain(void *module)
{
	struct notifier *notifier = module;
	struct subscription *at, *next;

	notifier->is_draining = true;
	for (at = LIST_FIRST(&notifier->all); at; at = next) {
		next = LIST_NEXT(at, link);
		subscription_end(at, ENDING_PROBATION);
	}
}

static bool is_idle(const void *module)
{
	const struct notifier *notifier = module;

	return LIST_EMPTY(&notifier->all);
}

/* The challenge is a 401, which the packages ask for: a proxy's would be a 407,
 * and here the request ends. */
static void fill_row(struct method_module *row,
		     const struct event_package *package)
{
	*row = (struct method_module){.method = METHOD_SUBSCRIBE,
				      .purpose = package->purpose,
				      .event = package->name,
				      .shed = SHED_FIRST,
				      .identity = IDENTITY_OPTIONAL,
				      .right = ~0U,
				      .makes_dialog = true,
				      .receive = notifier_receive,
				      .drain = drain,
				      .is_idle = is_idle};
}

void notifier_register(struct notifier *notifier,
		       const struct event_package *package)
{
	size_t i = notifier->n_packages;

	if (i == PACKAGES_MAX)
		err_fatal("too many event packages");
	notifier->packages[i] = package;
	notifier->n_packages++;
	text_add(&notifier->names, i ? ", " : "");
	text_add(&notifier->names, package->name);
	fill_row(&notifier->rows[i], package);
	edge_register(notifier->settings.edge, &notifier->rows[i], notifier);
}

const struct event_package *notifier_find(const struct notifier *notifier,
					  struct view name)
{
	for (size_t i = 0; i < notifier->n_packages; i++)
		if (view_equal(name, view_of(notifier->packages[i]->name)))
			return notifier->packages[i];
	return NULL;
}

static bool is_of(const struct subscription *subscription,
		  const struct event_package *package, const char *resource)
{
	return subscription->package == package &&
	       strcmp(subscription->resource, resource) == 0;
}

void event_changed(struct notifier *notifier,
		   const struct event_package *package, const char *resource)
{
	struct subscription *at, *next;

	for (at = LIST_FIRST(&notifier->all); at; at = next) {
		next = LIST_NEXT(at, link);
		if (is_of(at, package, resource))
			subscription_stir(at);
	}
}

void event_ended(struct notifier *notifier, const struct event_package *package,
		 const char *resource)
{
	struct subscription *at, *next;

	for (at = LIST_FIRST(&notifier->all); at; at = next) {
		next = LIST_NEXT(at, link);
		if (is_of(at, package, resource))
			subscription_end(at, ENDING_NORESOURCE);
	}
}
