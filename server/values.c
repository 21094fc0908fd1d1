/* How one value of a setting is read, kept and written. */
#include "server/base/text.h"
#include "server/settings.h"

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit second_units[] = {
	{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}, {NULL, 0},
};
static const struct unit byte_units[] = {
	{"GiB", 1 << 30},
	{"MiB", 1 << 20},
	{"KiB", 1 << 10},
	{NULL, 0},
};
static const struct unit no_units[] = {{NULL, 0}};

static const struct unit *units_of(const struct setting *setting)
{
	switch (setting->type) {
	case SETTING_SECONDS:
	case SETTING_PAUSES:
		return second_units;
	case SETTING_BYTES:
		return byte_units;
	case SETTING_TEXT:
	case SETTING_WORD:
	case SETTING_YESNO:
	case SETTING_NUMBER:
	case SETTING_TEXTS:
		break;
	}
	return no_units;
}

bool setting_is_list(const struct setting *setting)
{
	return setting->type == SETTING_TEXTS ||
	       setting->type == SETTING_PAUSES;
}

const char *setting_format(const struct setting *setting, struct arena *arena,
			   int64_t value)
{
	for (const struct unit *unit = units_of(setting); unit->name; unit++) {
		if (value && value % unit->factor == 0)
			return arena_printf(arena, "%lld%s",
					    (long long)(value / unit->factor),
					    unit->name);
	}
	return arena_printf(arena, "%lld", (long long)value);
}

/* ---- looking up ------------------------------------------------------------
 */

const struct setting *setting_find(const char *section, const char *name)
{
	for (size_t i = 0; i < n_settings; i++) {
		if (strcmp(settings[i].section, section) == 0 &&
		    strcmp(settings[i].name, name) == 0)
			return &settings[i];
	}
	return NULL;
}

#define NAME_MAX_LEN 40

/** How many letters must change to make one of the other (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_LEN + 1];
	size_t b_len = strlen(b), corner;

	if (strlen(a) > NAME_MAX_LEN || b_len > NAME_MAX_LEN)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		corner = row[0];
		row[0] = i + 1;
		for (size_t j = 0; j < b_len; j++) {
			size_t change = corner + (a[i] != b[j]);

			corner = row[j + 1];
			if (row[j] + 1 < change)
				change = row[j] + 1;
			if (row[j + 1] + 1 < change)
				change = row[j + 1] + 1;
			row[j + 1] = change;
		}
	}
	return row[b_len];
}

const char *setting_nearest(const char *section, const char *name)
{
	const char *nearest = NULL;
	size_t least = SIZE_MAX, d;

	for (size_t i = 0; i < n_settings; i++) {
		d = distance(name, settings[i].name);
		if (strcmp(settings[i].section, section) == 0 && d < least) {
			least = d;
			nearest = settings[i].name;
		}
	}
	for (size_t i = 0; *section == '\0' && i < n_sections; i++) {
		d = distance(name, sections[i].name);
		if (d < least) {
			least = d;
			nearest = sections[i].name;
		}
	}
	return nearest;
}

/* ---- one value
 * --------------------------------------------------------------- */

static enum err number_parse(const struct setting *setting, const char *value,
			     int64_t *ret)
{
	size_t digits = strspn(value, "0123456789");
	const struct unit *unit = units_of(setting);
	uint64_t number;
	enum err err;

	err = view_to_u64((struct view){value, digits}, INT64_MAX, &number);
	if (err)
		return err;
	if (value[digits]) {
		while (unit->name && strcmp(unit->name, value + digits) != 0)
			unit++;
		if (!unit->name)
			return ERR_SYNTAX;
		if (__builtin_mul_overflow(number, (uint64_t)unit->factor,
					   &number) ||
		    number > INT64_MAX)
			return ERR_TOO_LARGE;
	}
	*ret = (int64_t)number;
	return ERR_OK;
}

static enum err parse_number(const struct setting *setting, struct arena *arena,
			     const char *value, int64_t *ret,
			     const char **ret_problem)
{
	static const char *const forms[] = {
		[SETTING_NUMBER] = "is not a number",
		[SETTING_SECONDS] = "is not a time like 90, 90s, 15m, 2h, 7d",
		[SETTING_PAUSES] = "is not a time like 90, 90s, 15m, 2h, 7d",
		[SETTING_BYTES] = "is not a size like 4096, 64KiB, 2MiB, 1GiB",
	};
	int64_t number;
	enum err err = number_parse(setting, value, &number);

	if (err == ERR_SYNTAX) {
		*ret_problem = forms[setting->type];
		return err;
	}
	if (err || number < setting->min || number > setting->max) {
		*ret_problem = arena_printf(
			arena, "is out of range: %s to %s",
			setting_format(setting, arena, setting->min),
			setting_format(setting, arena, setting->max));
		return ERR_TOO_LARGE;
	}
	*ret = number;
	return ERR_OK;
}

static enum err parse_word(const struct setting *setting, struct arena *arena,
			   const char *value, int64_t *ret,
			   const char **ret_problem)
{
	struct text text;

	text_init(&text, arena);
	for (size_t i = 0; setting->words[i]; i++) {
		if (strcmp(setting->words[i], value) == 0) {
			*ret = (int64_t)i;
			return ERR_OK;
		}
		text_printf(&text, "%s%s",
			    i ? ", " : "is none of: ", setting->words[i]);
	}
	*ret_problem = text.at;
	return ERR_SYNTAX;
}

static enum err parse_yesno(const char *value, int64_t *ret,
			    const char **ret_problem)
{
	if (strcmp(value, "yes") == 0 || strcmp(value, "true") == 0 ||
	    strcmp(value, "on") == 0) {
		*ret = 1;
		return ERR_OK;
	}
	if (strcmp(value, "no") == 0 || strcmp(value, "false") == 0 ||
	    strcmp(value, "off") == 0) {
		*ret = 0;
		return ERR_OK;
	}
	*ret_problem = "is neither yes nor no";
	return ERR_SYNTAX;
}

static enum err parse_text(const struct setting *setting, struct arena *arena,
			   const char *value, const char **ret_problem)
{
	int64_t len = (int64_t)strlen(value);

	if (view_has_control(view_of(value))) {
		*ret_problem = "holds a control character";
		return ERR_CHARSET;
	}
	if (setting->type == SETTING_TEXT &&
	    (len < setting->min || len > setting->max)) {
		*ret_problem = arena_printf(
			arena, "has %lld bytes; %lld to %lld are allowed",
			(long long)len, (long long)setting->min,
			(long long)setting->max);
		return ERR_TOO_LARGE;
	}
	return ERR_OK;
}

static enum err parse_auto(const struct setting *setting, struct arena *arena,
			   const char *value, int64_t *ret,
			   const char **ret_problem)
{
	enum err err;

	if (strcmp(value, setting->words[0]) == 0) {
		*ret = SETTING_AUTO;
		return ERR_OK;
	}
	err = parse_number(setting, arena, value, ret, ret_problem);
	if (err == ERR_SYNTAX)
		*ret_problem = arena_printf(arena, "is not a number, nor %s",
					    setting->words[0]);
	return err;
}

static enum err parse_typed(const struct setting *setting, struct arena *arena,
			    const char *value, int64_t *ret,
			    const char **ret_problem)
{
	switch (setting->type) {
	case SETTING_TEXT:
	case SETTING_TEXTS:
		return parse_text(setting, arena, value, ret_problem);
	case SETTING_WORD:
		return parse_word(setting, arena, value, ret, ret_problem);
	case SETTING_YESNO:
		return parse_yesno(value, ret, ret_problem);
	case SETTING_NUMBER:
		if (setting->words[0])
			return parse_auto(setting, arena, value, ret,
					  ret_problem);
		break;
	case SETTING_SECONDS:
	case SETTING_BYTES:
	case SETTING_PAUSES:
		break;
	}
	return parse_number(setting, arena, value, ret, ret_problem);
}

enum err setting_parse(const struct setting *setting, struct arena *arena,
		       const char *value, int64_t *ret,
		       const char **ret_problem)
{
	const char *problem;
	enum err err = parse_typed(setting, arena, value, ret, ret_problem);

	if (!err && setting->check) {
		problem = setting->check(value);
		if (problem) {
			*ret_problem = problem;
			return ERR_SYNTAX;
		}
	}
	return err;
}

/* ---- keeping
 * ------------------------------------------------------------------- */

static void store_texts(struct strings *strings, struct arena *arena,
			const char *const *values, size_t n)
{
	strings->at = arena_array(arena, n + 1, sizeof(*strings->at));
	strings->n = n;
	for (size_t i = 0; i < n; i++)
		strings->at[i] = arena_strdup(arena, values[i]);
}

static void store_numbers(const struct setting *setting,
			  struct numbers *numbers, struct arena *arena,
			  const char *const *values, size_t n)
{
	const char *problem;

	numbers->at = arena_array(arena, n + 1, sizeof(*numbers->at));
	numbers->n = n;
	for (size_t i = 0; i < n; i++) {
		if (setting_parse(setting, arena, values[i], &numbers->at[i],
				  &problem))
			err_fatal("a setting was not checked");
	}
}

void setting_store(const struct setting *setting, struct arena *arena,
		   void *base, const char *const *values, size_t n)
{
	void *place = (char *)base + setting->offset;
	const char *problem;

	if (setting->type == SETTING_TEXTS) {
		store_texts(place, arena, values, n);
	} else if (setting->type == SETTING_PAUSES) {
		store_numbers(setting, place, arena, values, n);
	} else if (setting->type == SETTING_TEXT) {
		*(const char **)place = arena_strdup(arena, values[0]);
	} else if (setting_parse(setting, arena, values[0], place, &problem)) {
		err_fatal("a setting was not checked");
	}
}

void setting_store_fallback(const struct setting *setting, struct arena *arena,
			    void *base)
{
	const char *values[16];
	struct view rest = view_of(setting->fallback), item;
	size_t n = 0;

	if (!setting_is_list(setting)) {
		setting_store(setting, arena, base, &setting->fallback, 1);
		return;
	}
	while (n < 16 && view_next_item(&rest, &item))
		values[n++] = view_copy(arena, item);
	setting_store(setting, arena, base, values, n);
}
