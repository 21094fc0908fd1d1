#include "server/edge/modules.h"

#include "server/edge/edge_private.h"

void modules_init(struct modules *modules)
{
	memset(modules, 0, sizeof(*modules));
	text_init(&modules->allow, NULL);
	text_init(&modules->allow_consent, NULL);
	text_init(&modules->accept, NULL);
	text_init(&modules->supported, NULL);
	text_init(&modules->events, NULL);
}

void modules_release(struct modules *modules)
{
	text_release(&modules->allow);
	text_release(&modules->allow_consent);
	text_release(&modules->accept);
	text_release(&modules->supported);
	text_release(&modules->events);
}

static void add_item(struct text *list, const char *item)
{
	if (!item)
		return;
	text_add(list, list->len ? ", " : "");
	text_add(list, item);
}

static void add_types(struct text *list, const char *const *types)
{
	for (size_t i = 0; types && types[i]; i++)
		add_item(list, types[i]);
}

/* OPTIONS is the edge's own.  RFC 3261 section 20.5 knows no order; ours is
 * that of the alphabet, but for a consent URI, which says first what it is for.
 */
static void write_allow(struct modules *modules)
{
	bool has_options = false;

	text_clear(&modules->allow);
	text_clear(&modules->allow_consent);
	for (size_t i = 0; i < modules->n; i++) {
		const struct method_module *row = modules->at[i].row;
		const char *name = method_name(row->method);

		if (!has_options && row->method > METHOD_OPTIONS) {
			add_item(&modules->allow, "OPTIONS");
			has_options = true;
		}
		add_item(&modules->allow, name);
		if (row->purpose == PURPOSE_CONSENT)
			add_item(&modules->allow_consent, name);
	}
	if (!has_options)
		add_item(&modules->allow, "OPTIONS");
	add_item(&modules->allow_consent, "OPTIONS");
}

void edge_register(struct edge *edge, const struct method_module *row,
		   void *module)
{
	struct modules *modules = &edge->modules;
	size_t i = modules->n;

	if (modules->n >= MODULES_MAX)
		err_fatal("too many modules");
	for (; i > 0 && modules->at[i - 1].row->method > row->method; i--)
		modules->at[i] = modules->at[i - 1];
	modules->at[i] = (struct registered){row, module};
	modules->n++;
	write_allow(modules);
	add_types(&modules->accept, row->accepts);
	add_item(&modules->supported, row->option_tag);
	add_item(&modules->events, row->event);
}

const struct registered *modules_find(const struct modules *modules,
				      enum method method, enum purpose purpose)
{
	for (size_t i = 0; i < modules->n; i++) {
		const struct method_module *row = modules->at[i].row;

		if (row->method == method && row->purpose == purpose)
			return &modules->at[i];
	}
	return NULL;
}

const struct registered *modules_of_method(const struct modules *modules,
					   enum method method)
{
	for (size_t i = 0; i < modules->n; i++)
		if (modules->at[i].row->method == method)
			return &modules->at[i];
	return NULL;
}

const struct registered *modules_of_purpose(const struct modules *modules,
					    enum purpose purpose)
{
	for (size_t i = 0; i < modules->n; i++)
		if (modules->at[i].row->purpose == purpose)
			return &modules->at[i];
	return NULL;
}

/* OPTIONS may require what any of them may. */
bool modules_take_tag(const struct modules *modules, enum method method,
		      struct view tag)
{
	for (size_t i = 0; i < modules->n; i++) {
		const struct method_module *row = modules->at[i].row;

		if (row->option_tag &&
		    (method == METHOD_OPTIONS || method == row->method) &&
		    view_equal_nocase(tag, view_of(row->option_tag)))
			return true;
	}
	return false;
}

bool modules_are_full(const struct modules *modules)
{
	for (size_t i = 0; i < modules->n; i++) {
		const struct registered *it = &modules->at[i];

		if (it->row->is_full && it->row->is_full(it->module))
			return true;
	}
	return false;
}

void modules_drain(const struct modules *modules)
{
	for (size_t i = 0; i < modules->n; i++)
		modules->at[i].row->drain(modules->at[i].module);
}

bool modules_are_idle(const struct modules *modules)
{
	for (size_t i = 0; i < modules->n; i++)
		if (!modules->at[i].row->is_idle(modules->at[i].module))
			return false;
	return true;
}
