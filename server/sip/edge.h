/*
 * edge -- what the files of this room share: the edge itself, and a request on
 * its way through the ingress.
 */
#ifndef VOLENS_SERVER_SIP_EDGE_H
#define VOLENS_SERVER_SIP_EDGE_H

#include "server/base/nonce.h"
#include "server/base/sha256.h"
#include "server/base/siphash.h"
#include "server/base/text.h"
#include "server/base/token.h"
#include "server/sip/sender.h"
#include "server/sip/message.h"
#include "server/base/ttl_cache.h"
#include "server/sip/sip.h"
#include "server/net/source_rate.h"
#include "server/net/transport.h"
#include "server/sip/via.h"

#define LATE_MS 200 /**< of T1, before we are behind with requests */

struct worker_pool;
struct server_txns;

struct edge {
	struct sip_settings settings;
	struct loop *loop;
	struct counters *counters;
	struct transport *transport;
	struct sender sender;	  /**< of the loop thread */
	struct worker_pool *pool; /**< the other threads; NULL: none */
	struct nonce_book *nonces;
	struct source_rates *sources; /**< requests of each source */
	struct source_rates
		*refusals; /**< 503s to each source that is too fast */
	struct source_rates *repeats; /**< denies of each token that is ours */
	struct server_txns *server_txns;
	struct ttl_cache *loops; /**< requests of the last minute (RFC 7332) */
	struct hash_key key;	 /**< of To tags, transactions and memories */
	struct own_addresses own_addresses;
	/** Begins the branch of each Via of ours, after the cookie. */
	char instance_id[INSTANCE_ID_LEN + 1];
	const char **sent_by; /**< all that stand in Vias of ours */
	size_t n_sent_by;
	/** A message being written; lines of it; what is hashed.  Reused. */
	struct text out, lines, scratch;
	struct message message; /**< the request being looked at; reused */
	bool is_draining;
	int64_t shed_ms; /**< until when we count as overloaded */
	/** Datagrams have waited for us since then, and will have until then
	 *  even if none does now. */
	int64_t stands_since_ms, stands_until_ms;
};

/** What a Request-URI stands for. */
enum target_kind {
	TARGET_ELSEWHERE, /**< a host that is not ours */
	TARGET_SERVER,	  /**< the relay itself: no user part */
	TARGET_SERVICE,	  /**< a list service */
	TARGET_TOKEN,	  /**< has the form of a consent URI */
	TARGET_USER	  /**< anybody else here: nobody */
};

enum method {
	METHOD_UNKNOWN, /**< 501 */
	METHOD_ACK,
	METHOD_CANCEL,
	METHOD_MESSAGE,
	METHOD_OPTIONS,
	METHOD_PUBLISH,
	METHOD_REGISTER,
	METHOD_OTHER /**< known, and served nowhere here: 405 */
};

/** Who From or To names. */
struct parsed_name {
	bool is_read; /**< the others are there: it is not odd in any way */
	struct name_addr name;
	struct uri uri;
};

/** A request on its way in, before anybody has stored a thing for it. */
struct received {
	struct edge *edge;
	const struct message *message;
	const struct flow *from;
	const struct trust_domain
		*trust;	  /**< of the sender's address, or NULL */
	bool is_too_fast; /**< over its rate, let through for its credentials */
	bool has_via;	  /**< via was read */
	struct via via;	  /**< the top one */
	enum method method;
	struct view call_id, from_tag, to_tag;
	struct hash128 key; /**< of the transaction */
	struct hash128
		merge; /**< of the request, by whatever way; once asked */
	bool has_merge;
	uint8_t body_hash[HASH_LEN]; /**< received_body_hash() */
	bool has_body_hash;
	struct parsed_name from_name, to_name;
	const char *from_key; /**< of the URI in From; NULL: not known */
	uint32_t cseq;
	int max_forwards; /**< 70 when absent */
	struct uri uri;
	enum target_kind target;
	const struct service *service; /**< TARGET_SERVICE */
	enum token_kind kind;	       /**< TARGET_TOKEN */
	struct token token;
	bool is_known_deny; /**< TOKEN_DENY: it may be one of ours */
};

/** A final response that needs no transaction. */
struct reply {
	int status;	    /**< 0: none, go on */
	const char *reason; /**< NULL: the usual phrase */
	struct text lines;  /**< more header lines with CRLF */
};

#endif
