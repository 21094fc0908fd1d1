#include "server/base/listen_uri.h"

#define PORT 5060
#define PORT_TLS 5061

/* RFC 3261 section 26.2.2: sips is TLS over TCP, whatever word it has. */
static bool transport_read(const struct uri *uri, struct view *ret)
{
	bool is_sips = uri->scheme == URI_SIPS;
	struct view named;

	*ret = is_sips ? VIEW("tls") : VIEW("udp");
	if (!uri_param(uri, "transport", &named))
		return true;
	if (is_sips)
		return view_equal_nocase(named, VIEW("tcp")) ||
		       view_equal_nocase(named, VIEW("tls"));
	*ret = named;
	return view_equal_nocase(named, VIEW("udp")) ||
	       view_equal_nocase(named, VIEW("tcp")) ||
	       view_equal_nocase(named, VIEW("tls"));
}

enum err listen_uri_read(const char *text, struct listen_uri *ret,
			 const char **ret_problem)
{
	const char *problem;
	struct view transport;
	struct uri uri;

	if (!ret_problem)
		ret_problem = &problem;
	*ret_problem = "is not of the form sip:ADDRESS:PORT;transport=udp or "
		       "sips:ADDRESS:PORT";
	if (uri_parse(view_of(text), &uri) ||
	    (uri.scheme != URI_SIP && uri.scheme != URI_SIPS) || uri.user.len)
		return ERR_SYNTAX;
	*ret_problem = uri.scheme == URI_SIPS
			       ? "has scheme sips, whose transport is tls"
			       : "must have transport udp, tcp or tls";
	if (!transport_read(&uri, &transport))
		return ERR_UNSUPPORTED;
	ret->host = uri.host;
	ret->transport = transport;
	ret->port = uri.port					? uri.port
		    : view_equal_nocase(transport, VIEW("tls")) ? PORT_TLS
								: PORT;
	return ERR_OK;
}
