/*
 * call_help -- one INVITE of ours, two phones, and a clock that the test moves.
 *
 * The edge is the real one, on loopback sockets.  What its owner hears is
 * written down.
 */
#ifndef VOLENS_TESTS_UNIT_CALL_HELP_H
#define VOLENS_TESTS_UNIT_CALL_HELP_H

#include "server/sip/sip_private.h"
#include "tests/unit/clock_help.h"
#include "tests/unit/hops_help.h"

struct call_fixture {
	struct sip_fixture sip;
	int phone, other; /**< UDP, on hosts 9 and 10, not connected */
	int fence;	  /**< UDP, connected to itself */
	struct leg leg;
	struct leg_template template;
	bool is_permitted;
	int n_asked;
	/** What may_leave() says; it is not set unless a test does. */
	bool may_leave;
	int n_leaving;
	char branch[64], uri[64], routes[256], bytes[4096]; /**< of the hop */
	int responses[64];				    /**< statuses */
	int n_responses;
	bool has_fault; /**< the last one had */
	/** Called with each when set. */
	void (*act)(struct call_fixture *call, const struct message *response);
	int n_ended;
	int strays[16]; /**< statuses */
	int n_strays;
};

extern struct call_fixture call;

/** URI of the proxy that all goes to, before call_setup(); or NULL. */
extern const char *call_proxy;
/** Threads beside the loop, before call_setup(). */
extern size_t call_workers;
/** Its INVITE goes to the phone on host 9, by UDP. */
void call_setup(void);
void call_teardown(void);
/** For leg.may_leave: writes the hop down, and says call.may_leave. */
bool call_may_leave(struct leg *leg, const struct leg_hop *hop);
/** All datagrams that were sent are where they go: the kernel delivers those of
 *  one processor in their order, but on a busy machine not at once. */
void call_fence(void);
/** @p n turns of the loop; the clock stands still. */
void call_turns(int n);
/** The clock goes on, then some turns. */
void call_wait(int ms);
/** What came there, after some turns; or NULL.  In a static buffer. */
const char *call_read(int fd);
/** The same of what takes a while, as a stream does. */
const char *call_await(int fd);
/** The method and number of what came, as "1 INVITE"; "" if nothing did. */
const char *call_cseq(int fd);
/** A response to @p request, from @p fd, with @p more lines and To tag. */
void call_reply(int fd, const char *request, int status, const char *tag,
		const char *more);
/** The leg has ended so. */
void call_ended(int status);
/** Nobody is there any more. */
void call_is_over(void);
/** For streams, with room for few bytes. */
int call_listen(int last);
int call_accept(int listener);

#endif
