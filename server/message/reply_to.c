/* Reply-To of what lists and services send (RFC 3261 section 20.31). */
#include "policies/privacy.h"
#include "server/base/uri.h"
#include "server/message/message_private.h"

/* Where replies go is for the list to say, not for who sends. */
static void drop_theirs(struct list_request *list)
{
	struct request *request = list->request;
	struct header *left =
		arena_array(list->arena, request->n_headers + 1, sizeof(*left));
	size_t n = 0;

	for (size_t i = 0; i < request->n_headers; i++) {
		if (!view_equal_nocase(request->headers[i].name,
				       VIEW("Reply-To")))
			left[n++] = request->headers[i];
	}
	request->headers = left;
	request->n_headers = n;
}

/* Who asks for any privacy, or writes in another name than their own, is not
 * named (RFC 3323 section 4.1). */
static const char *sender_of(const struct request *request)
{
	const char *aor = request->sender.aor[0];

	if (request->privacy & ~(unsigned)PRIVACY_NONE)
		return NULL;
	return aor && uri_keys_name_one(aor, request->from_key) ? aor : NULL;
}

/* Whoever gets it can answer STOP there. */
static const char *relay_of(const struct list_request *list)
{
	const struct messages *messages = list->module;

	if (!messages->settings.is_reply_to_relay)
		return NULL;
	return list->stored ? list->stored->uri : list->request->service->uri;
}

static const char *reply_to_of(const struct list_request *list)
{
	if (!list->stored)
		return relay_of(list);
	switch (list->stored->replies) {
	case LIST_REPLIES_LIST:
		return list->stored->uri;
	case LIST_REPLIES_SENDER:
		return sender_of(list->request);
	case LIST_REPLIES_NONE:
	case LIST_REPLIES_WAYS:
		break;
	}
	return relay_of(list);
}

void message_compose_headers(struct list_request *list,
			     struct envelope *envelope)
{
	const char *uri = reply_to_of(list);
	struct text lines;

	if (list->stored || uri)
		drop_theirs(list);
	envelope_make(list->request, envelope);
	if (!uri)
		return;
	text_init(&lines, list->arena);
	text_add_view(&lines, envelope->headers);
	text_printf(&lines, "Reply-To: <%s>\r\n", uri);
	envelope->headers = text_view(&lines);
}
