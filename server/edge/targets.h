/*
 * targets -- the directory of what Request-URIs stand for: services, consent
 * URIs, stored lists, the relay itself, elsewhere; and who takes what there.
 */
#ifndef VOLENS_SERVER_EDGE_TARGETS_H
#define VOLENS_SERVER_EDGE_TARGETS_H

#include "db/lists.h"
#include "server/base/token.h"
#include "server/base/uri.h"
#include "server/edge.h"
#include "server/edge/modules.h"

#define CONFERENCE_USER_LEN 18 /**< "c-" and 16 hex digits */

enum target_kind {
	TARGET_ELSEWHERE,  /**< a host that is not ours */
	TARGET_SERVER,	   /**< the relay itself: no user part */
	TARGET_SERVICE,	   /**< a list service */
	TARGET_TOKEN,	   /**< has the form of a consent URI */
	TARGET_CONFERENCE, /**< has the form of a conference URI */
	TARGET_LIST,	   /**< a stored list */
	TARGET_USER	   /**< anybody else here: nobody */
};

struct target {
	enum target_kind kind;
	/** Beside the first (server/base/domains.h): whose realm counts, too;
	 *  NULL: the first, or an address stands in its place. */
	const char *domain;
	const struct service *service; /**< TARGET_SERVICE */
	enum token_kind token_kind;    /**< TARGET_TOKEN */
	struct token token;
	char conference[CONFERENCE_USER_LEN + 1]; /**< TARGET_CONFERENCE */
	/** TARGET_LIST; or TARGET_USER, where a list could be called so, else
	 *  empty. */
	char list[LIST_NAME_MAX + 1];
};

/** Is the host of @p uri a domain of ours, or an address that we listen on? */
bool targets_host_is_ours(const struct edge *edge, const struct uri *uri);
void targets_find(const struct edge *edge, const struct uri *uri,
		  struct target *ret);
/** NULL: the method is not taken there. */
const struct registered *target_module(const struct target *target,
				       const struct modules *modules,
				       enum method method);
/** Append what is taken there: a value for Allow. */
void target_add_allow(const struct target *target,
		      const struct modules *modules, struct text *ret);

#endif
