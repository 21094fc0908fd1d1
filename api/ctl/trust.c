/* Would a hop be believed, and told? */
#include "api/ctl/commands.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "api/ctl/print.h"
#include "server/base/uri.h"

#define ADDRESSES_MAX 8

/** What the words name. */
struct named_hop {
	const char *transport, *name; /**< name NULL: none is proved */
	char addresses[ADDRESSES_MAX][INET6_ADDRSTRLEN];
	size_t n;
	bool is_looked_up; /**< the addresses are those of a host, by the DNS */
};

static bool is_numeric(const char *text, struct named_hop *hop)
{
	unsigned char bytes[16];

	if (inet_pton(AF_INET, text, bytes) != 1 &&
	    inet_pton(AF_INET6, text, bytes) != 1)
		return false;
	snprintf(hop->addresses[0], sizeof(hop->addresses[0]), "%s", text);
	hop->n = 1;
	return true;
}

static void address_add(struct named_hop *hop, const struct addrinfo *found)
{
	if (hop->n < ADDRESSES_MAX &&
	    !getnameinfo(found->ai_addr, found->ai_addrlen,
			 hop->addresses[hop->n], sizeof(hop->addresses[0]),
			 NULL, 0, NI_NUMERICHOST))
		hop->n++;
}

/* Of the host itself: what SRV records name is not followed. */
static bool host_resolve(const char *host, struct named_hop *hop)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;

	if (getaddrinfo(host, NULL, &hints, &found)) {
		print_problem("%s has no address. To check one without the "
			      "DNS: volensctl trust check ADDRESS --name %s",
			      host, host);
		return false;
	}
	for (const struct addrinfo *it = found; it; it = it->ai_next)
		address_add(hop, it);
	freeaddrinfo(found);
	hop->is_looked_up = true;
	return hop->n > 0;
}

/* RFC 3261 section 19.1.4: in any case. */
static const char *in_lower(char *text)
{
	for (char *c = text; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return text;
}

static const char *transport_of(const struct options *options,
				const struct uri *uri)
{
	struct view value = VIEW_NONE;

	if (options->transport)
		return options->transport;
	if (uri->scheme == URI_SIPS)
		return "tls";
	if (uri_param(uri, "transport", &value))
		return in_lower(view_copy(options->arena, value));
	return "udp";
}

static enum outcome hop_read(const struct options *options,
			     struct named_hop *ret)
{
	const char *word = options->words[0], *host;
	struct view text;
	struct uri uri;

	ret->name = options->name;
	ret->transport = options->transport ? options->transport
			 : options->name    ? "tls"
					    : "udp";
	if (is_numeric(word, ret))
		return OUTCOME_OK;
	if (uri_parse(view_of(word_uri(options, word)), &uri) ||
	    (uri.scheme != URI_SIP && uri.scheme != URI_SIPS) ||
	    !uri.host.len) {
		print_problem("\"%s\" is neither an address, such as "
			      "192.0.2.1, nor a URI, such as "
			      "sips:proxy.example.com.",
			      word);
		return OUTCOME_USAGE;
	}
	ret->transport = transport_of(options, &uri);
	text = uri.host;
	/* RFC 5922 section 7.3: the name to prove is that of the URI. */
	if (!ret->name && !strcmp(ret->transport, "tls"))
		ret->name = view_copy(options->arena, text);
	if (text.at[0] == '[')
		text = view_head(view_from(text, 1), text.len - 2);
	host = view_copy(options->arena, text);
	if (is_numeric(host, ret))
		return OUTCOME_OK;
	return host_resolve(host, ret) ? OUTCOME_OK : OUTCOME_FAILED;
}

/* ---- in words ----------------------------------------------------------- */

static const char *reason_text(const char *reason)
{
	if (!strcmp(reason, "address"))
		return "its address is not among the peers";
	if (!strcmp(reason, "name"))
		return "it proves none of the names";
	if (!strcmp(reason, "transport"))
		return "it does not use TLS (plain-transports)";
	return "an earlier one counts";
}

static void standing_print(const struct options *options, const json_t *check,
			   const char *member)
{
	json_t *standing = json_object_get(check, "standing"), *value;
	const char *key;

	json_object_foreach(standing, key, value)
	{
		if (member && !strcmp(key, member))
			continue;
		print_prose(print_safe(options->arena, key),
			    reason_text(json_string_value(value)
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
	struct text text;
	json_t *item, *user;
	size_t i, j;

	text_init(&text, options->arena);
	json_array_foreach(items, i, item)
	{
		if (strcmp(member_text(options->arena, item, "name", ""),
			   domain) != 0)
			continue;
		json_array_foreach(json_object_get(item, "users"), j, user)
		{
			text_add(&text, text.len ? ", " : "");
			text_add(&text, print_safe(options->arena,
						   json_string_value(user)));
		}
	}
	print_prose("grants", text.len
				      ? text.at
				      : "of nobody: the domain names no users");
}

static void check_print(const struct options *options,
			const struct named_hop *hop, const char *address,
			const json_t *reply)
{
	struct arena *arena = options->arena;
	const json_t *check = json_object_get(reply, "check");
	const char *domain = member_text(arena, check, "domain", NULL);
	bool is_believed = json_is_true(json_object_get(check, "believed"));

	printf("%s over %s", address, hop->transport);
	if (hop->name)
		printf(", which proves %s,", print_safe(arena, hop->name));
	if (domain)
		printf(" is a member of %s.\n", domain);
	else
		printf(" is in no trust domain.\n");
	standing_print(options, check, domain);
	print_prose("believed", is_believed ? "yes: its P-Asserted-Identity is "
					      "the sender"
				: domain    ? "no: as the domain says"
					    : "no: its P-Asserted-Identity is "
					      "removed");
	if (is_believed)
		users_print(options, json_object_get(reply, "items"), domain);
	print_prose("told", told_words(arena, json_object_get(check, "told")));
}

static bool check_address(struct client *client, const struct options *options,
			  const struct named_hop *hop, const char *address)
{
	struct http_reply reply;
	struct text path;
	bool is_fine;

	text_init(&path, options->arena);
	text_add(&path, "/v1/trust-domains");
	path_param(client, &path, "address", address);
	path_param(client, &path, "transport", hop->transport);
	path_param(client, &path, "name", hop->name);
	is_fine = client_call(client, "GET", path.at, NULL, &reply);
	if (!is_fine)
		return false;
	if (options->is_json)
		print_json(reply.json);
	else
		check_print(options, hop, address, reply.json);
	reply_clear(&reply);
	return true;
}

enum outcome trust_check_run(struct client *client,
			     const struct options *options)
{
	struct named_hop hop = {0};
	enum outcome outcome = hop_read(options, &hop);

	if (outcome != OUTCOME_OK)
		return outcome;
	for (size_t i = 0; i < hop.n; i++) {
		if (!check_address(client, options, &hop, hop.addresses[i]))
			return OUTCOME_FAILED;
	}
	if (hop.is_looked_up && !options->is_json)
		printf("The relay follows NAPTR and SRV records, too: if the "
		       "domain has some,\ncheck the hosts that they name.\n");
	return OUTCOME_OK;
}

/** All items of a member, with commas between; "-": none. */
static const char *items_text(struct arena *arena, const json_t *element,
			      const char *name)
{
	struct text text;
	json_t *item;
	size_t i;

	text_init(&text, arena);
	json_array_foreach(json_object_get(element, name), i, item)
	{
		text_add(&text, text.len ? ", " : "");
		text_add(&text, print_safe(arena, json_string_value(item)));
	}
	return text.len ? text.at : "-";
}

static void domain_row(struct print_table *table, struct arena *arena,
		       const json_t *element)
{
	const char *cells[] = {
		member_text(arena, element, "name", ""),
		items_text(arena, element, "peers"),
		items_text(arena, element, "names"),
		items_text(arena, element, "users"),
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

	if (!client_call(client, "GET", "/v1/trust-domains", NULL, &reply))
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
