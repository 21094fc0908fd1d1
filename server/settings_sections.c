/* The sections of the configuration, and what each is about. */
#include "server/settings.h"

/* clang-format off */
const struct section sections[] = {
	{ "sip", 0, "SIP: where to listen, and limits on unauthenticated traffic." },
	{ "tls", 0, "TLS for SIP." },
	{ "tls-certificate", 1, "A further certificate, for clients that ask for a name of it (SNI)." },
	{ "http", 0, "REST, health and metrics." },
	{ "page", 0, "The page on which recipients answer questions, on a listener of its own: for the public." },
	{ "store", 0, "The database." },
	{ "consent", 0, "Permission requests and the replies to them." },
	{ "auth", 0, "Digest authentication." },
	{ "limits", 0, "Limits on requests and on concurrent work." },
	{ "deliveries", 0, "Messages that were accepted and not delivered at the first attempt." },
	{ "conference", 0, "Conferences: of services that accept INVITE." },
	{ "dialout", 0, "How fast the parties of conferences are called." },
	{ "media", 0, "Audio of conferences.  Used only if a service accepts INVITE." },
	{ "log", 0, "One line per event, on standard error." },
	{ "domain", 1, "A further domain, with lists, accounts and a count of questions of its own, as if it "
		"had a relay of its own: sip:NAME@TITLE.  Its accounts have its name as their realm." },
	{ "service", 1, "A service: sip:TITLE@domain accepts lists in requests.  Without any service "
		"section there is one called lists." },
	{ "trust-domain", 1, "Peers whose P-Asserted-Identity is believed, and to which identities may be "
		"asserted (RFC 3325).  The first block that a peer is a member of counts." },
	{ "credential", 1, "What the relay logs in with where a next hop challenges its requests (401 or 407, "
		"RFC 8760) for the realm TITLE.  A challenge for a realm without a block is never "
		"answered." },
};
const size_t n_sections = sizeof(sections) / sizeof(sections[0]);
/* clang-format on */
