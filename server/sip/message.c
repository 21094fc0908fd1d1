#include "server/sip/message.h"

#include "server/base/chars.h"
#include "server/net/frame.h"

struct field_entry {
	struct view name;
	char compact; /**< one letter form (RFC 3261 section 7.3.3), or 0 */
	bool single;  /**< must not be repeated */
};

/* clang-format off */
static const struct field_entry fields[FIELD_COUNT] = {
	[FIELD_ACCEPT]               = { VIEW("Accept"), 0, false },
	[FIELD_ACCEPT_CONTACT]       = { VIEW("Accept-Contact"), 'a', false },
	[FIELD_ALLOW]                = { VIEW("Allow"), 0, false },
	[FIELD_ALLOW_EVENTS]         = { VIEW("Allow-Events"), 'u', false },
	[FIELD_AUTHORIZATION]        = { VIEW("Authorization"), 0, false },
	[FIELD_CALL_ID]              = { VIEW("Call-ID"), 'i', true },
	[FIELD_CONTACT]              = { VIEW("Contact"), 'm', false },
	[FIELD_CONTENT_DISPOSITION]  = { VIEW("Content-Disposition"), 0, true },
	[FIELD_CONTENT_ENCODING]     = { VIEW("Content-Encoding"), 'e', false },
	[FIELD_CONTENT_ID]           = { VIEW("Content-ID"), 0, true },
	[FIELD_CONTENT_LANGUAGE]     = { VIEW("Content-Language"), 0, false },
	[FIELD_CONTENT_LENGTH]       = { VIEW("Content-Length"), 'l', true },
	[FIELD_CONTENT_TRANSFER_ENCODING] =
		{ VIEW("Content-Transfer-Encoding"), 0, true },
	[FIELD_CONTENT_TYPE]         = { VIEW("Content-Type"), 'c', true },
	[FIELD_CSEQ]                 = { VIEW("CSeq"), 0, true },
	[FIELD_DATE]                 = { VIEW("Date"), 0, true },
	[FIELD_EVENT]                = { VIEW("Event"), 'o', true },
	[FIELD_EXPIRES]              = { VIEW("Expires"), 0, true },
	[FIELD_FROM]                 = { VIEW("From"), 'f', true },
	[FIELD_IN_REPLY_TO]          = { VIEW("In-Reply-To"), 0, false },
	[FIELD_INFO_PACKAGE]         = { VIEW("Info-Package"), 0, false },
	[FIELD_MAX_BREADTH]          = { VIEW("Max-Breadth"), 0, true },
	[FIELD_MAX_FORWARDS]         = { VIEW("Max-Forwards"), 0, true },
	[FIELD_MIME_VERSION]         = { VIEW("MIME-Version"), 0, true },
	[FIELD_MIN_EXPIRES]          = { VIEW("Min-Expires"), 0, false },
	[FIELD_MIN_SE]               = { VIEW("Min-SE"), 0, true },
	[FIELD_P_ASSERTED_IDENTITY]  = { VIEW("P-Asserted-Identity"), 0, false },
	[FIELD_PRIORITY]             = { VIEW("Priority"), 0, true },
	[FIELD_PRIVACY]              = { VIEW("Privacy"), 0, false },
	[FIELD_PROXY_AUTHENTICATE]   = { VIEW("Proxy-Authenticate"), 0, false },
	[FIELD_PROXY_AUTHORIZATION]  = { VIEW("Proxy-Authorization"), 0, false },
	[FIELD_PROXY_REQUIRE]        = { VIEW("Proxy-Require"), 0, false },
	[FIELD_RACK]                 = { VIEW("RAck"), 0, true },
	[FIELD_REASON]               = { VIEW("Reason"), 0, false },
	[FIELD_RECORD_ROUTE]         = { VIEW("Record-Route"), 0, false },
	[FIELD_REFER_SUB]            = { VIEW("Refer-Sub"), 0, true },
	[FIELD_REFER_TO]             = { VIEW("Refer-To"), 'r', true },
	[FIELD_REFERRED_BY]          = { VIEW("Referred-By"), 'b', true },
	[FIELD_REJECT_CONTACT]       = { VIEW("Reject-Contact"), 'j', false },
	[FIELD_REPLACES]             = { VIEW("Replaces"), 0, true },
	[FIELD_REPLY_TO]             = { VIEW("Reply-To"), 0, true },
	[FIELD_REQUIRE]              = { VIEW("Require"), 0, false },
	[FIELD_RETRY_AFTER]          = { VIEW("Retry-After"), 0, false },
	[FIELD_ROUTE]                = { VIEW("Route"), 0, false },
	[FIELD_RSEQ]                 = { VIEW("RSeq"), 0, true },
	[FIELD_SESSION_EXPIRES]      = { VIEW("Session-Expires"), 'x', true },
	[FIELD_SIP_IF_MATCH]         = { VIEW("SIP-If-Match"), 0, true },
	[FIELD_SUBJECT]              = { VIEW("Subject"), 's', true },
	[FIELD_SUBSCRIPTION_STATE]   = { VIEW("Subscription-State"), 0, true },
	[FIELD_SUPPORTED]            = { VIEW("Supported"), 'k', false },
	[FIELD_TARGET_DIALOG]        = { VIEW("Target-Dialog"), 0, true },
	[FIELD_TIMESTAMP]            = { VIEW("Timestamp"), 0, false },
	[FIELD_TO]                   = { VIEW("To"), 't', true },
	[FIELD_UNSUPPORTED]          = { VIEW("Unsupported"), 0, false },
	[FIELD_VIA]                  = { VIEW("Via"), 'v', false },
	[FIELD_WARNING]              = { VIEW("Warning"), 0, false },
	[FIELD_WWW_AUTHENTICATE]     = { VIEW("WWW-Authenticate"), 0, false },
};
/* clang-format on */

struct view field_name(enum field field)
{
	return fields[field].name;
}

/* Without case, but most write it as the RFC does. */
static bool is_name(struct view name, struct view field)
{
	return name.len == field.len &&
	       (memcmp(name.at, field.at, name.len) == 0 ||
		view_equal_nocase(name, field));
}

/* The table is in the order of the names: where each letter begins. */
static const uint8_t field_starts[26] = {
	['a' - 'a'] = FIELD_ACCEPT,
	['c' - 'a'] = FIELD_CALL_ID,
	['d' - 'a'] = FIELD_DATE,
	['e' - 'a'] = FIELD_EVENT,
	['f' - 'a'] = FIELD_FROM,
	['i' - 'a'] = FIELD_IN_REPLY_TO,
	['m' - 'a'] = FIELD_MAX_BREADTH,
	['p' - 'a'] = FIELD_P_ASSERTED_IDENTITY,
	['r' - 'a'] = FIELD_RACK,
	['s' - 'a'] = FIELD_SESSION_EXPIRES,
	['t' - 'a'] = FIELD_TARGET_DIALOG,
	['u' - 'a'] = FIELD_UNSUPPORTED,
	['v' - 'a'] = FIELD_VIA,
	['w' - 'a'] = FIELD_WARNING,
};

static enum field field_of_letter(char letter)
{
	for (int i = FIELD_OTHER + 1; i < FIELD_COUNT; i++)
		if (fields[i].compact == letter)
			return (enum field)i;
	return FIELD_OTHER;
}

/* @p name is a token. */
static enum field field_of(struct view name)
{
	char first = (char)(name.at[0] | 0x20);
	int i;

	if (first < 'a' || first > 'z')
		return FIELD_OTHER;
	if (name.len == 1)
		return field_of_letter(first);
	i = field_starts[first - 'a'];
	for (; i && i < FIELD_COUNT; i++) {
		if (is_name(name, fields[i].name))
			return (enum field)i;
		if ((fields[i].name.at[0] | 0x20) != first)
			break;
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

/** A head being read. */
struct scan {
	struct message *message;
	struct view bytes; /**< no more than a head may have */
	size_t at;	   /**< where the next line begins */
	const char *wrong; /**< the first byte that may not be there */
	bool has_cr;	   /**< lines end with CR and LF, as the first one */
};

/*
 * A copy of one line, from @p from up to @p to, its end included: folds become
 * blanks.  Control bytes may stand in a quoted-pair only (RFC 3261 section
 * 25.1), and CR before LF only: others must not see other lines than we do.
 * What is not allowed becomes a blank, so that not even the 400 repeats it.
 */
static const char *flatten(struct scan *scan, size_t from, size_t to)
{
	char *flat = scan->message->flat;

	memcpy(flat + from, scan->bytes.at + from, to - from);
	for (size_t i = from; i < to; i++) {
		uint8_t byte = (uint8_t)flat[i];
		const char *wrong = NULL;

		if (byte >= 0x20 && byte != 0x7f)
			continue;
		if (byte == '\n' && i + 1 < to) {
			flat[i] = ' ';
			if (i > from && flat[i - 1] == '\r')
				flat[i - 1] = ' ';
		} else if (byte == '\r') {
			if (i + 1 == to || flat[i + 1] != '\n')
				wrong = "Stray Carriage Return";
		} else if (byte != '\t' && byte != '\n') {
			if (i == from || flat[i - 1] != '\\')
				wrong = "Control Character in Header";
		}
		if (wrong) {
			flat[i] = ' ';
			if (!scan->wrong)
				scan->wrong = wrong;
		}
	}
	return flat + from;
}

/* Where the line at @p from ends; SIZE_MAX when it does not.  A line goes on
 * where the next one begins with a blank (RFC 3261 section 7.3.1); what comes
 * after an empty one is the body's. */
static size_t line_end(const struct scan *scan, size_t from, bool *ret_folded)
{
	struct view bytes = scan->bytes;
	size_t end = view_find(bytes, '\n', from);

	*ret_folded = false;
	if (from &&
	    (end == from || (end == from + 1 && bytes.at[from] == '\r')))
		return end;
	while (end != SIZE_MAX && end + 1 < bytes.len &&
	       is_blank(bytes.at[end + 1])) {
		*ret_folded = true;
		end = view_find(bytes, '\n', end + 1);
	}
	return end;
}

/* Who takes only CR and LF for the end of a line sees another line than we do
 * where one has LF alone: a header field that a proxy did not see, and so has
 * not removed.  A message without any CR is seen as one by nobody else. */
static void look_at_end(struct scan *scan, size_t from, size_t end)
{
	bool has_cr = end > from && scan->bytes.at[end - 1] == '\r';

	if (!from)
		scan->has_cr = has_cr;
	else if (has_cr != scan->has_cr && !scan->wrong)
		scan->wrong = "Mixed Line Ends";
}

/* The next line without its end, one that is as it should be where it came;
 * false when nothing is left. */
static bool next_line(struct scan *scan, struct view *ret)
{
	size_t from = scan->at, end, to;
	bool is_folded;

	if (from >= scan->bytes.len)
		return false;
	end = line_end(scan, from, &is_folded);
	if (end != SIZE_MAX)
		look_at_end(scan, from, end);
	to = end == SIZE_MAX ? scan->bytes.len : end;
	scan->at = end == SIZE_MAX ? to : end + 1;
	*ret = (struct view){scan->bytes.at + from, to - from};
	if (ret->len && ret->at[ret->len - 1] == '\r')
		ret->len--;
	if (is_folded || end == SIZE_MAX || view_has_control(*ret)) {
		ret->at = flatten(scan, from, scan->at);
		ret->len = to - from;
		if (ret->len && ret->at[ret->len - 1] == '\r')
			ret->len--;
	}
	return true;
}

/* SIP/2.0 SP 3DIGIT SP reason (RFC 3261 section 7.2); a reason that is empty
 * may have lost its blank (RFC 4475 section 3.1.1.13). */
static void read_status(struct message *message, struct view line)
{
	struct view code = view_head(view_from(line, 8), 3);
	uint64_t status;

	if (!view_starts_nocase(line, VIEW("SIP/2.0 ")) ||
	    (line.len > 11 && line.at[11] != ' ') || code.len != 3 ||
	    view_to_u64(code, 699, &status) != ERR_OK || status < 100) {
		fault(message, "Bad Status-Line");
		return;
	}
	message->version = view_head(line, 7);
	message->status = (int)status;
	message->reason = view_from(line, 12);
}

/* Method SP Request-URI SP SIP-Version, one SP each (RFC 3261 section 7.1).  No
 * method holds a slash, so that "SIP/" begins a response. */
static void read_start(struct message *message, struct view line)
{
	size_t a = view_find(line, ' ', 0);
	size_t b = a == SIZE_MAX ? a : view_find(line, ' ', a + 1);

	message->start = line;
	if (view_starts_nocase(line, VIEW("SIP/"))) {
		read_status(message, line);
		return;
	}
	if (b == SIZE_MAX || view_find(line, ' ', b + 1) != SIZE_MAX) {
		fault(message, "Bad Request-Line");
		return;
	}
	message->method = view_head(line, a);
	message->uri = view_from(view_head(line, b), a + 1);
	message->version = view_from(line, b + 1);
	if (!view_is_token(message->method) || !message->uri.len ||
	    !frame_is_version(message->version))
		fault(message, "Bad Request-Line");
}

/* field-name HCOLON field-value (RFC 3261 section 25.1) */
static bool split_line(struct view line, struct field_line *ret)
{
	size_t len = 0, colon;

	while (len < line.len && char_is(line.at[len], CHAR_TOKEN))
		len++;
	for (colon = len; colon < line.len && is_blank(line.at[colon]);)
		colon++;
	if (!len || colon == line.len || line.at[colon] != ':')
		return false;
	ret->name = view_head(line, len);
	ret->value = view_trim(view_from(line, colon + 1));
	ret->field = field_of(ret->name);
	return true;
}

static void read_line(struct message *message, struct view line)
{
	struct field_line *entry = &message->lines[message->n_lines];

	if (message->n_lines == MESSAGE_LINES_MAX) {
		fault(message, "Too Many Header Fields");
		return;
	}
	if (!split_line(line, entry)) {
		fault(message, "Bad Header Field");
		return;
	}
	message->n_lines++;
	if (!message->count[entry->field]++)
		message->first[entry->field] = (uint16_t)message->n_lines;
	else if (fields[entry->field].single)
		fault(message, "Repeated Header Field");
}

/* @return the length of the head with its empty line; 0 without one. */
static size_t read_head(struct scan *scan)
{
	struct view line = VIEW_NONE;
	bool has_end = false;

	next_line(scan, &line);
	read_start(scan->message, line);
	while (!has_end && next_line(scan, &line)) {
		has_end = !line.len;
		if (!has_end)
			read_line(scan->message, line);
	}
	if (scan->wrong)
		scan->message->fault = scan->wrong;
	return has_end ? scan->at : 0;
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
	struct scan scan = {.message = message,
			    .bytes = view_head(bytes, MESSAGE_HEAD_MAX)};
	size_t len;

	memset(message, 0, offsetof(struct message, lines));
	memset(message->first, 0, sizeof(message->first));
	memset(message->count, 0, sizeof(message->count));
	message->whole = bytes;
	len = read_head(&scan);
	if (!len) {
		len = scan.bytes.len;
		message->fault = head_length(bytes) ? "Header Too Large"
						    : "Message Cut Short";
	}
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
