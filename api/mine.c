#include "api/mine.h"

#include "api/mine_private.h"
#include "policies/match.h"
#include "server/base/ip_bytes.h"
#include "server/base/log.h"
#include "server/base/secret.h"

#define PLACE "/mine"
#define WORDS_VERSION "mine-1" /* of the words and their order */
#define ROWS_MOST 25	       /* of a page */
#define RETRY_S 5
#define MINUTE_S 60

const char *mine_realm(const struct exchange *exchange)
{
	const struct api_settings *settings = &exchange->api->settings;
	const char *rest;

	if (!settings->page.has_sign_in || !page_is_secure(exchange) ||
	    !exchange->path ||
	    strncmp(exchange->path, PLACE, strlen(PLACE)) != 0)
		return NULL;
	rest = exchange->path + strlen(PLACE);
	if (!*rest)
		return settings->domain;
	return *rest == '/'
		       ? domains_find(&settings->domains, view_of(rest + 1))
		       : NULL;
}

/* ---- rows -----------------------------------------------------------------
 */

void mine_key(const struct mine *mine, const char *what, int64_t number,
	      uint8_t ret[HASH_LEN])
{
	const struct account *account = &mine->who.account;

	secret_key(mine->exchange->api->settings.secret,
		   arena_printf(mine->exchange->arena,
				"volens mine %s %lld %s %lld", what,
				(long long)account->id,
				account->etag ? account->etag : "",
				(long long)number),
		   ret);
}

static bool is_stop_of_all(const struct permission *row)
{
	return permission_is_own_deny(row) &&
	       scope_kind(row->sender) == SCOPE_ANYBODY &&
	       target_is_any(row->target);
}

static void find_state(const struct mine *mine, struct page_look *look)
{
	if (is_stop_of_all(&look->row)) {
		look->state = PAGE_STOPPED;
	} else if (look->row.state == PERMISSION_DENIED) {
		look->state = page_state_alone(&look->row, mine->exchange->now);
	} else {
		page_find_state(mine->exchange, look);
		if (look->state == PAGE_STOPPED)
			look->state = PAGE_WIDER;
	}
}

void mine_look(struct mine *mine, const struct permission *row,
	       struct page_look *ret)
{
	const struct api_settings *settings = &mine->exchange->api->settings;

	*ret = mine->all;
	ret->state = PAGE_GONE; /* of no row */
	mine_key(mine, "row", row ? row->id : 0, ret->hash);
	if (!row)
		return;
	ret->row = *row;
	ret->since = row->changed_at;
	ret->domain =
		domains_name(&settings->domains, settings->domain, row->target);
	/* An account of one domain takes nothing back in another. */
	ret->may_say_yes = strcmp(ret->domain, mine->who.realm) == 0;
	find_state(mine, ret);
}

enum consent_answer mine_answer(const struct mine *mine,
				const struct page_look *look)
{
	(void)mine;
	if (look->state == PAGE_DENIED)
		return look->may_say_yes ? CONSENT_AGAIN : CONSENT_NONE;
	if (look->state == PAGE_STOPPED)
		return look->may_say_yes ? CONSENT_LIFT : CONSENT_NONE;
	return CONSENT_NO;
}

/* ---- reading --------------------------------------------------------------
 */

static void read_query(struct mine *mine)
{
	const struct params *params = &mine->exchange->params;
	const char *only = params_value(params, "only");
	const char *before = params_value(params, "before");
	const char *lang = params_value(params, "lang");
	uint64_t id = 0;

	if (only && strcmp(only, "yes") == 0)
		mine->of = ANSWERS_YES;
	else if (only && strcmp(only, "no") == 0)
		mine->of = ANSWERS_NO;
	if (before && !view_to_u64(view_of(before), INT64_MAX, &id))
		mine->before = (int64_t)id;
	if (lang && language_find(view_of(lang)))
		mine->language = language_find(view_of(lang))->tag;
}

static void begin(struct exchange *exchange, struct mine *ret)
{
	*ret = (struct mine){
		.exchange = exchange,
		.all = {.wording = exchange->api->settings.page.wording,
			.domain = mine_realm(exchange)},
		.told = WORDS};
	page_choose_language(exchange, &ret->all);
	read_query(ret);
	sign_in_read(exchange, ret->all.domain, &ret->who);
	ret->aor[0] = ret->who.account.aor;
}

static enum err with_store(struct mine *mine,
			   enum err (*read)(struct mine *mine,
					    struct store *store, void *arg),
			   void *arg)
{
	struct store_pool *pool = mine->exchange->api->store_pool;
	struct store *store;
	enum err err = store_pool_take(pool, &store);

	if (err)
		return err;
	err = read(mine, store, arg);
	store_pool_give(pool, store);
	return err;
}

static enum err read_answers(struct mine *mine, struct store *store, void *arg)
{
	const struct answers_query of = {.aor = {mine->aor[0], NULL},
					 .now = mine->exchange->now,
					 .of = mine->of,
					 .before = mine->before,
					 .most = ROWS_MOST};

	(void)arg;
	return store_answers(store, &of, mine->exchange->arena, &mine->answers);
}

/** A row of theirs. */
struct row_wanted {
	int64_t id;
	struct permission *row;
};

static enum err read_row(struct mine *mine, struct store *store, void *arg)
{
	struct row_wanted *wanted = arg;

	return store_answers_get(store, mine->aor, wanted->id,
				 mine->exchange->arena, wanted->row);
}

enum err mine_read_row(struct mine *mine, int64_t id, struct permission *ret)
{
	struct row_wanted wanted = {id, ret};

	return with_store(mine, read_row, &wanted);
}

static void log_mine(const struct exchange *exchange)
{
	log_event(LOG_EVENT_PAGE_REQUEST, NULL, "method=%s page=mine status=%d",
		  log_text(exchange->method), exchange->status);
}

static void respond(struct mine *mine, int status)
{
	if (with_store(mine, read_answers, NULL)) {
		mine->exchange->retry_after_s = RETRY_S;
		mine_write_without(mine, 503);
		return;
	}
	mine_write(mine, status);
}

/** True when they signed in; else it has responded. */
static bool is_signed_in(struct mine *mine)
{
	enum sign_in how = sign_in_prove(mine->exchange, &mine->who);

	switch (how) {
	case SIGN_IN_PROVED:
		return true;
	case SIGN_IN_WAIT:
		mine->exchange->retry_after_s = MINUTE_S;
		mine_write_without(mine, 429);
		return false;
	case SIGN_IN_WANTED:
	case SIGN_IN_STALE:
		break;
	}
	sign_in_challenge(mine->exchange, mine->all.domain, how);
	mine_write_without(mine, 401);
	return false;
}

static void respond_done(struct mine *mine, enum reply_outcome outcome,
			 int64_t id)
{
	struct exchange *exchange = mine->exchange;
	const struct mine_place here = {mine->of, mine->before, mine->language};
	const char *query = mine_query(mine, &here);

	exchange->status = 303;
	exchange->location = arena_printf(exchange->arena, "%s?%s%sdone=%s",
					  strrchr(exchange->path, '/') + 1,
					  query, *query ? "&" : "",
					  mine_done_write(mine, outcome, id));
}

/* ---- answering ------------------------------------------------------------
 */

static void tell(struct mine *mine, int status, enum word_id word)
{
	mine->told = word;
	respond(mine, status);
}

/** It is not kept, or nobody knows. */
static void respond_failed(struct mine *mine, enum err err)
{
	mine->exchange->retry_after_s = RETRY_S;
	tell(mine, 503,
	     err == ERR_TIMEOUT || err == ERR_SHUTDOWN ? WORD_PAGE_NOT_YET
						       : WORD_PAGE_FAILED);
}

static void respond_outcome(struct mine *mine, enum reply_outcome outcome)
{
	switch (outcome) {
	case REPLY_DENIED:
	case REPLY_LIFTED:
	case REPLY_ASKED:
		respond_done(mine, outcome, mine->row);
		return;
	case REPLY_RATE_LIMITED:
		mine->exchange->retry_after_s = MINUTE_S;
		tell(mine, 429, WORD_PAGE_WAIT);
		return;
	case REPLY_GRANTED: /* by no button of this page */
	case REPLY_UNPROVED:
	case REPLY_FORGED:
	case REPLY_UNKNOWN:
	case REPLY_PRECONDITION:
	case REPLY_OPPOSED:
	case REPLY_REMOVED_AT_ONCE:
		break;
	}
	tell(mine, 409, WORD_PAGE_STALE);
}

static void on_decided(struct exchange *exchange, void *arg,
		       struct page_outcome outcome)
{
	struct mine *mine = arg;

	if (outcome.err)
		respond_failed(mine, outcome.err);
	else
		respond_outcome(mine, outcome.outcome);
	log_mine(exchange);
}

/** What a form says. */
struct mine_form {
	enum consent_answer said;
	int64_t row;
	const char *given;
	struct page_look look;
	struct page_form form;
};

static void decide(struct mine *mine, const struct mine_form *form)
{
	struct exchange *exchange = mine->exchange;
	const struct identity who = {IDENTITY_DIGEST, {mine->aor[0], NULL}};
	char source[IP_TEXT_ROOM];
	struct consent_reply reply = {
		.kind = TOKEN_PAGE,
		.by_sign_in = true,
		.permission = form->look.row.id,
		.answer = form->said,
		.shown = {WORDS_VERSION, form->form.language, form->form.shown},
		.sender = &who,
		.over_tls = true,
		.expires_s = -1,
		.bytes = exchange->headers.bytes + exchange->body.len,
		.source = source,
		.door = DENY_BY_PAGE,
		.domain = mine->all.domain,
	};

	memcpy(reply.address, exchange->client, sizeof(reply.address));
	ip_bytes_print(exchange->client, source);
	mine->row = form->look.row.id;
	page_decide(exchange, &reply, on_decided, mine);
}

/** ERR_SYNTAX: it is no form of this page. */
static enum err read_form(const struct mine *mine, struct mine_form *ret)
{
	struct params params;
	const char *row;
	uint64_t id;

	*ret = (struct mine_form){.said = CONSENT_NONE};
	if (page_read_body(mine->exchange, &params) || params.n != 3 ||
	    !page_read_answer(params_value(&params, "answer"), &ret->said) ||
	    ret->said == CONSENT_YES ||
	    !(ret->given = params_value(&params, "form")) ||
	    !(row = params_value(&params, "row")) ||
	    view_to_u64(view_of(row), INT64_MAX, &id) ||
	    !id != (ret->said == CONSENT_STOP))
		return ERR_SYNTAX;
	ret->row = (int64_t)id;
	return ERR_OK;
}

/** Was it given to this account, for this row?  The store is not asked: that
 *  would take longer for an account that is there. */
static bool is_given(struct mine *mine, const struct mine_form *form)
{
	const struct permission row = {.id = form->row};
	struct page_look look = mine->all;
	struct page_form read;

	look.row = row;
	mine_key(mine, "row", form->row, look.hash);
	return page_form_read(mine->exchange, &look, form->given, &read) ==
		       ERR_OK &&
	       mine->aor[0];
}

/** ERR_UNKNOWN: it is none of this account and row, or that has gone. */
static enum err find_row(struct mine *mine, struct mine_form *form)
{
	struct permission row;
	enum err err =
		form->row ? mine_read_row(mine, form->row, &row) : ERR_OK;

	if (err)
		return err;
	mine_look(mine, form->row ? &row : NULL, &form->look);
	return page_form_read(mine->exchange, &form->look, form->given,
			      &form->form)
		       ? ERR_UNKNOWN
		       : ERR_OK;
}

/** Sec-Fetch-Site, or Origin of a browser that has not that.  Referrer-Policy
 *  makes it "null", as a stranger's frame can: then the form is what counts. */
static bool is_of_our_site(struct exchange *exchange)
{
	const struct request_headers *headers = &exchange->headers;
	struct origin_said said = {.host = origin_url_host(headers->origin)};

	if (headers->fetch_site.len)
		return view_equal(headers->fetch_site, VIEW("same-origin"));
	return !headers->origin.len ||
	       view_equal(headers->origin, VIEW("null")) ||
	       origin_host(&exchange->api->settings.page.origin,
			   exchange->arena, exchange->local, false,
			   &said) == HOST_IS_OURS;
}

static bool is_too_often(struct mine *mine, const struct mine_form *form)
{
	return !page_is_no(form->said) &&
	       !page_limit_take(
		       mine->exchange->api->page_limits, PAGE_LIMIT_TOKEN,
		       (struct view){(const char *)form->look.hash, HASH_LEN},
		       mine->exchange->now);
}

/** They signed in.  False: it has responded. */
static bool may_decide(struct mine *mine, struct mine_form *form)
{
	enum err err;

	if (!is_of_our_site(mine->exchange)) {
		tell(mine, 403, WORD_PAGE_FAILED);
		return false;
	}
	err = find_row(mine, form);
	if (err && err != ERR_UNKNOWN) {
		respond_failed(mine, err);
	} else if (err || (!page_is_no(form->said) && !form->form.is_now)) {
		tell(mine, 409, WORD_PAGE_STALE);
	} else if (is_too_often(mine, form)) {
		mine->exchange->retry_after_s = MINUTE_S;
		tell(mine, 429, WORD_PAGE_WAIT);
	} else {
		return true;
	}
	return false;
}

void mine_run(struct exchange *exchange)
{
	struct mine *mine = arena_alloc(exchange->arena, sizeof(*mine));
	struct mine_form form;
	enum err err;

	begin(exchange, mine);
	err = read_form(mine, &form);
	/* Only who signed in before has it: strangers cannot keep them out of a
	 * no by wrong passwords. */
	mine->who.has_form =
		!err && page_is_no(form.said) && is_given(mine, &form);
	if (is_signed_in(mine)) {
		if (!err && may_decide(mine, &form)) {
			decide(mine, &form);
			return;
		}
		if (err)
			tell(mine, 400, WORD_PAGE_BAD);
	}
	log_mine(exchange);
}

static void show(struct exchange *exchange)
{
	struct mine mine;

	begin(exchange, &mine);
	if (is_signed_in(&mine)) {
		mine_done_read(&mine);
		respond(&mine, 200);
	}
	log_mine(exchange);
}

void mine_judge(struct exchange *exchange)
{
	if (page_is_reading(exchange))
		show(exchange);
	else if (strcmp(exchange->method, "POST") == 0)
		(void)page_judge_body(exchange);
	else
		page_refuse_method(exchange, "GET, HEAD, POST");
}
