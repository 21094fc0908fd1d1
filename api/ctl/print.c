#include "api/ctl/print.h"

#include "api/time_format.h"
#include "server/base/loop.h"
#include "server/base/text.h"

#define FACT_WIDTH 11
#define LINE_WIDTH 80
#define FOLD_INDENT 4 /**< of the later lines of a row */

/** The code point at the head of well-formed UTF-8, and its length. */
static uint32_t code_point(struct view v, size_t *ret_len)
{
	unsigned char first = (unsigned char)v.at[0];
	size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t point = len == 1 ? first : first & (0x7fu >> len);

	if ((first & 0xc0) == 0x80 || len > v.len ||
	    !view_is_utf8(view_head(v, len))) {
		*ret_len = 0;
		return 0;
	}
	for (size_t i = 1; i < len; i++)
		point = point << 6 | ((unsigned char)v.at[i] & 0x3f);
	*ret_len = len;
	return point;
}

/** True for what would steer a terminal or turn the reading direction. */
static bool is_unsafe(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) ||
	       point == 0x061c || point == 0x200e || point == 0x200f ||
	       (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

const char *print_safe(struct arena *arena, const char *string)
{
	struct view rest = view_of(string);
	struct text text;

	text_init(&text, arena);
	text_add(&text, "");
	while (rest.len) {
		size_t len;
		uint32_t point = code_point(rest, &len);

		if (!len)
			text_printf(&text, "\\x%02x",
				    (unsigned)(unsigned char)rest.at[0]);
		else if (is_unsafe(point))
			text_printf(&text, "\\u%04x", (unsigned)point);
		else
			text_add_view(&text, view_head(rest, len));
		rest = view_from(rest, len ? len : 1);
	}
	return text.len ? text.at : "";
}

/** "5 min" and the like: the largest unit that gives two or more. */
static const char *span_text(struct arena *arena, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (seconds >= 2 * units[i].seconds)
			return arena_printf(
				arena, "%lld %s",
				(long long)(seconds / units[i].seconds),
				units[i].name);
	}
	return arena_printf(arena, "%lld s", (long long)seconds);
}

const char *print_age(struct arena *arena, const char *time, const char *none)
{
	int64_t at;

	if (!time || time_parse(view_of(time), &at))
		return none;
	int64_t age = wall_now_s() - at;

	if (age == 0)
		return "just now";
	return age > 0 ? arena_printf(arena, "%s ago", span_text(arena, age))
		       : arena_printf(arena, "in %s", span_text(arena, -age));
}

const char *print_time(struct arena *arena, const char *time, const char *none)
{
	int64_t at;
	char exact[TIME_LEN];

	if (!time || time_parse(view_of(time), &at))
		return none;
	time_format(at, exact);
	exact[10] = ' ';
	return arena_printf(arena, "%s (%s)", exact,
			    print_age(arena, time, none));
}

const char *member_text(struct arena *arena, const json_t *object,
			const char *name, const char *none)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? print_safe(arena, value) : none;
}

const char *member_words(struct arena *arena, const json_t *object,
			 const char *name, const char *separator,
			 const char *none)
{
	const json_t *word;
	struct text words;
	size_t i;

	text_init(&words, arena);
	json_array_foreach(json_object_get(object, name), i, word)
	{
		const char *text = json_string_value(word);

		text_add(&words, i ? separator : "");
		text_add(&words, text ? print_safe(arena, text) : "?");
	}
	return words.len ? words.at : none;
}

long long member_number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

const char *print_status(struct arena *arena, const json_t *object,
			 const char *name, const char *none)
{
	long long status = member_number(object, name);
	const char *reason = member_text(arena, object, "reason", "");

	return status ? arena_printf(arena, "%lld%s%s", status,
				     *reason ? " " : "", reason)
		      : none;
}

struct print_table {
	struct arena *arena;
	size_t n_columns, n_rows, size;
	size_t widths[TABLE_COLUMNS_MAX];
	const char **cells; /**< n_columns to a row, headings first */
};

/** Columns that a safe string takes: its characters. */
static size_t width_of(const char *string)
{
	size_t width = 0;

	for (; *string; string++) {
		if (((unsigned char)*string & 0xc0) != 0x80)
			width++;
	}
	return width;
}

struct print_table *table_new(struct arena *arena, const char *const *headings)
{
	struct print_table *table = arena_alloc(arena, sizeof(*table));

	table->arena = arena;
	while (headings[table->n_columns] &&
	       table->n_columns < TABLE_COLUMNS_MAX)
		table->n_columns++;
	table_row(table, headings);
	return table;
}

void table_row(struct print_table *table, const char *const *cells)
{
	if (table->n_rows == table->size) {
		size_t size = table->size ? 2 * table->size : 64;
		const char **grown = arena_array(
			table->arena, size * table->n_columns, sizeof(*grown));

		if (table->n_rows)
			memcpy(grown, table->cells,
			       table->n_rows * table->n_columns *
				       sizeof(*grown));
		table->cells = grown;
		table->size = size;
	}
	for (size_t i = 0; i < table->n_columns; i++) {
		size_t width = width_of(cells[i]);

		table->cells[table->n_rows * table->n_columns + i] = cells[i];
		if (width > table->widths[i])
			table->widths[i] = width;
	}
	table->n_rows++;
}

/** May column @p i begin a new line after @p column? */
static bool is_break(const struct print_table *table, size_t i, size_t column)
{
	return i > 0 && column + table->widths[i] > LINE_WIDTH;
}

static void row_print(const struct print_table *table, const char *const *cells)
{
	size_t column = 0;

	for (size_t i = 0; i < table->n_columns; i++) {
		size_t pad = table->widths[i] - width_of(cells[i]) + 2;
		size_t after = column + table->widths[i] + 2;

		printf("%s", cells[i]);
		if (i + 1 == table->n_columns)
			break; /* no blanks at the end of a line */
		if (is_break(table, i + 1, after)) {
			printf("\n%*s", FOLD_INDENT, "");
			after = FOLD_INDENT;
		} else {
			printf("%*s", (int)pad, "");
		}
		column = after;
	}
	putchar('\n');
}

void table_print(const struct print_table *table)
{
	for (size_t row = 0; row < table->n_rows; row++)
		row_print(table, table->cells + row * table->n_columns);
}

void table_print_rows(struct arena *arena, const char *const *headings,
		      const json_t *array, table_row_fn *row)
{
	struct print_table *table = table_new(arena, headings);
	const json_t *element;
	size_t i;

	json_array_foreach(array, i, element) row(table, arena, element);
	table_print(table);
}

void print_total(size_t n, const char *noun, bool has_more)
{
	printf("\n%zu %s%s%s.\n", n, noun, n == 1 ? "" : "s",
	       has_more ? "; there are more (--limit)" : "");
}

void print_lines(struct arena *arena, struct view text)
{
	while (text.len) {
		size_t end = view_find(text, '\n', 0);
		struct view line = {text.at, end == SIZE_MAX ? text.len : end};

		puts(print_safe(arena, view_copy(arena, line)));
		if (end == SIZE_MAX)
			return;
		text.at += end + 1;
		text.len -= end + 1;
	}
}

void print_fact(const char *name, const char *value)
{
	printf("  %-*s  %s\n", FACT_WIDTH, name, value);
}

void print_prose(const char *name, const char *value)
{
	size_t column = FACT_WIDTH + 4;

	printf("  %-*s ", FACT_WIDTH, name);
	while (*value) {
		const char *end = value + strcspn(value, " ");
		char *word = mem_strdup(value);

		word[end - value] = '\0';
		if (column + width_of(word) >= LINE_WIDTH &&
		    column > FACT_WIDTH + 4) {
			printf("\n  %-*s ", FACT_WIDTH, "");
			column = FACT_WIDTH + 4;
		}
		printf(" %s", word);
		column += width_of(word) + 1;
		free(word);
		value = end + strspn(end, " ");
	}
	putchar('\n');
}

const char *print_word(struct arena *arena, const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		"@%+=:,./-_[]";

	struct text text;

	if (word[0] && !word[strspn(word, plain)])
		return word;
	/* A quote is fine in a URI: it must not end ours. */
	text_init(&text, arena);
	text_add(&text, "'");
	for (; *word; word++) {
		if (*word == '\'')
			text_add(&text, "'\\''");
		else
			text_add_bytes(&text, word, 1);
	}
	text_add(&text, "'");
	return text.at;
}

enum typed_answer print_ask(const char *question)
{
	FILE *terminal = fopen("/dev/tty", "r+e");
	char answer[16];
	bool is_yes;

	if (!terminal)
		return ANSWER_NONE;
	fprintf(terminal, "%s [y/N] ", question);
	fflush(terminal);
	is_yes = fgets(answer, sizeof(answer), terminal) &&
		 (answer[0] == 'y' || answer[0] == 'Y');
	fclose(terminal);
	return is_yes ? ANSWER_YES : ANSWER_NO;
}

void print_json(const json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	putchar('\n');
}

void print_problem(const char *format, ...)
{
	va_list list;

	fputs("volensctl: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
}

void print_shown(struct arena *arena, const json_t *shown)
{
	const char *hash = member_text(arena, shown, "sha256", NULL);

	if (hash)
		print_fact(
			"shown",
			arena_printf(arena, "%s, %s, SHA-256 %s",
				     member_text(arena, shown, "version", "?"),
				     member_text(arena, shown, "language", "?"),
				     hash));
}
