/*
 * json_writer -- JSON as text at once, for what is long or written often: a
 * tree of jansson's costs ten times as much.  The text is the same.
 */
#ifndef VOLENS_API_JSON_WRITER_H
#define VOLENS_API_JSON_WRITER_H

#include "api/time_format.h"
#include "server/base/text.h"

struct json_writer {
	struct text *to;
	int64_t at;		/**< the time that was written last ... */
	char at_text[TIME_LEN]; /**< ... and its text */
};

void json_writer_init(struct json_writer *writer, struct text *to);

/* A comma where one is due, and a name.  What is in @p name is not escaped. */
void json_write_name(struct json_writer *writer, const char *name);
/** A member: a string, or null for NULL.  As json_text(). */
void json_write_text(struct json_writer *writer, const char *name,
		     const char *text);
void json_write_boolean(struct json_writer *writer, const char *name,
			bool value);
void json_write_integer(struct json_writer *writer, const char *name,
			int64_t number);
/** null for 0. */
void json_write_number(struct json_writer *writer, const char *name,
		       int64_t number);
void json_write_real(struct json_writer *writer, const char *name,
		     double number);
/** RFC 3339, or null for 0. */
void json_write_time(struct json_writer *writer, const char *name, int64_t at);
void json_write_null(struct json_writer *writer, const char *name);
/** An object as the value of a member: what follows is in it until end. */
void json_write_begin(struct json_writer *writer, const char *name);
void json_write_end(struct json_writer *writer);

#endif
