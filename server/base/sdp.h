/*
 * sdp -- read and write session descriptions (RFC 8866, RFC 4566).
 *
 * The reader is bounded and copies nothing: texts are views of the body, arrays
 * are in the arena.  It says what a description says; whether that can be
 * served is decided by policies/media.  Lines end with CRLF or LF.  The lines
 * u, e, p, i, r, z and k are checked for their place only.  An attribute that
 * is malformed or unknown is one that is not there (RFC 8866 section 5.13).
 */
#ifndef VOLENS_BASE_SDP_H
#define VOLENS_BASE_SDP_H

#include "server/base/text.h"

#define SDP_LEN_MAX 16384
#define SDP_LINES_MAX 200
#define SDP_MEDIA_MAX 8
#define SDP_FORMATS_MAX 32   /**< of one medium */
#define SDP_BANDWIDTHS_MAX 8 /**< of the session, and of one medium */

/** What stands in a c= line, or in a=rtcp. */
enum sdp_host_kind {
	SDP_HOST_NONE, /**< no such line */
	SDP_HOST_IP4,
	SDP_HOST_IP6,
	SDP_HOST_NAME,	    /**< of the DNS, or a number in another notation */
	SDP_HOST_MULTICAST, /**< or with a TTL or a count */
	SDP_HOST_OTHER,	    /**< another type of address, or several */
	SDP_HOST_FOREIGN    /**< another type of network than IN */
};
struct sdp_host {
	enum sdp_host_kind kind;
	struct view text;   /**< as it is written */
	uint8_t octets[16]; /**< of IP6; of IP4 mapped (::ffff:a.b.c.d) */
};

/** Bits, as the one who wrote the description sees them. */
enum sdp_direction {
	SDP_INACTIVE = 0,
	SDP_SENDONLY = 1,
	SDP_RECVONLY = 2,
	SDP_SENDRECV = 3
};

struct sdp_attribute {
	struct view name, value; /**< value: after the colon, or none */
};
struct sdp_bandwidth {
	struct view type;
	uint64_t value;
};
/** What a session has, and each medium. */
struct sdp_section {
	struct sdp_host host; /**< its own c= */
	const struct sdp_bandwidth *bandwidths;
	size_t n_bandwidths;
	const struct sdp_attribute *attributes; /**< all but candidates */
	size_t n_attributes;
};

struct sdp_format {
	struct view text;     /**< as in m=; without it the number is written */
	int payload;	      /**< 0..127, or -1: not a payload type */
	struct view encoding; /**< of a=rtpmap, or none */
	uint32_t clock;	      /**< of a=rtpmap; 0: there is none */
	int channels;	      /**< 1 where it says nothing */
	struct view fmtp;     /**< parameters of a=fmtp, or none */
	bool is_ambiguous;    /**< two a=rtpmap that contradict each other */
};
struct sdp_media {
	struct view kind, proto;
	int port, n_ports;
	const struct sdp_format *formats;
	size_t n_formats;
	struct sdp_section about;
	struct sdp_host host;	      /**< its own, or the session's */
	enum sdp_direction direction; /**< its own, or the session's */
	int ptime, maxptime;	      /**< milliseconds; 0: not said */
	int rtcp_port;		      /**< RFC 3605; 0: not said */
	struct sdp_host rtcp_host;    /**< RFC 3605; mostly none */
	bool rtcp_mux;		      /**< RFC 5761 */
};

/** Numbers that are too large for 64 bits are read as the largest. */
struct sdp_origin {
	struct view username;
	uint64_t id, version;
	struct sdp_host host;
};
struct sdp {
	struct sdp_origin origin;
	struct view time; /**< of the first t=: two numbers */
	struct sdp_section about;
	enum sdp_direction direction; /**< of the session; sendrecv at first */
	const struct sdp_media *media;
	size_t n_media;
};

/**
 * Read a description.
 *
 * ERR_CHARSET: a NUL, or a CR that ends no line.  ERR_SYNTAX: no lines of
 * type=value, an unknown type, a line in the wrong part, a mandatory line
 * missing (v, o; c of a medium with a port), twice or malformed.  s= and t= may
 * be missing.  ERR_TOO_LARGE: over a bound.  ERR_UNSUPPORTED: another version
 * than 0.
 */
enum err sdp_read(struct arena *arena, struct view body,
		  struct sdp *ret) MUST_CHECK;

/** Value of the first attribute @p name (RFC 8866: with case).  @return true
 *  when it is there. */
bool sdp_attribute(const struct sdp_section *about, const char *name,
		   struct view *ret);

/** What the other end has to say to @p direction: send for receive. */
enum sdp_direction sdp_mirror(enum sdp_direction direction);

/**
 * Read "IN IP4 192.0.2.1"; ERR_SYNTAX where these are not three words or the
 * address cannot be one.
 */
enum err sdp_host_parse(struct view text, struct sdp_host *ret) MUST_CHECK;

/**
 * Write a description, with CRLF and in the order of RFC 8866 section 5.
 *
 * Of attributes only those with a member of their own are written; bandwidths
 * are not.  A medium with port 0 is its m= line alone.  A medium has a c= of
 * its own where @p about has one.
 */
void sdp_write(const struct sdp *sdp, struct text *ret);

/**
 * The same for one that follows @p last, our last one in this session: the
 * version is one more if anything is different, else the same (RFC 3264
 * section 8).  @p sdp has the version of @p last, and gets the new one.
 *
 * @return true when it differs; so does each one that follows none
 */
bool sdp_write_next(struct sdp *sdp, struct view last, struct text *ret);

#endif
