/* How often people are asked, as the configuration says. */
#include "server/daemon_private.h"

struct asking_limits setup_asking(const struct daemon *daemon)
{
	const struct config *config = daemon->config;
	size_t n = config->no_answer_pauses_s.n;
	int *pauses = arena_array(daemon->arena, n + 1, sizeof(*pauses));

	for (size_t i = 0; i < n; i++)
		pauses[i] = (int)config->no_answer_pauses_s.at[i];
	return (struct asking_limits){
		.all = {(int)config->request_burst,
			(int)config->request_interval_s,
			(int)config->requests_per_day},
		.owner_per_day = (int)config->owner_requests_per_day,
		.owner_per_week = (int)config->owner_requests_per_week,
		.owner_per_half_year =
			(int)config->owner_requests_per_half_year,
		.pauses_s = pauses,
		.n_pauses = n,
	};
}
