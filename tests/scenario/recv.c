/* The requests of a scenario. */
#include "policies/privacy.h"
#include "tests/scenario/script.h"

#define HEADERS_MAX 24
#define PARTS_MAX 70

/** A request as its lines make it. */
struct draft {
	struct script *script;
	struct arena *arena;
	struct request *request;
	struct header headers[HEADERS_MAX], content[HEADERS_MAX];
	struct text parts; /**< the multipart as far as it is there */
	size_t n_parts;
	bool is_raw; /**< type and body were given */
};

struct draft_word {
	const char *name;
	void (*run)(struct draft *draft, const struct line *line);
};

static const char *arg(const struct line *line, size_t i)
{
	return i < line->n ? line->args[i].at : "";
}

/* ---- header fields ------------------------------------------------------ */

static void run_header(struct draft *draft, const struct line *line)
{
	struct request *request = draft->request;
	struct header *it = &draft->headers[request->n_headers++];

	it->name = view_of(arena_strdup(draft->arena, arg(line, 1)));
	it->value = view_of(arena_strdup(draft->arena, arg(line, 2)));
	if (strcmp(arg(line, 1), "Privacy") == 0 &&
	    privacy_parse(it->value, &request->privacy))
		script_fail(draft->script, "a bad Privacy value");
}

static void add_content(struct draft *draft, const char *name,
			struct view value)
{
	struct header *it = &draft->content[draft->request->n_content++];

	it->name = view_of(name);
	it->value = value;
}

static void run_content(struct draft *draft, const struct line *line)
{
	add_content(draft, arena_strdup(draft->arena, arg(line, 1)),
		    view_of(arena_strdup(draft->arena, arg(line, 2))));
}

static int number(const struct line *line)
{
	return (int)strtol(arg(line, 1), NULL, 10);
}

static void run_max_forwards(struct draft *draft, const struct line *line)
{
	draft->request->max_forwards = number(line);
}

static void run_max_breadth(struct draft *draft, const struct line *line)
{
	draft->request->max_breadth = number(line);
}

static void run_expires(struct draft *draft, const struct line *line)
{
	struct header *it = &draft->headers[draft->request->n_headers++];

	draft->request->expires_s = number(line);
	it->name = VIEW("Expires");
	it->value = view_of(arena_strdup(draft->arena, arg(line, 1)));
}

static void run_asserted(struct draft *draft, const struct line *line)
{
	draft->request->asserted[0] = arena_strdup(draft->arena, arg(line, 1));
}

/* ---- the body ----------------------------------------------------------- */

static void add_part(struct draft *draft, const char *headers, struct view body)
{
	text_printf(&draft->parts, "--b0\r\n%s\r\n", headers);
	text_add_view(&draft->parts, body);
	text_add(&draft->parts, "\r\n");
	draft->n_parts++;
}

/* One recipient: `uri`, `uri,to`, `uri,cc,anonymous`. */
static void add_entry(struct text *xml, struct view word)
{
	size_t comma = view_find(word, ',', 0);
	struct view rest =
		comma == SIZE_MAX ? VIEW_NONE : view_from(word, comma + 1);

	text_add(xml, "<entry uri=\"");
	text_add_view(xml, view_head(word, comma));
	text_add(xml, "\"");
	while (rest.len) {
		struct view option;

		comma = view_find(rest, ',', 0);
		option = view_head(rest, comma);
		rest = comma == SIZE_MAX ? VIEW_NONE
					 : view_from(rest, comma + 1);
		if (view_equal(option, VIEW("anonymous")))
			text_add(xml, " c:anonymize=\"true\"");
		else
			text_printf(xml, " c:copyControl=\"%.*s\"",
				    (int)option.len, option.at);
	}
	text_add(xml, "/>\r\n");
}

static struct view make_list(struct draft *draft, const struct line *line)
{
	struct text xml;

	text_init(&xml, draft->arena);
	text_add(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
		       "<resource-lists "
		       "xmlns=\"urn:ietf:params:xml:ns:resource-lists\"\r\n"
		       " xmlns:c=\"urn:ietf:params:xml:ns:copycontrol\">\r\n"
		       "<list>\r\n");
	for (size_t i = 1; i < line->n; i++)
		add_entry(&xml, line->args[i]);
	text_add(&xml, "</list>\r\n</resource-lists>\r\n");
	return text_view(&xml);
}

static void add_list(struct draft *draft, struct view document)
{
	add_part(draft,
		 "Content-Type: application/resource-lists+xml\r\n"
		 "Content-Disposition: recipient-list\r\n",
		 document);
}

static void run_list(struct draft *draft, const struct line *line)
{
	add_list(draft, make_list(draft, line));
}

/* `list-of 500 sip:u%d@example.com,to`: many at once. */
static void run_list_of(struct draft *draft, const struct line *line)
{
	int n = number(line);
	struct line made = {.n = 1};
	struct text xml;

	text_init(&xml, draft->arena);
	text_add_view(&xml, make_list(draft, &made));
	xml.len = view_find_view(text_view(&xml), VIEW("</list>"), 0);
	for (int i = 0; i < n; i++) {
		struct view pattern = line->args[2];
		size_t at = view_find_view(pattern, VIEW("%d"), 0);
		struct text word;

		text_init(&word, draft->arena);
		text_add_view(&word, view_head(pattern, at));
		text_printf(&word, "%d", i);
		text_add_view(&word, view_from(pattern, at + 2));
		add_entry(&xml, text_view(&word));
	}
	text_add(&xml, "</list>\r\n</resource-lists>\r\n");
	add_list(draft, text_view(&xml));
}

static void run_xml(struct draft *draft, const struct line *line)
{
	add_list(draft, line->args[1]);
}

static void run_text(struct draft *draft, const struct line *line)
{
	add_part(draft, "Content-Type: text/plain\r\n", line->args[1]);
}

/* `part "Header: value\r\n..." body` */
static void run_part(struct draft *draft, const struct line *line)
{
	add_part(draft, arg(line, 1), line->args[2]);
}

/* `body TYPE body`: all of it, as it is. */
static void run_body(struct draft *draft, const struct line *line)
{
	struct request *request = draft->request;

	request->content_type =
		view_of(arena_strdup(draft->arena, arg(line, 1)));
	request->body = (struct view){
		arena_copy(draft->arena, line->args[2].at, line->args[2].len),
		line->args[2].len};
	draft->is_raw = true;
}

static void run_require(struct draft *draft, const struct line *line)
{
	(void)line;
	draft->request->requires_list = true;
}

static const struct draft_word words[] = {
	{"require", run_require},
	{"header", run_header},
	{"content", run_content},
	{"max-forwards", run_max_forwards},
	{"max-breadth", run_max_breadth},
	{"expires", run_expires},
	{"asserted", run_asserted},
	{"list", run_list},
	{"list-of", run_list_of},
	{"xml", run_xml},
	{"text", run_text},
	{"part", run_part},
	{"body", run_body},
	{NULL, NULL},
};

static void run_line(struct draft *draft, const struct line *line)
{
	for (const struct draft_word *word = words; word->name; word++) {
		if (strcmp(word->name, arg(line, 0)) == 0) {
			word->run(draft, line);
			return;
		}
	}
	script_fail(draft->script, "a request has no \"%s\"", arg(line, 0));
}

static void finish_body(struct draft *draft)
{
	struct request *request = draft->request;

	if (draft->n_parts) {
		text_add(&draft->parts, "--b0--\r\n");
		request->content_type = VIEW("multipart/mixed;boundary=b0");
		request->body = text_view(&draft->parts);
	}
	if (request->content_type.len)
		add_content(draft, "Content-Type", request->content_type);
	request->headers = draft->headers;
	request->content = draft->content;
}

/* ---- who, whom ----------------------------------------------------------- */

static const struct service *find_service(const struct fixture *fixture,
					  const char *key)
{
	for (size_t i = 0; i < fixture->n_services; i++) {
		if (strcmp(fixture->services[i].key, key) == 0)
			return &fixture->services[i];
	}
	return NULL;
}

/* recv METHOD TARGET from FROM by digest|asserted|nobody */
static void address(struct draft *draft)
{
	struct script *script = draft->script;
	struct request *request = draft->request;
	struct name_addr from;
	uint8_t seed[sizeof(script->n_requests)];

	request->method = arena_strdup(draft->arena, script_arg(script, 1));
	request->target = arena_strdup(draft->arena, script_arg(script, 2));
	request->from = arena_strdup(draft->arena, script_arg(script, 4));
	if (!strchr(request->from, '<'))
		request->from =
			arena_printf(draft->arena, "<%s>", request->from);
	if (uri_key(draft->arena, view_of(request->target),
		    &request->target_key) ||
	    name_addr_parse(view_of(request->from), &from) ||
	    uri_key(draft->arena, from.uri, &request->from_key)) {
		script_fail(script, "a bad URI in recv");
		return;
	}
	if (script_arg_is(script, 6, "digest"))
		request->sender.method = IDENTITY_DIGEST;
	else if (script_arg_is(script, 6, "asserted"))
		request->sender.method = IDENTITY_ASSERTED;
	if (request->sender.method != IDENTITY_NONE)
		request->sender.aor[0] = request->from_key;
	request->service = find_service(&script->fixture, request->target_key);
	if (!request->service && !script_is_list(script, request) &&
	    !script_is_conference(script, request))
		script_fail(script, "no such service");
	memcpy(seed, &script->n_requests, sizeof(seed));
	sha256(seed, sizeof(seed), request->key);
}

/* As the edge does before it reads a request. */
static void refuse_full(struct script *script, struct request *request)
{
	char *seconds = arena_printf(request->arena, "%d",
				     limits_retry_after_s(OVERLOAD_REQUESTS));
	const struct header retry = {VIEW("Retry-After"), view_of(seconds)};

	edge_respond(&script->fixture.edge, request,
		     &(struct response){
			     .status = 503, .headers = &retry, .n_headers = 1});
	request_free(request);
}

void script_receive(struct script *script)
{
	struct arena *arena = arena_new(0);
	struct request *request = arena_alloc(arena, sizeof(*request));
	struct draft *draft = arena_alloc(arena, sizeof(*draft));

	draft->script = script;
	draft->arena = arena;
	draft->request = request;
	text_init(&draft->parts, arena);
	request->arena = arena;
	request->max_forwards = 70;
	request->max_breadth = -1;
	request->expires_s = -1;
	request->received_at = wall_now_s();
	snprintf(request->id, sizeof(request->id), "relay=%012x",
		 script->n_requests);
	address(draft);
	for (size_t i = 0; i < script->n_block && !script->has_failed; i++)
		run_line(draft, &script->block[i]);
	finish_body(draft);
	if (script->has_failed) {
		arena_free(arena);
		return;
	}
	fake_edge_receive(&script->fixture.edge, request);
	if (strcmp(request->method, "INVITE") == 0)
		script_receive_invite(script, request);
	else if (messages_are_full(script->fixture.messages))
		refuse_full(script, request);
	else
		messages_receive(script->fixture.messages, request);
}
