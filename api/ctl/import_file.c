#include "api/ctl/import_file.h"

#include <errno.h>
#include <jansson.h>

#include "server/base/csv.h"
#include "server/base/sha256.h"
#include "server/base/text.h"
#include "server/base/uri.h"

#define NAME_BYTES 16 /* of a hash that names a part */
#define FILE_MAX ((size_t)64 * 1024 * 1024)
#define LINES_MAX 1000000
#define JSON_HEAD "{\"rows\":["
#define TOO_LARGE "it is too large: cut it into several"
#define JSON_TAIL "]}"

/** The cutting of a text. */
struct cutting {
	struct arena *arena;
	struct import_file *file;
	size_t room, row_room;
	struct text body; /**< of the part that is being filled */
	struct import_part part;
};

static void part_end(struct cutting *cutting)
{
	struct import_file *file = cutting->file;

	if (file->n_parts == cutting->room) {
		struct import_part *old = file->parts;

		cutting->room = cutting->room ? 2 * cutting->room : 16;
		file->parts = arena_array(cutting->arena, cutting->room,
					  sizeof(*file->parts));
		if (file->n_parts)
			memcpy(file->parts, old, file->n_parts * sizeof(*old));
	}
	cutting->part.body = text_view(&cutting->body);
	file->parts[file->n_parts++] = cutting->part;
	file->n_rows += cutting->part.n_rows;
}

static bool is_full(const struct cutting *cutting, size_t more)
{
	return cutting->part.n_rows == PART_ROWS ||
	       (cutting->part.n_rows > 0 &&
		cutting->body.len + more > PART_BYTES);
}

static void row_note(struct cutting *cutting, struct view recipient,
		     size_t line)
{
	struct import_file *file = cutting->file;
	struct import_row row = {.line = line};

	if (uri_key(cutting->arena, view_trim(recipient), &row.key))
		return; /* the relay says why */
	if (file->n_keys == cutting->row_room) {
		struct import_row *old = file->rows;

		cutting->row_room =
			cutting->row_room ? 2 * cutting->row_room : 256;
		file->rows = arena_array(cutting->arena, cutting->row_room,
					 sizeof(*file->rows));
		if (file->n_keys)
			memcpy(file->rows, old, file->n_keys * sizeof(*old));
	}
	file->rows[file->n_keys++] = row;
}

static int by_key(const void *a, const void *b)
{
	const struct import_row *one = a, *other = b;
	int order = strcmp(one->key, other->key);

	if (order)
		return order;
	return one->line < other->line ? -1 : one->line > other->line;
}

static size_t part_of(const struct import_file *file, size_t line)
{
	size_t i = 0;

	while (i + 1 < file->n_parts && file->parts[i + 1].first <= line)
		i++;
	return i;
}

const struct import_row *import_file_twice(const struct import_file *file,
					   size_t *at, size_t *ret)
{
	const struct import_row *rows = file->rows;

	if (*at == 0 && file->n_keys)
		qsort(file->rows, file->n_keys, sizeof(*rows), by_key);
	while (++*at < file->n_keys) {
		const struct import_row *one = &rows[*at - 1], *it = &rows[*at];

		*ret = one->line;
		if (strcmp(one->key, it->key) == 0 &&
		    part_of(file, one->line) != part_of(file, it->line))
			return it;
	}
	return NULL;
}

/* ---- CSV ---------------------------------------------------------------- */

static struct view until(struct view from, struct view rest)
{
	return view_head(from, from.len - rest.len);
}

/** The names of the columns, and empty lines, which are left out, so that a
 *  line has the number that it has in the file. */
static void csv_begin(struct cutting *cutting, struct view names, size_t line,
		      size_t names_lines)
{
	text_init(&cutting->body, cutting->arena);
	cutting->part = (struct import_part){.first = line};
	text_add_view(&cutting->body, names);
	for (size_t i = names_lines; i < line; i++)
		text_add(&cutting->body, "\n");
}

/** Where it stands in each line; past the end: nowhere. */
static size_t recipient_column(const struct csv_record *names)
{
	size_t i = 0;

	while (i < names->n && !view_equal_nocase(view_trim(names->fields[i]),
						  VIEW("recipient")))
		i++;
	return i;
}

static const char *csv_cut(struct cutting *cutting, struct view text)
{
	struct csv_record record;
	struct csv csv;
	struct view names;
	size_t names_lines, column;

	csv_init(&csv, text);
	names = csv.rest;
	if (csv_next(&csv, cutting->arena, &record))
		return "its first line has to name the columns: recipient, and "
		       "any of display_name, kinds, evidence, evidence_date, "
		       "expires_at, term";
	names = until(names, csv.rest);
	names_lines = csv.line;
	column = recipient_column(&record);
	csv_begin(cutting, names, names_lines, names_lines);
	for (;;) {
		struct view from = csv.rest, row;
		size_t line = csv.line;
		enum err err = csv_next(&csv, cutting->arena, &record);

		if (err == ERR_UNKNOWN)
			break;
		if (err == ERR_OK && column < record.n)
			row_note(cutting, record.fields[column], record.line);
		if (csv.line > LINES_MAX)
			return TOO_LARGE;
		row = until(from, csv.rest);
		if (is_full(cutting, row.len)) {
			part_end(cutting);
			csv_begin(cutting, names, line, names_lines);
		}
		text_add_view(&cutting->body, row);
		cutting->part.n_rows++;
	}
	if (cutting->part.n_rows)
		part_end(cutting);
	return NULL;
}

/* ---- JSON --------------------------------------------------------------- */

static void json_begin(struct cutting *cutting, size_t row)
{
	text_init(&cutting->body, cutting->arena);
	text_add(&cutting->body, JSON_HEAD);
	cutting->part =
		(struct import_part){.first = row, .line_offset = row - 1};
}

static void json_end(struct cutting *cutting)
{
	text_add(&cutting->body, JSON_TAIL);
	part_end(cutting);
}

static const char *rows_cut(struct cutting *cutting, const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_begin(cutting, 1);
	json_array_foreach(rows, i, row)
	{
		char *text = json_dumps(row, JSON_COMPACT | JSON_ENCODE_ANY);

		if (!text)
			return "it cannot be read as JSON";
		if (is_full(cutting, strlen(text) + sizeof(JSON_TAIL))) {
			json_end(cutting);
			json_begin(cutting, i + 1);
		}
		if (cutting->part.n_rows++)
			text_add(&cutting->body, ",");
		row_note(cutting,
			 view_of(json_string_value(
				 json_object_get(row, "recipient"))),
			 i + 1);
		text_add(&cutting->body, text);
		free(text);
	}
	if (cutting->part.n_rows)
		json_end(cutting);
	return NULL;
}

/** An array of people, or an object with that as its rows. */
static const char *json_cut(struct cutting *cutting, struct view text)
{
	json_error_t error;
	json_t *json =
		json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES, &error);
	const json_t *rows = json_is_object(json) && json_object_size(json) == 1
				     ? json_object_get(json, "rows")
				     : json;
	const char *problem;

	if (!json &&
	    json_error_code(&error) == json_error_end_of_input_expected)
		return arena_printf(cutting->arena,
				    "its JSON is over in line %d, where more "
				    "follows: one document is a file",
				    error.line);
	if (!json)
		return arena_printf(cutting->arena,
				    "it is no JSON: line %d: %s", error.line,
				    error.text);
	problem = json_is_array(rows)
			  ? rows_cut(cutting, rows)
			  : "it has to be {\"rows\": [...]}, or an array";
	json_decref(json);
	return problem;
}

/* ---- the whole ---------------------------------------------------------- */

const char *import_file_cut(struct view text, struct arena *arena,
			    struct import_file *ret)
{
	struct cutting cutting = {.arena = arena, .file = ret};
	const struct view head = view_trim(text);
	const char *problem;

	*ret = (struct import_file){.is_json = head.len && (head.at[0] == '{' ||
							    head.at[0] == '[')};
	problem = ret->is_json ? json_cut(&cutting, text)
			       : csv_cut(&cutting, text);
	if (!problem && ret->n_rows == 0)
		problem = "there is nobody in it";
	return problem;
}

static const char *read_all(FILE *file, struct text *ret)
{
	char chunk[65536];
	size_t n;

	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0) {
		if (ret->len + n > FILE_MAX)
			return TOO_LARGE;
		text_add_bytes(ret, chunk, n);
	}
	return ferror(file) ? strerror(errno) : NULL;
}

const char *import_file_read(const char *name, struct arena *arena,
			     struct import_file *ret)
{
	bool is_stdin = strcmp(name, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(name, "re");
	const char *problem = file ? NULL : strerror(errno);
	struct text text;

	text_init(&text, arena);
	if (file)
		problem = read_all(file, &text);
	if (file && !is_stdin)
		fclose(file);
	return problem ? problem
		       : import_file_cut(text_view(&text), arena, ret);
}

const char *import_part_hash(const struct import_part *part, const char *path,
			     struct arena *arena)
{
	struct text all;
	uint8_t hash[HASH_LEN];

	text_init(&all, arena);
	text_add(&all, path);
	text_add_bytes(&all, "", 1);
	text_add_view(&all, part->body);
	sha256(all.at, all.len, hash);
	return hex_copy(arena, hash, NAME_BYTES);
}
