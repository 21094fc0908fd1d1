/* Between the files of the rules for media. */
#ifndef VOLENS_POLICIES_MEDIA_PRIVATE_H
#define VOLENS_POLICIES_MEDIA_PRIVATE_H

#include "policies/media.h"

/** Formats of an m= line that both sides speak. */
struct media_match {
	const struct sdp_format *audio; /**< NULL: none */
	const struct sdp_format *event; /**< NULL: none */
};
struct media_match media_match(const struct sdp_media *media,
			       const struct media_rules *rules);

/** Can media be sent to this line, and received from it?  Of one with port 0
 *  MEDIA_KIND. */
enum media_verdict media_line_verdict(const struct sdp_media *media,
				      const struct media_rules *rules,
				      enum sdp_host_kind own);

/** What the other side's line makes of the stream, but for the codecs. */
void media_stream_set(const struct sdp_media *theirs,
		      const struct media_rules *rules,
		      enum sdp_direction wanted, struct media_stream *ret);

/** RFC 5761 section 4: numbers that RTCP would be taken for. */
bool media_is_rtcp_number(int payload);

#endif
