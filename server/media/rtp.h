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

#endif
