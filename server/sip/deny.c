#include "server/sip/deny.h"

#include "server/sip/received.h"

#define LINE_MAX_LEN 4096 /**< bytes of a Request-Line that are looked at */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next word of the Request-Line. */
static struct view take_word(struct view *line)
{
	struct view word;

	while (line->len && is_blank(line->at[0]))
		*line = view_from(*line, 1);
	word = view_head(*line, view_find(*line, ' ', 0));
	word = view_head(word, view_find(word, '\t', 0));
	*line = view_from(*line, word.len);
	return word;
}

static struct view request_line(struct view message)
{
	struct view line = view_head(message, LINE_MAX_LEN);

	line = view_head(line, view_find(line, '\n', 0));
	return view_head(line, view_find(line, '\r', 0));
}

static bool is_deny_method(struct view method)
{
	static const struct view others[] = {
		VIEW("ACK"),	  VIEW("BYE"),	     VIEW("CANCEL"),
		VIEW("INFO"),	  VIEW("INVITE"),    VIEW("NOTIFY"),
		VIEW("OPTIONS"),  VIEW("PRACK"),     VIEW("REFER"),
		VIEW("REGISTER"), VIEW("SUBSCRIBE"), VIEW("UPDATE"),
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (view_equal_nocase(method, others[i]))
			return false;
	return method.len > 0;
}

/* Between the scheme and whatever ends the token: "@", ":", ";", nothing.  In
 * brackets or not, and with slashes behind the scheme as on the web. */
static struct view user_of(struct view uri)
{
	size_t colon;

	if (uri.len && uri.at[0] == '<')
		uri = view_from(uri, 1);
	colon = view_find(uri, ':', 0);
	uri = colon == SIZE_MAX ? uri : view_from(uri, colon + 1);
	while (uri.len && uri.at[0] == '/')
		uri = view_from(uri, 1);
	return uri;
}

bool deny_find(struct view message, struct deny *ret)
{
	struct view line = request_line(message);
	enum token_kind kind;

	ret->method = take_word(&line);
	ret->uri = take_word(&line);
	return token_find(user_of(ret->uri), &kind, &ret->token) == ERR_OK &&
	       kind == TOKEN_DENY && is_deny_method(ret->method);
}

/* What the log and digest credentials are told of a method that is none. */
static struct view method_name(struct view method)
{
	return view_is_token(method) ? method : VIEW("PUBLISH");
}

void deny_open(struct edge *edge, struct view bytes, const struct flow *from,
	       const struct deny *deny, struct received *ret)
{
	struct message *message = &edge->message;

	message_read(message, bytes);
	message->method = method_name(deny->method);
	message->uri = deny->uri;
	received_open(edge, from, ret);
	ret->target = TARGET_TOKEN;
	ret->kind = TOKEN_DENY;
	ret->token = deny->token;
	ret->is_known_deny =
		consent_knows_deny(edge->settings.consents, &deny->token);
}
