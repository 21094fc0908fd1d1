#include "api/routes.h"

#include "api/handlers.h"

#define JSON "application/json"
#define METRICS "text/plain"
#define YAML "application/yaml"
#define STREAM "text/event-stream"
#define ID "{id}"
#define CONFERENCE "{conference}"
#define NAME "{name}"

/* clang-format off */
const struct route routes[] = {
	{"GET",    "/v1/permissions",            ACCESS_TOKEN, BODY_NONE, JSON,    permissions_list, EFFECT_NONE, NULL},
	{"POST",   "/v1/permissions",            ACCESS_TOKEN, BODY_JSON, JSON,    permissions_post, EFFECT_ONCE, NULL},
	{"POST",   "/v1/permissions/ask",        ACCESS_TOKEN, BODY_NONE, JSON,    permissions_ask, EFFECT_ONCE, NULL},
	{"GET",    "/v1/permissions/{id}",       ACCESS_TOKEN, BODY_NONE, JSON,    permission_get, EFFECT_NONE, NULL},
	{"PATCH",  "/v1/permissions/{id}",       ACCESS_TOKEN, BODY_JSON, JSON,    permission_patch, EFFECT_NONE, NULL},
	{"DELETE", "/v1/permissions/{id}",       ACCESS_TOKEN, BODY_NONE, JSON,    permission_delete, EFFECT_NONE, NULL},
	{"POST",   "/v1/permissions/{id}/ask",   ACCESS_TOKEN, BODY_NONE, JSON,    permission_ask, EFFECT_ONCE, NULL},
	{"GET",    "/v1/permissions/{id}/history", ACCESS_TOKEN, BODY_NONE, JSON,  permission_history, EFFECT_NONE, NULL},
	{"GET",    "/v1/users",                  ACCESS_TOKEN, BODY_NONE, JSON,    users_list, EFFECT_NONE, NULL},
	{"POST",   "/v1/users",                  ACCESS_TOKEN, BODY_JSON, JSON,    users_post, EFFECT_ONCE, NULL},
	{"GET",    "/v1/users/{id}",             ACCESS_TOKEN, BODY_NONE, JSON,    user_get, EFFECT_NONE, NULL},
	{"PATCH",  "/v1/users/{id}",             ACCESS_TOKEN, BODY_JSON, JSON,    user_patch, EFFECT_NONE, NULL},
	{"DELETE", "/v1/users/{id}",             ACCESS_TOKEN, BODY_NONE, JSON,    user_delete, EFFECT_NONE, NULL},
	{"GET",    "/v1/lists",                  ACCESS_TOKEN, BODY_NONE, JSON,    lists_list, EFFECT_NONE, NULL},
	{"POST",   "/v1/lists",                  ACCESS_TOKEN, BODY_JSON, JSON,    lists_post, EFFECT_ONCE, NULL},
	{"GET",    "/v1/lists/{name}",           ACCESS_TOKEN, BODY_NONE, JSON,    list_get, EFFECT_NONE, NULL},
	{"PATCH",  "/v1/lists/{name}",           ACCESS_TOKEN, BODY_JSON, JSON,    list_patch, EFFECT_NONE, NULL},
	{"DELETE", "/v1/lists/{name}",           ACCESS_TOKEN, BODY_NONE, JSON,    list_delete, EFFECT_NONE, NULL},
	{"GET",    "/v1/lists/{name}/entries",   ACCESS_TOKEN, BODY_NONE, JSON,    list_entries_get, EFFECT_NONE, NULL},
	{"POST",   "/v1/lists/{name}/entries",   ACCESS_TOKEN, BODY_JSON, JSON,    list_entries_post, EFFECT_ONCE, NULL},
	{"GET",    "/v1/lists/{name}/entries/{id}", ACCESS_TOKEN, BODY_NONE, JSON, list_entry_get, EFFECT_NONE, NULL},
	{"DELETE", "/v1/lists/{name}/entries/{id}", ACCESS_TOKEN, BODY_NONE, JSON, list_entry_delete, EFFECT_NONE, NULL},
	{"GET",    "/v1/deliveries",             ACCESS_TOKEN, BODY_NONE, JSON,    deliveries_list, EFFECT_NONE, NULL},
	{"GET",    "/v1/deliveries/{id}",        ACCESS_TOKEN, BODY_NONE, JSON,    delivery_get, EFFECT_NONE, NULL},
	{"POST",   "/v1/deliveries/{id}/retry",  ACCESS_TOKEN, BODY_NONE, JSON,    delivery_retry, EFFECT_ONCE, NULL},
	{"DELETE", "/v1/deliveries/{id}",        ACCESS_TOKEN, BODY_NONE, JSON,    delivery_delete, EFFECT_NONE, NULL},
	{"GET",    "/v1/requests",               ACCESS_TOKEN, BODY_NONE, JSON,    requests_list, EFFECT_NONE, NULL},
	{"GET",    "/v1/requests/{id}",          ACCESS_TOKEN, BODY_NONE, JSON,    request_get, EFFECT_NONE, NULL},
	{"GET",    "/v1/requests/{id}/recipients", ACCESS_TOKEN, BODY_NONE, JSON,  request_recipients, EFFECT_NONE, NULL},
	{"GET",    "/v1/conferences",            ACCESS_TOKEN, BODY_NONE, JSON,    conferences_list_get, EFFECT_NONE, NULL},
	{"POST",   "/v1/conferences",            ACCESS_TOKEN, BODY_JSON, JSON,    conferences_post, EFFECT_ONCE, NULL},
	{"GET",    "/v1/conferences/{conference}", ACCESS_TOKEN, BODY_NONE, JSON,  conference_get, EFFECT_NONE, NULL},
	{"PATCH",  "/v1/conferences/{conference}", ACCESS_TOKEN, BODY_JSON, JSON,  conference_patch, EFFECT_NONE, NULL},
	{"DELETE", "/v1/conferences/{conference}", ACCESS_TOKEN, BODY_NONE, JSON,  conference_delete, EFFECT_NONE, NULL},
	{"GET",    "/v1/conferences/{conference}/events", ACCESS_TOKEN, BODY_NONE, JSON, conference_events, EFFECT_NONE, STREAM},
	{"GET",    "/v1/conferences/{conference}/parties", ACCESS_TOKEN, BODY_NONE, JSON, parties_list, EFFECT_NONE, NULL},
	{"POST",   "/v1/conferences/{conference}/parties", ACCESS_TOKEN, BODY_JSON, JSON, parties_post, EFFECT_ONCE, NULL},
	{"GET",    "/v1/conferences/{conference}/parties/{id}", ACCESS_TOKEN, BODY_NONE, JSON, party_get, EFFECT_NONE, NULL},
	{"PATCH",  "/v1/conferences/{conference}/parties/{id}", ACCESS_TOKEN, BODY_JSON, JSON, party_patch, EFFECT_NONE, NULL},
	{"DELETE", "/v1/conferences/{conference}/parties/{id}", ACCESS_TOKEN, BODY_NONE, JSON, party_delete, EFFECT_NONE, NULL},
	{"POST",   "/v1/conferences/{conference}/parties/{id}/redial", ACCESS_TOKEN, BODY_NONE, JSON, party_redial_post, EFFECT_ONCE, NULL},
	{"GET",    "/v1/imports",                ACCESS_TOKEN, BODY_NONE, JSON,    imports_list, EFFECT_NONE, NULL},
	{"POST",   "/v1/imports",                ACCESS_TOKEN, BODY_ROWS, JSON,    imports_post, EFFECT_ONCE, NULL},
	{"GET",    "/v1/imports/{id}",           ACCESS_TOKEN, BODY_NONE, JSON,    import_get, EFFECT_NONE, NULL},
	{"DELETE", "/v1/imports/{id}",           ACCESS_TOKEN, BODY_NONE, JSON,    import_delete, EFFECT_NONE, NULL},
	{"GET",    "/v1/events",                 ACCESS_TOKEN, BODY_NONE, JSON,    events_get, EFFECT_NONE, STREAM},
	{"GET",    "/v1/trust-domains",          ACCESS_TOKEN, BODY_NONE, JSON,    trust_domains_get, EFFECT_NONE, NULL},
	{"POST",   "/v1/explain",                ACCESS_TOKEN, BODY_JSON, JSON,    explain_post, EFFECT_NONE, NULL},
	{"GET",    "/healthz",                   ACCESS_OPEN,  BODY_NONE, JSON,    healthz_get, EFFECT_NONE, NULL},
	{"GET",    "/readyz",                    ACCESS_OPEN,  BODY_NONE, JSON,    readyz_get, EFFECT_NONE, NULL},
	{"GET",    "/metrics",                   ACCESS_TOKEN, BODY_NONE, METRICS, metrics_get, EFFECT_NONE, NULL},
	{"GET",    "/openapi.yaml",              ACCESS_OPEN,  BODY_NONE, YAML,    openapi_get, EFFECT_NONE, NULL},
};
/* clang-format on */
const size_t n_routes = sizeof(routes) / sizeof(routes[0]);

/** A positive decimal number without leading zeros up to '/' or the end. */
static const char *id_read(const char *at, int64_t *ret)
{
	size_t len = strcspn(at, "/");
	uint64_t id;

	if (at[0] == '0' ||
	    view_to_u64((struct view){at, len}, INT64_MAX, &id) || !id)
		return NULL;
	*ret = (int64_t)id;
	return at + len;
}

/** The id of a conference. */
static const char *conference_read(const char *at, char ret[17])
{
	size_t len = strspn(at, "0123456789abcdef");

	if (len != 16 || (at[len] && at[len] != '/'))
		return NULL;
	memcpy(ret, at, len);
	ret[len] = '\0';
	return at + len;
}

/** The name of a stored list, perhaps with its domain. */
static const char *name_read(const char *at, char ret[LIST_AT_MAX + 1])
{
	size_t len = strcspn(at, "/");

	if (len > LIST_AT_MAX)
		return NULL;
	memcpy(ret, at, len);
	ret[len] = '\0';
	return list_at_is_fine(ret) ? at + len : NULL;
}

static bool path_matches(const char *path, const char *form,
			 struct route_ids *ret)
{
	struct route_ids ids = {0};

	while (*form) {
		if (!strncmp(form, ID, sizeof(ID) - 1)) {
			path = id_read(path, &ids.id);
			form += sizeof(ID) - 1;
		} else if (!strncmp(form, CONFERENCE, sizeof(CONFERENCE) - 1)) {
			path = conference_read(path, ids.conference);
			form += sizeof(CONFERENCE) - 1;
		} else if (!strncmp(form, NAME, sizeof(NAME) - 1)) {
			path = name_read(path, ids.name);
			form += sizeof(NAME) - 1;
		} else if (*form++ != *path++) {
			return false;
		}
		if (!path)
			return false;
	}
	if (*path)
		return false;
	*ret = ids;
	return true;
}

/** RFC 9110 section 9.3.2: HEAD is GET without the content. */
static bool method_matches(const char *method, const char *of_route)
{
	if (!strcmp(method, "HEAD"))
		method = "GET";
	return !strcmp(method, of_route);
}

enum route_match route_find(const char *method, const char *path,
			    const struct route **ret, struct route_ids *ret_ids,
			    char ret_allow[ROUTE_ALLOW_MAX])
{
	const struct route *other = NULL;

	*ret_ids = (struct route_ids){0};
	size_t len = 0;

	for (size_t i = 0; i < n_routes; i++) {
		if (!path_matches(path, routes[i].path, ret_ids))
			continue;
		if (method_matches(method, routes[i].method)) {
			*ret = &routes[i];
			return ROUTE_FOUND;
		}
		len += (size_t)snprintf(
			ret_allow + len, ROUTE_ALLOW_MAX - len, "%s%s%s",
			other ? ", " : "", routes[i].method,
			strcmp(routes[i].method, "GET") ? "" : ", HEAD");
		other = &routes[i];
	}
	if (!other)
		return ROUTE_NO_PATH;
	*ret = other;
	return ROUTE_NO_METHOD;
}
