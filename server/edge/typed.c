#include "server/edge/typed.h"

#include "server/base/mime.h"

/** More is no word: what is read of a text. */
#define READ_MAX 4096

struct view typed_body(struct view bytes)
{
	size_t end = view_find_view(bytes, VIEW("\r\n\r\n"), 0);
	size_t bare = view_find_view(bytes, VIEW("\n\n"), 0);

	if (bare < end)
		return view_from(bytes, bare + 2);
	return end == SIZE_MAX ? VIEW_NONE : view_from(bytes, end + 4);
}

/* @return none: it has no text alone. */
static struct view text_of(const struct message *message)
{
	struct view encoding = message_value(message, FIELD_CONTENT_ENCODING);

	if (!mime_type_is(message_value(message, FIELD_CONTENT_TYPE),
			  "text/plain") ||
	    (encoding.len && !view_equal_nocase(encoding, VIEW("identity"))))
		return VIEW_NONE;
	return message->body.len <= READ_MAX ? message->body : VIEW_NONE;
}

static enum typed_verdict hear(const struct edge *edge,
			       const struct typed *typed)
{
	const struct registered *chat =
		modules_of_purpose(&edge->modules, PURPOSE_CHAT);

	if (!chat || !chat->row->hears || !typed->text.len)
		return TYPED_TEXT;
	return chat->row->hears(chat->module, typed);
}

bool typed_denies(const struct edge *edge, struct view text)
{
	return hear(edge, &(struct typed){.text = text}) == TYPED_NO;
}

static enum typed_verdict hear_at(const struct intake *intake, struct view text)
{
	const struct edge *edge = intake->edge;
	char key[LIST_NAME_MAX + URI_MAX_LEN];
	struct typed typed = {.target_key = key, .text = text};
	struct target target;

	targets_find(edge, &intake->received->uri, &target);
	if (target.kind == TARGET_SERVICE)
		typed.target_key = target.service->key;
	else if (target.list[0])
		snprintf(key, sizeof(key), "sip:%s@%s", target.list,
			 target.domain ? target.domain : edge->host_key);
	else
		return TYPED_TEXT;
	typed.is_service = target.kind == TARGET_SERVICE;
	return hear(edge, &typed);
}

/* Several steps ask, and it is read for the first.  Every MESSAGE comes here;
 * most have a list, and no text alone. */
static enum typed_verdict says(struct intake *intake)
{
	struct view text = VIEW_NONE;

	if (intake->is_heard)
		return intake->says;
	if (intake->received->method == METHOD_MESSAGE)
		text = text_of(intake->received->message);
	intake->says = text.len ? hear_at(intake, text) : TYPED_TEXT;
	intake->is_heard = true;
	return intake->says;
}

const struct registered *typed_module(struct intake *intake)
{
	/* There is no such list to say it to. */
	if (says(intake) == TYPED_TEXT || intake->target.kind == TARGET_USER)
		return NULL;
	return modules_of_purpose(&intake->edge->modules, PURPOSE_CHAT);
}

bool typed_is_no(struct intake *intake)
{
	return says(intake) == TYPED_NO;
}

/* Of what was claimed nothing but the text is sure to be readable. */
void typed_read(const struct intake *intake, struct request *request)
{
	const struct claim *claim = intake->received->claim;
	struct view text = claim ? view_head(claim->text, READ_MAX)
				 : text_of(intake->received->message);

	request->has_token = intake->target.kind == TARGET_TOKEN;
	if (request->purpose == PURPOSE_CHAT)
		request->typed = (struct view){view_copy(request->arena, text),
					       text.len};
}
