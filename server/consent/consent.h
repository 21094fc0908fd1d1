/*
 * consent -- asks recipients for permission, and takes their replies.
 *
 * The store says which permission requests are due, so a restart goes on with
 * them.  A pending row that is due gets a MESSAGE with a text for people and
 * the permission document (RFC 5360 section 5.3.1, RFC 5361), one at a time per
 * recipient (RFC 3428 section 8) and within the limits.  Whom others granted
 * for, or said no for, is told of it likewise (policies/notice.h).  Loop thread
 * only.
 */
#ifndef VOLENS_SERVER_CONSENT_CONSENT_H
#define VOLENS_SERVER_CONSENT_CONSENT_H

#include "db/index.h"
#include "db/list_table.h"
#include "db/writer.h"
#include "policies/asking.h"
#include "policies/trust_domain.h"
#include "server/base/consent_uri.h"
#include "server/base/counters.h"
#include "server/base/uri.h"
#include "server/consent/reply.h"
#include "server/edge.h"
#include "server/words/wording.h"

struct consents_settings {
	struct loop *loop;
	struct edge *edge;
	struct writer *writer;
	struct index *index;
	const struct list_table *lists; /**< stored ones; NULL: there are none
					 */
	/** Services, to whose URIs words are typed. */
	const struct service *services;
	size_t n_services;
	/** STOP and the like count at services and stored lists. */
	bool has_stop_words;
	struct counters *counters;
	const struct secret *secret;
	const char *domain;	      /**< the first */
	struct consent_places places; /**< of consent URIs; domains */
	struct uri_rules uri_rules;
	/** Closed networks: from there a token alone proves who replies, also
	 *  where not all of the way was secured (RFC 5360 section 5.6.1.3). */
	const struct trust_network *any_transport;
	size_t n_any_transport;
	/** A question's From is an address of its own, at which its recipient
	 *  can answer in words. */
	bool has_chat;
	/** What the address of a question's page begins with; NULL: it has
	 * none.
	 */
	const char *page_url;
	struct asking_limits asking;	  /**< but for triggers */
	struct ask_limits trigger_limits; /**< for PUBLISH to trigger URIs */
	int64_t refresh_s; /**< how long a grant lives without refresh; the
				Expires of a 200 to a grant (RFC 5360) */
	const struct wording
		*wording; /**< of questions and notices; NULL: English */
	int64_t request_lifetime_s; /**< Expires of a permission request */
	struct away_rule away; /**< statuses after which it is tried again */
	size_t requests_in_flight; /**< most permission requests in flight */
	int per_second;		   /**< of all together; 0: no limit */
	/** Addresses (IPv4 mapped) of hops that a leg was told, best first, @p
	 *  most at most; 0: it goes by a proxy of the operator's.  NULL: nobody
	 *  can tell, networks are not counted. */
	size_t (*hop_addresses)(const struct leg_hops *hops, uint8_t (*ret)[16],
				size_t most);
	/** NULL, or whether the edge sheds requests: then nobody is asked. */
	bool (*is_busy)(const struct edge *edge);
};

struct consents;
struct consents *consents_new(const struct consents_settings *settings);
/** For edge_register(), with the consents. */
extern const struct method_module consent_module;
/** Likewise: words that people type (policies/chat.h). */
extern const struct method_module chat_module;

/** PUBLISH to a consent URI.  The consents own the request from now on and
 *  respond to it. */
void consent_receive(struct consents *consents, struct request *request);

/** Begin asking; call once after the edge listens. */
void consents_start(struct consents *consents);
/** A row may be due (REST added one). */
void consents_wake(struct consents *consents);
/** A message to a recipient leaves that is no permission request, or one that
 *  cannot wait: the others wait for it. */
void consents_note_message(struct consents *consents);
/** A leg waits for the notice of this permission: it goes before others. */
void consents_hurry_notice(struct consents *consents, int64_t permission);
void consents_drain(struct consents *consents);
bool consents_idle(const struct consents *consents);
void consents_free(struct consents *consents);

#endif
