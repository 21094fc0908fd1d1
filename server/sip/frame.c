#include "server/sip/frame.h"

bool frame_may_begin(struct view bytes)
{
	static const char token[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-.!%*_+`'~";

	return bytes.len > 0 && memchr(token, bytes.at[0], sizeof(token) - 1);
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

	if (!head_is_plain(head))
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
		if (buffer.len < max)
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
