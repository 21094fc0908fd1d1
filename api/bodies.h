/*
 * bodies -- the JSON bodies of requests to the API, read and made canonical.
 *
 * Pure: bytes in, a value or a problem out; no store, no clock but the one
 * given. This is the surface that a stranger with a token can reach, and the
 * fuzz target of the API.
 */
#ifndef VOLENS_API_BODIES_H
#define VOLENS_API_BODIES_H

#include "api/fields.h"
#include "db/list_table.h"
#include "policies/permission.h"
#include "policies/ours.h"

#define EVIDENCE_MAX 2000 /**< bytes */
#define USERNAME_MAX 128
#define PASSWORD_MAX 256

/** What the readers must know of the relay. */
struct body_rules {
	const struct ours *ours;	/**< the relay itself: no recipient */
	const struct list_table *lists; /**< nor these; NULL: there are none */
	bool has_tls;			/**< sips URIs may be recipients */
	int allow_private_addresses; /**< 1: private addresses may be recipients
				      */
	int64_t refresh_s;	     /**< how long a yes lives; 0: no end */
	int64_t now;
};

/** Sender scope of a permission: an AOR key, "*@domain", "*", "anonymous".
 *  `sip:` may be left out.  ERR_SYNTAX and others of uri_key(). */
enum err scope_read(struct arena *arena, const char *text,
		    const char **ret) MUST_CHECK;
/** Key of an AOR; `sip:` may be left out. */
enum err aor_read(struct arena *arena, const char *text,
		  const char **ret) MUST_CHECK;
/** Key of a recipient (uri_recipient_key()); `sip:` may be left out. */
enum err recipient_key_read(struct arena *arena, const char *text,
			    const char **ret) MUST_CHECK;

/** One URI that a request may be sent to, and gets there; its key.  After a
 *  failure the problem is one of the field "recipient". */
enum err recipient_uri_read(const char *text, const struct body_rules *rules,
			    struct arena *arena, const char **ret,
			    struct problem *ret_problem) MUST_CHECK;
/** The Request-URI of a leg. */
struct leg_uri {
	const char *key;
	const char *uri; /**< without what would change the request */
};
/** As above; a URI with a password is refused as well: others would see it. */
enum err leg_uri_read(const char *text, const struct body_rules *rules,
		      struct arena *arena, struct leg_uri *ret,
		      struct problem *ret_problem) MUST_CHECK;
/** Kinds in "message call"; @p words NULL: none was named. */
enum err kinds_words_read(const char *words, struct arena *arena,
			  struct kinds *ret,
			  struct problem *ret_problem) MUST_CHECK;

/** POST /v1/permissions: keys and scopes are canonical already. */
struct permission_body {
	const char *sender, *target, *recipient, *recipient_uri;
	enum permission_state state;   /**< pending, denied or granted */
	enum permission_origin origin; /**< of a grant: admin or import */
	const char *evidence;
	int64_t expires_at; /**< -1: not said */
	int64_t term_s;	    /**< where has_term: TERM_* */
	bool has_term;
	struct kinds kinds; /**< none: messages; of a deny: all */
};
enum err permission_body_read(struct view body, const struct body_rules *rules,
			      struct arena *arena, struct permission_body *ret,
			      struct problem *ret_problem) MUST_CHECK;

/** PATCH /v1/permissions/{id}; only state, origin, evidence, expires_at and, of
 *  a deny, kinds of @p ret are filled. */
enum err permission_patch_read(struct view body, const struct body_rules *rules,
			       struct arena *arena, struct permission_body *ret,
			       struct problem *ret_problem) MUST_CHECK;

/** POST /v1/users; the password lies in the arena: wipe it after use. */
struct user_body {
	const char *aor, *username;
	const char *realm;    /**< one of ours; NULL: not said */
	const char *password; /**< NULL in a patch: keep it */
	unsigned may;	      /**< enum account_right; 0: not said */
};
enum err user_body_read(struct view body, struct arena *arena,
			struct user_body *ret,
			struct problem *ret_problem) MUST_CHECK;
/** PATCH /v1/users/{id}: password, may, or both. */
enum err user_patch_read(struct view body, struct arena *arena,
			 struct user_body *ret,
			 struct problem *ret_problem) MUST_CHECK;

/** POST /v1/explain. */
struct explain_body {
	const char *sender; /**< key; NULL: anonymous */
	const char *target, *recipient;
	const char *recipient_uri; /**< as it was given */
	const char *method;	   /**< MESSAGE when not said */
};
enum err explain_body_read(struct view body, struct arena *arena,
			   struct explain_body *ret,
			   struct problem *ret_problem) MUST_CHECK;

#endif
