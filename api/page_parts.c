/* Parts of pages.  Words have no markup; values get in by api/html.h alone. */
#include "api/html.h"
#include "api/page_parts.h"
#include "server/base/sha256.h"

static const char *domain_of(const struct page_look *look)
{
	return look->domain ? look->domain : "";
}

void page_add_word(struct page_writer *it, enum word_id word,
		   const struct fact_values *values)
{
	word_add(&it->out, it->look->language, word, values);
}

/** A value that may be written in any direction. */
const char *page_isolated(struct page_writer *it, const char *value)
{
	struct text text;

	text_init(&text, it->exchange->arena);
	text_add(&text, "<bdi>");
	html_text(&text, value);
	text_add(&text, "</bdi>");
	return text.at;
}

const char *page_escaped(struct page_writer *it, const struct text *plain)
{
	struct text text;

	text_init(&text, it->exchange->arena);
	html_text(&text, plain->at);
	return text.at;
}

void page_add_paragraph(struct page_writer *it, enum word_id word,
			const struct fact_values *values)
{
	text_add(&it->out, "<p>");
	page_add_word(it, word, values);
	text_add(&it->out, "</p>\n");
}

const char *page_date(struct page_writer *it, int64_t at)
{
	struct text plain;

	text_init(&plain, it->exchange->arena);
	word_add_date(&plain, it->look->language, at);
	return page_escaped(it, &plain);
}

/** What a no is to may be more than what was asked for. */
static void add_kinds(struct page_writer *it, enum word_id word,
		      struct text *ret)
{
	const struct permission *row = &it->look->row;

	if (word == WORD_MINE_ROW && row->all_kinds &&
	    row->state == PERMISSION_DENIED)
		word_add(ret, it->look->language, WORD_KIND_ALL, NULL);
	else
		phrase_kinds(ret, it->look->language, row->kinds);
}

void page_add_facts(struct page_writer *it, enum word_id word)
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
	add_kinds(it, word, &kinds);
	phrase_through(&through, language, row->target, it->look->domain);
	page_add_word(it, word,
		      &(struct fact_values){
			      {[FACT_WHO] = page_isolated(it, who.at),
			       [FACT_KINDS] = page_escaped(it, &kinds),
			       [FACT_THROUGH] = page_isolated(it, through.at),
			       [FACT_RECIPIENT] =
				       page_isolated(it, row->recipient)}});
}

enum word_id page_heading(const struct page_look *look)
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

void page_add_heading(struct page_writer *it, enum word_id word)
{
	int64_t at = it->look->state == PAGE_EXPIRED ? it->look->row.expires_at
						     : it->look->since;
	page_add_word(
		it, word,
		&(struct fact_values){{[FACT_DATE] = page_date(it, at),
				       [FACT_DOMAIN] = page_isolated(
					       it, domain_of(it->look))}});
}

void page_add_ends(struct page_writer *it)
{
	int64_t at = it->look->row.expires_at;

	if (!at)
		page_add_paragraph(it, WORD_ENDS_NO, NULL);
	else
		page_add_paragraph(it, WORD_ENDS,
				   &(struct fact_values){
					   {[FACT_DATE] = page_date(it, at)}});
}

void page_form_begin(struct page_writer *it, const char *form,
		     const char *class)
{
	text_add(&it->out, "<form method=\"post\" class=\"");
	html_attr(&it->out, class);
	text_add(&it->out, "\"><input type=\"hidden\" name=\"form\" value=\"");
	html_attr(&it->out, form);
	text_add(&it->out, "\">\n");
}

void page_add_button(struct page_writer *it, const char *answer,
		     enum word_id word)
{
	text_add(&it->out, "<button name=\"answer\" value=\"");
	html_attr(&it->out, answer);
	if (it->described_by) {
		text_add(&it->out, "\" aria-describedby=\"");
		html_attr(&it->out, it->described_by);
	}
	text_add(&it->out, "\">");
	page_add_word(it, word,
		      &(struct fact_values){{[FACT_DOMAIN] = page_isolated(
						     it, it->look->domain)}});
	text_add(&it->out, "</button>\n");
}

void page_add_head(struct page_writer *it, enum word_id title)
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
	page_add_word(it, title,
		      &(struct fact_values){
			      {[FACT_DATE] = page_date(it, it->look->since),
			       [FACT_DOMAIN] = page_escaped(it, &domain)}});
	text_add(&it->out, "</title>\n"
			   "<link rel=\"stylesheet\" href=\"");
	html_attr(&it->out, it->sheet);
	text_add(&it->out, "\"></head>\n<body><main>\n");
}

void page_add_languages(struct page_writer *it, const char *more)
{
	const struct wording *wording = it->look->wording;

	if (!wording || wording->n < 2)
		return;
	text_add(&it->out, "<nav>");
	for (size_t i = 0; i < wording->n; i++) {
		const struct language *language = wording->parts[i].language;

		text_add(&it->out, "<a href=\"?lang=");
		html_attr(&it->out, language->tag);
		html_attr(&it->out, more);
		text_add(&it->out, "\" lang=\"");
		html_attr(&it->out, language->tag);
		text_add(&it->out, "\">");
		word_add(&it->out, language, WORD_PAGE_LANGUAGE, NULL);
		text_add(&it->out, "</a>\n");
	}
	text_add(&it->out, "</nav>\n");
}

const char *page_hash(struct page_writer *it, size_t begin)
{
	uint8_t hash[HASH_LEN];

	sha256(it->out.at + begin, it->out.len - begin, hash);
	return hex_copy(it->exchange->arena, hash, HASH_LEN);
}

void page_add_told(struct page_writer *it, enum word_id told, const char *role)
{
	if (told == WORDS)
		return;
	text_add(&it->out, "<p class=\"told\" role=\"");
	html_attr(&it->out, role);
	text_add(&it->out, "\">");
	page_add_word(it, told, NULL);
	text_add(&it->out, "</p>\n");
}
