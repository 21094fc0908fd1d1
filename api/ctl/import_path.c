/* What an import is for: the path of its requests. */
#include "api/ctl/import_private.h"
#include "api/ctl/print.h"
#include "api/time_format.h"
#include "server/base/loop.h"

#define DAY_S 86400

static bool json_fits(const struct options *options)
{
	bool is_fine = !options->is_json || options->is_dry || options->is_sure;

	if (!is_fine)
		print_problem("import with --json needs --dry-run or --yes.");
	return is_fine;
}

/** A stop list is for a list, or whoever sends by whatever; the sender, the
 *  target or both may be named. */
static bool stop_fits(const struct options *options)
{
	if (options->list && (options->sender || options->target))
		print_problem("import --mode stop takes --list, or --sender "
			      "and --target, or none of them: is it for a "
			      "list, or for everything?");
	else if (options->expires || options->term || options->kinds ||
		 options->skips_denied)
		print_problem("import --mode stop takes no --kinds, --expires, "
			      "--term and --skip-denied: a no is to all kinds, "
			      "has no end, and is never refused.");
	else
		return true;
	return false;
}

bool import_options_fit(const struct options *options)
{
	bool is_service = options->sender && options->target;

	if (!options->mode)
		print_problem("import needs --mode: ask (everybody is asked), "
			      "granted (they granted before) or stop (nothing "
			      "goes to them any more).");
	else if (import_is_stop(options) && !stop_fits(options))
		return false;
	else if (import_is_stop(options))
		return json_fits(options);
	else if (!options->list == !is_service ||
		 (options->list && (options->sender || options->target)))
		print_problem("import needs --list NAME, or --sender S and "
			      "--target T: what for?");
	else if (options->expires && options->term)
		print_problem("import takes --expires or --term, not both.");
	else
		return json_fits(options);
	return false;
}

/** A span ends with the last whole day in it: so the same command, said again
 *  the same day, names the same end, and nobody is imported twice. */
static bool end_json(const struct options *options, json_t **ret)
{
	char text[TIME_LEN];
	int64_t span_s;

	if (!options->expires)
		return true;
	if (!span_read(options->expires, &span_s))
		return expires_json(options, ret);
	if (span_s < 2 * DAY_S) {
		print_problem("import takes a span of 2d at least, or an "
			      "instant.");
		return false;
	}
	time_format((wall_now_s() + span_s) / DAY_S * DAY_S, text);
	*ret = json_string(text);
	return true;
}

const char *import_path(struct client *client, const struct options *options)
{
	json_t *expires = NULL;
	struct text path;

	if (!end_json(options, &expires))
		return NULL;
	text_init(&path, options->arena);
	text_add(&path, IMPORTS_PATH);
	path_param(client, &path, "list", options->list);
	path_param(client, &path, "sender", options->sender);
	if (options->target)
		path_param(client, &path, "target",
			   word_uri(options, options->target));
	path_param(client, &path, "mode", options->mode);
	path_param(client, &path, "evidence", options->evidence);
	path_param(client, &path, "kinds",
		   option_blanks(options->arena, options->kinds));
	path_param(client, &path, "expires_at", json_string_value(expires));
	path_param(client, &path, "term", options->term);
	if (options->skips_denied)
		path_param(client, &path, "skip_denied", "true");
	json_decref(expires);
	return path.at;
}
