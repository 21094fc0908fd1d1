/* URIs, their keys and Request-URIs, and header values with a URI in them. */
#include "server/base/uri.h"

#include "tests/fuzz/fuzz.h"

/* So is the person of a person, and the number is that of both. */
static void claim_person(const char *key)
{
	char person[URI_KEY_ROOM], again[URI_KEY_ROOM], number[URI_KEY_ROOM];

	if (!uri_key_person(key, person))
		return;
	FUZZ_CLAIM(!uri_key_person(person, again));
	FUZZ_CLAIM(uri_keys_name_one(key, person));
	FUZZ_CLAIM(uri_key_number(key, number) ==
		   uri_key_number(person, again));
}

/* The key of a key is that key, and it is a URI without anything hostile. */
static void claim_key(struct arena *arena, struct view text)
{
	const char *key, *again;
	struct view domain;
	struct uri uri;

	if (uri_key(arena, text, &key))
		return;
	FUZZ_CLAIM(!uri_parse(text, &uri));
	FUZZ_CLAIM(!uri_key_of(arena, &uri, &again));
	FUZZ_CLAIM(!strcmp(key, again));
	FUZZ_CLAIM(!view_has_control(view_of(key)));
	FUZZ_CLAIM(!uri_key(arena, view_of(key), &again));
	FUZZ_CLAIM(!strcmp(key, again));
	claim_person(key);
	FUZZ_CLAIM(!uri_recipient_key(arena, &uri, &key));
	claim_person(key);
	FUZZ_CLAIM(!uri_parse(view_of(key), &uri));
	FUZZ_CLAIM(!uri_recipient_key(arena, &uri, &again));
	FUZZ_CLAIM(!strcmp(key, again));
	domain = uri_key_domain(key);
	FUZZ_CLAIM(domain.len || !strncmp(key, "tel:", 4));
}

/* What a leg is sent to names the same resource, without method and headers. */
static void claim_request(struct arena *arena, struct view text,
			  const struct uri *uri)
{
	const char *key, *request_key;
	struct uri request;
	struct view value;
	char *written = uri_request(arena, uri, text);

	FUZZ_CLAIM(!uri_parse(view_of(written), &request));
	FUZZ_CLAIM(request.scheme == uri->scheme);
	FUZZ_CLAIM(!request.headers.len);
	FUZZ_CLAIM(!uri_param(&request, "method", &value));
	if (uri_key(arena, text, &key))
		return;
	FUZZ_CLAIM(!uri_key(arena, view_of(written), &request_key));
	FUZZ_CLAIM(!strcmp(key, request_key));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct view text = {(const char *)at, len};
	const struct uri_rules closed = {.allow_private = false};
	const struct uri_rules open = {true, true, "MESSAGE", false};
	struct arena *arena = arena_new(0);
	struct name_addr found;
	struct uri uri;

	if (!uri_parse(text, &uri)) {
		FUZZ_CLAIM(len <= URI_MAX_LEN);
		claim_request(arena, text, &uri);
		if (!uri_check_sendable(&uri, &closed))
			FUZZ_CLAIM(!uri_check_sendable(&uri, &open));
	}
	claim_key(arena, text);
	if (!name_addr_parse(text, &found)) {
		FUZZ_CLAIM(found.uri.len);
		claim_key(arena, found.uri);
	}
	arena_free(arena);
	return 0;
}
