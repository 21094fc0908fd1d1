/*
 * cpim -- what is inside a CPIM message (RFC 3862): header fields, an empty
 * line, and a MIME entity.
 *
 * A CPIM message that is not signed or encrypted can be written as its text
 * alone for a phone that does not know CPIM.
 */
#ifndef VOLENS_SERVER_MESSAGE_CPIM_H
#define VOLENS_SERVER_MESSAGE_CPIM_H

#include "server/message/envelope.h"

/**
 * The text that @p whole carries, if it is message/cpim around text.
 *
 * False for all else: another type inside (multipart/signed and
 * application/pkcs7-mime are such), a transfer or content encoding, or a
 * Require field, which forbids to leave CPIM out (RFC 3862 section 2.3.2).
 * @param ret  its lines are in the arena, its body lies in that of @p whole
 */
bool cpim_text(struct arena *arena, const struct content *whole,
	       struct content *ret);

/** Is it a typing notice (RFC 3994), alone or inside CPIM? */
bool content_is_composing(const struct content *content);

#endif
