/* Who is believed, and who is told: the trust domains of the configuration, and
 * what they mean for one peer. */
#include "api/handlers.h"

#include <string.h>

#include "api/hop_searches.h"
#include "api/json.h"
#include "policies/trust.h"

#define NAMES_MAX 8

static json_t *json_strings(const char *const *strings, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_text(strings[i]));
	return array;
}

static json_t *json_domain(const struct trust_domain *domain)
{
	static const char *const specs[] = {"rfc5876", "draft-06", "rfc3325",
					    "none"};
	static const char *const plains[] = {"no", "yes", "tcp"};
	static const char *const tells[] = {"no", "yes", "preferred"};
	json_t *json = json_object();

	json_put(json, "name", json_text(domain->name));
	json_put(json, "peers",
		 json_strings(domain->peer_texts, domain->n_peers));
	json_put(json, "names", json_strings(domain->names, domain->n_names));
	json_put(json, "users", json_strings(domain->users, domain->n_users));
	json_put(json, "spec", json_text(specs[domain->spec]));
	json_put(json, "plain_transports", json_text(plains[domain->plain]));
	json_put(json, "believe", json_boolean(domain->is_believed));
	json_put(json, "tell", json_text(tells[domain->tell]));
	json_put(json, "asserted_identity_in_responses",
		 json_boolean(domain->is_in_responses));
	return json;
}

/* ---- one peer ----------------------------------------------------------- */

struct question {
	struct trust_peer peer;
	const char *names[NAMES_MAX + 1];
};

static bool read_transport(struct exchange *exchange, struct question *ret)
{
	const char *transport = params_value(&exchange->params, "transport");

	if (!transport || !strcmp(transport, "tls"))
		ret->peer.is_secure = ret->peer.is_stream = true;
	else if (!strcmp(transport, "tcp"))
		ret->peer.is_stream = true;
	else if (strcmp(transport, "udp") != 0)
		return respond_bad_parameter(exchange, "transport",
					     "must be udp, tcp or tls");
	return true;
}

static bool read_names(struct exchange *exchange, struct question *ret)
{
	struct view rest = view_of(params_value(&exchange->params, "name"));
	struct view item;
	size_t n = 0;

	while (view_next_item(&rest, &item)) {
		if (n == NAMES_MAX)
			return respond_bad_parameter(exchange, "name",
						     "has more than 8 names");
		ret->names[n++] = view_copy(exchange->arena, item);
	}
	if (n && !ret->peer.is_secure)
		return respond_bad_parameter(exchange, "name",
					     "is proved over tls only");
	ret->peer.names = ret->names;
	return true;
}

static bool read_question(struct exchange *exchange, struct question *ret)
{
	const char *address = params_value(&exchange->params, "address");
	struct trust_network network;

	memset(ret, 0, sizeof(*ret));
	if (strchr(address, '/') || !trust_network_parse(address, &network))
		return respond_bad_parameter(exchange, "address",
					     "must be a numeric address");
	memcpy(ret->peer.address, network.address, sizeof(network.address));
	return read_transport(exchange, ret) && read_names(exchange, ret);
}

static const char *told_text(enum identity_out told)
{
	switch (told) {
	case IDENTITY_OUT_ASSERTED:
		return "asserted";
	case IDENTITY_OUT_PREFERRED:
		return "preferred";
	case IDENTITY_OUT_WITHHELD:
		break;
	}
	return "withheld";
}

/* What a MESSAGE with this Privacy would say there. */
static json_t *json_told(const struct api_settings *settings,
			 const struct trust_domain *domain, unsigned privacy)
{
	const struct trust_departure request = {
		.to = domain,
		.method = "MESSAGE",
		.privacy = privacy,
		.tells_outside = settings->tells_outside};

	return json_text(told_text(trust_request_out(&request)));
}

static json_t *json_reasons(const struct api_settings *settings,
			    const struct trust_peer *peer)
{
	static const char *const reasons[] = {"member", "address", "name",
					      "transport"};
	json_t *object = json_object();

	for (size_t i = 0; i < settings->n_trust; i++)
		json_put(object, settings->trust[i].name,
			 json_text(reasons[trust_standing(&settings->trust[i],
							  peer)]));
	return object;
}

static json_t *json_check(const struct api_settings *settings,
			  const struct trust_peer *peer)
{
	const struct trust_domain *domain =
		trust_find(settings->trust, settings->n_trust, peer);
	const struct trust_arrival request = {.from = domain,
					      .method = "MESSAGE",
					      .is_secure = peer->is_secure,
					      .is_asserted = 1};
	json_t *json = json_object(), *told = json_object();

	json_put(json, "domain", json_text(domain ? domain->name : NULL));
	json_put(json, "standing", json_reasons(settings, peer));
	json_put(json, "believed",
		 json_boolean(trust_request_in(&request) ==
			      IDENTITY_IN_ASSERTED));
	json_put(told, "absent", json_told(settings, domain, 0));
	json_put(told, "none", json_told(settings, domain, PRIVACY_NONE));
	json_put(told, "id", json_told(settings, domain, PRIVACY_ID));
	json_put(json, "told", told);
	return json;
}

/* ---- a URI --------------------------------------------------------------- */

/* By TLS nothing is sent before the name is proved; it may prove others, too.
 */
static json_t *json_hop(const struct api_settings *settings,
			const struct found_hop *hop, const char *name)
{
	const char *names[] = {name, NULL};
	struct trust_peer peer = hop->peer;
	json_t *json = json_object();

	if (peer.is_secure)
		peer.names = names;
	json_put(json, "transport", json_text(hop->transport));
	json_put(json, "address", json_text(hop->address));
	json_put(json, "port", json_integer(hop->port));
	json_put(json, "must_prove", json_text(peer.is_secure ? name : NULL));
	json_put(json, "check", json_check(settings, &peer));
	return json;
}

static json_t *json_hops(const struct api_settings *settings, const char *uri,
			 const struct found_hops *found)
{
	json_t *json = json_object(), *items = json_array();

	for (size_t i = 0; i < found->n; i++)
		json_array_append_new(items, json_hop(settings, &found->hops[i],
						      found->name));
	json_put(json, "uri", json_text(uri));
	json_put(json, "outbound_proxy", json_text(found->proxy));
	json_put(json, "items", items);
	json_put(json, "sip_status", json_number(found->status));
	return json;
}

static bool uri_is_good(struct exchange *exchange, const char *text)
{
	struct uri uri;

	if (exchange->api->settings.find_hops &&
	    !uri_parse(view_of(text), &uri) &&
	    (uri.scheme == URI_SIP || uri.scheme == URI_SIPS))
		return true;
	return respond_bad_parameter(exchange, "uri",
				     "must be a SIP or SIPS URI");
}

/* ---- the resource -------------------------------------------------------- */

/** Adds "check" or "hops", if the query asks for them. */
static bool answer_question(struct exchange *exchange, json_t *json)
{
	const struct api_settings *settings = &exchange->api->settings;
	const char *uri = params_value(&exchange->params, "uri");
	const struct found_hops *found;
	struct question question;

	if (uri) {
		if (!uri_is_good(exchange, uri) ||
		    !exchange_find_hops(exchange, uri, &found))
			return false;
		json_put(json, "hops", json_hops(settings, uri, found));
	} else if (exchange->params.n) {
		if (!read_question(exchange, &question))
			return false;
		json_put(json, "check", json_check(settings, &question.peer));
	}
	return true;
}

/** Either a URI alone, or an address with what belongs to it. */
static bool query_is_good(struct exchange *exchange)
{
	static const char *const of_address[] = {"address", "transport", "name",
						 NULL};
	static const char *const of_uri[] = {"uri", NULL};
	const struct params *params = &exchange->params;
	bool is_uri = params_value(params, "uri") != NULL;
	bool is_known = is_uri || params_value(params, "address") != NULL;
	const char *stranger =
		params_unknown(params, is_uri ? of_uri : of_address);

	if (!stranger && params->n && !is_known)
		stranger = params->items[0].name;
	return !stranger ||
	       respond_bad_parameter(exchange, stranger,
				     is_known ? "is not known here"
					      : "needs an address");
}

void trust_domains_get(struct exchange *exchange)
{
	const struct api_settings *settings = &exchange->api->settings;
	json_t *json, *items;

	if (!query_is_good(exchange))
		return;
	json = json_object();
	items = json_array();
	for (size_t i = 0; i < settings->n_trust; i++)
		json_array_append_new(items, json_domain(&settings->trust[i]));
	json_put(json, "items", items);
	json_put(json, "assert_to_untrusted",
		 json_boolean(settings->tells_outside));
	if (answer_question(exchange, json))
		respond_json(exchange, 200, json);
	else
		json_decref(json);
}
