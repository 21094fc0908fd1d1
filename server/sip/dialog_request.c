#include "server/sip/dialog_request.h"

#include "server/base/uri.h"
#include "server/sip/cseq.h"

/* RFC 3261 section 15: who was called ends no early dialog by BYE. */
static bool may_send(const struct dialog *dialog, struct view method)
{
	if (view_equal(method, VIEW("ACK")))
		return dialog->invite_cseq && dialog->was_confirmed;
	if (dialog->state == DIALOG_TERMINATED)
		return false;
	return dialog->state != DIALOG_EARLY ||
	       dialog->side == DIALOG_SIDE_OURS ||
	       !view_equal(method, VIEW("BYE"));
}

static enum err next_cseq(struct dialog *dialog, struct view method,
			  uint32_t *ret)
{
	uint32_t next = dialog->local_cseq ? dialog->local_cseq + 1
					   : dialog->first_cseq;

	if (view_equal(method, VIEW("ACK"))) {
		*ret = dialog->invite_cseq;
		return ERR_OK;
	}
	if (next > CSEQ_MAX)
		return ERR_FULL;
	dialog->local_cseq = next;
	if (view_equal(method, VIEW("INVITE")))
		dialog->invite_cseq = next;
	*ret = next;
	return ERR_OK;
}

void dialog_request_renumbered(struct dialog *dialog, struct view method,
			       uint32_t cseq)
{
	if (cseq > dialog->local_cseq)
		dialog->local_cseq = cseq;
	if (view_equal(method, VIEW("INVITE")) && cseq > dialog->invite_cseq)
		dialog->invite_cseq = cseq;
}

/* With lr, whatever its value, a proxy leaves the Request-URI alone. */
static bool is_loose(const char *route)
{
	struct view value;
	struct uri uri;

	return uri_parse(view_of(route), &uri) == ERR_OK &&
	       uri_param(&uri, "lr", &value);
}

static void add_route(struct text *text, const char *uri)
{
	text_add(text, "Route: <");
	text_add(text, uri);
	text_add(text, ">\r\n");
}

/* A strict router takes the Request-URI for itself: the target goes last, and
 * what may not stand in a Request-URI is left out. */
static void go_strict(const struct dialog *dialog, struct text *routes,
		      struct dialog_request *ret)
{
	const char *first = dialog->routes[0];
	struct uri uri;

	ret->request_uri = first;
	if (uri_parse(view_of(first), &uri) == ERR_OK)
		ret->request_uri =
			uri_request(routes->arena, &uri, view_of(first));
	ret->next_hop = ret->request_uri;
	for (size_t i = 1; i < dialog->n_routes; i++)
		add_route(routes, dialog->routes[i]);
	add_route(routes, dialog->target);
}

static void go_loose(const struct dialog *dialog, struct text *routes,
		     struct dialog_request *ret)
{
	struct arena *arena = routes->arena;

	ret->request_uri = arena_strdup(arena, dialog->target);
	ret->next_hop = dialog->n_routes
				? arena_strdup(arena, dialog->routes[0])
				: ret->request_uri;
	for (size_t i = 0; i < dialog->n_routes; i++)
		add_route(routes, dialog->routes[i]);
}

static const char *with_tag(struct arena *arena, const char *name,
			    const char *tag)
{
	return arena_printf(arena, "%s%s%s", name, *tag ? ";tag=" : "", tag);
}

enum err dialog_request_make(struct dialog *dialog, const char *method,
			     struct arena *arena, struct dialog_request *ret)
{
	struct text routes;
	uint32_t cseq;

	if (view_equal(view_of(method), VIEW("CANCEL")))
		return ERR_UNSUPPORTED;
	if (!may_send(dialog, view_of(method)))
		return ERR_CONFLICT;
	if (next_cseq(dialog, view_of(method), &cseq) != ERR_OK)
		return ERR_FULL;
	*ret = (struct dialog_request){
		.method = method,
		.from = with_tag(arena, dialog->local, dialog->local_tag),
		.to = with_tag(arena, dialog->remote, dialog->remote_tag),
		.call_id = arena_strdup(arena, dialog->call_id),
		.cseq = cseq};
	text_init(&routes, arena);
	text_add(&routes, "");
	if (dialog->n_routes && !is_loose(dialog->routes[0]))
		go_strict(dialog, &routes, ret);
	else
		go_loose(dialog, &routes, ret);
	ret->routes = routes.at ? routes.at : "";
	return ERR_OK;
}
