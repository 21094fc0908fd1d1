#include "server/base/domains.h"

#include <string.h>

#include "server/base/uri.h"

const char *domains_find(const struct domains *domains, struct view host)
{
	for (size_t i = 0; i < domains->n; i++)
		if (uri_hosts_equal(host, view_of(domains->at[i])))
			return domains->at[i];
	return NULL;
}

/** What a key has behind its user part; a port is another server. */
const char *domains_of(const struct domains *domains, const char *target)
{
	const char *at = domains->n ? strchr(target, '@') : NULL;

	for (size_t i = 0; at && i < domains->n; i++)
		if (strcmp(at + 1, domains->at[i]) == 0)
			return domains->at[i];
	return NULL;
}

const char *domains_name(const struct domains *domains, const char *first,
			 const char *target)
{
	const char *found = domains_of(domains, target);

	return found ? found : first;
}

bool domains_are_one(const struct domains *domains, const char *target,
		     const char *other)
{
	return domains_of(domains, target) == domains_of(domains, other);
}

bool target_is_any(const char *target)
{
	return target[0] == '*' && (target[1] == '\0' || target[1] == '@');
}
