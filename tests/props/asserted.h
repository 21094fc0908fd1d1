/*
 * asserted -- what asserted_prop knows: places, trust domains and requests, and
 * who may be told what, as RFC 3325, RFC 5876 and RFC 3323 say it.
 *
 * asserted_model.c is written from these texts and asks no code of the relay.
 * asserted_world.c rolls the world, and asserted_relay.c builds the relay in
 * it; asserted_ask.c writes requests with all kinds of header fields,
 * asserted_phones.c answers; asserted_look.c looks at each byte string that
 * leaves.
 */
#ifndef VOLENS_TESTS_PROPS_ASSERTED_H
#define VOLENS_TESTS_PROPS_ASSERTED_H

#include "policies/permission.h"
#include "server/consent/consent.h"
#include "server/edge/edge.h"
#include "server/focus/focus.h"
#include "server/message/messages.h"
#include "server/session/sessions.h"
#include "server/sip/sip.h"
#include "tests/fake/fake_transport.h"
#include "tests/props/prng.h"

#define ASSERTED_DOMAIN "relay.example"
#define PLACES 8
#define BLOCKS 3
#define NAMES 3 /**< domains of certificates */
#define SAID 12 /**< values of P-Asserted-Identity in one request */
#define ASKS 40
#define CALLEES 3 /**< recipients of one request */
#define LINES 40
#define TALKS (ASKS * (CALLEES + 1))

/** A host that sends and receives. */
struct place {
	union address address;
	bool is_v4;
	uint8_t bytes[16];
	char text[48];		      /**< as in a URI */
	const char *names[NAMES + 1]; /**< of its certificate, NULL ends */
};

/** A block trust-domain, as an operator writes it. */
struct block {
	unsigned place[2]; /**< networks: the first bits of its address */
	int bits[2];	   /**< within its family */
	size_t n_networks;
	const char *names[2];
	size_t n_names;
	size_t n_users; /**< of world_names: for whom its word is enough */
	enum trust_spec spec;
	enum trust_plain plain;
	enum trust_tell tell;
	bool is_believed, is_in_responses;
	struct trust_network networks[2]; /**< for the relay */
};

/** A value of P-Asserted-Identity. */
struct said {
	char uri[96], display[48];
	enum { SAID_SIP, SAID_TEL, SAID_OTHER } scheme;
	bool is_unsound; /**< no URI, or no name-addr */
};

/** A header line, and the values of P-Asserted-Identity in it. */
struct line {
	char text[512]; /**< without the last CRLF */
	struct said said[3];
	unsigned n_said;
	const char *wishes[4]; /**< values of Privacy */
	unsigned n_wishes;
};

/** What the sender asked for in Privacy. */
struct wish {
	bool none, id, user, is_any;
	bool is_refused; /**< malformed, or it cannot be done and must be */
};

/** A request of somebody, with its number in all that it says. */
struct ask {
	unsigned number;
	const char *method;
	char target[96];
	struct flow flow; /**< that it comes by */
	struct line lines[LINES];
	unsigned n_lines;
	char from[160];
	const char *account; /**< that it has credentials of; NULL: none */
	bool is_wrong_password;
	const char *body,
		*content; /**< NULL: none; and lines that tell of it */
	bool is_repeated; /**< with credentials, after the challenge */
	struct wish wish;
	unsigned cseq;
	bool is_answered;
	int status;
	/** Whose it is, by the model: what may be told of the sender. */
	struct said may[2];
	unsigned n_may;
	bool is_own;	  /**< we authenticated them: an account of ours */
	char granter[96]; /**< who is asked by the consent URI in target */
	bool has_list;	  /**< it may cause requests */
};

/** A dialog, as the phone at its other end has it. */
struct talk {
	unsigned number; /**< of the ask */
	char local[256], remote[256], target[160], call_id[128], contact[128];
	unsigned cseq;
	struct flow flow;
	bool is_on;
};

/** A byte string that is under way to a phone. */
struct parcel {
	struct parcel *next;
	struct flow flow;
	char *bytes;
};

struct world {
	struct prng prng;
	struct arena *arena; /**< of one sequence */
	struct place places[PLACES];
	struct block blocks[BLOCKS];
	size_t n_blocks;
	bool tells_outside;
	char proxy[64]; /**< outbound-proxy; "": none */
	struct ask asks[ASKS];
	unsigned n_asks;
	unsigned n_before; /**< of these came to a process before */
	struct talk talks[TALKS];
	unsigned n_talks;
	struct parcel *parcels, **parcels_end;
	/** Of the permission request that was seen last. */
	char grant_uri[160], trigger_uri[160], recipient[96];

	/* The relay. */
	char folder[64], path[96];
	struct counters counters;
	struct secret *secret;
	struct loop *loop;
	struct index *index;
	struct accounts *accounts;
	struct writer *writer;
	struct trust_domain domains[BLOCKS];
	struct trust_domains trust;
	struct sip *sip;
	struct edge *edge;
	struct lists *lists;
	struct messages *messages;
	struct consents *consents;
	struct sessions *sessions;
	struct mixer *mixer;
	struct conferences *conferences;

	/* How much there was to look at, over all sequences. */
	unsigned long n_out, n_asserted, n_preferred, n_withheld, n_calls,
		n_grants;
};
extern struct world world;

/* ---- asserted_model.c ---- */

/** The first block that the peer is a member of; NULL: it is outside. */
const struct block *model_block(const struct peer *peer);
/** May its P-Asserted-Identity in such a request be used? */
bool model_believes(const struct block *from, const char *method,
		    bool is_secure);
/** Whose request it is, as it stands now: sets may and n_may. */
void model_identify(struct ask *ask);
/** Is its word enough for a grant by this recipient? */
bool model_vouches(const struct ask *ask, const char *recipient);
/** What a hop is told of a sender with this wish. */
enum told { TOLD_NOTHING, TOLD_ASSERTED, TOLD_PREFERRED };
enum told model_tells(const struct block *to, const char *method,
		      const struct wish *wish);
/** Who we are, in a response of ours. */
enum told model_tells_in_response(const struct block *to);

/* ---- asserted_world.c ---- */

extern const char *const world_names[NAMES];
/** Places and trust domains by the dice of world.prng; what leaves goes to
 *  look(), and then to the phones. */
void world_roll(void);

/* ---- asserted_relay.c ---- */

/** The folder of all sequences. */
void relay_open(void);
void relay_close(void);
/** A new relay in a new world. */
void relay_begin(void);
void relay_end(void);
/** It stops or dies, and another process goes on with what is on disk. */
void relay_restart(void);
/** As REST orders it: people are called for this sender. */
void relay_call(const char *sender, const char *const *recipients, unsigned n);
/** All happens that happens without time passing. */
void relay_settle(void);
void relay_advance(int64_t ms);
/** EVENT_GRANT, EVENT_DENY by the recipient; EVENT_ADDED: they are asked. */
void relay_permit(const char *recipient, enum permission_event event);

/* ---- asserted_ask.c ---- */

/** Roll a request to this URI and send it; recipients of a list are granted, or
 *  asked. */
void ask_new(const char *method, const char *target);
/** REST has people called. */
void ask_by_rest(void);
/** The same once more, with this line of credentials. */
void ask_again(struct ask *ask, const char *challenge);

/* ---- asserted_lines.c ---- */

/** All kinds of header lines of a sender. */
void lines_roll(struct ask *ask);
/** Lines of somebody who answers or is in a call, each with CRLF.  Nothing of
 *  them may ever leave. */
void lines_hearsay(struct text *ret);

/* ---- asserted_phones.c ---- */

/** Answer what is under way.  @return how much there was */
int phones_turn(void);
/** Somebody in a call says something. */
void phones_talk(void);

/* ---- asserted_look.c ---- */

/** Everything that must hold for what leaves. */
void look(const struct flow *flow, struct view bytes);
/** The value of the first such header; in a static buffer; NULL: none. */
const char *look_header(const char *message, const char *name);
/** The request that a message is about, by the numbers in its URI or Call-ID;
 *  NULL: none. */
struct ask *look_ask(const char *message);

#endif
