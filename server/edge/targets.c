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
	       domains_find(&edge->settings.domains, uri->host) ||
	       is_listener(edge, uri) || sip_is_advertised(edge->sip, uri);
}

/* In small letters, because the user part has case. */
static bool is_conference(struct view user, char ret[CONFERENCE_USER_LEN + 1])
{
	size_t n = 0;
	int c;

	while ((c = uri_next_char(&user)) >= 0) {
		bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');

		if (n == CONFERENCE_USER_LEN || (n < 2 && c != "c-"[n]) ||
		    (n >= 2 && !is_hex))
			return false;
		ret[n++] = (char)c;
	}
	ret[n] = '\0';
	return n == CONFERENCE_USER_LEN;
}

/* The names of domains are as keys have them. */
static const char *host_key(const struct edge *edge, const char *domain)
{
	return domain ? domain : edge->host_key;
}

/* Only names that the API gives: no other user part is one in any spelling. */
static bool read_list_name(struct view user, char ret[LIST_NAME_MAX + 1])
{
	size_t n = 0;
	int c;

	while (n < LIST_NAME_MAX && (c = uri_next_char(&user)) >= 0)
		ret[n++] = (char)c;
	ret[n] = '\0';
	return !user.len && strlen(ret) == n && list_name_is_fine(ret) &&
	       !list_name_is_reserved(ret);
}

static void find_list(const struct edge *edge, struct view user,
		      struct target *target)
{
	const struct list_table *lists = edge->settings.lists;
	char key[LIST_NAME_MAX + URI_MAX_LEN];

	if (!lists || !read_list_name(user, target->list)) {
		target->list[0] = '\0';
		return;
	}
	snprintf(key, sizeof(key), "sip:%s@%s", target->list,
		 host_key(edge, target->domain));
	if (list_table_has(lists, key))
		target->kind = TARGET_LIST;
}

/* At an address, as its Contact has it, a conference is in its own domain. */
static void find_conference(const struct edge *edge, const struct uri *uri,
			    struct target *target)
{
	const struct edge_settings *settings = &edge->settings;
	const struct registered *focus =
		modules_of_purpose(&edge->modules, PURPOSE_CONFERENCE);
	const char *domain;

	if (!focus || !is_conference(uri->user, target->conference))
		return;
	target->kind = TARGET_CONFERENCE;
	if (target->domain || !focus->row->domain_of ||
	    uri_hosts_equal(uri->host, view_of(settings->domain)))
		return;
	domain = focus->row->domain_of(focus->module, target->conference);
	if (domain)
		target->domain =
			domains_find(&settings->domains, view_of(domain));
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
	ret->domain = domains_find(&settings->domains, uri->host);
	if (token_parse(uri->user, &ret->token_kind, &ret->token) == ERR_OK)
		ret->kind = TARGET_TOKEN;
	else
		find_conference(edge, uri, ret);
	for (size_t i = 0; i < settings->n_services; i++) {
		const struct service *service = &settings->services[i];

		if (service->domain == ret->domain &&
		    user_is(uri->user, service->name)) {
			ret->kind = TARGET_SERVICE;
			ret->service = service;
		}
	}
	if (ret->kind == TARGET_USER)
		find_list(edge, uri->user, ret);
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
		return modules_find(modules, method,
				    target->token_kind == TOKEN_CHAT
					    ? PURPOSE_CHAT
					    : PURPOSE_CONSENT);
	case TARGET_SERVICE:
		return service_takes(target->service, method)
			       ? modules_find(modules, method, PURPOSE_LIST)
			       : NULL;
	case TARGET_CONFERENCE:
		return modules_find(modules, method, PURPOSE_CONFERENCE);
	case TARGET_LIST:
		return modules_find(modules, method, PURPOSE_STORED_LIST);
	case TARGET_ELSEWHERE:
	case TARGET_SERVER:
	case TARGET_USER:
		break;
	}
	return NULL;
}

/* What the settings say, and with a method that makes dialogs what those take.
 */
static void add_service(const struct service *service,
			const struct modules *modules, struct text *ret)
{
	text_add(ret, service->allow);
	for (size_t i = 0; i < modules->n; i++) {
		const struct method_module *row = modules->at[i].row;

		if (row->purpose == PURPOSE_LIST &&
		    service_takes(service, row->method))
			module_add_dialog_methods(row, ret);
	}
}

/* A deny URI takes a MESSAGE, too (deny.c). */
void target_add_allow(const struct target *target,
		      const struct modules *modules, struct text *ret)
{
	switch (target->kind) {
	case TARGET_TOKEN:
		if (target->token_kind == TOKEN_CHAT)
			text_add(ret, "MESSAGE, OPTIONS");
		else if (target->token_kind == TOKEN_DENY)
			text_add(ret, "PUBLISH, MESSAGE, OPTIONS");
		else
			text_add_view(ret, text_view(&modules->allow_consent));
		break;
	case TARGET_SERVICE:
		add_service(target->service, modules, ret);
		break;
	case TARGET_CONFERENCE:
		text_add_view(ret, text_view(&modules->allow_conference));
		break;
	case TARGET_LIST:
		text_add_view(ret, text_view(&modules->allow_list));
		break;
	case TARGET_SERVER:
		text_add(ret, "OPTIONS");
		break;
	case TARGET_ELSEWHERE:
	case TARGET_USER:
		text_add_view(ret, text_view(&modules->allow));
		break;
	}
}
