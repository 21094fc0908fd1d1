/*
 * modules -- the registered modules (server/edge.h), and the header fields that
 * follow from their rows.
 */
#ifndef VOLENS_SERVER_EDGE_MODULES_H
#define VOLENS_SERVER_EDGE_MODULES_H

#include "server/base/text.h"
#include "server/edge.h"

#define MODULES_MAX 16

/** A row, and what it is about. */
struct registered {
	const struct method_module *row;
	void *module;
};

struct modules {
	struct registered at[MODULES_MAX]; /**< in the order of enum method */
	size_t n;
	/** Values of header fields: Allow with OPTIONS, those of consent and
	 *  conference URIs and of stored lists, Accept, Supported,
	 * Allow-Events.  Empty: none. */
	struct text allow, allow_consent, allow_conference, allow_list;
	struct text accept, supported, events;
};

void modules_init(struct modules *modules);
void modules_release(struct modules *modules);
/** NULL: nobody takes it. */
const struct registered *modules_find(const struct modules *modules,
				      enum method method, enum purpose purpose);
/** The first for this method; NULL: there is none. */
const struct registered *modules_of_method(const struct modules *modules,
					   enum method method);
/** The first for this purpose. */
const struct registered *modules_of_purpose(const struct modules *modules,
					    enum purpose purpose);
/** May a request of this method require it, wherever it goes? */
bool modules_take_tag(const struct modules *modules, enum method method,
		      struct view tag);
bool module_takes_tag(const struct method_module *row, struct view tag);
/** Append ", NAME" of the methods that dialogs of this row take besides. */
void module_add_dialog_methods(const struct method_module *row,
			       struct text *ret);
/** Is one of them full that sheds? */
bool modules_are_full(const struct modules *modules);
void modules_drain(const struct modules *modules);
bool modules_are_idle(const struct modules *modules);

#endif
