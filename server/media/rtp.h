/*
 * rtp -- headers of RTP and RTCP packets, read within their bounds.
 *
 * Pure: bytes in, values out; any bytes may come.  RFC 3550 sections 5.1, 5.3.1
 * and 6.4; RFC 5761 section 4 tells the two apart on one port.
 */
#ifndef VOLENS_SERVER_MEDIA_RTP_H
#define VOLENS_SERVER_MEDIA_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/err.h"

#define RTP_HEADER_LEN 12   /**< bytes, without CSRC and extension */
#define RTP_PACKET_MAX 1500 /**< bytes; larger ones are not read */
#define RTP_PAYLOAD_TYPES 128

struct rtp {
	bool is_marked;
	uint8_t payload_type; /**< 0 to 127 */
	uint16_t seq;
	uint32_t timestamp;
	uint32_t ssrc;
	const uint8_t *payload; /**< in the packet, without padding */
	size_t payload_len;	/**< bytes; may be 0 */
};

/** ERR_SYNTAX: version, CSRC list, extension or padding do not fit. */
enum err rtp_read(const uint8_t *at, size_t len, struct rtp *ret) MUST_CHECK;
/** The header; @p rtp->payload is not looked at. */
void rtp_write(const struct rtp *rtp, uint8_t ret[RTP_HEADER_LEN]);

/** What a compound RTCP packet says. */
struct rtcp {
	uint32_t ssrc;	  /**< whose report it is */
	bool is_bye;	  /**< a BYE names that SSRC */
	bool has_report;  /**< a block is about the SSRC that was asked for */
	uint8_t fraction; /**< of 256: lost since the report before */
	uint32_t jitter;  /**< in units of the timestamp */
	uint32_t n_lost;  /**< since the beginning; 0 where more came twice */
	uint32_t sent_at; /**< of a sender report: middle of its time */
};

/** Does a datagram that came to a port of both hold RTCP? */
bool rtcp_is_it(const uint8_t *at, size_t len);
/**
 * Read a compound packet by the rules of RFC 3550 appendix A.2: version 2, a
 * report first, padding in the last packet only, lengths that fill it.
 *
 * @param ours  the SSRC whose report block is wanted
 */
enum err rtcp_read(const uint8_t *at, size_t len, uint32_t ours,
		   struct rtcp *ret) MUST_CHECK;

#define RTCP_REPORT_MAX 80 /**< bytes of rtcp_write() */
#define RTCP_CNAME_LEN 16

/** A sender report, a block about one source, and who we are. */
struct rtcp_report {
	uint32_t ssrc, timestamp;
	uint64_t time; /**< NTP: seconds since 1900, of 2^32 parts */
	uint32_t n_packets, n_bytes; /**< sent; bytes of payload */
	bool has_block;
	uint32_t about;	  /**< SSRC, of the block as what follows */
	uint8_t fraction; /**< of 256, lost since the last report */
	uint32_t n_lost, highest, jitter;
	uint32_t heard, since; /**< `sent_at` of their last, 1/65536 s ago */
	char cname[RTCP_CNAME_LEN];
};
/** @return its length. */
size_t rtcp_write(const struct rtcp_report *report,
		  uint8_t ret[RTCP_REPORT_MAX]);

#endif
