/*
 * Run every scenario of the files given, or of $srcdir/tests/scenario, and say
 * of each in one line whether it came out as it should.
 */
#include <glob.h>

#include "server/base/log.h"
#include "tests/scenario/script.h"

/** The lines of a file. */
struct script_file {
	struct arena *arena;
	const char *name;
	struct line *lines;
	size_t n;
};

static int n_run, n_failed;

void script_fail(struct script *script, const char *format, ...)
{
	va_list list;

	if (script->has_failed)
		return;
	script->has_failed = true;
	printf("  %s:%d: ", script->file, script->line->number);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	printf("\n");
}

const char *script_arg(const struct script *script, size_t i)
{
	return i < script->line->n ? script->line->args[i].at : "";
}

bool script_arg_is(const struct script *script, size_t i, const char *word)
{
	return strcmp(script_arg(script, i), word) == 0;
}

int64_t script_number(struct script *script, size_t i)
{
	char *end;
	const char *word = script_arg(script, i);
	int64_t n = strtoll(word, &end, 10);

	if (!*word || *end)
		script_fail(script, "\"%s\" is no number", word);
	return n;
}

/* ---- reading ----------------------------------------------------------- */

static struct view read_file(struct arena *arena, const char *name)
{
	FILE *stream = fopen(name, "r");
	struct text text;
	char chunk[4096];
	size_t n;

	text_init(&text, arena);
	if (!stream)
		err_fatal("a scenario file cannot be read");
	while ((n = fread(chunk, 1, sizeof(chunk), stream)) > 0)
		text_add_bytes(&text, chunk, n);
	fclose(stream);
	return text_view(&text);
}

static char unescape(char c)
{
	switch (c) {
	case 'r':
		return '\r';
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case '0':
		return '\0';
	default:
		return c;
	}
}

static int hex_digit(char c)
{
	return c >= 'a' ? c - 'a' + 10 : c - '0';
}

/* What stands after a backslash at @p i; moves it on. */
static char escaped(struct view word, size_t *i)
{
	char c = word.at[*i];

	if (c != 'x' || *i + 2 >= word.len)
		return unescape(c);
	*i += 2;
	return (char)(hex_digit(word.at[*i - 1]) * 16 + hex_digit(word.at[*i]));
}

/* One word off the front; quotes undone. */
static struct view take_word(struct arena *arena, struct view *rest)
{
	bool is_quoted = rest->at[0] == '"';
	struct text word;
	size_t i = is_quoted;

	text_init(&word, arena);
	text_add(&word, "");
	for (; i < rest->len && rest->at[i] != (is_quoted ? '"' : ' '); i++) {
		char c = rest->at[i];

		if (is_quoted && c == '\\' && i + 1 < rest->len) {
			i++;
			c = escaped(*rest, &i);
		}
		text_add_bytes(&word, &c, 1);
	}
	if (is_quoted)
		i++;
	*rest = view_trim(view_from(*rest, i));
	return (struct view){word.at ? word.at : "", word.len};
}

static struct view take_line(struct view *rest)
{
	size_t end = view_find(*rest, '\n', 0);
	struct view line = view_head(*rest, end);

	*rest = end == SIZE_MAX ? VIEW_NONE : view_from(*rest, end + 1);
	return line;
}

/* The lines up to >>, each with CRLF. */
static struct view take_document(struct arena *arena, struct view *rest,
				 int *number)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, "");
	while (rest->len) {
		struct view line = take_line(rest);

		(*number)++;
		if (view_equal(view_trim(line), VIEW(">>")))
			break;
		text_add_view(&text, line);
		text_add(&text, "\r\n");
	}
	return text_view(&text);
}

static void read_line(struct script_file *file, struct view text,
		      struct view *rest, int *number)
{
	struct view words = view_trim(text);
	struct line *line = &file->lines[file->n];

	if (!words.len || words.at[0] == '#')
		return;
	*line = (struct line){.number = *number,
			      .is_indented =
				      text.at[0] == ' ' || text.at[0] == '\t'};
	while (words.len && line->n < ARGS_MAX) {
		struct view word = take_word(file->arena, &words);

		if (view_equal(word, VIEW("<<")))
			word = take_document(file->arena, rest, number);
		line->args[line->n++] = word;
	}
	file->n++;
}

static void file_read(struct script_file *file, const char *name)
{
	struct view rest;
	size_t n_lines = 1;
	int number = 0;

	file->arena = arena_new(0);
	file->name = name;
	file->n = 0;
	rest = read_file(file->arena, name);
	for (size_t i = 0; i < rest.len; i++)
		n_lines += rest.at[i] == '\n';
	file->lines = arena_array(file->arena, n_lines, sizeof(*file->lines));
	while (rest.len) {
		struct view line = take_line(&rest);

		number++;
		read_line(file, line, &rest, &number);
	}
}

/* ---- running ----------------------------------------------------------- */

static const struct word *find_word(const struct word *words, const char *name)
{
	for (; words->name; words++) {
		if (strcmp(words->name, name) == 0)
			return words;
	}
	return NULL;
}

/* Settings come before the process, the rest needs one. */
static bool is_before_start(const char *name)
{
	return strcmp(name, "setting") == 0 || strcmp(name, "service") == 0;
}

static bool needs_no_process(const char *name)
{
	static const char *const names[] = {"start", "advance", "clock",
					    "edge"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return is_before_start(name);
}

static void run_line(struct script *script)
{
	const char *name = script_arg(script, 0);
	const struct word *word = find_word(script_commands, name);

	if (!word)
		word = find_word(script_consent_commands, name);
	if (!word)
		word = find_word(script_list_commands, name);
	if (!word)
		word = find_word(script_call_commands, name);
	if (!word)
		word = find_word(script_expectations, name);
	if (!word) {
		script_fail(script, "\"%s\" is no word of a scenario", name);
		return;
	}
	if (!script->is_started && !is_before_start(name)) {
		script->is_started = true;
		fixture_start(&script->fixture);
		fixture_settle(&script->fixture);
	}
	if (!script->fixture.loop && !needs_no_process(name)) {
		script_fail(script, "there is no process");
		return;
	}
	word->run(script);
}

/* The lines from @p from to the next scenario.  @return where that begins */
static size_t run_scenario(const struct script_file *file, size_t from)
{
	struct script *script = mem_alloc(sizeof(*script));
	size_t at = from + 1;

	memset(script, 0, sizeof(*script));
	script->file = file->name;
	script->line = &file->lines[from];
	fixture_init(&script->fixture);
	while (at < file->n &&
	       strcmp(file->lines[at].args[0].at, "scenario") != 0) {
		script->line = &file->lines[at++];
		script->block = &file->lines[at];
		script->n_block = 0;
		while (at < file->n && file->lines[at].is_indented) {
			script->n_block++;
			at++;
		}
		if (!script->has_failed)
			run_line(script);
	}
	n_run++;
	n_failed += script->has_failed;
	printf("%s %s\n", script->has_failed ? "not ok:" : "ok:",
	       file->lines[from].n > 1 ? file->lines[from].args[1].at : "?");
	fixture_release(&script->fixture);
	if (script->fixture.edge.n_requests && !script->has_failed) {
		printf("  %zu requests were never let go of\n",
		       script->fixture.edge.n_requests);
		n_failed++;
	}
	free(script);
	return at;
}

static void run_file(const char *name)
{
	struct script_file file;
	size_t at = 0;

	file_read(&file, name);
	while (at < file.n) {
		if (strcmp(file.lines[at].args[0].at, "scenario") == 0)
			at = run_scenario(&file, at);
		else
			at++;
	}
	arena_free(file.arena);
}

int main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	struct text pattern;
	glob_t found = {.gl_pathc = 0};

	log_set_level(getenv("SCENARIO_LOG") ? LOG_DEBUG : LOG_ERROR);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	if (argc == 1) {
		text_init(&pattern, NULL);
		text_printf(&pattern, "%s/tests/scenario/*.sc",
			    srcdir ? srcdir : ".");
		if (glob(pattern.at, 0, NULL, &found) == 0)
			for (size_t i = 0; i < found.gl_pathc; i++)
				run_file(found.gl_pathv[i]);
		globfree(&found);
		text_release(&pattern);
	}
	printf("%d scenarios, %d failed\n", n_run, n_failed);
	return n_failed || !n_run;
}
