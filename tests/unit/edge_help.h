/*
 * edge_help -- a stranger at an edge (sip_help.h), and the requests that they
 * send.
 */
#ifndef VOLENS_TESTS_UNIT_EDGE_HELP_H
#define VOLENS_TESTS_UNIT_EDGE_HELP_H

#include "db/accounts.h"
#include "server/base/sha256.h"
#include "server/base/token.h"
#include "tests/unit/sip_help.h"

#include <check.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTS "sip:lists@" SIP_DOMAIN

#define HEX "0123456789abcdef0123456789abcdef"

#define GRANT "sip:g-" HEX "@" SIP_DOMAIN

/* A request being put together. */
struct ask {
	const char *method, *uri;
	const char *more; /* header lines with CRLF */
	const char *body;
	const char *branch;	/* NULL: one of its own */
	const char *from;	/* NULL: nora */
	const char *to;		/* NULL: <uri> */
	int cseq, max_forwards; /* 0: 1, 70 */
};

#define N(cases) ((int)(sizeof(cases) / sizeof((cases)[0])))

extern struct sip_fixture sip;
extern int fd;			    /* a stranger */
extern const char *user, *password; /* of credentials() */
void setup(void);
void teardown(void);
const char *ask_write(const struct ask *ask);
const char *send_ask(int peer, const struct ask *ask);
/* What a client makes of a challenge. */
const char *credentials(const char *challenge, const char *method,
			const char *uri, unsigned nc);
const char *challenge(void);
/* From a peer of the trust domain, who needs no password. */
extern const char trusted[];

#endif
