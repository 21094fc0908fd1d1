/*
 * page_help -- an API with a page, whose answers a test decides.
 *
 * The loop is the test's: nothing is decided but in page_until().
 */
#ifndef VOLENS_TESTS_UNIT_PAGE_HELP_H
#define VOLENS_TESTS_UNIT_PAGE_HELP_H

#include "api/page_private.h"
#include "server/base/loop.h"
#include "tests/unit/api_help.h"

#define PAGE_HELD 128

struct page_host {
	struct host host;
	struct arena *arena;
	struct secret *secret;
	/* What was handed over to be decided. */
	struct page_held {
		reply_done_fn done;
		void *arg;
		struct consent_reply reply;
	} held[PAGE_HELD];
	size_t n_held, n_decided;
	/* other tokens of the last question */
	const char *grant, *deny, *chat;
	/* the last response */
	int status;
	char text[16384];
};

void page_host_open(struct page_host *it);
/** The same, and pages cannot read the store. */
void page_host_open_blind(struct page_host *it);
void page_host_close(struct page_host *it);

/** A question to @p recipient; the path of its page. */
const char *page_ask(struct page_host *it, const char *recipient);

/** Send a request from 127.0.0.@p source; its socket. */
int page_send(struct page_host *it, unsigned source, const char *method,
	      const char *path, const char *body);
/** What came to a socket, which is closed. */
int page_read(struct page_host *it, int fd);
/** What came to the one of them that has something; it becomes -1. */
int page_read_first(struct page_host *it, int *fds, size_t n);
/** Send and read, to a page that needs nothing of the loop. */
int page_get(struct page_host *it, const char *path);
/** "answer=...&form=..." of a page that is shown. */
const char *page_body(struct page_host *it, const char *path,
		      const char *answer);
/** Run the loop until @p n answers were handed over. */
void page_until(struct page_host *it, size_t n);
/** Decide all that are held. */
void page_tell(struct page_host *it, const struct reply_result *result);

#endif
