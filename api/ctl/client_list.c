/* Rows that come in pages. */
#include "api/ctl/client_private.h"

#include "api/ctl/print.h"

#define PAGE 1000L
#define PAGES_MAX 1000			     /* a million rows */
#define LIST_MAX ((size_t)256 * 1024 * 1024) /* bytes of all pages */

/** One page appended to @p all.  @return its cursor; NULL: the last, or *ret_ok
 *  is false */
static const char *page_read(struct client *client, const char *path,
			     json_t *all, size_t *bytes, bool *ret_ok)
{
	struct arena *arena = client->options->arena;
	struct http_reply reply;
	const char *next;

	*ret_ok = false;
	if (!client_call(client, "GET", path, NULL, &reply))
		return NULL;
	next = arena_strdup(
		arena, json_string_value(json_object_get(reply.json, "next")));
	*bytes += reply.text.len;
	*ret_ok = *bytes <= LIST_MAX &&
		  !json_array_extend(all, json_object_get(reply.json, "items"));
	if (!*ret_ok)
		print_problem("the response of %s is not a list, or is too "
			      "long; it is not shown.",
			      client->options->url);
	reply_clear(&reply);
	return *ret_ok ? next : NULL;
}

/** Cut to what --limit allows.  @return true when there was more */
static bool rows_cut(json_t *rows, long limit)
{
	bool has_more = limit && json_array_size(rows) > (size_t)limit;

	while (limit && json_array_size(rows) > (size_t)limit)
		(void)json_array_remove(rows, json_array_size(rows) - 1);
	return has_more;
}

json_t *client_list(struct client *client, const char *path, bool *ret_has_more)
{
	long limit = client->options->limit;
	long page = limit && limit < PAGE ? limit + 1 : PAGE;
	json_t *all = json_array();
	const char *next = NULL;
	size_t bytes = 0;
	bool is_ok = true;

	for (int n = 0; n == 0 || next; n++) {
		const char *after = next;
		struct text full;

		text_init(&full, client->options->arena);
		text_add(&full, path);
		path_param(client, &full, "limit",
			   arena_printf(client->options->arena, "%ld", page));
		path_param(client, &full, "after", after);
		next = page_read(client, full.at, all, &bytes, &is_ok);
		if (is_ok && next &&
		    ((after && !strcmp(after, next)) || n == PAGES_MAX)) {
			print_problem("the list from %s does not end; it is "
				      "not shown.",
				      client->options->url);
			is_ok = false;
		}
		if (!is_ok) {
			json_decref(all);
			return NULL;
		}
		if (limit && json_array_size(all) > (size_t)limit)
			break;
	}
	bool has_more = rows_cut(all, limit) || next;

	if (ret_has_more)
		*ret_has_more = has_more;
	return all;
}
