#include "server/sip/outbound_proxy.h"

#include "server/base/arena.h"
#include "server/base/text.h"

/** @p more: parameters that it gets. */
static enum err way_make(const char *uri, const char *more,
			 struct proxy_way *ret)
{
	struct text text;
	struct view lr;
	enum err err;

	text_init(&text, NULL);
	text_printf(&text, "%s%s", uri, more);
	ret->text = mem_strdup(text.at);
	err = uri_parse(view_of(ret->text), &ret->uri);
	text_clear(&text);
	text_printf(&text, "Route: <%s%s>\r\n", ret->text,
		    !err && uri_param(&ret->uri, "lr", &lr) ? "" : ";lr");
	ret->route = mem_strdup(text.at);
	text_release(&text);
	return err;
}

static bool is_tls(const struct uri *uri)
{
	struct view transport;

	return uri->scheme == URI_SIPS ||
	       (uri_param(uri, "transport", &transport) &&
		uri_text_is(transport, "tls"));
}

/* The same host, and the port if that is one of TLS. */
static enum err secure_make(const struct uri *uri, struct proxy_way *ret)
{
	struct text text;
	struct view transport;
	enum err err;

	if (!is_tls(uri) &&
	    (uri->port || uri_param(uri, "transport", &transport)))
		return ERR_OK;
	text_init(&text, NULL);
	text_add(&text, "sips:");
	text_add_view(&text, uri->host);
	if (uri->port)
		text_printf(&text, ":%d", uri->port);
	err = way_make(text.at, ";lr", ret);
	text_release(&text);
	return err;
}

enum err outbound_proxy_read(const char *text, struct outbound_proxy *ret)
{
	struct uri uri;
	enum err err;

	*ret = (struct outbound_proxy){.usual = {.route = NULL}};
	if (!text || !*text)
		return ERR_OK;
	err = uri_parse(view_of(text), &uri);
	if (!err && uri.scheme != URI_SIP && uri.scheme != URI_SIPS)
		err = ERR_SCHEME;
	if (!err)
		err = way_make(text, "", &ret->usual);
	if (!err && uri.scheme == URI_SIPS)
		err = way_make(text, "", &ret->secure);
	else if (!err)
		err = secure_make(&uri, &ret->secure);
	if (err)
		outbound_proxy_release(ret);
	return err;
}

static void way_release(struct proxy_way *way)
{
	free(way->text);
	free(way->route);
	*way = (struct proxy_way){.route = NULL};
}

void outbound_proxy_without_tls(struct outbound_proxy *proxy)
{
	way_release(&proxy->secure);
}

void outbound_proxy_release(struct outbound_proxy *proxy)
{
	way_release(&proxy->usual);
	way_release(&proxy->secure);
}

const struct proxy_way *outbound_proxy_way(const struct outbound_proxy *proxy,
					   const char *request_uri)
{
	struct uri uri;

	if (uri_parse(view_of(request_uri), &uri) || !is_tls(&uri))
		return &proxy->usual;
	if (uri.scheme != URI_SIPS && outbound_proxy_is_secure(proxy))
		return &proxy->usual;
	return &proxy->secure;
}

bool outbound_proxy_is_secure(const struct outbound_proxy *proxy)
{
	return proxy->usual.route && is_tls(&proxy->usual.uri);
}
