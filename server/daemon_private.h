/*
 * daemon_private -- what daemon.c, check.c, setup.c and housekeeping.c share.
 */
#ifndef VOLENS_SERVER_DAEMON_PRIVATE_H
#define VOLENS_SERVER_DAEMON_PRIVATE_H

#include "api/api.h"
#include "api/hops.h"
#include "api/https.h"
#include "db/job_group.h"
#include "server/consent/consent.h"
#include "server/focus/focus.h"
#include "server/daemon.h"
#include "server/list/lists.h"
#include "server/message/messages.h"
#include "server/net/tls.h"
#include "server/edge/edge.h"
#include "server/session/sessions.h"
#include "server/sip/sent_by.h"
#include "server/sip/sip.h"

/** The store is told what time it is. */
struct clock_note {
	struct store_job job; /**< first */
	int64_t now;
	int64_t newest; /**< what the store had seen before */
	int64_t due_ms; /**< when to tell it again */
};

struct daemon {
	const struct config *config;
	struct arena *arena; /**< of what the settings of the parts point to */
	struct loop *loop;
	struct counters *counters;
	struct index *index;
	struct accounts *accounts;
	struct list_table *list_table; /**< stored lists */
	struct allowances *allowances; /**< of senders */
	struct secret *secret;
	struct writer *writer;
	struct job_group jobs; /**< housekeeping's */
	struct lists *lists;
	struct messages *messages;
	struct consents *consents;
	/** NULL, as the next two, unless a service takes INVITE. */
	struct mixer *mixer;
	struct sessions *sessions;
	struct conferences *conferences;
	struct media_rules media_rules;
	struct conference_listener conference_listener;
	struct domains domains; /**< beside the first */
	struct trust_domains trust_domains;
	struct tls *tls; /**< NULL: no TLS */
	/** When the log was told of an end, by kind, and of a wrong name;
	 *  0: never. */
	int64_t ends_said_at[TLS_DATED_KINDS], name_said_at;
	struct sip *sip;
	struct edge *edge;
	struct https *https; /**< NULL: REST has no TLS */
	struct api *api;

	struct loop_watch signals;
	struct loop_timer drain;
	int64_t drain_until_ms;
	atomic_bool draining;

	struct loop_post wake;
	atomic_flag is_waking; /**< wake is with the loop */

	struct loop_timer housekeeping;
	struct loop_hook clock_look;
	int64_t clock_offset_ms; /**< wall clock minus monotonic clock */
	int64_t trim_at_ms;
	struct clock_note clock_note;
	bool is_store_failing; /**< and the log says so */
};

/** Why the secret could not be opened, in words that help; @p error: errno. */
const char *secret_problem(enum err err, int error);
/** Why a store that is missing beside @p leftover is not made anew. */
const char *store_missing(const char *leftover, struct arena *arena);
#define TOKEN_FILE_MISSING                                                     \
	"it is missing; make it with: "                                        \
	"(umask 077; openssl rand -hex 32 > FILE)"

/* ---- setup.c: from the config to the settings of each part ------------- */

struct lists_settings setup_lists(struct daemon *daemon);
struct messages_settings setup_messages(struct daemon *daemon);
struct consents_settings setup_consents(struct daemon *daemon);
struct sip_settings setup_sip(struct daemon *daemon);
/** setup_asking.c: how often people are asked. */
struct asking_limits setup_asking(const struct daemon *daemon);
/** ERR_SYNTAX: the domain makes no service URI. */
enum err setup_edge(struct daemon *daemon,
		    struct edge_settings *ret) MUST_CHECK;
struct api_settings setup_api(struct daemon *daemon);
/** api_settings.find_hops and forget_hops; @p arg: the daemon.  (hop_search.c)
 */
void hops_find(void *arg, struct hop_search *search);
void hops_forget(void *arg, struct hop_search *search);
/** consents_settings.hop_addresses. */
struct leg_hops;
size_t hops_addresses(const struct leg_hops *hops, uint8_t (*ret)[16],
		      size_t most);
/** For messages_settings and conferences_settings: a leg waits. */
void setup_untold(void *arg, int64_t permission);
struct message_listener setup_message_listener(struct daemon *daemon);
/** For conferences_listen(). */
struct conference_listener setup_conference_listener(struct daemon *daemon);

/** @return it points into the config, and into the arena of the daemon. */
struct trust_domains setup_trust(struct daemon *daemon);
/** Say which of them have names that nobody can prove. */
void trust_warn(const struct config *config);
/** May any peer say who a sender is?  (RFC 3325 section 5) */
bool setup_has_peers(const struct config *config);

/* What these share. */
/** Seconds; as many as @p from has. */
const int *setup_pauses(struct arena *arena, const struct numbers *from);
/** Networks that were checked when the config was read. */
const struct trust_network *setup_networks(struct arena *arena,
					   const struct strings *from);
/** With the passwords of their files, which are read now; or why they cannot.
 */
const char *setup_credentials(const struct config *config, struct arena *arena,
			      struct sip_credentials *ret);
/** The one of section tls, then the further ones, then those of domains. */
const struct certificate_files *setup_certificates(const struct config *config,
						   struct arena *arena,
						   size_t *ret_n);
/** What a row of `sip { listen }` says. */
enum err setup_listener(const char *text, enum protocol *ret_protocol,
			union address *ret) MUST_CHECK;
/** Is it known to others by something else?  As sent_by_advertised(). */
bool setup_advertised(const struct config *config, enum protocol protocol,
		      const union address *listener, struct advertised *ret);
struct uri_rules setup_rules(const struct config *config);
struct ours setup_ours(struct daemon *daemon);
struct consent_hosts setup_consent_hosts(struct daemon *daemon);
/** Those beside the first; they live as the config does. */
struct domains setup_domains(const struct config *config, struct arena *arena);
struct consent_places setup_places(struct daemon *daemon);
/** To be freed by the caller. */
struct allowances *setup_allowances(const struct config *config);
enum err setup_services(struct daemon *daemon, const struct service **ret,
			size_t *ret_n) MUST_CHECK;

/* ---- setup_calls.c: the same for calls ---------------------------------- */

/** Does a service take INVITE? */
bool setup_has_calls(const struct config *config);
/** Sessions, mixer and focus.  On failure @p ret_problem says why. */
enum err calls_open(struct daemon *daemon, const char **ret_problem) MUST_CHECK;
/** Show what runs, for /metrics: once a second. */
void calls_show(struct daemon *daemon);
/** Nothing is sent any more, nobody is told; before the edge goes. */
void calls_close(struct daemon *daemon);

/* ---- setup_tls.c: certificates of SIP -------------------------------------
 */

/** Read the files; *ret is NULL where the config names none.  What it points to
 *  is in @p arena.  On failure @p ret_problem says why. */
enum err certificates_load(const struct config *config, struct arena *arena,
			   struct tls **ret,
			   const char **ret_problem) MUST_CHECK;
/** Log what will not be accepted: an end that is near, another name. */
void certificates_warn(const struct config *config, struct tls *tls);
/** SIGHUP: read them again, or keep what there is and say why. */
void certificates_reload(struct daemon *daemon);
/** Show when the first of each kind ends, and warn, once a day.  Called once a
 *  second. */
void certificates_look(struct daemon *daemon);
/* ---- setup_https.c: who may come to REST, by which names and certificates --
 */

/** Read the files; *ret is NULL where REST has no TLS.  What it points to is in
 *  @p arena.  On failure @p ret_problem says why. */
enum err https_load(const struct config *config, struct arena *arena,
		    struct https **ret, const char **ret_problem) MUST_CHECK;
/** The listener that it is for: that of REST, if it has TLS. */
const char *setup_https_listen(const struct config *config);
/** SIGHUP: the same again, if there are any. */
void https_reload_files(struct daemon *daemon);
/** Where recipients reach the page; NULL: there is none. */
const char *setup_page_url(const struct config *config, struct arena *arena);
/** But for who decides, and closed networks. */
struct page_settings setup_page(const struct config *config,
				struct https *https, struct arena *arena);
/** Points into the config and @p arena. */
struct origin_rules setup_origin(const struct config *config,
				 struct arena *arena);

/* ---- housekeeping.c: periodic work ------------------------------------- */

/** Before any thread starts: memory goes back to the system, and there are as
 *  many descriptors as the system allows. */
void housekeeping_prepare(void);
/** Before anything is served: expire what has expired by the clock, or by the
 *  latest time that the store has seen; a clock that is behind is logged. */
void housekeeping_catch_up(struct daemon *daemon);
void housekeeping_start(struct daemon *daemon);
void housekeeping_stop(struct daemon *daemon);

#endif
