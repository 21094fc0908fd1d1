#include "api/ctl/commands.h"

#include "api/ctl/print.h"

#define METRIC_MAX 64

/** The value of a sample in the text format of Prometheus; -1 when absent. */
static double sample(const struct http_reply *metrics, const char *name)
{
	size_t len = strlen(name);
	const char *at = metrics->text.at;

	while (at && *at) {
		if (!strncmp(at, name, len) && at[len] == ' ')
			return strtod(at + len, NULL);
		at = strchr(at, '\n');
		if (at)
			at++;
	}
	return -1;
}

static void count_print(struct arena *arena, const struct http_reply *metrics,
			const char *fact, const char *name)
{
	double value = sample(metrics, name);

	if (value >= 0)
		print_fact(fact, arena_printf(arena, "%.0f", value));
}

/** The version out of the labels of build_info. */
static const char *version_of(struct arena *arena,
			      const struct http_reply *metrics)
{
	static const char mark[] = "volensd_build_info{version=\"";
	const char *at =
		metrics->text.at ? strstr(metrics->text.at, mark) : NULL;

	if (!at)
		return "";
	at += sizeof(mark) - 1;
	return print_safe(arena, arena_printf(arena, " %.*s",
					      (int)strcspn(at, "\"\n"), at));
}

/** What `status` counts: the fact for a person, and the name in JSON. */
static const struct {
	const char *fact, *name, *metric;
} counts[] = {
	/* clang-format off */
	{"in force",    "permissions", "volensd_permissions"},
	{"users",       "users",       "volensd_accounts"},
	{"in work",     "in_work",     "volensd_requests_in_work"},
	{"waiting",     "waiting",     "volensd_deliveries_waiting"},
	{"accepted",    "accepted",    "volensd_requests_accepted_total"},
	{"refused 470", "refused_470", "volensd_requests_refused_470_total"},
	{"grants",      "grants",      "volensd_grants_total"},
	{"denials",     "denials",     "volensd_denies_total"},
	{"conferences", "conferences", "volensd_conferences"},
	{"calls",       "calls",       "volensd_calls_started_total"},
	/* clang-format on */
};
#define N_COUNTS (sizeof(counts) / sizeof(counts[0]))

static void status_print(const struct options *options,
			 const struct http_reply *ready,
			 const struct http_reply *metrics)
{
	struct arena *arena = options->arena;
	const char *why = member_text(arena, ready->json, "detail", NULL);
	double bytes = sample(metrics, "process_resident_memory_bytes");

	printf("volensd%s at %s is %s", version_of(arena, metrics),
	       options->url, why ? "not ready: " : "ready.\n");
	if (why)
		printf("%s.\n", why);
	for (size_t i = 0; i < N_COUNTS; i++)
		count_print(arena, metrics, counts[i].fact, counts[i].metric);
	if (bytes > 0)
		print_fact("memory",
			   arena_printf(arena, "%.1f MiB", bytes / 1048576));
}

/** The response of /readyz, with "counts" beside it. */
static void status_print_json(const struct http_reply *ready,
			      const struct http_reply *metrics)
{
	json_t *all = json_object();

	for (size_t i = 0; i < N_COUNTS; i++) {
		double value = sample(metrics, counts[i].metric);

		if (value >= 0)
			json_object_set_new(all, counts[i].name,
					    json_integer((json_int_t)value));
	}
	json_object_set_new(ready->json, "counts", all);
	print_json(ready->json);
}

enum outcome status_run(struct client *client, const struct options *options)
{
	struct http_reply ready = {0}, metrics = {0};

	if (!client_look(client, "/readyz", &ready))
		return OUTCOME_FAILED;
	if (!json_is_object(ready.json)) {
		print_problem("the server at %s is not volensd. Name its "
			      "address with -u or VOLENS_URL.",
			      options->url);
		reply_clear(&ready);
		return OUTCOME_FAILED;
	}
	/* Without the right token the status is not known: that is a failure.
	 */
	bool is_known = client_call(client, "GET", "/metrics", NULL, &metrics);
	bool is_fine = is_known && ready.status == 200;

	if (options->is_json)
		status_print_json(&ready, &metrics);
	else
		status_print(options, &ready, &metrics);
	if (is_known)
		reply_clear(&metrics);
	reply_clear(&ready);
	return is_fine ? OUTCOME_OK : OUTCOME_FAILED;
}

enum outcome metrics_run(struct client *client, const struct options *options)
{
	struct http_reply reply;

	if (!client_call(client, "GET", "/metrics", NULL, &reply))
		return OUTCOME_FAILED;
	print_lines(options->arena, text_view(&reply.text));
	reply_clear(&reply);
	return OUTCOME_OK;
}
