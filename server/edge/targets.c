#include "server/edge/targets.h"

#include "server/edge/edge_private.h"

/* Unescaped, and equal with case (RFC 3261 section 19.1.4)? */
static bool user_is(struct view user, const char *name)
{
	int c;

	while ((c = uri_next_char(&user)) >= 0)
		if (!*name || c != (unsigned char)*name++)
			return false;
	return !*name;
}

/* Is this literal address and port one that we listen on?  A listener on every
 * address cannot tell. */
static bool is_listener(const struct edge *edge, const struct uri *uri)
{
	const struct transport *transport = sip_transport(edge->sip);
	union address literal;

	if (address_parse(uri->host, uri->port ? uri->port : 5060, &literal) !=
	    ERR_OK)
		return false;
	for (size_t i = 0; i < transport_listeners(transport); i++) {
		enum protocol protocol;
		const union address *ours =
			transport_address(transport, i, &protocol);
		uint8_t a[16], b[16];

		address_bytes(&literal, a);
		address_bytes(ours, b);
		if (uri->port && uri->port != address_port(ours))
			continue;
		if (bytes_equal(a, b, sizeof(a)) || address_is_wildcard(ours))
			return true;
	}
	return false;
}

bool targets_host_is_ours(const struct edge *edge, const struct uri *uri)
{
	return uri_hosts_equal(uri->host, view_of(edge->settings.domain)) ||
	       is_listener(edge, uri);
}

void targets_find(const struct edge *edge, const struct uri *uri,
		  struct target *ret)
{
	const struct edge_settings *settings = &edge->settings;

	*ret = (struct target){.kind = TARGET_ELSEWHERE};
	if ((uri->scheme != URI_SIP && uri->scheme != URI_SIPS) ||
	    !targets_host_is_ours(edge, uri))
		return;
	ret->kind = uri->user.len ? TARGET_USER : TARGET_SERVER;
	if (token_parse(uri->user, &ret->token_kind, &ret->token) == ERR_OK)
		ret->kind = TARGET_TOKEN;
	for (size_t i = 0; i < settings->n_services; i++) {
		if (user_is(uri->user, settings->services[i].name)) {
			ret->kind = TARGET_SERVICE;
			ret->service = &settings->services[i];
		}
	}
}

static bool service_takes(const struct service *service, enum method method)
{
	const char *name = method_name(method);

	for (size_t i = 0; i < service->n_methods; i++)
		if (strcmp(service->methods[i], name) == 0)
			return true;
	return false;
}

const struct registered *target_module(const struct target *target,
				       const struct modules *modules,
				       enum method method)
{
	switch (target->kind) {
	case TARGET_TOKEN:
		return modules_find(modules, method, PURPOSE_CONSENT);
	case TARGET_SERVICE:
		return service_takes(target->service, method)
			       ? modules_find(modules, method, PURPOSE_LIST)
			       : NULL;
	case TARGET_ELSEWHERE:
	case TARGET_SERVER:
	case TARGET_USER:
		break;
	}
	return NULL;
}

/* A deny URI takes a MESSAGE, too (deny.c). */
const char *target_allow(const struct target *target,
			 const struct modules *modules)
{
	switch (target->kind) {
	case TARGET_TOKEN:
		return target->token_kind == TOKEN_DENY
			       ? "PUBLISH, MESSAGE, OPTIONS"
			       : modules->allow_consent.at;
	case TARGET_SERVICE:
		return target->service->allow;
	case TARGET_SERVER:
		return "OPTIONS";
	case TARGET_ELSEWHERE:
	case TARGET_USER:
		break;
	}
	return modules->allow.at;
}
