#include "api/ctl/commands.h"

#include "api/ctl/print.h"

#define METRIC_MAX 64

/** The value of a sample in the text format of Prometheus; -1 when absent. */
static double sample(const struct reply *metrics, const char *name)
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

static void count_print(struct arena *arena, const struct reply *metrics,
			const char *fact, const char *name)
{
	double value = sample(metrics, name);

	if (value >= 0)
		print_fact(fact, arena_printf(arena, "%.0f", value));
}

/** The version out of the labels of build_info. */
static const char *version_of(struct arena *arena, const struct reply *metrics)
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

static void status_print(const struct options *options,
			 const struct reply *ready, const struct reply *metrics)
{
	struct arena *arena = options->arena;
	const char *why = member_text(arena, ready->json, "detail", NULL);

	printf("volensd%s at %s is %s", version_of(arena, metrics),
	       options->url, why ? "not ready: " : "ready.\n");
	if (why)
		printf("%s.\n", why);
	count_print(arena, metrics, "in force", "volensd_permissions");
	count_print(arena, metrics, "users", "volensd_accounts");
	count_print(arena, metrics, "in work", "volensd_relays");
	count_print(arena, metrics, "waiting", "volensd_deferred_messages");
	count_print(arena, metrics, "accepted", "volensd_accepted_total");
	count_print(arena, metrics, "refused 470", "volensd_refused_470_total");
	count_print(arena, metrics, "grants", "volensd_grants_total");
	count_print(arena, metrics, "denials", "volensd_revocations_total");
	double bytes = sample(metrics, "process_resident_memory_bytes");

	if (bytes > 0)
		print_fact("memory",
			   arena_printf(arena, "%.1f MiB", bytes / 1048576));
}

enum outcome status_run(struct client *client, const struct options *options)
{
	struct reply ready = {0}, metrics = {0};

	if (!client_look(client, "/readyz", &ready))
		return OUTCOME_FAILED;
	if (!json_is_object(ready.json)) {
		print_problem("what answers at %s is not volensd. Name its "
			      "address with -u or VOLENS_URL.",
			      options->url);
		reply_clear(&ready);
		return OUTCOME_FAILED;
	}
	bool is_ready = ready.status == 200;

	if (options->is_json) {
		print_json(ready.json);
	} else {
		bool has_metrics =
			client_call(client, "GET", "/metrics", NULL, &metrics);

		status_print(options, &ready, &metrics);
		if (has_metrics)
			reply_clear(&metrics);
	}
	reply_clear(&ready);
	return is_ready ? OUTCOME_OK : OUTCOME_FAILED;
}

enum outcome metrics_run(struct client *client, const struct options *options)
{
	struct reply reply;

	(void)options;
	if (!client_call(client, "GET", "/metrics", NULL, &reply))
		return OUTCOME_FAILED;
	fwrite(reply.text.at, 1, reply.text.len, stdout);
	reply_clear(&reply);
	return OUTCOME_OK;
}
