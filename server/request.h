/*
 * request -- a received request that passed all checks, and the response to it.
 *
 * server/edge/request_read.c makes one after the checks (framing, syntax,
 * Require, methods, credentials); list/, message/ and consent/ see no SIP
 * stack. Everything lives in the request's arena.  The owner answers it with
 * edge_respond(): once, but for INVITE, and frees it with request_free().
 */
#ifndef VOLENS_SERVER_REQUEST_H
#define VOLENS_SERVER_REQUEST_H

#include <stdbool.h>

#include "policies/facts.h"
#include "policies/list.h"
#include "server/base/sha256.h"
#include "server/base/token.h"
#include "server/base/view.h"
#include "server/method.h"

/** One header field; name in its long form ("Subject"), value unfolded. */
struct header {
	struct view name, value;
};

/** A body with its Content-* lines; body.at NULL where there is none. */
struct content {
	struct view lines; /**< each with CRLF; no Content-Length */
	struct view body;  /**< octet-exact */
};

/** A service: a target URI that takes lists in requests. */
struct service {
	const char *name; /**< user part: sip:<name>@<domain> */
	const char *uri;  /**< "sip:lists@relay.example.com" */
	const char *key;  /**< its key (server/base/uri.h) */
	/** One of the edge's domains; NULL: the first. */
	const char *domain;
	enum missing_rule missing; /**< MISSING_REFUSES unless configured */
	/** Senders who do not prove who they are may come (RFC 4453 REQ 12), by
	 *  methods whose row is IDENTITY_BY_SERVICE. */
	bool takes_unauthenticated;
	const char *const *methods; /**< that it takes */
	size_t n_methods;
	const char *allow; /**< value of Allow: these, and OPTIONS */
};

/** What a Request-URI stands for. */
enum purpose {
	PURPOSE_LIST,	     /**< a list service */
	PURPOSE_CONSENT,     /**< a consent URI: grant, deny or trigger */
	PURPOSE_CONFERENCE,  /**< a conference URI: c- and 16 hex digits */
	PURPOSE_STORED_LIST, /**< a stored list (db/lists.h) */
	PURPOSE_CHAT /**< the address of a question; or a list or service to
		      *   which a word for the relay was typed */
};
/** An answer, or as good as one: it is taken as it comes. */
static inline bool purpose_is_answer(enum purpose purpose)
{
	return purpose == PURPOSE_CONSENT || purpose == PURPOSE_CHAT;
}

struct server_txn;
struct trust_domain;

/** What requests of ours say of the user for whom we act (RFC 5876 section
 *  4.1), in all but CANCEL, and our responses of who answers. */
struct assertion {
	struct view asserted; /**< P-Asserted-Identity lines, each with CRLF,
			       *   for next hops that are told; or none */
	struct view privacy_line; /**< Privacy, with CRLF, or none; in an INVITE
				   *   always, else beside the former */
	unsigned privacy;	  /**< enum privacy bits */
};

struct request {
	struct arena *arena;
	/** For the edge only.  NULL once answered; of an INVITE that got a 2xx
	 *  64*T1 later (timer L), and until then the 2xx may be repeated. */
	struct server_txn *txn;
	char id[20]; /**< "relay=" and 12 hex digits, for the log */
	enum purpose purpose;
	const struct service *service; /**< PURPOSE_LIST */
	/* Consent URIs, also of PURPOSE_CHAT: has_token; which; whether it came
	 * over TLS; SIP-If-Match or NULL. */
	bool has_token;
	enum token_kind token_kind;
	struct token token;
	bool is_secure;
	const char *if_match;
	const char *conference; /**< PURPOSE_CONFERENCE: user part of the URI */
	const char *list;	/**< PURPOSE_STORED_LIST: likewise, its name */
	bool requires_list;	/**< Require names the extension of the row */
	enum method method_id;
	const char *method; /**< "MESSAGE", "PUBLISH" */
	const char *target; /**< Request-URI as received */
	/** The domain of ours that it is in, whose realm counts; the first
	 *  where an address stands in its place. */
	const char *domain;
	const char *target_key;

	const char *call_id;	/**< as received; what is not printable ASCII is
				     a '?', and it is cut at 256 bytes */
	const char *source;	/**< address and port that it came from */
	uint8_t address[16];	/**< that address; IPv4 mapped */
	const char *from;	/**< From as received but without its tag:
				     name-addr in <>, and parameters */
	const char *from_key;	/**< key of its URI */
	struct identity sender; /**< IDENTITY_NONE: not authenticated */
	/** For the edge only: of who sent it; NULL: it is in none. */
	const struct trust_domain *trust;
	unsigned vouched; /**< bit n: a grant may rest on sender.aor[n],
			       which a peer asserts (policies/proof.h) */
	bool is_stale;	  /**< for a challenge: the nonce was not good */
	/** P-Asserted-Identity values (name-addr) that a trusted next hop may
	 * be told: believed ones, or our own after digest; NULL ends the list.
	 */
	const char *asserted[3];
	unsigned privacy; /**< enum privacy bits; 0 when there is no header */
	/** Half of the SHA-256 of sender, Call-ID, CSeq and From tag, and half
	 *  of that of Request-URI, Content-* and body (db/store.h). */
	uint8_t key[HASH_LEN];

	int max_forwards;    /**< as received, 70 when absent; never 0 here */
	int max_breadth;     /**< as received; -1 when absent */
	int expires_s;	     /**< Expires; -1 when absent */
	int64_t received_at; /**< seconds since the epoch */

	/** Header fields that legs take over as they are (protocol: Subject,
	 *  Priority, Date, Expires, Reply-To, In-Reply-To, Accept-Contact,
	 *  Reject-Contact, Privacy).  Call-Info, Organization and credentials
	 *  of any realm are not among them. */
	const struct header *headers;
	size_t n_headers;
	/** Content-* header fields and MIME-Version of the body, as received.
	 */
	const struct header *content;
	size_t n_content;
	struct view content_type; /**< value; len 0 when absent */
	struct view body;	  /**< octet-exact; may hold NULs */

	struct view typed; /**< PURPOSE_CHAT: what was typed; or none */

	/* Rows with makes_dialog only (server/edge.h): */
	struct view bytes; /**< the whole message; at NULL: none */
	const char *tag;   /**< ours, in To of every response but 100 */
	unsigned channel;  /**< enum protocol: that it came by */
	/**
	 * INVITE: CANCEL came, or the time in its Expires is over; answer 487
	 * (RFC 3261 sections 9.2 and 13.3.1).  Once, before the final response,
	 * never from inside edge_respond().  Its owner sets it as soon as it
	 * gets the request; while NULL, the edge answers 487 itself.
	 */
	void (*cancelled)(struct request *request);
	void *owner; /**< for the owner only */
};

void request_free(struct request *request);

struct response {
	int status;
	const char *reason;	      /**< NULL: the usual phrase */
	const struct header *headers; /**< more header fields */
	size_t n_headers;
	struct content content; /**< a body; or none */
	/** User part of our Contact, as in struct leg; NULL: no Contact.  The
	 *  parameters begin with a semicolon (";isfocus"), or are NULL. */
	const char *contact, *contact_params;
};

#endif
