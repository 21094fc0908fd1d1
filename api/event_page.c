/* GET /v1/events: a page, or a stream. */
#include "api/handlers.h"
#include "api/negotiate.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 1000
#define BUSY_S 10

static bool filter_read(struct exchange *exchange, struct event_filter *ret)
{
	static const char *const known[] = {"after", "types", "limit", NULL};

	*ret = (struct event_filter){
		.conference =
			exchange->conference[0] ? exchange->conference : NULL};
	if (!exchange_knows(exchange, known))
		return false;
	if (event_types_read(params_value(&exchange->params, "types"),
			     &ret->types))
		return respond_bad_parameter(
			exchange, "types",
			"must be types such as permission.granted or "
			"message.*, with commas between");
	return true;
}

/** Last-Event-ID is what a client says that comes back to the same URL. */
static const char *after_of(const struct exchange *exchange)
{
	struct view last = view_trim(exchange->headers.last_event);

	return last.len ? view_copy(exchange->arena, last)
			: params_value(&exchange->params, "after");
}

static bool reader_begin(struct exchange *exchange,
			 const struct event_filter *filter,
			 struct event_reader *ret)
{
	enum err err = event_reader_init(exchange->api->events, filter,
					 after_of(exchange), ret);

	if (err == ERR_SYNTAX)
		return respond_bad_parameter(
			exchange, "after",
			"must be the id of an event, the next of a page, or "
			"now");
	if (err)
		respond_err(exchange, err, "event");
	return !err;
}

/** A client that names the stream's type gets it. */
static bool wants_stream(const struct exchange *exchange)
{
	struct view accept = text_view(&exchange->headers.accept);

	if (!strcmp(exchange->method, "HEAD"))
		return false;
	return accept_names(accept, exchange->route->also) ||
	       !accept_allows(accept, exchange->route->type);
}

static void respond_stream(struct exchange *exchange,
			   const struct event_reader *reader)
{
	exchange->stream = stream_open(reader, exchange->http);
	if (!exchange->stream) {
		respond_problem(
			exchange,
			&(struct problem){.status = 503,
					  .reason = "readers",
					  .retry_after_s = BUSY_S,
					  .detail = "Too many read the events "
						    "already."});
		return;
	}
	exchange->status = 200;
	exchange->content_type = exchange->route->also;
}

static void add_item(void *arg, const struct event_out *event)
{
	struct text *page = arg;

	text_printf(page, "%s{\"id\":\"%s\",",
		    page->at[page->len - 1] == '[' ? "" : ",", event->cursor);
	text_add(page, event->tail);
}

static void respond_page(struct exchange *exchange, struct event_reader *reader,
			 size_t limit)
{
	char next[EVENT_CURSOR_MAX];
	struct text page;

	text_init(&page, exchange->arena);
	text_add(&page, "{\"items\":[");
	enum err err = event_reader_read(reader, limit, add_item, &page);

	if (err) {
		respond_err(exchange, err, "event");
		return;
	}
	event_reader_cursor(reader, next);
	text_printf(&page, "],\"next\":\"%s\"}\n", next);
	respond_content(exchange, exchange->route->type, text_view(&page));
}

void events_get(struct exchange *exchange)
{
	uint64_t limit = LIMIT_DEFAULT;
	struct event_filter filter;
	struct event_reader reader;

	if (!filter_read(exchange, &filter) ||
	    !exchange_number(exchange, "limit", LIMIT_MAX, &limit) ||
	    !reader_begin(exchange, &filter, &reader))
		return;
	if (wants_stream(exchange))
		respond_stream(exchange, &reader);
	else
		respond_page(exchange, &reader, (size_t)limit);
}
