#include "server/roff.h"

#define WIDTH 78

void text_wrap(struct text *text, const char *indent, const char *string)
{
	size_t column = 0;

	while (*string) {
		size_t word = strcspn(string, " ");

		if (column && column + 1 + word > WIDTH) {
			text_add(text, "\n");
			column = 0;
		}
		text_add(text, column ? " " : indent);
		column += column ? 1 : strlen(indent);
		text_add_bytes(text, string, word);
		column += word;
		string += word;
		string += strspn(string, " ");
	}
	text_add(text, "\n");
}

void roff_add(struct text *text, const char *string)
{
	if (*string == '.' || *string == '\'')
		text_add(text, "\\&");
	for (; *string; string++) {
		if (*string == '\\')
			text_add(text, "\\e");
		else if (*string == '-')
			text_add(text, "\\-");
		else
			text_add_bytes(text, string, 1);
	}
}

void roff_wrap(struct text *text, struct arena *arena, const char *doc)
{
	struct text escaped;

	text_init(&escaped, arena);
	roff_add(&escaped, doc);
	text_wrap(text, "", escaped.at);
}
