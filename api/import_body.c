#include "api/import_body.h"

#include "api/terms.h"
#include "api/time_format.h"
#include "server/base/csv.h"
#include "server/base/uri.h"

#define DATE_LEN 10 /* 2025-11-03 */
#define DAY_S 86400

/** A line as it stands in a body. */
struct row_words {
	const char *recipient, *display_name, *kinds, *evidence, *evidence_date,
		*expires_at, *term;
};
/** The reading of a body. */
struct reading {
	const struct import_rules *rules;
	struct arena *arena;
	struct import_body body;
};

static void add_fault(struct reading *reading, size_t line,
		      const struct problem *problem)
{
	reading->body.faults[reading->body.n_faults++] =
		(struct import_fault){.line = line,
				      .reason = problem->reason,
				      .field = problem->field,
				      .detail = problem->detail};
}

static bool is_said(const char *word)
{
	return word && word[0];
}

/** A real date, not after today: what is shown was said before. */
static bool is_past_date(const char *text, int64_t now)
{
	char whole[DATE_LEN + sizeof("T00:00:00Z")];
	int64_t at;

	if (strlen(text) != DATE_LEN)
		return false;
	snprintf(whole, sizeof(whole), "%sT00:00:00Z", text);
	return !time_parse(view_of(whole), &at) && at <= now;
}

static enum err evidence_read(const struct reading *reading,
			      const struct row_words *from,
			      struct import_line *line, struct problem *ret)
{
	const struct import_rules *rules = reading->rules;
	const char *said = from->evidence;

	line->evidence = NULL;
	if (rules->mode == IMPORT_ASK)
		return ERR_OK; /* they say it themselves */
	if (!said || !view_trim(view_of(said)).len)
		said = rules->evidence;
	if (!said && rules->mode == IMPORT_STOP)
		return ERR_OK; /* a no needs none */
	if (!said)
		return field_problem(ret, "evidence",
				     "A grant on behalf of a recipient needs "
				     "evidence.");
	if (is_said(from->evidence_date) &&
	    !is_past_date(from->evidence_date, rules->body.now))
		return field_problem(ret, "evidence_date",
				     "This must be a date such as 2025-11-03, "
				     "and not after today.");
	line->evidence = is_said(from->evidence_date)
				 ? arena_printf(reading->arena, "%s, %s", said,
						from->evidence_date)
				 : said;
	return ERR_OK;
}

static enum err said_term_read(const struct row_words *from,
			       struct import_line *line, struct problem *ret)
{
	if (is_said(from->expires_at))
		return term_and_end(ret);
	line->expires_at = -1;
	line->has_term = true;
	return term_word_read(from->term, &line->term_s, ret);
}

/** What is granted for a term ends with the day: so the same import, made again
 *  the same day, changes nothing. */
static void end_with_term(const struct import_rules *rules,
			  struct import_line *line)
{
	int64_t end;

	if (!line->has_term || rules->mode != IMPORT_GRANTED)
		return;
	end = term_end(line->term_s, rules->body.refresh_s, rules->body.now);
	line->expires_at = (end + DAY_S - 1) / DAY_S * DAY_S;
}

static enum err end_read(const struct reading *reading,
			 const struct row_words *from, struct import_line *line,
			 struct problem *ret)
{
	const struct import_rules *rules = reading->rules;

	line->expires_at = rules->expires_at;
	line->has_term = rules->has_term;
	line->term_s = rules->term_s;
	if (is_said(from->term))
		return said_term_read(from, line, ret);
	if (!is_said(from->expires_at))
		return ERR_OK;
	if (rules->mode == IMPORT_ASK)
		return field_problem(ret, "expires_at",
				     "Who is asked has no end but the term of "
				     "their yes: say that.");
	line->has_term = false;
	if (time_parse(view_of(from->expires_at), &line->expires_at))
		return field_problem(ret, "expires_at",
				     "This must be an RFC 3339 date and time "
				     "such as 2030-01-02T03:04:05Z.");
	if (line->expires_at <= reading->rules->body.now)
		return field_problem(ret, "expires_at", "This is in the past.");
	return ERR_OK;
}

static enum err uri_read(const struct reading *reading,
			 const struct row_words *from, struct import_line *line,
			 struct problem *ret)
{
	struct leg_uri uri = {NULL, NULL};
	enum err err;

	if (!is_said(from->recipient))
		return field_problem(ret, "recipient", "This is missing.");
	err = leg_uri_read(from->recipient, &reading->rules->body,
			   reading->arena, &uri, ret);
	line->recipient = uri.key;
	line->recipient_uri = uri.uri;
	return err;
}

static enum err stop_read(const struct row_words *from, struct problem *ret)
{
	const char *field = is_said(from->kinds)	? "kinds"
			    : is_said(from->expires_at) ? "expires_at"
			    : is_said(from->term)	? "term"
							: NULL;

	return field ? field_problem(ret, field,
				     "A no of a stop list is to all kinds, and "
				     "has no end.")
		     : ERR_OK;
}

static void line_read(struct reading *reading, size_t number,
		      const struct row_words *from)
{
	struct import_line *line = &reading->body.lines[reading->body.n];
	struct problem problem = {.reason = "field"};
	enum err err;

	*line = (struct import_line){.line = number,
				     .kinds = reading->rules->kinds};
	err = uri_read(reading, from, line, &problem);
	if (!err && reading->rules->mode == IMPORT_STOP)
		err = stop_read(from, &problem);
	if (!err && is_said(from->kinds))
		err = kinds_words_read(from->kinds, reading->arena,
				       &line->kinds, &problem);
	if (!err)
		err = evidence_read(reading, from, line, &problem);
	if (!err)
		err = end_read(reading, from, line, &problem);
	end_with_term(reading->rules, line);
	line->title = is_said(from->display_name) ? from->display_name : NULL;
	if (err)
		add_fault(reading, number, &problem);
	else
		reading->body.n++;
}

/* ---- the same recipient twice ------------------------------------------- */

static int by_recipient(const void *a, const void *b)
{
	const struct import_line *one = a, *other = b;
	int order = strcmp(one->recipient, other->recipient);

	if (order)
		return order;
	return one->line < other->line ? -1 : one->line > other->line;
}

static int by_line(const void *a, const void *b)
{
	const struct import_line *one = a, *other = b;

	return one->line < other->line ? -1 : one->line > other->line;
}

static int fault_by_line(const void *a, const void *b)
{
	const struct import_fault *one = a, *other = b;

	return one->line < other->line ? -1 : one->line > other->line;
}

void import_faults_sort(struct import_body *body)
{
	if (body->n_faults)
		qsort(body->faults, body->n_faults, sizeof(*body->faults),
		      fault_by_line);
}

/** The first stays. */
static void drop_twice(struct reading *reading)
{
	struct import_body *body = &reading->body;
	struct import_line *lines = body->lines;
	size_t n = 0;

	if (body->n)
		qsort(lines, body->n, sizeof(*lines), by_recipient);
	for (size_t i = 0; i < body->n; i++) {
		struct problem problem = {.reason = "duplicate",
					  .field = "recipient"};

		if (n && !strcmp(lines[n - 1].recipient, lines[i].recipient)) {
			problem.detail = arena_printf(
				reading->arena,
				"The same recipient is in line %zu.",
				lines[n - 1].line);
			add_fault(reading, lines[i].line, &problem);
		} else {
			lines[n++] = lines[i];
		}
	}
	body->n = n;
	if (n)
		qsort(lines, n, sizeof(*lines), by_line);
}

/* ---- the whole ---------------------------------------------------------- */

static struct reading reading_begin(const struct import_rules *rules,
				    struct arena *arena, size_t n)
{
	return (struct reading){
		.rules = rules,
		.arena = arena,
		.body = {.lines = arena_array(arena, n + 1,
					      sizeof(struct import_line)),
			 .faults = arena_array(arena, n + 1,
					       sizeof(struct import_fault))}};
}

static enum err too_many(struct arena *arena, struct problem *ret)
{
	*ret = (struct problem){
		.status = 422,
		.reason = "limit",
		.detail = arena_printf(arena,
				       "An import has %d recipients at most: "
				       "make several of it.",
				       IMPORT_LINES_MAX)};
	return ERR_TOO_LARGE;
}

static enum err reading_end(struct reading *reading, struct import_body *ret,
			    struct problem *ret_problem)
{
	if (!reading->body.n_read)
		return field_problem(ret_problem, "rows",
				     "There is no recipient in it.");
	drop_twice(reading);
	import_faults_sort(&reading->body);
	*ret = reading->body;
	return ERR_OK;
}

/* ---- CSV ---------------------------------------------------------------- */

/** The columns, in the order of struct row_words. */
static const struct {
	const char *name;
	size_t max; /**< bytes */
} columns[] = {
	{"recipient", URI_MAX_LEN},  {"display_name", 256},
	{"kinds", KINDS_TEXT_ROOM},  {"evidence", EVIDENCE_MAX},
	{"evidence_date", DATE_LEN}, {"expires_at", 40},
	{"term", TERM_TEXT_ROOM},
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const char **word_of(struct row_words *words, size_t column)
{
	const char **all[COLUMNS] = {
		&words->recipient, &words->display_name,  &words->kinds,
		&words->evidence,  &words->evidence_date, &words->expires_at,
		&words->term};

	return all[column];
}

/** Which column stands at each place of a line. */
struct csv_columns {
	size_t n;
	size_t columns[CSV_FIELDS];
};

static size_t column_find(struct view name)
{
	size_t i = 0;

	while (i < COLUMNS &&
	       !view_equal_nocase(name, view_of(columns[i].name)))
		i++;
	return i;
}

static enum err header_problem(struct arena *arena, struct view name,
			       const char *what, struct problem *ret)
{
	const char *shown =
		view_is_text(name) ? view_copy(arena, name) : "(no text)";

	*ret = (struct problem){
		.status = 422,
		.reason = "csv",
		.detail = arena_printf(
			arena,
			"The first line names the columns, with commas: "
			"recipient, and any "
			"of display_name, kinds, evidence, evidence_date, "
			"expires_at, term. %s%s.",
			what, shown)};
	return ERR_SYNTAX;
}

static enum err header_read(struct csv *csv, struct arena *arena,
			    struct csv_columns *ret,
			    struct problem *ret_problem)
{
	struct csv_record record = {.n = 0};
	unsigned seen = 0;

	if (csv_next(csv, arena, &record))
		return header_problem(arena, VIEW_NONE, "It cannot be read",
				      ret_problem);
	for (ret->n = 0; ret->n < record.n; ret->n++) {
		struct view name = view_trim(record.fields[ret->n]);
		size_t column = column_find(name);

		if (column == COLUMNS)
			return header_problem(arena, name,
					      "There is no column ",
					      ret_problem);
		if (seen & 1u << column)
			return header_problem(arena, name,
					      "This is there "
					      "twice: ",
					      ret_problem);
		seen |= 1u << column;
		ret->columns[ret->n] = column;
	}
	if (!(seen & 1u))
		return header_problem(arena, VIEW("recipient"),
				      "This is missing: ", ret_problem);
	return ERR_OK;
}

static enum err record_read(const struct csv_record *record,
			    const struct csv_columns *header,
			    struct arena *arena, struct row_words *ret,
			    struct problem *ret_problem)
{
	if (record->n != header->n) {
		*ret_problem = (struct problem){
			.reason = "csv",
			.detail = arena_printf(arena,
					       "This has %zu fields, the first "
					       "line has %zu.",
					       record->n, header->n)};
		return ERR_SYNTAX;
	}
	for (size_t i = 0; i < record->n; i++) {
		size_t column = header->columns[i];
		struct view field = view_trim(record->fields[i]);

		if (field.len > columns[column].max || !view_is_text(field))
			return field_problem(
				ret_problem, columns[column].name,
				"This is too long, not UTF-8, or holds control "
				"characters.");
		*word_of(ret, column) = view_copy(arena, field);
	}
	return ERR_OK;
}

/** How many lines there are at most. */
static size_t lines_most(struct view body)
{
	size_t n = 1, at = 0;

	while (n <= IMPORT_LINES_MAX && at < body.len &&
	       (at = view_find(body, '\n', at)) != SIZE_MAX) {
		at++;
		n++;
	}
	return n;
}

static void csv_fault(struct reading *reading, size_t line, enum err err)
{
	const struct problem problem = {
		.reason = "csv",
		.detail = err == ERR_TOO_LARGE
				  ? "A field of this line is too long, or it "
				    "has too many."
				  : "A quote in this line is not closed, or "
				    "stands where none may."};

	add_fault(reading, line, &problem);
}

enum err import_csv_read(struct view body, const struct import_rules *rules,
			 struct arena *arena, struct import_body *ret,
			 struct problem *ret_problem)
{
	struct reading reading = reading_begin(rules, arena, lines_most(body));
	struct csv_columns header = {.n = 0};
	struct csv_record record;
	struct csv csv;
	enum err err;

	csv_init(&csv, body);
	err = header_read(&csv, arena, &header, ret_problem);
	if (err)
		return err;
	while ((err = csv_next(&csv, arena, &record)) != ERR_UNKNOWN) {
		struct row_words words = {0};
		struct problem problem = {.reason = "csv"};

		if (reading.body.n_read++ == IMPORT_LINES_MAX)
			return too_many(arena, ret_problem);
		if (err)
			csv_fault(&reading, record.line, err);
		else if (record_read(&record, &header, arena, &words, &problem))
			add_fault(&reading, record.line, &problem);
		else
			line_read(&reading, record.line, &words);
	}
	return reading_end(&reading, ret, ret_problem);
}

/* ---- JSON --------------------------------------------------------------- */

static size_t row_fields(void *item, struct body_field *ret)
{
	struct row_words *it = item;

	for (size_t i = 0; i < COLUMNS; i++)
		ret[i] = (struct body_field){.name = columns[i].name,
					     .kind = FIELD_STRING,
					     .max = columns[i].max,
					     .value = word_of(it, i)};
	ret[2].kind = FIELD_WORDS; /* kinds */
	return COLUMNS;
}

enum err import_json_read(struct view body, const struct import_rules *rules,
			  struct arena *arena, struct import_body *ret,
			  struct problem *ret_problem)
{
	struct body_array array = {.size = sizeof(struct row_words),
				   .max = IMPORT_LINES_MAX,
				   .fields = row_fields};
	const struct body_field fields[] = {
		{"rows", FIELD_OBJECTS, 0, NULL, NULL, &array}};
	struct reading reading;
	const struct row_words *words;
	enum err err = fields_read(body, arena, fields, 1, ret_problem);

	if (err)
		return err;
	reading = reading_begin(rules, arena, array.n);
	words = array.items;
	for (size_t i = 0; i < array.n; i++)
		line_read(&reading, i + 1, &words[i]);
	reading.body.n_read = array.n;
	return reading_end(&reading, ret, ret_problem);
}
