#include "server/edge/asserted.h"

#include "server/edge/edge_private.h"
#include "server/sip/request_writer.h"

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

#define METHOD_ROOM 16 /* bytes; names that matter are shorter */

/* Of a longer one the beginning, which is no method either. */
static const char *method_of(const struct edge_message *message,
			     char room[METHOD_ROOM])
{
	struct view name = view_head(message->message->method, METHOD_ROOM - 1);

	if (message->method)
		return message->method;
	memcpy(room, name.at, name.len);
	room[name.len] = '\0';
	return room;
}

static const struct trust_domain *trust_of(const struct edge *edge,
					   const struct edge_message *message)
{
	return message->from
		       ? peer_trust(edge->settings.trust_domains, message->from)
		       : NULL;
}

void edge_assert(struct edge *edge, const struct edge_message *request,
		 const struct assertion *whose, struct text *ret)
{
	char room[METHOD_ROOM];
	const struct trust_departure response = {
		.to = trust_of(edge, request),
		.method = method_of(request, room),
		.privacy = whose->privacy};

	assertion_write(&response, whose, ret);
}

void assertion_write(const struct trust_departure *response,
		     const struct assertion *whose, struct text *ret)
{
	enum leg_identity told = answer_identity_for(response);

	if (told == LEG_IDENTITY_WITHHELD || !whose->asserted.len)
		return;
	identity_write(told, whose->asserted, ret);
	text_add_view(ret, whose->privacy_line);
}

bool edge_identify(struct edge *edge, const struct edge_message *message,
		   struct arena *arena, struct identity *ret)
{
	const struct trust_domain *from = trust_of(edge, message);
	char room[METHOD_ROOM];
	const struct message *it = message->message;
	const struct trust_arrival arrival = {
		.from = from,
		.method = method_of(message, room),
		.is_secure =
			from && protocol_is_secure(message->from->protocol),
		.is_asserted = it->count[FIELD_P_ASSERTED_IDENTITY] > 0};
	struct asserted asserted;

	if (!from && arrival.is_asserted)
		count(edge->counters, COUNT_PAI_STRIPPED);
	if ((it->status ? trust_response_in(&arrival)
			: trust_request_in(&arrival)) != IDENTITY_IN_ASSERTED ||
	    !asserted_is_sound(it))
		return false;
	asserted_read(&(struct asserted_source){.message = it, .from = from},
		      arena, &asserted);
	*ret = asserted.sender;
	return ret->method != IDENTITY_NONE;
}
