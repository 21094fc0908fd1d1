#include "server/base/csv.h"

#include "server/base/text.h"

void csv_init(struct csv *csv, struct view text)
{
	const struct view mark = VIEW("\xef\xbb\xbf");

	if (view_equal(view_head(text, mark.len), mark))
		text = view_from(text, mark.len);
	*csv = (struct csv){text, 1};
}

/** Where a line end at the head ends; 0: there is none. */
static size_t line_end(struct view rest)
{
	if (rest.len && rest.at[0] == '\n')
		return 1;
	return rest.len > 1 && rest.at[0] == '\r' && rest.at[1] == '\n' ? 2 : 0;
}

/** How many of the next bytes are of a field without quotes. */
static size_t plain_length(struct view rest)
{
	size_t len = 0;

	while (len < rest.len && len <= CSV_FIELD && rest.at[len] != ',' &&
	       rest.at[len] != '"' && !line_end(view_from(rest, len)))
		len++;
	return len;
}

static enum err read_plain(struct view *rest, struct view *ret)
{
	size_t len = plain_length(*rest);

	if (len > CSV_FIELD)
		return ERR_TOO_LARGE;
	if (len < rest->len && rest->at[len] == '"')
		return ERR_SYNTAX;
	*ret = view_head(*rest, len);
	*rest = view_from(*rest, len);
	return ERR_OK;
}

/** RFC 4180 section 2, rules 5 to 7; @p rest begins with a quote. */
static enum err read_quoted(struct view *rest, struct arena *arena,
			    struct view *ret, size_t *n_lines)
{
	struct view v = *rest;
	size_t at = 1;
	struct text field;

	text_init(&field, arena);
	for (; at < v.len && field.len <= CSV_FIELD; at++) {
		if (v.at[at] == '"' && (at + 1 == v.len || v.at[at + 1] != '"'))
			break;
		at += v.at[at] == '"';
		*n_lines += v.at[at] == '\n';
		text_add_bytes(&field, &v.at[at], 1);
	}
	if (field.len > CSV_FIELD)
		return ERR_TOO_LARGE;
	if (at >= v.len)
		return ERR_SYNTAX;
	*ret = text_view(&field);
	*rest = view_from(v, at + 1);
	return ERR_OK;
}

static enum err read_field(struct view *rest, struct arena *arena,
			   struct csv_record *ret, size_t *n_lines)
{
	struct view *field = &ret->fields[ret->n];
	enum err err;

	if (ret->n == CSV_FIELDS)
		return ERR_TOO_LARGE;
	ret->n++;
	if (!rest->len || rest->at[0] != '"')
		return read_plain(rest, field);
	err = read_quoted(rest, arena, field, n_lines);
	if (err == ERR_OK && rest->len && rest->at[0] != ',' &&
	    !line_end(*rest))
		err = ERR_SYNTAX;
	return err;
}

/** All fields of a line; at its end @p rest begins with the next. */
static enum err read_record(struct view *rest, struct arena *arena,
			    struct csv_record *ret, size_t *n_lines)
{
	enum err err = read_field(rest, arena, ret, n_lines);

	while (err == ERR_OK && rest->len && rest->at[0] == ',') {
		*rest = view_from(*rest, 1);
		err = read_field(rest, arena, ret, n_lines);
	}
	*rest = view_from(*rest, line_end(*rest));
	++*n_lines;
	return err;
}

static void skip_empty_lines(struct csv *csv)
{
	size_t len;

	while ((len = line_end(csv->rest))) {
		csv->rest = view_from(csv->rest, len);
		csv->line++;
	}
}

enum err csv_next(struct csv *csv, struct arena *arena, struct csv_record *ret)
{
	struct view rest;
	size_t n_lines = 0, end;
	enum err err;

	skip_empty_lines(csv);
	if (!csv->rest.len)
		return ERR_UNKNOWN;
	ret->line = csv->line;
	ret->n = 0;
	rest = csv->rest;
	err = read_record(&rest, arena, ret, &n_lines);
	if (err != ERR_OK) {
		end = view_find(csv->rest, '\n', 0);
		rest = end == SIZE_MAX ? VIEW_NONE
				       : view_from(csv->rest, end + 1);
		n_lines = 1;
	}
	csv->rest = rest;
	csv->line += n_lines;
	return err;
}
