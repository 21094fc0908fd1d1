#include "server/settings.h"

#include <stddef.h>

#include "server/settings_check.h"

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)

/* clang-format off */
#define AT(field) .offset = offsetof(struct config, field)
#define AT_SERVICE(field) .offset = offsetof(struct service_config, field)
#define AT_CERTIFICATE(field) .offset = offsetof(struct certificate_config, field)
#define AT_DOMAIN(field) .offset = offsetof(struct domain_config, field)
#define AT_TRUST(field) .offset = offsetof(struct trust_config, field)
#define AT_CREDENTIAL(field) .offset = offsetof(struct credential_config, field)

const struct setting settings[] = {
	{ "", "domain", SETTING_TEXT, "localhost", 1, 253, .check = setting_check_domain, AT(domain),
	  .doc = "The domain of the relay, or the first of several (see domain TITLE).  Services are "
		"sip:NAME@domain, consent URIs are in it, and it is the realm of digest "
		"authentication.  Where it is a numeric "
		"address and no listener is at port 5060, consent URIs have the port of the "
		"listener." },

	{ "sip", "listen", SETTING_TEXTS,
	  "sip:127.0.0.1:5060;transport=udp, sip:127.0.0.1:5060;transport=tcp", 1, 32,
	  .check = setting_check_listen, AT(sip_listen),
	  .doc = "Addresses to listen on: numeric, IPv4 or [IPv6], with transport udp, tcp or tls. "
		"sips:ADDRESS is the same as transport=tls, and needs a `certificate` in tls." },
	{ "sip", "advertise", SETTING_TEXTS, "", 0, 32, .check = setting_check_advertise,
	  AT(sip_advertise),
	  .doc = "What others reach these addresses at, behind a NAT or in a container: "
		"sip:HOST, a name or an address.  It stands in Via and Contact and in consent "
		"URIs.  Without a transport it holds for all, without a port each keeps its own; "
		"an address holds for listeners of its family.  Of several that hold, one "
		"that names the transport counts, else the first.  With TLS, a certificate needs "
		"the name, too.  Empty: the addresses as they "
		"are, or the domain for one that listens on every address." },
	{ "sip", "outbound-proxy", SETTING_TEXT, "", 0, 1024, .check = setting_check_proxy,
	  AT(outbound_proxy),
	  .doc = "Send all requests to this URI, sip or sips.  Empty: find the next hop by RFC "
		"3263.  Requests for sips URIs go there by TLS alone: it is named with sips or "
		"transport=tls, or as a host without port and transport." },
	{ "sip", "nameserver", SETTING_TEXT, "", 0, 64, .check = setting_check_nameserver, AT(nameserver),
	  .doc = "The DNS server to ask.  Empty: those of the system." },
	{ "sip", "message-max", SETTING_BYTES, "2MiB", 4 * KIB, 64 * MIB, AT(message_max),
	  .doc = "The largest SIP message accepted over TCP or TLS." },
	{ "sip", "connections", SETTING_NUMBER, "2000", 1, 100000, AT(connections),
	  .doc = "The most connections of TCP and TLS accepted, and the most opened.  At the limit the one "
		"that is idle longest is closed, those without a known sender first.  One "
		"network (IPv4 /24, IPv6 /48) has at most half of them." },
	{ "sip", "connections-per-source", SETTING_NUMBER, "64", 1, 100000,
	  AT(connections_per_source),
	  .doc = "The most connections from one IPv4 address or one IPv6 /64 network." },
	{ "sip", "idle-timeout", SETTING_SECONDS, "5m", 1, DAY, AT(idle_s),
	  .doc = "Close a connection that has been idle for this long." },
	{ "sip", "message-timeout", SETTING_SECONDS, "10s", 1, HOUR, AT(message_timeout_s),
	  .doc = "Close a connection that has not sent a whole message in this time." },
	{ "sip", "source-rate", SETTING_NUMBER, "50", 0, 1000000, AT(source_rate),
	  .doc = "Requests per second accepted from one address, except from trusted peers.  0: "
		"no limit." },
	{ "sip", "source-burst", SETTING_NUMBER, "200", 1, 1000000, AT(source_burst),
	  .doc = "Requests accepted from one address at once, above the rate." },
	{ "sip", "transactions", SETTING_NUMBER, "1000000", 16, 10000000, AT(transactions),
	  .doc = "The most server transactions at a time; above it new requests get 503.  Over "
		"UDP each is kept for 32 seconds after its end and takes about 130 bytes: a "
		"million are 31,000 requests a second, and 130 MB." },
	{ "sip", "udp-buffer", SETTING_BYTES, "4MiB", 64 * KIB, 256 * MIB, AT(udp_buffer),
	  .doc = "The receive buffer to request from the kernel for each UDP socket." },
	{ "sip", "assert-to-untrusted", SETTING_YESNO, "no", 0, 1, AT(assert_to_untrusted),
	  .doc = "Whether a request without Privacy tells who sends it, in P-Asserted-Identity, to "
		"next hops outside of all trust domains.  RFC 3325 section 7 recommends yes; no: "
		"only with `Privacy: none`." },
	{ "sip", "workers", SETTING_NUMBER, "auto", 0, 64, .words = { "auto" }, AT(workers),
	  .doc = "Threads that send requests to recipients, beside the main thread.  0: the main "
		"thread sends them itself.  Each has a UDP port of its own, chosen by the "
		"kernel, and responses come to that port: a firewall has to let them in.  auto: "
		"two fewer than there are processors, at most 8." },

	{ "tls", "certificate", SETTING_TEXT, "", 0, 4096, AT(tls_certificate),
	  .doc = "The file with the relay's certificate and those of its issuers but the last, PEM, "
		"its own first.  Its names (subjectAltName) must have `domain`.  Empty: no TLS." },
	{ "tls", "key", SETTING_TEXT, "", 0, 4096, AT(tls_key),
	  .doc = "The file with its private key, PEM, without a passphrase, mode 0600 or 0640." },
	{ "tls", "ca", SETTING_TEXT, "", 0, 4096, AT(tls_ca),
	  .doc = "A PEM file or a folder (see openssl-rehash(1)) with the authorities that are "
		"trusted to prove the names of peers.  Empty: those of the system." },
	{ "tls", "crl", SETTING_TEXT, "", 0, 4096, AT(tls_crl),
	  .doc = "A PEM file with revocation lists (CRL).  A peer proves its names only if the lists "
		"of all the issuers in its chain are there, none of these is out of date, and none "
		"has a certificate of the chain.  Read again at SIGHUP.  Empty: nothing is looked up." },
	{ "tls", "verify-clients", SETTING_WORD, "request", 0, 0,
	  .words = { "no", "request", "require" }, AT(tls_clients),
	  .doc = "Whether clients are asked for a certificate.  request: who has a good one has "
		"proved its names; others are served without, if theirs is small.  require: others "
		"are not served." },
	{ "tls", "min-version", SETTING_WORD, "1.2", 0, 0, .words = { "1.2", "1.3" },
	  AT(tls_version), .doc = "The oldest version of TLS." },
	{ "tls", "ocsp-response", SETTING_TEXT, "", 0, 4096, AT(tls_ocsp),
	  .doc = "A file with an OCSP response (DER) for the certificate, sent to clients that ask "
		"for one until it is out of date.  Empty: none." },
	{ "tls", "handshake-timeout", SETTING_SECONDS, "5s", 1, HOUR, AT(tls_handshake_s),
	  .doc = "Close a connection whose handshake takes longer." },
	{ "tls", "half-open", SETTING_NUMBER, "256", 8, 100000, AT(tls_half_open),
	  .doc = "The most accepted connections that are in their handshake.  One IPv4 address or "
		"IPv6 /64 has at most an eighth of them; at the limit one of the network that "
		"has most goes." },

	{ "tls-certificate", "certificate", SETTING_TEXT, "", 0, 4096, AT_CERTIFICATE(certificate),
	  .doc = "As in tls." },
	{ "tls-certificate", "key", SETTING_TEXT, "", 0, 4096, AT_CERTIFICATE(key),
	  .doc = "As in tls." },
	{ "tls-certificate", "ocsp-response", SETTING_TEXT, "", 0, 4096, AT_CERTIFICATE(ocsp),
	  .doc = "As in tls." },

	{ "http", "listen", SETTING_TEXT, "127.0.0.1:8080", 1, 64, .check = setting_check_http_listen,
	  AT(http_listen),
	  .doc = "The address of the REST API.  Where it is not on loopback, it needs `tls`, or "
		"`proxies`." },
	{ "http", "tls", SETTING_YESNO, "no", 0, 1, AT(http_tls),
	  .doc = "Whether it speaks https, with the certificates of tls and tls-certificate: their "
		"names (subjectAltName) must have the host that clients ask for." },
	{ "http", "hosts", SETTING_TEXTS, "", 0, 32, .check = setting_check_host, AT(http_hosts),
	  .doc = "Names and addresses that clients reach the API at: who asks for another Host "
		"gets 421.  The host of public-url, the address that a client is connected to "
		"and, on loopback, localhost are known." },
	{ "http", "proxies", SETTING_TEXTS, "", 0, 32, .check = setting_check_peer,
	  AT(http_proxies),
	  .doc = "Addresses and networks of proxies before the API.  They are believed what "
		"X-Forwarded-For or Forwarded says of the client, and so must set one of them.  "
		"On an address that is not on loopback, without `tls`, only they can connect." },
	{ "http", "public-url", SETTING_TEXT, "", 0, 1024, .check = setting_check_url,
	  AT(public_url),
	  .doc = "The URL under which a proxy serves the API.  Location headers and the "
		"description of the API begin with it.  Empty: they have only a path." },
	{ "http", "admin-token-file", SETTING_TEXT, "var/admin.token", 1, 4096, AT(admin_token_file),
	  .doc = "The file with the bearer token of the administrator, mode 0600.  Make one with "
		"`openssl rand -hex 32`." },
	{ "http", "deny-for-recipients", SETTING_YESNO, "no", 0, 1, AT(deny_for_recipients),
	  .doc = "Whether an operator may record a deny that a recipient told them, by telephone "
		"or by letter (`origin: recipient`, volensctl permission deny --by-recipient).  "
		"Only the recipient can take it back." },
	{ "http", "denies-for-recipients-per-day", SETTING_NUMBER, "50", 1, 100000, AT(told_per_day),
	  .doc = "Most of these that one token may record in a day (UTC); more get 429." },

	{ "page", "listen", SETTING_TEXT, "", 0, 64, .check = setting_check_page_listen,
	  AT(page_listen),
	  .doc = "The address of the page.  Empty: there is none.  Where it is not on loopback, it "
		"needs `tls`, or `proxies`.  It serves the pages of questions and nothing of the API." },
	{ "page", "public-url", SETTING_TEXT, "", 0, 1024, .check = setting_check_url,
	  AT(page_url),
	  .doc = "The URL at which recipients reach it, for questions.  Empty: that of `listen`.  A yes "
		"on the page counts only if the question went by SIPS and the page is reached by https: by "
		"`tls`, or where this begins with https:, by one of `proxies`; or from a network of any-transport." },
	{ "page", "tls", SETTING_YESNO, "no", 0, 1, AT(page_tls),
	  .doc = "Whether it speaks https, as in http." },
	{ "page", "sign-in", SETTING_YESNO, "yes", 0, 1, AT(page_sign_in),
	  .doc = "Whether a person sees all their answers at /mine, by https, with their account." },
	{ "page", "hosts", SETTING_TEXTS, "", 0, 32, .check = setting_check_host, AT(page_hosts),
	  .doc = "As in http." },
	{ "page", "proxies", SETTING_TEXTS, "", 0, 32, .check = setting_check_peer,
	  AT(page_proxies),
	  .doc = "As in http.  One address has at most 16 connections where there are none." },

	{ "store", "path", SETTING_TEXT, "var/volens.db", 1, 4096, AT(store_path),
	  .doc = "The database; created if it does not exist.  Its secret is in PATH.secret, and "
		"its record of denies in PATH.revocations." },
	{ "store", "key-file", SETTING_TEXT, "", 0, 4096, AT(key_file),
	  .doc = "32 random bytes, mode 0600, with which digests of passwords are encrypted in the "
		"database; made when there is none and the database never had one.  Keep a copy "
		"apart from those of the database.  Without it, and with another one, the relay "
		"does not start.  Empty: PATH.key, beside the database." },
	{ "store", "min-free", SETTING_BYTES, "64MiB", 0, 1024 * GIB, AT(min_free),
	  .doc = "While the disk has less free space than this, new requests get 503 and /readyz "
		"says so; denies are still accepted.  0: do not check." },

	{ "consent", "return-routability", SETTING_WORD, "secure-transport", 0, 0,
	  .words = { "secure-transport", "any-transport" }, AT(any_transport),
	  .doc = "When the consent URI in a permission request alone proves who grants: "
		"secure-transport: only if the permission request went out over SIPS and the "
		"reply came over TLS (RFC 5360 section 5.6.1.3); any-transport: always, for "
		"closed networks only.  Name these in any-transport instead." },
	{ "consent", "any-transport", SETTING_TEXTS, "", 0, 1000, .check = setting_check_peer,
	  AT(any_transport_networks),
	  .doc = "Closed networks (192.0.2.0/24): in a reply from one of these the consent URI "
		"alone proves who grants, by whatever transport.  For every other address "
		"secure-transport holds then.  The evidence of such a grant says so." },
	{ "consent", "request-interval", SETTING_SECONDS, "10m", 0, 30 * DAY, AT(request_interval_s),
	  .doc = "The time between two permission requests to one recipient, whoever the sender "
		"is.  0: none." },
	{ "consent", "request-burst", SETTING_NUMBER, "2", 1, 1000, AT(request_burst),
	  .doc = "Permission requests to one recipient that may be sent without that time "
		"between them." },
	{ "consent", "requests-per-day", SETTING_NUMBER, "5", 1, 100000, AT(requests_per_day),
	  .doc = "The most permission requests to one recipient in 24 hours, of all owners "
		"together, in turns.  Further ones stay pending.  The owner of a request is that "
		"of the stored list, else the sender whom it is for.  What is sent again to a "
		"phone that is off is one request." },
	{ "consent", "owner-requests-per-day", SETTING_NUMBER, "1", 1, 100000,
	  AT(owner_requests_per_day),
	  .doc = "The most of one owner to one recipient in 24 hours." },
	{ "consent", "owner-requests-per-week", SETTING_NUMBER, "2", 1, 100000,
	  AT(owner_requests_per_week),
	  .doc = "The most of one owner to one recipient in 7 days." },
	{ "consent", "owner-requests-per-half-year", SETTING_NUMBER, "7", 1, 100000,
	  AT(owner_requests_per_half_year),
	  .doc = "The most of one owner to one recipient in 183 days." },
	{ "consent", "no-answer-pauses", SETTING_PAUSES, "1d, 3d, 7d, 14d, 30d, 60d", 0, 183 * DAY,
	  AT(no_answer_pauses_s),
	  .doc = "How long an owner waits before one more question to a recipient who has not "
		"answered the last one, the last two, and so on; the last pause repeats." },
	{ "consent", "questions-per-second", SETTING_NUMBER, "10", 1, 1000,
	  AT(questions_per_second),
	  .doc = "The most permission requests that leave in a second, those that are sent "
		"again and renewals included, so that an import is spread out.  What waits for it "
		"waits on disk." },
	{ "consent", "destination-requests-per-second", SETTING_NUMBER, "1", 0, 1000,
	  AT(destination_per_second),
	  .doc = "The most of those in a second to all recipients at one host, and to all "
		"addresses in one IPv4 /24 or IPv6 /56, as they are resolved; with an "
		"outbound-proxy only by host.  Further ones stay pending.  0: no limit." },
	{ "consent", "destination-requests-per-day", SETTING_NUMBER, "200", 0, 1000000,
	  AT(destination_per_day),
	  .doc = "Likewise in 24 hours; what is sent again to a phone that is off is one "
		"request.  0: no limit." },
	{ "consent", "destination-bytes-per-day", SETTING_NUMBER, "2000000", 0, 1000000000, AT(destination_bytes_per_day),
	  .doc = "Likewise in bytes, of all that is sent, repeats of UDP included.  0: no limit." },
	{ "consent", "request-bytes-ratio", SETTING_NUMBER, "2", 0, 1000, AT(request_bytes_ratio),
	  .doc = "How many bytes of permission requests may leave in an hour for each byte of "
		"the REST calls of this hour that ask for them, of one owner.  Where there are too "
		"few for the permission document, the text is sent alone, and less often again; "
		"where there are too few for the text it stays pending until the owner's next "
		"call.  Renewals and triggers do not count.  0: no limit." },
	{ "consent", "requests-per-call", SETTING_NUMBER, "1", 0, 1000000, AT(requests_per_call),
	  .doc = "Permission requests and notices that may leave in an hour for each REST call of "
		"this hour that asks or grants, of one owner; each try counts.  What is more waits "
		"for the owner's next call, but for the first of a notice.  Renewals and triggers "
		"do not count.  0: no limit." },
	{ "consent", "home-domains", SETTING_TEXTS, "", 0, 1000, .check = setting_check_home,
	  AT(home_domains),
	  .doc = "Domains whose people you answer for, as in the URIs of recipients, and networks "
		"(192.0.2.0/24) of recipients at numeric hosts.  The limits on destinations, "
		"bytes and calls do not count there; those of each recipient do.  `domain` is always one." },
	{ "consent", "trigger-interval", SETTING_SECONDS, "10m", 0, 30 * DAY,
	  AT(trigger_interval_s),
	  .doc = "The time between two permission requests that one recipient asks for by "
		"PUBLISH to a Trigger-Consent URI." },
	{ "consent", "triggers-per-day", SETTING_NUMBER, "3", 1, 100000, AT(triggers_per_day),
	  .doc = "The most of those to one recipient in 24 hours." },
	{ "consent", "refresh", SETTING_SECONDS, "180d", 0, 3650 * DAY, .check = setting_check_refresh,
	  AT(refresh_s),
	  .doc = "How long a grant is valid unless the recipient repeats it.  0: until it is "
		"denied.  Else at least 7d." },
	{ "consent", "renew-before", SETTING_SECONDS, "14d", 0, 365 * DAY, AT(renew_before_s),
	  .doc = "How long before the end of a grant its recipient is asked, once, whether to "
		"renew it: at an instant of their own in the first half of that time.  Without "
		"an answer the grant ends.  Grants of less than 7d, and those that were asked for "
		"with a time of their own, are not renewed.  It counts for grants made from then "
		"on.  0: nobody is asked." },
	{ "consent", "notice-on-import", SETTING_YESNO, "yes", 0, 1, AT(notice_on_import),
	  .doc = "Whether recipients are told of a grant that others recorded for them, by import, "
		"by REST or by volensctl: once, before the first request that rests on it, with who "
		"may write or call, the evidence, and an address to say no.  Without it nobody "
		"learns of such a grant but by what is sent; the log says so at each start." },
	{ "consent", "chat", SETTING_YESNO, "yes", 0, 1, AT(chat),
	  .doc = "Whether a question has an address of its own, for YES, NO and STOP in a reply." },
	{ "consent", "stop-words", SETTING_YESNO, "yes", 0, 1, AT(stop_words),
	  .doc = "Whether STOP, alone in a message to a service or list, ends what its sender gets by it." },
	{ "consent", "reply-to-relay", SETTING_YESNO, "no", 0, 1, AT(reply_to_relay),
	  .doc = "Whether Reply-To of what is sent on is its service or list, where it has no other." },
	{ "consent", "keep-expired", SETTING_SECONDS, "365d", 0, 3650 * DAY, AT(keep_expired_s),
	  .doc = "How long an expired permission is kept, with its evidence, to be shown as "
		"expired.  It permits nothing." },
	{ "consent", "languages", SETTING_TEXTS, "en", 1, 5, .check = setting_check_language,
	  AT(languages),
	  .doc = "The languages of permission requests and notices: en, de, fr, es, ar.  Each "
		"has all of these, one under the other; what language a recipient reads is not known.  "
		"Languages but en were not yet reviewed by native speakers." },
	{ "consent", "wording", SETTING_TEXT, "", 0, 4096, AT(wording_file),
	  .doc = "A file with permission requests and notices in words of your own, so that nobody "
		"takes them for a fraud; see WORDING.  Empty: the built-in words." },
	{ "consent", "request-lifetime", SETTING_SECONDS, "30d", 60, 365 * DAY,
	  AT(request_lifetime_s),
	  .doc = "Expires of a permission request: how long a server may keep it for a phone "
		"that is off, and how long the relay sends it again." },
	{ "consent", "requests-in-flight", SETTING_NUMBER, "64", 1, 10000, AT(requests_in_flight),
	  .doc = "The most permission requests in flight at a time." },
	{ "consent", "allow-private-addresses", SETTING_YESNO, "no", 0, 1, AT(allow_private_addresses),
	  .doc = "Whether requests may be sent to recipients at loopback, private and link-local "
		"addresses." },

	{ "auth", "md5", SETTING_WORD, "no", 0, 0, .words = { "no", "yes", "only" }, AT(md5),
	  .doc = "Whether clients may authenticate with MD5 (RFC 8760).  yes: after SHA-256 and "
		"SHA-512-256, for clients that know only MD5; only: without these, for clients "
		"that give up on an unknown first challenge.  no: a client that knows only MD5 "
		"cannot log in.  An algorithm is offered in a realm only once every account of it "
		"has a digest by it: volensctl user list shows who lacks which, and a new password "
		"makes all of them." },
	{ "auth", "nonce-lifetime", SETTING_SECONDS, "1m", 5, HOUR, AT(nonce_lifetime_s),
	  .doc = "How long a nonce is valid." },

	{ "limits", "lists", SETTING_NUMBER, "1000", 0, 100000, AT(stored_lists),
	  .doc = "The most stored lists.  0: none can be made." },
	{ "limits", "list-entries", SETTING_NUMBER, "5000", 1, 10000, AT(list_entries),
	  .doc = "The most entries of one stored list, with lists inside it and references.  Each takes "
		"about 1.5 kB of memory with its permission." },
	{ "limits", "list-length", SETTING_NUMBER, "1000", 1, 100000, AT(list_length),
	  .doc = "The most recipients of one request." },
	{ "limits", "list-bytes", SETTING_BYTES, "1MiB", 1 * KIB, 64 * MIB, AT(list_bytes),
	  .doc = "The largest list document." },
	{ "limits", "body-bytes", SETTING_BYTES, "2MiB", 1 * KIB, 64 * MIB, AT(body_bytes),
	  .doc = "The largest body of a request." },
	{ "limits", "sender-rate", SETTING_NUMBER, "50", 0, 100000, AT(sender_rate),
	  .doc = "Requests per second of one authenticated sender, also behind a trusted proxy; "
		"four times as many may come at once.  Above it 486 with Retry-After.  0: no "
		"limit." },
	{ "limits", "recipients-per-hour", SETTING_NUMBER, "50000", 0, 100000000,
	  AT(recipients_per_hour),
	  .doc = "Recipients of one sender per hour, over all lists.  Above it 486 with "
		"Retry-After; 403 for a single list that is longer.  0: no limit." },
	{ "limits", "consent-needed-per-hour", SETTING_NUMBER, "60", 0, 1000000,
	  AT(consent_needed_per_hour),
	  .doc = "470 answers to one sender per hour: each names who has not permitted them.  "
		"Above it 486 with Retry-After, which names nobody.  0: no limit." },
	{ "limits", "unauthenticated-rate", SETTING_NUMBER, "10", 0, 100000,
	  AT(unproved_per_minute),
	  .doc = "Requests per minute from one address (or IPv6 /64) by senders who do not prove "
		"who they are, at services that take them.  Above it 407.  Members of a trust "
		"domain are not counted.  0: no limit." },
	{ "limits", "unauthenticated-recipients-per-hour", SETTING_NUMBER, "1000", 0, 100000000,
	  AT(unproved_recipients_per_hour),
	  .doc = "Recipients per hour of all such senders together, because their addresses can "
		"be forged.  Above it 486 with Retry-After.  0: no limit." },
	{ "limits", "requests", SETTING_NUMBER, "10000", 1, 100000, AT(requests),
	  .doc = "The most requests being processed at a time; above it 503." },
	{ "limits", "legs-in-flight", SETTING_NUMBER, "4096", 1, 50000, AT(legs_in_flight),
	  .doc = "The most outgoing requests in flight at a time, for all requests together." },
	{ "limits", "max-breadth", SETTING_NUMBER, "60", 1, 10000, AT(max_breadth),
	  .doc = "The highest Max-Breadth accepted in a request (RFC 5393)." },

	{ "deliveries", "retry-pauses", SETTING_PAUSES, "30s, 2m, 10m, 1h, 4h", 1, 30 * DAY,
	  AT(retry_pauses_s),
	  .doc = "The times between attempts to deliver a message; the last one repeats." },
	{ "deliveries", "lifetime", SETTING_SECONDS, "7d", 60, 90 * DAY, AT(lifetime_s),
	  .doc = "How long delivery of a message without Expires is attempted; also the longest "
		"for any message." },
	{ "deliveries", "keep-failed", SETTING_SECONDS, "30d", 0, 3650 * DAY, AT(keep_failed_s),
	  .doc = "How long the record of a failed delivery is kept." },
	{ "deliveries", "keep-done", SETTING_SECONDS, "7d", 0, 3650 * DAY, AT(keep_done_s),
	  .doc = "How long the record of a request is kept after its last recipient is done: the "
		"sender, the recipients, and the outcome for each, never the text.  0: nothing "
		"is recorded, and existing records are deleted at the start." },
	{ "deliveries", "keep-done-max", SETTING_BYTES, "512MiB", 1 * MIB, 1024 * GIB,
	  AT(keep_done_max),
	  .doc = "How much space these records may take; above it the oldest are deleted.  A "
		"recipient takes about 60 bytes, a request 256 more, and an outcome after the "
		"first attempt 48." },
	{ "deliveries", "queue-per-sender", SETTING_BYTES, "64MiB", 64 * KIB, 1024 * GIB,
	  AT(queue_per_sender),
	  .doc = "Bytes that one sender may have queued for retry; above it their requests get "
		"503." },

	{ "deliveries", "away-statuses", SETTING_TEXTS, "404, 405, 430, 477, 478", 0, 32,
	  .check = setting_check_status, AT(away_statuses),
	  .doc = "Statuses (400 to 699) that mean that a recipient is away: the message is kept "
		"and sent again, as after 408, 480, 486 and 5xx.  They count for recipients in "
		"our own domain and at numeric hosts, and for all recipients if there is an "
		"outbound-proxy; such a status from another domain is final." },
	{ "deliveries", "away-everywhere", SETTING_YESNO, "no", 0, 1, AT(away_everywhere),
	  .doc = "Whether the away-statuses count for recipients in every domain." },

	{ "conference", "parties", SETTING_NUMBER, "200", 2, 1000, AT(parties),
	  .doc = "The most parties of one conference, its creator included.  Longer lists get 413." },
	{ "conference", "conferences", SETTING_NUMBER, "100", 1, 10000, AT(conferences),
	  .doc = "The most conferences at a time; above it 503." },
	{ "conference", "per-sender", SETTING_NUMBER, "3", 1, 10000, AT(conferences_per_sender),
	  .doc = "The most conferences of one sender at a time; above it 486 with Retry-After." },
	{ "conference", "calls-per-sender", SETTING_NUMBER, "200", 1, 100000, AT(calls_per_sender),
	  .doc = "The most parties that are called for one sender, in all their conferences." },
	{ "conference", "minutes-per-day", SETTING_NUMBER, "2000", 0, 10000000, AT(minutes_per_day),
	  .doc = "Minutes of all parties of one sender in a day (UTC); above it no conference "
		"begins: 486 with Retry-After.  0: no limit." },
	{ "conference", "ring", SETTING_SECONDS, "1m", 5, 180, AT(ring_s),
	  .doc = "How long a party's phone rings." },
	{ "conference", "duration", SETTING_SECONDS, "4h", 60, 7 * DAY, AT(duration_s),
	  .doc = "The longest a conference lasts." },
	{ "conference", "alone", SETTING_SECONDS, "2m", 0, DAY, AT(alone_s),
	  .doc = "End a conference in which one party has been alone for this long.  0: do not." },
	{ "conference", "end-when", SETTING_WORD, "creator-leaves", 0, 0,
	  .words = { "creator-leaves", "last-leaves" }, AT(end_when_last),
	  .doc = "When a conference ends that an INVITE created.  creator-leaves: five seconds "
		"after its creator has left and not come back; last-leaves: when nobody is in it. "
		"Conferences that REST created end when nobody is in them." },
	{ "conference", "dtmf-deny", SETTING_TEXT, "", 0, 8, .check = setting_check_keys,
	  AT(dtmf_deny),
	  .doc = "Keys by which who was called takes their permission back in the call, such as *9: "
		"two to eight of 0 to 9, *, #, A to D, at most five seconds apart.  Only they can "
		"lift it.  Whoever can forge the audio of their phone can say it, too.  Empty: off." },
	{ "conference", "expiry-ends-calls", SETTING_YESNO, "no", 0, 1, AT(expiry_ends_calls),
	  .doc = "Whether a permission that expires ends the call that it allowed.  A permission "
		"that is denied or removed always does." },
	{ "conference", "rest-senders", SETTING_TEXTS, "", 0, 1000, .check = setting_check_aor,
	  AT(rest_senders),
	  .doc = "The senders (sip:USER@DOMAIN) for whom the REST API may create conferences, "
		"and call more people into theirs; their permissions count.  Empty: none." },

	{ "dialout", "rate", SETTING_NUMBER, "20", 0, 10000, AT(dialout_rate),
	  .doc = "Calls per second that are started, for all conferences together.  0: no limit." },
	{ "dialout", "burst", SETTING_NUMBER, "20", 1, 10000, AT(dialout_burst),
	  .doc = "Calls that may be started at once, above the rate." },
	{ "dialout", "ringing", SETTING_NUMBER, "300", 1, 10000, AT(dialout_ringing),
	  .doc = "The most phones that ring at a time." },
	{ "dialout", "ringing-per-conference", SETTING_NUMBER, "30", 1, 1000,
	  AT(ringing_per_conference),
	  .doc = "The most phones that ring for one conference." },
	{ "dialout", "destination-rate", SETTING_NUMBER, "5", 0, 10000, AT(destination_rate),
	  .doc = "Calls per second that are started to one host.  0: no limit." },
	{ "dialout", "destination-ringing", SETTING_NUMBER, "30", 1, 10000, AT(destination_ringing),
	  .doc = "The most phones that ring at one host." },

	{ "media", "address", SETTING_TEXT, "", 0, 64, .check = setting_check_media_address,
	  AT(media_address),
	  .doc = "The numeric address that audio is sent from and received at.  Empty: that of the "
		"first listener, which must not be a wildcard then." },
	{ "media", "advertise", SETTING_TEXT, "", 0, 64, .check = setting_check_media_address,
	  AT(media_advertise),
	  .doc = "The same address as others see it, behind a NAT.  Empty: as it is." },
	{ "media", "ports", SETTING_TEXT, "20000-24999", 1, 16, .check = setting_check_ports,
	  AT(media_ports),
	  .doc = "The UDP ports of audio.  A party takes two; a firewall has to let them in." },
	{ "media", "threads", SETTING_NUMBER, "auto", 1, 64, .words = { "auto" }, AT(media_threads),
	  .doc = "Threads that mix audio.  auto: one for two processors." },
	{ "media", "codecs", SETTING_TEXTS, "PCMU, PCMA", 1, 2, .check = setting_check_codec,
	  AT(media_codecs),
	  .doc = "The codecs that are offered and accepted, best first." },
	{ "media", "prefer", SETTING_WORD, "theirs", 0, 0, .words = { "theirs", "ours" },
	  AT(media_prefer),
	  .doc = "Whose order of codecs counts in an offer to the relay." },
	{ "media", "nat", SETTING_YESNO, "yes", 0, 1, AT(media_nat),
	  .doc = "Whether audio may come from another address than the session description names, "
		"as behind a NAT: another port of that host, or another host for a private address." },
	{ "media", "timeout", SETTING_SECONDS, "30s", 0, HOUR, AT(media_timeout_s),
	  .doc = "A party from whom no valid audio ever came is sent away after this time and up to "
		"ten seconds more; one who was heard before is asked by OPTIONS whether they are "
		"there.  0: never." },
	{ "media", "talkers", SETTING_NUMBER, "8", 1, 16, AT(talkers),
	  .doc = "The most parties who are heard at a time: the loudest ones." },

	{ "log", "level", SETTING_WORD, "info", 0, 0,
	  .words = { "error", "warning", "info", "debug" }, AT(log_level),
	  .doc = "The least important level that is logged." },

#include "server/settings_blocks.inc"
};
const size_t n_settings = sizeof(settings) / sizeof(settings[0]);
/* clang-format on */
