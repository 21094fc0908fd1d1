#include "tests/props/spelling.h"

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

static int maybe(struct prng *prng)
{
	return prng_once_in(prng, 4);
}

static void append(struct spelling *to, const char *text)
{
	size_t len = strlen(to->text);

	snprintf(to->text + len, sizeof(to->text) - len, "%s", text);
}

static void append_number(struct prng *prng, struct spelling *to,
			  const char *user, bool is_tel)
{
	if (!is_tel && maybe(prng)) {
		to->alters |= ALTERS_ESCAPE;
		append(to, maybe(prng) ? "%2b" : "%2B");
	} else {
		append(to, "+");
	}
	if (!maybe(prng)) {
		append(to, user + 1);
		return;
	}
	to->alters |= is_tel ? 0 : ALTERS_SEPARATORS;
	append(to, "1-");
	append(to, user + 2);
}

static void append_user(struct prng *prng, struct spelling *to,
			const struct person *person)
{
	char escaped[8];

	if (person->is_number) {
		append_number(prng, to, person->user, !person->host);
	} else if (maybe(prng)) {
		snprintf(escaped, sizeof(escaped), "%%%02x",
			 (unsigned)person->user[0]);
		append(to, escaped);
		append(to, person->user + 1);
	} else {
		append(to, person->user);
	}
}

static void append_host(struct prng *prng, struct spelling *to,
			const char *host)
{
	size_t from = strlen(to->text);

	append(to, host);
	if (maybe(prng))
		for (size_t i = from; to->text[i]; i++)
			if (to->text[i] >= 'a' && to->text[i] <= 'z')
				to->text[i] = (char)(to->text[i] - 'a' + 'A');
	if (maybe(prng))
		append(to, ".");
}

static void append_port(struct prng *prng, struct spelling *to, int port,
			bool is_sips)
{
	char text[8] = "";

	if (port)
		snprintf(text, sizeof(text), ":%d", port);
	else if (maybe(prng))
		snprintf(text, sizeof(text), is_sips ? ":5061" : ":5060");
	else if (!is_sips && maybe(prng)) {
		to->alters |= ALTERS_PORT;
		snprintf(text, sizeof(text), ":5061");
	}
	append(to, text);
}

static void append_params(struct prng *prng, struct spelling *to,
			  bool is_recipient)
{
	if (maybe(prng))
		append(to, ";transport=TCP");
	if (maybe(prng)) {
		to->alters |= ALTERS_USER;
		append(to, maybe(prng) ? ";USER=%70hone" : ";user=phone");
	} else if (maybe(prng)) {
		append(to, ";user=ip");
	}
	if (maybe(prng)) {
		to->alters |= is_recipient ? ALTERS_PARAM : 0;
		append(to, maybe(prng) ? ";Received=x" : ";received=x");
	}
	if (maybe(prng))
		append(to, ";lr");
}

static void spell(struct prng *prng, const struct person *person,
		  bool is_recipient, struct spelling *ret)
{
	bool is_sips = !is_recipient && person->host && maybe(prng);

	*ret->text = '\0';
	ret->alters = 0;
	append(ret, !person->host ? "tel:"
		    : is_sips	  ? "sips:"
		    : maybe(prng) ? "SIP:"
				  : "sip:");
	append_user(prng, ret, person);
	if (!person->host)
		return;
	append(ret, "@");
	append_host(prng, ret, person->host);
	append_port(prng, ret, person->port, is_sips);
	append_params(prng, ret, is_recipient);
}

static void roll(struct prng *prng, const struct person *persons, size_t n,
		 struct spelling *ret)
{
	ret->name = (int)prng_below(prng, (unsigned)n);
	spell(prng, &persons[ret->name], persons == recipients, ret);
}

void spelling_sender(struct prng *prng, struct spelling *ret)
{
	roll(prng, senders, COUNT_OF(senders), ret);
}

void spelling_target(struct prng *prng, struct spelling *ret)
{
	roll(prng, targets, COUNT_OF(targets), ret);
}

void spelling_target_scope(struct prng *prng, struct spelling *ret)
{
	if (maybe(prng))
		*ret = (struct spelling){.name = ANY_NAME, .text = "*"};
	else
		spelling_target(prng, ret);
}

void spelling_recipient(struct prng *prng, struct spelling *ret)
{
	roll(prng, recipients, COUNT_OF(recipients), ret);
}

void spelling_domain(struct prng *prng, struct spelling *ret)
{
	*ret = (struct spelling){.text = "*@"};
	ret->name = (int)prng_below(prng, COUNT_OF(domains));
	append_host(prng, ret, domains[ret->name]);
	append(ret, maybe(prng) ? ":5060" : "");
}

const struct person *spelling_person(const struct spelling *sender)
{
	return &senders[sender->name];
}

const char *spelling_domain_name(const struct spelling *domain)
{
	return domains[domain->name];
}
