/* Asking, and asking once more who did not answer. */
#include "api/ctl/commands.h"

#include "api/ctl/print.h"
#include "api/time_format.h"
#include "server/base/loop.h"

#define PATH "/v1/permissions"
#define DAY_S 86400

/* ---- what is shown ------------------------------------------------------ */

const char *question_state(struct arena *arena, const json_t *row)
{
	const json_t *question = json_object_get(row, "question");

	if (strcmp(member_text(arena, question, "state", ""), "not-reached") ==
	    0)
		return "not reached";
	return member_text(arena, row, "state", "-");
}

bool question_is_limited(const json_t *row)
{
	return json_is_string(
		json_object_get(json_object_get(row, "limits"), "limit"));
}

static const char *time_in(struct arena *arena, const json_t *object,
			   const char *name)
{
	return print_time(
		arena, json_string_value(json_object_get(object, name)), NULL);
}

/** "owner-week: 2 of 2 in 7 d", "no-answer: 3 in a row, a pause of 7 d". */
static const char *limit_words(struct arena *arena, const json_t *limits)
{
	long long period = member_number(limits, "period_s");
	const char *limit = member_text(arena, limits, "limit", "");
	const char *span =
		period % DAY_S ? arena_printf(arena, "%lld s", period)
			       : arena_printf(arena, "%lld d", period / DAY_S);

	if (strcmp(limit, "no-answer") == 0)
		return arena_printf(arena, "%s: %lld in a row, a pause of %s",
				    limit, member_number(limits, "used"), span);
	return arena_printf(arena, "%s: %lld of %lld in %s", limit,
			    member_number(limits, "used"),
			    member_number(limits, "allowed"), span);
}

void question_print(struct arena *arena, const json_t *row)
{
	const json_t *question = json_object_get(row, "question");
	const json_t *limits = json_object_get(row, "limits");
	const char *next = time_in(arena, question, "next_at");
	const char *may = time_in(arena, limits, "next_at");
	long long tries = member_number(question, "tries");

	if (tries)
		print_fact("tries", arena_printf(arena, "%lld", tries));
	if (next)
		print_fact("next try", next);
	if (may && question_is_limited(row)) {
		print_fact("limit", limit_words(arena, limits));
		print_fact("until", may);
	}
}

/* ---- one by one --------------------------------------------------------- */

void print_rows_json(const struct options *options, json_t *rows)
{
	if (options->is_json && options->n_words == 1 && json_array_size(rows))
		print_json(json_array_get(rows, 0));
	else if (options->is_json && options->n_words > 1)
		print_json(rows);
	json_decref(rows);
}

/** The permissions that are asked, as an array. */
static enum outcome each_run(struct client *client,
			     const struct options *options)
{
	json_t *rows = json_array();
	struct http_reply reply;
	enum outcome outcome = OUTCOME_OK;

	for (int i = 0; i < options->n_words; i++) {
		if (!client_ask(client, "POST",
				arena_printf(options->arena, PATH "/%s/ask",
					     options->words[i]),
				NULL, &reply)) {
			outcome = OUTCOME_FAILED;
			continue; /* the others all the same */
		}
		if (options->is_json)
			json_array_append(rows, reply.json);
		else
			permission_change_print(options, reply.json);
		reply_clear(&reply);
	}
	print_rows_json(options, rows);
	return outcome;
}

/* ---- many --------------------------------------------------------------- */

/** What the pages did together. */
struct sum {
	long long asked, limited, refused;
};

static void sum_print(const struct options *options, const struct sum *sum)
{
	if (options->is_json) {
		json_t *json = json_pack("{s:I, s:I, s:I}", "asked",
					 (json_int_t)sum->asked, "limited",
					 (json_int_t)sum->limited, "refused",
					 (json_int_t)sum->refused);

		print_json(json);
		json_decref(json);
		return;
	}
	printf("%lld %s asked once more", sum->asked,
	       sum->asked == 1 ? "is" : "are");
	if (sum->limited)
		printf("; %lld of them when a limit allows", sum->limited);
	if (!sum->asked)
		fputs(options->unanswered ? ": nobody was silent so long"
					  : ": nobody is waiting or in error",
		      stdout);
	printf(".\n");
	if (sum->refused)
		printf("%lld said no in other words, and %s not asked.\n",
		       sum->refused, sum->refused == 1 ? "is" : "are");
}

static const char *page_path(struct client *client,
			     const struct options *options, const char *before,
			     const char *after)
{
	struct text path;

	text_init(&path, options->arena);
	text_add(&path, PATH "/ask");
	path_param(client, &path, "sender", options->sender);
	path_param(client, &path, "target",
		   options->target ? word_uri(options, options->target) : NULL);
	path_param(client, &path, "list", options->list);
	path_param(client, &path, "state", options->state);
	path_param(client, &path, "asked_before", before);
	path_param(client, &path, "after", after);
	return path.at;
}

/** Page after page; a cursor has to rise. */
static enum outcome many_run(struct client *client,
			     const struct options *options, const char *before)
{
	struct sum sum = {0, 0, 0};
	const char *after = NULL;
	long long last = 0;
	struct http_reply reply;
	bool has_more = true;

	while (has_more) {
		if (!client_ask(client, "POST",
				page_path(client, options, before, after), NULL,
				&reply))
			return OUTCOME_FAILED;
		sum.asked += member_number(reply.json, "asked");
		sum.limited += member_number(reply.json, "limited");
		sum.refused += member_number(reply.json, "refused");
		after = member_text(options->arena, reply.json, "next", NULL);
		reply_clear(&reply);
		has_more = after && strtoll(after, NULL, 10) > last;
		last = after ? strtoll(after, NULL, 10) : 0;
	}
	sum_print(options, &sum);
	return OUTCOME_OK;
}

bool unanswered_read(const struct options *options, char room[TIME_LEN],
		     const char **ret)
{
	int64_t span_s;

	*ret = NULL;
	if (!options->unanswered)
		return true;
	if (!span_read(options->unanswered, &span_s)) {
		print_problem("\"%s\" is no time: write 7d, 12h or 2w.",
			      print_safe(options->arena, options->unanswered));
		return false;
	}
	time_format(wall_now_s() - span_s, room);
	*ret = room;
	return true;
}

static bool has_filter(const struct options *options)
{
	return options->sender || options->target || options->list ||
	       options->state || options->unanswered;
}

/** What belongs to asking for the first time, or to its terms. */
static bool has_terms(const struct options *options)
{
	return options->expires || options->evidence || options->is_import ||
	       options->kinds || options->term;
}

static bool are_ids(const struct options *options)
{
	for (int i = 0; i < options->n_words; i++)
		if (!word_is_id(options->words[i]))
			return false;
	return true;
}

enum outcome permission_ask_run(struct client *client,
				const struct options *options)
{
	char room[TIME_LEN];
	const char *before;

	if (has_filter(options) && !options->n_words && !has_terms(options))
		return unanswered_read(options, room, &before)
			       ? many_run(client, options, before)
			       : OUTCOME_USAGE;
	if (options->n_words && !has_filter(options) && are_ids(options) &&
	    !has_terms(options))
		return each_run(client, options);
	if (!has_filter(options) &&
	    (options->n_words == 3 ||
	     (options->n_words == 1 && are_ids(options))))
		return permission_state_run(client, options, "pending");
	print_problem("name whom to ask: SENDER TARGET RECIPIENT, or the "
		      "numbers of\npermissions, or those who did not answer "
		      "by --list, --target or --sender.");
	return OUTCOME_USAGE;
}
