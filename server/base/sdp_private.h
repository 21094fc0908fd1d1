/* Between the files of the reader of session descriptions. */
#ifndef VOLENS_BASE_SDP_PRIVATE_H
#define VOLENS_BASE_SDP_PRIVATE_H

#include "server/base/sdp.h"

/** The next word of a line, at spaces.  @return false at the end. */
bool sdp_word(struct view *rest, struct view *ret);
/** RFC 8866 section 9: token; with @p more, these bytes too. */
bool sdp_is_token(struct view word, const char *more);

/** Give the attributes of a medium their members; its formats are there. */
void sdp_media_finish(const struct sdp *sdp, struct sdp_media *media,
		      struct sdp_format *formats);
/** The direction that the attributes of a section say, or @p otherwise. */
enum sdp_direction sdp_direction_of(const struct sdp_section *about,
				    enum sdp_direction otherwise);

#endif
