/*
 * envelope -- what all legs of one accepted request have in common, as it is
 * made, kept in the journal, and read back.
 *
 * Made once from the request (RFC 5365 section 7.2): a repeat after a crash or
 * for a retry is the same message to the octet, with the same Call-ID and From
 * tag.  Each attempt has a CSeq of its own.
 */
#ifndef VOLENS_SERVER_MESSAGE_ENVELOPE_H
#define VOLENS_SERVER_MESSAGE_ENVELOPE_H

#include "policies/limits.h"
#include "server/leg.h"
#include "server/request.h"

#define ENVELOPE_ID_LEN 16
/** Kept by a relay that did not write down whether there was one. */
#define ENVELOPE_LIST_UNKNOWN (-1)

struct envelope {
	uint8_t id[ENVELOPE_ID_LEN]; /**< random; Call-IDs come from it */
	const char *method;
	const char *target; /**< key of the target URI, for Trigger-Consent */
	const char *from;   /**< name-addr, privacy already applied */
	const char *from_tag;
	int max_forwards; /**< to be sent */
	struct breadth breadth;
	unsigned privacy;
	struct identity
		sender;	     /**< who was authenticated: permissions match it */
	struct view headers; /**< whole lines, each with CRLF */
	struct view asserted;	/**< P-Asserted-Identity lines, likewise */
	struct content content; /**< with the history list, if there is one */
	struct content small;	/**< without it; body at NULL: no such form */
	/** Id of the stored list that it goes to; 0: its recipients came with
	 *  it; ENVELOPE_LIST_UNKNOWN. */
	int64_t list;
};

/** Fill in what comes from the request's header; breadth, content, small and
 *  list are the caller's.  Borrows from the request. */
void envelope_make(const struct request *request, struct envelope *ret);

/** At most so many bytes. */
size_t envelope_packed_len(const struct envelope *envelope);
/** @param len  what envelope_packed_len() says
 *  @param ret  the same, all of it in the bytes */
struct view envelope_pack(const struct envelope *envelope, size_t len,
			  struct arena *arena, struct envelope *ret);
/** ERR_SYNTAX, ERR_UNSUPPORTED (another version); all lies in @p bytes. */
enum err envelope_unpack(struct view bytes, struct envelope *ret) MUST_CHECK;

/** Its content without the history list. */
const struct content *envelope_plain(const struct envelope *envelope);
/** The template of its legs; borrows from the envelope and the arena. */
void envelope_template(const struct envelope *envelope, struct arena *arena,
		       struct leg_template *ret);

/**
 * The first part of the Call-ID of the leg to the recipient at @p place: the
 * same each time.  The place cannot be seen in it, or a gap would tell of a
 * blind copy.
 */
#define ENVELOPE_CALL_ID_LEN 32
void envelope_call_id(const struct envelope *envelope, uint32_t place,
		      char ret[ENVELOPE_CALL_ID_LEN + 1]);

#endif
