#include "server/edge/modules.h"

#include "server/edge/edge_private.h"

void modules_init(struct modules *modules)
{
	memset(modules, 0, sizeof(*modules));
	text_init(&modules->allow, NULL);
	text_init(&modules->allow_consent, NULL);
	text_init(&modules->allow_conference, NULL);
	text_init(&modules->allow_list, NULL);
	text_init(&modules->accept, NULL);
	text_init(&modules->supported, NULL);
	text_init(&modules->events, NULL);
}

void modules_release(struct modules *modules)
{
	text_release(&modules->allow);
	text_release(&modules->allow_consent);
	text_release(&modules->allow_conference);
	text_release(&modules->allow_list);
	text_release(&modules->accept);
	text_release(&modules->supported);
	text_release(&modules->events);
}

/* Two rows may name the same. */
static bool has_item(const struct text *list, const char *item)
{
	struct view rest = text_view(list), found;

	while (view_next_item(&rest, &found))
		if (view_equal(found, view_of(item)))
			return true;
	return false;
}

static void add_item(struct text *list, const char *item)
{
	if (!item || has_item(list, item))
		return;
	text_add(list, list->len ? ", " : "");
	text_add(list, item);
}

static void add_items(struct text *list, const char *const *items)
{
	for (size_t i = 0; items && items[i]; i++)
		add_item(list, items[i]);
}

/* Bits of enum method. */
static unsigned methods_of(const struct method_module *row)
{
	const enum method *also = row->dialog_methods;
	unsigned methods = 1U << row->method;

	for (; also && *also != METHOD_UNKNOWN; also++)
		methods |= 1U << *also;
	return methods;
}

static void add_methods(struct text *list, unsigned methods)
{
	for (int i = METHOD_UNKNOWN + 1; i <= METHOD_UPDATE; i++)
		if (methods & 1U << i)
			add_item(list, method_name((enum method)i));
}

void module_add_dialog_methods(const struct method_module *row,
			       struct text *ret)
{
	const enum method *also = row->dialog_methods;

	for (; also && *also != METHOD_UNKNOWN; also++) {
		text_add(ret, ", ");
		text_add(ret, method_name(*also));
	}
}

/* OPTIONS is the edge's own.  RFC 3261 section 20.5 knows no order; ours is
 * that of the alphabet, but for a consent URI, which says first what it is for.
 */
static void write_allow(struct modules *modules)
{
	unsigned all = 1U << METHOD_OPTIONS, conference = all, list = all;

	text_clear(&modules->allow);
	text_clear(&modules->allow_consent);
	text_clear(&modules->allow_conference);
	text_clear(&modules->allow_list);
	for (size_t i = 0; i < modules->n; i++) {
		const struct method_module *row = modules->at[i].row;

		all |= methods_of(row);
		if (row->purpose == PURPOSE_CONFERENCE)
			conference |= methods_of(row);
		if (row->purpose == PURPOSE_STORED_LIST)
			list |= methods_of(row);
		if (row->purpose == PURPOSE_CONSENT)
			add_item(&modules->allow_consent,
				 method_name(row->method));
	}
	add_methods(&modules->allow, all);
	add_methods(&modules->allow_conference, conference);
	add_methods(&modules->allow_list, list);
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
	add_items(&modules->accept, row->accepts);
	add_item(&modules->supported, row->option_tag);
	add_items(&modules->supported, row->option_tags);
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

bool module_takes_tag(const struct method_module *row, struct view tag)
{
	const char *const *more = row->option_tags;

	if (row->option_tag && view_equal_nocase(tag, view_of(row->option_tag)))
		return true;
	for (; more && *more; more++)
		if (view_equal_nocase(tag, view_of(*more)))
			return true;
	return false;
}

/* OPTIONS may require what any of them may. */
bool modules_take_tag(const struct modules *modules, enum method method,
		      struct view tag)
{
	for (size_t i = 0; i < modules->n; i++) {
		const struct method_module *row = modules->at[i].row;

		if ((method == METHOD_OPTIONS || method == row->method) &&
		    module_takes_tag(row, tag))
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
		if (modules->at[i].row->drain)
			modules->at[i].row->drain(modules->at[i].module);
}

bool modules_are_idle(const struct modules *modules)
{
	for (size_t i = 0; i < modules->n; i++) {
		const struct registered *it = &modules->at[i];

		if (it->row->is_idle && !it->row->is_idle(it->module))
			return false;
	}
	return true;
}
