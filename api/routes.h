/*
 * routes -- the one table of what is served: method, path, handler.
 *
 * Paths match exactly, never by prefix; `{id}` stands for a positive decimal
 * number, `{conference}` for 16 lower-case hex digits, `{name}` for what a
 * stored list may be called.  404, 405 with Allow,
 * the token rule and the types of content follow from the table, and a test
 * holds it against openapi.yaml.
 */
#ifndef VOLENS_API_ROUTES_H
#define VOLENS_API_ROUTES_H

#include <stddef.h>
#include <stdint.h>

#include "policies/list.h"

struct exchange;

/** Who may call. */
enum route_access {
	ACCESS_TOKEN, /**< bearer token needed */
	ACCESS_OPEN   /**< anybody who can connect */
};
/** What a request brings. */
enum route_body {
	BODY_NONE, /**< nothing; a body is refused */
	BODY_JSON, /**< one JSON object */
	BODY_ROWS  /**< the same, or CSV; it may be large */
};
/** What happens when a request is run twice. */
enum route_effect {
	EFFECT_NONE, /**< nothing more than once */
	EFFECT_ONCE  /**< more than once: Idempotency-Key counts */
};

struct route {
	const char *method; /**< GET stands for HEAD as well */
	const char *path;
	enum route_access access;
	enum route_body body;
	const char *type; /**< of the response; Accept must allow it */
	void (*run)(struct exchange *exchange);
	enum route_effect effect;
	const char *also; /**< another type of the response; NULL: none */
};

extern const struct route routes[];
extern const size_t n_routes;

enum route_match {
	ROUTE_FOUND,
	ROUTE_NO_PATH,	/**< 404 */
	ROUTE_NO_METHOD /**< 405 */
};

/** What a path has in the place of names in braces. */
struct route_ids {
	int64_t id;	     /**< {id}; 0: none */
	char conference[17]; /**< {conference}: 16 hex digits; or "" */
	/** {name}, of a stored list: "hikers", "hikers@b.example"; or "" */
	char name[LIST_AT_MAX + 1];
};

/** The paths of conferences begin with it. */
#define ROUTE_CONFERENCES "/v1/conferences"

#define ROUTE_ALLOW_MAX 64 /**< bytes of an Allow value */

/**
 * Find the route of a request.
 *
 * @param ret        the route; on ROUTE_NO_METHOD another one of that path
 * @param ret_ids    what stands in the place of {id}, {conference}, {name}
 * @param ret_allow  on ROUTE_NO_METHOD: what Allow says
 */
enum route_match route_find(const char *method, const char *path,
			    const struct route **ret, struct route_ids *ret_ids,
			    char ret_allow[ROUTE_ALLOW_MAX]);

#endif
