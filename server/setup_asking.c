/* How often people are asked, as the configuration says. */
#include "server/daemon_private.h"

const int *setup_pauses(struct arena *arena, const struct numbers *from)
{
	int *to = arena_array(arena, from->n + 1, sizeof(*to));

	for (size_t i = 0; i < from->n; i++)
		to[i] = (int)from->at[i];
	return to;
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
		.pauses_s = setup_pauses(daemon->arena, pauses),
		.n_pauses = pauses->n,
	};
}
