#include "server/net/frame.h"

#include "server/base/chars.h"
#include "server/base/text.h"

bool frame_may_begin(struct view bytes)
{
	return bytes.len > 0 && char_is(bytes.at[0], CHAR_TOKEN);
}

/* Find the empty line.  @return true once frame->head_len is known. */
static bool head_find(struct frame *frame, struct view buffer)
{
	size_t at;

	while ((at = view_find(buffer, '\n', frame->scanned)) != SIZE_MAX) {
		size_t left = buffer.len - at - 1;
		const char *next = buffer.at + at + 1;

		frame->scanned = at;
		if (left > 0 && next[0] == '\n')
			frame->head_len = at + 2;
		else if (left > 1 && next[0] == '\r' && next[1] == '\n')
			frame->head_len = at + 3;
		else if (left == 0 || (left == 1 && next[0] == '\r'))
			return false; /* the next byte decides */
		if (frame->head_len > 0)
			return true;
		frame->scanned = at + 1;
	}
	frame->scanned = buffer.len;
	return false;
}

/* Moves @p rest past the digits at its beginning; false when there are none. */
static bool digits_take(struct view *rest)
{
	size_t len = 0;

	while (len < rest->len && char_is(rest->at[len], CHAR_DIGIT))
		len++;
	*rest = view_from(*rest, len);
	return len > 0;
}

static bool text_take(struct view *rest, struct view text)
{
	if (!view_starts_nocase(*rest, text))
		return false;
	*rest = view_from(*rest, text.len);
	return true;
}

static bool version_take(struct view *rest)
{
	return text_take(rest, VIEW("SIP/")) && digits_take(rest) &&
	       text_take(rest, VIEW(".")) && digits_take(rest);
}

bool frame_is_version(struct view v)
{
	return version_take(&v) && v.len == 0;
}

/* SIP-Version SP 3DIGIT SP Reason-Phrase (RFC 3261 section 7.2); the last SP is
 * not always there (RFC 4475 section 3.1.1.13). */
static bool line_is_status(struct view line)
{
	struct view code;

	if (!version_take(&line) || !text_take(&line, VIEW(" ")))
		return false;
	code = view_head(line, 3);
	line = view_from(line, code.len);
	return code.len == 3 && digits_take(&code) && code.len == 0 &&
	       (line.len == 0 || line.at[0] == ' ');
}

/* Method SP Request-URI SP SIP-Version (RFC 3261 section 7.1).  What the
 * version is, and whether we speak it, is for others to say. */
static bool line_is_request(struct view line)
{
	size_t a = view_find(line, ' ', 0);
	size_t b = a == SIZE_MAX ? a : view_find(line, ' ', a + 1);
	struct view version =
		b == SIZE_MAX ? VIEW_NONE : view_from(line, b + 1);

	for (size_t i = 0; i < a && b != SIZE_MAX; i++)
		if (!char_is(line.at[i], CHAR_TOKEN))
			return false;
	return a > 0 && b > a + 1 && view_find(version, ' ', 0) == SIZE_MAX &&
	       view_starts_nocase(version, VIEW("SIP/"));
}

/* The first line of a head, without its end. */
static struct view first_line(struct view head)
{
	struct view line = view_head(head, view_find(head, '\n', 0));

	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

bool frame_is_response(struct view head)
{
	struct view line = first_line(head);

	return version_take(&line) && text_take(&line, VIEW(" "));
}

/* Does everybody see the same lines in it? */
static bool head_is_plain(struct view head)
{
	size_t at = 0;

	if (view_find(head, '\0', 0) != SIZE_MAX)
		return false;
	while ((at = view_find(head, '\r', at)) != SIZE_MAX) {
		if (at + 1 == head.len || head.at[at + 1] != '\n')
			return false;
		at++;
	}
	return true;
}

/* Take one header line, with the lines it is folded onto, off @p rest. */
static struct view line_take(struct view *rest)
{
	size_t end = 0;
	struct view line;

	do {
		end = view_find(*rest, '\n', end);
		end = end == SIZE_MAX ? rest->len : end + 1;
	} while (end < rest->len &&
		 (rest->at[end] == ' ' || rest->at[end] == '\t'));
	line = view_head(*rest, end);
	*rest = view_from(*rest, end);
	return line;
}

/* The value of Content-Length, when @p line is that (RFC 3261 section 20.14:
 * compact form `l`; section 7.3.1: blanks around the colon). */
static bool line_is_length(struct view line, struct view *ret_value)
{
	size_t colon = view_find(line, ':', 0);
	struct view name;

	if (colon == SIZE_MAX)
		return false;
	name = view_trim(view_head(line, colon));
	if (!view_equal_nocase(name, VIEW("Content-Length")) &&
	    !view_equal_nocase(name, VIEW("l")))
		return false;
	*ret_value = view_trim(view_from(line, colon + 1));
	return true;
}

/* One Content-Length, or no length. */
static enum err head_length(struct view head, size_t max, size_t *ret)
{
	struct view rest = head, value;
	uint64_t length = 0;
	bool found = false;
	enum err err;

	line_take(&rest); /* the start line */
	while (rest.len > 0) {
		if (!line_is_length(line_take(&rest), &value))
			continue;
		if (found)
			return ERR_SYNTAX;
		found = true;
		err = view_to_u64(value, max, &length);
		if (err)
			return err;
	}
	if (!found)
		return ERR_SYNTAX;
	*ret = (size_t)length;
	return ERR_OK;
}

static enum err frame_measure(struct frame *frame, struct view buffer,
			      size_t max)
{
	struct view head = view_head(buffer, frame->head_len);
	size_t body_len = 0;
	enum err err;

	if (!head_is_plain(head) || !(line_is_status(first_line(head)) ||
				      line_is_request(first_line(head))))
		return ERR_SYNTAX;
	err = head_length(head, max, &body_len);
	if (err)
		return err;
	if (frame->head_len > max || body_len > max - frame->head_len)
		return ERR_TOO_LARGE;
	if (frame->head_len + body_len < FRAME_MIN)
		return ERR_SYNTAX;
	frame->len = frame->head_len + body_len;
	return ERR_OK;
}

enum frame_state frame_next(struct frame *frame, struct view buffer, size_t max,
			    enum err *ret_why)
{
	if (frame->head_len == 0 && !head_find(frame, buffer)) {
		if (buffer.len < max && buffer.len < FRAME_HEAD_MAX)
			return FRAME_PARTIAL;
		*ret_why = ERR_TOO_LARGE;
		return FRAME_BROKEN;
	}
	if (frame->len == 0) {
		enum err err = frame_measure(frame, buffer, max);

		if (err) {
			*ret_why = err;
			return FRAME_BROKEN;
		}
	}
	return frame->len <= buffer.len ? FRAME_WHOLE : FRAME_PARTIAL;
}
