#include "policies/codec.h"

#define STATIC_MAX 34 /* RFC 3551 section 6, tables 4 and 5 */

static const struct codec_row rows[] = {
	{CODEC_PCMU, {"PCMU", 4}, 8000, 1, 0, VIEW_NONE},
	{CODEC_PCMA, {"PCMA", 4}, 8000, 1, 8, VIEW_NONE},
	/* RFC 4733 section 2.5.2.1: the events are always named. */
	{CODEC_EVENT, {"telephone-event", 15}, 8000, 1, 101, {"0-15", 4}},
};
#define N_ROWS (sizeof(rows) / sizeof(*rows))

const struct codec_row *codec_row(enum codec codec)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].codec == codec)
			return &rows[i];
	return NULL;
}

bool codec_is_audio(enum codec codec)
{
	return codec == CODEC_PCMU || codec == CODEC_PCMA;
}

static bool is_static(int payload)
{
	return payload <= STATIC_MAX;
}

static bool row_matches(const struct codec_row *row,
			const struct sdp_format *format)
{
	return row->clock == format->clock &&
	       row->channels == format->channels &&
	       view_equal_nocase(row->encoding, format->encoding);
}

/* A static number that a=rtpmap gives to something else is neither. */
enum codec codec_of(const struct sdp_format *format)
{
	if (format->payload < 0 || format->is_ambiguous)
		return CODEC_OTHER;
	for (size_t i = 0; i < N_ROWS; i++) {
		if (is_static(format->payload) &&
		    format->payload != rows[i].payload)
			continue;
		if (!format->clock && is_static(format->payload))
			return rows[i].codec;
		if (format->clock && row_matches(&rows[i], format))
			return rows[i].codec;
	}
	return CODEC_OTHER;
}
