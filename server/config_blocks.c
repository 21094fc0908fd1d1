#include "server/config_blocks.h"

#include <errno.h>

#include "server/base/log.h"
#include "server/settings_check.h"

#define WORD "domain"
_Static_assert(sizeof(WORD) == sizeof(DOMAIN_BLOCK), "lines and places stay");

struct walk {
	char *text;
	size_t len, at;
	size_t depth; /**< of braces */
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What ends a word without quotes. */
static bool ends_word(char c)
{
	return is_space(c) || c == '\0' || strchr("\"'{}()=+,#", c) != NULL;
}

static bool begins(const struct walk *walk, const char *what)
{
	size_t len = strlen(what);

	return walk->at <= walk->len && walk->len - walk->at >= len &&
	       memcmp(walk->text + walk->at, what, len) == 0;
}

static void skip_to(struct walk *walk, const char *end)
{
	while (walk->at < walk->len && !begins(walk, end))
		walk->at++;
	walk->at += walk->at < walk->len ? strlen(end) : 0;
}

static void skip_quoted(struct walk *walk)
{
	char quote = walk->text[walk->at++];

	while (walk->at < walk->len && walk->text[walk->at] != quote)
		walk->at += walk->text[walk->at] == '\\' ? 2 : 1;
	walk->at++;
}

static void skip_spaces(struct walk *walk)
{
	while (walk->at < walk->len && is_space(walk->text[walk->at]))
		walk->at++;
}

static void skip_word(struct walk *walk)
{
	while (walk->at < walk->len && !ends_word(walk->text[walk->at]))
		walk->at++;
}

/* Does a title follow, and a brace? */
static bool begins_block(struct walk walk)
{
	skip_spaces(&walk);
	if (begins(&walk, "\"") || begins(&walk, "'"))
		skip_quoted(&walk);
	else
		skip_word(&walk);
	skip_spaces(&walk);
	return begins(&walk, "{");
}

static void take_word(struct walk *walk)
{
	char *word = walk->text + walk->at;
	size_t from = walk->at;

	skip_word(walk);
	if (walk->depth == 0 && walk->at - from == strlen(WORD) &&
	    memcmp(word, WORD, strlen(WORD)) == 0 && begins_block(*walk))
		memcpy(word, DOMAIN_BLOCK, strlen(DOMAIN_BLOCK));
}

static void take_sign(struct walk *walk)
{
	char c = walk->text[walk->at++];

	if (c == '{')
		walk->depth++;
	else if (c == '}' && walk->depth > 0)
		walk->depth--;
}

static void mark_domains(char *text, size_t len)
{
	struct walk walk = {.text = text, .len = len};

	while (walk.at < walk.len) {
		if (begins(&walk, "#") || begins(&walk, "//"))
			skip_to(&walk, "\n");
		else if (begins(&walk, "/*"))
			skip_to(&walk, "*/");
		else if (begins(&walk, "\"") || begins(&walk, "'"))
			skip_quoted(&walk);
		else if (ends_word(text[walk.at]))
			take_sign(&walk);
		else
			take_word(&walk);
	}
}

enum err config_read(const char *path, struct text *ret)
{
	FILE *file = fopen(path, "r");
	bool is_read = false;
	char part[4096];
	size_t n;

	while (file && (n = fread(part, 1, sizeof(part), file)) > 0)
		text_add_bytes(ret, part, n);
	/* A part of it may read as a whole, with less in it. */
	is_read = file && !ferror(file);
	if (!is_read)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	if (file)
		fclose(file);
	if (!is_read)
		return ERR_IO;
	text_add(ret, "\n");
	mark_domains(ret->at, ret->len);
	return ERR_OK;
}

/* ---- what must hold of them -----------------------------------------------
 */

const char *config_domain_problem(const struct config *config,
				  const struct domain_config *domain)
{
	const char *problem = setting_check_domain_title(domain->name);

	if (problem)
		return problem;
	if (strcmp(domain->name, config->domain) == 0)
		return "is `domain` already";
	if (!*domain->certificate != !*domain->key)
		return "has a certificate without its key, or the reverse";
	for (size_t i = 0; i < config->sip_listen.n; i++) {
		if (!config->sip_advertise.n &&
		    setting_listens_everywhere(config->sip_listen.at[i]))
			return "needs sip { advertise }: who listens on every "
			       "address names `domain` to everybody";
	}
	return NULL;
}

bool config_has_domains(const struct config *config,
			const struct strings *names)
{
	for (size_t i = 0; i < names->n; i++) {
		bool is_known = strcmp(names->at[i], config->domain) == 0;

		for (size_t j = 0; j < config->n_domains; j++)
			is_known |= strcmp(names->at[i],
					   config->domains[j].name) == 0;
		if (!is_known)
			return false;
	}
	return true;
}
