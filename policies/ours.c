#include "policies/ours.h"

#include <string.h>

#include "server/base/token.h"
#include "server/base/uri.h"

bool ours_is_host(const struct ours *ours, const struct uri *uri)
{
	return (!uri->port || uri->port == 5060 || uri->port == 5061) &&
	       (uri_hosts_equal(uri->host, view_of(ours->domain)) ||
		domains_find(&ours->domains, uri->host));
}

static bool is_consent_token(struct view user)
{
	enum token_kind kind;
	struct token token;

	return token_parse(user, &kind, &token) == ERR_OK;
}

/* As they are made: "c-" and digits.  One that is over does not become a
 * person. */
static bool is_conference(struct view user)
{
	size_t n = 0;
	int c;

	if (uri_next_char(&user) != 'c' || uri_next_char(&user) != '-')
		return false;
	while ((c = uri_next_char(&user)) >= 0) {
		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
		n++;
	}
	return n == 16;
}

static bool is_service_of(const struct ours *ours, size_t i, const char *domain)
{
	const char *its =
		ours->service_domains ? ours->service_domains[i] : NULL;

	return its == domain || (its && domain && strcmp(its, domain) == 0);
}

/* Apart: most are at another host. */
static __attribute__((noinline)) bool is_our_user(const struct ours *ours,
						  const struct uri *uri)
{
	const char *domain = domains_find(&ours->domains, uri->host);
	struct view user = uri->user;

	if (!user.len || is_consent_token(user) || is_conference(user))
		return true;
	for (size_t i = 0; i < ours->n_services; i++) {
		if (is_service_of(ours, i, domain) &&
		    uri_text_is(user, ours->services[i]))
			return true;
	}
	return false;
}

bool ours_has(const struct ours *ours, const struct uri *uri)
{
	return ours_is_host(ours, uri) && is_our_user(ours, uri);
}
