/* The page as HTML.  Words have no markup; values get in by api/html.h alone.
 */
#include "api/html.h"
#include "api/page_parts.h"
#include "policies/match.h"

#define JUST_S 60	     /**< how long an answer is a fresh one */
#define AGAIN_S (30 * 86400) /**< before its end a yes can be given again */

static bool may_renew(const struct page_look *look, int64_t now)
{
	return look->state == PAGE_GRANTED && look->row.expires_at &&
	       look->row.expires_at - now < AGAIN_S;
}

static bool wants_yes(const struct page_look *look, int64_t now)
{
	return look->state == PAGE_ASKED || look->state == PAGE_EXPIRED ||
	       look->state == PAGE_STOPPED || may_renew(look, now);
}

/** To all answers of the person (api/mine.h). */
static void add_sign_in(struct page_writer *it)
{
	const char *domain = it->look->domain;

	text_add(&it->out, "<p><a href=\"../mine/");
	html_attr(&it->out, domain);
	text_add(&it->out, "\">");
	page_add_word(it, WORD_MINE_SIGN_IN, NULL);
	text_add(&it->out, "</a>: ");
	page_add_word(it, WORD_MINE_SIGN_IN_NOTE,
		      &(struct fact_values){
			      {[FACT_DOMAIN] = page_isolated(it, domain)}});
	text_add(&it->out, "</p>\n");
}

/** What this page cannot, others can. */
static void add_how_to_lift(struct page_writer *it)
{
	const struct page_settings *page = &it->exchange->api->settings.page;

	page_add_paragraph(it, WORD_PAGE_NO_LIFT, NULL);
	if (page->has_sign_in && page_is_secure(it->exchange))
		add_sign_in(it);
	if (page->has_chat)
		page_add_paragraph(it, WORD_PAGE_LIFT_BY_PHONE, NULL);
	page_add_paragraph(it, WORD_PAGE_LIFT_BY_PAGE, NULL);
}

/** What is to be known of the answers. */
static void add_notes(struct page_writer *it)
{
	const struct page_look *look = it->look;

	switch (look->state) {
	case PAGE_ASKED:
	case PAGE_EXPIRED:
		if (scope_kind(look->row.sender) == SCOPE_ONE)
			page_add_paragraph(it, WORD_PAGE_KNOWN, NULL);
		page_add_paragraph(it, WORD_PAGE_NOTHING, NULL);
		break;
	case PAGE_GRANTED:
		page_add_ends(it);
		break;
	case PAGE_DENIED:
		page_add_paragraph(it, WORD_PAGE_AGAIN_NOTE, NULL);
		break;
	case PAGE_GONE:
		page_add_paragraph(it, WORD_PAGE_GONE_NOTE, NULL);
		break;
	case PAGE_STOPPED:
		if (look->may_say_yes)
			page_add_paragraph(it, WORD_PAGE_LIFT_NOTE, NULL);
		else
			add_how_to_lift(it);
		break;
	case PAGE_UNKNOWN:
		page_add_paragraph(it, WORD_PAGE_UNKNOWN_NOTE, NULL);
		break;
	case PAGE_DENIED_BY_OTHERS:
	case PAGE_WIDER:
	case PAGE_UNSAVED:
	case PAGE_UNREAD:
	case PAGE_STATES:
		break;
	}
	if (wants_yes(look, it->exchange->now) && !look->may_say_yes &&
	    look->state != PAGE_STOPPED)
		page_add_paragraph(it, WORD_PAGE_HOW_YES, NULL);
}

/* ---- buttons --------------------------------------------------------------
 */

/** A no comes first, and no button is one that is meant. */
static void add_answers(struct page_writer *it)
{
	const struct page_look *look = it->look;
	bool has_yes = wants_yes(look, it->exchange->now) && look->may_say_yes;

	if (look->state == PAGE_DENIED)
		page_add_button(it, "again", WORD_PAGE_AGAIN);
	else if (look->state == PAGE_GRANTED)
		page_add_button(it, "no", WORD_PAGE_STOP_THIS);
	else if (look->state == PAGE_UNSAVED)
		page_add_button(it, "no", WORD_PAGE_RETRY);
	else if (look->state != PAGE_STOPPED)
		page_add_button(it, "no", WORD_PAGE_NO);
	if (look->state == PAGE_STOPPED && has_yes)
		page_add_button(it, "lift", WORD_PAGE_LIFT);
	else if (has_yes)
		page_add_button(it, "yes",
				look->state == PAGE_GRANTED
					? WORD_PAGE_YES_AGAIN
					: WORD_PAGE_YES);
}

static void add_forms(struct page_writer *it, const char *shown)
{
	char form[PAGE_FORM_ROOM];

	if (it->look->state == PAGE_UNKNOWN)
		return;
	page_form_write(it->exchange, it->look, shown, form);
	if (it->look->state != PAGE_STOPPED || it->look->may_say_yes) {
		page_form_begin(it, form, "answers");
		add_answers(it);
		text_add(&it->out, "</form>\n");
	}
	if (it->look->state == PAGE_UNREAD)
		return; /* of what domain is not known */
	page_form_begin(it, form, "less");
	page_add_button(it, "stop", WORD_PAGE_STOP_ALL);
	text_add(&it->out, "</form>\n");
}

/* ---- the page ---------------------------------------------------------------
 */

/** What was just done; WORDS: nothing. */
static enum word_id done_of(const struct page_look *look, int64_t now)
{
	bool is_just = look->since > now - JUST_S &&
		       look->row.origin == ORIGIN_RECIPIENT;

	if (look->state == PAGE_DENIED && look->row.asked_at > now - JUST_S &&
	    look->row.asked_at >= look->since)
		return WORD_PAGE_DONE_AGAIN;
	if (is_just && look->state == PAGE_DENIED)
		return WORD_PAGE_DONE_NO;
	if (is_just && look->state == PAGE_GRANTED)
		return WORD_PAGE_DONE_YES;
	return look->state == PAGE_STOPPED ? WORD_PAGE_DONE_NO : WORDS;
}

void page_respond(struct exchange *exchange, const struct page_look *look,
		  int status, enum word_id told)
{
	struct page_writer it = {
		.exchange = exchange, .look = look, .sheet = "page.css"};
	enum word_id heading = page_heading(look);
	enum word_id done = told == WORDS ? done_of(look, exchange->now) : told;
	size_t begin;

	text_init(&it.out, exchange->arena);
	page_add_head(&it, done == WORDS ? heading : done);
	page_add_told(&it, done, told == WORDS ? "status" : "alert");
	begin = it.out.len;
	text_add(&it.out, "<h1>");
	page_add_heading(&it, heading);
	text_add(&it.out, "</h1>\n");
	if (look->state != PAGE_UNKNOWN && look->state != PAGE_UNREAD) {
		text_add(&it.out, "<p>");
		page_add_facts(&it, WORD_PAGE_ASKS);
		text_add(&it.out, "</p>\n");
	}
	add_notes(&it);
	add_forms(&it, page_hash(&it, begin));
	text_add(&it.out, "</main>\n");
	page_add_languages(&it, "");
	text_add(&it.out, "</body></html>\n");
	exchange->status = status;
	exchange->content_type = "text/html; charset=utf-8";
	exchange->content = text_view(&it.out);
}
