#include "server/sip/response_writer.h"

#include "server/base/text.h"
#include "server/sip/message.h"

#define SHORT_DATAGRAM 256 /**< bytes: few requests of phones are shorter */
#define UDP_MAX 65000	   /**< bytes of a datagram, with room for headers */

struct phrase {
	int status;
	const char *text;
};

/* clang-format off */
static const struct phrase phrases[] = {
	{ 200, "OK" },
	{ 202, "Accepted" },
	{ 300, "Multiple Choices" },
	{ 301, "Moved Permanently" },
	{ 302, "Moved Temporarily" },
	{ 305, "Use Proxy" },
	{ 380, "Alternative Service" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 402, "Payment Required" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 407, "Proxy Authentication Required" },
	{ 408, "Request Timeout" },
	{ 410, "Gone" },
	{ 412, "Conditional Request Failed" },
	{ 413, "Request Entity Too Large" },
	{ 414, "Request-URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Unsupported URI Scheme" },
	{ 420, "Bad Extension" },
	{ 421, "Extension Required" },
	{ 422, "Session Interval Too Small" },
	{ 423, "Interval Too Brief" },
	{ 428, "Use Identity Header" },
	{ 430, "Flow Failed" },
	{ 433, "Anonymity Disallowed" },
	{ 440, "Max-Breadth Exceeded" },
	{ 469, "Bad Info Package" },
	{ 470, "Consent Needed" },
	{ 480, "Temporarily Unavailable" },
	{ 481, "Call/Transaction Does Not Exist" },
	{ 482, "Loop Detected" },
	{ 483, "Too Many Hops" },
	{ 484, "Address Incomplete" },
	{ 485, "Ambiguous" },
	{ 486, "Busy Here" },
	{ 487, "Request Terminated" },
	{ 488, "Not Acceptable Here" },
	{ 489, "Bad Event" },
	{ 491, "Request Pending" },
	{ 493, "Undecipherable" },
	{ 500, "Server Internal Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Server Time-out" },
	{ 505, "Version Not Supported" },
	{ 513, "Message Too Large" },
	{ 600, "Busy Everywhere" },
	{ 603, "Decline" },
	{ 604, "Does Not Exist Anywhere" },
	{ 606, "Not Acceptable" },
	{ 607, "Unwanted" },
};
/* clang-format on */

const char *response_phrase(int status)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].text;
	return "Unknown";
}

void response_add_header(struct text *text, struct view name, struct view value)
{
	if (!view_is_token(name) || view_has_control(value))
		return;
	text_add_header(text, name, value);
}

static void write_long(const struct response_parts *parts, struct text *ret)
{
	const char *reason = parts->reason;

	if (!reason || view_has_control(view_of(reason)))
		reason = response_phrase(parts->status);
	text_add(ret, "SIP/2.0 ");
	text_add_number(ret, (uint64_t)parts->status);
	text_add(ret, " ");
	text_add(ret, reason);
	text_add(ret, "\r\n");
	text_add_view(ret, parts->lines);
	text_add_view(ret, parts->more);
	text_add(ret, "Content-Length: ");
	text_add_number(ret, parts->body.len);
	text_add(ret, "\r\n\r\n");
	text_add_view(ret, parts->body);
}

/* One line of respond_lines(), with the shortest name that it has (RFC 3261
 * section 7.3.3). */
static void add_compact_line(struct text *text, struct view line)
{
	static const struct {
		struct view name;
		const char *compact;
	} names[] = {
		{VIEW("Via: "), "v:"},	   {VIEW("From: "), "f:"},
		{VIEW("To: "), "t:"},	   {VIEW("Call-ID: "), "i:"},
		{VIEW("CSeq: "), "CSeq:"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!view_equal(view_head(line, names[i].name.len),
				names[i].name))
			continue;
		text_add(text, names[i].compact);
		line = view_from(line, names[i].name.len);
		break;
	}
	text_add_view(text, line);
}

/* As few bytes as a response may have.  A datagram needs no Content-Length
 * (RFC 3261 section 20.14). */
static void write_compact(const struct response_parts *parts, struct text *ret)
{
	struct view rest = parts->lines;

	text_add(ret, "SIP/2.0 ");
	text_add_number(ret, (uint64_t)parts->status);
	text_add(ret, " \r\n");
	while (rest.len) {
		size_t end = view_find(rest, '\n', 0);

		end = end == SIZE_MAX ? rest.len : end + 1;
		add_compact_line(ret, view_head(rest, end));
		rest = view_from(rest, end);
	}
	text_add_view(ret, parts->more);
	text_add(ret, "\r\n");
	text_add_view(ret, parts->body);
}

/* Without its last line. */
static struct view shortened(struct view lines)
{
	size_t len = lines.len ? lines.len - 1 : 0;

	while (len && lines.at[len - 1] != '\n')
		len--;
	return view_head(lines, len);
}

size_t response_len_max(const struct flow *flow, size_t asked, bool is_named)
{
	if (protocol_is_reliable(flow->peer.protocol))
		return SIZE_MAX;
	if (is_named)
		return UDP_MAX;
	return asked < SHORT_DATAGRAM ? asked + asked / 4 : 2 * asked;
}

bool response_write(struct response_parts *parts, size_t most, struct text *ret)
{
	bool is_challenge = parts->status == 401 || parts->status == 407;

	text_clear(ret);
	write_long(parts, ret);
	while (ret->len > most) {
		text_clear(ret);
		write_compact(parts, ret);
		if (ret->len <= most || !parts->more.len)
			break;
		parts->more = shortened(parts->more);
		/* A challenge says how; where it has no room, there is none. */
		if (is_challenge && !parts->more.len) {
			parts->status = 400;
			parts->reason = NULL;
		}
	}
	return ret->len <= most;
}
