/*
 * hops_help -- a resolver that says what the test wants, in the place of
 * server/net/resolve.c.
 */
#ifndef VOLENS_TESTS_UNIT_HOPS_HELP_H
#define VOLENS_TESTS_UNIT_HOPS_HELP_H

#include "server/net/resolve.h"
#include "tests/unit/sip_help.h"

struct hops_script {
	struct hop hops[RESOLVE_HOPS_MAX];
	size_t n;
	enum err err;		 /**< of resolver_start() */
	struct resolve *waiting; /**< after ERR_BUSY */
	char asked[256];	 /**< host and port of the last one */
};
extern struct hops_script hops_script;

/** Nobody is there. */
void hops_reset(void);
/** One more: 127.x.y.@p last. */
void hops_add(const struct sip_fixture *sip, enum protocol protocol, int last,
	      int port);

#endif
