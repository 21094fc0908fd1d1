#include "tests/props/spell.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct person senders[] = {
	{"alice", "example.com", 0, false},
	{"Alice", "example.com", 0, false},
	{"+15550001", "gw.example", 0, true},
	{"+15550001", "other.example", 0, true},
	{"+15550002", "gw.example", 5070, true},
	{"+15550001", NULL, 0, true}, /* tel */
	{"+15550002", NULL, 0, true},
};
static const struct person targets[] = {
	{"hikers", "relay.example", 0, false},
	{"bikers", "relay.example", 0, false},
};
static const struct person recipients[] = {
	{"bob", "example.org", 0, false},
	{"bob", "example.org", 5070, false},
	{"+15551000", "example.org", 0, true},
};
/* clang-format on */
static const char *const domains[] = {"gw.example", "example.com"};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static int maybe(struct dice *dice)
{
	return dice_once_in(dice, 4);
}

static void append(struct spelling *to, const char *text)
{
	size_t len = strlen(to->text);

	snprintf(to->text + len, sizeof(to->text) - len, "%s", text);
}

static void append_number(struct dice *dice, struct spelling *to,
			  const char *user, bool is_tel)
{
	if (!is_tel && maybe(dice)) {
		to->alters |= ALTERS_ESCAPE;
		append(to, maybe(dice) ? "%2b" : "%2B");
	} else {
		append(to, "+");
	}
	if (!maybe(dice)) {
		append(to, user + 1);
		return;
	}
	to->alters |= is_tel ? 0 : ALTERS_SEPARATORS;
	append(to, "1-");
	append(to, user + 2);
}

static void append_user(struct dice *dice, struct spelling *to,
			const struct person *person)
{
	char escaped[8];

	if (person->is_number) {
		append_number(dice, to, person->user, !person->host);
	} else if (maybe(dice)) {
		snprintf(escaped, sizeof(escaped), "%%%02x",
			 (unsigned)person->user[0]);
		append(to, escaped);
		append(to, person->user + 1);
	} else {
		append(to, person->user);
	}
}

static void append_host(struct dice *dice, struct spelling *to,
			const char *host)
{
	size_t from = strlen(to->text);

	append(to, host);
	if (maybe(dice))
		for (size_t i = from; to->text[i]; i++)
			if (to->text[i] >= 'a' && to->text[i] <= 'z')
				to->text[i] = (char)(to->text[i] - 'a' + 'A');
	if (maybe(dice))
		append(to, ".");
}

static void append_port(struct dice *dice, struct spelling *to, int port,
			bool is_sips)
{
	char text[8] = "";

	if (port)
		snprintf(text, sizeof(text), ":%d", port);
	else if (maybe(dice))
		snprintf(text, sizeof(text), is_sips ? ":5061" : ":5060");
	else if (!is_sips && maybe(dice)) {
		to->alters |= ALTERS_PORT;
		snprintf(text, sizeof(text), ":5061");
	}
	append(to, text);
}

static void append_params(struct dice *dice, struct spelling *to,
			  bool is_recipient)
{
	if (maybe(dice))
		append(to, ";transport=TCP");
	if (maybe(dice)) {
		to->alters |= ALTERS_USER;
		append(to, maybe(dice) ? ";USER=%70hone" : ";user=phone");
	} else if (maybe(dice)) {
		append(to, ";user=ip");
	}
	if (maybe(dice)) {
		to->alters |= is_recipient ? ALTERS_PARAM : 0;
		append(to, maybe(dice) ? ";Received=x" : ";received=x");
	}
	if (maybe(dice))
		append(to, ";lr");
}

static void spell(struct dice *dice, const struct person *person,
		  bool is_recipient, struct spelling *ret)
{
	bool is_sips = !is_recipient && person->host && maybe(dice);

	*ret->text = '\0';
	ret->alters = 0;
	append(ret, !person->host ? "tel:"
		    : is_sips	  ? "sips:"
		    : maybe(dice) ? "SIP:"
				  : "sip:");
	append_user(dice, ret, person);
	if (!person->host)
		return;
	append(ret, "@");
	append_host(dice, ret, person->host);
	append_port(dice, ret, person->port, is_sips);
	append_params(dice, ret, is_recipient);
}

static void roll(struct dice *dice, const struct person *persons, size_t n,
		 struct spelling *ret)
{
	ret->name = (int)dice_below(dice, (unsigned)n);
	spell(dice, &persons[ret->name], persons == recipients, ret);
}

void spell_sender(struct dice *dice, struct spelling *ret)
{
	roll(dice, senders, COUNT_OF(senders), ret);
}

void spell_target(struct dice *dice, struct spelling *ret)
{
	roll(dice, targets, COUNT_OF(targets), ret);
}

void spell_target_scope(struct dice *dice, struct spelling *ret)
{
	if (maybe(dice))
		*ret = (struct spelling){.name = ANY_NAME, .text = "*"};
	else
		spell_target(dice, ret);
}

void spell_recipient(struct dice *dice, struct spelling *ret)
{
	roll(dice, recipients, COUNT_OF(recipients), ret);
}

void spell_domain(struct dice *dice, struct spelling *ret)
{
	*ret = (struct spelling){.text = "*@"};
	ret->name = (int)dice_below(dice, COUNT_OF(domains));
	append_host(dice, ret, domains[ret->name]);
	append(ret, maybe(dice) ? ":5060" : "");
}

const struct person *spell_person(const struct spelling *sender)
{
	return &senders[sender->name];
}

const char *spell_domain_name(const struct spelling *domain)
{
	return domains[domain->name];
}
