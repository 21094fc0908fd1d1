#include "server/base/sdp.h"

#include "server/base/sdp_private.h"

#define SESSION (1 << 0)
#define MEDIA (1 << 1)
#define ONCE (1 << 2)

struct sdp_reader {
	struct arena *arena;
	struct sdp *sdp;
	struct sdp_media *media;     /**< room for SDP_MEDIA_MAX */
	struct sdp_format **formats; /**< those of each medium */
	struct sdp_section *about;   /**< the session or the last medium */
	struct sdp_bandwidth *bandwidths;
	struct sdp_attribute *attributes; /**< where the next one goes */
	uint32_t seen;			  /**< a bit for each letter */
};

bool sdp_word(struct view *rest, struct view *ret)
{
	size_t end;

	while (rest->len && rest->at[0] == ' ')
		*rest = view_from(*rest, 1);
	end = view_find(*rest, ' ', 0);
	*ret = view_head(*rest, end);
	*rest = view_from(*rest, ret->len);
	return ret->len > 0;
}

bool sdp_is_token(struct view word, const char *more)
{
	for (size_t i = 0; i < word.len; i++) {
		char c = word.at[i];

		if (c < 0x21 || c > 0x7e)
			return false;
		if (strchr("\"(),/:;<=>?@[\\]", c) && !strchr(more, c))
			return false;
	}
	return word.len > 0;
}

/* A number of any length. */
static enum err number_read(struct view word, uint64_t *ret)
{
	enum err err = view_to_u64(word, UINT64_MAX, ret);

	if (err != ERR_TOO_LARGE)
		return err;
	*ret = UINT64_MAX;
	return ERR_OK;
}

static enum err read_version(struct sdp_reader *reader, struct view value)
{
	uint64_t version;

	(void)reader;
	if (number_read(value, &version))
		return ERR_SYNTAX;
	return version ? ERR_UNSUPPORTED : ERR_OK;
}

static enum err read_origin(struct sdp_reader *reader, struct view value)
{
	struct sdp_origin *origin = &reader->sdp->origin;
	struct view id, version;

	if (!sdp_word(&value, &origin->username) || !sdp_word(&value, &id) ||
	    !sdp_word(&value, &version) || number_read(id, &origin->id) ||
	    number_read(version, &origin->version))
		return ERR_SYNTAX;
	return sdp_host_parse(value, &origin->host);
}

static enum err read_time(struct sdp_reader *reader, struct view value)
{
	struct view rest = view_trim(value), start, stop;
	uint64_t number;

	if (!sdp_word(&rest, &start) || !sdp_word(&rest, &stop) || rest.len ||
	    number_read(start, &number) || number_read(stop, &number))
		return ERR_SYNTAX;
	if (!reader->sdp->time.len)
		reader->sdp->time = view_trim(value);
	return ERR_OK;
}

static bool host_equal(const struct sdp_host *a, const struct sdp_host *b)
{
	return a->kind == b->kind && view_equal_nocase(a->text, b->text);
}

/* Several addresses are for layers of multicast (RFC 8866 section 5.7). */
static enum err read_host(struct sdp_reader *reader, struct view value)
{
	struct sdp_host *host = &reader->about->host, another;
	enum err err = sdp_host_parse(value, &another);

	if (err)
		return err;
	if (host->kind == SDP_HOST_NONE)
		*host = another;
	else if (!host_equal(host, &another))
		host->kind = SDP_HOST_OTHER;
	return ERR_OK;
}

static enum err read_bandwidth(struct sdp_reader *reader, struct view value)
{
	struct sdp_section *about = reader->about;
	size_t colon = view_find(value, ':', 0);
	struct sdp_bandwidth bandwidth = {.type = view_head(value, colon)};

	if (colon == SIZE_MAX || !sdp_is_token(bandwidth.type, "") ||
	    number_read(view_trim(view_from(value, colon + 1)),
			&bandwidth.value))
		return ERR_SYNTAX;
	if (about->n_bandwidths == SDP_BANDWIDTHS_MAX)
		return ERR_TOO_LARGE;
	if (!about->bandwidths)
		about->bandwidths = reader->bandwidths = arena_array(
			reader->arena, SDP_BANDWIDTHS_MAX, sizeof(bandwidth));
	reader->bandwidths[about->n_bandwidths++] = bandwidth;
	return ERR_OK;
}

static enum err read_attribute(struct sdp_reader *reader, struct view value)
{
	struct sdp_section *about = reader->about;
	size_t colon = view_find(value, ':', 0);
	struct sdp_attribute attribute = {.name = view_head(value, colon)};

	if (colon != SIZE_MAX)
		attribute.value = view_from(value, colon + 1);
	if (!sdp_is_token(attribute.name, "") ||
	    view_equal(attribute.name, VIEW("candidate")))
		return ERR_OK;
	*reader->attributes++ = attribute;
	about->n_attributes++;
	return ERR_OK;
}

/* "49170", or "49170/2". */
static enum err read_ports(struct sdp_media *media, struct view word)
{
	size_t slash = view_find(word, '/', 0);
	uint64_t port, n = 1;

	if (view_to_u64(view_head(word, slash), UINT16_MAX, &port) ||
	    (slash != SIZE_MAX &&
	     (view_to_u64(view_from(word, slash + 1), UINT16_MAX, &n) || !n)))
		return ERR_SYNTAX;
	media->port = (int)port;
	media->n_ports = (int)n;
	return ERR_OK;
}

static enum err read_formats(struct sdp_media *media,
			     struct sdp_format *formats, struct view rest)
{
	struct sdp_format format;
	uint64_t payload;

	while (sdp_word(&rest, &format.text)) {
		if (media->n_formats == SDP_FORMATS_MAX)
			return ERR_TOO_LARGE;
		if (!sdp_is_token(format.text, "/"))
			return ERR_SYNTAX;
		format = (struct sdp_format){
			.text = format.text, .payload = -1, .channels = 1};
		if (!view_to_u64(format.text, 127, &payload) &&
		    (format.text.len == 1 || format.text.at[0] != '0'))
			format.payload = (int)payload;
		formats[media->n_formats++] = format;
	}
	media->formats = formats;
	return media->n_formats ? ERR_OK : ERR_SYNTAX;
}

static enum err read_media(struct sdp_reader *reader, struct view value)
{
	struct sdp *sdp = reader->sdp;
	struct sdp_media *media = &reader->media[sdp->n_media];
	struct sdp_format *formats;
	struct view ports;

	if (sdp->n_media == SDP_MEDIA_MAX)
		return ERR_TOO_LARGE;
	if (!sdp_word(&value, &media->kind) || !sdp_word(&value, &ports) ||
	    !sdp_word(&value, &media->proto) ||
	    !sdp_is_token(media->kind, "") ||
	    !sdp_is_token(media->proto, "/") || read_ports(media, ports))
		return ERR_SYNTAX;
	formats = arena_array(reader->arena, SDP_FORMATS_MAX, sizeof(*formats));
	reader->formats[sdp->n_media++] = formats;
	reader->about = &media->about;
	media->about.attributes = reader->attributes;
	return read_formats(media, formats, value);
}

static enum err read_nothing(struct sdp_reader *reader, struct view value)
{
	(void)reader;
	(void)value;
	return ERR_OK;
}

/* clang-format off: RFC 8866 section 5 */
static const struct sdp_line {
	char letter;
	unsigned where;
	enum err (*read)(struct sdp_reader *reader, struct view value);
} lines[] = {
	{'v', SESSION | ONCE, read_version},
	{'o', SESSION | ONCE, read_origin},
	{'s', SESSION | ONCE, read_nothing},
	{'i', SESSION | MEDIA, read_nothing},
	{'u', SESSION, read_nothing},
	{'e', SESSION, read_nothing},
	{'p', SESSION, read_nothing},
	{'c', SESSION | MEDIA, read_host},
	{'b', SESSION | MEDIA, read_bandwidth},
	{'t', SESSION, read_time},
	{'r', SESSION, read_nothing},
	{'z', SESSION, read_nothing},
	{'k', SESSION | MEDIA, read_nothing},
	{'a', SESSION | MEDIA, read_attribute},
	{'m', SESSION | MEDIA, read_media},
};
/* clang-format on */

static const struct sdp_line *line_of(char letter)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (lines[i].letter == letter)
			return &lines[i];
	return NULL;
}

static uint32_t bit_of(char letter)
{
	return UINT32_C(1) << (letter - 'a');
}

static enum err read_line(struct sdp_reader *reader, struct view text)
{
	const struct sdp_line *line = line_of(text.at[0]);
	unsigned place = reader->sdp->n_media ? MEDIA : SESSION;

	if (!line || text.len < 2 || text.at[1] != '=' ||
	    !(line->where & place))
		return ERR_SYNTAX;
	if (!reader->seen && line->letter != 'v')
		return ERR_SYNTAX;
	if ((line->where & ONCE) && (reader->seen & bit_of(line->letter)))
		return ERR_SYNTAX;
	reader->seen |= bit_of(line->letter);
	return line->read(reader, view_from(text, 2));
}

/* Take a line off @p rest, without its end. */
static enum err next_line(struct view *rest, struct view *ret)
{
	size_t end = view_find(*rest, '\n', 0);
	struct view line = view_head(*rest, end);

	*rest = end == SIZE_MAX ? VIEW_NONE : view_from(*rest, end + 1);
	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	*ret = line;
	return view_find(line, '\r', 0) == SIZE_MAX ? ERR_OK : ERR_CHARSET;
}

/* Empty lines may stand at the end only. */
static enum err read_lines(struct sdp_reader *reader, struct view rest)
{
	struct view line;
	size_t n = 0;
	enum err err;

	while (rest.len) {
		err = next_line(&rest, &line);
		if (!err && n++ == SDP_LINES_MAX)
			err = ERR_TOO_LARGE;
		if (!err && line.len)
			err = read_line(reader, line);
		else if (!err && view_trim(rest).len)
			err = ERR_SYNTAX;
		if (err)
			return err;
	}
	return ERR_OK;
}

static enum err finish(struct sdp_reader *reader)
{
	struct sdp *sdp = reader->sdp;

	if (!(reader->seen & bit_of('o')))
		return ERR_SYNTAX;
	sdp->direction = sdp_direction_of(&sdp->about, SDP_SENDRECV);
	for (size_t i = 0; i < sdp->n_media; i++) {
		struct sdp_media *media = &reader->media[i];

		sdp_media_finish(sdp, media, reader->formats[i]);
		if (media->port && media->host.kind == SDP_HOST_NONE)
			return ERR_SYNTAX;
	}
	return ERR_OK;
}

enum err sdp_read(struct arena *arena, struct view body, struct sdp *ret)
{
	struct sdp sdp = {.n_media = 0};
	struct sdp_format *formats[SDP_MEDIA_MAX];
	struct sdp_reader reader = {
		.arena = arena, .sdp = &sdp, .formats = formats};
	enum err err;

	if (body.len > SDP_LEN_MAX)
		return ERR_TOO_LARGE;
	if (view_find(body, '\0', 0) != SIZE_MAX)
		return ERR_CHARSET;
	reader.media = arena_array(arena, SDP_MEDIA_MAX, sizeof(*reader.media));
	reader.attributes =
		arena_array(arena, SDP_LINES_MAX, sizeof(*reader.attributes));
	reader.about = &sdp.about;
	sdp.about.attributes = reader.attributes;
	sdp.media = reader.media;
	err = read_lines(&reader, body);
	if (!err)
		err = finish(&reader);
	if (!err)
		*ret = sdp;
	return err;
}
