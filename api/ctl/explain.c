#include "api/ctl/commands.h"

#include "api/ctl/print.h"

/** What can be done about a verdict. */
struct advice {
	const char *state, *origin; /**< of the row; NULL: any */
	const char *text; /**< with a colon at the end: ask for that row */
};

/* clang-format off */
static const struct advice advices[] = {
	{"granted", "recipient", "Nothing. The recipient can take it back at any time."},
	{"granted", NULL,        "Nothing. It stands until it is denied or removed."},
	{"denied",  "recipient", "Nothing here: only the recipient can take a deny back. From their own phone they ask for a new permission request (PUBLISH to the Trigger-Consent URI of any message they got) and grant it."},
	{"denied",  NULL,        "If that was wrong, have the recipient asked:"},
	{"pending", NULL,        "Wait: the recipient is being asked."},
	{"waiting", NULL,        "Wait: the recipient was asked and has not replied. To ask once more:"},
	{"expired", NULL,        "It has expired. Have the recipient asked again:"},
	{"error",   NULL,        "The permission request was not delivered. Check the recipient's URI, then ask again:"},
};

/** What can be done where something else than the permission is in the way. */
static const struct {
	const char *reason, *text;
} ways_out[] = {
	{"no-such-service", "Name a service of this relay as the target."},
	{"method",          "Name such a method: --method METHOD."},
	{"sender-anonymous", "Name the sender (an account, or somebody whom a trusted peer names), or set unauthenticated-senders of the service."},
	{"sender-scheme",   "Name the sender by a sip or tel URI."},
	{"sender-rights",   "Let the account send: volensctl user may USER send (or send,answer)."},
	{"sender-unknown",  "Add an account: volensctl user add AOR --may send."},
	{"recipient-is-service", "Name a person as the recipient."},
	{"recipient-scheme", "Name the recipient by a sip URI."},
	{"recipient-unreachable", "Name the recipient by a sip URI without another transport than udp or tcp."},
	{"recipient-address", "Name another address of the recipient, or change the setting."},
	{"sender-limit",    "Wait until some of it is delivered; see: volensctl delivery list"},
	{"sender-rate",     "Wait, and send again."},
	{"draining",        "Wait until the relay runs again, and send again."},
	{"store",           "Make room on the disk, or look at the log (store-failing); then send again."},
};
/* clang-format on */

static const char *advice_for(const char *state, const char *origin)
{
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
		if (!strcmp(advices[i].state, state) &&
		    (!advices[i].origin || !strcmp(advices[i].origin, origin)))
			return advices[i].text;
	}
	return "Look at it: volensctl permission list";
}

static const char *way_out_of(const char *reason)
{
	for (size_t i = 0; i < sizeof(ways_out) / sizeof(ways_out[0]); i++)
		if (!strcmp(ways_out[i].reason, reason))
			return ways_out[i].text;
	return "See the obstacle.";
}

/** The request, and whether it would be relayed. */
static void verdict_print(struct arena *arena, const json_t *explanation)
{
	const char *verdict = member_text(arena, explanation, "verdict", "?");
	bool is_relayed = json_is_true(json_object_get(explanation, "relayed"));
	const json_t *obstacle = json_object_get(explanation, "obstacle");

	printf("%s from %s to %s\nwould%s be relayed to %s.\n\n",
	       member_text(arena, explanation, "method", "?"),
	       member_text(arena, explanation, "sender", "?"),
	       member_text(arena, explanation, "target", "?"),
	       is_relayed ? "" : " not",
	       member_text(arena, explanation, "recipient", "?"));
	if (json_is_object(obstacle))
		print_prose("obstacle",
			    arena_printf(
				    arena, "%s (%lld)",
				    member_text(arena, obstacle, "detail", "?"),
				    member_number(obstacle, "status")));
	print_fact(json_is_object(obstacle) ? "permission" : "verdict",
		   verdict);
	print_prose("because", member_text(arena, explanation, "rule", "?"));
}

/** When the recipient was asked, if they have not replied. */
static void asked_print(struct arena *arena, const json_t *row)
{
	const char *state = member_text(arena, row, "state", "?");
	const char *asked = json_string_value(json_object_get(row, "asked_at"));

	if (!strcmp(state, "pending") || !strcmp(state, "waiting") ||
	    !strcmp(state, "error"))
		print_fact("  asked", print_time(arena, asked, "not yet"));
}

static void row_print(struct arena *arena, const json_t *row)
{
	const char *evidence = member_text(arena, row, "evidence", NULL);
	const char *changed =
		json_string_value(json_object_get(row, "changed_at"));
	const char *expires =
		json_string_value(json_object_get(row, "expires_at"));

	print_fact("rests on", arena_printf(arena, "permission %lld",
					    member_number(row, "id")));
	print_fact("  sender", member_text(arena, row, "sender", "?"));
	print_fact("  target", member_text(arena, row, "target", "?"));
	print_fact("  recipient", member_text(arena, row, "recipient", "?"));
	print_fact("  for", kinds_words(arena, row));
	print_fact("  state",
		   arena_printf(arena, "%s, on word of %s",
				member_text(arena, row, "state", "?"),
				word_origin(member_text(arena, row, "origin",
							"?"))));
	print_fact("  since", print_time(arena, changed, "?"));
	print_fact(strcmp(member_text(arena, row, "state", "?"), "expired")
			   ? "  expires"
			   : "  expired",
		   print_time(arena, expires, "never"));
	asked_print(arena, row);
	if (evidence)
		print_prose("  evidence", evidence);
}

static void advice_print(struct arena *arena, const json_t *row)
{
	const char *advice = advice_for(member_text(arena, row, "state", "?"),
					member_text(arena, row, "origin", "?"));

	print_prose("what now", advice);
	if (advice[strlen(advice) - 1] != ':')
		return;
	/* What an operator denied is asked about by its terms alone. */
	printf("    volensctl permission ask %lld%s\n",
	       member_number(row, "id"),
	       strcmp(member_text(arena, row, "state", "?"), "denied") == 0
		       ? " --term default"
		       : "");
}

void kinds_option_print(struct arena *arena, const json_t *explanation)
{
	const char *kind = member_text(arena, explanation, "kind", "message");

	if (strcmp(kind, "message") != 0)
		printf(" --kinds %s", print_word(arena, kind));
}

/** The command that has the recipient asked. */
static void ask_print(struct arena *arena, const json_t *explanation)
{
	static const char *const members[] = {"sender", "target", "recipient"};

	printf("    volensctl permission ask \\\n       ");
	for (size_t i = 0; i < 3; i++)
		printf(" %s", print_word(arena, member_text(arena, explanation,
							    members[i], "?")));
	kinds_option_print(arena, explanation);
	putchar('\n');
}

/** One allowance; nothing where there is no limit. */
static void left_print(struct arena *arena, const json_t *allowance,
		       const char *member, const char *words)
{
	const json_t *left = json_object_get(allowance, member);

	if (json_is_integer(left))
		print_fact("allowance",
			   arena_printf(arena, "%lld %s",
					(long long)json_integer_value(left),
					words));
}

static void allowance_print(struct arena *arena, const json_t *allowance)
{
	left_print(arena, allowance, "requests_now",
		   "more requests of this sender at once");
	left_print(arena, allowance, "recipients_this_hour",
		   "more recipients of this sender in this hour");
}

/** The obstacle first: no permission takes it away. */
static void what_now_print(struct arena *arena, const json_t *explanation)
{
	const json_t *obstacle = json_object_get(explanation, "obstacle");
	const json_t *row = json_object_get(explanation, "row");

	if (json_is_object(obstacle)) {
		print_prose("what now", way_out_of(member_text(arena, obstacle,
							       "reason", "?")));
	} else if (json_is_object(row)) {
		advice_print(arena, row);
	} else if (!strcmp(member_text(arena, explanation, "verdict", "?"),
			   "denied")) {
		print_prose("what now", "See RESTORE in volensd(8).");
	} else {
		print_fact("what now", "Have the recipient asked:");
		ask_print(arena, explanation);
	}
}

static void explanation_print(const struct options *options,
			      const json_t *explanation)
{
	struct arena *arena = options->arena;
	const json_t *row = json_object_get(explanation, "row");
	const char *on_disk = member_text(arena, explanation, "on_disk", "?");
	const char *verdict = member_text(arena, explanation, "verdict", "?");

	verdict_print(arena, explanation);
	if (!strcmp(verdict, "granted"))
		allowance_print(arena,
				json_object_get(explanation, "allowance"));
	if (json_is_object(row))
		row_print(arena, row);
	else
		print_fact("rests on", strcmp(verdict, "denied") != 0
					       ? "nothing"
					       : "no permission that is left");
	what_now_print(arena, explanation);
	if (strcmp(on_disk, verdict) != 0)
		print_fact("note", "a change is being written to the disk at "
				   "this moment");
}

enum outcome explain_run(struct client *client, const struct options *options)
{
	struct http_reply reply;
	json_t *body = json_pack(
		"{s:s,s:s,s:s}", "sender", word_uri(options, options->words[0]),
		"target", word_uri(options, options->words[1]), "recipient",
		word_uri(options, options->words[2]));

	if (!body) {
		print_problem("the arguments are not UTF-8.");
		return OUTCOME_USAGE;
	}
	if (options->n_words > 3 || options->method)
		json_object_set_new(body, "method",
				    json_string(options->method
							? options->method
							: options->words[3]));
	if (!client_call(client, "POST", "/v1/explain", body, &reply))
		return OUTCOME_FAILED;
	if (options->is_json)
		print_json(reply.json);
	else
		explanation_print(options, reply.json);
	reply_clear(&reply);
	return OUTCOME_OK;
}
