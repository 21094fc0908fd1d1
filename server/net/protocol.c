#include "server/net/protocol.h"

static const struct {
	const char *name, *service;
	bool is_reliable, is_secure;
	int port;
} protocols[] = {
	[PROTOCOL_UDP] = {"UDP", "_sip._udp", false, false, 5060},
	[PROTOCOL_TCP] = {"TCP", "_sip._tcp", true, false, 5060},
	[PROTOCOL_TLS] = {"TLS", "_sips._tcp", true, true, 5061},
};

bool protocol_is_reliable(enum protocol protocol)
{
	return protocols[protocol].is_reliable;
}

bool protocol_is_secure(enum protocol protocol)
{
	return protocols[protocol].is_secure;
}

const char *protocol_name(enum protocol protocol)
{
	return protocols[protocol].name;
}

int protocol_port(enum protocol protocol)
{
	return protocols[protocol].port;
}

const char *protocol_service(enum protocol protocol)
{
	return protocols[protocol].service;
}

bool protocol_find(struct view transport, enum protocol *ret)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (!view_equal_nocase(transport, view_of(protocols[i].name)))
			continue;
		*ret = (enum protocol)i;
		return true;
	}
	return false;
}
