/*
 * api -- the admin side: REST under /v1, health, metrics (libmicrohttpd).
 *
 * Handlers run on libmicrohttpd's threads as straight-line code: reads on a
 * read handle from a small pool, writes by writer_call().  After a change that
 * makes something due, wake() wakes the loop.  On addresses that are not on
 * loopback it needs TLS, or a proxy that is named.
 */
#ifndef VOLENS_API_API_H
#define VOLENS_API_API_H

#include "api/origin.h"
#include "db/account_table.h"
#include "db/allowances.h"
#include "db/index.h"
#include "db/list_table.h"
#include "db/lists.h"
#include "db/writer.h"
#include "policies/asking.h"
#include "policies/ours.h"
#include "policies/list.h"
#include "server/base/counters.h"
#include "server/consent/reply.h"
#include "server/words/wording.h"

/** What explain has to know of a service. */
struct api_service {
	const char *key; /**< of its URI */
	enum missing_rule missing;
	const char *const *methods; /**< that it takes */
	size_t n_methods;	    /**< 0: MESSAGE alone */
	/** By MESSAGE, from senders who do not prove who they are. */
	int takes_unauthenticated;
};

struct conference_event;
struct conferences;
struct hop_search;
struct message_event;
struct secret;
struct trust_domain;
/** The page of recipients, on a listener of its own (api/page.h). */
struct page_settings {
	const char *listen;  /**< as below; NULL or "": there is no page */
	struct https *https; /**< NULL: without TLS */
	struct origin_rules origin;
	const char *public_url;
	bool has_chat;	  /**< a word that is typed to a question counts */
	bool has_sign_in; /**< people see their answers with their account */
	bool takes_md5;	  /**< of their digest, beside SHA-256 */
	/** Where a token alone proves who answers. */
	const struct trust_network *any_transport;
	size_t n_any_transport;
	const struct wording *wording;
	/** On the loop's thread, as consents_decide(); false: too much waits.
	 */
	bool (*decide)(void *arg, const struct consent_reply *reply,
		       reply_done_fn done, void *done_arg);
	void *arg; /**< of it */
};

struct api_settings {
	struct page_settings page;
	const char *listen;  /**< "127.0.0.1:8080", "[::1]:8080"; port 0: any */
	struct https *https; /**< NULL: without TLS; outlives the API */
	struct origin_rules origin;
	const char *public_url; /**< what Location begins with; NULL or "": a
				     path alone */
	const char *admin_token_file; /**< one token a file, mode 0600 */
	const char *store_path;	      /**< for the read handles */
	const char *domain;	      /**< digest realm; the first */
	struct domains domains;	      /**< beside it, realms as well */
	struct ours ours;	      /**< URIs that are no recipients */
	int deny_for_recipients; /**< 1: denies that they told an operator */
	int64_t told_per_day;	 /**< most of these in a day */
	bool has_tls;		 /**< there is a way to sips URIs */
	int64_t refresh_s;	 /**< how long a yes lives; 0: no end */
	struct asking_limits asking; /**< as the consents have them */
	int questions_per_second;    /**< likewise */
	int allow_private_addresses; /**< 1: recipients at private addresses are
					fine */
	const struct api_service *services; /**< that take lists */
	size_t n_services;
	int has_trusted_peers; /**< 1: somebody may assert identities */
	const struct trust_domain *trust; /**< in the order that counts */
	size_t n_trust;
	int tells_outside;	    /**< as in struct trust_departure */
	uint64_t sender_room_bytes; /**< as the writer's; 0: any */
	struct writer *writer;
	struct index *index;
	struct accounts *accounts;
	const struct list_table *lists; /**< stored ones; NULL: there are none
					 */
	struct list_limits list_limits;
	struct allowances *allowances;	 /**< NULL: senders have no limits */
	struct conferences *conferences; /**< NULL: there are none */
	struct counters *counters;
	const struct secret *secret; /**< to hash bodies; NULL: without a key */
	struct loop *loop;	     /**< for its lag */
	void (*wake)(void *arg);     /**< any thread: something is due */
	/** NULL, or why the relay is not ready ("draining"). Any thread. */
	const char *(*not_ready)(void *arg);
	/** Begin, and give up, a search for hops (api/hops.h); on the loop's
	 *  thread.  NULL: there are no hops. */
	void (*find_hops)(void *arg, struct hop_search *search);
	void (*forget_hops)(void *arg, struct hop_search *search);
	void *arg; /**< of all these */
};

/** What keeps one from starting, for the log. */
struct api_problem {
	const char *block;  /**< of the configuration: "http" or "page" */
	const char *listen; /**< its address */
	const char *text;   /**< NULL: the error says it */
};

struct api;
/** May one listen at both addresses?  ERR_SYNTAX, or ERR_FORBIDDEN: not without
 *  TLS or a named proxy. */
enum err api_check_listen(const struct api_settings *settings,
			  struct api_problem *ret_problem) MUST_CHECK;
/** Read the token file, bind, start. */
enum err api_new(const struct api_settings *settings, struct api **ret,
		 struct api_problem *ret_problem) MUST_CHECK;
/** The port that is listened on. */
int api_port(const struct api *api);
/** That of the page; 0: there is none. */
int api_page_port(const struct api *api);
/** Is anybody interested in events of messages? */
bool api_events_are_wanted(const struct api *api);
/** Tell the readers of events. */
void api_tell_message(struct api *api, const struct message_event *event);
void api_tell_conference(struct api *api, const struct conference_event *event);
/** A stop: who waits for the loop to find hops is told, and nobody else may.
 *  On the loop's thread. */
void api_drain(struct api *api);
/** On the loop's thread, or after it. */
void api_free(struct api *api);

#endif
