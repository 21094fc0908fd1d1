#include "server/sip/message.h"

#include "server/base/chars.h"

struct field_entry {
	struct view name;
	char compact; /**< one letter form (RFC 3261 section 7.3.3), or 0 */
	bool single;  /**< must not be repeated */
};

/* clang-format off */
static const struct field_entry fields[FIELD_COUNT] = {
	[FIELD_ACCEPT]              = { VIEW("Accept"), 0, false },
	[FIELD_ACCEPT_CONTACT]      = { VIEW("Accept-Contact"), 'a', false },
	[FIELD_AUTHORIZATION]       = { VIEW("Authorization"), 0, false },
	[FIELD_CALL_ID]             = { VIEW("Call-ID"), 'i', true },
	[FIELD_CALL_INFO]           = { VIEW("Call-Info"), 0, false },
	[FIELD_CONTENT_DISPOSITION] = { VIEW("Content-Disposition"), 0, true },
	[FIELD_CONTENT_ENCODING]    = { VIEW("Content-Encoding"), 'e', false },
	[FIELD_CONTENT_ID]          = { VIEW("Content-ID"), 0, true },
	[FIELD_CONTENT_LANGUAGE]    = { VIEW("Content-Language"), 0, false },
	[FIELD_CONTENT_LENGTH]      = { VIEW("Content-Length"), 'l', true },
	[FIELD_CONTENT_TRANSFER_ENCODING] =
		{ VIEW("Content-Transfer-Encoding"), 0, true },
	[FIELD_CONTENT_TYPE]        = { VIEW("Content-Type"), 'c', true },
	[FIELD_CSEQ]                = { VIEW("CSeq"), 0, true },
	[FIELD_DATE]                = { VIEW("Date"), 0, true },
	[FIELD_EXPIRES]             = { VIEW("Expires"), 0, true },
	[FIELD_FROM]                = { VIEW("From"), 'f', true },
	[FIELD_IN_REPLY_TO]         = { VIEW("In-Reply-To"), 0, false },
	[FIELD_MAX_BREADTH]         = { VIEW("Max-Breadth"), 0, true },
	[FIELD_MAX_FORWARDS]        = { VIEW("Max-Forwards"), 0, true },
	[FIELD_MIME_VERSION]        = { VIEW("MIME-Version"), 0, true },
	[FIELD_P_ASSERTED_IDENTITY] = { VIEW("P-Asserted-Identity"), 0, false },
	[FIELD_PRIORITY]            = { VIEW("Priority"), 0, true },
	[FIELD_PRIVACY]             = { VIEW("Privacy"), 0, false },
	[FIELD_PROXY_AUTHORIZATION] = { VIEW("Proxy-Authorization"), 0, false },
	[FIELD_PROXY_REQUIRE]       = { VIEW("Proxy-Require"), 0, false },
	[FIELD_REJECT_CONTACT]      = { VIEW("Reject-Contact"), 'j', false },
	[FIELD_REPLY_TO]            = { VIEW("Reply-To"), 0, true },
	[FIELD_REQUIRE]             = { VIEW("Require"), 0, false },
	[FIELD_SIP_IF_MATCH]        = { VIEW("SIP-If-Match"), 0, true },
	[FIELD_SUBJECT]             = { VIEW("Subject"), 's', true },
	[FIELD_TO]                  = { VIEW("To"), 't', true },
	[FIELD_VIA]                 = { VIEW("Via"), 'v', false },
};
/* clang-format on */

struct view field_name(enum field field)
{
	return fields[field].name;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool view_is_token(struct view v)
{
	for (size_t i = 0; i < v.len; i++)
		if (!char_is(v.at[i], CHAR_TOKEN))
			return false;
	return v.len > 0;
}

/* Without case, but most write it as the RFC does. */
static bool is_name(struct view name, struct view field)
{
	return name.len == field.len &&
	       (memcmp(name.at, field.at, name.len) == 0 ||
		view_equal_nocase(name, field));
}

static enum field field_of(struct view name)
{
	char first = name.len ? (char)(name.at[0] | 0x20) : 0;

	for (int i = FIELD_OTHER + 1; i < FIELD_COUNT; i++) {
		if (name.len == 1 && first == fields[i].compact)
			return (enum field)i;
		if ((fields[i].name.at[0] | 0x20) == first &&
		    is_name(name, fields[i].name))
			return (enum field)i;
	}
	return FIELD_OTHER;
}

static void fault(struct message *message, const char *reason)
{
	if (!message->fault)
		message->fault = reason;
}

/* Length of the head with its empty line; 0 when that is not there. */
static size_t head_length(struct view bytes)
{
	size_t at = 0;

	while ((at = view_find(bytes, '\n', at)) != SIZE_MAX) {
		at++;
		if (at < bytes.len && bytes.at[at] == '\n')
			return at + 1;
		if (at + 1 < bytes.len && bytes.at[at] == '\r' &&
		    bytes.at[at + 1] == '\n')
			return at + 2;
	}
	return 0;
}

/* The bytes of one line, its end included, up to where the next begins: folds
 * become blanks, and what may not stand there too. */
static void flatten_line(struct message *message, size_t from, size_t to)
{
	char *flat = message->flat;
	size_t len = message->head.len;

	for (size_t i = from; i < to; i++) {
		uint8_t byte = (uint8_t)flat[i];
		const char *wrong = NULL;

		if (byte >= 0x20 && byte != 0x7f)
			continue;
		if (byte == '\n' && i + 1 < len && is_blank(flat[i + 1])) {
			flat[i] = ' ';
			if (i && flat[i - 1] == '\r')
				flat[i - 1] = ' ';
		} else if (byte == '\r') {
			if (i + 1 == len || flat[i + 1] != '\n')
				wrong = "Stray Carriage Return";
		} else if (byte != '\t' && byte != '\n') {
			if (!i || flat[i - 1] != '\\')
				wrong = "Control Character in Header";
		}
		if (wrong) {
			flat[i] = ' ';
			fault(message, wrong);
		}
	}
}

/* Nothing in it, up to its LF at @p end, that flatten_line() would touch? */
static bool line_is_flat(const struct message *message, size_t from, size_t end)
{
	const char *flat = message->flat;
	size_t len = end - from;

	if (end + 1 < message->head.len && is_blank(flat[end + 1]))
		return false;
	if (len && flat[end - 1] == '\r')
		len--;
	return !view_has_control((struct view){flat + from, len});
}

/*
 * Copy the head with each fold turned into blanks.  Control bytes may stand
 * in a quoted-pair only (RFC 3261 section 25.1), and CR before LF only: others
 * must not see other lines than we do.  What is not allowed becomes a blank, so
 * that not even the 400 repeats it.
 */
static void flatten(struct message *message, struct view head)
{
	size_t from = 0;

	memcpy(message->flat, head.at, head.len);
	message->head = (struct view){message->flat, head.len};
	while (from < head.len) {
		size_t end = view_find(message->head, '\n', from);

		if (end == SIZE_MAX)
			end = head.len - 1;
		if (message->flat[end] != '\n' ||
		    !line_is_flat(message, from, end))
			flatten_line(message, from, end + 1);
		from = end + 1;
	}
}

/* Method SP Request-URI SP SIP-Version, one SP each (RFC 3261 section 7.1). */
static void read_start(struct message *message, struct view line)
{
	size_t a = view_find(line, ' ', 0);
	size_t b = a == SIZE_MAX ? a : view_find(line, ' ', a + 1);

	message->start = line;
	if (b == SIZE_MAX || view_find(line, ' ', b + 1) != SIZE_MAX) {
		fault(message, "Bad Request-Line");
		return;
	}
	message->method = view_head(line, a);
	message->uri = view_from(view_head(line, b), a + 1);
	message->version = view_from(line, b + 1);
	if (!view_is_token(message->method) || !message->uri.len ||
	    !view_starts_nocase(message->version, VIEW("SIP/")))
		fault(message, "Bad Request-Line");
}

static void read_line(struct message *message, struct view line)
{
	size_t colon = view_find(line, ':', 0);
	struct field_line *entry = &message->lines[message->n_lines];

	if (message->n_lines == MESSAGE_LINES_MAX) {
		fault(message, "Too Many Header Fields");
		return;
	}
	entry->name = view_trim(view_head(line, colon));
	if (colon == SIZE_MAX || !view_is_token(entry->name) ||
	    is_blank(line.at[0])) {
		fault(message, "Bad Header Field");
		return;
	}
	entry->value = view_trim(view_from(line, colon + 1));
	entry->field = field_of(entry->name);
	message->n_lines++;
	if (!message->count[entry->field]++)
		message->first[entry->field] = (uint16_t)message->n_lines;
	else if (fields[entry->field].single)
		fault(message, "Repeated Header Field");
}

static void read_lines(struct message *message)
{
	struct view rest = message->head;
	size_t end = view_find(rest, '\n', 0);

	if (end == SIZE_MAX)
		end = rest.len;
	read_start(message,
		   (struct view){rest.at, end && rest.at[end - 1] == '\r'
						  ? end - 1
						  : end});
	rest = view_from(rest, end + 1);
	while (rest.len) {
		struct view line;

		end = view_find(rest, '\n', 0);
		line = view_head(rest, end);
		if (line.len && line.at[line.len - 1] == '\r')
			line.len--;
		if (line.len)
			read_line(message, line);
		rest = view_from(rest, end == SIZE_MAX ? rest.len : end + 1);
	}
}

/* RFC 3261 section 18.3: a datagram may hold more than its message, never
 * less.  A stream was cut to measure before. */
static void read_body(struct message *message, struct view rest)
{
	struct view value = message_value(message, FIELD_CONTENT_LENGTH);
	uint64_t len;

	message->body = rest;
	if (!message->count[FIELD_CONTENT_LENGTH])
		return;
	if (view_to_u64(value, rest.len, &len) != ERR_OK) {
		fault(message, "Bad Content-Length");
		return;
	}
	message->body.len = len;
}

void message_read(struct message *message, struct view bytes)
{
	size_t len = head_length(bytes);

	memset(message, 0, offsetof(struct message, lines));
	memset(message->first, 0, sizeof(message->first));
	memset(message->count, 0, sizeof(message->count));
	message->whole = bytes;
	if (!len) {
		fault(message, "Message Cut Short");
		len = bytes.len;
	}
	if (len > MESSAGE_HEAD_MAX) {
		fault(message, "Header Too Large");
		len = MESSAGE_HEAD_MAX;
	}
	flatten(message, view_head(bytes, len));
	read_lines(message);
	read_body(message, view_from(bytes, len));
}

struct view message_value(const struct message *message, enum field field)
{
	uint16_t first = message->first[field];

	return first ? message->lines[first - 1].value : VIEW_NONE;
}

bool message_next(const struct message *message, enum field field, size_t *at,
		  struct view *ret_value)
{
	size_t i = *at;

	if (!message->first[field])
		return false;
	if (!i)
		i = message->first[field] - 1U;
	for (; i < message->n_lines; i++) {
		if (message->lines[i].field == field) {
			*ret_value = message->lines[i].value;
			*at = i + 1;
			return true;
		}
	}
	return false;
}

bool message_next_item(const struct message *message, enum field field,
		       struct items *items, struct view *ret_item)
{
	while (!view_next_item(&items->rest, ret_item))
		if (!message_next(message, field, &items->at, &items->rest))
			return false;
	return true;
}
