#include "server/list/list_request.h"
#include "server/list/body_part.h"

#define LIST_DEPTH_MAX 32
#define LIST_ELEMENTS_MIN 20000

static enum progress refuse_type(struct list_request *list, const char *reason)
{
	list_response_header(list, VIEW("Accept"),
			     VIEW(RESOURCE_LIST_TYPE ", multipart/mixed"));
	return list_refuse(list, 415, reason);
}

/* A stored list needs none. */
static enum progress no_list(struct list_request *list)
{
	if (list->stored)
		return PROGRESS_NEXT;
	return list->plan->is_list_optional
		       ? PROGRESS_NEXT
		       : list_refuse(list, 400, "Recipient List Missing");
}

static enum err add_recipient(void *arg,
			      const struct resource_list_entry *entry)
{
	return recipients_add(arg, entry);
}

/* RFC 5363 section 4: several lists are one. */
static enum progress read_list(struct list_request *list, struct view document)
{
	const struct lists_settings *settings = &list->lists->settings;
	struct resource_list reader = {
		.limits = {settings->list_bytes,
			   LIST_ELEMENTS_MIN + 4 * settings->list_length,
			   LIST_DEPTH_MAX},
		.entry = add_recipient,
		.arg = &list->recipients};
	enum err err = resource_list_read(&reader, document);

	if (!err)
		return PROGRESS_NEXT;
	if (!reader.problem) /* an entry was not to be had */
		return list_refuse(list, uri_err_status(err),
				   list->recipients.problem);
	/* A DOCTYPE is no policy of ours, it is not in the format. */
	return list_refuse(list, err == ERR_TOO_LARGE ? 413 : 400,
			   reader.problem);
}

/* A list among the parts.  One of another type may be passed over: then it is
 * not read. */
static enum progress take_list(struct list_request *list,
			       const struct body_part *body_part,
			       bool *ret_is_read)
{
	/* A list of the sender's is no list of the stored one, and would show
	 * blind copies if it went on (RFC 5621 section 8.2). */
	if (list->stored)
		return body_part_is_optional(body_part)
			       ? PROGRESS_NEXT
			       : list_refuse(list, 415,
					     "Recipient List Not Taken Here");
	if (!mime_type_is(body_part->type, RESOURCE_LIST_TYPE)) {
		if (body_part_is_optional(body_part))
			return PROGRESS_NEXT;
		return refuse_type(list, "Unsupported Recipient List Type");
	}
	if (body_part_is_encoded(body_part)) {
		list_response_header(list, VIEW("Accept-Encoding"),
				     VIEW("identity"));
		return refuse_type(list, "Recipient List Must Not Be Encoded");
	}
	*ret_is_read = list->translation.has_list = true;
	return read_list(list, body_part->body);
}

static bool is_message_wide(struct view name)
{
	return !view_equal_nocase(name, VIEW("Content-Type")) &&
	       !view_equal_nocase(name, VIEW("Content-Length")) &&
	       !view_equal_nocase(name, VIEW("Content-Disposition"));
}

/* The header lines of the message that are about a multipart as a whole. */
static struct view wide_lines(struct list_request *list)
{
	const struct request *request = list->request;
	struct text lines;

	text_init(&lines, list->arena);
	for (size_t i = 0; i < request->n_content; i++) {
		const struct header *it = &request->content[i];

		if (!is_message_wide(it->name) || view_has_control(it->value))
			continue;
		text_add_header(&lines, it->name, it->value);
	}
	return text_view(&lines);
}

static struct view content_header(const struct request *request,
				  const char *name)
{
	for (size_t i = 0; i < request->n_content; i++) {
		if (view_equal_nocase(request->content[i].name, view_of(name)))
			return request->content[i].value;
	}
	return VIEW_NONE;
}

/* How to refuse what must not be relayed. */
static enum progress refuse_ban(struct list_request *list,
				enum body_part_ban ban)
{
	switch (ban) {
	case BODY_PART_FINE:
		break;
	case BODY_PART_PERMISSION:
		/* A request to one must not become a request to all: they
		 * could reply to it as if another relay had asked them. */
		return list_refuse(list, 403,
				   "Permission Document Not Relayed");
	case BODY_PART_LIST:
		/* To take it out would change what its writer put together,
		 * or signed; to leave it in would show blind copies. */
		return refuse_type(list, "Recipient List Inside Another Part");
	case BODY_PART_ENCODED:
		list_response_header(list, VIEW("Accept-Encoding"),
				     VIEW("identity"));
		return list_refuse(list, 415, "Multipart Must Not Be Encoded");
	case BODY_PART_REPEATED:
		return list_refuse(list, 400, "Repeated Header In Body Part");
	case BODY_PART_UNREADABLE:
		return list_refuse(list, 400, "Bad Body Part");
	case BODY_PART_TOO_MUCH:
		return list_refuse(list, 413, "Too Many Body Parts");
	}
	return PROGRESS_NEXT;
}

/* One part: a list is read, anything else is kept as it is. */
static enum progress read_part(struct list_request *list,
			       const struct mime_part *part, bool *ret_is_list,
			       bool *ret_is_read)
{
	struct body_part body_part;

	if (!body_part_read(part, &body_part))
		return refuse_ban(list, BODY_PART_REPEATED);
	*ret_is_list = body_part_is_list(list->arena, &body_part);
	if (*ret_is_list)
		return take_list(list, &body_part, ret_is_read);
	return refuse_ban(list, body_part_check(list->arena, &body_part));
}

/* RFC 5365 section 7.2: the lists are taken out, the rest is kept. */
static enum progress read_parts(struct list_request *list)
{
	const struct request *request = list->request;
	struct translation *translation = &list->translation;
	struct mime_part *parts;
	size_t n, n_kept = 0;
	bool is_found = false;
	enum err err = mime_split(list->arena, request->content_type,
				  request->body, &parts, &n);

	if (err == ERR_TOO_LARGE)
		return list_refuse(list, 413, "Too Many Body Parts");
	if (err)
		return list_refuse(list, 400, "Bad Multipart Body");
	for (size_t i = 0; i < n; i++) {
		bool is_list = false;
		enum progress progress =
			read_part(list, &parts[i], &is_list, &is_found);

		if (progress == PROGRESS_REFUSE)
			return progress;
		if (!is_list)
			parts[n_kept++] = parts[i];
	}
	translation->parts = parts;
	translation->n_parts = n_kept;
	translation->lines = wide_lines(list);
	return is_found ? PROGRESS_NEXT : no_list(list);
}

/* What goes to a stored list need not be in parts. */
static void keep_single(struct list_request *list)
{
	const struct request *request = list->request;
	struct translation *translation = &list->translation;
	struct text lines;

	if (!request->body.len)
		return;
	text_init(&lines, list->arena);
	for (size_t i = 0; i < request->n_content; i++) {
		const struct header *it = &request->content[i];

		if (!view_has_control(it->value))
			text_add_header(&lines, it->name, it->value);
	}
	translation->parts =
		arena_alloc(list->arena, sizeof(*translation->parts));
	*translation->parts =
		(struct mime_part){text_view(&lines), request->body};
	translation->n_parts = 1;
}

/* A body that is nothing but the list. */
static enum progress read_single(struct list_request *list)
{
	const struct request *request = list->request;
	struct body_part body_part = {
		.type = request->content_type,
		.disposition = content_header(request, "Content-Disposition"),
		.encoding = content_header(request, "Content-Encoding"),
		.transfer =
			content_header(request, "Content-Transfer-Encoding"),
		.body = request->body};
	enum progress progress;
	bool is_read = false;

	if (!body_part_is_list(list->arena, &body_part)) {
		progress = refuse_ban(list,
				      body_part_check(list->arena, &body_part));
		if (progress != PROGRESS_REFUSE && list->stored)
			keep_single(list);
		return progress == PROGRESS_REFUSE ? progress : no_list(list);
	}
	progress = take_list(list, &body_part, &is_read);
	return progress == PROGRESS_NEXT && !is_read ? no_list(list) : progress;
}

static enum progress read_body(struct list_request *list)
{
	const struct request *request = list->request;
	struct view encoding = content_header(request, "Content-Encoding");

	if (!mime_type_is(request->content_type, "multipart/mixed"))
		return read_single(list);
	if (encoding.len &&
	    !view_equal_nocase(view_trim(encoding), VIEW("identity"))) {
		list_response_header(list, VIEW("Accept-Encoding"),
				     VIEW("identity"));
		return list_refuse(list, 415, "Body Must Not Be Encoded");
	}
	return read_parts(list);
}

enum progress list_translate(struct list_request *list)
{
	const struct lists_settings *settings = &list->lists->settings;
	const struct request *request = list->request;
	enum progress progress;
	enum err err;

	if (request->body.len > settings->body_bytes)
		return list_refuse(list, 413, NULL);
	list->recipients.arena = list->arena;
	list->recipients.rules = &settings->uri_rules;
	list->recipients.ours = &settings->ours;
	list->recipients.lists = settings->stored;
	list->recipients.most = settings->list_length;
	recipients_init(&list->recipients);
	progress = read_body(list);
	if (progress != PROGRESS_NEXT)
		return progress;
	if (list->stored)
		return list_take_stored(list);
	if (list->translation.has_list && list->recipients.n == 0)
		return list_refuse(list, 400, "Recipient List Empty");
	err = recipients_check(&list->recipients);
	return err ? list_refuse(list, uri_err_status(err),
				 list->recipients.problem)
		   : PROGRESS_NEXT;
}
