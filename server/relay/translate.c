#include "server/relay/flow.h"

#define RESLIST_TYPE "application/resource-lists+xml"
#define LIST_DEPTH_MAX 32
#define LIST_ELEMENTS_MIN 20000

static enum progress refuse_type(struct relay *relay, const char *reason)
{
	relay_answer_header(relay, VIEW("Accept"), VIEW(RESLIST_TYPE));
	return relay_refuse(relay, 415, reason);
}

/** One body part with the fields that matter here. */
struct piece {
	struct view type, disposition, encoding, transfer, id;
	struct view body;
};

/* The value of a disposition or encoding without its parameters. */
static bool is_word(struct view value, const char *word)
{
	struct view head = view_head(value, view_find(value, ';', 0));

	return view_equal_nocase(view_trim(head), view_of(word));
}

static bool is_list(const struct piece *piece)
{
	return is_word(piece->disposition, "recipient-list");
}

/* RFC 3261 section 20.11: handling is `required` when nothing is said. */
static bool is_optional(const struct piece *piece)
{
	struct view handling;

	return view_param(piece->disposition, "handling", &handling) &&
	       view_equal_nocase(handling, VIEW("optional"));
}

/* Compressed, or written for a channel of seven bits. */
static bool is_encoded(const struct piece *piece)
{
	if (piece->encoding.len && !is_word(piece->encoding, "identity"))
		return true;
	return piece->transfer.len && !is_word(piece->transfer, "7bit") &&
	       !is_word(piece->transfer, "8bit") &&
	       !is_word(piece->transfer, "binary");
}

static enum err add_recipient(void *arg, const struct reslist_entry *entry)
{
	return recipients_add(arg, entry);
}

static int status_of(enum err err)
{
	switch ((int)err) {
	case ERR_TOO_LARGE:
		return 413;
	case ERR_SCHEME:
		return 416;
	case ERR_HOSTILE:
		return 403;
	default:
		return 400;
	}
}

/* RFC 5363 section 4: several lists are one. */
static enum progress read_list(struct relay *relay, struct view document)
{
	const struct relays_settings *settings = &relay->relays->settings;
	struct reslist list = {
		.limits = {settings->list_bytes,
			   LIST_ELEMENTS_MIN + 4 * settings->list_length,
			   LIST_DEPTH_MAX},
		.entry = add_recipient,
		.arg = &relay->recipients};
	enum err err = reslist_read(&list, document);

	if (!err)
		return STEP_NEXT;
	if (!list.problem) /* an entry was not to be had */
		return relay_refuse(relay, status_of(err),
				    relay->recipients.problem);
	/* A DOCTYPE is no policy of ours, it is not in the format. */
	return relay_refuse(relay, err == ERR_TOO_LARGE ? 413 : 400,
			    list.problem);
}

/* A list among the pieces; STEP_WAIT says that it is to be passed over. */
static enum progress take_list(struct relay *relay, const struct piece *piece)
{
	if (!mime_type_is(piece->type, RESLIST_TYPE)) {
		if (is_optional(piece))
			return STEP_WAIT;
		return refuse_type(relay, "Unsupported Recipient List Type");
	}
	if (is_encoded(piece)) {
		relay_answer_header(relay, VIEW("Accept-Encoding"),
				    VIEW("identity"));
		return refuse_type(relay, "Recipient List Must Not Be Encoded");
	}
	return read_list(relay, piece->body);
}

static bool is_message_wide(struct view name)
{
	return !view_equal_nocase(name, VIEW("Content-Type")) &&
	       !view_equal_nocase(name, VIEW("Content-Length")) &&
	       !view_equal_nocase(name, VIEW("Content-Disposition"));
}

/* The header lines of the message that are about a multipart as a whole. */
static struct view wide_lines(struct relay *relay)
{
	const struct request *request = relay->request;
	struct text lines;

	text_init(&lines, relay->arena);
	for (size_t i = 0; i < request->n_content; i++) {
		const struct header *it = &request->content[i];

		if (!is_message_wide(it->name) || view_has_control(it->value))
			continue;
		text_add_view(&lines, it->name);
		text_add(&lines, ": ");
		text_add_view(&lines, it->value);
		text_add(&lines, "\r\n");
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

/* Is the subtype of a permission document named in there?  Found by its plus
 * sign; blanks may stand around the slash before it. */
static bool names_permission(struct view text)
{
	static const struct view before = VIEW("auth-policy"),
				 after = VIEW("+xml");
	size_t at = 0;

	while ((at = view_find(text, '+', at)) != SIZE_MAX) {
		if (at >= before.len &&
		    view_starts_nocase(view_from(text, at - before.len),
				       before) &&
		    view_starts_nocase(view_from(text, at), after))
			return true;
		at++;
	}
	return false;
}

/*
 * A question to one must not become a question to all: who gets it could answer
 * in the name of another relay.  Parts inside of a part are not taken apart, so
 * there it may not even be mentioned.
 */
static bool is_permission(const struct piece *piece)
{
	if (names_permission(piece->type))
		return true;
	return (view_starts_nocase(piece->type, VIEW("multipart")) ||
		view_starts_nocase(piece->type, VIEW("message"))) &&
	       names_permission(piece->body);
}

/* Two of a field would be one thing for us and another for a phone: then it is
 * no piece. */
static bool piece_read(const struct mime_part *part, struct piece *ret)
{
	const struct {
		struct view name;
		struct view *value;
	} fields[] = {{VIEW("Content-Type"), &ret->type},
		      {VIEW("Content-Disposition"), &ret->disposition},
		      {VIEW("Content-Encoding"), &ret->encoding},
		      {VIEW("Content-Transfer-Encoding"), &ret->transfer},
		      {VIEW("Content-ID"), &ret->id}};
	struct view rest = part->headers, name, value;
	unsigned seen = 0;

	*ret = (struct piece){.body = part->body};
	while (mime_header_next(&rest, &name, &value)) {
		for (unsigned i = 0; i < sizeof(fields) / sizeof(*fields);
		     i++) {
			if (!view_equal_nocase(name, fields[i].name))
				continue;
			if (seen & 1U << i)
				return false;
			seen |= 1U << i;
			*fields[i].value = value;
		}
	}
	return true;
}

/* RFC 5365 section 7.2: the lists are taken out, the rest is kept. */
static enum progress read_parts(struct relay *relay)
{
	const struct request *request = relay->request;
	struct translation *translation = &relay->translation;
	struct mime_part *parts;
	size_t n, n_kept = 0;
	bool is_found = false;
	enum err err = mime_split(relay->arena, request->content_type,
				  request->body, &parts, &n);

	if (err == ERR_TOO_LARGE)
		return relay_refuse(relay, 413, "Too Many Body Parts");
	if (err)
		return relay_refuse(relay, 400, "Bad Multipart Body");
	for (size_t i = 0; i < n; i++) {
		struct piece piece;
		enum progress progress;

		if (!piece_read(&parts[i], &piece))
			return relay_refuse(relay, 400,
					    "Repeated Header In Body Part");
		if (is_permission(&piece))
			return relay_refuse(relay, 403,
					    "Permission Document Not Relayed");
		if (!is_list(&piece)) {
			parts[n_kept++] = parts[i];
			continue;
		}
		progress = take_list(relay, &piece);
		if (progress == STEP_REFUSE)
			return progress;
		is_found |= progress == STEP_NEXT;
	}
	translation->parts = parts;
	translation->n_parts = n_kept;
	translation->lines = wide_lines(relay);
	return is_found ? STEP_NEXT
			: relay_refuse(relay, 400, "Recipient List Missing");
}

/* A body that is nothing but the list. */
static enum progress read_single(struct relay *relay)
{
	const struct request *request = relay->request;
	struct piece piece = {
		.type = request->content_type,
		.disposition = content_header(request, "Content-Disposition"),
		.encoding = content_header(request, "Content-Encoding"),
		.transfer =
			content_header(request, "Content-Transfer-Encoding"),
		.body = request->body};
	enum progress progress;

	if (!is_list(&piece))
		return relay_refuse(relay, 400, "Recipient List Missing");
	progress = take_list(relay, &piece);
	if (progress == STEP_WAIT)
		return relay_refuse(relay, 400, "Recipient List Missing");
	return progress;
}

static enum progress read_body(struct relay *relay)
{
	const struct request *request = relay->request;
	struct view encoding = content_header(request, "Content-Encoding");

	if (!mime_type_is(request->content_type, "multipart/mixed"))
		return read_single(relay);
	if (encoding.len && !is_word(encoding, "identity")) {
		relay_answer_header(relay, VIEW("Accept-Encoding"),
				    VIEW("identity"));
		return relay_refuse(relay, 415, "Body Must Not Be Encoded");
	}
	return read_parts(relay);
}

enum progress relay_translate(struct relay *relay)
{
	const struct relays_settings *settings = &relay->relays->settings;
	const struct request *request = relay->request;
	enum progress progress;
	enum err err;

	if (request->body.len > settings->body_bytes)
		return relay_refuse(relay, 413, NULL);
	relay->recipients.arena = relay->arena;
	relay->recipients.rules = &settings->uri_rules;
	relay->recipients.ours = &settings->ours;
	relay->recipients.most = settings->list_length;
	recipients_init(&relay->recipients);
	progress = read_body(relay);
	if (progress != STEP_NEXT)
		return progress;
	if (relay->recipients.n == 0)
		return relay_refuse(relay, 400, "Recipient List Empty");
	err = recipients_check(&relay->recipients);
	return err ? relay_refuse(relay, status_of(err),
				  relay->recipients.problem)
		   : STEP_NEXT;
}
