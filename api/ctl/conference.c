#include "api/ctl/commands.h"

#include "api/ctl/conferences.h"
#include "api/ctl/print.h"

/* ---- what is shown
 * ------------------------------------------------------------ */

static const char *age_of(struct arena *arena, const json_t *row,
			  const char *name)
{
	return print_age(arena, json_string_value(json_object_get(row, name)),
			 "-");
}

static void list_row(struct print_table *table, struct arena *arena,
		     const json_t *row)
{
	const json_t *counts = json_object_get(row, "counts");
	const char *const cells[] = {
		member_text(arena, row, "id", "?"),
		member_text(arena, row, "state", "?"),
		member_text(arena, row, "service", "?"),
		member_text(arena, row, "sender", "?"),
		arena_printf(arena, "%lld", member_number(counts, "connected")),
		arena_printf(arena, "%lld",
			     member_number(counts, "queued") +
				     member_number(counts, "dialing") +
				     member_number(counts, "alerting")),
		age_of(arena, row, "created_at"),
		member_text(arena, row, "subject", "-")};

	table_row(table, cells);
}

enum outcome conference_list_run(struct client *client,
				 const struct options *options)
{
	static const char *const headings[] = {"ID",	 "STATE",   "SERVICE",
					       "SENDER", "THERE",   "RINGING",
					       "SINCE",	 "SUBJECT", NULL};
	bool has_more;
	struct text path;

	text_init(&path, options->arena);
	text_add(&path, CONFERENCES_PATH);
	path_param(client, &path, "sender", options->sender);
	path_param(client, &path, "state", options->state);
	json_t *rows = client_list(client, path.at, &has_more);

	if (!rows)
		return OUTCOME_FAILED;
	if (options->is_json) {
		print_json(rows);
	} else if (json_array_size(rows)) {
		table_print_rows(options->arena, headings, rows, list_row);
		print_total(json_array_size(rows), "conference", has_more);
	} else {
		puts("There is no conference. Make one: volensctl conference "
		     "create SERVICE --sender AOR URI...");
	}
	json_decref(rows);
	return OUTCOME_OK;
}

/** "busy (486 Busy Here)" of one who is gone. */
const char *party_reason(struct arena *arena, const json_t *party)
{
	const json_t *reason = json_object_get(party, "reason");
	long long sip = member_number(reason, "sip");
	const char *text = member_text(arena, reason, "text", "");

	if (!json_is_object(reason))
		return "-";
	if (json_is_true(json_object_get(reason, "revoked")))
		return "took their consent back";
	return arena_printf(
		arena, "%s%s%s%s%s%s", member_text(arena, reason, "left", "?"),
		sip || text[0] ? " (" : "",
		sip ? arena_printf(arena, "%lld", sip) : "",
		sip && text[0] ? " " : "", text, sip || text[0] ? ")" : "");
}

/** "muted, on hold" */
static const char *flags_of(struct arena *arena, const json_t *party)
{
	static const char *const names[] = {"talking", "muted", "deaf",
					    "on_hold"};
	static const char *const words[] = {"talking", "muted", "deaf",
					    "on hold"};
	const char *all = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (json_is_true(json_object_get(party, names[i])))
			all = arena_printf(arena, "%s%s%s", all,
					   all[0] ? ", " : "", words[i]);
	}
	return all[0] ? all : "-";
}

static void party_row(struct print_table *table, struct arena *arena,
		      const json_t *party)
{
	const char *const cells[] = {
		arena_printf(arena, "%lld", member_number(party, "id")),
		member_text(arena, party, "status", "?"),
		member_text(arena, party, "uri", "?"),
		age_of(arena, party, "since"),
		flags_of(arena, party),
		party_reason(arena, party)};

	table_row(table, cells);
}

void parties_print(struct arena *arena, const json_t *parties)
{
	static const char *const headings[] = {
		"PARTY", "STATUS", "URI", "SINCE", "IS", "ENDED", NULL};

	if (json_array_size(parties))
		table_print_rows(arena, headings, parties, party_row);
}

/** One, as a table of one row. */
static void party_print(struct arena *arena, json_t *party)
{
	json_t *parties = json_pack("[O]", party);

	parties_print(arena, parties);
	json_decref(parties);
}

void conference_print(struct arena *arena, const json_t *conference)
{
	printf("Conference %s: %s\n", member_text(arena, conference, "id", "?"),
	       member_text(arena, conference, "state", "?"));
	print_fact("address", member_text(arena, conference, "uri", "?"));
	print_fact("service", member_text(arena, conference, "service", "?"));
	print_fact("sender", member_text(arena, conference, "sender", "?"));
	print_fact("subject",
		   member_text(arena, conference, "subject", "none"));
	print_fact("created", print_time(arena,
					 json_string_value(json_object_get(
						 conference, "created_at")),
					 "?"));
	if (json_is_true(json_object_get(conference, "locked")))
		print_fact("locked", "nobody can join");
	if (json_is_true(json_object_get(conference, "muted")))
		print_fact("muted", "everybody but its creator");
	if (json_is_string(json_object_get(conference, "ended_by")))
		print_fact("ended by",
			   member_text(arena, conference, "ended_by", "?"));
	puts("");
	parties_print(arena, json_object_get(conference, "parties"));
}

/* ---- what is asked
 * --------------------------------------------------------------- */

const char *conference_path(const struct options *options, const char *tail)
{
	const char *id = options->words[0];

	if (strlen(id) == 16 && strspn(id, "0123456789abcdef") == 16)
		return arena_printf(options->arena, CONFERENCES_PATH "/%s%s",
				    id, tail);
	print_problem("\"%s\" is not the id of a conference; see: volensctl "
		      "conference list",
		      print_safe(options->arena, id));
	return NULL;
}

/** The path of a party, or NULL. */
static const char *party_path(const struct options *options)
{
	const char *party = options->words[1];

	if (word_is_id(party))
		return conference_path(
			options,
			arena_printf(options->arena, "/parties/%s", party));
	print_problem("\"%s\" is not the number of a party; see: volensctl "
		      "conference show %s",
		      print_safe(options->arena, party), options->words[0]);
	return NULL;
}

/** Ask, and print what comes back. */
static enum outcome ask(struct client *client, const char *method,
			const char *path, json_t *body)
{
	const struct options *options = client_options(client);
	struct http_reply reply;

	if (!path) {
		json_decref(body);
		return OUTCOME_USAGE;
	}
	if (!client_call(client, method, path, body, &reply))
		return OUTCOME_FAILED;
	if (options->is_json && reply.json)
		print_json(reply.json);
	else if (json_object_get(reply.json, "parties"))
		conference_print(options->arena, reply.json);
	else if (json_object_get(reply.json, "items"))
		parties_print(options->arena,
			      json_object_get(reply.json, "items"));
	else if (json_object_get(reply.json, "shown_as"))
		party_print(options->arena, reply.json);
	else if (!options->is_json)
		puts("Done.");
	reply_clear(&reply);
	return OUTCOME_OK;
}

enum outcome conference_show_run(struct client *client,
				 const struct options *options)
{
	return ask(client, "GET", conference_path(options, ""), NULL);
}

/** The URIs from word @p first on. */
static json_t *entries(const struct options *options, int first)
{
	json_t *array = json_array();

	for (int i = first; i < options->n_words; i++)
		json_array_append_new(
			array, json_pack("{s:s}", "uri",
					 word_uri(options, options->words[i])));
	return array;
}

static void put_missing(json_t *body, const struct options *options)
{
	if (options->is_skipping)
		json_object_set_new(body, "missing", json_string("skip"));
}

enum outcome conference_create_run(struct client *client,
				   const struct options *options)
{
	json_t *body;

	if (!options->sender) {
		print_problem("name whose permissions count: --sender AOR");
		return OUTCOME_USAGE;
	}
	body = json_pack("{s:s,s:s,s:o}", "service", options->words[0],
			 "sender", word_uri(options, options->sender),
			 "parties", entries(options, 1));
	if (body && options->subject)
		json_object_set_new(body, "subject",
				    json_string(options->subject));
	put_missing(body, options);
	return ask(client, "POST", CONFERENCES_PATH, body);
}

enum outcome conference_add_run(struct client *client,
				const struct options *options)
{
	json_t *body = json_pack("{s:o}", "parties", entries(options, 1));

	put_missing(body, options);
	return ask(client, "POST", conference_path(options, "/parties"), body);
}

enum outcome conference_remove_run(struct client *client,
				   const struct options *options)
{
	return ask(client, "DELETE", party_path(options), NULL);
}

enum outcome conference_redial_run(struct client *client,
				   const struct options *options)
{
	const char *path = party_path(options);

	if (!path)
		return OUTCOME_USAGE;
	return ask(client, "POST",
		   arena_printf(options->arena, "%s/redial", path), NULL);
}

/** One party, or with --all everybody but the creator. */
static enum outcome mute(struct client *client, int is_muted)
{
	const struct options *options = client_options(client);
	bool is_one = options->n_words == 2;

	if (is_one == (options->is_all != 0)) {
		print_problem("name a PARTY, or say --all");
		return OUTCOME_USAGE;
	}
	return ask(client, "PATCH",
		   is_one ? party_path(options) : conference_path(options, ""),
		   json_pack("{s:b}", "muted", is_muted));
}

enum outcome conference_mute_run(struct client *client,
				 const struct options *options)
{
	(void)options;
	return mute(client, 1);
}

enum outcome conference_unmute_run(struct client *client,
				   const struct options *options)
{
	(void)options;
	return mute(client, 0);
}

enum outcome conference_lock_run(struct client *client,
				 const struct options *options)
{
	return ask(client, "PATCH", conference_path(options, ""),
		   json_pack("{s:b}", "locked", 1));
}

enum outcome conference_unlock_run(struct client *client,
				   const struct options *options)
{
	return ask(client, "PATCH", conference_path(options, ""),
		   json_pack("{s:b}", "locked", 0));
}

enum outcome conference_end_run(struct client *client,
				const struct options *options)
{
	return ask(client, "DELETE", conference_path(options, ""), NULL);
}
