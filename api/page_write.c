/* The page as HTML.  Words have no markup; values get in by api/html.h alone.
 */
#include "api/html.h"
#include "api/page_private.h"
#include "policies/match.h"
#include "server/base/sha256.h"

#define JUST_S 60	     /**< how long an answer is a fresh one */
#define AGAIN_S (30 * 86400) /**< before its end a yes can be given again */

/** Of one page. */
struct writer_state {
	struct exchange *exchange;
	const struct page_look *look;
	struct text out;
};

static const char *domain_of(const struct page_look *look)
{
	return look->domain ? look->domain : "";
}

static void add_word(struct writer_state *it, enum word_id word,
		     const struct fact_values *values)
{
	word_add(&it->out, it->look->language, word, values);
}

/** A value that may be written in any direction. */
static const char *isolated(struct writer_state *it, const char *value)
{
	struct text text;

	text_init(&text, it->exchange->arena);
	text_add(&text, "<bdi>");
	html_text(&text, value);
	text_add(&text, "</bdi>");
	return text.at;
}

static const char *escaped(struct writer_state *it, const struct text *plain)
{
	struct text text;

	text_init(&text, it->exchange->arena);
	html_text(&text, plain->at);
	return text.at;
}

static void add_paragraph(struct writer_state *it, enum word_id word,
			  const struct fact_values *values)
{
	text_add(&it->out, "<p>");
	add_word(it, word, values);
	text_add(&it->out, "</p>\n");
}

static const char *date_of(struct writer_state *it, int64_t at)
{
	struct text plain;

	text_init(&plain, it->exchange->arena);
	word_add_date(&plain, it->look->language, at);
	return escaped(it, &plain);
}

/** Who asks what. */
static void add_question(struct writer_state *it)
{
	const struct permission *row = &it->look->row;
	const struct language *language = it->look->language;
	const struct list_table *lists = it->exchange->api->settings.lists;
	struct text who, kinds, through;

	text_init(&who, it->exchange->arena);
	text_init(&kinds, it->exchange->arena);
	text_init(&through, it->exchange->arena);
	phrase_who(&who, language, row->sender,
		   lists && list_table_has(lists, row->target));
	phrase_kinds(&kinds, language, row->kinds);
	phrase_through(&through, language, row->target, it->look->domain);
	add_paragraph(
		it, WORD_PAGE_ASKS,
		&(struct fact_values){
			{[FACT_WHO] = isolated(it, who.at),
			 [FACT_KINDS] = escaped(it, &kinds),
			 [FACT_THROUGH] = isolated(it, through.at),
			 [FACT_RECIPIENT] = isolated(it, row->recipient)}});
}

static enum word_id heading_of(const struct page_look *look)
{
	switch (look->state) {
	case PAGE_UNREAD:
		return WORD_PAGE_UNREAD;
	case PAGE_GONE:
		return WORD_PAGE_GONE;
	case PAGE_ASKED:
		return WORD_PAGE_TITLE;
	case PAGE_GRANTED:
		return look->row.origin == ORIGIN_RECIPIENT
			       ? WORD_PAGE_GRANTED
			       : WORD_PAGE_GRANTED_BY_OTHERS;
	case PAGE_DENIED:
		return WORD_PAGE_DENIED;
	case PAGE_DENIED_BY_OTHERS:
		return WORD_PAGE_DENIED_BY_OTHERS;
	case PAGE_EXPIRED:
		return WORD_PAGE_EXPIRED;
	case PAGE_WIDER:
		return WORD_PAGE_WIDER;
	case PAGE_STOPPED:
		return WORD_PAGE_STOPPED;
	case PAGE_UNSAVED:
		return WORD_PAGE_UNSAVED;
	case PAGE_UNKNOWN:
	case PAGE_STATES:
		break;
	}
	return WORD_PAGE_UNKNOWN;
}

static void add_heading(struct writer_state *it, enum word_id word)
{
	int64_t at = it->look->state == PAGE_EXPIRED ? it->look->row.expires_at
						     : it->look->since;

	text_add(&it->out, "<h1>");
	add_word(it, word,
		 &(struct fact_values){
			 {[FACT_DATE] = date_of(it, at),
			  [FACT_DOMAIN] = isolated(it, domain_of(it->look))}});
	text_add(&it->out, "</h1>\n");
}

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

static void add_ends(struct writer_state *it)
{
	int64_t at = it->look->row.expires_at;

	if (!at)
		add_paragraph(it, WORD_ENDS_NO, NULL);
	else
		add_paragraph(
			it, WORD_ENDS,
			&(struct fact_values){{[FACT_DATE] = date_of(it, at)}});
}

/** What this page cannot, others can. */
static void add_how_to_lift(struct writer_state *it)
{
	add_paragraph(it, WORD_PAGE_NO_LIFT, NULL);
	if (it->exchange->api->settings.page.has_chat)
		add_paragraph(it, WORD_PAGE_LIFT_BY_PHONE, NULL);
	add_paragraph(it, WORD_PAGE_LIFT_BY_PAGE, NULL);
}

/** What is to be known of the answers. */
static void add_notes(struct writer_state *it)
{
	const struct page_look *look = it->look;

	switch (look->state) {
	case PAGE_ASKED:
	case PAGE_EXPIRED:
		if (scope_kind(look->row.sender) == SCOPE_ONE)
			add_paragraph(it, WORD_PAGE_KNOWN, NULL);
		add_paragraph(it, WORD_PAGE_NOTHING, NULL);
		break;
	case PAGE_GRANTED:
		add_ends(it);
		break;
	case PAGE_DENIED:
		add_paragraph(it, WORD_PAGE_AGAIN_NOTE, NULL);
		break;
	case PAGE_GONE:
		add_paragraph(it, WORD_PAGE_GONE_NOTE, NULL);
		break;
	case PAGE_STOPPED:
		if (look->may_say_yes)
			add_paragraph(it, WORD_PAGE_LIFT_NOTE, NULL);
		else
			add_how_to_lift(it);
		break;
	case PAGE_UNKNOWN:
		add_paragraph(it, WORD_PAGE_UNKNOWN_NOTE, NULL);
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
		add_paragraph(it, WORD_PAGE_HOW_YES, NULL);
}

/* ---- buttons --------------------------------------------------------------
 */

static void form_begin(struct writer_state *it, const char *form,
		       const char *class)
{
	text_add(&it->out, "<form method=\"post\" class=\"");
	html_attr(&it->out, class);
	text_add(&it->out, "\"><input type=\"hidden\" name=\"form\" value=\"");
	html_attr(&it->out, form);
	text_add(&it->out, "\">\n");
}

static void add_button(struct writer_state *it, const char *answer,
		       enum word_id word)
{
	text_add(&it->out, "<button name=\"answer\" value=\"");
	html_attr(&it->out, answer);
	text_add(&it->out, "\">");
	add_word(it, word,
		 &(struct fact_values){
			 {[FACT_DOMAIN] = isolated(it, domain_of(it->look))}});
	text_add(&it->out, "</button>\n");
}

/** A no comes first, and no button is one that is meant. */
static void add_answers(struct writer_state *it)
{
	const struct page_look *look = it->look;
	bool has_yes = wants_yes(look, it->exchange->now) && look->may_say_yes;

	if (look->state == PAGE_DENIED)
		add_button(it, "again", WORD_PAGE_AGAIN);
	else if (look->state == PAGE_GRANTED)
		add_button(it, "no", WORD_PAGE_STOP_THIS);
	else if (look->state == PAGE_UNSAVED)
		add_button(it, "no", WORD_PAGE_RETRY);
	else if (look->state != PAGE_STOPPED)
		add_button(it, "no", WORD_PAGE_NO);
	if (look->state == PAGE_STOPPED && has_yes)
		add_button(it, "lift", WORD_PAGE_LIFT);
	else if (has_yes)
		add_button(it, "yes",
			   look->state == PAGE_GRANTED ? WORD_PAGE_YES_AGAIN
						       : WORD_PAGE_YES);
}

static void add_forms(struct writer_state *it, const char *shown)
{
	char form[PAGE_FORM_ROOM];

	if (it->look->state == PAGE_UNKNOWN)
		return;
	page_form_write(it->exchange, it->look, shown, form);
	if (it->look->state != PAGE_STOPPED || it->look->may_say_yes) {
		form_begin(it, form, "answers");
		add_answers(it);
		text_add(&it->out, "</form>\n");
	}
	if (it->look->state == PAGE_UNREAD)
		return; /* of what domain is not known */
	form_begin(it, form, "less");
	add_button(it, "stop", WORD_PAGE_STOP_ALL);
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

static void add_head(struct writer_state *it, enum word_id title)
{
	const struct language *language = it->look->language;
	struct text domain;

	text_init(&domain, it->exchange->arena);
	text_add(&domain, domain_of(it->look));
	text_add(&it->out, "<!DOCTYPE html>\n<html lang=\"");
	html_attr(&it->out, language->tag);
	text_add(&it->out,
		 language->is_rtl ? "\" dir=\"rtl\">\n" : "\" dir=\"ltr\">\n");
	text_add(&it->out, "<head><meta charset=\"utf-8\">\n"
			   "<meta name=\"viewport\" "
			   "content=\"width=device-width, initial-scale=1\">\n"
			   "<title>");
	add_word(it, title,
		 &(struct fact_values){
			 {[FACT_DATE] = date_of(it, it->look->since),
			  [FACT_DOMAIN] = escaped(it, &domain)}});
	text_add(&it->out, "</title>\n"
			   "<link rel=\"stylesheet\" href=\"page.css\">"
			   "</head>\n<body><main>\n");
}

static void add_languages(struct writer_state *it)
{
	const struct wording *wording = it->look->wording;

	if (!wording || wording->n < 2)
		return;
	text_add(&it->out, "<nav>");
	for (size_t i = 0; i < wording->n; i++) {
		const struct language *language = wording->parts[i].language;

		text_add(&it->out, "<a href=\"?lang=");
		html_attr(&it->out, language->tag);
		text_add(&it->out, "\" lang=\"");
		html_attr(&it->out, language->tag);
		text_add(&it->out, "\">");
		word_add(&it->out, language, WORD_PAGE_LANGUAGE, NULL);
		text_add(&it->out, "</a>\n");
	}
	text_add(&it->out, "</nav>\n");
}

static const char *hash_from(struct writer_state *it, size_t begin)
{
	uint8_t hash[HASH_LEN];

	sha256(it->out.at + begin, it->out.len - begin, hash);
	return hex_copy(it->exchange->arena, hash, HASH_LEN);
}

static void add_told(struct writer_state *it, enum word_id told,
		     const char *role)
{
	if (told == WORDS)
		return;
	text_add(&it->out, "<p class=\"told\" role=\"");
	html_attr(&it->out, role);
	text_add(&it->out, "\">");
	add_word(it, told, NULL);
	text_add(&it->out, "</p>\n");
}

void page_respond(struct exchange *exchange, const struct page_look *look,
		  int status, enum word_id told)
{
	struct writer_state it = {.exchange = exchange, .look = look};
	enum word_id heading = heading_of(look);
	enum word_id done = told == WORDS ? done_of(look, exchange->now) : told;
	size_t begin;

	text_init(&it.out, exchange->arena);
	add_head(&it, done == WORDS ? heading : done);
	add_told(&it, done, told == WORDS ? "status" : "alert");
	begin = it.out.len;
	add_heading(&it, heading);
	if (look->state != PAGE_UNKNOWN && look->state != PAGE_UNREAD)
		add_question(&it);
	add_notes(&it);
	add_forms(&it, hash_from(&it, begin));
	text_add(&it.out, "</main>\n");
	add_languages(&it);
	text_add(&it.out, "</body></html>\n");
	exchange->status = status;
	exchange->content_type = "text/html; charset=utf-8";
	exchange->content = text_view(&it.out);
}
