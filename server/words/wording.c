#include "server/words/wording.h"

#include "server/base/domains.h"
#include "server/words/words_private.h"

static const struct wording english = {
	.parts = {{.language = &languages[0]}},
	.n = 1,
	.languages = "en",
};

const struct wording *wording_for(const struct wording *wording,
				  const char *target)
{
	const struct wording *own = wording ? wording->domains : NULL;

	for (size_t i = 0; own && i < wording->n_domains; i++) {
		const struct domains one = {&own[i].domain, 1};

		if (domains_of(&one, target))
			return &own[i];
	}
	return wording ? wording : &english;
}

bool wording_find(const struct wording *wording, struct view tag,
		  size_t *ret_at)
{
	for (size_t i = 0; wording && i < wording->n; i++) {
		if (view_equal_nocase(view_of(wording->parts[i].language->tag),
				      tag)) {
			*ret_at = i;
			return true;
		}
	}
	return false;
}

struct view wording_form(const struct wording_part *part, enum word_id form)
{
	const char *own = part->forms[form];

	return view_of(own ? own : part->language->words[form]);
}
