/* The options of volensctl. */
#include "api/ctl/options.h"

#include <stddef.h>

#include "api/ctl/print.h"

#define LIMIT_MAX 1000000L

/** Option letters; capitals and the like have no short form. */
enum letter {
	LETTER_JSON = 'j',
	LETTER_SENDER = 's',
	LETTER_TARGET = 'g',
	LETTER_RECIPIENT = 'r',
	LETTER_STATE = 'S',
	LETTER_ORIGIN = 'o',
	LETTER_EVIDENCE = 'e',
	LETTER_BY_RECIPIENT = 'P',
	LETTER_EXPIRES = 'x',
	LETTER_IMPORT = 'i',
	LETTER_PASSWORD = 'p',
	LETTER_LIMIT = 'l',
	LETTER_MAY = 'm',
	LETTER_CALL_ID = 'c',
	LETTER_SINCE = 'n',
	LETTER_ID = 'd',
	LETTER_LAST = 'L',
	LETTER_SUBJECT = 'b',
	LETTER_ALL = 'a',
	LETTER_SKIP = 'k',
	LETTER_KINDS = 'w',
	LETTER_KIND = 'K',
	LETTER_METHOD = 'M',
	LETTER_CA = 'f',
	LETTER_TRANSPORT = 'T',
	LETTER_NAME = 'N',
	LETTER_TERM = 'y',
	LETTER_OWNER = 'O',
	LETTER_USE = 'U',
	LETTER_REPLIES = 'R',
	LETTER_COPY = 'C',
	LETTER_ANONYMOUS = 'A',
	LETTER_LIST = 'q',
	LETTER_MODE = 'B',
	LETTER_SKIP_DENIED = 'z',
	LETTER_DRY = 'D',
	LETTER_YES = 'Y',
	LETTER_UNANSWERED = 'F',
	LETTER_DOMAIN = 'E',
	LETTER_INSIDE = 'I',
	LETTER_FROM_LIST = 'G'
};

/* clang-format off */
const struct option options_known[] = {
	{"url",           required_argument, NULL, 'u'},
	{"token-file",    required_argument, NULL, 't'},
	{"ca-file",       required_argument, NULL, LETTER_CA},
	{"json",          no_argument,       NULL, LETTER_JSON},
	{"sender",        required_argument, NULL, LETTER_SENDER},
	{"target",        required_argument, NULL, LETTER_TARGET},
	{"recipient",     required_argument, NULL, LETTER_RECIPIENT},
	{"state",         required_argument, NULL, LETTER_STATE},
	{"origin",        required_argument, NULL, LETTER_ORIGIN},
	{"evidence",      required_argument, NULL, LETTER_EVIDENCE},
	{"by-recipient",  required_argument, NULL, LETTER_BY_RECIPIENT},
	{"expires",       required_argument, NULL, LETTER_EXPIRES},
	{"term",          required_argument, NULL, LETTER_TERM},
	{"kinds",         required_argument, NULL, LETTER_KINDS},
	{"kind",          required_argument, NULL, LETTER_KIND},
	{"method",        required_argument, NULL, LETTER_METHOD},
	{"transport",     required_argument, NULL, LETTER_TRANSPORT},
	{"name",          required_argument, NULL, LETTER_NAME},
	{"import",        no_argument,       NULL, LETTER_IMPORT},
	{"password-file", required_argument, NULL, LETTER_PASSWORD},
	{"limit",         required_argument, NULL, LETTER_LIMIT},
	{"may",           required_argument, NULL, LETTER_MAY},
	{"call-id",       required_argument, NULL, LETTER_CALL_ID},
	{"since",         required_argument, NULL, LETTER_SINCE},
	{"from",          required_argument, NULL, LETTER_SENDER},
	{"id",            required_argument, NULL, LETTER_ID},
	{"last",          no_argument,       NULL, LETTER_LAST},
	{"subject",       required_argument, NULL, LETTER_SUBJECT},
	{"all",           no_argument,       NULL, LETTER_ALL},
	{"skip-missing",  no_argument,       NULL, LETTER_SKIP},
	{"owner",         required_argument, NULL, LETTER_OWNER},
	{"use",           required_argument, NULL, LETTER_USE},
	{"replies",       required_argument, NULL, LETTER_REPLIES},
	{"copy",          required_argument, NULL, LETTER_COPY},
	{"anonymous",     no_argument,       NULL, LETTER_ANONYMOUS},
	{"list",          required_argument, NULL, LETTER_LIST},
	{"mode",          required_argument, NULL, LETTER_MODE},
	{"skip-denied",   no_argument,       NULL, LETTER_SKIP_DENIED},
	{"dry-run",       no_argument,       NULL, LETTER_DRY},
	{"yes",           no_argument,       NULL, LETTER_YES},
	{"unanswered-for", required_argument, NULL, LETTER_UNANSWERED},
	{"domain",        required_argument, NULL, LETTER_DOMAIN},
	{"inside",        required_argument, NULL, LETTER_INSIDE},
	{"from-list",     required_argument, NULL, LETTER_FROM_LIST},
	{"help",          no_argument,       NULL, 'h'},
	{"version",       no_argument,       NULL, 'V'},
	{NULL,            0,                 NULL, 0},
};
/* clang-format on */

bool span_read(const char *word, int64_t *ret)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {{"s", 1},
		     {"min", 60},
		     {"h", 3600},
		     {"d", 86400},
		     {"w", 604800}};
	size_t n = strspn(word, "0123456789");
	uint64_t number;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(word + n, units[i].name) != 0 ||
		    view_to_u64((struct view){word, n}, 1000000, &number))
			continue;
		*ret = (int64_t)number * units[i].seconds;
		return true;
	}
	return false;
}

static bool limit_read(const char *value, long *ret)
{
	char *end;
	long number = strtol(value, &end, 10);

	if (value[0] >= '1' && value[0] <= '9' && !*end &&
	    number <= LIMIT_MAX) {
		*ret = number;
		return true;
	}
	print_problem("--limit takes a number from 1 to %ld, not \"%s\".",
		      LIMIT_MAX, value);
	return false;
}

/** An option without a value; false for another one. */
static bool flag_take(struct options *options, int letter)
{
	switch (letter) {
	case LETTER_JSON:
		options->is_json = 1;
		return true;
	case LETTER_IMPORT:
		options->is_import = 1;
		return true;
	case LETTER_ALL:
		options->is_all = 1;
		return true;
	case LETTER_SKIP:
		options->is_skipping = 1;
		return true;
	case LETTER_ANONYMOUS:
		options->is_anonymous = 1;
		return true;
	case LETTER_SKIP_DENIED:
		options->skips_denied = 1;
		return true;
	case LETTER_DRY:
		options->is_dry = 1;
		return true;
	case LETTER_YES:
		options->is_sure = 1;
		return true;
	case LETTER_LAST: /* it is what is shown anyway */
		return true;
	default:
		return false;
	}
}

/** Options with a text, and where it belongs. */
static const struct {
	int letter;
	size_t offset;
} texts[] = {
	/* clang-format off */
	{'u',              offsetof(struct options, url)},
	{'t',              offsetof(struct options, token_file)},
	{LETTER_CA,        offsetof(struct options, ca_file)},
	{LETTER_SENDER,    offsetof(struct options, sender)},
	{LETTER_TARGET,    offsetof(struct options, target)},
	{LETTER_RECIPIENT, offsetof(struct options, recipient)},
	{LETTER_STATE,     offsetof(struct options, state)},
	{LETTER_ORIGIN,    offsetof(struct options, origin)},
	{LETTER_EVIDENCE,  offsetof(struct options, evidence)},
	{LETTER_BY_RECIPIENT, offsetof(struct options, by_recipient)},
	{LETTER_EXPIRES,   offsetof(struct options, expires)},
	{LETTER_TERM,      offsetof(struct options, term)},
	{LETTER_KINDS,     offsetof(struct options, kinds)},
	{LETTER_KIND,      offsetof(struct options, kind)},
	{LETTER_METHOD,    offsetof(struct options, method)},
	{LETTER_TRANSPORT, offsetof(struct options, transport)},
	{LETTER_NAME,      offsetof(struct options, name)},
	{LETTER_CALL_ID,   offsetof(struct options, call_id)},
	{LETTER_SINCE,     offsetof(struct options, since)},
	{LETTER_ID,        offsetof(struct options, id)},
	{LETTER_PASSWORD,  offsetof(struct options, password_file)},
	{LETTER_MAY,       offsetof(struct options, may)},
	{LETTER_SUBJECT,   offsetof(struct options, subject)},
	{LETTER_OWNER,     offsetof(struct options, owner)},
	{LETTER_USE,       offsetof(struct options, use)},
	{LETTER_REPLIES,   offsetof(struct options, replies)},
	{LETTER_COPY,      offsetof(struct options, copy)},
	{LETTER_LIST,      offsetof(struct options, list)},
	{LETTER_MODE,      offsetof(struct options, mode)},
	{LETTER_UNANSWERED, offsetof(struct options, unanswered)},
	{LETTER_DOMAIN,    offsetof(struct options, domain)},
	{LETTER_INSIDE,    offsetof(struct options, inside)},
	{LETTER_FROM_LIST, offsetof(struct options, from_list)},
	/* clang-format on */
};

bool option_take(struct options *options, int letter, const char *value)
{
	if (flag_take(options, letter))
		return true;
	if (letter == LETTER_LIMIT)
		return limit_read(value, &options->limit);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].letter != letter)
			continue;
		memcpy((char *)options + texts[i].offset, &value,
		       sizeof(value));
		return true;
	}
	return false;
}

const char *option_blanks(struct arena *arena, const char *words)
{
	char *copy = arena_strdup(arena, words);

	for (char *at = copy; at && *at; at++)
		*at = *at == ',' ? ' ' : *at;
	return copy;
}
