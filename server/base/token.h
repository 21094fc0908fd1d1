/*
 * token -- the user parts of consent URIs (RFC 5360), and of the page.
 *
 * A consent URI is `sip:<letter>-<32 lower-case hex digits>@<domain>`: letter g
 * (grant), d (deny) or t (trigger); 128 bits (RFC 5360 section 5.6.1.3 asks for
 * 32 at least).  Two more say nothing by themselves, and what is answered to
 * them counts: p stands in the address of a question's page, q in the
 * question's own From.  All but triggers are random and kept only as SHA-256.
 * A trigger token is needed for every leg, so it is not stored: it is the
 * permission's id, enciphered with AES-128 as one block together with 64 zero
 * bits; deciphering and finding the zeros proves that we made it.
 */
#ifndef VOLENS_BASE_TOKEN_H
#define VOLENS_BASE_TOKEN_H

#include "server/base/sha256.h"
#include "server/base/view.h"

#define TOKEN_LEN 16 /**< bytes of a token */
#define TOKEN_HEX 32 /**< digits of a token in a URI */

enum token_kind {
	TOKEN_GRANT,
	TOKEN_DENY,
	TOKEN_TRIGGER,
	TOKEN_PAGE, /**< of a question's page */
	TOKEN_CHAT, /**< of a question's From */
	TOKEN_KINDS
};

struct token {
	uint8_t bytes[TOKEN_LEN];
};

/** A new random token. */
struct token token_random(void);
/** 'g', 'd', 't', 'p' or 'q'. */
char token_letter(enum token_kind kind);
/** "g-" and 32 digits; @p ret takes 2 + TOKEN_HEX + 1 chars. */
void token_format(enum token_kind kind, const struct token *token, char *ret);
/** Read a user part: the form above, in either case and escaped or not
 *  (RFC 3261 section 19.1.2); else ERR_SYNTAX. */
enum err token_parse(struct view user, enum token_kind *ret_kind,
		     struct token *ret) MUST_CHECK;
/** The same at the beginning of @p text; what follows is no letter, digit,
 *  escape or other character of a user part. */
enum err token_find(struct view text, enum token_kind *ret_kind,
		    struct token *ret) MUST_CHECK;

/* An operator must not be able to reply in the place of a recipient: all that
 * is shown to them has stars in place of the digits of tokens. */

/** Blot out every token of @p text, in any spelling, whatever stands around it;
 *  also what is left of one that was cut off at the end. */
void token_blot(char *text);
/** Whether there may be a token in @p text: most texts need no second look. */
bool token_may_be_in(struct view text);
/** token_blot() without a NUL; @return how many bytes are left. */
size_t token_blot_bytes(char *at, size_t len);
/** Bytes of the token that would be blotted out at the beginning of @p text; 0:
 *  there is none. */
size_t token_shown_len(struct view text, enum token_kind *ret_kind);
/** Write what stands in its place: TOKEN_BLOT_ROOM bytes at most, no NUL.
 *  @return the end. */
#define TOKEN_BLOT_ROOM 16
char *token_blot_to(char *to, enum token_kind kind);

/** SHA-256 of the kind's letter and the token, as stored. */
void token_hash(enum token_kind kind, const struct token *token,
		uint8_t ret[HASH_LEN]);

#endif
