/*
 * uri -- SIP, SIPS and tel URIs from strangers (RFC 3261 section 19.1, 25.1).
 *
 * Two forms matter.  The *Request-URI* that a leg is sent to keeps what the
 * list said (RFC 3261 section 19.1.5); the *key* is the canonical text under
 * which permissions are stored and compared: `sip:` for sip and sips alike
 * (RFC 5630: one subject), scheme and host in lower case, needless escapes
 * undone, needed ones in upper-case hex, default port dropped (5060; 5061 for
 * sips), no password, no headers, no parameter but `user` where it is not
 * `ip`; the user part keeps its case.  A sips URI at port 5060, which no
 * default names, keeps its scheme: the key of a key is that key.  tel: keeps
 * digits and a leading plus, visual separators dropped; of its parameters
 * `ext`, `isub` and `phone-context` stay, in this order, in lower case.
 * The host has one form everywhere: uri_parse() leaves the root's dot out, and
 * rules, keys and resolver get what it found.
 *
 * All of it is pure, and safe in any thread.
 */
#ifndef VOLENS_BASE_URI_H
#define VOLENS_BASE_URI_H

#include "server/base/view.h"

#define URI_MAX_LEN 1024 /**< bytes; longer URIs are ERR_TOO_LARGE */

enum uri_scheme {
	URI_SIP,
	URI_SIPS,
	URI_TEL,
	URI_OTHER, /**< syntactically a URI of another scheme */
};

/** A parsed URI; views into the text it was parsed from. */
struct uri {
	enum uri_scheme scheme;
	struct view user;     /**< still escaped; without password; of tel:
			       *   the number as written */
	struct view password; /**< len 0 when absent */
	struct view host;     /**< IPv6 with its brackets; without the dot
			       *   of the DNS root */
	int port;	      /**< 0 when absent */
	struct view params;  /**< ";a=b;c", with the first semicolon; or none */
	struct view headers; /**< "?a=b", with the question mark; or none */
};

/** Parse one whole URI: no <>, no white space, no NUL.  URI_OTHER fills only
 *  scheme.  ERR_SYNTAX, ERR_CHARSET, ERR_TOO_LARGE.  A parameter that stands
 *  twice is ERR_SYNTAX (RFC 3261 section 19.1.1).  Hosts may hold underscores
 *  and may look like numbers in any notation. */
enum err uri_parse(struct view text, struct uri *ret) MUST_CHECK;

/** Value of URI parameter @p name (no case, escapes in the name undone), as it
 *  is written.  True when present. */
bool uri_param(const struct uri *uri, const char *name, struct view *ret);

/** The next character of @p rest, a part of a parsed URI, with its escape
 *  undone, moved past; -1 at the end. */
int uri_next_char(struct view *rest);
/** Is a part of a parsed URI @p name, without case and escapes undone? */
bool uri_text_is(struct view written, const char *name);
/** Does a text begin as a URI of scheme sips?  The rest is not looked at. */
bool uri_is_sips(struct view text);

/** The canonical key of @p text as told above; ERR_SCHEME for URI_OTHER. */
enum err uri_key(struct arena *arena, struct view text,
		 const char **ret) MUST_CHECK;
/** The same of a URI that was parsed. */
enum err uri_key_of(struct arena *arena, const struct uri *uri,
		    const char **ret) MUST_CHECK;

/** Is @p text, which @p uri was parsed from, its own key?  Most are.  False
 * also where it takes more to see that it is. */
bool uri_is_key(const struct uri *uri, struct view text);

/** The domain part of a key ("example.com", without port); empty for tel. */
struct view uri_key_domain(const char *key);

/** Does a key name a port?  The default one never stands in it. */
bool uri_key_has_port(const char *key);

/**
 * The key of a recipient: uri_key_of(), and each parameter that is not known to
 * be harmless (`user`, `transport`, `lr`, `gr`, `ob`, `method`), sorted.  It
 * goes out in the Request-URI (RFC 3261 section 19.1.5), and there are proxies
 * that send on by such a parameter (`;received=`, `;alias=`, `;fs_path=`): a
 * grant for the URI without it must not cover that.
 */
enum err uri_recipient_key(struct arena *arena, const struct uri *uri,
			   const char **ret) MUST_CHECK;

/* ---- who a key names --------------------------------------------------
 *
 * A grant is for one key.  A deny is for a person: it counts for all keys that
 * differ only in what does not change who is named.  These are: `user` and
 * every other parameter; sip, sips and the ports 5060 and 5061; separators and
 * routing parameters of a telephone number in the user part; characters that
 * are escaped without need, reserved ones included; an IPv4 address that is
 * written as IPv6.  Another port, another host, another case of the user part
 * is somebody else.
 */
#define URI_KEY_ROOM (URI_MAX_LEN + 33) /**< bytes of a key with its NUL */

/**
 * The one key that stands for all keys of that person.
 *
 * @return false, and nothing is written, when @p key is that key already, as
 *         most are; and where it is no sip or sips key
 */
bool uri_key_person(const char *key, char ret[URI_KEY_ROOM]);
/** Do these keys name one person? */
bool uri_keys_name_one(const char *a, const char *b);
/**
 * The tel key of a sip key whose user part is a global number (RFC 3261 section
 * 19.1.6).  A deny for one of them counts for the other; but two sip keys of
 * that number at different hosts are not the same.
 *
 * @return false, and nothing is written, where it has none
 */
bool uri_key_number(const char *key, char ret[URI_KEY_ROOM]);

/** Why a URI of a list must not be sent to (RFC 3261 section 19.1.5 and
 *  RFC 4453 REQ 14): see uri_check_sendable(). */
struct uri_rules {
	bool allow_private;  /**< loopback, private and link-local addresses */
	bool allow_low_port; /**< ports under 1024 */
	const char *method;  /**< the one that a `method` parameter may name;
			      *   NULL: it may not be there at all */
	bool has_tls;	     /**< sips and transport=tls lead somewhere */
};

/**
 * May a request be sent to this URI at all?  ERR_SCHEME for all but sip, sips;
 * ERR_HOSTILE for maddr, ttl, a `method` other than the rules', forbidden ports
 * (under 1024 but 5060/5061 are fine anyway), numeric hosts in forbidden
 * ranges in any notation (decimal, hex, v4-mapped), `localhost`, multicast,
 * broadcast, unspecified; ERR_SYNTAX where no host.
 */
enum err uri_check_sendable(const struct uri *uri,
			    const struct uri_rules *rules) MUST_CHECK;
/** The SIP status for a URI that cannot be read or must not be sent to. */
int uri_err_status(enum err err);

/**
 * Is there a way for a request to get there?  ERR_SCHEME for all but sip, and
 * for sips unless the rules have TLS: it needs that on every hop (RFC 5630
 * section 4), an outbound proxy included.  ERR_UNSUPPORTED for a transport
 * other than udp, tcp and, with TLS, tls; of sips for udp.
 */
enum err uri_check_reachable(const struct uri *uri,
			     const struct uri_rules *rules) MUST_CHECK;

/** True for an address (struct sockaddr_in or _in6) in a range that
 *  !allow_private forbids, or that no unicast request may go to. */
struct sockaddr;
bool address_is_private(const struct sockaddr *address);
bool address_is_never(const struct sockaddr *address);

/** The Request-URI for a leg: @p uri without headers and without `method`,
 *  everything else as it was written in @p original, the text that @p uri was
 *  parsed from. */
char *uri_request(struct arena *arena, const struct uri *uri,
		  struct view original);

/** Are two hosts of uri_parse() one: a name in whatever case, or an address
 *  however it is written? */
bool uri_hosts_equal(struct view a, struct view b);

/** What of a sip, sips or tel URI names somebody, for a From that goes out: no
 *  password and no headers, and of the parameters of sip only `user`; the
 * others would say where to send an answer, or what to do.  Another scheme: as
 * it was written. */
char *uri_name(struct arena *arena, const struct uri *uri,
	       struct view original);

/** Split `"Name" <uri>;params` or `uri;params` (RFC 3261 section 20; in the
 *  second form parameters belong to the header, and a comma or question mark
 *  is ERR_SYNTAX).  One value, not a list.  The URI is not parsed. */
struct name_addr {
	struct view display; /**< as written, with its quotes; may be empty */
	struct view uri;
	struct view params; /**< with the first semicolon; or none */
};
enum err name_addr_parse(struct view value, struct name_addr *ret) MUST_CHECK;

#endif
