#include "api/html.h"

#include "server/base/xml.h"
#include "server/words/text_template.h"

static void add_character(struct text *to, struct view character, bool is_whole)
{
	if (!is_whole || character_is_hidden(character))
		text_add(to, "\xef\xbf\xbd");
	else if (character.len == 1)
		xml_add_escaped(to, character);
	else
		text_add_view(to, character);
}

static void add_escaped(struct text *to, const char *value)
{
	struct view rest = view_of(value);

	while (rest.len) {
		size_t len = view_utf8_length(rest);
		size_t taken = len ? len : 1;

		add_character(to, view_head(rest, taken), len > 0);
		rest = view_from(rest, taken);
	}
}

void html_text(struct text *to, const char *value)
{
	add_escaped(to, value);
}

void html_attr(struct text *to, const char *value)
{
	add_escaped(to, value);
}
