/* The domains, and the services that are in them. */
#include "server/daemon_private.h"

struct domains setup_domains(const struct config *config, struct arena *arena)
{
	const char **names =
		arena_array(arena, config->n_domains + 1, sizeof(*names));

	for (size_t i = 0; i < config->n_domains; i++)
		names[i] = config->domains[i].name;
	return (struct domains){names, config->n_domains};
}

struct consent_places setup_places(struct daemon *daemon)
{
	return (struct consent_places){setup_consent_hosts(daemon),
				       daemon->domains};
}

/** In this domain: 0 is the first, and 1 the first beside it. */
static bool is_service_in(const struct config *config, size_t service, size_t i)
{
	const struct strings *names = &config->services[service].domains;
	const char *domain = i ? config->domains[i - 1].name : config->domain;

	for (size_t j = 0; j < names->n; j++) {
		if (strcmp(names->at[j], domain) == 0)
			return true;
	}
	return names->n == 0;
}

/** A service in several domains is as many targets. */
static size_t count_services(const struct config *config)
{
	size_t n = 0;

	for (size_t i = 0; i <= config->n_domains; i++)
		for (size_t j = 0; j < config->n_services; j++)
			n += is_service_in(config, j, i);
	return n;
}

struct ours setup_ours(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	size_t n = 0, n_all = count_services(config);
	const char **names =
		arena_array(daemon->arena, n_all + 1, sizeof(*names));
	const char **domains =
		arena_array(daemon->arena, n_all + 1, sizeof(*domains));

	for (size_t i = 0; i <= config->n_domains; i++) {
		for (size_t j = 0; j < config->n_services; j++) {
			if (!is_service_in(config, j, i))
				continue;
			names[n] = config->services[j].name;
			domains[n++] = i ? daemon->domains.at[i - 1] : NULL;
		}
	}
	return (struct ours){.domain = config->domain,
			     .services = names,
			     .n_services = n,
			     .domains = daemon->domains,
			     .service_domains = domains};
}

static const char *setup_allow(struct daemon *daemon,
			       const struct strings *methods)
{
	struct text text;

	text_init(&text, daemon->arena);
	for (size_t i = 0; i < methods->n; i++) {
		text_add(&text, methods->at[i]);
		text_add(&text, ", ");
	}
	text_add(&text, "OPTIONS");
	return text.at;
}

struct allowances *setup_allowances(const struct config *config)
{
	return allowances_new(&(struct allowance_limits){
		.requests_per_s = config->sender_rate,
		.recipients_per_hour = config->recipients_per_hour,
		.missing_per_hour = config->consent_needed_per_hour,
		.unproved_recipients_per_hour =
			config->unproved_recipients_per_hour});
}

static enum err setup_service(struct daemon *daemon,
			      const struct service_config *from,
			      struct service *service)
{
	service->name = from->name;
	service->uri = arena_printf(daemon->arena, "sip:%s@%s", from->name,
				    service->domain ? service->domain
						    : daemon->config->domain);
	service->missing =
		from->missing_omits ? MISSING_OMITS : MISSING_REFUSES;
	service->takes_unauthenticated = from->takes_unauthenticated != 0;
	service->methods = from->methods.at;
	service->n_methods = from->methods.n;
	service->allow = setup_allow(daemon, &from->methods);
	return uri_key(daemon->arena, view_of(service->uri), &service->key);
}

enum err setup_services(struct daemon *daemon, const struct service **ret,
			size_t *ret_n)
{
	const struct config *config = daemon->config;
	size_t n = 0;
	struct service *services = arena_array(
		daemon->arena, count_services(config) + 1, sizeof(*services));
	enum err err = ERR_OK;

	for (size_t i = 0; i <= config->n_domains; i++) {
		for (size_t j = 0; j < config->n_services && !err; j++) {
			if (!is_service_in(config, j, i))
				continue;
			services[n].domain =
				i ? daemon->domains.at[i - 1] : NULL;
			err = setup_service(daemon, &config->services[j],
					    &services[n++]);
		}
	}
	*ret = services;
	*ret_n = n;
	return err;
}
