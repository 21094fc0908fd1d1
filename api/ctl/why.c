/* volensctl why: the story of one recipient of one message, or call. */
#include "api/ctl/commands.h"
#include "api/ctl/print.h"
#include "api/ctl/records.h"
#include "api/ctl/why.h"

#define REQUESTS "/v1/requests"
#define CALLS_MAX 50 /* to one recipient, of one conference */

static void story_release(struct story *story)
{
	json_decref(story->request);
	json_decref(story->recipient);
	json_decref(story->earlier);
	json_decref(story->permission);
	json_decref(story->explanation);
}

/* ---- what is known ------------------------------------------------------ */

static json_t *first_of(json_t *rows)
{
	json_t *row = json_incref(json_array_get(rows, 0));

	json_decref(rows);
	return row;
}

/** The request that is meant: by its number, or the newest that fits. */
static json_t *request_find(struct client *client,
			    const struct options *options,
			    const char *recipient)
{
	struct http_reply reply;
	struct text path;
	json_t *request;

	text_init(&path, options->arena);
	text_add(&path, REQUESTS);
	if (options->id) {
		text_printf(&path, "/%s", options->id);
		if (!client_call(client, "GET", path.at, NULL, &reply))
			return NULL;
		request = json_incref(reply.json);
		reply_clear(&reply);
		return request;
	}
	path_param(client, &path, "recipient", recipient);
	path_param(client, &path, "sender",
		   options->sender ? word_uri(options, options->sender) : NULL);
	path_param(client, &path, "call_id", options->call_id);
	path_param(client, &path, "limit", "1");
	json_t *rows = rows_find(client, options, path.at, 1);

	if (rows && !json_array_size(rows))
		print_problem("no matching message or ended call to %s is "
			      "recorded; see: volensctl request list, and for "
			      "calls that go on: volensctl conference list",
			      print_safe(options->arena, recipient));
	return first_of(rows);
}

/** Takes the last of several calls out; the others stay. */
static json_t *last_of(json_t *rows)
{
	size_t last = 0, n = json_array_size(rows);
	json_t *row;

	for (size_t i = 1; i < n; i++) {
		const char *at = member_string(json_array_get(rows, i), "at");
		const char *latest =
			member_string(json_array_get(rows, last), "at");

		if (strcmp(at, latest) > 0)
			last = i;
	}
	row = json_incref(json_array_get(rows, last));
	json_array_remove(rows, last);
	return row;
}

/** In @p ret_earlier those of other calls to them. */
static json_t *recipient_find(struct client *client,
			      const struct options *options,
			      const json_t *request, const char *recipient,
			      json_t **ret_earlier)
{
	struct text path;

	text_init(&path, options->arena);
	text_printf(&path, REQUESTS "/%lld/recipients",
		    member_number(request, "id"));
	path_param(client, &path, "recipient", recipient);
	json_t *rows = rows_find(client, options, path.at, CALLS_MAX);

	*ret_earlier = rows;
	if (rows && !json_array_size(rows))
		print_problem("request %lld was not for %s; see: volensctl "
			      "request show %lld",
			      member_number(request, "id"),
			      print_safe(options->arena, recipient),
			      member_number(request, "id"));
	return last_of(rows);
}

static json_t *permission_find(struct client *client,
			       const struct options *options, long long id)
{
	struct text path;

	if (!id)
		return NULL;
	/* A list of one, so that it is no error where it is gone. */
	text_init(&path, options->arena);
	text_add(&path, "/v1/permissions?limit=1");
	if (id > 1)
		text_printf(&path, "&after=%lld", id - 1);
	json_t *row = first_of(rows_find(client, options, path.at, 1));

	if (member_number(row, "id") == id)
		return row;
	json_decref(row);
	return NULL;
}

static json_t *explanation_find(struct client *client,
				const struct story *story)
{
	struct http_reply reply;
	json_t *body = json_object();

	json_object_set(body, "sender",
			json_object_get(story->request, "sender"));
	json_object_set(body, "target",
			json_object_get(story->request, "target"));
	json_object_set(body, "recipient",
			json_object_get(story->recipient, "recipient"));
	json_object_set(body, "method",
			json_object_get(story->request, "method"));
	if (!client_call(client, "POST", "/v1/explain", body, &reply))
		return NULL;
	json_t *explanation = json_incref(reply.json);

	reply_clear(&reply);
	return explanation;
}

static bool story_is_call(const struct story *story)
{
	return strcmp(member_string(story->request, "method"), "INVITE") == 0;
}

/* ---- what is said ------------------------------------------------------- */

/* clang-format off */
static const struct telling tellings[] = {
	{"delivered", 0, 0, "reached", "", NULL,
	 "If it is not on the screen, look at the phone, or at the server that responded for it."},
	{"sending", 0, 0, "is on its way to", "",
	 "Silence is given up after 32 seconds; then it is tried again later.", NULL},
	{"deferred", 404, 404, "did not reach", " yet", NULL,
	 "The next server does not know the recipient at present: the phone is off, or the address is wrong."},
	{"deferred", 408, 408, "did not reach", " yet", NULL,
	 "There was no response. Is the phone, or the server before it, up and reachable from here?"},
	{"deferred", 480, 480, "did not reach", " yet", NULL,
	 "The phone is not registered at its server, or its owner is away."},
	{"deferred", 401, 407, "did not reach", " yet", NULL,
	 "The next server wants credentials that the relay does not have. See the log (leg-deferred)."},
	{"deferred", 486, 486, "did not reach", " yet", NULL, "The phone is busy."},
	{"deferred", 503, 503, "did not reach", " yet", NULL,
	 "There was no connection to the phone or its server, or the server is overloaded."},
	{"deferred", 0, 0, "did not reach", " yet", NULL,
	 "It is sent when the recipient responds again; many wait, or the last try failed."},
	{"failed", 0, 0, "did not reach", "", "It is not tried again.",
	 "The response is final. Look up the SIP status at the server that gave it; then the sender may send anew."},
	{"expired", 0, 0, "did not reach", "", "It is not tried again.",
	 "The recipient was not reached before the message's time was over. The sender may send anew."},
	{"withdrawn", 0, 0, "was not sent to", "", "It is not tried again.",
	 "There was no permission any more when it was to be sent."},
	{"withdrawn-later", 0, 0, "may have reached", "", "It is not tried again.",
	 "It was sent before, without success; when it was to be sent again, there was no permission any more."},
	{"removed", 0, 0, "did not reach", "", "It is not tried again.",
	 "An operator gave the delivery up (volensctl delivery remove)."},
	{"left-out", 0, 0, "was not sent to", "", NULL, NULL},
	{"missing", 0, 0, "was not sent to", "", NULL, NULL},
	{"refused", 0, 0, "was not sent to", "", NULL,
	 "The whole request was refused, so nobody got it."},
};
/* clang-format on */

static const struct telling *message_telling(const json_t *recipient)
{
	const char *outcome = member_string(recipient, "outcome");

	if (member_number(recipient, "attempts") > 0 &&
	    strcmp(outcome, "withdrawn") == 0)
		outcome = "withdrawn-later";
	return telling_find(tellings, sizeof(tellings) / sizeof(tellings[0]),
			    outcome, recipient);
}

const struct telling *telling_find(const struct telling *all, size_t n,
				   const char *outcome, const json_t *recipient)
{
	long long status = member_number(recipient, "sip_status");

	for (size_t i = 0; i < n; i++) {
		if (strcmp(all[i].outcome, outcome) == 0 &&
		    (!all[i].status_to || (status >= all[i].status_from &&
					   status <= all[i].status_to)))
			return &all[i];
	}
	return NULL;
}

void head_print(struct arena *arena, const struct story *story,
		const struct telling *telling)
{
	const char *at = json_string_value(
		json_object_get(story->request, "accepted_at"));

	printf("The %s of %s\nfrom %s to %s\n%s %s%s.\n\n",
	       story_is_call(story)
		       ? "call"
		       : member_text(arena, story->request, "method", "?"),
	       print_time(arena, at, "?"),
	       short_uri(arena, story->request, "sender"),
	       short_uri(arena, story->request, "target"),
	       telling ? telling->head : "may not have reached",
	       short_uri(arena, story->recipient, "recipient"),
	       telling ? telling->tail : "");
}

/** What can be done: as @p so says, or about the certificate. */
const char *so_text(const json_t *recipient, const char *so)
{
	if (strcmp(member_string(recipient, "reason"), "certificate") != 0 ||
	    strcmp(member_string(recipient, "outcome"), "removed") == 0)
		return so;
	return "The certificate of the next server does not prove the domain "
	       "of their URI, so nothing was sent. The log says what is wrong "
	       "with it (tls-refused). The server needs a right one, or its "
	       "authority has to be in tls { ca } here.";
}

/** The lines of the request and of its response. */
void taken_print(struct arena *arena, const struct story *story)
{
	const json_t *request = story->request;
	long long status = member_number(request, "status");
	const char *at = member_text(arena, request, "accepted_at", NULL);

	print_fact(clock_text(arena, at),
		   arena_printf(arena, "request %lld, from %s",
				member_number(request, "id"),
				member_text(arena, request, "source", "?")));
	if (*member_text(arena, request, "call_id", ""))
		print_fact("", arena_printf(arena, "Call-ID %s",
					    member_text(arena, request,
							"call_id", "?")));
	print_fact("",
		   arena_printf(arena, "response %lld", status ? status : 202));
}

void permission_line(struct arena *arena, const struct story *story)
{
	long long id = member_number(story->recipient, "permission");
	const json_t *row = story->permission;
	const char *changed =
		json_string_value(json_object_get(row, "changed_at"));

	if (!id)
		print_fact("rested on", "no permission");
	else if (!row)
		print_fact("rested on",
			   arena_printf(arena,
					"permission %lld, which is not "
					"there any more",
					id));
	else
		print_prose(
			"rested on",
			arena_printf(arena,
				     "permission %lld; it is %s now, on "
				     "word of %s since %s",
				     id, member_text(arena, row, "state", "?"),
				     word_origin(member_text(arena, row,
							     "origin", "?")),
				     print_time(arena, changed, "?")));
}

/** How the last try was written, where that is not the usual. */
static void form_print(struct arena *arena, const json_t *recipient)
{
	const char *content = member_text(arena, recipient, "content", "");

	if (!strcmp(content, "without-history"))
		print_prose("", "sent without the list of recipients: it did "
				"not fit into a datagram, or was not taken");
	if (!strcmp(content, "text"))
		print_prose("", "sent as plain text: nothing else was taken");
	if (json_is_true(json_object_get(recipient, "over_udp_limit")))
		print_prose("", "sent by UDP with more than 1,300 bytes: the "
				"next hop takes no TCP");
}

static void outcome_print(struct arena *arena, const struct story *story)
{
	const json_t *it = story->recipient;
	long long tries = member_number(it, "attempts");
	long long status = member_number(it, "sip_status");
	const char *at = member_text(arena, it, "at", NULL);
	struct text text;

	text_init(&text, arena);
	text_add(&text, member_text(arena, it, "outcome", "?"));
	if (status)
		text_printf(&text, ", SIP status %s",
			    print_status(arena, it, "sip_status", "none"));
	if (tries)
		text_printf(&text, ", after %lld %s", tries,
			    tries == 1 ? "try" : "tries");
	print_prose(clock_text(arena, at), text.at);
	form_print(arena, it);
}

/** What is to be done where permission is missing: what explain says. */
void explain_print(struct arena *arena, const struct story *story)
{
	const json_t *now = story->explanation;
	const char *verdict = member_text(arena, now, "verdict", "?");
	const char *verb = story_is_call(story) ? "call" : "send";

	print_prose("now", arena_printf(arena, "permission %s: %s", verdict,
					member_text(arena, now, "rule", "?")));
	if (!strcmp(verdict, "granted"))
		print_prose("so", arena_printf(arena,
					       "It is there by now: the sender "
					       "may %s anew.",
					       verb));
	else if (!strcmp(verdict, "missing"))
		print_prose("so",
			    arena_printf(arena,
					 "Have the recipient asked; when they "
					 "have granted it, the sender may %s "
					 "anew.",
					 verb));
	else
		print_prose("so",
			    "The recipient is not to be sent this, or called. "
			    "Only who denied it can take it back.");
	if (strcmp(verdict, "missing") != 0)
		return;
	printf("    volensctl permission ask %s %s %s",
	       print_word(arena, member_text(arena, now, "sender", "?")),
	       print_word(arena, member_text(arena, now, "target", "?")),
	       print_word(arena, member_text(arena, now, "recipient", "?")));
	kinds_option_print(arena, now);
	putchar('\n');
}

static void next_print(struct arena *arena, const struct story *story,
		       const struct telling *telling)
{
	const char *next =
		json_string_value(json_object_get(story->recipient, "next_at"));
	long long delivery = member_number(story->recipient, "delivery");

	if (next)
		print_fact("next try", print_time(arena, next, "?"));
	else if (telling && telling->next)
		print_prose("next", telling->next);
	if (story->explanation)
		explain_print(arena, story);
	else if (telling && telling->so)
		print_prose("so", so_text(story->recipient, telling->so));
	if (member_number(story->request, "status") == 470)
		printf("    volensctl request show %lld\n",
		       member_number(story->request, "id"));
	if (delivery)
		printf("    volensctl delivery retry %lld\n", delivery);
}

static void story_print(const struct options *options,
			const struct story *story)
{
	struct arena *arena = options->arena;
	const struct telling *telling = message_telling(story->recipient);

	if (story_is_call(story)) {
		call_story_print(arena, story);
		return;
	}
	head_print(arena, story, telling);
	taken_print(arena, story);
	permission_line(arena, story);
	outcome_print(arena, story);
	next_print(arena, story, telling);
}

static bool wants_explanation(const json_t *recipient)
{
	static const char *const outcomes[] = {"missing", "left-out",
					       "withdrawn"};
	const char *outcome =
		json_string_value(json_object_get(recipient, "outcome"));

	for (size_t i = 0; outcome && i < 3; i++)
		if (!strcmp(outcome, outcomes[i]))
			return true;
	return false;
}

static bool story_read(struct client *client, const struct options *options,
		       const char *recipient, struct story *story)
{
	story->request = request_find(client, options, recipient);
	if (!story->request)
		return false;
	story->recipient = recipient_find(client, options, story->request,
					  recipient, &story->earlier);
	if (!story->recipient)
		return false;
	story->permission = permission_find(
		client, options, member_number(story->recipient, "permission"));
	if (wants_explanation(story->recipient))
		story->explanation = explanation_find(client, story);
	return true;
}

static void story_json(const struct story *story)
{
	json_t *json = json_object();

	json_object_set(json, "request", story->request);
	json_object_set(json, "recipient", story->recipient);
	json_object_set_new(json, "permission",
			    story->permission ? json_incref(story->permission)
					      : json_null());
	json_object_set_new(json, "explanation",
			    story->explanation ? json_incref(story->explanation)
					       : json_null());
	print_json(json);
	json_decref(json);
}

enum outcome why_run(struct client *client, const struct options *options)
{
	const char *recipient = word_uri(options, options->words[0]);
	struct story story = {.request = NULL};
	bool is_read;

	if (options->id && !word_is_id(options->id)) {
		print_problem("\"%s\" is not the number of a request; see: "
			      "volensctl request list",
			      print_safe(options->arena, options->id));
		return OUTCOME_USAGE;
	}
	is_read = story_read(client, options, recipient, &story);
	if (is_read && options->is_json)
		story_json(&story);
	else if (is_read)
		story_print(options, &story);
	story_release(&story);
	return is_read ? OUTCOME_OK : OUTCOME_FAILED;
}
