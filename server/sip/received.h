/*
 * received -- a request that was read far enough to be answered.
 *
 * received_open() takes what every answer needs; received_syntax_fault() is the
 * syntax that RFC 3261 section 8.1.1 demands.  Nothing is stored.
 */
#ifndef VOLENS_SERVER_SIP_RECEIVED_H
#define VOLENS_SERVER_SIP_RECEIVED_H

#include "server/base/sha256.h"
#include "server/base/siphash.h"
#include "server/base/uri.h"
#include "server/method.h"
#include "server/sip/message.h"
#include "server/sip/sip.h"
#include "server/sip/via.h"

/** Who From or To names. */
struct parsed_name {
	bool is_read; /**< the others are there: it is not odd in any way */
	struct name_addr name;
	struct uri uri;
};

struct received {
	struct sip *sip;
	const struct message *message;
	const struct flow *from;
	const struct claim *claim; /**< NULL: the listener claims it not */
	/** What else is in the key of its transaction: of the claim, or set by
	 *  the listener for a CANCEL of what was claimed; or none. */
	struct view identity;
	bool has_via;	/**< via was read */
	struct via via; /**< the top one */
	enum method method;
	struct view call_id, from_tag, to_tag;
	/** Our tag, for To; none: that of respond_tag(). */
	struct view tag;
	bool is_in_dialog;  /**< of one that we know */
	struct hash128 key; /**< of the transaction */
	struct hash128
		merge; /**< of the request, by whatever way; once asked */
	bool has_merge;
	uint8_t body_hash[HASH_LEN]; /**< received_body_hash() */
	bool has_body_hash;
	/* received_syntax_fault() */
	struct parsed_name from_name, to_name;
	uint32_t cseq;
	int max_forwards; /**< 70 when absent */
	struct uri uri;
};

/** "" for METHOD_UNKNOWN. */
const char *method_name(enum method method);

/** Fill @p ret from the request in sip->message, whatever its state. */
void received_open(struct sip *sip, const struct flow *from,
		   const struct claim *claim, struct received *ret);

/** True when the start line is in order but speaks of another SIP. */
bool received_is_other_version(const struct received *received);

/** NULL, or the reason phrase of the 400 that it must get.  Also fills cseq,
 *  from_name, to_name, max_forwards and uri. */
const char *received_syntax_fault(struct received *received);
/** A Via of ours came back (RFC 5393 section 4.2). */
bool received_is_looped(const struct received *received);
/** SHA-256 of the body, made at the first call. */
const uint8_t *received_body_hash(struct received *received);
/** A keyed hash of some fields; the same in this process. */
struct hash128 received_hash(const struct received *received,
			     const struct view *fields, size_t n);

#endif
