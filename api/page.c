#include "api/page.h"

#include "api/headers.h"
#include "api/http.h"
#include "api/mine.h"
#include "api/negotiate.h"
#include "api/page_private.h"
#include "server/base/ip_bytes.h"
#include "server/base/log.h"

#define FOLDER "/c/"
#define SHEET FOLDER "page.css"
#define WORDS_VERSION "page-2" /* of the words and their order */
#define RETRY_S 5
#define MINUTE_S 60

static const char sheet[] =
#include "api/page_css.h"
	;

/* ---- languages --------------------------------------------------------------
 */

static const struct language *offered(const struct wording *wording,
				      struct view tag)
{
	size_t at;

	return wording_find(wording, tag, &at) ? wording->parts[at].language
					       : NULL;
}

/** RFC 9110 section 12.5.4, by the first part of each tag. */
static const struct language *accepted(const struct wording *wording,
				       struct view accept)
{
	const struct language *best = NULL;
	struct view item;
	int most = 0;

	while (view_next_item(&accept, &item)) {
		struct view tag =
			view_trim(view_head(item, view_find(item, ';', 0)));
		const struct language *it = offered(
			wording, view_head(tag, view_find(tag, '-', 0)));
		int weight = accept_weight(item);

		if (it && weight > most) {
			most = weight;
			best = it;
		}
	}
	return best;
}

void page_choose_language(const struct exchange *exchange,
			  struct page_look *look)
{
	const char *wanted = params_value(&exchange->params, "lang");
	const struct wording *wording = look->wording;

	look->language = NULL;
	if (wanted)
		look->language = offered(wording, view_of(wanted));
	if (!look->language)
		look->language = accepted(
			wording, text_view(&exchange->headers.languages));
	if (wording && !look->language && wording->n)
		look->language = wording->parts[0].language;
	if (!look->language)
		look->language = language_at(0);
}

static bool is_page(const struct exchange *exchange)
{
	const char *name;

	if (!exchange->path ||
	    strncmp(exchange->path, FOLDER, strlen(FOLDER)) != 0)
		return false;
	name = exchange->path + strlen(FOLDER);
	return *name && !strchr(name, '/');
}

/* ---- looking ----------------------------------------------------------------
 */

static void respond_unknown(struct exchange *exchange)
{
	struct page_look look = {.state = PAGE_UNKNOWN,
				 .wording =
					 exchange->api->settings.page.wording};
	bool is_fine =
		page_limit_take(exchange->api->page_limits, PAGE_LIMIT_SOURCE,
				exchange->source, exchange->now);

	page_choose_language(exchange, &look);
	if (!is_fine)
		exchange->retry_after_s = MINUTE_S;
	page_respond(exchange, &look, is_fine ? 404 : 429,
		     is_fine ? WORDS : WORD_PAGE_WAIT);
}

/** False: it has responded. */
static bool look_at(struct exchange *exchange, struct page_look *ret)
{
	page_look(exchange,
		  is_page(exchange) ? view_of(exchange->path + strlen(FOLDER))
				    : VIEW_NONE,
		  ret);
	page_choose_language(exchange, ret);
	if (ret->state == PAGE_UNKNOWN)
		respond_unknown(exchange);
	return ret->state != PAGE_UNKNOWN;
}

static void respond_unread(struct exchange *exchange,
			   const struct page_look *look, enum word_id told)
{
	exchange->retry_after_s = RETRY_S;
	page_respond(exchange, look, 503, told);
}

static void log_page(const struct exchange *exchange,
		     const struct page_look *look)
{
	char hex[9];

	hex_encode(look->hash, 4, hex);
	log_event(LOG_EVENT_PAGE_REQUEST, NULL, "method=%s page=%s status=%d",
		  log_text(exchange->method), hex, exchange->status);
}

static void show(struct exchange *exchange)
{
	struct page_look look;

	if (look_at(exchange, &look)) {
		if (look.state == PAGE_UNREAD)
			respond_unread(exchange, &look, WORDS);
		else
			page_respond(exchange, &look, 200, WORDS);
	}
	log_page(exchange, &look);
}

/* ---- answering --------------------------------------------------------------
 */

static const struct {
	const char *name;
	enum consent_answer answer;
} answers[] = {
	{"no", CONSENT_NO},	{"yes", CONSENT_YES},
	{"stop", CONSENT_STOP}, {"again", CONSENT_AGAIN},
	{"lift", CONSENT_LIFT},
};

bool page_read_answer(const char *name, enum consent_answer *ret)
{
	for (size_t i = 0; name && i < sizeof(answers) / sizeof(answers[0]);
	     i++) {
		if (strcmp(name, answers[i].name) == 0) {
			*ret = answers[i].answer;
			return true;
		}
	}
	return false;
}

bool page_is_no(enum consent_answer answer)
{
	return answer == CONSENT_NO || answer == CONSENT_STOP;
}

/** To the same address: who loads it again does not answer again. */
static void respond_see_other(struct exchange *exchange)
{
	const char *lang = params_value(&exchange->params, "lang");
	const char *name = exchange->path + strlen(FOLDER);

	exchange->status = 303;
	exchange->location =
		lang && language_find(view_of(lang))
			? arena_printf(exchange->arena, "%s?lang=%s", name,
				       language_find(view_of(lang))->tag)
			: name;
}

/** An answer, and what it is to. */
struct page_post {
	struct page_look look;
	enum consent_answer said;
};

/** It is not kept, or nobody knows.  A no that was not saved is in force as far
 *  as it was read. */
static enum word_id word_of_failure(const struct page_post *post, enum err err)
{
	bool was_no = page_is_no(post->said);

	if (was_no && post->look.state == PAGE_UNSAVED)
		return WORDS;
	if (err == ERR_TIMEOUT || err == ERR_SHUTDOWN ||
	    (was_no && post->look.state == PAGE_UNREAD))
		return WORD_PAGE_NOT_YET;
	return WORD_PAGE_FAILED;
}

static void respond_failed(struct exchange *exchange, struct page_post *post,
			   enum err err)
{
	exchange->retry_after_s = RETRY_S;
	if (look_at(exchange, &post->look))
		page_respond(exchange, &post->look, 503,
			     word_of_failure(post, err));
}

static void respond_outcome(struct exchange *exchange, struct page_post *post,
			    enum reply_outcome outcome)
{
	switch (outcome) {
	case REPLY_GRANTED:
	case REPLY_DENIED:
	case REPLY_LIFTED:
	case REPLY_ASKED:
		respond_see_other(exchange);
		return;
	case REPLY_RATE_LIMITED:
		exchange->retry_after_s = MINUTE_S;
		page_respond(exchange, &post->look, 429, WORD_PAGE_WAIT);
		return;
	case REPLY_UNPROVED:
	case REPLY_FORGED:
		page_respond(exchange, &post->look, 403, WORD_PAGE_FAILED);
		return;
	case REPLY_UNKNOWN:
	case REPLY_PRECONDITION:
	case REPLY_OPPOSED:
	case REPLY_REMOVED_AT_ONCE:
		break;
	}
	if (look_at(exchange, &post->look))
		page_respond(exchange, &post->look, 409, WORD_PAGE_STALE);
}

static void on_decided(struct exchange *exchange, void *arg,
		       struct page_outcome outcome)
{
	struct page_post *post = arg;

	if (outcome.err)
		respond_failed(exchange, post, outcome.err);
	else
		respond_outcome(exchange, post, outcome.outcome);
	log_page(exchange, &post->look);
}

static void answer(struct exchange *exchange, struct page_post *post,
		   const struct page_form *form)
{
	char source[IP_TEXT_ROOM];
	struct consent_reply reply = {
		.kind = TOKEN_PAGE,
		.token = post->look.token,
		.answer = post->said,
		.shown = {form->shown ? WORDS_VERSION : NULL, form->language,
			  form->shown},
		.over_tls = page_is_secure(exchange),
		.expires_s = -1,
		.bytes = exchange->headers.bytes + exchange->body.len,
		.source = source,
		.door = DENY_BY_PAGE,
	};

	memcpy(reply.address, exchange->client, sizeof(reply.address));
	ip_bytes_print(exchange->client, source);
	page_decide(exchange, &reply, on_decided, post);
}

/** A word that the relay has to say to it; WORDS: none. */
static enum word_id judge_form(struct exchange *exchange,
			       const struct page_post *post, const char *given,
			       struct page_form *ret)
{
	const struct page_look *look = &post->look;

	if (!page_is_no(post->said) &&
	    !page_limit_take(exchange->api->page_limits, PAGE_LIMIT_TOKEN,
			     (struct view){(const char *)look->hash, HASH_LEN},
			     exchange->now))
		return WORD_PAGE_WAIT;
	if (!page_is_no(post->said) && look->state == PAGE_UNREAD)
		return WORD_PAGE_FAILED;
	if (page_form_read(exchange, look, given, ret) ||
	    (!page_is_no(post->said) && !ret->is_now))
		return WORD_PAGE_STALE;
	return WORDS;
}

enum err page_read_body(struct exchange *exchange, struct params *ret)
{
	struct text line;
	const char *path;

	text_init(&line, exchange->arena);
	text_add(&line, "/?");
	text_add_view(&line, text_view(&exchange->body));
	return params_read(exchange->arena, line.at, &path, ret);
}

/** What is said, and by which form.  A no is one with its link alone: then what
 *  was shown is not known. */
static enum word_id read_post(struct exchange *exchange, struct page_post *post,
			      struct page_form *ret)
{
	struct view body = text_view(&exchange->body);
	struct params params;
	const char *given = NULL;
	enum word_id problem = WORD_PAGE_BAD;

	*ret = (struct page_form){NULL, NULL, false};
	if (!page_read_body(exchange, &params) &&
	    page_read_answer(params_value(&params, "answer"), &post->said) &&
	    params.n == 2)
		given = params_value(&params, "form");
	if (given)
		problem = judge_form(exchange, post, given, ret);
	if (problem == WORDS || !page_says_no(body))
		return problem;
	post->said = CONSENT_NO;
	return WORDS;
}

static void respond_problem_of(struct exchange *exchange,
			       const struct page_post *post,
			       enum word_id problem)
{
	int status = 400;

	if (problem == WORD_PAGE_WAIT) {
		exchange->retry_after_s = MINUTE_S;
		status = 429;
	} else if (problem == WORD_PAGE_STALE) {
		status = 409;
	} else if (problem == WORD_PAGE_FAILED) {
		exchange->retry_after_s = RETRY_S;
		status = 503;
	}
	page_respond(exchange, &post->look, status, problem);
}

static void post(struct exchange *exchange, struct page_post *post)
{
	struct page_form form;
	enum word_id problem = read_post(exchange, post, &form);

	if (problem == WORDS) {
		answer(exchange, post, &form);
		return;
	}
	respond_problem_of(exchange, post, problem);
	log_page(exchange, &post->look);
}

void page_run(struct exchange *exchange)
{
	struct page_post *it = arena_alloc(exchange->arena, sizeof(*it));

	if (mine_realm(exchange))
		mine_run(exchange);
	else if (look_at(exchange, &it->look))
		post(exchange, it);
	else
		log_page(exchange, &it->look);
}

/* ---- what is asked for ------------------------------------------------------
 */

static void respond_plain(struct exchange *exchange, int status,
			  const char *text)
{
	exchange->status = status;
	exchange->content_type = "text/plain; charset=utf-8";
	exchange->content = view_of(text);
}

void page_too_large(struct exchange *exchange)
{
	respond_plain(exchange, 413, "The body is longer than 1 KiB.\n");
}

bool page_is_reading(const struct exchange *exchange)
{
	return strcmp(exchange->method, "GET") == 0 ||
	       strcmp(exchange->method, "HEAD") == 0;
}

void page_refuse_method(struct exchange *exchange, const char *allow)
{
	exchange->allow = allow;
	respond_plain(exchange, 405, "This address has no such method.\n");
}

/** May this body come?  Else it has responded. */
bool page_judge_body(struct exchange *exchange)
{
	const struct request_headers *headers = &exchange->headers;
	uint64_t length = 0;

	if (headers->n_length &&
	    view_to_u64(headers->length, UINT64_MAX, &length))
		respond_plain(exchange, 400, "Content-Length is no number.\n");
	else if (!type_is(headers->content_type,
			  "application/x-www-form-urlencoded") ||
		 (headers->content_encoding.len &&
		  !view_equal_nocase(headers->content_encoding,
				     VIEW("identity"))))
		respond_plain(exchange, 415,
			      "The body must be a form of the page.\n");
	else if (length > PAGE_BODY_MAX)
		page_too_large(exchange);
	return !exchange->status;
}

void page_judge(struct exchange *exchange)
{
	if (exchange->path && strcmp(exchange->path, SHEET) == 0) {
		if (!page_is_reading(exchange))
			page_refuse_method(exchange, "GET, HEAD");
		else
			respond_content(
				exchange, "text/css; charset=utf-8",
				(struct view){sheet, sizeof(sheet) - 1});
	} else if (mine_realm(exchange)) {
		mine_judge(exchange);
	} else if (strcmp(exchange->method, "POST") == 0) {
		(void)page_judge_body(exchange);
	} else if (!is_page(exchange) || page_is_reading(exchange)) {
		show(exchange);
	} else {
		page_refuse_method(exchange, "GET, HEAD, POST");
	}
}
