/*
 * page_parts -- what pages are made of, in the language of whoever looks.
 *
 * Each adds to `out`.  Words have no markup, and values get in by api/html.h
 * alone.
 */
#ifndef VOLENS_API_PAGE_PARTS_H
#define VOLENS_API_PAGE_PARTS_H

#include "api/page_private.h"

/** A page that is being written. */
struct page_writer {
	struct exchange *exchange;
	const struct page_look *look;
	const char *sheet;	  /**< where its style sheet is */
	const char *described_by; /**< ids of what a button is about, or NULL */
	struct text out;
};

void page_add_word(struct page_writer *it, enum word_id word,
		   const struct fact_values *values);
void page_add_paragraph(struct page_writer *it, enum word_id word,
			const struct fact_values *values);

/* Values as HTML. */

/** It may be written in any direction. */
const char *page_isolated(struct page_writer *it, const char *value);
const char *page_escaped(struct page_writer *it, const struct text *plain);
const char *page_date(struct page_writer *it, int64_t at);

/** Up to where <main> begins.  @p title: as page_add_heading() */
void page_add_head(struct page_writer *it, enum word_id title);
/** What was just done, or was not.  WORDS: nothing. */
void page_add_told(struct page_writer *it, enum word_id told, const char *role);
/** Links to the same page in others.  @p more  of its query, with "&" first */
void page_add_languages(struct page_writer *it, const char *more);

/** What the state of a row is called. */
enum word_id page_heading(const struct page_look *look);
void page_add_heading(struct page_writer *it, enum word_id word);
/** A word that says who may do what. */
void page_add_facts(struct page_writer *it, enum word_id word);
/** When a yes ends. */
void page_add_ends(struct page_writer *it);

void page_form_begin(struct page_writer *it, const char *form,
		     const char *class);
void page_add_button(struct page_writer *it, const char *answer,
		     enum word_id word);

/** Of what was written from there on: SHA-256 in hex. */
const char *page_hash(struct page_writer *it, size_t begin);

#endif
