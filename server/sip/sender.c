#include "server/sip/sender.h"

#include "server/base/random.h"
#include "server/sip/client_txn.h"
#include "server/sip/sent_by.h"

void sender_init(struct sender *sender)
{
	text_init(&sender->out, NULL);
	random_bytes(&sender->key, sizeof(sender->key));
	sender->txns = client_txns_new(sender);
}

/* What our Vias say. */
static void name_listeners(struct sender *sender)
{
	sender->n_sent_by = transport_listeners(sender->transport);
	sender->sent_by = mem_alloc((sender->n_sent_by + 1) * sizeof(char *));
	for (size_t i = 0; i < sender->n_sent_by; i++) {
		enum protocol protocol;
		const union address *address =
			transport_address(sender->transport, i, &protocol);
		char name[SENT_BY_ROOM];

		if (sender->kind == SENDER_WHOLE)
			sent_by_listener(sender->settings, protocol, address,
					 name);
		else
			sent_by_socket(sender->settings, protocol, address,
				       name);
		sender->sent_by[i] = mem_strdup(name);
	}
}

/* The proxy was named by the operator: it may be anywhere. */
static enum err use_proxy(struct sender *sender, const char **ret_problem)
{
	const struct sip_settings *settings = sender->settings;
	const struct uri_rules rules = {.allow_private = true,
					.allow_low_port = true,
					.has_tls = settings->tls != NULL};
	enum err err =
		outbound_proxy_read(settings->outbound_proxy, &sender->proxy);

	*ret_problem = "the outbound proxy is no URI of scheme sip or sips";
	if (err || !sender->proxy.usual.route)
		return err;
	*ret_problem = "the outbound proxy needs TLS: set tls { certificate }";
	if (outbound_proxy_is_secure(&sender->proxy) && !rules.has_tls)
		return ERR_UNSUPPORTED;
	if (!rules.has_tls)
		outbound_proxy_without_tls(&sender->proxy);
	*ret_problem = "the resolver cannot be started";
	return resolver_new(sender->loop, &rules, settings->nameserver,
			    &sender->proxy_resolver);
}

enum err sender_open(struct sender *sender, const char **ret_problem)
{
	const struct sip_settings *settings = sender->settings;
	enum err err;

	name_listeners(sender);
	*ret_problem = "the resolver cannot be started";
	err = resolver_new(sender->loop, &settings->uri_rules,
			   settings->nameserver, &sender->resolver);
	if (err)
		return err;
	return use_proxy(sender, ret_problem);
}

void sender_release(struct sender *sender)
{
	client_txns_free(sender->txns);
	resolver_free(sender->resolver);
	resolver_free(sender->proxy_resolver);
	for (size_t i = 0; i < sender->n_sent_by; i++)
		free(sender->sent_by[i]);
	free(sender->sent_by);
	outbound_proxy_release(&sender->proxy);
	text_release(&sender->out);
}
