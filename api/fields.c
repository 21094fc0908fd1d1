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

static enum err member_read(const char *name, const json_t *value,
			    struct arena *arena, const struct body_field *field,
			    struct problem *ret)
{
	if (!field)
		return field_problem(ret, arena_strdup(arena, name),
				     "There is no such field here.");
	if (field->kind == FIELD_TIME)
		return time_read(value, field, ret);
	if (field->kind == FIELD_WORDS)
		return words_read(value, arena, field, ret);
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
	const char *name;
	json_t *value, *object;
	enum err err = ERR_OK;

	if (!body.len)
		return body_problem(ret, "The body is empty: a JSON object is "
					 "needed.");
	object = json_loadb(body.at, body.len, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		return syntax_fault(arena, &error, ret);
	if (!json_is_object(object)) {
		err = body_problem(ret, "The body must be a JSON object.");
		goto out;
	}
	json_object_foreach(object, name, value)
	{
		err = member_read(name, value, arena,
				  field_find(fields, n, name), ret);
		if (err)
			break;
	}
out:
	json_decref(object);
	return err;
}
