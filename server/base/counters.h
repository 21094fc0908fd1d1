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
	X(COUNT_DECIDED_GRANTED,             "decisions_total",                  "result=\"granted\"",             "Decisions per recipient") \
	X(COUNT_DECIDED_DENIED,              "decisions_total",                  "result=\"denied\"",              "Decisions per recipient") \
	X(COUNT_DECIDED_MISSING,             "decisions_total",                  "result=\"missing\"",             "Decisions per recipient") \
	X(COUNT_LIMITED_RATE,                "sender_limited_total",             "limit=\"sender-rate\"",          "Requests refused because their sender is over a limit") \
	X(COUNT_LIMITED_RECIPIENTS,          "sender_limited_total",             "limit=\"recipients-per-hour\"",  "Requests refused because their sender is over a limit") \
	X(COUNT_REFUSED_ACCOUNT,             "requests_refused_account_total",   "",                               "Requests of accounts that may not send") \
	X(COUNT_REFUSED_470,                 "requests_refused_470_total",       "",                               "Requests refused whole because a permission was missing") \
	X(COUNT_LEG_OK,                      "fanout_legs_total",                "result=\"ok\"",                  "Legs that ended") \
	X(COUNT_LEG_FAILED,                  "fanout_legs_total",                "result=\"failed\"",              "Legs that ended") \
	X(COUNT_LEG_RETRY,                   "fanout_legs_total",                "result=\"retry\"",               "Legs that ended") \
	X(COUNT_LEG_WITHDRAWN,               "fanout_legs_total",                "result=\"withdrawn\"",           "Legs that ended") \
	X(COUNT_ACCEPTED,                    "requests_accepted_total",          "",                               "Requests that got 202, on disk before") \
	X(COUNT_PERMISSION_REQUESTS_SENT,    "permission_requests_total",        "result=\"sent\"",                "Permission requests") \
	X(COUNT_PERMISSION_REQUESTS_FAILED,  "permission_requests_total",        "result=\"failed\"",              "Permission requests") \
	X(COUNT_PERMISSION_REQUESTS_LIMITED, "permission_requests_total",        "result=\"rate_limited\"",        "Permission requests") \
	X(COUNT_GRANTS,                      "grants_total",                     "",                               "Grants by recipients") \
	X(COUNT_DENIES,                      "denies_total",                     "",                               "Denies by recipients") \
	X(COUNT_DENY_OVERRIDES_REFUSED,      "deny_overrides_refused_total",     "",                               "Changes refused because the recipient's own deny stands") \
	X(COUNT_REPLIES_UNPROVED,            "consent_replies_unproved_total",   "",                               "Replies to permission requests without a proof of who sent them") \
	X(COUNT_UNKNOWN_CONSENT_URIS,        "unknown_consent_uris_total",       "",                               "Requests to unknown consent URIs") \
	X(COUNT_PAI_STRIPPED,                "assertions_stripped_total",        "direction=\"in\"",               "P-Asserted-Identity removed at the border") \
	X(COUNT_PAI_WITHHELD,                "assertions_stripped_total",        "direction=\"out\"",              "P-Asserted-Identity removed at the border") \
	X(COUNT_HIDDEN_ENTRIES,              "list_entries_hidden_total",        "",                               "List entries kept from other recipients (bcc, anonymize)") \
	X(COUNT_REVOKED_CALLS,               "calls_revoked_total",              "",                               "Calls ended because their permission was taken back") \
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
	X(GAUGE_UDP_DROPS,    "udp_receive_drops",                    "",                     "Datagrams the kernel dropped because the receive buffer was full") \
	X(GAUGE_REQUESTS,     "requests_in_work",                     "",                     "Requests in work") \
	X(GAUGE_FANOUTS,      "fanouts_in_work",                      "",                     "Fan-outs in work") \
	X(GAUGE_LEGS,         "legs_in_flight",                       "",                     "Legs in flight") \
	X(GAUGE_DELIVERIES,   "deliveries_waiting",                   "",                     "Deliveries waiting for another try") \
	X(GAUGE_PERMISSIONS,  "permissions",                          "",                     "Permissions in the decision index") \
	X(GAUGE_ACCOUNTS,     "accounts",                             "",                     "Accounts") \
	X(GAUGE_STORE_QUEUE,  "store_queue_jobs",                     "",                     "Jobs waiting for the store") \
	X(GAUGE_CREDENTIALS,  "credentials_wanted_timestamp_seconds", "",                     "When a next hop last answered 401 or 407; 0: never")
/* clang-format on */

#define COUNTERS_ID(id, metric, labels, help) id,
enum counter { COUNTERS(COUNTERS_ID) COUNTER_COUNT };
enum gauge { GAUGES(COUNTERS_ID) GAUGE_COUNT };
#undef COUNTERS_ID

struct counters {
	_Atomic uint64_t counts[COUNTER_COUNT];
	_Atomic int64_t gauges[GAUGE_COUNT];
	/** The loop's: when the log last said it (credentials.h); 0: never. */
	int64_t credentials_said_at;
};

static inline void count(struct counters *counters, enum counter which)
{
	atomic_fetch_add_explicit(&counters->counts[which], 1,
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
