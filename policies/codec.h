/*
 * codec -- which payload formats of RTP are spoken (RFC 3551, RFC 4733).
 */
#ifndef VOLENS_POLICIES_CODEC_H
#define VOLENS_POLICIES_CODEC_H

#include "server/base/sdp.h"

enum codec {
	CODEC_NONE, /**< nothing */
	CODEC_PCMU,
	CODEC_PCMA,
	CODEC_EVENT, /**< telephone-event; goes along with audio */
	CODEC_OTHER  /**< one that we do not speak */
};
#define CODECS_MAX 4 /**< that one description of ours may offer */

struct codec_row {
	enum codec codec;
	struct view encoding;
	uint32_t clock; /**< of RTP, as a=rtpmap says it */
	int channels;
	int payload;	  /**< static, or what we offer first */
	struct view fmtp; /**< or none */
};

/** NULL for CODEC_NONE and CODEC_OTHER. */
const struct codec_row *codec_row(enum codec codec);
/** Of a format of an m= line with RTP: by its a=rtpmap, or by its number where
 *  that is static (RFC 3551 section 6). */
enum codec codec_of(const struct sdp_format *format);
/** Does it carry sound? */
bool codec_is_audio(enum codec codec);

#endif
