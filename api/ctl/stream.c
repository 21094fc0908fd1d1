/* Server-sent events, as a client reads them. */
#include "api/ctl/client_private.h"

#define EVENT_MAX ((size_t)1024 * 1024) /* bytes of one line */
#define CONNECT_S 30L

/** A stream that is read. */
struct stream {
	struct text line; /**< what has come of it */
	struct text data; /**< of the event */
	client_event_fn *event;
	void *arg;
	bool is_enough;	  /**< event() wants no more */
	struct text rest; /**< of a refusal */
	CURL *curl;
};

static void take_line(struct stream *stream)
{
	struct view line = text_view(&stream->line);

	if (!line.len && stream->data.len) {
		json_t *event =
			json_loadb(stream->data.at, stream->data.len, 0, NULL);

		if (event && !stream->event(stream->arg, event))
			stream->is_enough = true;
		json_decref(event);
		text_clear(&stream->data);
	} else if (view_starts_nocase(line, VIEW("data: ")) &&
		   stream->data.len < EVENT_MAX) {
		text_add_view(&stream->data, view_from(line, 6));
	}
	text_clear(&stream->line);
}

static size_t on_stream(char *data, size_t size, size_t n, void *arg)
{
	struct stream *stream = arg;
	long status = 0;

	curl_easy_getinfo(stream->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200) {
		if (stream->rest.len < EVENT_MAX)
			text_add_bytes(&stream->rest, data, size * n);
		return size * n;
	}
	for (size_t i = 0; i < size * n && !stream->is_enough; i++) {
		if (data[i] == '\n')
			take_line(stream);
		else if (data[i] != '\r' && stream->line.len < EVENT_MAX)
			text_add_bytes(&stream->line, &data[i], 1);
	}
	return stream->is_enough ? 0 : size * n;
}

static bool stream_read(struct client *client, const char *path,
			struct stream *stream)
{
	struct http_reply reply = {0};
	struct curl_slist *headers;
	CURL *curl = client->curl;
	CURLcode code;

	client_prepare(client, path);
	headers = client_headers(client, "text/event-stream");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_stream);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, stream);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
	curl_slist_free_all(headers);
	if (reply.status == 200 && (!code || stream->is_enough))
		return true;
	if (!reply.status) {
		client_unreachable(client, code);
		return false;
	}
	if (reply.status == 200) /* it was cut off */
		return true;
	reply.json = json_loadb(stream->rest.len ? stream->rest.at : "",
				stream->rest.len, 0, NULL);
	client_refused(client, &reply);
	json_decref(reply.json);
	return false;
}

bool client_stream(struct client *client, const char *path,
		   client_event_fn *event, void *arg)
{
	struct client *reader;
	struct stream stream = {.event = event, .arg = arg};
	bool is_ok;

	/* Its own connection: event() may ask on the other one. */
	reader = client_twin(client);
	stream.curl = reader->curl;
	text_init(&stream.line, NULL);
	text_init(&stream.data, NULL);
	text_init(&stream.rest, NULL);
	is_ok = reader->curl && client_authorize(reader) &&
		stream_read(reader, path, &stream);
	text_release(&stream.line);
	text_release(&stream.data);
	text_release(&stream.rest);
	curl_easy_cleanup(reader->curl);
	return is_ok;
}
