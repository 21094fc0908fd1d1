#include "server/base/sdp_private.h"

#include <arpa/inet.h>

#include "server/base/chars.h"

#define HOST_LEN_MAX 255 /* RFC 1035 section 2.3.4 */
#define TIME_MAX 10000	 /* milliseconds of a packet */

bool sdp_attribute(const struct sdp_section *about, const char *name,
		   struct view *ret)
{
	for (size_t i = 0; i < about->n_attributes; i++) {
		if (view_equal(about->attributes[i].name, view_of(name))) {
			*ret = about->attributes[i].value;
			return true;
		}
	}
	return false;
}

enum sdp_direction sdp_mirror(enum sdp_direction direction)
{
	unsigned sends = (direction & SDP_RECVONLY) ? SDP_SENDONLY : 0;
	unsigned receives = (direction & SDP_SENDONLY) ? SDP_RECVONLY : 0;

	return (enum sdp_direction)(sends | receives);
}

/* --- addresses ------------------------------------------------------------ */
static bool is_name(struct view text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!char_is(text.at[i], CHAR_ALNUM) &&
		    !strchr("-._", text.at[i]))
			return false;
	return text.len > 0;
}

static enum err ip4_read(const char *address, struct sdp_host *host)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (inet_pton(AF_INET, address, host->octets + 12) != 1) {
		host->kind = SDP_HOST_NAME;
		return is_name(view_of(address)) ? ERR_OK : ERR_SYNTAX;
	}
	memcpy(host->octets, mapped, sizeof(mapped));
	host->kind = (host->octets[12] & 0xf0) == 0xe0 ? SDP_HOST_MULTICAST
						       : SDP_HOST_IP4;
	return ERR_OK;
}

static enum err ip6_read(const char *address, struct sdp_host *host)
{
	if (inet_pton(AF_INET6, address, host->octets) != 1) {
		host->kind = SDP_HOST_NAME;
		return is_name(view_of(address)) ? ERR_OK : ERR_SYNTAX;
	}
	host->kind =
		host->octets[0] == 0xff ? SDP_HOST_MULTICAST : SDP_HOST_IP6;
	return ERR_OK;
}

/* A TTL and a count are for multicast (RFC 8866 section 5.7). */
static enum err address_read(struct view type, struct sdp_host *host)
{
	size_t slash = view_find(host->text, '/', 0);
	char address[HOST_LEN_MAX + 1] = "";
	struct view text = view_head(host->text, slash);
	enum err err;

	if (text.len > HOST_LEN_MAX)
		return ERR_SYNTAX;
	memcpy(address, text.at, text.len);
	if (view_equal_nocase(type, VIEW("IP4")))
		err = ip4_read(address, host);
	else
		err = ip6_read(address, host);
	if (!err && slash != SIZE_MAX)
		host->kind = SDP_HOST_MULTICAST;
	return err;
}

enum err sdp_host_parse(struct view text, struct sdp_host *ret)
{
	struct sdp_host host = {.kind = SDP_HOST_NONE};
	struct view network, type, more;
	enum err err = ERR_OK;

	if (!sdp_word(&text, &network) || !sdp_word(&text, &type) ||
	    !sdp_word(&text, &host.text) || sdp_word(&text, &more) ||
	    !sdp_is_token(network, "") || !sdp_is_token(type, ""))
		return ERR_SYNTAX;
	if (!view_equal_nocase(network, VIEW("IN")))
		host.kind = SDP_HOST_FOREIGN;
	else if (!view_equal_nocase(type, VIEW("IP4")) &&
		 !view_equal_nocase(type, VIEW("IP6")))
		host.kind = SDP_HOST_OTHER;
	else
		err = address_read(type, &host);
	if (!err)
		*ret = host;
	return err;
}

/* --- attributes ----------------------------------------------------------- */
static const struct sdp_direction_name {
	struct view name;
	enum sdp_direction direction;
} directions[] = {
	{{"inactive", 8}, SDP_INACTIVE},
	{{"sendonly", 8}, SDP_SENDONLY},
	{{"recvonly", 8}, SDP_RECVONLY},
	{{"sendrecv", 8}, SDP_SENDRECV},
};

/* Several in one section leave what all of them allow. */
enum sdp_direction sdp_direction_of(const struct sdp_section *about,
				    enum sdp_direction otherwise)
{
	unsigned all = SDP_SENDRECV;
	bool is_said = false;

	for (size_t i = 0; i < about->n_attributes; i++) {
		for (size_t j = 0; j < 4; j++) {
			if (!view_equal(about->attributes[i].name,
					directions[j].name))
				continue;
			all &= directions[j].direction;
			is_said = true;
		}
	}
	return is_said ? (enum sdp_direction)all : otherwise;
}

struct sdp_filler {
	struct sdp_media *media;
	struct sdp_format *formats;
};

/* The format that "96 ..." is about; @p rest is moved on. */
static struct sdp_format *format_next(const struct sdp_filler *filler,
				      struct view *rest)
{
	struct view word = VIEW_NONE;

	sdp_word(rest, &word);
	for (size_t i = 0; i < filler->media->n_formats; i++)
		if (view_equal(filler->formats[i].text, word))
			return &filler->formats[i];
	return NULL;
}

static bool encoding_read(struct view text, struct sdp_format *format)
{
	size_t slash = view_find(text, '/', 0), next;
	uint64_t clock, channels = 1;

	next = slash == SIZE_MAX ? SIZE_MAX : view_find(text, '/', slash + 1);
	if (slash == SIZE_MAX || !sdp_is_token(view_head(text, slash), "") ||
	    view_to_u64(view_from(view_head(text, next), slash + 1), UINT32_MAX,
			&clock) ||
	    !clock)
		return false;
	if (next != SIZE_MAX &&
	    (view_to_u64(view_from(text, next + 1), 255, &channels) ||
	     !channels))
		return false;
	format->encoding = view_head(text, slash);
	format->clock = (uint32_t)clock;
	format->channels = (int)channels;
	return true;
}

static void fill_rtpmap(const struct sdp_filler *filler, struct view value)
{
	struct sdp_format *format = format_next(filler, &value);
	struct sdp_format another;

	if (!format)
		return;
	another = *format;
	if (!encoding_read(view_trim(value), &another))
		return;
	if (format->clock &&
	    (format->clock != another.clock ||
	     format->channels != another.channels ||
	     !view_equal_nocase(format->encoding, another.encoding)))
		another.is_ambiguous = true;
	*format = another;
}

static void fill_fmtp(const struct sdp_filler *filler, struct view value)
{
	struct sdp_format *format = format_next(filler, &value);

	if (format && !format->fmtp.len)
		format->fmtp = view_trim(value);
}

static void time_read(struct view value, int *ret)
{
	uint64_t time;

	if (!view_to_u64(view_trim(value), TIME_MAX, &time) && time && !*ret)
		*ret = (int)time;
}

static void fill_ptime(const struct sdp_filler *filler, struct view value)
{
	time_read(value, &filler->media->ptime);
}

static void fill_maxptime(const struct sdp_filler *filler, struct view value)
{
	time_read(value, &filler->media->maxptime);
}

/* RFC 3605 section 2.1. */
static void fill_rtcp(const struct sdp_filler *filler, struct view value)
{
	struct sdp_media *media = filler->media;
	struct view word = VIEW_NONE;
	struct sdp_host host = {.kind = SDP_HOST_NONE};
	uint64_t port;

	value = view_trim(value);
	sdp_word(&value, &word);
	if (media->rtcp_port || view_to_u64(word, UINT16_MAX, &port) ||
	    (value.len && sdp_host_parse(value, &host)))
		return;
	media->rtcp_port = (int)port;
	media->rtcp_host = host;
}

static void fill_rtcp_mux(const struct sdp_filler *filler, struct view value)
{
	(void)value;
	filler->media->rtcp_mux = true;
}

static const struct sdp_member {
	struct view name;
	void (*fill)(const struct sdp_filler *filler, struct view value);
} members[] = {
	{{"rtpmap", 6}, fill_rtpmap},	  {{"fmtp", 4}, fill_fmtp},
	{{"ptime", 5}, fill_ptime},	  {{"maxptime", 8}, fill_maxptime},
	{{"rtcp-mux", 8}, fill_rtcp_mux}, {{"rtcp", 4}, fill_rtcp},
};

static void fill(const struct sdp_filler *filler,
		 const struct sdp_attribute *attribute)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		if (view_equal(members[i].name, attribute->name))
			members[i].fill(filler, attribute->value);
}

void sdp_media_finish(const struct sdp *sdp, struct sdp_media *media,
		      struct sdp_format *formats)
{
	const struct sdp_filler filler = {media, formats};

	for (size_t i = 0; i < media->about.n_attributes; i++)
		fill(&filler, &media->about.attributes[i]);
	media->host = media->about.host.kind == SDP_HOST_NONE
			      ? sdp->about.host
			      : media->about.host;
	media->direction = sdp_direction_of(&media->about, sdp->direction);
}
