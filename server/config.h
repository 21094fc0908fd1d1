/*
 * config -- the settings of the operator, checked, with defaults for the rest.
 *
 * One table (server/settings.c) says of every setting its name, type, default,
 * unit, range and meaning; the file's grammar, the checks, volens.conf.example
 * and volens.conf(5) come from it.  Strings live in the config's arena.
 */
#ifndef VOLENS_SERVER_CONFIG_H
#define VOLENS_SERVER_CONFIG_H

#include <stdint.h>

#include "server/base/arena.h"
#include "server/base/err.h"
#include "server/words/wording.h"

/** Values of a list setting. */
struct strings {
	const char **at;
	size_t n;
};
struct numbers {
	int64_t *at;
	size_t n;
};

struct service_config {
	const char *name;
	struct strings methods;
	struct strings domains; /**< that it is in; none: in all */
	int64_t missing_omits;	/**< 1: a missing permission is left out */
	int64_t takes_unauthenticated; /**< yes or no */
};

/** A certificate beside the one of section tls. */
struct certificate_config {
	const char *name;
	const char *certificate, *key, *ocsp;
};

/** A domain beside `domain`. */
struct domain_config {
	const char *name;
	const char *certificate, *key, *ocsp; /**< "": none of its own */
	struct strings languages;	      /**< none: the relay's */
	const char *wording_file;	      /**< "": none */
};

struct trust_config {
	const char *name;
	struct strings peers, names, users;
	int64_t spec, plain,
		tell; /**< enum trust_spec, trust_plain, trust_tell */
	int64_t believe, in_responses;
};

/** What we log in with at others. */
struct credential_config {
	const char *realm;
	const char *username, *password_file;
	struct strings hops; /**< none: any */
	int64_t plain, md5;  /**< yes or no */
};

struct config {
	struct arena *arena;
	const char *domain;

	struct strings sip_listen, sip_advertise;
	const char *outbound_proxy, *nameserver;
	int64_t message_max, connections, connections_per_source;
	int64_t idle_s, message_timeout_s;
	int64_t sender_rate, recipients_per_hour, consent_needed_per_hour;
	int64_t unproved_per_minute, unproved_recipients_per_hour;
	int64_t assert_to_untrusted;
	int64_t source_rate, source_burst, transactions, udp_buffer;
	int64_t workers; /**< SETTING_AUTO, or how many */

	const char *tls_certificate, *tls_key, *tls_ca, *tls_crl, *tls_ocsp;
	int64_t tls_clients; /**< enum tls_clients */
	int64_t tls_version; /**< enum tls_version */
	int64_t tls_handshake_s, tls_half_open;
	struct certificate_config *certificates; /**< further ones */
	size_t n_certificates;

	const char *http_listen, *public_url, *admin_token_file;
	int64_t http_tls;
	const char *page_listen, *page_url;
	int64_t page_tls, page_sign_in;
	struct strings page_hosts, page_proxies;
	int64_t deny_for_recipients, told_per_day;
	struct strings http_proxies, http_hosts;

	const char *store_path, *key_file;
	int accept_new; /**< --accept-new-store, of the command line */
	int64_t min_free;

	int64_t any_transport; /**< 1: return-routability = any-transport */
	struct strings any_transport_networks;
	int64_t request_interval_s, request_burst, requests_per_day;
	int64_t owner_requests_per_day, owner_requests_per_week,
		owner_requests_per_half_year;
	struct numbers no_answer_pauses_s;
	int64_t questions_per_second, destination_per_second,
		destination_per_day, destination_bytes_per_day,
		request_bytes_ratio, requests_per_call;
	struct strings home_domains;
	int64_t trigger_interval_s, triggers_per_day;
	int64_t refresh_s, renew_before_s, request_lifetime_s;
	struct strings languages;
	const char *wording_file;
	struct wording wording; /**< what these make, with the domains' */
	int64_t notice_on_import;
	int64_t chat, stop_words, reply_to_relay; /**< yes or no */
	int64_t requests_in_flight;
	int64_t allow_private_addresses;

	int64_t md5; /**< enum md5_rule */
	int64_t nonce_lifetime_s;

	int64_t stored_lists, list_entries;
	int64_t list_length, list_bytes, body_bytes, requests, legs_in_flight,
		max_breadth;

	struct numbers retry_pauses_s;
	int64_t lifetime_s, keep_failed_s, queue_per_sender;
	int64_t keep_done_s, keep_done_max, keep_expired_s;
	struct strings away_statuses;
	int64_t away_everywhere;

	int64_t parties, conferences, conferences_per_sender;
	int64_t calls_per_sender, minutes_per_day;
	int64_t ring_s, duration_s, alone_s;
	int64_t end_when_last; /**< 1: end-when = last-leaves */
	int64_t expiry_ends_calls;
	const char *dtmf_deny;
	struct strings rest_senders;
	int64_t dialout_rate, dialout_burst, dialout_ringing;
	int64_t ringing_per_conference, destination_rate, destination_ringing;
	const char *media_address, *media_advertise, *media_ports;
	int64_t media_threads; /**< SETTING_AUTO, or how many */
	struct strings media_codecs;
	int64_t media_prefer; /**< enum media_order */
	int64_t media_nat, media_timeout_s, talkers;

	int64_t log_level; /**< enum log_level */

	struct domain_config *domains; /**< beside `domain` */
	size_t n_domains;
	struct service_config *services;
	size_t n_services;
	struct trust_config *trust;
	size_t n_trust;
	struct credential_config *credentials;
	size_t n_credentials;
};

/**
 * Read a file; NULL: the defaults alone.
 *
 * What is wrong goes to standard error as `file:line: reason`; then the error
 * is ERR_SYNTAX, or ERR_IO for a file that cannot be read.
 */
enum err config_load(const char *path, struct config **ret) MUST_CHECK;
void config_free(struct config *config);

#endif
