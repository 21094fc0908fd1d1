#include "api/fields.h"

#include <jansson.h>

#include "api/time_format.h"

enum err field_problem(struct problem *ret, const char *field,
		       const char *detail)
{
	*ret = (struct problem){.status = 422,
				.reason = "field",
				.field = field,
				.detail = detail};
	return ERR_SYNTAX;
}

/** 400: it is no JSON, or no object. */
static enum err body_problem(struct problem *ret, const char *detail)
{
	*ret = (struct problem){
		.status = 400, .reason = "json", .detail = detail};
	return ERR_SYNTAX;
}

static enum err string_read(const json_t *value, struct arena *arena,
			    const struct body_field *field, struct problem *ret)
{
	if (!json_is_string(value))
		return field_problem(ret, field->name,
				     "This must be a string.");
	struct view text = {json_string_value(value),
			    json_string_length(value)};

	if (text.len > field->max)
		return field_problem(
			ret, field->name,
			arena_printf(arena, "This is longer than %zu bytes.",
				     field->max));
	if (view_has_control(text))
		return field_problem(ret, field->name,
				     "This holds a control character.");
	*field->value = view_copy(arena, text);
	return ERR_OK;
}

static enum err words_read(const json_t *value, struct arena *arena,
			   const struct body_field *field, struct problem *ret)
{
	struct text all;
	const json_t *word;
	size_t i;

	if (!json_is_array(value))
		return field_problem(ret, field->name,
				     "This must be an array of words.");
	text_init(&all, arena);
	json_array_foreach(value, i, word)
	{
		struct view text = {json_string_value(word),
				    json_string_length(word)};

		if (!text.len || view_has_control(text) ||
		    view_find(text, ' ', 0) != SIZE_MAX ||
		    all.len + text.len >= field->max)
			return field_problem(ret, field->name,
					     "This has an unknown word.");
		text_add(&all, i ? " " : "");
		text_add_view(&all, text);
	}
	*field->value = all.at ? all.at : "";
	return ERR_OK;
}

static enum err time_read(const json_t *value, const struct body_field *field,
			  struct problem *ret)
{
	if (json_is_null(value)) {
		*field->at = 0;
		return ERR_OK;
	}
	struct view text = view_of(json_string_value(value));

	if (!text.len || time_parse(text, field->at))
		return field_problem(ret, field->name,
				     "This must be an RFC 3339 date and time "
				     "such as 2030-01-02T03:04:05Z, or null.");
	return ERR_OK;
}

static enum err flag_read(const json_t *value, const struct body_field *field,
			  struct problem *ret)
{
	if (!json_is_boolean(value))
		return field_problem(ret, field->name,
				     "This must be true or false.");
	*field->at = json_is_true(value);
	return ERR_OK;
}

static enum err number_read(const json_t *value, struct arena *arena,
			    const struct body_field *field, struct problem *ret)
{
	json_int_t number = json_integer_value(value);
	json_int_t most = (json_int_t)field->max;

	if (!json_is_integer(value) || number < -most || number > most)
		return field_problem(
			ret, field->name,
			arena_printf(arena,
				     "This must be a whole number, %lld at "
				     "most.",
				     (long long)most));
	*field->at = number;
	return ERR_OK;
}

static enum err object_read(const json_t *object, struct arena *arena,
			    const struct body_field *fields, size_t n,
			    struct problem *ret);

/** In an item null is what is not there, as responses have it. */
static void drop_nulls(const json_t *item, const struct body_field *fields,
		       size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (json_is_null(json_object_get(item, fields[i].name)))
			json_object_del((json_t *)(uintptr_t)item,
					fields[i].name);
}

/** One item; a fault in it is named "parties[3].uri". */
static enum err item_read(const json_t *value, struct arena *arena,
			  const struct body_field *field, size_t i,
			  struct problem *ret)
{
	const struct body_array *array = field->array;
	struct body_field fields[BODY_ITEM_FIELDS];
	size_t n =
		array->fields((char *)array->items + i * array->size, fields);
	enum err err = ERR_SYNTAX;

	drop_nulls(value, fields, n);
	if (json_is_object(value))
		err = object_read(value, arena, fields, n, ret);
	else
		*ret = (struct problem){.status = 422,
					.reason = "field",
					.detail = "This must be an object."};
	if (!err)
		return ERR_OK;
	ret->entry = (int)i + 1;
	ret->field = arena_printf(arena, "%s[%zu]%s%s", field->name, i,
				  ret->field ? "." : "",
				  ret->field ? ret->field : "");
	return err;
}

static enum err objects_read(const json_t *value, struct arena *arena,
			     const struct body_field *field,
			     struct problem *ret)
{
	struct body_array *array = field->array;
	const json_t *item;
	size_t i;

	if (!json_is_array(value) || json_array_size(value) > array->max)
		return field_problem(
			ret, field->name,
			arena_printf(arena,
				     "This must be an array of objects, %zu at "
				     "most.",
				     array->max));
	array->n = json_array_size(value);
	array->items = arena_array(arena, array->n + 1, array->size);
	json_array_foreach(value, i, item)
	{
		enum err err = item_read(item, arena, field, i, ret);

		if (err)
			return err;
	}
	return ERR_OK;
}

static enum err member_read(const char *name, const json_t *value,
			    struct arena *arena, const struct body_field *field,
			    struct problem *ret)
{
	if (!field)
		return field_problem(ret, arena_strdup(arena, name),
				     "There is no such field here.");
	switch (field->kind) {
	case FIELD_TIME:
		return time_read(value, field, ret);
	case FIELD_WORDS:
		return words_read(value, arena, field, ret);
	case FIELD_FLAG:
		return flag_read(value, field, ret);
	case FIELD_NUMBER:
		return number_read(value, arena, field, ret);
	case FIELD_OBJECTS:
		return objects_read(value, arena, field, ret);
	case FIELD_STRING:
		break;
	}
	return string_read(value, arena, field, ret);
}

static const struct body_field *field_find(const struct body_field *fields,
					   size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(fields[i].name, name))
			return &fields[i];
	}
	return NULL;
}

static enum err object_read(const json_t *object, struct arena *arena,
			    const struct body_field *fields, size_t n,
			    struct problem *ret)
{
	const char *name;
	json_t *value;
	enum err err;

	/* jansson's macro takes no const, but changes nothing. */
	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		err = member_read(name, value, arena,
				  field_find(fields, n, name), ret);
		if (err)
			return err;
	}
	return ERR_OK;
}

/** Why jansson gave up, with the place. */
static enum err syntax_fault(struct arena *arena, const json_error_t *error,
			     struct problem *ret)
{
	const char *what = "The body is not JSON";

	switch ((int)json_error_code(error)) {
	case json_error_duplicate_key:
		what = "The body names a member twice";
		break;
	case json_error_null_character:
		what = "The body holds a NUL";
		break;
	case json_error_invalid_utf8:
		what = "The body is not UTF-8";
		break;
	default:
		break;
	}
	return body_problem(ret,
			    arena_printf(arena, "%s (line %d, column %d).",
					 what, error->line, error->column));
}

enum err fields_read(struct view body, struct arena *arena,
		     const struct body_field *fields, size_t n,
		     struct problem *ret)
{
	json_error_t error;
	json_t *object;
	enum err err;

	if (!body.len)
		return body_problem(ret, "The body is empty: a JSON object is "
					 "needed.");
	object = json_loadb(body.at, body.len, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		return syntax_fault(arena, &error, ret);
	if (json_is_object(object))
		err = object_read(object, arena, fields, n, ret);
	else
		err = body_problem(ret, "The body must be a JSON object.");
	json_decref(object);
	return err;
}
