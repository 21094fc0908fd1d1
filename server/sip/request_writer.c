#include "server/sip/request_writer.h"

#include "server/sip/contact.h"
#include "server/sip/login.h"

/* Our address as the next hop should know it: of the listener that sends, else
 * (a stream from a relay that listens on UDP only) of the first. */
static const char *sent_by(const struct request_writer *writer)
{
	int listener = writer->flow->listener;

	if (listener < 0 || (size_t)listener >= writer->sender->n_sent_by)
		listener = 0;
	return writer->sender->sent_by[listener];
}

static inline void add_number(struct text *text, struct view name,
			      int64_t number)
{
	text_add_view(text, name);
	if (number < 0)
		text_add(text, "-");
	text_add_number(text, (uint64_t)(number < 0 ? -number : number));
}

static const struct proxy_way *way_of(const struct request_writer *writer)
{
	return outbound_proxy_way(&writer->sender->proxy,
				  writer->leg->request_uri);
}

void request_write_routes(const struct request_writer *writer, struct text *ret)
{
	if (writer->is_by_proxy)
		text_add(ret, way_of(writer)->route);
	if (writer->leg->dialog)
		text_add(ret, writer->leg->dialog->routes);
}

static void add_start(const struct request_writer *writer, struct text *text)
{
	const struct leg *leg = writer->leg;

	text_add(text, leg->template->method);
	text_add(text, " ");
	text_add(text, leg->request_uri);
	text_add(text, " SIP/2.0\r\nVia: SIP/2.0/");
	text_add(text, protocol_name(writer->flow->peer.protocol));
	text_add(text, " ");
	text_add(text, sent_by(writer));
	text_add(text, ";branch=");
	text_add(text, writer->branch);
	text_add(text, ";rport\r\n");
	request_write_routes(writer, text);
	add_number(text, VIEW("Max-Forwards: "), leg->template->max_forwards);
	if (leg->max_breadth)
		add_number(text, VIEW("\r\nMax-Breadth: "), leg->max_breadth);
}

static void add_names(const struct request_writer *writer, struct text *text)
{
	const struct leg *leg = writer->leg;

	text_add(text, "\r\nFrom: ");
	if (leg->dialog && leg->dialog->from) {
		text_add(text, leg->dialog->from);
	} else {
		text_add(text, leg->template->from);
		text_add(text, ";tag=");
		text_add(text, leg->template->from_tag);
	}
	if (leg->dialog) {
		text_add(text, "\r\nTo: ");
		text_add(text, leg->dialog->to);
	} else {
		text_add(text, "\r\nTo: <");
		text_add(text, leg->request_uri);
		text_add(text, ">");
	}
	text_add(text, "\r\nCall-ID: ");
	text_add(text, leg->call_id);
	add_number(text, VIEW("\r\nCSeq: "), writer->cseq);
	text_add(text, " ");
	text_add(text, leg->template->method);
	text_add(text, "\r\n");
}

/* RFC 3261 section 8.1.1.8: as the Request-URI or the top Route. */
static bool wants_sips(const struct request_writer *writer)
{
	const struct leg *leg = writer->leg;

	return uri_is_sips(view_of(leg->request_uri)) ||
	       (writer->is_by_proxy
			? way_of(writer)->uri.scheme == URI_SIPS
			: leg->dialog &&
				  uri_is_sips(view_of(leg->dialog->next_hop)));
}

static void add_contact(const struct request_writer *writer, struct text *text)
{
	contact_write(&(struct contact){.user = writer->leg->contact,
					.sent_by = sent_by(writer),
					.params = writer->leg->contact_params,
					.flow = writer->flow,
					.is_sips = wants_sips(writer)},
		      text);
}

bool template_has_variant(const struct leg_template *template,
			  enum body_variant variant)
{
	return variant == BODY_WHOLE ||
	       (variant == BODY_SMALL && template->small_body.at) ||
	       (variant == BODY_TEXT && template->text_body.at);
}

/* RFC 5876 section 4.1: never both. */
void identity_write(enum leg_identity told, struct view lines, struct text *ret)
{
	static const struct view asserted = VIEW("P-Asserted-Identity:");

	if (told == LEG_IDENTITY_ASSERTED)
		text_add_view(ret, lines);
	if (told != LEG_IDENTITY_PREFERRED)
		return;
	while (lines.len) {
		size_t end = view_find(lines, '\n', 0);
		struct view line = view_head(lines, end + 1);

		if (view_starts_nocase(line, asserted)) {
			text_add(ret, "P-Preferred-Identity:");
			line = view_from(line, asserted.len);
		}
		text_add_view(ret, line);
		lines = view_from(lines, end + 1);
	}
}

void request_write(const struct request_writer *writer, struct text *ret)
{
	const struct leg_template *template = writer->leg->template;
	const struct view contents[BODY_VARIANTS] = {template->content,
						     template->small_content,
						     template->text_content};
	const struct view bodies[BODY_VARIANTS] = {
		template->body, template->small_body, template->text_body};
	struct view body = bodies[writer->variant];
	struct view rest =
		writer->variant == BODY_WHOLE ? template->body_rest : VIEW_NONE;

	add_start(writer, ret);
	add_names(writer, ret);
	if (writer->leg->contact)
		add_contact(writer, ret);
	text_add_view(ret, template->headers);
	identity_write(writer->identity, template->asserted, ret);
	if (writer->logins)
		logins_write(writer->logins,
			     &writer->sender->settings->credentials,
			     &(struct login_request){
				     .method = view_of(template->method),
				     .uri = view_of(writer->leg->request_uri),
				     .body = {body, rest}},
			     ret);
	if (writer->leg->trigger) {
		text_add(ret, "Trigger-Consent: ");
		text_add(ret, writer->leg->trigger);
		text_add(ret, "\r\n");
	}
	text_add_view(ret, contents[writer->variant]);
	add_number(ret, VIEW("Content-Length: "),
		   (int64_t)(body.len + rest.len));
	text_add(ret, "\r\n\r\n");
	text_add_view(ret, body);
	text_add_view(ret, rest);
}

static bool is_line(const char *string)
{
	return string && !view_has_control(view_of(string));
}

/* What stands between < and >, or alone in a request line. */
static bool is_uri(const char *string)
{
	return is_line(string) && *string && !strpbrk(string, " \t<>\"");
}

bool header_lines_are_valid(struct view lines)
{
	while (lines.len) {
		size_t end = view_find(lines, '\r', 0);

		if (end == SIZE_MAX || !end || end + 1 >= lines.len ||
		    lines.at[end + 1] != '\n' ||
		    view_has_control(view_head(lines, end)))
			return false;
		lines = view_from(lines, end + 2);
	}
	return true;
}

static bool template_is_valid(const struct leg_template *template)
{
	return is_uri(template->method) && is_line(template->from) &&
	       is_uri(template->from_tag) &&
	       header_lines_are_valid(template->headers) &&
	       header_lines_are_valid(template->asserted) &&
	       header_lines_are_valid(template->content) &&
	       header_lines_are_valid(template->small_content) &&
	       header_lines_are_valid(template->text_content);
}

void template_check(struct leg_template *template)
{
	if (template->verdict == TEMPLATE_UNREAD)
		template->verdict = template_is_valid(template)
					    ? TEMPLATE_VALID
					    : TEMPLATE_INVALID;
}

static bool dialog_is_valid(const struct leg_dialog *dialog)
{
	return is_line(dialog->to) &&
	       (!dialog->from || is_line(dialog->from)) && dialog->routes &&
	       header_lines_are_valid(view_of(dialog->routes)) &&
	       is_uri(dialog->next_hop);
}

static bool contact_is_valid(const struct leg *leg)
{
	return is_uri(leg->contact) &&
	       (!leg->contact_params || is_line(leg->contact_params));
}

bool leg_is_valid(struct leg *leg)
{
	template_check(leg->template);
	if ((leg->dialog && !dialog_is_valid(leg->dialog)) ||
	    (leg->contact && !contact_is_valid(leg)) ||
	    (leg->branch && !is_uri(leg->branch)))
		return false;
	return leg->template->verdict == TEMPLATE_VALID &&
	       is_uri(leg->request_uri) && is_line(leg->call_id) &&
	       (!leg->trigger || is_line(leg->trigger));
}
