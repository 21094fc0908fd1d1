/* Who is believed, and who is told: the trust domains of the configuration, and
 * what they mean for one peer. */
#include "api/handlers.h"

#include <string.h>

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
			  const struct question *question)
{
	const struct trust_domain *domain =
		trust_find(settings->trust, settings->n_trust, &question->peer);
	const struct trust_arrival request = {.from = domain,
					      .method = "MESSAGE",
					      .is_secure =
						      question->peer.is_secure,
					      .is_asserted = 1};
	json_t *json = json_object(), *told = json_object();

	json_put(json, "domain", json_text(domain ? domain->name : NULL));
	json_put(json, "standing", json_reasons(settings, &question->peer));
	json_put(json, "believed",
		 json_boolean(trust_request_in(&request) ==
			      IDENTITY_IN_ASSERTED));
	json_put(told, "absent", json_told(settings, domain, 0));
	json_put(told, "none", json_told(settings, domain, PRIVACY_NONE));
	json_put(told, "id", json_told(settings, domain, PRIVACY_ID));
	json_put(json, "told", told);
	return json;
}

void trust_domains_get(struct exchange *exchange)
{
	static const char *const known[] = {"address", "transport", "name",
					    NULL};
	const struct api_settings *settings = &exchange->api->settings;
	const char *stranger = params_unknown(&exchange->params, known);
	json_t *json, *items;
	struct question question;
	bool is_question = params_value(&exchange->params, "address") != NULL;

	if (!stranger && !is_question && exchange->params.n)
		stranger = exchange->params.items[0].name;
	if (stranger) {
		respond_bad_parameter(exchange, stranger,
				      is_question ? "is not known here"
						  : "needs an address");
		return;
	}
	if (is_question && !read_question(exchange, &question))
		return;
	json = json_object();
	items = json_array();
	for (size_t i = 0; i < settings->n_trust; i++)
		json_array_append_new(items, json_domain(&settings->trust[i]));
	json_put(json, "items", items);
	json_put(json, "assert_to_untrusted",
		 json_boolean(settings->tells_outside));
	if (is_question)
		json_put(json, "check", json_check(settings, &question));
	respond_json(exchange, 200, json);
}
