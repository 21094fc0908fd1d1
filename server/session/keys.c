#include "server/session/keys.h"

#include "server/base/mime.h"

/* 10 and 11 are the star and the hash, 12 to 15 the letters (RFC 4733). */
static char key_of(struct view text)
{
	static const char names[] = "0123456789*#ABCD";
	uint64_t number;

	text = view_trim(text);
	if (view_to_u64(text, sizeof(names) - 2, &number) == ERR_OK)
		return names[number];
	if (text.len != 1)
		return 0;
	if (text.at[0] >= 'a' && text.at[0] <= 'd')
		return (char)(text.at[0] - 'a' + 'A');
	return memchr(names, text.at[0], sizeof(names) - 1) ? text.at[0] : 0;
}

/* One line: "Signal=5", with blanks in it or not. */
static bool signal_in(struct view line, char *ret)
{
	size_t equals = view_find(line, '=', 0);

	if (equals == SIZE_MAX ||
	    !view_equal_nocase(view_trim(view_head(line, equals)),
			       VIEW("Signal")))
		return false;
	*ret = key_of(view_from(line, equals + 1));
	return true;
}

bool keys_are_of(struct view content_type)
{
	return mime_type_is(content_type, "application/dtmf-relay") ||
	       mime_type_is(content_type, "application/dtmf");
}

char keys_read(struct view content_type, struct view body)
{
	char key = 0;

	if (!mime_type_is(content_type, "application/dtmf-relay"))
		return key_of(body);
	while (body.len) {
		size_t end = view_find(body, '\n', 0);

		if (signal_in(view_head(body, end), &key))
			return key;
		body = end == SIZE_MAX ? VIEW_NONE : view_from(body, end + 1);
	}
	return 0;
}
