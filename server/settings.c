#include "server/settings.h"

#include <arpa/inet.h>
#include <stddef.h>

#include "policies/trust.h"
#include "server/base/uri.h"

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)
#define REFRESH_LEAST (7 * DAY)

static bool is_address(struct view host)
{
	unsigned char address[16];
	char text[INET6_ADDRSTRLEN];

	if (host.len >= 2 && host.at[0] == '[' && host.at[host.len - 1] == ']')
		host = view_head(view_from(host, 1), host.len - 2);
	if (host.len == 0 || host.len >= sizeof(text))
		return false;
	memcpy(text, host.at, host.len);
	text[host.len] = '\0';
	return inet_pton(AF_INET, text, address) == 1 ||
	       inet_pton(AF_INET6, text, address) == 1;
}

/** "address:port", "[v6]:port"; the host must be numeric. */
static bool is_address_and_port(const char *value)
{
	struct view v = view_of(value);
	const char *colon = strrchr(value, ':');
	uint64_t port;

	if (!colon)
		return false;
	if (v.at[0] != '[' && strchr(value, ':') != colon)
		return false; /* IPv6 without brackets */
	return is_address(view_head(v, (size_t)(colon - value))) &&
	       !view_to_u64(view_of(colon + 1), 65535, &port);
}

/** It stands in URIs that are compared octet by octet later. */
static const char *check_domain(const char *value)
{
	static const char problem[] = "is not a domain name in lower case";
	struct arena *arena = arena_new(0);
	const char *text = arena_printf(arena, "sip:x@%s", value);
	struct uri uri;
	bool is_fine = !uri_parse(view_of(text), &uri) &&
		       uri.host.len == strlen(value);

	for (const char *c = value; *c; c++)
		is_fine &= *c < 'A' || *c > 'Z';
	arena_free(arena);
	return is_fine ? NULL : problem;
}

static const char *check_listen(const char *value)
{
	struct view transport = VIEW("udp");
	struct uri uri;

	if (uri_parse(view_of(value), &uri) || uri.scheme != URI_SIP ||
	    uri.user.len)
		return "is not of the form sip:ADDRESS:PORT;transport=udp";
	if (!is_address(uri.host))
		return "needs a numeric address";
	uri_param(&uri, "transport", &transport);
	if (!view_equal_nocase(transport, VIEW("udp")) &&
	    !view_equal_nocase(transport, VIEW("tcp")))
		return "has a transport other than udp and tcp";
	return NULL;
}

static const char *check_proxy(const char *value)
{
	struct uri uri;

	if (*value == '\0')
		return NULL;
	if (uri_parse(view_of(value), &uri) || uri.scheme != URI_SIP)
		return "is not a sip: URI";
	return NULL;
}

static const char *check_nameserver(const char *value)
{
	if (*value == '\0' || is_address(view_of(value)) ||
	    is_address_and_port(value))
		return NULL;
	return "is not a numeric address, with or without a port";
}

static const char *check_http_listen(const char *value)
{
	if (!is_address_and_port(value))
		return "is not of the form ADDRESS:PORT";
	if (strncmp(value, "127.", 4) != 0 && strncmp(value, "[::1]:", 6) != 0)
		return "is not on loopback: REST has no TLS of its own";
	return NULL;
}

static const char *check_url(const char *value)
{
	struct view v = view_of(value);

	for (size_t i = 0; i < v.len; i++) {
		if (v.at[i] <= ' ' || v.at[i] > '~' ||
		    strchr("\"#<>?\\", v.at[i]))
			return "holds what a URL without a query cannot";
	}
	if (!v.len || view_starts_nocase(v, VIEW("http://")) ||
	    view_starts_nocase(v, VIEW("https://")))
		return NULL;
	return "is not an http: or https: URL";
}

static const char *check_refresh(const char *value)
{
	const struct setting seconds = {.type = SETTING_SECONDS,
					.max = INT64_MAX};
	struct arena *arena = arena_new(0);
	const char *problem;
	int64_t refresh_s;
	enum err err =
		setting_parse(&seconds, arena, value, &refresh_s, &problem);

	arena_free(arena);
	if (!err && refresh_s != 0 && refresh_s < REFRESH_LEAST)
		return "must be 0 (never) or at least 7d";
	return NULL;
}

static const char *check_method(const char *value)
{
	return strcmp(value, "MESSAGE") == 0 ? NULL
					     : "is not served; MESSAGE is";
}

/* 2xx is delivered, and 3xx is never followed. */
static const char *check_status(const char *value)
{
	uint64_t status;

	if (!view_to_u64(view_of(value), 699, &status) && status >= 400)
		return NULL;
	return "is not a status from 400 to 699";
}

static const char *check_peer(const char *value)
{
	struct trust_network network;

	return trust_network_parse(value, &network)
		       ? NULL
		       : "is not an address or a network like 192.0.2.0/24";
}

/* clang-format off */
const struct section sections[] = {
	{ "sip", 0, "Where SIP is spoken, and what strangers may cost." },
	{ "http", 0, "REST, health and metrics." },
	{ "store", 0, "What is on disk." },
	{ "consent", 0, "Asking recipients and taking their answers." },
	{ "auth", 0, "Digest authentication." },
	{ "limits", 0, "How much one request may ask for, and how much may be in work." },
	{ "deliveries", 0, "Messages that were accepted and could not be delivered at once." },
	{ "log", 0, "One line an event, on standard error." },
	{ "service", 1, "A service: sip:TITLE@domain takes lists in requests.  Without any "
		"there is one called lists." },
	{ "trust-domain", 1, "Peers whose P-Asserted-Identity is believed, and who may be told "
		"one (RFC 3325)." },
};
const size_t n_sections = sizeof(sections) / sizeof(sections[0]);

#define AT(field) .offset = offsetof(struct config, field)
#define AT_SERVICE(field) .offset = offsetof(struct service_config, field)
#define AT_TRUST(field) .offset = offsetof(struct trust_config, field)

const struct setting settings[] = {
	{ "", "domain", SETTING_TEXT, "localhost", 1, 253, .check = check_domain, AT(domain),
	  .doc = "The domain of the relay: services are sip:NAME@domain, consent URIs too, and it "
		"is the realm of digest.  Where it is a numeric address whose listeners are not at "
		"5060, consent URIs have their port." },

	{ "sip", "listen", SETTING_TEXTS,
	  "sip:127.0.0.1:5060;transport=udp, sip:127.0.0.1:5060;transport=tcp", 1, 32,
	  .check = check_listen, AT(sip_listen),
	  .doc = "Where to listen: numeric addresses, IPv4 or [IPv6], transport udp or tcp." },
	{ "sip", "outbound-proxy", SETTING_TEXT, "", 0, 1024, .check = check_proxy,
	  AT(outbound_proxy),
	  .doc = "Send everything to this URI; empty: find the next hop by RFC 3263." },
	{ "sip", "nameserver", SETTING_TEXT, "", 0, 64, .check = check_nameserver, AT(nameserver),
	  .doc = "The DNS server to ask; empty: those of the system." },
	{ "sip", "message-max", SETTING_BYTES, "2MiB", 4 * KIB, 64 * MIB, AT(message_max),
	  .doc = "The largest SIP message taken over TCP." },
	{ "sip", "connections", SETTING_NUMBER, "2000", 1, 100000, AT(connections),
	  .doc = "The most TCP connections that are accepted, and as many that are opened.  Where "
		"there are as many, the idlest goes, one without a known sender first.  One network "
		"(IPv4 /24, IPv6 /48) has at most half of them." },
	{ "sip", "connections-per-source", SETTING_NUMBER, "64", 1, 100000,
	  AT(connections_per_source),
	  .doc = "The most TCP connections from one IPv4 address or IPv6 /64." },
	{ "sip", "idle-timeout", SETTING_SECONDS, "5m", 1, DAY, AT(idle_s),
	  .doc = "A TCP connection on which nothing happens is closed after this." },
	{ "sip", "message-timeout", SETTING_SECONDS, "10s", 1, HOUR, AT(message_timeout_s),
	  .doc = "A TCP connection that has not sent a whole message is closed after this." },
	{ "sip", "source-rate", SETTING_NUMBER, "50", 0, 1000000, AT(source_rate),
	  .doc = "Requests a second taken from one address that is no trusted peer; 0: any "
		"number." },
	{ "sip", "source-burst", SETTING_NUMBER, "200", 1, 1000000, AT(source_burst),
	  .doc = "How many may come at once before the rate counts." },
	{ "sip", "transactions", SETTING_NUMBER, "1000000", 16, 10000000, AT(transactions),
	  .doc = "The most server transactions at a time; over it 503.  Over UDP each is "
		"remembered for 32 seconds after its end, in some 130 bytes: a million are "
		"31,000 requests a second, and 130 MB." },
	{ "sip", "udp-buffer", SETTING_BYTES, "4MiB", 64 * KIB, 256 * MIB, AT(udp_buffer),
	  .doc = "Receive buffer asked of the kernel for each UDP socket." },
	{ "sip", "workers", SETTING_NUMBER, "auto", 0, 64, .words = { "auto" }, AT(workers),
	  .doc = "Threads that send requests to recipients beside the one that does all the rest; "
		"0: it sends them itself.  Each has a UDP port of its own, chosen by the kernel, "
		"which responses come to: a firewall has to let them in.  auto: two fewer than "
		"there are processors to run on, and not more than 8." },

	{ "http", "listen", SETTING_TEXT, "127.0.0.1:8080", 1, 64, .check = check_http_listen,
	  AT(http_listen),
	  .doc = "Where REST is served: on loopback, since it has no TLS.  A proxy brings it outside." },
	{ "http", "public-url", SETTING_TEXT, "", 0, 1024, .check = check_url,
	  AT(public_url),
	  .doc = "How it is reached from outside, where a proxy stands before it: Location and the "
		"description of the API begin with it.  Empty: they have only a path." },
	{ "http", "admin-token-file", SETTING_TEXT, "var/admin.token", 1, 4096,
	  AT(admin_token_file),
	  .doc = "File with the bearer token of the administrator, mode 0600.  Make one with "
		"`openssl rand -hex 32`." },

	{ "store", "path", SETTING_TEXT, "var/volens.db", 1, 4096, AT(store_path),
	  .doc = "The database; made when missing.  Its secret is beside it, in PATH.secret, "
		"and the record of denies in PATH.revocations." },
	{ "store", "min-free", SETTING_BYTES, "64MiB", 0, 1024 * GIB, AT(min_free),
	  .doc = "While the disk has less room than this, new requests get 503 and /readyz says "
		"so; denies are still taken.  0: do not look." },

	{ "consent", "return-routability", SETTING_WORD, "secure-transport", 0, 0,
	  .words = { "secure-transport", "any-transport" }, AT(any_transport),
	  .doc = "When the address in the question is proof enough of who says yes: only where it "
		"went out over SIPS and came back over TLS (RFC 5360 section 5.6.1.3), or always.  "
		"any-transport is for closed networks only." },
	{ "consent", "request-interval", SETTING_SECONDS, "10m", 0, 30 * DAY, AT(request_interval_s),
	  .doc = "The pause between two questions to one recipient, whoever asks; 0: none." },
	{ "consent", "request-burst", SETTING_NUMBER, "2", 1, 1000, AT(request_burst),
	  .doc = "How many questions to one recipient need no pause." },
	{ "consent", "requests-per-day", SETTING_NUMBER, "5", 1, 100000, AT(requests_per_day),
	  .doc = "The most questions to one recipient in 24 hours.  What is over stays pending." },
	{ "consent", "trigger-interval", SETTING_SECONDS, "10m", 0, 30 * DAY,
	  AT(trigger_interval_s),
	  .doc = "The pause between two questions by PUBLISH to a Trigger-Consent URI." },
	{ "consent", "triggers-per-day", SETTING_NUMBER, "3", 1, 100000, AT(triggers_per_day),
	  .doc = "The most of those to one recipient in 24 hours." },
	{ "consent", "refresh", SETTING_SECONDS, "180d", 0, 3650 * DAY, .check = check_refresh,
	  AT(refresh_s),
	  .doc = "How long a yes lives unless it is said again; 0: until a no.  At least 7d." },
	{ "consent", "keep-expired", SETTING_SECONDS, "365d", 0, 3650 * DAY, AT(keep_expired_s),
	  .doc = "How long a permission whose time is over stays to be seen, as expired, with its "
		"evidence.  It permits nothing." },
	{ "consent", "request-lifetime", SETTING_SECONDS, "30d", 60, 365 * DAY,
	  AT(request_lifetime_s),
	  .doc = "Expires of a question: how long a server may keep it for a phone that is off, and how "
		"long such a phone is asked again." },
	{ "consent", "requests-in-flight", SETTING_NUMBER, "64", 1, 10000, AT(requests_in_flight),
	  .doc = "The most questions on their way at a time." },
	{ "consent", "allow-private-addresses", SETTING_YESNO, "no", 0, 1, AT(allow_private_addresses),
	  .doc = "Whether recipients at loopback, private and link-local addresses may be sent "
		"to." },

	{ "auth", "md5", SETTING_WORD, "no", 0, 0, .words = { "no", "yes", "only" }, AT(md5),
	  .doc = "Whether clients that know no better than MD5 may log in (RFC 8760): after "
		"SHA-256, or with it alone, for clients that give up on the first challenge they do "
		"not know.  Add accounts after allowing it: only then is a digest for it kept." },
	{ "auth", "nonce-lifetime", SETTING_SECONDS, "1m", 5, HOUR, AT(nonce_lifetime_s),
	  .doc = "How long a nonce is good." },

	{ "limits", "list-length", SETTING_NUMBER, "1000", 1, 100000, AT(list_length),
	  .doc = "The most recipients of one request." },
	{ "limits", "list-bytes", SETTING_BYTES, "1MiB", 1 * KIB, 64 * MIB, AT(list_bytes),
	  .doc = "The largest list document." },
	{ "limits", "body-bytes", SETTING_BYTES, "2MiB", 1 * KIB, 64 * MIB, AT(body_bytes),
	  .doc = "The largest body of a request." },
	{ "limits", "sender-rate", SETTING_NUMBER, "50", 0, 100000, AT(sender_rate),
	  .doc = "Requests a second of one sender, however authenticated, so behind a trusted "
		"proxy too; four seconds' worth may come at once.  Over it 486 with Retry-After.  "
		"0: any number." },
	{ "limits", "recipients-per-hour", SETTING_NUMBER, "50000", 0, 100000000,
	  AT(recipients_per_hour),
	  .doc = "Recipients of one sender in an hour, over all lists; over it 486 with "
		"Retry-After, and 403 for a list that alone is longer.  0: any number." },
	{ "limits", "requests", SETTING_NUMBER, "10000", 1, 100000, AT(requests),
	  .doc = "The most requests in work; over it 503." },
	{ "limits", "legs-in-flight", SETTING_NUMBER, "4096", 1, 50000, AT(legs_in_flight),
	  .doc = "The most outgoing requests on their way, all together." },
	{ "limits", "max-breadth", SETTING_NUMBER, "60", 1, 10000, AT(max_breadth),
	  .doc = "The highest Max-Breadth taken from others (RFC 5393)." },

	{ "deliveries", "retry-pauses", SETTING_PAUSES, "30s, 2m, 10m, 1h, 4h", 1, 30 * DAY,
	  AT(retry_pauses_s),
	  .doc = "The pauses before the next try; the last one repeats." },
	{ "deliveries", "lifetime", SETTING_SECONDS, "7d", 60, 90 * DAY, AT(lifetime_s),
	  .doc = "How long a message without Expires is tried; no message is tried longer." },
	{ "deliveries", "keep-failed", SETTING_SECONDS, "30d", 0, 3650 * DAY, AT(keep_failed_s),
	  .doc = "How long the record of a delivery that failed stays." },
	{ "deliveries", "keep-done", SETTING_SECONDS, "7d", 0, 3650 * DAY, AT(keep_done_s),
	  .doc = "How long the record of a request stays after the last of its recipients is at an "
		"end: who sent it, to whom, and what became of each; never its text.  0: nothing is "
		"recorded, and what was is deleted at the start." },
	{ "deliveries", "keep-done-max", SETTING_BYTES, "512MiB", 1 * MIB, 1024 * GIB,
	  AT(keep_done_max),
	  .doc = "How much records may take; above it the oldest go.  A recipient takes some 60 "
		"bytes, a request 256 more, and what became of one after the first try 48." },
	{ "deliveries", "queue-per-sender", SETTING_BYTES, "64MiB", 64 * KIB, 1024 * GIB,
	  AT(queue_per_sender),
	  .doc = "While so much of one sender's waits for another try, no more of theirs is taken: 503." },

	{ "deliveries", "away-statuses", SETTING_TEXTS, "404, 405, 430, 477, 478", 0, 32,
	  .check = check_status, AT(away_statuses),
	  .doc = "Statuses (400 to 699) that mean that a recipient is away: the message waits and "
		"is tried again, as after 408, 480, 486 and 5xx.  They mean it for recipients of "
		"our own domain and at numeric hosts, and for all where there is an "
		"outbound-proxy; an answer of another domain is final." },
	{ "deliveries", "away-everywhere", SETTING_YESNO, "no", 0, 1, AT(away_everywhere),
	  .doc = "Whether the away-statuses count for recipients of every domain." },

	{ "log", "level", SETTING_WORD, "info", 0, 0,
	  .words = { "error", "warning", "info", "debug" }, AT(log_level),
	  .doc = "The least important event that is written." },

	{ "service", "methods", SETTING_TEXTS, "MESSAGE", 1, 1, .check = check_method,
	  AT_SERVICE(methods),
	  .doc = "The methods it takes; others get 405 with these in Allow." },
	{ "service", "missing-permission", SETTING_WORD, "refuse", 0, 0, .words = { "refuse", "omit" },
	  AT_SERVICE(missing_omits),
	  .doc = "What one missing permission does: refuse the whole request with 470, as RFC 5360 "
		"section 5.9.1 says, or leave that recipient out, against it." },

	{ "trust-domain", "peers", SETTING_TEXTS, "", 0, 1000, .check = check_peer,
	  AT_TRUST(peers),
	  .doc = "Their addresses and networks." },
	{ "trust-domain", "spec", SETTING_WORD, "rfc3325", 0, 0, .words = { "rfc3325", "none" },
	  AT_TRUST(spec),
	  .doc = "The rules they keep (Spec(T) of RFC 3324).  rfc3325: their "
		"P-Asserted-Identity is believed, and they are told one.  none: neither; they are "
		"only exempt from `source-rate`, like a proxy that does not authenticate its users." },
};
const size_t n_settings = sizeof(settings) / sizeof(settings[0]);
/* clang-format on */
