#include "api/ctl/client_private.h"

#include <errno.h>
#include <limits.h>

#include "api/ctl/print.h"
#include "server/base/token.h"

#define RESPONSE_MAX ((size_t)64 * 1024 * 1024)
#define TOKEN_MAX 4096
#define TIMEOUT_S 30L
#define PATIENT_S 600L /* of many thousand recipients */
#define JSON_TYPE "application/json"

struct client *client_new(const struct options *options)
{
	struct client *client = arena_alloc(options->arena, sizeof(*client));

	client->options = options;
	client->timeout_s = TIMEOUT_S;
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return client;
	client->curl = curl_easy_init();
	return client;
}

struct client *client_twin(const struct client *client)
{
	struct client *twin =
		arena_alloc(client->options->arena, sizeof(*twin));

	twin->options = client->options;
	twin->token = client->token;
	twin->timeout_s = client->timeout_s;
	twin->curl = curl_easy_init();
	return twin;
}

const struct options *client_options(const struct client *client)
{
	return client->options;
}

void client_free(struct client *client)
{
	if (client->token)
		explicit_bzero(client->token, strlen(client->token));
	curl_easy_cleanup(client->curl);
	curl_global_cleanup();
}

void reply_clear(struct http_reply *reply)
{
	json_decref(reply->json);
	text_release(&reply->text);
	memset(reply, 0, sizeof(*reply));
}

void path_word(struct client *client, struct text *path, const char *word)
{
	char *escaped = curl_easy_escape(client->curl, word, 0);

	text_printf(path, "/%s", escaped ? escaped : "");
	curl_free(escaped);
}

void path_param(struct client *client, struct text *path, const char *name,
		const char *value)
{
	char *escaped;

	if (!value)
		return;
	escaped = curl_easy_escape(client->curl, value, 0);
	text_printf(path, "%c%s=%s",
		    view_find(text_view(path), '?', 0) == SIZE_MAX ? '?' : '&',
		    name, escaped ? escaped : "");
	curl_free(escaped);
}

bool client_authorize(struct client *client)
{
	const char *path = client->options->token_file;
	char line[TOKEN_MAX];
	FILE *file;

	if (client->token)
		return true;
	file = fopen(path, "re");
	if (!file) {
		print_problem("the token file %s cannot be read: %s. Name "
			      "another with -t or VOLENS_TOKEN_FILE.",
			      path, strerror(errno));
		return false;
	}
	size_t len = fread(line, 1, sizeof(line), file);

	fclose(file);
	struct view token = view_trim((struct view){line, len});

	if (token.len && !view_has_control(token))
		client->token = view_copy(client->options->arena, token);
	else
		print_problem("the token file %s holds no token.", path);
	explicit_bzero(line, sizeof(line));
	return client->token != NULL;
}

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
	struct text *text = arg;

	if (text->len + size * n > RESPONSE_MAX)
		return 0;
	text_add_bytes(text, data, size * n);
	return size * n;
}

struct curl_slist *client_headers(const struct client *client,
				  const char *accept)
{
	struct arena *arena = client->options->arena;
	struct curl_slist *list = curl_slist_append(
		NULL, arena_printf(arena, "Accept: %s", accept));

	if (client->token)
		list = curl_slist_append(
			list, arena_printf(arena, "Authorization: Bearer %s",
					   client->token));
	return list;
}

/** What is sent. */
struct api_request {
	const char *method, *path;
	struct client_upload upload; /**< body.at NULL: none */
};

/** One exchange. */
static CURLcode exchange(struct client *client, struct curl_slist *headers,
			 const struct api_request *request,
			 struct http_reply *reply)
{
	const struct view body = request->upload.body;
	CURL *curl = client->curl;
	bool is_get = !strcmp(request->method, "GET");

	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, client->timeout_s);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply->text);
	if (is_get)
		curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	else
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	if (body.at) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)body.len);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.at);
	}
	CURLcode code = curl_easy_perform(curl);

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
	return code;
}

/** The token goes to nobody but the address that was given: no redirects, no
 *  proxy out of the environment for this host itself. */
void client_prepare(struct client *client, const char *path)
{
	const struct options *options = client->options;
	CURL *curl = client->curl;
	size_t len = strlen(options->url);

	while (len && options->url[len - 1] == '/')
		len--;
	curl_easy_reset(curl);
	client->error[0] = '\0';
	curl_easy_setopt(curl, CURLOPT_URL,
			 arena_printf(options->arena, "%.*s%s", (int)len,
				      options->url, path));
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->error);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	/* The name in its certificate is checked by default. */
	curl_easy_setopt(curl, CURLOPT_SSLVERSION,
			 (long)CURL_SSLVERSION_TLSv1_2);
	if (options->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca_file);
}

/** The handshake failed; what to do depends on which part of it. */
static void untrusted(const struct client *client, CURLcode code,
		      const char *reason)
{
	const struct options *options = client->options;

	if (code == CURLE_SSL_CACERT_BADFILE)
		print_problem("%s, from --ca-file or VOLENS_CA_FILE, has no "
			      "certificates in PEM that can be read. The token "
			      "was not sent.",
			      options->ca_file ? options->ca_file
					       : "The system's file");
	else if (strstr(reason, "match"))
		print_problem("the certificate of %s is not trusted: it is for "
			      "another name (%s). The token was not sent. Use "
			      "a name of the certificate in -u or VOLENS_URL.",
			      options->url, reason);
	else
		print_problem("the certificate of %s is not trusted: %s. The "
			      "token was not sent. Name the authority with "
			      "--ca-file or VOLENS_CA_FILE.",
			      options->url, reason);
}

void client_unreachable(const struct client *client, CURLcode code)
{
	const char *reason =
		client->error[0] ? client->error : curl_easy_strerror(code);

	if (code == CURLE_PEER_FAILED_VERIFICATION ||
	    code == CURLE_SSL_CACERT_BADFILE) {
		untrusted(client, code, reason);
		return;
	}
	/* What a listener of https answers to plain HTTP. */
	if (code == CURLE_GOT_NOTHING) {
		print_problem("the relay at %s does not answer in HTTP: %s. If "
			      "it has http { tls = yes }, use https: in -u or "
			      "VOLENS_URL.",
			      client->options->url, reason);
		return;
	}
	print_problem("the relay at %s cannot be reached: %s. Is volensd "
		      "running? Name another address with -u or VOLENS_URL.",
		      client->options->url, reason);
}

static struct curl_slist *body_headers(const struct client *client,
				       const struct client_upload *upload,
				       struct curl_slist *headers)
{
	struct arena *arena = client->options->arena;

	headers = curl_slist_append(
		headers, arena_printf(arena, "Content-Type: %s", upload->type));
	if (upload->key)
		headers = curl_slist_append(
			headers, arena_printf(arena, "Idempotency-Key: %s",
					      upload->key));
	return headers;
}

/** Outside of the relay's home-domains a call pays for what it causes: two
 *  bytes of questions leave for each that came.  These are enough for one with
 *  its document, and for another copy of it. */
#define PADDING_BYTES 2560

static bool send_request(struct client *client,
			 const struct api_request *request,
			 struct http_reply *reply)
{
	struct curl_slist *headers;

	client_prepare(client, request->path);
	headers = client_headers(client, "application/json, */*;q=0.5");
	if (request->upload.body.at)
		headers = body_headers(client, &request->upload, headers);
	if (request->upload.asks)
		headers = curl_slist_append(headers,
					    arena_printf(client->options->arena,
							 "Padding: %0*d",
							 PADDING_BYTES, 0));
	CURLcode code = exchange(client, headers, request, reply);

	curl_slist_free_all(headers);
	if (code)
		client_unreachable(client, code);
	return !code;
}

static void json_read(struct http_reply *reply)
{
	if (reply->text.len)
		reply->json =
			json_loadb(reply->text.at, reply->text.len, 0, NULL);
}

/** Success, with a body that should be JSON and is not: part of a response is
 *  none.  (Metrics are text, and begin with a comment.) */
static bool is_garbled(const struct http_reply *reply)
{
	return reply->status != 204 && !json_is_object(reply->json) &&
	       (!reply->text.len || reply->text.at[0] != '#');
}

/** "sip:a, sip:b" of those whose permission is missing; or NULL. */
static const char *missing_text(struct arena *arena, const json_t *problem)
{
	const json_t *missing = json_object_get(problem, "missing"), *uri;
	const char *all = NULL;
	size_t i;

	json_array_foreach(missing, i, uri)
	{
		const char *one = print_safe(
			arena,
			json_is_string(uri) ? json_string_value(uri) : "?");

		all = all ? arena_printf(arena, "%s, %s", all, one) : one;
	}
	return all;
}

/** Of entries[1].uri the second address on the command line. */
static const char *word_of_field(const struct options *options,
				 const char *field)
{
	const struct view head = VIEW("entries[");
	struct view rest = view_of(field);
	uint64_t i;
	size_t end;

	if (!view_starts_nocase(rest, head))
		return field;
	rest = view_from(rest, head.len);
	end = view_find(rest, ']', 0);
	if (end == SIZE_MAX || options->n_words < 2 ||
	    view_to_u64(view_head(rest, end), INT_MAX, &i) ||
	    i + 1 >= (uint64_t)options->n_words)
		return field;
	return print_safe(options->arena, options->words[i + 1]);
}

void client_refused(const struct client *client, const struct http_reply *reply)
{
	struct arena *arena = client->options->arena;
	const char *detail =
		member_text(arena, reply->json, "detail", "It gave no reason.");
	const char *field = member_text(arena, reply->json, "field", NULL);
	const char *missing = missing_text(arena, reply->json);

	if (reply->status == 401)
		print_problem("the relay does not know the token in %s. Name "
			      "the right token file with -t or "
			      "VOLENS_TOKEN_FILE.",
			      client->options->token_file);
	else if (missing)
		print_problem("%s Missing: %s", detail, missing);
	else if (field)
		print_problem("the relay refused \"%s\": %s",
			      word_of_field(client->options, field), detail);
	else if (reply->status / 100 == 2)
		print_problem("the response of %s (HTTP status %ld) is not a "
			      "complete JSON object; it is not shown.",
			      client->options->url, reply->status);
	else if (!json_is_object(reply->json))
		print_problem(
			"the server at %s (HTTP status %ld) is not volensd. "
			"Name its address with -u or VOLENS_URL.",
			client->options->url, reply->status);
	else
		print_problem("%s", detail);
}

/** @p request: but for its body, a JSON object, reference taken. */
static bool json_call(struct client *client, struct api_request *request,
		      json_t *body, struct http_reply *ret)
{
	struct http_reply reply = {0};
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	bool is_sent = false;

	request->upload.body = text ? view_of(text) : VIEW_NONE;
	request->upload.type = JSON_TYPE;
	if (body && !text)
		print_problem("the arguments are not UTF-8.");
	else if (client->curl && client_authorize(client))
		is_sent = send_request(client, request, &reply);
	json_decref(body);
	if (text)
		explicit_bzero(text, strlen(text)); /* may hold a password */
	free(text);
	if (!is_sent) {
		reply_clear(&reply);
		return false;
	}
	json_read(&reply);
	if (reply.status / 100 != 2 || is_garbled(&reply)) {
		client_refused(client, &reply);
		reply_clear(&reply);
		return false;
	}
	*ret = reply;
	return true;
}

bool client_call(struct client *client, const char *method, const char *path,
		 json_t *body, struct http_reply *ret)
{
	struct api_request request = {.method = method, .path = path};

	return json_call(client, &request, body, ret);
}

bool client_ask(struct client *client, const char *method, const char *path,
		json_t *body, struct http_reply *ret)
{
	struct api_request request = {
		.method = method, .path = path, .upload.asks = true};

	return json_call(client, &request, body, ret);
}

bool client_look(struct client *client, const char *path,
		 struct http_reply *ret)
{
	const struct api_request request = {.method = "GET", .path = path};
	struct http_reply reply = {0};

	if (!client->curl || !send_request(client, &request, &reply)) {
		reply_clear(&reply);
		return false;
	}
	json_read(&reply);
	*ret = reply;
	return true;
}

void client_be_patient(struct client *client)
{
	client->timeout_s = PATIENT_S;
}

bool client_upload(struct client *client, const char *path,
		   const struct client_upload *upload, struct http_reply *ret)
{
	const struct api_request request = {"POST", path, *upload};
	struct http_reply reply = {0};

	if (!client->curl || !client_authorize(client) ||
	    !send_request(client, &request, &reply)) {
		reply_clear(&reply);
		return false;
	}
	json_read(&reply);
	*ret = reply;
	if (reply.status == 422 &&
	    json_is_array(json_object_get(reply.json, "errors")))
		return true;
	if (reply.status / 100 == 2 && !is_garbled(&reply))
		return true;
	client_refused(client, &reply);
	reply_clear(ret);
	return false;
}
