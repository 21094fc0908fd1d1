#include "server/base/mime.h"

#include "server/base/chars.h"
#include "server/base/sha256.h"
#include "server/base/text.h"

#define BOUNDARY_MAX 70
#define HEADERS_MAX 16
#define HEADERS_LEN_MAX 8192

/*
 * How lines end, told by the first delimiter line.  In a body with CRLF a bare
 * LF is data like any other octet, and in a body with LF a CR is: so nothing of
 * a part is ever taken for a line end that its writer did not mean.
 */
struct splitter {
	struct view body;
	struct view dashes; /**< two hyphens and the boundary */
	struct view eol;    /**< CRLF or LF; len 0 before the first delimiter */
};

/** A delimiter line and what is around it. */
struct delimiter {
	size_t begin; /**< where its line end before it begins */
	size_t end;   /**< after its own line end */
	bool closing; /**< with two more hyphens */
};

static bool is_token_char(char c)
{
	return char_is(c, CHAR_TOKEN) || (c && strchr("#$&^|", c));
}

/* RFC 2046 section 5.1.1: bchars, the last not a space. */
static bool boundary_is_valid(struct view boundary)
{
	size_t i;

	if (!boundary.len || boundary.len > BOUNDARY_MAX ||
	    boundary.at[boundary.len - 1] == ' ')
		return false;
	for (i = 0; i < boundary.len; i++) {
		char c = boundary.at[i];

		if (!char_is(c, CHAR_ALNUM) &&
		    (!c || !strchr("'()+_,-./:=? ", c)))
			return false;
	}
	return true;
}

/* Does the hit of dashes at @p at stand in a delimiter line?  The first one
 * found sets how lines end. */
static bool delimiter_at(struct splitter *s, size_t at, struct delimiter *ret)
{
	struct view body = s->body;
	size_t end = at + s->dashes.len;
	struct view eol = s->eol;

	ret->begin = at;
	ret->closing = body.len - end >= 2 && !memcmp(body.at + end, "--", 2);
	if (ret->closing)
		end += 2;
	while (end < body.len && (body.at[end] == ' ' || body.at[end] == '\t'))
		end++;
	if (!eol.len)
		eol = end < body.len && body.at[end] == '\n' ? VIEW("\n")
							     : VIEW("\r\n");
	if (end < body.len || !ret->closing) {
		if (body.len - end < eol.len ||
		    memcmp(body.at + end, eol.at, eol.len))
			return false;
		end += eol.len;
	}
	if (at) {
		if (at < eol.len ||
		    memcmp(body.at + at - eol.len, eol.at, eol.len))
			return false;
		ret->begin = at - eol.len;
	}
	ret->end = end;
	s->eol = eol;
	return true;
}

/* Delimiters stand at the beginning of a line, as does @p from. */
static bool delimiter_next(struct splitter *s, size_t from,
			   struct delimiter *ret)
{
	size_t at = from;

	while (at < s->body.len) {
		struct view rest = view_from(s->body, at);

		if (view_equal(view_head(rest, s->dashes.len), s->dashes) &&
		    delimiter_at(s, at, ret))
			return true;
		at = view_find(s->body, '\n', at);
		if (at == SIZE_MAX)
			return false;
		at++;
	}
	return false;
}

/* One header line (or fold) without its line end. */
static bool line_is_valid(struct view line, bool first)
{
	size_t i = 0;

	if (!line.len || view_find(line, '\0', 0) != SIZE_MAX ||
	    view_find(line, '\r', 0) != SIZE_MAX ||
	    view_find(line, '\n', 0) != SIZE_MAX)
		return false;
	if (line.at[0] == ' ' || line.at[0] == '\t')
		return !first;
	while (i < line.len && is_token_char(line.at[i]))
		i++;
	if (!i)
		return false;
	while (i < line.len && (line.at[i] == ' ' || line.at[i] == '\t'))
		i++;
	return i < line.len && line.at[i] == ':';
}

/* The line at @p at without its line end, which is @p eol and no other. */
static bool line_at(struct view part, struct view eol, size_t at,
		    struct view *ret)
{
	size_t end = view_find(part, '\n', at);

	if (end == SIZE_MAX || end + 1 < at + eol.len)
		return false;
	end -= eol.len - 1;
	*ret = view_from(view_head(part, end), at);
	return eol.len == 1 || part.at[end] == '\r';
}

/* Where the header lines end: at an empty line, or with all of @p part. */
static enum err headers_end(struct view part, struct view eol, size_t *ret)
{
	size_t at = 0, n = 0;

	while (at < part.len) {
		struct view line;

		if (!line_at(part, eol, at, &line))
			return ERR_SYNTAX;
		if (!line.len)
			break;
		if (!line_is_valid(line, !n))
			return ERR_SYNTAX;
		if (line.at[0] != ' ' && line.at[0] != '\t')
			n++;
		at += line.len + eol.len;
		if (n > HEADERS_MAX || at > HEADERS_LEN_MAX)
			return ERR_TOO_LARGE;
	}
	*ret = at;
	return ERR_OK;
}

/* RFC 2046 section 5.1.1: body-part = headers [CRLF *OCTET]. */
static enum err part_read(const struct splitter *s, size_t begin, size_t end,
			  struct mime_part *ret)
{
	struct view part;
	size_t split = 0;
	enum err err;

	/* Two delimiter lines without a line between them. */
	if (end < begin)
		return ERR_SYNTAX;
	part = view_from(view_head(s->body, end), begin);
	err = headers_end(part, s->eol, &split);
	if (err)
		return err;
	ret->headers = view_head(part, split);
	ret->body = view_from(part, split + s->eol.len);
	return ERR_OK;
}

enum err mime_split(struct arena *arena, struct view content_type,
		    struct view body, struct mime_part **ret, size_t *ret_n)
{
	struct splitter s = {.body = body};
	struct mime_part parts[MIME_PARTS_MAX];
	char dashes[BOUNDARY_MAX + 2] = "--";
	struct delimiter here, next;
	struct view boundary;
	size_t n = 0;
	enum err err;

	if (!view_param(content_type, "boundary", &boundary) ||
	    !boundary_is_valid(boundary))
		return ERR_SYNTAX;
	memcpy(dashes + 2, boundary.at, boundary.len);
	s.dashes = (struct view){dashes, boundary.len + 2};
	if (!delimiter_next(&s, 0, &here) || here.closing)
		return ERR_SYNTAX;
	do {
		/* The line end of one delimiter may begin the next one. */
		if (!delimiter_next(&s, here.end, &next))
			return ERR_SYNTAX;
		if (n == MIME_PARTS_MAX)
			return ERR_TOO_LARGE;
		err = part_read(&s, here.end, next.begin, &parts[n]);
		if (err)
			return err;
		n++;
		here = next;
	} while (!here.closing);
	*ret = arena_array(arena, n, sizeof(**ret));
	memcpy(*ret, parts, n * sizeof(**ret));
	*ret_n = n;
	return ERR_OK;
}

/* The next header of a block with its folds; without the last line end. */
static bool header_next(struct view *rest, struct view *ret)
{
	size_t end = 0;

	if (!rest->len)
		return false;
	do {
		end = view_find(*rest, '\n', end);
		if (end == SIZE_MAX)
			end = rest->len;
		else
			end++;
	} while (end < rest->len &&
		 (rest->at[end] == ' ' || rest->at[end] == '\t'));
	*ret = view_head(*rest, end);
	*rest = view_from(*rest, end);
	return true;
}

bool mime_header_next(struct view *rest, struct view *ret_name,
		      struct view *ret_value)
{
	struct view header;

	while (header_next(rest, &header)) {
		size_t colon = view_find(header, ':', 0);

		if (colon == SIZE_MAX)
			continue;
		*ret_name = view_trim(view_head(header, colon));
		*ret_value = view_trim(view_from(header, colon + 1));
		return true;
	}
	return false;
}

bool mime_header(struct view headers, const char *name, struct view *ret)
{
	struct view wanted = view_of(name), found, value;

	while (mime_header_next(&headers, &found, &value)) {
		if (view_equal_nocase(found, wanted)) {
			*ret = value;
			return true;
		}
	}
	return false;
}

bool mime_type_is(struct view content_type, const char *type)
{
	size_t end = view_find(content_type, ';', 0);

	return view_equal_nocase(view_trim(view_head(content_type, end)),
				 view_of(type));
}

/* A boundary that depends on the parts alone: the same message is written the
 * same way again, and its author cannot foresee it. */
static char *boundary_choose(struct arena *arena, const struct mime_part *parts,
			     size_t n)
{
	uint8_t sums[3][HASH_LEN] = {{0}};
	char *boundary = arena_alloc(arena, 2 * HASH_LEN + 1);
	size_t i;

	for (i = 0; i < n; i++) {
		sha256(parts[i].headers.at, parts[i].headers.len, sums[1]);
		sha256(parts[i].body.at, parts[i].body.len, sums[2]);
		sha256(sums, sizeof(sums), sums[0]);
	}
	for (;;) {
		struct view chosen = {boundary, HASH_LEN};

		hex_encode(sums[0], HASH_LEN, boundary);
		boundary[chosen.len] = '\0';
		for (i = 0; i < n; i++)
			if (view_find_view(parts[i].headers, chosen, 0) !=
				    SIZE_MAX ||
			    view_find_view(parts[i].body, chosen, 0) !=
				    SIZE_MAX)
				break;
		if (i == n)
			return boundary;
		sha256(sums, sizeof(sums), sums[0]);
	}
}

/* Headers that were read with bare LFs get CRLFs. */
static void add_headers(struct text *text, struct view headers)
{
	while (headers.len) {
		size_t end = view_find(headers, '\n', 0);
		struct view line = view_head(headers, end);

		if (line.len && line.at[line.len - 1] == '\r')
			line.len--;
		text_add_view(text, line);
		text_add(text, "\r\n");
		headers = end == SIZE_MAX ? VIEW_NONE
					  : view_from(headers, end + 1);
	}
}

static void add_part(struct text *text, const char *boundary,
		     const struct mime_part *part)
{
	text_add(text, "--");
	text_add(text, boundary);
	text_add(text, "\r\n");
	add_headers(text, part->headers);
	text_add(text, "\r\n");
	text_add_view(text, part->body);
	text_add(text, "\r\n");
}

static const char *type_of(struct arena *arena, const char *boundary)
{
	return arena_printf(arena, "multipart/mixed;boundary=%s", boundary);
}

void mime_join(struct arena *arena, const struct mime_part *parts, size_t n,
	       const char **ret_type, struct view *ret_body)
{
	char *boundary = boundary_choose(arena, parts, n);
	struct text text;
	size_t i;

	text_init(&text, arena);
	for (i = 0; i < n; i++)
		add_part(&text, boundary, &parts[i]);
	text_printf(&text, "--%s--\r\n", boundary);
	*ret_type = type_of(arena, boundary);
	*ret_body = text_view(&text);
}

struct mime_tail *mime_tail_new(const struct mime_part *part)
{
	struct arena *arena = arena_new(0);
	struct mime_tail *tail = arena_alloc(arena, sizeof(*tail));
	struct text text;

	tail->arena = arena;
	tail->n_holders = 1;
	tail->boundary = boundary_choose(arena, part, 1);
	tail->type = type_of(arena, tail->boundary);
	text_init(&text, arena);
	add_part(&text, tail->boundary, part);
	text_printf(&text, "--%s--\r\n", tail->boundary);
	tail->bytes = text_view(&text);
	return tail;
}

struct mime_tail *mime_tail_hold(struct mime_tail *tail)
{
	if (tail)
		tail->n_holders++;
	return tail;
}

void mime_tail_drop(struct mime_tail *tail)
{
	if (tail && --tail->n_holders == 0)
		arena_free(tail->arena);
}

bool mime_tail_head(struct arena *arena, const struct mime_tail *tail,
		    const struct mime_part *first, struct view *ret)
{
	struct view boundary = view_of(tail->boundary);
	struct text text;

	if (view_find_view(first->headers, boundary, 0) != SIZE_MAX ||
	    view_find_view(first->body, boundary, 0) != SIZE_MAX)
		return false;
	text_init(&text, arena);
	text_reserve(&text, first->headers.len + first->body.len +
				    2 * strlen(tail->boundary));
	add_part(&text, tail->boundary, first);
	*ret = text_view(&text);
	return true;
}
