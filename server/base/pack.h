/*
 * pack -- numbers and texts as bytes for the journal and the records, and back.
 *
 * Big endian, texts with their length before and a NUL after them, so that what
 * is unpacked can be used where it lies.  Every length is checked; the first
 * thing that does not fit makes all that follows read as nothing.
 */
#ifndef VOLENS_BASE_PACK_H
#define VOLENS_BASE_PACK_H

#include "server/base/text.h"

void pack_u8(struct text *bytes, uint8_t value);
void pack_u32(struct text *bytes, uint32_t value);
/** Any octets; a view without a place (at NULL) stays one. */
void pack_view(struct text *bytes, struct view v);
/** A string; NULL stays NULL. */
void pack_string(struct text *bytes, const char *string);
/** Bytes that a view takes. */
size_t packed_len(struct view v);
#define PACKED_LEN_MIN 4 /**< the least */

struct unpacker {
	struct view rest;
	bool is_bad; /**< something did not fit */
};
uint8_t unpack_u8(struct unpacker *from);
uint32_t unpack_u32(struct unpacker *from);
struct view unpack_view(struct unpacker *from);
/** Bad when there is a NUL inside. */
const char *unpack_string(struct unpacker *from);
/** ERR_SYNTAX unless all fitted and nothing is left. */
enum err unpack_end(const struct unpacker *from) MUST_CHECK;

#endif
