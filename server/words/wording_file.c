#include "server/words/wording_file.h"

void wording_make(struct arena *arena, const char *const *tags, size_t n,
		  struct wording *ret)
{
	struct text languages;

	*ret = (struct wording){.n = n};
	text_init(&languages, arena);
	for (size_t i = 0; i < n; i++) {
		const struct language *language =
			language_find(view_of(tags[i]));

		if (!language)
			err_fatal("a language was not checked");
		ret->parts[i].language = language;
		text_printf(&languages, "%s%s", i ? ", " : "", language->tag);
	}
	ret->languages = languages.at;
}

/** Where the reader is. */
struct wording_reader {
	struct arena *arena;
	struct view rest;
	size_t line; /**< of the first of rest */
	struct wording *wording;
	struct wording_problem *problem;
};

static enum err fail(struct wording_reader *reader, size_t line,
		     const char *what)
{
	*reader->problem = (struct wording_problem){line, what};
	return ERR_SYNTAX;
}

static bool is_blank_line(struct view line)
{
	return view_trim(line).len == 0;
}

/** The next line without its LF; false: there is none. */
static bool next_line(struct wording_reader *reader, struct view *ret)
{
	size_t end = view_find(reader->rest, '\n', 0);

	if (!reader->rest.len)
		return false;
	*ret = view_head(reader->rest, end);
	reader->rest = view_from(reader->rest, ret->len + 1);
	reader->line++;
	return true;
}

/** WORD_FORMS: there is none. */
static enum word_id form_find(struct view name)
{
	size_t i = 0;

	while (i < WORD_FORMS &&
	       !view_equal(name, view_of(word_form_name((enum word_id)i))))
		i++;
	return (enum word_id)i;
}

/** "[question de]": the place of its template. */
static enum err read_head(struct wording_reader *reader, struct view line,
			  enum word_id *ret_form, const char ***ret)
{
	struct view inner = view_trim(line), name, tag;
	size_t blank = view_find(inner, ' ', 0);
	struct wording_part *part;
	size_t at;

	if (inner.at[inner.len - 1] != ']' || blank == SIZE_MAX)
		return fail(reader, reader->line,
			    "is no beginning of a form like [question de]");
	name = (struct view){inner.at + 1, blank - 1};
	tag = (struct view){inner.at + blank + 1, inner.len - blank - 2};
	*ret_form = form_find(name);
	if (*ret_form == WORD_FORMS)
		return fail(reader, reader->line,
			    "names no form: there are question, renewal, "
			    "notice and denied");
	if (!language_find(tag))
		return fail(reader, reader->line,
			    arena_printf(reader->arena,
					 "names no language: there are %s",
					 language_tags(reader->arena)));
	if (!wording_find(reader->wording, tag, &at))
		return fail(reader, reader->line,
			    "names a language that is not in `languages`");
	part = &reader->wording->parts[at];
	if (part->forms[*ret_form])
		return fail(reader, reader->line, "stands here twice");
	*ret = &part->forms[*ret_form];
	return ERR_OK;
}

/** The lines up to the next form, without blank ones at the ends.  @p ret_line:
 *  that of the first. */
static struct view read_body(struct wording_reader *reader, size_t *ret_line)
{
	struct view start = reader->rest, line;
	size_t end = 0, begin = 0, at = 0;
	bool has_any = false;

	*ret_line = reader->line + 1;
	while (reader->rest.len && reader->rest.at[0] != '[' &&
	       next_line(reader, &line)) {
		if (!is_blank_line(line)) {
			if (!has_any) {
				begin = at;
				*ret_line = reader->line;
			}
			has_any = true;
			end = at + line.len;
		}
		at += line.len + 1;
	}
	if (!has_any)
		return VIEW("");
	return (struct view){start.at + begin, end - begin};
}

static size_t count_lines(struct view text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += text.at[i] == '\n';
	return n;
}

static enum err read_form(struct wording_reader *reader, struct view head)
{
	struct text_template_problem problem;
	size_t head_line = reader->line, line;
	enum word_id form;
	const char **place;
	struct view body;
	enum err err = read_head(reader, head, &form, &place);

	if (err)
		return err;
	body = read_body(reader, &line);
	if (body.len > WORDING_FORM_MAX)
		return fail(reader, head_line,
			    arena_printf(reader->arena,
					 "has %zu bytes; %d are allowed",
					 body.len, WORDING_FORM_MAX));
	err = text_template_check(body, word_facts(form), reader->arena,
				  &problem);
	if (err)
		return fail(reader,
			    problem.at == SIZE_MAX
				    ? head_line
				    : line + count_lines(view_head(body,
								   problem.at)),
			    problem.what);
	*place = arena_printf(reader->arena, "%.*s\n", (int)body.len, body.at);
	return ERR_OK;
}

enum err wording_read(struct arena *arena, struct view file,
		      struct wording *wording, struct wording_problem *ret)
{
	struct wording_reader reader = {arena, file, 0, wording, ret};
	struct view line;
	enum err err = ERR_OK;

	if (file.len > WORDING_FILE_MAX)
		return fail(&reader, 1, "is too long: 64 KiB are allowed");
	while (!err && next_line(&reader, &line)) {
		if (line.len && line.at[0] == '[')
			err = read_form(&reader, line);
		else if (!is_blank_line(line) && line.at[0] != '#')
			err = fail(&reader, reader.line,
				   "is text before the first form");
	}
	return err;
}
