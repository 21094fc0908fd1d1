/*
 * invite_help -- an edge with a module that takes calls: INVITE to a service
 * and to a conference, SUBSCRIBE and OPTIONS to a conference.
 */
#ifndef VOLENS_TESTS_UNIT_INVITE_HELP_H
#define VOLENS_TESTS_UNIT_INVITE_HELP_H

#include "tests/unit/edge_help.h"

#define CONFERENCE "sip:c-0123456789abcdef@" SIP_DOMAIN
#define SDP "v=0\r\n"
#define CONTACT "Contact: <sip:nora@client.example.com>\r\n"

/** A peer of the trust domain: who it asserts needs no password. */
extern int peer;
/** What `cancelled` was called with, and how often. */
extern struct request *cancelled_request;
extern int n_cancelled;

/** That of INVITE to the service: to be changed before it is registered. */
extern struct method_module *const invite_row;

/** As setup() and teardown() of edge_help.h. */
void invite_setup(void);
/** Part of it: the module, and the trusted peer. */
void invite_rows(void);
void invite_teardown(void);
/** INVITE of the trusted peer to the service, with a Contact; @p ask may have
 *  more lines. @return the first answer. */
const char *invite(struct ask *ask);
/** The request that came last. */
struct request *last_request(void);
/** Answer it: status, and a Contact. */
void answer(struct request *request, int status);
/** ACK or CANCEL of the INVITE in @p ask; @p to: of the response, or NULL. */
const char *send_of(const char *method, const struct ask *ask, const char *to);
/** A stream of the trusted peer. */
int tcp_peer(void);
void send_all(int stream, struct view bytes);
/** Is nothing more to be read? */
void is_silent(int fd);

#endif
