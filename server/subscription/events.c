/* All subscriptions: packages, the row of SUBSCRIBE, and what changes. */
#include "server/subscription/subscription_private.h"

#define PACKAGES_MAX                                                           \
	(sizeof(((struct events *)NULL)->packages) / sizeof(void *))

struct events *events_new(const struct events_settings *settings)
{
	struct events *events = mem_alloc(sizeof(*events));

	events->settings = *settings;
	events->loop = settings->loop;
	events->message = mem_alloc(sizeof(*events->message));
	text_init(&events->names, NULL);
	LIST_INIT(&events->all);
	return events;
}

void events_free(struct events *events)
{
	if (!events)
		return;
	while (!LIST_EMPTY(&events->all))
		subscription_free(LIST_FIRST(&events->all));
	text_release(&events->names);
	free(events->message);
	free(events);
}

size_t events_count(const struct events *events)
{
	return events->n;
}

/* We stop: they are told, and may come again in a while (RFC 6665 section
 * 4.4.1). */
static void drain(void *module)
{
	struct events *events = module;
	struct subscription *at, *next;

	events->is_draining = true;
	for (at = LIST_FIRST(&events->all); at; at = next) {
		next = LIST_NEXT(at, link);
		subscription_end(at, ENDING_PROBATION);
	}
}

static bool is_idle(const void *module)
{
	const struct events *events = module;

	return LIST_EMPTY(&events->all);
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
				      .receive = events_receive,
				      .drain = drain,
				      .is_idle = is_idle};
}

void events_register(struct events *events, const struct event_package *package)
{
	size_t i = events->n_packages;

	if (i == PACKAGES_MAX)
		err_fatal("too many event packages");
	events->packages[i] = package;
	events->n_packages++;
	text_add(&events->names, i ? ", " : "");
	text_add(&events->names, package->name);
	fill_row(&events->rows[i], package);
	edge_register(events->settings.edge, &events->rows[i], events);
}

const struct event_package *events_find(const struct events *events,
					struct view name)
{
	for (size_t i = 0; i < events->n_packages; i++)
		if (view_equal(name, view_of(events->packages[i]->name)))
			return events->packages[i];
	return NULL;
}

static bool is_of(const struct subscription *subscription,
		  const struct event_package *package, const char *resource)
{
	return subscription->package == package &&
	       strcmp(subscription->resource, resource) == 0;
}

void event_changed(struct events *events, const struct event_package *package,
		   const char *resource)
{
	struct subscription *at, *next;

	for (at = LIST_FIRST(&events->all); at; at = next) {
		next = LIST_NEXT(at, link);
		if (is_of(at, package, resource))
			subscription_stir(at);
	}
}

void event_ended(struct events *events, const struct event_package *package,
		 const char *resource)
{
	struct subscription *at, *next;

	for (at = LIST_FIRST(&events->all); at; at = next) {
		next = LIST_NEXT(at, link);
		if (is_of(at, package, resource))
			subscription_end(at, ENDING_NORESOURCE);
	}
}
