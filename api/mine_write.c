/* A person's answers as HTML. */
#include "api/html.h"
#include "api/mine_private.h"
#include "api/page_parts.h"

const char *mine_query(const struct mine *mine, const struct mine_place *place)
{
	struct text text;

	text_init(&text, mine->exchange->arena);
	if (place->of != ANSWERS_ALL)
		text_add(&text,
			 place->of == ANSWERS_YES ? "&only=yes" : "&only=no");
	if (place->before)
		text_printf(&text, "&before=%lld", (long long)place->before);
	if (place->language)
		text_printf(&text, "&lang=%s", place->language);
	return text.len ? text.at + 1 : "";
}

static const char *number(const struct page_writer *it, size_t n)
{
	return arena_printf(it->exchange->arena, "%zu%s", n,
			    n >= ANSWERS_MOST ? "+" : "");
}

/* ---- around the rows ------------------------------------------------------
 */

/** Where the style sheet is, from "/mine" and from "/mine/DOMAIN". */
static const char *sheet_of(const struct exchange *exchange)
{
	return exchange->path && strchr(exchange->path + 1, '/')
		       ? "../c/page.css"
		       : "c/page.css";
}

static struct page_writer writer_of(struct mine *mine)
{
	struct page_writer it = {.exchange = mine->exchange,
				 .look = &mine->all,
				 .sheet = sheet_of(mine->exchange)};

	text_init(&it.out, mine->exchange->arena);
	return it;
}

static void respond(struct mine *mine, struct page_writer *it, int status)
{
	const struct mine_place here = {mine->of, mine->before, NULL};
	const char *query = mine_query(mine, &here);

	text_add(&it->out, "</main>\n");
	page_add_languages(
		it, *query ? arena_printf(mine->exchange->arena, "&%s", query)
			   : "");
	text_add(&it->out, "</body></html>\n");
	mine->exchange->status = status;
	mine->exchange->content_type = "text/html; charset=utf-8";
	mine->exchange->content = text_view(&it->out);
}

static void add_told(struct mine *mine, struct page_writer *it)
{
	struct page_look look;

	if (mine->told == WORDS)
		return;
	text_add(&it->out, "<div class=\"told\" role=\"");
	html_attr(&it->out, mine->is_done ? "status" : "alert");
	text_add(&it->out, "\">");
	page_add_paragraph(it, mine->told, NULL);
	if (mine->done_to) {
		mine_look(mine, mine->done_to, &look);
		it->look = &look;
		text_add(&it->out, "<p>");
		page_add_facts(it, WORD_MINE_ROW);
		text_add(&it->out, "</p>\n");
		it->look = &mine->all;
	}
	text_add(&it->out, "</div>\n");
}

static void add_link(struct mine *mine, struct page_writer *it,
		     const struct mine_place *to, enum word_id word, size_t n)
{
	bool is_here = mine->of == to->of && mine->before == to->before;

	text_add(&it->out, "<a href=\"?");
	html_attr(&it->out, mine_query(mine, to));
	text_add(&it->out, is_here ? "\" aria-current=\"page\">" : "\">");
	page_add_word(it, word,
		      &(struct fact_values){{[FACT_NAME] = number(it, n)}});
	text_add(&it->out, "</a>\n");
}

static void add_filters(struct mine *mine, struct page_writer *it)
{
	const struct answers *answers = &mine->answers;
	struct mine_place to = {ANSWERS_ALL, 0, mine->language};

	text_add(&it->out, "<p class=\"links\">");
	add_link(mine, it, &to, WORD_MINE_ALL, answers->n_yes + answers->n_no);
	to.of = ANSWERS_YES;
	add_link(mine, it, &to, WORD_MINE_YES, answers->n_yes);
	to.of = ANSWERS_NO;
	add_link(mine, it, &to, WORD_MINE_NO, answers->n_no);
	text_add(&it->out, "</p>\n");
}

static void add_pages(struct mine *mine, struct page_writer *it)
{
	const struct answers *answers = &mine->answers;
	struct mine_place to = {mine->of, 0, mine->language};

	if (!mine->before && !answers->n_more)
		return;
	text_add(&it->out, "<p class=\"links\">");
	if (mine->before)
		add_link(mine, it, &to, WORD_MINE_NEWEST, 0);
	if (answers->n_more) {
		to.before = answers->rows[answers->n - 1].id;
		add_link(mine, it, &to, WORD_MINE_OLDER, answers->n_more);
	}
	text_add(&it->out, "</p>\n");
}

/* ---- rows -----------------------------------------------------------------
 */

static void add_form(struct page_writer *it, const char *shown,
		     const char *class)
{
	char form[PAGE_FORM_ROOM];

	page_form_write(it->exchange, it->look, shown, form);
	page_form_begin(it, form, class);
	text_printf(&it->out,
		    "<input type=\"hidden\" name=\"row\" value=\"%lld\">\n",
		    (long long)it->look->row.id);
}

static enum word_id word_of_no(enum page_state state)
{
	if (state == PAGE_UNSAVED)
		return WORD_PAGE_RETRY;
	return state == PAGE_GRANTED || state == PAGE_WIDER
		       ? WORD_PAGE_STOP_THIS
		       : WORD_PAGE_NO;
}

static void add_answer(const struct mine *mine, struct page_writer *it,
		       size_t begin)
{
	enum consent_answer answer = mine_answer(mine, it->look);

	if (answer == CONSENT_NONE)
		return;
	add_form(it, page_hash(it, begin), "row");
	if (answer == CONSENT_AGAIN)
		page_add_button(it, "again", WORD_PAGE_AGAIN);
	else if (answer == CONSENT_LIFT)
		page_add_button(it, "lift", WORD_PAGE_LIFT);
	else
		page_add_button(it, "no", word_of_no(it->look->state));
	text_add(&it->out, "</form>\n");
}

static void add_row(struct mine *mine, struct page_writer *it,
		    const struct permission *row)
{
	struct page_look look;
	size_t begin;

	mine_look(mine, row, &look);
	it->look = &look;
	it->described_by =
		arena_printf(it->exchange->arena, "r%lld", (long long)row->id);
	text_add(&it->out, "<li>");
	begin = it->out.len;
	text_add(&it->out, "<h2>");
	page_add_heading(it, page_heading(&look));
	text_printf(&it->out, "</h2>\n<p id=\"%s\">", it->described_by);
	page_add_facts(it, WORD_MINE_ROW);
	text_add(&it->out, "</p>\n");
	if (look.state == PAGE_GRANTED && row->expires_at)
		page_add_ends(it);
	if (mine_answer(mine, &look) == CONSENT_LIFT)
		page_add_paragraph(it, WORD_PAGE_LIFT_NOTE, NULL);
	add_answer(mine, it, begin);
	text_add(&it->out, "</li>\n");
	it->described_by = NULL;
	it->look = &mine->all;
}

static void add_rows(struct mine *mine, struct page_writer *it)
{
	const struct answers *answers = &mine->answers;

	if (!answers->n) {
		page_add_paragraph(it, WORD_CHAT_LIST_NONE, NULL);
		return;
	}
	text_add(&it->out, "<ul class=\"rows\">\n");
	for (size_t i = 0; i < answers->n; i++)
		add_row(mine, it, &answers->rows[i]);
	text_add(&it->out, "</ul>\n");
}

static void add_stop(struct mine *mine, struct page_writer *it, size_t begin)
{
	struct page_look none;

	mine_look(mine, NULL, &none);
	it->look = &none;
	add_form(it, page_hash(it, begin), "less");
	page_add_button(it, "stop", WORD_PAGE_STOP_ALL);
	text_add(&it->out, "</form>\n");
	it->look = &mine->all;
}

/* ---- pages ----------------------------------------------------------------
 */

void mine_write(struct mine *mine, int status)
{
	struct page_writer it = writer_of(mine);
	size_t begin;

	page_add_head(&it, mine->told == WORDS ? WORD_MINE_TITLE : mine->told);
	add_told(mine, &it);
	begin = it.out.len;
	text_add(&it.out, "<h1>");
	page_add_word(&it, WORD_MINE_TITLE, NULL);
	text_add(&it.out, "</h1>\n<p>");
	page_add_word(&it, WORD_MINE_SIGNED_IN,
		      &(struct fact_values){{[FACT_RECIPIENT] = page_isolated(
						     &it, mine->aor[0])}});
	text_add(&it.out, "</p>\n");
	add_filters(mine, &it);
	add_rows(mine, &it);
	add_pages(mine, &it);
	add_stop(mine, &it, begin);
	respond(mine, &it, status);
}

/** Nobody signed in, or nothing can be read: what is told, and how. */
void mine_write_without(struct mine *mine, int status)
{
	struct page_writer it = writer_of(mine);
	enum word_id told = status == 429   ? WORD_MINE_WAIT
			    : status == 503 ? WORD_PAGE_FAILED
					    : WORDS;

	page_add_head(&it, told == WORDS ? WORD_MINE_SIGN_IN : told);
	page_add_told(&it, told, "alert");
	text_add(&it.out, "<h1>");
	page_add_word(&it, WORD_MINE_SIGN_IN, NULL);
	text_add(&it.out, "</h1>\n<p>");
	page_add_word(&it, WORD_MINE_SIGN_IN_NOTE,
		      &(struct fact_values){{[FACT_DOMAIN] = page_isolated(
						     &it, mine->all.domain)}});
	text_add(&it.out, "</p>\n");
	respond(mine, &it, status);
}
