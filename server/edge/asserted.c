#include "server/edge/asserted.h"

#include "server/edge/edge_private.h"

static bool is_value(struct view item, struct name_addr *ret)
{
	return !view_has_control(item) && name_addr_parse(item, ret) == ERR_OK;
}

bool asserted_is_sound(const struct message *message)
{
	struct items items = {0};
	struct view item;

	while (message_next_item(message, FIELD_P_ASSERTED_IDENTITY, &items,
				 &item)) {
		struct name_addr name;
		struct uri uri;

		if (!is_value(item, &name) ||
		    uri_parse(name.uri, &uri) != ERR_OK)
			return false;
	}
	return true;
}

/* As a name-addr, so that no parameter changes its owner (RFC 8217); and only
 * what names somebody. */
static const char *text_of(struct arena *arena, const struct name_addr *name,
			   const struct uri *uri)
{
	struct text text;

	text_init(&text, arena);
	text_reserve(&text, name->display.len + name->uri.len + 3);
	text_add_view(&text, name->display);
	text_add(&text, name->display.len ? " <" : "<");
	text_add(&text, uri_name(arena, uri, name->uri));
	text_add(&text, ">");
	return text.at;
}

static enum err key_of(const struct asserted_source *source,
		       struct arena *arena, const struct name_addr *name,
		       struct uri *ret_uri, const char **ret_key)
{
	enum err err = uri_parse(name->uri, ret_uri);

	if (!err && source->known_key && view_equal(source->known, name->uri)) {
		*ret_key = source->known_key;
		return ERR_OK;
	}
	return err ? err : uri_key_of(arena, ret_uri, ret_key);
}

void asserted_read(const struct asserted_source *source, struct arena *arena,
		   struct asserted *ret)
{
	struct trust_values before = {false, false};
	struct items items = {0};
	struct view item;
	size_t n = 0;

	memset(ret, 0, sizeof(*ret));
	while (n < 2 &&
	       message_next_item(source->message, FIELD_P_ASSERTED_IDENTITY,
				 &items, &item)) {
		struct name_addr name;
		struct uri uri;
		const char *key;

		if (!is_value(item, &name) ||
		    key_of(source, arena, &name, &uri, &key) != ERR_OK ||
		    !trust_value_counts(&before, uri.scheme))
			continue;
		if (trust_vouches(source->from, key))
			ret->vouched |= 1u << n;
		ret->sender.aor[n] = key;
		ret->text[n++] = text_of(arena, &name, &uri);
	}
	if (n)
		ret->sender.method = IDENTITY_ASSERTED;
}

bool edge_identify(struct edge *edge, const struct edge_message *message,
		   struct arena *arena, struct identity *ret)
{
	const struct trust_domain *from =
		message->from ? peer_trust(edge->settings.trust_domains,
					   message->from)
			      : NULL;
	const struct message *it = message->message;
	const struct trust_arrival arrival = {
		.from = from,
		.method = message->method,
		.is_secure =
			from && protocol_is_secure(message->from->protocol),
		.is_asserted = it->count[FIELD_P_ASSERTED_IDENTITY] > 0};
	struct asserted asserted;

	if ((it->status ? trust_response_in(&arrival)
			: trust_request_in(&arrival)) != IDENTITY_IN_ASSERTED ||
	    !asserted_is_sound(it))
		return false;
	asserted_read(&(struct asserted_source){.message = it, .from = from},
		      arena, &asserted);
	*ret = asserted.sender;
	return ret->method != IDENTITY_NONE;
}
