#include "server/list/assertion.h"

#include "policies/privacy.h"

void assertion_add(const struct request *request, struct text *ret)
{
	size_t most = sizeof(request->asserted) / sizeof(request->asserted[0]);

	for (size_t i = 0; i < most && request->asserted[i]; i++)
		text_add_header(ret, VIEW("P-Asserted-Identity"),
				view_of(request->asserted[i]));
}

void assertion_add_identity(const struct identity *who, struct text *ret)
{
	for (size_t i = 0; i < 2; i++)
		if (who->method != IDENTITY_NONE && who->aor[i])
			text_printf(ret, "P-Asserted-Identity: <%s>\r\n",
				    who->aor[i]);
}

static void add_value(struct text *ret, struct view name, bool *is_begun)
{
	text_add(ret, *is_begun ? ";" : "Privacy: ");
	text_add_view(ret, name);
	*is_begun = true;
}

/* `id` is also said where the sender has not (privacy_left()); first, because
 * `critical` is last. */
void assertion_add_privacy(const struct request *request, struct text *ret)
{
	unsigned left =
		privacy_left(request->privacy, privacy_served(request->method));
	bool is_begun = false;
	struct view rest, name;
	unsigned bit;

	if (left & PRIVACY_ID)
		add_value(ret, VIEW("id"), &is_begun);
	for (size_t i = 0; i < request->n_headers; i++) {
		if (!view_equal_nocase(request->headers[i].name,
				       VIEW("Privacy")))
			continue;
		rest = request->headers[i].value;
		while (privacy_next(&rest, &name, &bit)) {
			if (bit & left & ~(unsigned)PRIVACY_ID)
				add_value(ret, name, &is_begun);
		}
	}
	text_add(ret, is_begun ? "\r\n" : "");
}
