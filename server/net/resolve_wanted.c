/* What a URI asks the resolver for. */
#include "server/net/resolve_private.h"

#include <ctype.h>

/* RFC 3261 section 25.1: labels of letters, digits and hyphens (and the
 * underscore of real life); the last one begins with a letter, so that no
 * number in disguise gets through.  A dot at the end says nothing new. */
static enum err host_copy(struct view host, char ret[HOST_MAX + 1])
{
	size_t label = 0, i;

	if (host.len > 1 && host.at[host.len - 1] == '.')
		host.len--;
	if (host.len == 0 || host.len > HOST_MAX)
		return ERR_UNREACHABLE;
	for (i = 0; i < host.len; i++) {
		unsigned char byte = (unsigned char)host.at[i];

		if (byte == '.' && i == label)
			return ERR_UNREACHABLE;
		if (byte == '.')
			label = i + 1;
		else if (!isalnum(byte) && byte != '-' && byte != '_')
			return ERR_UNREACHABLE;
		ret[i] = (char)tolower(byte);
	}
	ret[i] = '\0';
	return isalpha((unsigned char)ret[label]) ? ERR_OK : ERR_UNREACHABLE;
}

/* RFC 3261 section 26.2.2: sips is TLS over TCP, whatever its port. */
static enum err secure_transport(const struct uri *uri, struct wanted *ret)
{
	struct view transport;

	ret->protocol = PROTOCOL_TLS;
	ret->is_sips = true;
	ret->transport_given = uri_param(uri, "transport", &transport);
	return !ret->transport_given || uri_text_is(transport, "tcp") ||
			       uri_text_is(transport, "tls")
		       ? ERR_OK
		       : ERR_UNSUPPORTED;
}

static enum err plain_transport(const struct uri *uri, struct wanted *ret)
{
	struct view transport;

	ret->protocol = PROTOCOL_UDP;
	ret->is_sips = false;
	ret->transport_given = uri_param(uri, "transport", &transport);
	if (!ret->transport_given)
		return ERR_OK;
	return protocol_find(transport, &ret->protocol) ? ERR_OK
							: ERR_UNSUPPORTED;
}

enum err wanted_transport(const struct uri *uri, const struct uri_rules *rules,
			  struct wanted *ret)
{
	enum err err = uri->scheme == URI_SIPS	? secure_transport(uri, ret)
		       : uri->scheme == URI_SIP ? plain_transport(uri, ret)
						: ERR_UNSUPPORTED;

	if (!err && protocol_is_secure(ret->protocol) && !rules->has_tls)
		err = ERR_UNSUPPORTED;
	return err;
}

/* Of sips only services of sips count, so it has answers of its own. */
enum err wanted_name(const struct uri *uri, struct wanted *ret)
{
	enum err err = host_copy(uri->host, ret->host);

	if (err)
		return err;
	ret->port = uri->port;
	snprintf(ret->key, sizeof(ret->key), "%s:%d%s", ret->host, ret->port,
		 ret->transport_given ? protocol_name(ret->protocol)
		 : ret->is_sips	      ? "sips"
				      : "*");
	return ERR_OK;
}
