#include "api/event_types.h"

#include "server/base/chars.h"

#define CURSOR_NUMBERS 3

static const char *const names[EVENT_TYPES] = {
	[EVENT_TYPE_PERMISSION + CHANGE_ADDED] = "permission.added",
	[EVENT_TYPE_PERMISSION + CHANGE_ASKED] = "permission.asked",
	[EVENT_TYPE_PERMISSION + CHANGE_GRANTED] = "permission.granted",
	[EVENT_TYPE_PERMISSION + CHANGE_DENIED] = "permission.denied",
	[EVENT_TYPE_PERMISSION + CHANGE_ERROR] = "permission.error",
	[EVENT_TYPE_PERMISSION + CHANGE_EXPIRED] = "permission.expired",
	[EVENT_TYPE_PERMISSION + CHANGE_REMOVED] = "permission.removed",
	[EVENT_TYPE_MESSAGE + MESSAGE_EVENT_ACCEPTED] = "message.accepted",
	[EVENT_TYPE_MESSAGE + MESSAGE_EVENT_DELIVERED] = "message.delivered",
	[EVENT_TYPE_MESSAGE + MESSAGE_EVENT_FAILED] = "message.failed",
	[EVENT_TYPE_MESSAGE + MESSAGE_EVENT_WITHDRAWN] = "message.withdrawn",
	[EVENT_TYPE_CONFERENCE + CONFERENCE_EVENT_CREATED] =
		"conference.created",
	[EVENT_TYPE_CONFERENCE + CONFERENCE_EVENT_LIVE] = "conference.live",
	[EVENT_TYPE_CONFERENCE + CONFERENCE_EVENT_CHANGED] =
		"conference.changed",
	[EVENT_TYPE_CONFERENCE + CONFERENCE_EVENT_ENDED] = "conference.ended",
	[EVENT_TYPE_CONFERENCE + PARTY_EVENT_QUEUED] = "party.queued",
	[EVENT_TYPE_CONFERENCE + PARTY_EVENT_DIALING] = "party.dialing",
	[EVENT_TYPE_CONFERENCE + PARTY_EVENT_ALERTING] = "party.alerting",
	[EVENT_TYPE_CONFERENCE + PARTY_EVENT_CONNECTED] = "party.connected",
	[EVENT_TYPE_CONFERENCE + PARTY_EVENT_HELD] = "party.held",
	[EVENT_TYPE_CONFERENCE + PARTY_EVENT_MUTED] = "party.muted",
	[EVENT_TYPE_CONFERENCE + PARTY_EVENT_TALKING] = "party.talking",
	[EVENT_TYPE_CONFERENCE + PARTY_EVENT_KEY] = "party.dtmf",
	[EVENT_TYPE_CONFERENCE + PARTY_EVENT_DISCONNECTED] =
		"party.disconnected",
	[EVENT_TYPE_REVOKED] = "party.revoked",
};

const char *event_type_name(unsigned type)
{
	return type < EVENT_TYPES ? names[type] : "gap";
}

/** The types that one word names: one, or a family; 0: none. */
static uint64_t word_types(struct view word)
{
	bool is_family = word.len > 2 &&
			 view_equal(view_from(word, word.len - 2), VIEW(".*"));
	uint64_t found = 0;

	for (unsigned i = 0; i < EVENT_TYPES; i++) {
		struct view name = view_of(names[i]);

		if (is_family
			    ? name.len >= word.len &&
				      view_equal(view_head(name, word.len - 1),
						 view_head(word, word.len - 1))
			    : view_equal(name, word))
			found |= (uint64_t)1 << i;
	}
	return found;
}

enum err event_types_read(const char *text, uint64_t *ret)
{
	struct view rest = view_of(text ? text : "");
	uint64_t types = text ? 0 : EVENT_TYPES_ALL;

	while (text) {
		size_t end = view_find(rest, ',', 0);
		struct view word =
			end == SIZE_MAX ? rest : view_head(rest, end);
		uint64_t found = word_types(word);

		if (!found)
			return ERR_SYNTAX;
		types |= found;
		if (end == SIZE_MAX)
			break;
		rest = view_from(rest, end + 1);
	}
	*ret = types;
	return ERR_OK;
}

void event_cursor_write(uint32_t process, const struct event_position *position,
			char ret[EVENT_CURSOR_MAX])
{
	snprintf(ret, EVENT_CURSOR_MAX, "%lx-%llx-%llx", (unsigned long)process,
		 (unsigned long long)position->live,
		 (unsigned long long)position->change);
}

/** Lower-case hex of at most 16 digits, up to the end or a '-'. */
static enum err number_read(struct view *rest, uint64_t *ret)
{
	uint64_t number = 0;
	size_t n = 0;

	while (n < rest->len && rest->at[n] != '-') {
		int digit = hex_digit(rest->at[n]);

		if (digit < 0 || n == 16)
			return ERR_SYNTAX;
		number = number << 4 | (uint64_t)digit;
		n++;
	}
	if (!n)
		return ERR_SYNTAX;
	*rest = view_from(*rest, n);
	*ret = number;
	return ERR_OK;
}

enum err event_cursor_read(const char *text, uint32_t *ret_process,
			   struct event_position *ret)
{
	struct view rest = view_of(text);
	uint64_t numbers[CURSOR_NUMBERS];

	for (size_t i = 0; i < CURSOR_NUMBERS; i++) {
		if (i && (!rest.len || rest.at[0] != '-'))
			return ERR_SYNTAX;
		if (i)
			rest = view_from(rest, 1);
		if (number_read(&rest, &numbers[i]))
			return ERR_SYNTAX;
	}
	if (rest.len || numbers[0] > UINT32_MAX || numbers[2] > INT64_MAX)
		return ERR_SYNTAX;
	*ret_process = (uint32_t)numbers[0];
	ret->live = numbers[1];
	ret->change = (int64_t)numbers[2];
	return ERR_OK;
}
