#include "server/sip/dialog_private.h"

#include "server/base/text.h"
#include "server/base/uri.h"

enum err dialog_tag(const struct message *message, enum field field,
		    struct view *ret)
{
	struct view tag = VIEW_NONE;

	if (view_param(message_value(message, field), "tag", &tag) &&
	    !view_is_token(tag))
		return ERR_SYNTAX;
	*ret = tag;
	return ERR_OK;
}

enum err dialog_name(const struct message *message, enum field field,
		     char **ret)
{
	struct name_addr name;
	struct uri uri;
	struct text text;

	if (name_addr_parse(message_value(message, field), &name) != ERR_OK ||
	    uri_parse(name.uri, &uri) != ERR_OK)
		return ERR_SYNTAX;
	text_init(&text, NULL);
	/* A control byte in a quoted-pair is legal there, and odd. */
	if (name.display.len && !view_has_control(name.display)) {
		text_add_view(&text, name.display);
		text_add(&text, " ");
	}
	text_add(&text, "<");
	text_add_view(&text, name.uri);
	text_add(&text, ">");
	*ret = text.at;
	return ERR_OK;
}

char *dialog_copy(struct view v)
{
	char *copy = mem_alloc(v.len + 1);

	if (v.len)
		memcpy(copy, v.at, v.len);
	return copy;
}

enum err dialog_call_id(const struct message *message, struct view *ret)
{
	struct view call_id = message_value(message, FIELD_CALL_ID);

	if (!call_id.len || view_has_control(call_id) ||
	    view_find(call_id, ' ', 0) != SIZE_MAX ||
	    view_find(call_id, '\t', 0) != SIZE_MAX)
		return ERR_SYNTAX;
	*ret = call_id;
	return ERR_OK;
}

static bool is_sip(const struct uri *uri)
{
	return uri->scheme == URI_SIP || uri->scheme == URI_SIPS;
}

/* What may not stand in a Request-URI is left out (RFC 3261 section 19.1.5). */
static char *request_uri(const struct uri *uri, struct view original)
{
	struct arena *arena = arena_new(0);
	char *copy = mem_strdup(uri_request(arena, uri, original));

	arena_free(arena);
	return copy;
}

char *dialog_contact(const struct message *message, bool is_secure)
{
	struct items items = {0};
	struct name_addr name;
	struct view item;
	struct uri uri;

	if (!message_next_item(message, FIELD_CONTACT, &items, &item) ||
	    name_addr_parse(item, &name) != ERR_OK ||
	    uri_parse(name.uri, &uri) != ERR_OK || !is_sip(&uri) ||
	    (is_secure && uri.scheme != URI_SIPS))
		return NULL;
	return request_uri(&uri, name.uri);
}

/* rec-route = name-addr: in <>, or nobody knows whose `lr` it is. */
static enum err read_route(struct view item, struct view *ret)
{
	struct name_addr name;
	struct uri uri;

	if (name_addr_parse(item, &name) != ERR_OK || name.uri.at == item.at ||
	    name.uri.at[-1] != '<' || uri_parse(name.uri, &uri) != ERR_OK ||
	    !is_sip(&uri))
		return ERR_SYNTAX;
	*ret = name.uri;
	return ERR_OK;
}

static enum err read_routes(const struct message *message,
			    struct view routes[DIALOG_ROUTES_MAX],
			    size_t *ret_n)
{
	struct items items = {0};
	struct view item;
	size_t n = 0;

	while (message_next_item(message, FIELD_RECORD_ROUTE, &items, &item)) {
		if (n == DIALOG_ROUTES_MAX)
			return ERR_TOO_LARGE;
		if (read_route(item, &routes[n]) != ERR_OK)
			return ERR_SYNTAX;
		n++;
	}
	*ret_n = n;
	return ERR_OK;
}

/* RFC 5630 section 5.1.1: a sips request has no other routes. */
static char *route_copy(struct view route, bool is_secure)
{
	struct text text;

	if (!is_secure || !view_starts_nocase(route, VIEW("sip:")))
		return dialog_copy(route);
	text_init(&text, NULL);
	text_add(&text, "sips:");
	text_add_view(&text, view_from(route, 4));
	return text.at;
}

enum err dialog_reach_read(const struct message *message,
			   enum dialog_order order, bool is_secure,
			   struct dialog_reach *ret)
{
	struct view routes[DIALOG_ROUTES_MAX];
	enum err err;
	size_t n;

	err = read_routes(message, routes, &n);
	if (err)
		return err;
	*ret = (struct dialog_reach){
		.routes = n ? mem_alloc(n * sizeof(char *)) : NULL,
		.n_routes = n,
		.target = dialog_contact(message, is_secure)};
	for (size_t i = 0; i < n; i++)
		ret->routes[i] = route_copy(
			routes[order == DIALOG_ORDER_KEPT ? i : n - 1 - i],
			is_secure);
	return ERR_OK;
}

void dialog_reach_take(struct dialog *dialog, struct dialog_reach *reach)
{
	for (size_t i = 0; i < dialog->n_routes; i++)
		free(dialog->routes[i]);
	free(dialog->routes);
	dialog->routes = reach->routes;
	dialog->n_routes = reach->n_routes;
	dialog->lacks_reach = !reach->target;
	if (reach->target) {
		free(dialog->target);
		dialog->target = reach->target;
	}
}
