#include "server/sip/client.h"

#include "server/sip/outgoing.h"

void client_init(struct client *client)
{
	text_init(&client->out, NULL);
	random_bytes(&client->key, sizeof(client->key));
	client->outgoings = outgoings_new(client);
}

/* What our Via says: the bound address, or the domain for a listener that is
 * bound to every address. */
static void name_listeners(struct client *client)
{
	client->n_sent_by = transport_listeners(client->transport);
	client->sent_by = mem_alloc((client->n_sent_by + 1) * sizeof(char *));
	for (size_t i = 0; i < client->n_sent_by; i++) {
		enum protocol protocol;
		const union address *address =
			transport_address(client->transport, i, &protocol);
		char name[320];

		if (address_is_wildcard(address))
			snprintf(name, sizeof(name), "%.250s:%d",
				 client->settings->domain,
				 address_port(address));
		else
			address_format(address, name);
		client->sent_by[i] = mem_strdup(name);
	}
}

/* The proxy was named by the operator: it may be anywhere. */
static enum err use_proxy(struct client *client)
{
	const struct uri_rules rules = {.allow_private = true,
					.allow_low_port = true};
	const char *proxy = client->settings->outbound_proxy;
	struct text route;
	enum err err;

	if (!proxy || !*proxy)
		return ERR_OK;
	err = uri_parse(view_of(proxy), &client->proxy);
	if (!err && client->proxy.scheme != URI_SIP)
		err = ERR_SCHEME;
	if (err)
		return err;
	text_init(&route, NULL);
	text_printf(&route, "Route: <%s", proxy);
	if (!uri_param(&client->proxy, "lr", &(struct view){NULL, 0}))
		text_add(&route, ";lr");
	text_add(&route, ">\r\n");
	client->route = mem_strdup(route.at);
	text_release(&route);
	return resolver_new(client->loop, &rules, client->settings->nameserver,
			    &client->proxy_resolver);
}

enum err client_open(struct client *client, const char **ret_problem)
{
	const struct sip_settings *settings = client->settings;
	enum err err;

	name_listeners(client);
	*ret_problem = "the resolver cannot be started";
	err = resolver_new(client->loop, &settings->uri_rules,
			   settings->nameserver, &client->resolver);
	if (err)
		return err;
	*ret_problem = "the outbound proxy is no URI of scheme sip";
	return use_proxy(client);
}

void client_release(struct client *client)
{
	outgoings_free(client->outgoings);
	resolver_free(client->resolver);
	resolver_free(client->proxy_resolver);
	for (size_t i = 0; i < client->n_sent_by; i++)
		free(client->sent_by[i]);
	free(client->sent_by);
	free(client->route);
	text_release(&client->out);
}
