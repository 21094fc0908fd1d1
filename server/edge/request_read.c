/* From a received request to a struct request (server/request.h). */
#include "server/edge/request_read.h"

#include "db/journal.h"
#include "policies/privacy.h"
#include "server/base/random.h"
#include "server/edge/intake.h"

/* What legs take over (RFC 3261 knows more; what is not named stays here).
 * Credentials are not among them: they are between the sender and one server,
 * and each recipient of a list would get them. */
static const enum field copied[] = {
	FIELD_SUBJECT,	      FIELD_PRIORITY,	    FIELD_DATE,
	FIELD_EXPIRES,	      FIELD_REPLY_TO,	    FIELD_IN_REPLY_TO,
	FIELD_ACCEPT_CONTACT, FIELD_REJECT_CONTACT, FIELD_PRIVACY,
};

static const enum field contents[] = {
	FIELD_CONTENT_TYPE,	FIELD_CONTENT_DISPOSITION,
	FIELD_CONTENT_ENCODING, FIELD_CONTENT_LANGUAGE,
	FIELD_CONTENT_ID,	FIELD_CONTENT_TRANSFER_ENCODING,
	FIELD_MIME_VERSION,
};

/* A request being read. */
struct reader {
	struct intake *intake;
	const struct message *message;
	struct arena *arena;
	struct request *request;
	struct reply *reply;
};

static struct view keep(struct reader *reader, struct view v)
{
	return (struct view){view_copy(reader->arena, v), v.len};
}

/* Only what goes to a service or a conference can be at fault here: an answer
 * to a consent URI is taken as it comes. */
static void refuse(struct reader *reader, int status, const char *reason)
{
	if (reader->reply->status ||
	    purpose_is_answer(reader->request->purpose))
		return;
	reader->reply->status = status;
	reader->reply->reason = reason;
}

/* Digits, at most @p most; -1 when absent or (RFC 3261 section 20.19 lets a
 * server choose then) of no use. */
static int64_t number_of(struct reader *reader, enum field field, uint64_t most)
{
	uint64_t value;
	enum err err = view_to_u64(message_value(reader->message, field), most,
				   &value);

	if (err == ERR_TOO_LARGE)
		return (int64_t)most;
	return err ? -1 : (int64_t)value;
}

/* RFC 3261 section 20.17: GMT only; a Date that nobody can read is left out. */
static bool is_worth_copying(struct reader *reader, enum field field,
			     struct view value)
{
	if (field == FIELD_DATE)
		return value.len > 4 &&
		       view_equal(view_from(value, value.len - 4),
				  VIEW(" GMT"));
	if (field == FIELD_EXPIRES)
		return number_of(reader, field, INT32_MAX) >= 0;
	return value.len > 0 && !privacy_drops_header(reader->request->privacy,
						      field_name(field));
}

static void read_headers(struct reader *reader, const enum field *wanted,
			 size_t n, const struct header **ret, size_t *ret_n)
{
	struct header *headers = arena_array(
		reader->arena, reader->message->n_lines, sizeof(*headers));
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		struct view value;
		size_t at = 0;

		while (message_next(reader->message, wanted[i], &at, &value)) {
			if (!is_worth_copying(reader, wanted[i], value))
				continue;
			if (view_has_control(value) || !view_is_utf8(value)) {
				refuse(reader, 400, "Bad Header Field");
				continue;
			}
			headers[found++] = (struct header){
				field_name(wanted[i]), keep(reader, value)};
		}
	}
	*ret = headers;
	*ret_n = found;
}

#define PRIVACY_NAME_SHOWN_MAX 32

/* RFC 3323 section 5: the phrase names what cannot be done. */
static const char *privacy_phrase(struct reader *reader, struct view all,
				  unsigned served)
{
	struct view name = privacy_unserved(all, served);

	return arena_printf(reader->arena, "Privacy Value %s Not Available",
			    view_copy(reader->arena,
				      view_head(name, PRIVACY_NAME_SHOWN_MAX)));
}

/* RFC 3323 section 4.3. */
static bool requires_privacy(const struct reader *reader)
{
	struct items items = {0};
	struct view tag;

	while (message_next_item(reader->message, FIELD_PROXY_REQUIRE, &items,
				 &tag)) {
		if (view_equal_nocase(tag, VIEW("privacy")))
			return true;
	}
	return false;
}

static void judge_privacy(struct reader *reader, struct view all)
{
	unsigned privacy = reader->request->privacy;
	unsigned served = privacy_served(reader->request->method);

	switch (privacy_refusal(privacy, served, requires_privacy(reader))) {
	case 500:
		refuse(reader, 500, privacy_phrase(reader, all, served));
		break;
	case 420:
		refuse(reader, 420, NULL);
		text_add(&reader->reply->lines, "Unsupported: privacy\r\n");
		break;
	default:
		break;
	}
}

/* Several fields and a comma mean the same as semicolons. */
static void read_privacy(struct reader *reader)
{
	struct view value;
	struct text all;
	size_t at = 0;

	if (!reader->message->count[FIELD_PRIVACY])
		return;
	text_init(&all, reader->arena);
	while (message_next(reader->message, FIELD_PRIVACY, &at, &value)) {
		text_add(&all, all.len ? ";" : "");
		text_add_view(&all, value);
	}
	if (privacy_parse(text_view(&all), &reader->request->privacy)) {
		refuse(reader, 400, "Bad Privacy");
		return;
	}
	judge_privacy(reader, text_view(&all));
}

/* It was read before, unless it is odd. */
static enum err name_from(struct reader *reader, struct name_addr *ret)
{
	struct request *request = reader->request;
	struct view value = message_value(reader->message, FIELD_FROM);

	if (reader->intake->from_key) {
		*ret = reader->intake->received->from_name.name;
		request->from_key = reader->intake->from_key;
		return ERR_OK;
	}
	if (view_has_control(value) || name_addr_parse(value, ret))
		return ERR_SYNTAX;
	return uri_key(reader->arena, ret->uri, &request->from_key);
}

/* Where the parameter ends that @p params begins with: at the next semicolon
 * outside of quotes. */
static size_t param_end(struct view params)
{
	bool is_quoted = false;

	for (size_t i = 1; i < params.len; i++) {
		if (is_quoted && params.at[i] == '\\')
			i++;
		else if (params.at[i] == '"')
			is_quoted = !is_quoted;
		else if (!is_quoted && params.at[i] == ';')
			return i;
	}
	return params.len;
}

/* RFC 5365 section 7.2: From is that of the request with all its parameters but
 * the tag, which is ours. */
static void add_from_params(struct text *text, struct view params)
{
	while (params.len) {
		size_t end = param_end(params);
		struct view param = view_head(params, end), name;

		name = view_from(view_head(param, view_find(param, '=', 0)), 1);
		if (!view_equal_nocase(view_trim(name), VIEW("tag")))
			text_add_view(text, param);
		params = view_from(params, end);
	}
}

static void read_from(struct reader *reader)
{
	struct request *request = reader->request;
	struct name_addr name;
	struct text text;
	struct uri uri;

	request->from = request->from_key = "";
	if (name_from(reader, &name)) {
		refuse(reader, 400, "Bad From");
		return;
	}
	if (uri_parse(name.uri, &uri)) /* too long to be looked into */
		uri = (struct uri){.scheme = URI_OTHER};
	text_init(&text, reader->arena);
	text_reserve(&text,
		     name.display.len + name.uri.len + name.params.len + 3);
	text_add_view(&text, name.display);
	text_add(&text, name.display.len ? " <" : "<");
	text_add(&text, uri_name(reader->arena, &uri, name.uri));
	text_add(&text, ">");
	add_from_params(&text, name.params);
	request->from = text.at;
}

/* RFC 3323 section 4.1.1.3.  Any other user of that host, and a user of that
 * name at any other host, is a name. */
static bool is_anonymous(const struct request *request)
{
	return strcmp(request->from_key, "sip:anonymous@anonymous.invalid") ==
	       0;
}

/* Who was authenticated speaks in their own name, or in none (RFC 3323).  What
 * a trusted peer asserts may stand beside any From (RFC 3325 section 5). */
static void check_from(struct reader *reader)
{
	const struct request *request = reader->request;

	if (purpose_is_answer(request->purpose) ||
	    request->sender.method != IDENTITY_DIGEST ||
	    uri_keys_name_one(request->from_key, request->sender.aor[0]) ||
	    is_anonymous(request))
		return;
	refuse(reader, 403, "From Is Not the Authenticated User");
}

static void read_numbers(struct reader *reader)
{
	struct request *request = reader->request;
	bool has_breadth = reader->message->count[FIELD_MAX_BREADTH] > 0;

	request->max_forwards = reader->intake->received->max_forwards;
	request->expires_s = (int)number_of(reader, FIELD_EXPIRES, INT32_MAX);
	request->max_breadth =
		(int)number_of(reader, FIELD_MAX_BREADTH, 1000000);
	if (has_breadth && request->max_breadth < 0)
		refuse(reader, 400, "Bad Max-Breadth");
	request->received_at = loop_wall_s(reader->intake->edge->loop);
}

/* With a NUL behind it, so that nothing runs into the next one. */
static void add_to_key(struct text *text, struct view value)
{
	text_add_view(text, value);
	text_add_bytes(text, "", 1);
}

/* What names the request (RFC 3261 section 8.2.2.2). */
static void name_key(struct reader *reader, uint8_t ret[HASH_LEN])
{
	const struct intake *intake = reader->intake;
	struct text text;

	text_init(&text, reader->arena);
	text_reserve(&text, 512);
	add_to_key(&text, view_of(reader->request->sender.aor[0]));
	add_to_key(&text, intake->received->call_id);
	add_to_key(&text, intake->received->from_tag);
	text_add_number(&text, intake->received->cseq);
	text_add_bytes(&text, "", 1);
	sha256(text.at, text.len, ret);
}

/* What it says.  Credentials are not part of it: those of a repeat are new. */
static void content_key(struct reader *reader, uint8_t ret[HASH_LEN])
{
	const struct request *request = reader->request;
	struct text text;

	text_init(&text, reader->arena);
	text_reserve(&text, 512);
	add_to_key(&text, view_of(request->method));
	add_to_key(&text, view_of(request->target_key));
	for (size_t i = 0; i < request->n_content; i++) {
		add_to_key(&text, request->content[i].name);
		add_to_key(&text, request->content[i].value);
	}
	text_add_bytes(&text, received_body_hash(reader->intake->received),
		       HASH_LEN);
	sha256(text.at, text.len, ret);
}

static void read_key(struct reader *reader)
{
	uint8_t content[HASH_LEN];
	uint8_t *key = reader->request->key;

	name_key(reader, key);
	content_key(reader, content);
	memcpy(key + KEY_NAME_LEN, content, HASH_LEN - KEY_NAME_LEN);
}

#define CALL_ID_SHOWN_MAX 256

/* For the log and the record: a stranger is not to write into them. */
static const char *shown_call_id(struct reader *reader)
{
	struct view id =
		view_head(reader->intake->received->call_id, CALL_ID_SHOWN_MAX);
	char *shown = view_copy(reader->arena, id);

	for (size_t i = 0; i < id.len; i++)
		if (shown[i] < 0x21 || shown[i] > 0x7e)
			shown[i] = '?';
	token_blot(shown);
	return shown;
}

static void read_origin(struct reader *reader)
{
	char source[64];

	address_format(&reader->intake->received->from->peer.address, source);
	reader->request->source = arena_strdup(reader->arena, source);
	address_bytes(&reader->intake->received->from->peer.address,
		      reader->request->address);
	reader->request->call_id = shown_call_id(reader);
}

static void read_consent_uri(struct reader *reader)
{
	const struct received *received = reader->intake->received;
	const struct target *target = &reader->intake->target;
	struct request *request = reader->request;

	request->token_kind = target->token_kind;
	request->token = target->token;
	request->is_secure = protocol_is_secure(received->from->peer.protocol);
	if (reader->message->count[FIELD_SIP_IF_MATCH])
		request->if_match =
			keep(reader,
			     message_value(reader->message, FIELD_SIP_IF_MATCH))
				.at;
}

/* RFC 5366 section 5.1: who requires the extension has a list. */
static bool requires_list(const struct reader *reader)
{
	struct view wanted = view_of(reader->intake->module->row->option_tag);
	struct view rest, tag;
	size_t at = 0;

	while (message_next(reader->message, FIELD_REQUIRE, &at, &rest)) {
		while (view_next_item(&rest, &tag)) {
			if (wanted.len && view_equal_nocase(tag, wanted))
				return true;
		}
	}
	return false;
}

static void read_target(struct reader *reader)
{
	struct request *request = reader->request;
	const struct intake *intake = reader->intake;
	const struct target *target = &intake->target;

	request->purpose = intake->module->row->purpose;
	request->service = target->service;
	request->target = keep(reader, reader->message->uri).at;
	request->domain =
		target->domain ? target->domain : intake->edge->settings.domain;
	request->requires_list = requires_list(reader);
	if (target->kind == TARGET_TOKEN)
		read_consent_uri(reader);
	if (request->purpose == PURPOSE_CONFERENCE)
		request->conference =
			arena_strdup(reader->arena, target->conference);
	if (target->kind == TARGET_LIST)
		request->list = arena_strdup(reader->arena, target->list);
	if (request->service)
		request->target_key = request->service->key;
	else if (request->list)
		request->target_key = arena_printf(
			reader->arena, "sip:%s@%s", request->list,
			target->domain ? target->domain
				       : reader->intake->edge->host_key);
	else if (uri_key(reader->arena, reader->message->uri,
			 &request->target_key))
		request->target_key = "";
}

static void name_request(struct request *request)
{
	uint8_t bytes[6];

	random_bytes(bytes, sizeof(bytes));
	memcpy(request->id, "relay=", 6);
	hex_encode(bytes, sizeof(bytes), request->id + 6);
}

/* What legs take over.  Of an answer to a consent URI nobody asks for it, and
 * the answers of strangers may have to wait for the disk in numbers. */
static void read_content(struct reader *reader)
{
	const struct message *message = reader->message;
	struct request *request = reader->request;

	read_headers(reader, copied, sizeof(copied) / sizeof(copied[0]),
		     &request->headers, &request->n_headers);
	read_headers(reader, contents, sizeof(contents) / sizeof(contents[0]),
		     &request->content, &request->n_content);
	request->content_type =
		keep(reader, message_value(message, FIELD_CONTENT_TYPE));
	request->body = keep(reader, message->body);
}

static void read_dialog(struct reader *reader)
{
	const struct received *received = reader->intake->received;

	reader->request->bytes = keep(reader, reader->message->whole);
	reader->request->channel = received->from->peer.protocol;
}

void request_find_key(struct intake *intake)
{
	const struct parsed_name *from = &intake->received->from_name;
	const char *key;

	if (from->is_read &&
	    uri_key_of(intake->arena, &from->uri, &key) == ERR_OK)
		intake->from_key = key;
}

static void read_proof(struct reader *reader)
{
	const struct proof *proof = &reader->intake->proof;
	struct request *request = reader->request;

	request->sender = proof->sender;
	request->trust = reader->intake->trust;
	request->vouched = proof->vouched;
	request->is_stale = proof->is_stale;
	memcpy(request->asserted, proof->asserted, sizeof(request->asserted));
}

struct request *request_read(struct intake *intake)
{
	struct request *request = arena_alloc(intake->arena, sizeof(*request));
	const struct method_module *row = intake->module->row;
	struct reader reader = {intake, intake->received->message,
				intake->arena, request, &intake->reply};

	request->arena = intake->arena;
	name_request(request);
	request->method_id = intake->received->method;
	request->method = keep(&reader, intake->received->message->method).at;
	read_proof(&reader);
	read_origin(&reader);
	read_target(&reader);
	read_privacy(&reader);
	read_from(&reader);
	check_from(&reader);
	read_numbers(&reader);
	if (row->is_relayed || row->makes_dialog)
		read_content(&reader);
	if (row->is_relayed)
		read_key(&reader);
	if (row->makes_dialog)
		read_dialog(&reader);
	return intake->reply.status ? NULL : request;
}
