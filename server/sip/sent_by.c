#include "server/sip/sent_by.h"

/** Does an entry hold for all protocols, for this one, or for another? */
enum holds { HOLDS_NOT, HOLDS_FOR_ALL, HOLDS_FOR_IT };

static enum holds holds_for(const struct uri *uri, enum protocol protocol,
			    const union address *listener)
{
	enum protocol named = PROTOCOL_UDP;
	union address address;
	struct view transport;

	if (address_parse(uri->host, 0, &address) == ERR_OK &&
	    address.any.sa_family != listener->any.sa_family)
		return HOLDS_NOT;
	if (!uri_param(uri, "transport", &transport))
		return HOLDS_FOR_ALL;
	return protocol_find(transport, &named) && named == protocol
		       ? HOLDS_FOR_IT
		       : HOLDS_NOT;
}

bool sent_by_advertised(const struct sip_settings *settings,
			enum protocol protocol, const union address *listener,
			struct advertised *ret)
{
	enum holds best = HOLDS_NOT;

	for (size_t i = 0; i < settings->n_advertise; i++) {
		enum holds holds;
		struct uri uri;

		if (uri_parse(view_of(settings->advertise[i]), &uri))
			continue;
		holds = holds_for(&uri, protocol, listener);
		if (holds <= best)
			continue;
		best = holds;
		*ret = (struct advertised){uri.host, uri.port};
	}
	return best != HOLDS_NOT;
}

static void write_name(struct view host, int port, char ret[SENT_BY_ROOM])
{
	snprintf(ret, SENT_BY_ROOM, "%.*s:%d",
		 (int)(host.len < 256 ? host.len : 256), host.at, port);
}

static void write_bound(const struct sip_settings *settings,
			const union address *address, char ret[SENT_BY_ROOM])
{
	if (address_is_wildcard(address))
		write_name(view_of(settings->domain), address_port(address),
			   ret);
	else
		address_format(address, ret);
}

void sent_by_listener(const struct sip_settings *settings,
		      enum protocol protocol, const union address *listener,
		      char ret[SENT_BY_ROOM])
{
	struct advertised it;

	if (sent_by_advertised(settings, protocol, listener, &it))
		write_name(it.host, it.port ? it.port : address_port(listener),
			   ret);
	else
		write_bound(settings, listener, ret);
}

void sent_by_socket(const struct sip_settings *settings, enum protocol protocol,
		    const union address *socket, char ret[SENT_BY_ROOM])
{
	struct advertised it;

	if (sent_by_advertised(settings, protocol, socket, &it))
		write_name(it.host, address_port(socket), ret);
	else
		write_bound(settings, socket, ret);
}
