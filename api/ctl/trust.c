/* Would a hop be believed, and told? */
#include "api/ctl/commands.h"

#include <arpa/inet.h>
#include <string.h>

#include "api/ctl/print.h"
#include "server/base/uri.h"

#define PATH "/v1/trust-domains"

/** One that the relay was asked about; strings are safe. */
struct shown_hop {
	const char *address; /**< with its port, if that is known */
	const char *transport;
	const char *name; /**< NULL: none is proved */
	bool is_to_prove; /**< the name, before it is used */
	const json_t *check;
};

/* ---- in words ----------------------------------------------------------- */

static const char *reason_text(const struct options *options,
			       const struct shown_hop *hop, const char *reason)
{
	if (!strcmp(reason, "address"))
		return "its address is not among the peers";
	if (!strcmp(reason, "name") && hop->is_to_prove && hop->name)
		return arena_printf(options->arena,
				    "%s is none of the names; the certificate "
				    "may prove others, too",
				    hop->name);
	if (!strcmp(reason, "name"))
		return "it proves none of the names";
	if (!strcmp(reason, "transport"))
		return "it does not use TLS (plain-transports)";
	return "an earlier one counts";
}

static void standing_print(const struct options *options,
			   const struct shown_hop *hop, const char *member)
{
	json_t *standing = json_object_get(hop->check, "standing"), *value;
	const char *key;

	json_object_foreach(standing, key, value)
	{
		if (member && !strcmp(key, member))
			continue;
		print_prose(print_safe(options->arena, key),
			    reason_text(options, hop,
					json_string_value(value)
						? json_string_value(value)
						: ""));
	}
}

static const char *told_words(struct arena *arena, const json_t *told)
{
	const char *absent = member_text(arena, told, "absent", "");
	const char *none = member_text(arena, told, "none", "");
	const char *id = member_text(arena, told, "id", "");

	if (!strcmp(id, "asserted"))
		return "who sends, in P-Asserted-Identity, also of those who "
		       "ask for privacy";
	if (!strcmp(id, "preferred"))
		return "who sends, in P-Preferred-Identity";
	if (!strcmp(absent, "asserted"))
		return "who sends, unless they ask for privacy";
	if (!strcmp(absent, "preferred"))
		return "who sends, in P-Preferred-Identity, unless they ask "
		       "for privacy";
	if (!strcmp(none, "asserted"))
		return "who sends only where they say Privacy: none";
	return "nothing of who sends";
}

static void users_print(const struct options *options, const json_t *items,
			const char *domain)
{
	const json_t *item, *found = NULL;
	size_t i;

	json_array_foreach(items, i, item)
	{
		if (strcmp(member_text(options->arena, item, "name", ""),
			   domain) == 0)
			found = item;
	}
	print_prose("grants",
		    member_words(options->arena, found, "users", ", ",
				 "of nobody: the domain names no users"));
}

static void hop_print(const struct options *options,
		      const struct shown_hop *hop, const json_t *reply)
{
	struct arena *arena = options->arena;
	const char *domain = member_text(arena, hop->check, "domain", NULL);
	bool is_believed =
		json_is_true(json_object_get(hop->check, "believed"));

	printf("%s over %s", hop->address, hop->transport);
	if (hop->name)
		printf(hop->is_to_prove ? ", if its certificate proves %s,"
					: ", which proves %s,",
		       hop->name);
	if (domain)
		printf(" is a member of %s.\n", domain);
	else
		printf(" is in no trust domain.\n");
	standing_print(options, hop, domain);
	print_prose("believed", is_believed ? "yes: its P-Asserted-Identity is "
					      "the sender"
				: domain    ? "no: as the domain says"
					    : "no: its P-Asserted-Identity is "
					      "removed");
	if (is_believed)
		users_print(options, json_object_get(reply, "items"), domain);
	print_prose("told",
		    told_words(arena, json_object_get(hop->check, "told")));
}

/* ---- an address ---------------------------------------------------------- */

static bool is_numeric(const char *text)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, text, bytes) == 1 ||
	       inet_pton(AF_INET6, text, bytes) == 1;
}

static enum outcome check_address(struct client *client,
				  const struct options *options)
{
	struct shown_hop hop = {.address = options->words[0],
				.transport = options->transport
						     ? options->transport
					     : options->name ? "tls"
							     : "udp"};
	struct http_reply reply;
	struct text path;

	text_init(&path, options->arena);
	text_add(&path, PATH);
	path_param(client, &path, "address", hop.address);
	path_param(client, &path, "transport", hop.transport);
	path_param(client, &path, "name", options->name);
	if (!client_call(client, "GET", path.at, NULL, &reply))
		return OUTCOME_FAILED;
	if (options->name)
		hop.name = print_safe(options->arena, options->name);
	hop.check = json_object_get(reply.json, "check");
	if (options->is_json)
		print_json(reply.json);
	else
		hop_print(options, &hop, reply.json);
	reply_clear(&reply);
	return OUTCOME_OK;
}

/* ---- a URI --------------------------------------------------------------- */

/** What a request ends with where no hop is tried, in words. */
static const char *no_hop_text(long long status)
{
	switch (status) {
	case 403:
		return "its addresses are not allowed "
		       "(allow-private-addresses)";
	case 416:
		return "no transport fits: it needs one that the relay does "
		       "not have, or TLS where there is none";
	case 482:
		return "it leads to the relay itself";
	case 604:
		return "the DNS has no such name, or no SIP there";
	default:
		return "the DNS has no address for it, or does not answer";
	}
}

static const char *address_text(struct arena *arena, const json_t *hop)
{
	const char *address = member_text(arena, hop, "address", "");
	long long port = member_number(hop, "port");

	return arena_printf(arena,
			    strchr(address, ':') ? "[%s]:%lld" : "%s:%lld",
			    address, port);
}

static void hops_print(const struct options *options, const json_t *reply)
{
	struct arena *arena = options->arena;
	const json_t *hops = json_object_get(reply, "hops");
	const char *proxy = member_text(arena, hops, "outbound_proxy", NULL);
	long long status = member_number(hops, "sip_status");
	json_t *item;
	size_t i;

	if (proxy)
		printf("Requests go to the outbound proxy, %s.\n", proxy);
	if (status)
		printf("There is no hop: requests end with %lld.\n  %s\n",
		       status, no_hop_text(status));
	json_array_foreach(json_object_get(hops, "items"), i, item)
	{
		const struct shown_hop hop = {
			.address = address_text(arena, item),
			.transport = member_text(arena, item, "transport", ""),
			.name = member_text(arena, item, "must_prove", NULL),
			.is_to_prove = true,
			.check = json_object_get(item, "check")};

		hop_print(options, &hop, reply);
	}
}

static bool uri_is_good(const struct options *options, const char *text)
{
	struct uri uri;

	if (uri_parse(view_of(text), &uri) ||
	    (uri.scheme != URI_SIP && uri.scheme != URI_SIPS))
		print_problem("\"%s\" is neither an address, such as "
			      "192.0.2.1, nor a URI, such as "
			      "sips:proxy.example.com.",
			      options->words[0]);
	else if (options->transport || options->name)
		print_problem("--transport and --name are for an address: a "
			      "URI says itself what is to be used and proved.");
	else
		return true;
	return false;
}

static enum outcome check_uri(struct client *client,
			      const struct options *options)
{
	const char *uri = word_uri(options, options->words[0]);
	struct http_reply reply;
	struct text path;

	if (!uri_is_good(options, uri))
		return OUTCOME_USAGE;
	text_init(&path, options->arena);
	text_add(&path, PATH);
	path_param(client, &path, "uri", uri);
	if (!client_call(client, "GET", path.at, NULL, &reply))
		return OUTCOME_FAILED;
	if (options->is_json)
		print_json(reply.json);
	else
		hops_print(options, reply.json);
	reply_clear(&reply);
	return OUTCOME_OK;
}

enum outcome trust_check_run(struct client *client,
			     const struct options *options)
{
	return is_numeric(options->words[0]) ? check_address(client, options)
					     : check_uri(client, options);
}

/* ---- the domains --------------------------------------------------------- */

static void domain_row(struct print_table *table, struct arena *arena,
		       const json_t *element)
{
	const char *cells[] = {
		member_text(arena, element, "name", ""),
		member_words(arena, element, "peers", ", ", "-"),
		member_words(arena, element, "names", ", ", "-"),
		member_words(arena, element, "users", ", ", "-"),
		member_text(arena, element, "spec", ""),
		member_text(arena, element, "plain_transports", ""),
		json_is_true(json_object_get(element, "believe")) ? "yes"
								  : "no",
		member_text(arena, element, "tell", "")};

	table_row(table, cells);
}

enum outcome trust_list_run(struct client *client,
			    const struct options *options)
{
	static const char *const headings[] = {"DOMAIN",  "PEERS", "NAMES",
					       "USERS",	  "SPEC",  "PLAIN",
					       "BELIEVE", "TELL",  NULL};
	struct http_reply reply;

	if (!client_call(client, "GET", PATH, NULL, &reply))
		return OUTCOME_FAILED;
	if (options->is_json)
		print_json(reply.json);
	else
		table_print_rows(options->arena, headings,
				 json_object_get(reply.json, "items"),
				 domain_row);
	reply_clear(&reply);
	return OUTCOME_OK;
}
