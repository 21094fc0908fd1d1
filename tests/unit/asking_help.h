/*
 * asking_help -- consents with a store and an index of their own, over the fake
 * edge, loop and writer of tests/fake.
 *
 *   somebody        relay                      bob
 *      |--added------>|                         |
 *      |              |--MESSAGE (the question)->|
 *      |              |<-200--------------------|   waiting
 *      |              |<-PUBLISH grant URI------|
 *      |              |--200 (it is on disk)--->|   granted
 *      |              |<-PUBLISH deny URI-------|
 *      |              |--200 (it is on disk)--->|   denied
 */
#ifndef VOLENS_TESTS_UNIT_ASKING_HELP_H
#define VOLENS_TESTS_UNIT_ASKING_HELP_H

#include "db/account_table.h"
#include "db/permission_requests.h"
#include "db/permissions.h"
#include "server/base/secret.h"
#include "server/consent/consent.h"
#include "tests/fake/fake_edge.h"
#include "tests/fake/fake_loop.h"
#include "tests/fake/fake_writer.h"

#include <check.h>
#include <unistd.h>

#define ALICE "sip:alice@example.com"

#define LIST "sip:lists@relay.example.com"

#define BOB "sip:bob@example.net"

#define CAROL "sip:carol@example.net"

#define DOMAIN "relay.example.com"

#define REFRESH_S (180 * 86400)

struct adding {
	struct write_job job;
	struct permission_change change;
	struct permission row;
};

extern char folder[];
extern struct arena *arena;
extern struct loop *loop;
extern struct counters counters;
extern struct index *index_;
extern struct accounts *accounts;
extern struct secret *secret;
extern struct writer *writer;
extern struct edge edge;
extern struct consents *consents;
extern struct consents_settings settings;
/** The URI of the next recipients, where it is not their key; NULL: it is. */
extern const char *asked_at;
/** Of the next writers; 0: nobody is asked again before a grant ends. */
extern int64_t renew_before_s;
void open_writer(void);
void open_consents(void);
void setup(void);
void teardown(void);
/** Until nothing moves any more; time stands still. */
void settle(void);
void pass(int64_t seconds);
enum err adding_run(struct store *store, struct write_job *job);
/** Somebody wants a permission asked for.  @return its id */
int64_t add_for(const char *sender, const char *recipient);
int64_t add(const char *recipient);
struct permission row_of(int64_t id);
const char *state_of(int64_t id);
enum verdict verdict_for(const char *recipient);
/** Somebody wants a call to BOB asked for.  @return its id */
int64_t add_call(void);
/** The same of a call. */
enum verdict call_verdict_for(const char *recipient);
/** What left last; NULL when nothing new did. */
struct sent *left(void);
size_t n_left(void);
struct sent *one_left(void);
void ends(struct sent *sent, int status);
/** The token of a URI in a question: "g-" or "d-" and its digits. */
struct token token_in(const struct sent *sent, const char *letter);
struct consent_reply reply_new(enum token_kind kind, struct token token);
/** Have it come in as a PUBLISH by @p sender; NULL: nobody. */
void receive(const struct consent_reply *reply, const char *sender);
/** The response to the last reply. */
const struct answered *responded(void);
int publish(const struct consent_reply *reply);
int publish_token(enum token_kind kind, struct token token);
/** Asked, and the question taken. */
struct sent *ask(const char *recipient, int64_t *ret_id);

#endif
