/*
 * sip -- messages and transactions over UDP and TCP (RFC 3261).
 *
 * Requests go up to the listener, legs (server/leg.h) come down.  It knows
 * nobody above it: what it has to ask is in its settings or in its listener.
 *
 * From the network to the listener:
 *   receive         where a message goes: responses to their leg, requests up
 *   message, via    our own readers: lines and body, one Via value
 *   received        a request read far enough to be answered; its syntax
 *   common_syntax   header values that need no second reader
 *   sofia_check     the second reader: Sofia-SIP's header parser, nothing else
 *   server_txn      server transactions; a reply may be sent without one
 *   invite_server   those of INVITE: 100, repeats, ACK, CANCEL
 *   dialog_table    requests in a dialog go to its owner, past the listener
 *   contact         where we say that we are
 *   respond         what a response copies, and where it goes
 *   response_writer the bytes of a response
 *
 * From a leg to the network:
 *   sender          the way out, for one thread: names, resolver, transactions
 *   client_txn      client transactions: timers E and F
 *   invite_client   those of INVITE, by the tables of invite_txn; and CANCEL
 *   invite_leave    an INVITE waits until its call is on disk
 *   client_receive  what comes back: responses, ICMP errors
 *   branch_table    whose response it is
 *   outbound_proxy  the operator's, and the route to it
 *   next_hop_find   where a leg goes: its hops
 *   next_hop        the way to one; fall-back between hops
 *   sent_by         what our listeners are called in Via and Contact
 *   request_writer  the bytes of a request
 *   login           credentials for hops that challenge it
 *   response_head   the parts of a response that a leg needs
 *   worker_pool     hands batches of legs to workers, and takes them back
 *   worker          such a thread, with sockets of its own
 *   handoff_queue   legs from one thread to another
 *
 * Loop thread only, but for what a worker does.
 */
#ifndef VOLENS_SERVER_SIP_SIP_H
#define VOLENS_SERVER_SIP_SIP_H

#include "server/base/counters.h"
#include "server/base/loop.h"
#include "server/base/text.h"
#include "server/base/uri.h"
#include "server/leg.h"
#include "server/net/resolve.h"
#include "server/net/transport.h"

#define T1_MS 500 /**< RFC 3261 section 17.1.2.1 */

#define SIP_CREDENTIALS_MAX 32

struct digest_secrets;
/** What we say where a next hop asks for this realm (server/sip/login.h). */
struct sip_credential {
	const char *realm, *username;
	const struct digest_secrets *secrets; /**< server/base/digest.h */
	bool is_plain; /**< also where others can read it: not over TLS */
	bool is_weak;  /**< also MD5, and without qop */
	/** May this hop ask?  Asked by workers too.  NULL: any may. */
	bool (*is_hop)(const void *arg, const uint8_t address[16]);
	const void *arg;
};
struct sip_credentials {
	const struct sip_credential *at;
	size_t n; /**< SIP_CREDENTIALS_MAX at the most */
};

struct sip_settings {
	struct loop *loop;
	struct counters *counters;
	const char *domain;	   /**< in Vias of a listener on any address */
	const char *const *listen; /**< "sip:127.0.0.1:5060;transport=udp" */
	size_t n_listen;
	/** What others know these by: "sip:HOST[:PORT][;transport=udp]". */
	const char *const *advertise;
	size_t n_advertise;
	const char *outbound_proxy; /**< URI, or NULL or "" */
	struct uri_rules uri_rules;
	struct tls *tls;    /**< NULL: no TLS */
	size_t message_max; /**< bytes of one message over a stream */
	size_t connections_max, connections_per_source;
	int idle_s;		 /**< an idle connection is closed after it */
	int message_timeout_s;	 /**< for each whole message */
	size_t transactions_max; /**< server transactions */
	size_t unanswered_max;	 /**< of them, those that wait for an answer:
				      each holds all of its request */
	int udp_buffer;		 /**< bytes asked of the kernel */
	size_t workers;		/**< threads that send legs; 0: the loop does */
	const char *nameserver; /**< NULL: the system's; "127.0.0.1:5353" */
	/** What is this next hop, to which a name was resolved, told of who
	 *  sends?  Asked by workers too.  NULL: nothing. */
	enum leg_identity (*identity_for)(const void *arg,
					  const struct peer *next_hop,
					  const struct leg_template *template);
	const void *identity_for_arg;
	struct sip_credentials credentials; /**< for 401 and 407 */
};

/** Why it could not be made. */
struct sip_problem {
	const char *what;     /**< a text for the log; NULL: nothing to say */
	const char *listener; /**< of the settings, where it is about one */
};

struct sip;
/** Bind every listener; ERR_* with the problem of the first that fails. */
enum err sip_new(const struct sip_settings *settings, struct sip **ret,
		 struct sip_problem *ret_problem) MUST_CHECK;
/** The loop has ended: nothing leaves any more, from no thread. */
void sip_silence(struct sip *sip);
/** No leg is out, and no request waits for its answer. */
bool sip_idle(const struct sip *sip);
void sip_free(struct sip *sip);
/** What it listens and sends with. */
struct transport *sip_transport(const struct sip *sip);
/** Does it have a listener with TLS? */
bool sip_listens_securely(const struct sip *sip);
/** Is its host, and its port if there is one, what we tell others (advertise)?
 */
bool sip_is_advertised(const struct sip *sip, const struct uri *uri);

/* ---- requests ----------------------------------------------------------- */

#define CLAIM_LEN 16 /**< bytes that tell one claimed request from another */

/** What a listener says of a request that it knows by its Request-Line, or by
 *  that and the word in its body, so that nothing else in it can spoil it. */
struct claim {
	struct view method, uri; /**< as everybody else is to see them */
	/** What it is about: two with the same branch and another identity are
	 *  two requests. */
	uint8_t identity[CLAIM_LEN];
	/** It has room where others get a 503: twice as many transactions. */
	bool has_reserve;
	struct view text; /**< what was typed, in its bytes; or none */
};

struct message;
struct received;
/** Who takes requests.  ACK and what was received before do not come here. */
struct sip_listener {
	/** Is this one to be claimed?  Asked of the bytes, before anything is
	 *  read.  NULL: none is. */
	bool (*claim)(void *arg, struct view bytes, struct claim *ret);
	/** Is it to be dropped unread?  Not asked where it was claimed.  NULL:
	 *  none is. */
	bool (*drop)(void *arg, struct view bytes);
	/** One that can be answered: by respond_reply(), or by a transaction
	 *  (server_txn.h).  It is good during the call.  @return true where it
	 *  was taken or answered, so that an answer may come. */
	bool (*request)(void *arg, struct received *received);
	/** What could not be framed, and has a Via: @p why as in
	 *  transport_settings. */
	void (*unframed)(void *arg, struct received *received, enum err why);
	void *arg;
};
/** There is one listener; it stays until sip_free().  Without one requests are
 *  dropped. */
void sip_listen(struct sip *sip, const struct sip_listener *listener);
/** Read a request once more, from a copy of its @p bytes: what is received then
 *  is good until the next one is read. */
void sip_read_again(struct sip *sip, struct view bytes, const struct flow *from,
		    struct claim *ret_claim, struct received *ret);

struct dialog_table;
/** The dialogs of this process, calls in both directions and subscriptions.  A
 *  request with the whole id of one goes to its owner (dialog.h) and passes
 *  neither the listener nor a rate: a BYE is never refused for load. */
struct dialog_table *sip_dialogs(struct sip *sip);

/* ---- legs: as server/edge.h says ---------------------------------------- */

void sip_send(struct sip *sip, struct leg *leg);
/** Where a leg would go (RFC 3263): what leg.found is told. */
struct leg_hops {
	const struct hop *hops; /**< best first, at least one */
	size_t n;
	const char *server_name; /**< that a certificate there must prove */
	const char *proxy; /**< URI of the outbound proxy, if it goes there; or
				NULL */
};
void sip_drop(struct sip *sip, struct leg *leg);
/** ACK: the same once more, for a 2xx that came again.  Harmless where it has
 *  not left yet. */
void sip_repeat(struct sip *sip, struct leg *leg);
/** Append the credentials that an INVITE left with, as whole lines: ACK to its
 *  2xx has the same (RFC 3261 section 22.1).  Nothing where it is over. */
void sip_add_credentials(const struct leg *invite, struct text *lines);
/** INVITE, after may_leave() has said no: it leaves now.  Harmless where it
 * does not wait for that. */
void sip_go(struct sip *sip, struct leg *leg);
/**
 * INVITE: nobody wants an answer any more.
 *
 * Nothing of it is sent again, and CANCEL leaves with the first 1xx, or now
 * where one came (RFC 3261 section 9.1).  A 2xx may come all the same.  Without
 * a final response the leg ends after 64*T1, with 487.  Where no octet has left
 * none leaves, and it ends with LEG_STATUS_WITHDRAWN.  Harmless where a final
 * response came.
 *
 * @param lines  whole header lines for CANCEL, such as Reason; or none
 */
void sip_cancel(struct sip *sip, struct leg *leg, struct view lines);
/** Whole responses, but 100, to INVITEs that no transaction of this process
 *  knows, with a branch that looks like ours: a 2xx after all was over, or the
 *  answer to a call of a process that died.  Anybody can send one.  NULL:
 * nobody listens. */
void sip_listen_strays(struct sip *sip,
		       void (*stray)(void *arg, const struct message *response,
				     const struct flow *from),
		       void *arg);
void sip_quiesce(struct sip *sip);

#endif
