/* From the blocks trust-domain to what decides who is believed and told. */
#include "server/base/log.h"
#include "server/daemon_private.h"

const struct trust_network *setup_networks(struct arena *arena,
					   const struct strings *from)
{
	struct trust_network *to = arena_array(arena, from->n + 1, sizeof(*to));

	for (size_t i = 0; i < from->n; i++) {
		if (!trust_network_parse(from->at[i], &to[i]))
			err_fatal("a network was not checked");
	}
	return to;
}

static struct trust_domain setup_domain(struct daemon *daemon,
					const struct trust_config *from)
{
	return (struct trust_domain){
		.name = from->name,
		.peers = setup_networks(daemon->arena, &from->peers),
		.n_peers = from->peers.n,
		.peer_texts = from->peers.at,
		.names = from->names.at,
		.n_names = from->names.n,
		.users = from->users.at,
		.n_users = from->users.n,
		.spec = (enum trust_spec)from->spec,
		.plain = (enum trust_plain)from->plain,
		.tell = (enum trust_tell)from->tell,
		.is_believed = from->believe != 0,
		.is_in_responses = from->in_responses != 0};
}

struct trust_domains setup_trust(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	struct trust_domain *domains = arena_array(
		daemon->arena, config->n_trust + 1, sizeof(*domains));

	for (size_t i = 0; i < config->n_trust; i++)
		domains[i] = setup_domain(daemon, &config->trust[i]);
	return (struct trust_domains){.domains = domains,
				      .n = config->n_trust,
				      .tells_outside =
					      config->assert_to_untrusted != 0};
}

bool setup_has_peers(const struct config *config)
{
	for (size_t i = 0; i < config->n_trust; i++) {
		const struct trust_config *it = &config->trust[i];

		if ((it->peers.n || it->names.n) && it->believe &&
		    it->spec != TRUST_NONE)
			return true;
	}
	return false;
}

/** Why nobody can prove a name here; NULL: they can. */
static const char *unprovable(const struct config *config,
			      const struct trust_config *domain)
{
	if (!domain->names.n)
		return NULL;
	if (!*config->tls_certificate)
		return "there is no TLS: tls { certificate } is empty";
	if (domain->believe && !config->tls_clients)
		return "tls { verify-clients = no } asks no client for its "
		       "certificate";
	return NULL;
}

void trust_warn(const struct config *config)
{
	for (size_t i = 0; i < config->n_trust; i++) {
		const struct trust_config *domain = &config->trust[i];
		const char *note = unprovable(config, domain);

		if (note)
			log_event(LOG_EVENT_TRUST_UNPROVABLE, NULL,
				  "domain=%s note=%s", log_text(domain->name),
				  log_text(note));
	}
}
