/*
 * page -- the page on which a recipient answers a question, on a listener of
 * its own.
 *
 *   GET, HEAD /c/p-TOKEN   what is asked, or how it stands; changes nothing
 *   POST                   answer=no|yes|again|stop|lift and form=...
 *   GET /c/page.css
 *
 * All else is 404.  Only a POST acts: gateways and phones that fetch what they
 * see do not answer.  It needs the form of the page that was shown, but a no
 * does not: answer=no counts with its address alone, whatever else is in it.
 * There is no script, cookie, or byte of others.
 */
#ifndef VOLENS_API_PAGE_H
#define VOLENS_API_PAGE_H

#include "api/exchange.h"

#define PAGE_BODY_MAX ((size_t)1024)

/** The head of a request was read, and is sound and for us: respond, or leave
 *  it to page_run() when the body has come. */
void page_judge(struct exchange *exchange);
void page_run(struct exchange *exchange);
/** Its response has left, or its connection. */
void page_decide_told(struct exchange *exchange);
/** The body has more than PAGE_BODY_MAX. */
void page_too_large(struct exchange *exchange);

#endif
