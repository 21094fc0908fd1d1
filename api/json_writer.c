#include "api/json_writer.h"

#include <jansson.h>
#include <math.h>

#include "api/json.h"
#include "server/base/token.h"

#define PLAIN_MAX 512 /* bytes of a string that is written without jansson */

void json_writer_init(struct json_writer *writer, struct text *to)
{
	*writer = (struct json_writer){.to = to};
}

void json_write_name(struct json_writer *writer, const char *name)
{
	struct text *to = writer->to;
	char last = to->len ? to->at[to->len - 1] : '{';

	text_add(to, last == '{' || last == '[' ? "\"" : ",\"");
	text_add(to, name);
	text_add(to, "\":");
}

/* What needs care. */
static void write_json(struct json_writer *writer, json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY);

	text_add(writer->to, text ? text : "null");
	free(text);
	json_decref(value);
}

/* Nothing to be escaped? */
static bool is_plain(const char *at, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)at[i];

		if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\')
			return false;
	}
	return true;
}

void json_write_text(struct json_writer *writer, const char *name,
		     const char *text)
{
	size_t len = text ? strlen(text) : 0;
	char blotted[PLAIN_MAX];

	if (!text) {
		json_write_null(writer, name);
		return;
	}
	json_write_name(writer, name);
	if (len > sizeof(blotted) || !is_plain(text, len)) {
		write_json(writer, json_text(text));
		return;
	}
	memcpy(blotted, text, len);
	len = token_blot_bytes(blotted, len);
	text_add(writer->to, "\"");
	text_add_bytes(writer->to, blotted, len);
	text_add(writer->to, "\"");
}

void json_write_null(struct json_writer *writer, const char *name)
{
	json_write_name(writer, name);
	text_add(writer->to, "null");
}

void json_write_boolean(struct json_writer *writer, const char *name,
			bool value)
{
	json_write_name(writer, name);
	text_add(writer->to, value ? "true" : "false");
}

void json_write_integer(struct json_writer *writer, const char *name,
			int64_t number)
{
	json_write_name(writer, name);
	if (number < 0)
		text_add(writer->to, "-");
	text_add_number(writer->to,
			number < 0 ? -(uint64_t)number : (uint64_t)number);
}

void json_write_number(struct json_writer *writer, const char *name,
		       int64_t number)
{
	if (number)
		json_write_integer(writer, name, number);
	else
		json_write_null(writer, name);
}

void json_write_real(struct json_writer *writer, const char *name,
		     double number)
{
	json_write_name(writer, name);
	if (number == 0 && !signbit(number))
		text_add(writer->to, "0.0");
	else
		write_json(writer, json_real(number));
}

/* Those of a conference are much the same. */
void json_write_time(struct json_writer *writer, const char *name, int64_t at)
{
	if (!at) {
		json_write_null(writer, name);
		return;
	}
	if (at != writer->at)
		time_format(at, writer->at_text);
	writer->at = at;
	json_write_name(writer, name);
	text_add(writer->to, "\"");
	text_add(writer->to, writer->at_text);
	text_add(writer->to, "\"");
}

void json_write_begin(struct json_writer *writer, const char *name)
{
	json_write_name(writer, name);
	text_add(writer->to, "{");
}

void json_write_end(struct json_writer *writer)
{
	text_add(writer->to, "}");
}
