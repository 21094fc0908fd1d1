/* Replies by PUBLISH (RFC 5360 section 5.6, RFC 3903): an outcome as a
 * response.
 */
#include "server/consent/consents_private.h"
#include "server/consent/reply_outcome.h"

/** What is told of a grant that never ends: a PUBLISH client wants a number. */
#define NEVER_S (365 * INT64_C(86400))

/** A PUBLISH that waits for its outcome; in the request's arena. */
struct publish {
	struct consents *consents;
	struct request *request;
};

static void respond(const struct publish *publish, int status,
		    const struct header *headers, size_t n_headers)
{
	struct response response = {
		.status = status,
		.headers = headers,
		.n_headers = n_headers,
	};

	edge_respond(publish->consents->settings.edge, publish->request,
		     &response);
}

static void respond_busy(const struct publish *publish)
{
	char *seconds = arena_printf(publish->request->arena, "%d",
				     limits_retry_after_s(OVERLOAD_WRITER));
	const struct header retry = {VIEW("Retry-After"), view_of(seconds)};

	respond(publish, 503, &retry, 1);
}

/**
 * What Expires says: the time to the next refresh, but never more than was
 * asked for (RFC 3903 section 6).  The permission itself is not cut short.
 */
static int64_t expires_told(const struct publish *publish,
			    const struct reply_result *result)
{
	int64_t term_s = result->outcome == REPLY_GRANTED ? result->row->term_s
							  : TERM_DEFAULT;
	int64_t lives_s =
		term_end(term_s, publish->consents->settings.refresh_s, 0);
	int64_t expires_s = lives_s ? lives_s : NEVER_S;
	int asked_s = publish->request->expires_s;

	return asked_s >= 0 && asked_s < expires_s ? asked_s : expires_s;
}

/** A trigger publishes nothing, but its 200 has a tag like the others. */
static const char *tag_told(const struct reply_result *result,
			    struct arena *arena)
{
	struct token token = token_random();

	if (result->outcome == REPLY_GRANTED || result->outcome == REPLY_DENIED)
		return result->row->etag;
	return hex_copy(arena, token.bytes, TOKEN_LEN);
}

static void respond_ok(const struct publish *publish,
		       const struct reply_result *result)
{
	struct arena *arena = publish->request->arena;
	const char *expires = arena_printf(
		arena, "%lld", (long long)expires_told(publish, result));
	const struct header headers[] = {
		{VIEW("SIP-ETag"), view_of(tag_told(result, arena))},
		{VIEW("Expires"), view_of(expires)},
	};

	respond(publish, 200, headers, 2);
}

/** RFC 3261 section 20.43, for the person: which deny it is. */
static void respond_opposed(const struct publish *publish,
			    const struct permission *wider)
{
	const struct consents_settings *settings = &publish->consents->settings;
	const char *text = arena_printf(
		publish->request->arena,
		"399 %s \"%s deny for %s through %s stands, so this grant "
		"would have no effect\"",
		publish->request->domain ? publish->request->domain
					 : settings->domain,
		wider->origin == ORIGIN_RECIPIENT ? "Your own"
						  : "The operator's",
		wider->sender, wider->target);
	const struct header warning = {VIEW("Warning"), view_of(text)};
	const struct response response = {.status = 403,
					  .reason = "A Wider Deny Stands",
					  .headers = &warning,
					  .n_headers = 1};

	edge_respond(settings->edge, publish->request, &response);
}

static void publish_done(void *arg, const struct reply_result *result)
{
	const struct publish *publish = arg;
	int status = reply_outcome_status(result->outcome);

	if (result->err == ERR_SHUTDOWN)
		; /* there is nobody to respond by */
	else if (result->err)
		respond_busy(publish);
	else if (status == 200)
		respond_ok(publish, result);
	else if (result->outcome == REPLY_OPPOSED)
		respond_opposed(publish, result->wider);
	else
		respond(publish, status, NULL, 0);
	request_free(publish->request);
}

void consent_receive(struct consents *consents, struct request *request)
{
	struct publish *publish = arena_alloc(request->arena, sizeof(*publish));
	struct consent_reply reply = {.kind = request->token_kind,
				      .bytes = request->bytes.len,
				      .token = request->token,
				      .sender = &request->sender,
				      .vouched = request->vouched,
				      .over_tls = request->is_secure,
				      .expires_s = request->expires_s,
				      .domain = request->domain,
				      .door = DENY_BY_PUBLISH,
				      .if_match = request->if_match,
				      .id = request->id,
				      .call_id = request->call_id,
				      .source = request->source};

	memcpy(reply.address, request->address, sizeof(reply.address));
	*publish = (struct publish){consents, request};
	if (consents_decide(consents, &reply, publish_done, publish))
		return;
	respond_busy(publish);
	request_free(request);
}
