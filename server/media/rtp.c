#include "server/media/rtp.h"

#define RTP_VERSION 2
#define EXTENSION_HEADER_LEN 4
#define RTCP_HEADER_LEN 4
#define REPORT_BLOCK_LEN 24

enum rtcp_type {
	RTCP_SENDER_REPORT = 200,
	RTCP_RECEIVER_REPORT = 201,
	RTCP_SOURCE_DESCRIPTION = 202,
	RTCP_BYE = 203
};

static uint32_t read_16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t read_32(const uint8_t *at)
{
	return read_16(at) << 16 | read_16(at + 2);
}

static void write_32(uint32_t value, uint8_t *at)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

/* Length of header, CSRC list and extension; 0 when they are not all there. */
static size_t head_len(const uint8_t *at, size_t len)
{
	size_t head = RTP_HEADER_LEN;

	if (len < head || at[0] >> 6 != RTP_VERSION)
		return 0;
	head += 4 * (size_t)(at[0] & 0x0f);
	if (at[0] & 0x10) {
		if (len < head + EXTENSION_HEADER_LEN)
			return 0;
		head += EXTENSION_HEADER_LEN +
			4 * (size_t)read_16(at + head + 2);
	}
	return head <= len ? head : 0;
}

enum err rtp_read(const uint8_t *at, size_t len, struct rtp *ret)
{
	size_t head = head_len(at, len), padding = 0;

	if (head == 0)
		return ERR_SYNTAX;
	if (at[0] & 0x20) {
		padding = at[len - 1];
		if (padding == 0 || padding > len - head)
			return ERR_SYNTAX;
	}
	*ret = (struct rtp){.is_marked = at[1] >> 7,
			    .payload_type = at[1] & 0x7f,
			    .seq = (uint16_t)read_16(at + 2),
			    .timestamp = read_32(at + 4),
			    .ssrc = read_32(at + 8),
			    .payload = at + head,
			    .payload_len = len - head - padding};
	return ERR_OK;
}

void rtp_write(const struct rtp *rtp, uint8_t ret[RTP_HEADER_LEN])
{
	ret[0] = RTP_VERSION << 6;
	ret[1] = (uint8_t)(rtp->is_marked << 7 | (rtp->payload_type & 0x7f));
	ret[2] = (uint8_t)(rtp->seq >> 8);
	ret[3] = (uint8_t)rtp->seq;
	write_32(rtp->timestamp, ret + 4);
	write_32(rtp->ssrc, ret + 8);
}

/* RFC 5761 section 4: as RTP these would be payload types 64 to 95. */
bool rtcp_is_it(const uint8_t *at, size_t len)
{
	return len >= RTCP_HEADER_LEN && at[1] >= 192 && at[1] <= 223;
}

static void blocks_read(const uint8_t *at, const uint8_t *end, uint32_t ours,
			struct rtcp *ret)
{
	for (int n = *at & 0x1f; n > 0; n--) {
		const uint8_t *block = end - (ptrdiff_t)n * REPORT_BLOCK_LEN;
		uint32_t lost;

		if (read_32(block) != ours)
			continue;
		lost = read_32(block + 4) & 0xffffff;
		ret->has_report = true;
		ret->fraction = block[4];
		ret->n_lost = lost & 0x800000 ? 0 : lost; /* 24 bits, signed */
		ret->jitter = read_32(block + 12);
	}
}

/* Blocks follow the sender's part; what a profile added stands behind them. */
static enum err report_read(const uint8_t *at, size_t len, uint32_t ours,
			    struct rtcp *ret)
{
	size_t head = at[1] == RTCP_SENDER_REPORT ? 28 : 8;
	size_t blocks = (size_t)(*at & 0x1f) * REPORT_BLOCK_LEN;

	if (len < head + blocks)
		return ERR_SYNTAX;
	ret->ssrc = read_32(at + 4);
	if (at[1] == RTCP_SENDER_REPORT)
		ret->sent_at = read_32(at + 10);
	blocks_read(at, at + head + blocks, ours, ret);
	return ERR_OK;
}

static enum err bye_read(const uint8_t *at, size_t len, struct rtcp *ret)
{
	size_t n = *at & 0x1f;

	if (len < RTCP_HEADER_LEN + 4 * n)
		return ERR_SYNTAX;
	for (size_t i = 0; i < n; i++)
		if (read_32(at + RTCP_HEADER_LEN + 4 * i) == ret->ssrc)
			ret->is_bye = true;
	return ERR_OK;
}

static enum err part_read(const uint8_t *at, size_t len, uint32_t ours,
			  struct rtcp *ret)
{
	if (at[1] == RTCP_SENDER_REPORT || at[1] == RTCP_RECEIVER_REPORT)
		return report_read(at, len, ours, ret);
	return at[1] == RTCP_BYE ? bye_read(at, len, ret) : ERR_OK;
}

/* Whole length of the packet that begins here; 0 when it is not all there. */
static size_t part_len(const uint8_t *at, size_t left)
{
	size_t len;

	if (left < RTCP_HEADER_LEN || at[0] >> 6 != RTP_VERSION)
		return 0;
	len = 4 * (size_t)(read_16(at + 2) + 1);
	if (len > left || (at[0] & 0x20 && len != left))
		return 0;
	return len;
}

enum err rtcp_read(const uint8_t *at, size_t len, uint32_t ours,
		   struct rtcp *ret)
{
	struct rtcp found = {0};
	size_t part;

	if (!rtcp_is_it(at, len) || at[0] & 0x20 ||
	    (at[1] != RTCP_SENDER_REPORT && at[1] != RTCP_RECEIVER_REPORT))
		return ERR_SYNTAX;
	for (; len > 0; at += part, len -= part) {
		part = part_len(at, len);
		if (part == 0 || part_read(at, part, ours, &found))
			return ERR_SYNTAX;
	}
	*ret = found;
	return ERR_OK;
}

/* ---- reports of ours ---------------------------------------------------- */

static uint8_t *put_32(uint8_t *at, uint32_t value)
{
	write_32(value, at);
	return at + 4;
}

/* @p len: of the whole packet, a multiple of four. */
static uint8_t *put_head(uint8_t *at, unsigned n, enum rtcp_type type,
			 size_t len)
{
	return put_32(at, (uint32_t)RTP_VERSION << 30 | n << 24 |
				  (uint32_t)type << 16 |
				  (uint32_t)(len / 4 - 1));
}

static uint8_t *put_block(uint8_t *at, const struct rtcp_report *report)
{
	uint32_t lost = report->n_lost < 0x7fffff ? report->n_lost : 0x7fffff;

	at = put_32(at, report->about);
	at = put_32(at, (uint32_t)report->fraction << 24 | lost);
	at = put_32(at, report->highest);
	at = put_32(at, report->jitter);
	at = put_32(at, report->heard);
	return put_32(at, report->since);
}

/* RFC 3550 sections 6.4.1 and 6.5. */
size_t rtcp_write(const struct rtcp_report *report,
		  uint8_t ret[RTCP_REPORT_MAX])
{
	size_t blocks = report->has_block ? REPORT_BLOCK_LEN : 0;
	uint8_t *at = put_head(ret, report->has_block, RTCP_SENDER_REPORT,
			       28 + blocks);

	at = put_32(at, report->ssrc);
	at = put_32(at, (uint32_t)(report->time >> 32));
	at = put_32(at, (uint32_t)report->time);
	at = put_32(at, report->timestamp);
	at = put_32(at, report->n_packets);
	at = put_32(at, report->n_bytes);
	if (report->has_block)
		at = put_block(at, report);
	at = put_head(at, 1, RTCP_SOURCE_DESCRIPTION, 28);
	at = put_32(at, report->ssrc);
	*at++ = 1; /* CNAME */
	*at++ = RTCP_CNAME_LEN;
	for (int i = 0; i < RTCP_CNAME_LEN; i++)
		*at++ = (uint8_t)report->cname[i];
	*at++ = 0; /* the end, and padding */
	*at++ = 0;
	return (size_t)(at - ret);
}
