/* How often people are asked, as the configuration says. */
#include "server/daemon_private.h"

const int *setup_pauses(struct arena *arena, const struct numbers *from)
{
	int *to = arena_array(arena, from->n + 1, sizeof(*to));

	for (size_t i = 0; i < from->n; i++)
		to[i] = (int)from->at[i];
	return to;
}

/** The relay's own domains, and those that are named. */
static struct asking_home setup_home(const struct daemon *daemon)
{
	const struct strings *from = &daemon->config->home_domains;
	const char **domains =
		arena_array(daemon->arena, from->n + 1 + daemon->domains.n,
			    sizeof(*domains));
	struct trust_network *networks =
		arena_array(daemon->arena, from->n + 1, sizeof(*networks));
	struct asking_home home = {.domains = domains, .networks = networks};

	domains[home.n_domains++] = daemon->config->domain;
	for (size_t i = 0; i < daemon->domains.n; i++)
		domains[home.n_domains++] = daemon->domains.at[i];
	for (size_t i = 0; i < from->n; i++) {
		if (trust_network_parse(from->at[i],
					&networks[home.n_networks]))
			home.n_networks++;
		else
			domains[home.n_domains++] = from->at[i];
	}
	return home;
}

struct asking_limits setup_asking(const struct daemon *daemon)
{
	const struct config *config = daemon->config;
	const struct numbers *pauses = &config->no_answer_pauses_s;

	return (struct asking_limits){
		.all = {(int)config->request_burst,
			(int)config->request_interval_s,
			(int)config->requests_per_day},
		.owner_per_day = (int)config->owner_requests_per_day,
		.owner_per_week = (int)config->owner_requests_per_week,
		.owner_per_half_year =
			(int)config->owner_requests_per_half_year,
		.destination = {(int)config->destination_per_second,
				(int)config->destination_per_day,
				config->destination_bytes_per_day},
		.bytes_ratio = (int)config->request_bytes_ratio,
		.requests_per_call = (int)config->requests_per_call,
		.home = setup_home(daemon),
		.pauses_s = setup_pauses(daemon->arena, pauses),
		.n_pauses = pauses->n,
	};
}
