/*
 * counters -- what /metrics shows.  One struct, handed to every room; counting
 * is one relaxed atomic add from any thread.  No labels from the network.
 *
 * The table below is the only place that names a counter: metric name (without
 * the `volensd_` prefix), labels, and help text.
 */
#ifndef VOLENS_BASE_COUNTERS_H
#define VOLENS_BASE_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

/* clang-format off */
/*      id                      metric                        labels                 help */
#define COUNTERS(X) \
	X(COUNT_REQUESTS_UDP,                "sip_requests_total",               "transport=\"udp\"",              "SIP requests received") \
	X(COUNT_REQUESTS_TCP,                "sip_requests_total",               "transport=\"tcp\"",              "SIP requests received") \
	X(COUNT_REQUESTS_TLS,                "sip_requests_total",               "transport=\"tls\"",              "SIP requests received") \
	X(COUNT_RESPONSES_1XX,               "sip_responses_total",              "code_class=\"1xx\"",             "SIP responses sent") \
	X(COUNT_RESPONSES_2XX,               "sip_responses_total",              "code_class=\"2xx\"",             "SIP responses sent") \
	X(COUNT_RESPONSES_4XX,               "sip_responses_total",              "code_class=\"4xx\"",             "SIP responses sent") \
	X(COUNT_RESPONSES_5XX,               "sip_responses_total",              "code_class=\"5xx\"",             "SIP responses sent") \
	X(COUNT_RESPONSES_6XX,               "sip_responses_total",              "code_class=\"6xx\"",             "SIP responses sent") \
	X(COUNT_PARSE_ERRORS,                "sip_parse_errors_total",           "",                               "Messages that could not be read") \
	X(COUNT_DROPPED,                     "sip_datagrams_dropped_total",      "",                               "Datagrams dropped before parsing (not SIP, too short)") \
	X(COUNT_UNSENT,                      "sip_datagrams_unsent_total",       "",                               "Datagrams not sent because a buffer was full") \
	X(COUNT_RATE_LIMITED,                "ratelimit_rejections_total",       "bucket=\"source\"",              "Requests over the rate of one source") \
	X(COUNT_OVERLOAD,                    "ratelimit_rejections_total",       "bucket=\"overload\"",            "Requests refused because the relay is full") \
	X(COUNT_RETRANSMISSIONS,             "sip_retransmissions_total",        "",                               "Requests sent again on timer A or E") \
	X(COUNT_UNACKNOWLEDGED,              "sip_refusals_unacknowledged_total", "",                              "Refused INVITEs whose ACK never came") \
	X(COUNT_CONNECTIONS_TIMED_OUT,       "connections_timed_out_total",      "",                               "Connections closed because they were idle or sent no whole message in time") \
	X(COUNT_TLS_DONE,                    "tls_handshakes_total",             "result=\"ok\"",                  "Handshakes of TLS that ended") \
	X(COUNT_TLS_FAILED,                  "tls_handshakes_total",             "result=\"failed\"",              "Handshakes of TLS that ended") \
	X(COUNT_TLS_UNVERIFIED,              "tls_handshakes_total",             "result=\"unverified\"",          "Handshakes of TLS that ended") \
	X(COUNT_TLS_TIMED_OUT,               "tls_handshakes_total",             "result=\"timed_out\"",           "Handshakes of TLS that ended") \
	X(COUNT_DECIDED_GRANTED,             "decisions_total",                  "result=\"granted\"",             "Decisions per recipient") \
	X(COUNT_DECIDED_DENIED,              "decisions_total",                  "result=\"denied\"",              "Decisions per recipient") \
	X(COUNT_DECIDED_MISSING,             "decisions_total",                  "result=\"missing\"",             "Decisions per recipient") \
	X(COUNT_LIMITED_RATE,                "sender_limited_total",             "limit=\"sender-rate\"",          "Requests refused because their sender is over a limit") \
	X(COUNT_LIMITED_RECIPIENTS,          "sender_limited_total",             "limit=\"recipients-per-hour\"",  "Requests refused because their sender is over a limit") \
	X(COUNT_LIMITED_MISSING,             "sender_limited_total",             "limit=\"consent-needed-per-hour\"", "Requests refused because their sender is over a limit") \
	X(COUNT_LOGINS_LOCKED,               "logins_locked_total",              "",                               "Requests refused because too many wrong passwords came from their source") \
	X(COUNT_REFUSED_ACCOUNT,             "requests_refused_account_total",   "",                               "Requests of accounts that may not send") \
	X(COUNT_REFUSED_UNPROVED,            "requests_refused_unproved_total",  "",                               "Requests of unauthenticated senders, whom a recipient does not take") \
	X(COUNT_REFUSED_470,                 "requests_refused_470_total",       "",                               "Requests refused whole because a permission was missing") \
	X(COUNT_LEG_OK,                      "fanout_legs_total",                "result=\"ok\"",                  "Legs that ended") \
	X(COUNT_LEG_FAILED,                  "fanout_legs_total",                "result=\"failed\"",              "Legs that ended") \
	X(COUNT_LEG_RETRY,                   "fanout_legs_total",                "result=\"retry\"",               "Legs that ended") \
	X(COUNT_LEG_WITHDRAWN,               "fanout_legs_total",                "result=\"withdrawn\"",           "Legs that ended") \
	X(COUNT_ACCEPTED,                    "requests_accepted_total",          "",                               "Requests that got 202, on disk before") \
	X(COUNT_PERMISSION_REQUESTS_SENT,    "permission_requests_total",        "result=\"sent\"",                "Permission requests") \
	X(COUNT_PERMISSION_REQUESTS_FAILED,  "permission_requests_total",        "result=\"failed\"",              "Permission requests") \
	X(COUNT_PERMISSION_REQUESTS_LIMITED, "permission_requests_total",        "result=\"rate_limited\"",        "Permission requests") \
	X(COUNT_UNPERMITTED_IN,              "unpermitted_requests_total",       "direction=\"in\"",               "Requests without a permission: calls that ask or grant and triggers, and permission requests and notices that leave, all tries") \
	X(COUNT_UNPERMITTED_OUT,             "unpermitted_requests_total",       "direction=\"out\"",              "Requests without a permission: calls that ask or grant and triggers, and permission requests and notices that leave, all tries") \
	X(COUNT_UNPERMITTED_BYTES_IN,        "unpermitted_bytes_total",          "direction=\"in\"",               "Bytes of these; of what leaves, what UDP repeats included") \
	X(COUNT_UNPERMITTED_BYTES_OUT,       "unpermitted_bytes_total",          "direction=\"out\"",              "Bytes of these; of what leaves, what UDP repeats included") \
	X(COUNT_NOTICES_SENT,                "notices_total",                    "result=\"sent\"",                "Tries to tell recipients of what others recorded") \
	X(COUNT_NOTICES_FAILED,              "notices_total",                    "result=\"failed\"",              "Tries to tell recipients of what others recorded") \
	X(COUNT_GRANTS,                      "grants_total",                     "",                               "Grants by recipients") \
	X(COUNT_DENIES,                      "denies_total",                     "",                               "Denies by recipients") \
	X(COUNT_DENY_OVERRIDES_REFUSED,      "deny_overrides_refused_total",     "",                               "Changes refused because the recipient's own deny stands") \
	X(COUNT_SIGN_INS_REFUSED,            "page_sign_ins_refused_total",      "",                               "Requests to /mine with a wrong password, or without an account, or after too many of these") \
	X(COUNT_CHAT_UNPROVED,               "chat_unproved_total",              "",                               "Words typed to lists and services without a proof of who sent them") \
	X(COUNT_CHAT_TOLD,                   "chat_answers_total",               "result=\"sent\"",                "Messages about words that people typed") \
	X(COUNT_CHAT_UNTOLD,                 "chat_answers_total",               "result=\"failed\"",              "Messages about words that people typed") \
	X(COUNT_REPLIES_UNPROVED,            "consent_replies_unproved_total",   "",                               "Replies to permission requests without a proof of who sent them") \
	X(COUNT_UNKNOWN_CONSENT_URIS,        "unknown_consent_uris_total",       "",                               "Requests to unknown consent URIs") \
	X(COUNT_PAI_STRIPPED,                "assertions_stripped_total",        "direction=\"in\"",               "P-Asserted-Identity removed at the border") \
	X(COUNT_PAI_WITHHELD,                "assertions_stripped_total",        "direction=\"out\"",              "P-Asserted-Identity removed at the border") \
	X(COUNT_HIDDEN_ENTRIES,              "list_entries_hidden_total",        "",                               "List entries kept from other recipients (bcc, anonymize)") \
	X(COUNT_CALLS_STARTED,               "calls_started_total",             "",                               "Calls that were begun") \
	X(COUNT_CALLS_ANSWERED,              "calls_answered_total",            "",                               "Calls that were answered and confirmed") \
	X(COUNT_CALLS_FAILED_3XX,            "calls_failed_total",              "code_class=\"3xx\"",             "Calls that ended before they were answered") \
	X(COUNT_CALLS_FAILED_4XX,            "calls_failed_total",              "code_class=\"4xx\"",             "Calls that ended before they were answered") \
	X(COUNT_CALLS_FAILED_5XX,            "calls_failed_total",              "code_class=\"5xx\"",             "Calls that ended before they were answered") \
	X(COUNT_CALLS_FAILED_6XX,            "calls_failed_total",              "code_class=\"6xx\"",             "Calls that ended before they were answered") \
	X(COUNT_CALLS_FAILED_OTHER,          "calls_failed_total",              "code_class=\"none\"",            "Calls that ended before they were answered") \
	X(COUNT_REVOKED_CALLS,               "calls_revoked_total",              "",                               "Calls ended because their permission was taken back") \
	X(COUNT_RTP_IN,                      "rtp_packets_total",               "direction=\"in\"",               "Packets of media") \
	X(COUNT_RTP_OUT,                     "rtp_packets_total",               "direction=\"out\"",              "Packets of media") \
	X(COUNT_RTP_DROPPED_MALFORMED,       "rtp_dropped_total",               "reason=\"malformed\"",           "Packets of media that were not used") \
	X(COUNT_RTP_DROPPED_FOREIGN,         "rtp_dropped_total",               "reason=\"foreign\"",             "Packets of media that were not used") \
	X(COUNT_RTP_DROPPED_FORMAT,          "rtp_dropped_total",               "reason=\"format\"",              "Packets of media that were not used") \
	X(COUNT_RTP_DROPPED_DOUBT,           "rtp_dropped_total",               "reason=\"doubt\"",               "Packets of media that were not used") \
	X(COUNT_RTP_DROPPED_LOOP,            "rtp_dropped_total",               "reason=\"loop\"",                "Packets of media that were not used") \
	X(COUNT_RTP_DROPPED_UNWANTED,        "rtp_dropped_total",               "reason=\"unwanted\"",            "Packets of media that were not used") \
	X(COUNT_RTP_DROPPED_RATE,            "rtp_dropped_total",               "reason=\"rate\"",                "Packets of media that were not used") \
	X(COUNT_RTP_UNSENT,                  "rtp_unsent_total",                "",                               "Packets of media that could not be sent") \
	X(COUNT_CONCEALED,                   "media_concealed_frames_total",    "",                               "Frames of 20 ms that were made up for lost ones") \
	X(COUNT_LATE_TICKS,                  "media_late_ticks_total",          "",                               "Ticks of the mixer that were left out because the one before took too long") \
	X(COUNT_MEDIA_EVENTS_LOST,           "media_events_lost_total",         "",                               "Events of media that came faster than the loop took them") \
	X(COUNT_STORE_ERRORS,                "store_errors_total",               "",                               "Store jobs that failed") \
	X(COUNT_COMMITS,                     "store_commits_total",              "",                               "Transactions committed") \
	X(COUNT_COMMIT_JOBS,                 "store_commit_jobs_total",          "",                               "Jobs in those transactions") \
	X(COUNT_RECOVERED,                   "requests_recovered_total",         "",                               "Accepted requests taken up again after a restart") \
	X(COUNT_CLOCK_STEPS,                 "clock_steps_total",                "",                               "Steps of the wall clock seen")

/*      id                  metric                   labels                  help */
#define GAUGES(X) \
	X(GAUGE_SERVER_TXN,   "sip_transactions",                     "side=\"server\"",      "Transactions held") \
	X(GAUGE_CLIENT_TXN,   "sip_transactions",                     "side=\"client\"",      "Transactions held") \
	X(GAUGE_WORKERS,      "workers",                              "",                     "Threads that send legs beside the loop") \
	X(GAUGE_CONNECTIONS,  "connections",                          "transport=\"tcp\"",    "Connections open") \
	X(GAUGE_CONNECTIONS_TLS, "connections",                       "transport=\"tls\"",    "Connections open") \
	X(GAUGE_TLS_ENDS,     "tls_certificate_expiry_timestamp_seconds", "",                "When the first of the certificates of TLS ends; 0: there is none") \
	X(GAUGE_TLS_OCSP_ENDS, "tls_ocsp_next_update_timestamp_seconds", "",                 "When the first of the OCSP responses of TLS is out of date; 0: there is none") \
	X(GAUGE_TLS_CRL_ENDS, "tls_crl_next_update_timestamp_seconds", "",                   "When the first of the revocation lists of TLS is out of date; 0: there is none") \
	X(GAUGE_UDP_DROPS,    "udp_receive_drops",                    "",                     "Datagrams the kernel dropped because the receive buffer was full") \
	X(GAUGE_REQUESTS,     "requests_in_work",                     "",                     "Requests in work") \
	X(GAUGE_FANOUTS,      "fanouts_in_work",                      "",                     "Fan-outs in work") \
	X(GAUGE_LEGS,         "legs_in_flight",                       "",                     "Legs in flight") \
	X(GAUGE_DELIVERIES,   "deliveries_waiting",                   "",                     "Deliveries waiting for another try") \
	X(GAUGE_PERMISSIONS,  "permissions",                          "",                     "Permissions in the decision index") \
	X(GAUGE_PERMISSIONS_ENDING, "permissions_ending",              "",                     "Grants that end within renew-before; counted every 10 minutes") \
	X(GAUGE_NOTICES_DUE,  "notices_open",                         "state=\"due\"",        "Recipients who are yet to be told of what others recorded; legs to them wait") \
	X(GAUGE_NOTICES_SENT, "notices_open",                         "state=\"sent\"",       "Recipients who are yet to be told of what others recorded; legs to them wait") \
	X(GAUGE_ACCOUNTS,     "accounts",                             "",                     "Accounts") \
	X(GAUGE_STORE_QUEUE,  "store_queue_jobs",                     "",                     "Jobs waiting for the store") \
	X(GAUGE_CONFERENCES,   "conferences",                          "",                     "Conferences that run") \
	X(GAUGE_PARTIES_QUEUED, "conference_parties",                   "status=\"queued\"",    "Parties of conferences that run") \
	X(GAUGE_PARTIES_DIALING, "conference_parties",                   "status=\"dialing\"",   "Parties of conferences that run") \
	X(GAUGE_PARTIES_ALERTING, "conference_parties",                   "status=\"alerting\"",  "Parties of conferences that run") \
	X(GAUGE_PARTIES_CONNECTED, "conference_parties",                   "status=\"connected\"", "Parties of conferences that run") \
	X(GAUGE_PARTIES_DISCONNECTED, "conference_parties",                   "status=\"disconnected\"", "Parties of conferences that run") \
	X(GAUGE_DIALOUT,       "dialout_queue",                        "",                     "Parties that wait for their turn to be called") \
	X(GAUGE_MEDIA_PORTS,   "media_ports_used",                     "",                     "Ports of media in use") \
	X(GAUGE_MEDIA_THREADS, "media_threads",                        "",                     "Threads that mix") \
	X(GAUGE_CREDENTIALS,  "credentials_wanted_timestamp_seconds", "",                     "When a next hop last answered 401 or 407; 0: never")

/*      id                        metric                       labels               help */
#define HISTOGRAMS(X) \
	X(HISTOGRAM_TICK,         "media_tick_seconds",        "",                  "What a thread that mixes takes for one tick of 20 ms") \
	X(HISTOGRAM_DENY_PUBLISH, "revocation_seconds",        "door=\"publish\"",  "From a deny that was received until it is on disk and nothing leaves any more that rested on the permission") \
	X(HISTOGRAM_DENY_CHAT,    "revocation_seconds",        "door=\"chat\"",     "From a deny that was received until it is on disk and nothing leaves any more that rested on the permission") \
	X(HISTOGRAM_DENY_PAGE,    "revocation_seconds",        "door=\"page\"",     "From a deny that was received until it is on disk and nothing leaves any more that rested on the permission") \
	X(HISTOGRAM_DENY_REST,    "revocation_seconds",        "door=\"rest\"",     "From a deny that was received until it is on disk and nothing leaves any more that rested on the permission") \
	X(HISTOGRAM_DENY_IMPORT,  "revocation_seconds",        "door=\"import\"",   "From a deny that was received until it is on disk and nothing leaves any more that rested on the permission") \
	X(HISTOGRAM_SILENCE,      "revoke_to_silence_seconds", "",                  "From the look at a deny to the end of media, BYE and CANCEL of all calls that rested on the permission")
/* clang-format on */
/** The upper bounds of all histograms, in microseconds; one more has none. */
#define HISTOGRAM_BOUNDS                                                       \
	{                                                                      \
		500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 250000,    \
			1000000                                                \
	}
#define HISTOGRAM_BUCKETS 11

#define COUNTERS_ID(id, metric, labels, help) id,
enum counter { COUNTERS(COUNTERS_ID) COUNTER_COUNT };
enum gauge { GAUGES(COUNTERS_ID) GAUGE_COUNT };
enum histogram { HISTOGRAMS(COUNTERS_ID) HISTOGRAM_COUNT };
#undef COUNTERS_ID

struct histogram_counts {
	_Atomic uint64_t buckets[HISTOGRAM_BUCKETS]; /**< each by itself */
	_Atomic uint64_t sum_us;
};
struct counters {
	_Atomic uint64_t counts[COUNTER_COUNT];
	_Atomic int64_t gauges[GAUGE_COUNT];
	struct histogram_counts histograms[HISTOGRAM_COUNT];
	/** The loop's: when the log last said it (credentials.h); 0: never. */
	int64_t credentials_said_at;
};

static inline void count(struct counters *counters, enum counter which)
{
	atomic_fetch_add_explicit(&counters->counts[which], 1,
				  memory_order_relaxed);
}

static inline void count_more(struct counters *counters, enum counter which,
			      uint64_t n)
{
	atomic_fetch_add_explicit(&counters->counts[which], n,
				  memory_order_relaxed);
}

/** It is counted elsewhere: so many, since the start. */
static inline void count_set(struct counters *counters, enum counter which,
			     uint64_t value)
{
	atomic_store_explicit(&counters->counts[which], value,
			      memory_order_relaxed);
}

static inline void histogram_note(struct counters *counters,
				  enum histogram which, int64_t us)
{
	static const int64_t bounds[] = HISTOGRAM_BOUNDS;
	struct histogram_counts *counts = &counters->histograms[which];
	int i = 0;

	while (i < HISTOGRAM_BUCKETS - 1 && us > bounds[i])
		i++;
	atomic_fetch_add_explicit(&counts->buckets[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&counts->sum_us, us > 0 ? (uint64_t)us : 0,
				  memory_order_relaxed);
}

static inline void gauge_add(struct counters *counters, enum gauge which,
			     int64_t by)
{
	atomic_fetch_add_explicit(&counters->gauges[which], by,
				  memory_order_relaxed);
}

static inline void gauge_set(struct counters *counters, enum gauge which,
			     int64_t value)
{
	atomic_store_explicit(&counters->gauges[which], value,
			      memory_order_relaxed);
}

#endif
