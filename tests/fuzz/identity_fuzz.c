/* P-Asserted-Identity, P-Preferred-Identity and Privacy, as header lines of one
 * request: what counts of them, what is told to others, what is refused. */
#include "policies/privacy.h"
#include "server/base/text.h"
#include "server/edge/asserted.h"

#include "tests/fuzz/fuzz.h"

static const char *const users[] = {"example.com", "tel:+1"};
static const struct trust_domain core = {.name = "core",
					 .users = users,
					 .n_users = 2,
					 .tell = TRUST_TELL_YES,
					 .is_believed = true};
static struct message message, again;

/* One value, and one whose key is that of what was read before. */
static void claim_value(struct arena *arena, const char *text, const char *key)
{
	struct name_addr name;
	const char *other;
	struct uri uri;

	FUZZ_CLAIM(!view_has_control(view_of(text)));
	FUZZ_CLAIM(!name_addr_parse(view_of(text), &name));
	FUZZ_CLAIM(!name.params.len);
	FUZZ_CLAIM(!uri_parse(name.uri, &uri));
	FUZZ_CLAIM(uri.scheme != URI_OTHER && !uri.headers.len &&
		   !uri.password.len);
	FUZZ_CLAIM(!uri_key_of(arena, &uri, &other));
	FUZZ_CLAIM(!strcmp(key, other));
}

static bool is_tel(const char *key)
{
	return view_starts_nocase(view_of(key), VIEW("tel:"));
}

/* What is written to others reads as what was read. */
static void claim_written(struct arena *arena, const struct asserted *first)
{
	struct asserted second;
	struct text text;

	text_init(&text, arena);
	text_add(&text, "MESSAGE sip:x SIP/2.0\r\n");
	for (size_t i = 0; first->text[i]; i++)
		text_add_header(&text, VIEW("P-Asserted-Identity"),
				view_of(first->text[i]));
	text_add(&text, "\r\n");
	message_read(&again, text_view(&text));
	FUZZ_CLAIM(asserted_is_sound(&again));
	asserted_read(
		&(struct asserted_source){.message = &again, .from = &core},
		arena, &second);
	for (size_t i = 0; i < 2; i++)
		FUZZ_CLAIM(view_equal(view_of(first->sender.aor[i]),
				      view_of(second.sender.aor[i])));
	FUZZ_CLAIM(first->vouched == second.vouched);
}

static void claim_asserted(struct arena *arena)
{
	struct asserted asserted;
	size_t n = 0;

	asserted_read(
		&(struct asserted_source){.message = &message, .from = &core},
		arena, &asserted);
	for (; n < 2 && asserted.text[n]; n++)
		claim_value(arena, asserted.text[n], asserted.sender.aor[n]);
	FUZZ_CLAIM(!asserted.text[2]);
	FUZZ_CLAIM((n > 0) == (asserted.sender.method == IDENTITY_ASSERTED));
	if (n == 2)
		FUZZ_CLAIM(is_tel(asserted.sender.aor[0]) !=
			   is_tel(asserted.sender.aor[1]));
	claim_written(arena, &asserted);
}

static void claim_privacy(struct view value)
{
	unsigned bits = 0, sum = 0, bit;
	struct view rest = value, name;
	size_t n = 0;

	if (privacy_parse(value, &bits))
		return;
	for (; privacy_next(&rest, &name, &bit); n++)
		sum |= bit;
	FUZZ_CLAIM(n && n <= PRIVACY_VALUES_MAX && sum == bits);
	FUZZ_CLAIM(!(bits & PRIVACY_NONE) || bits == PRIVACY_NONE);
	FUZZ_CLAIM(bits != PRIVACY_CRITICAL);
	FUZZ_CLAIM(privacy_left(bits, privacy_served("MESSAGE")) !=
		   PRIVACY_CRITICAL);
	if (!(bits & PRIVACY_NONE))
		FUZZ_CLAIM(trust_request_out(&(struct trust_departure){
				   .method = "MESSAGE",
				   .privacy = bits,
				   .tells_outside = 1}) ==
			   IDENTITY_OUT_WITHHELD);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena = arena_new(0);
	struct view value;
	struct text text;
	size_t line = 0;

	text_init(&text, arena);
	text_add(&text, "MESSAGE sip:x SIP/2.0\r\n");
	text_add_bytes(&text, (const char *)at, len);
	text_add(&text, "\r\n\r\n");
	message_read(&message, text_view(&text));
	claim_asserted(arena);
	while (message_next(&message, FIELD_PRIVACY, &line, &value))
		claim_privacy(value);
	claim_privacy((struct view){(const char *)at, len});
	arena_free(arena);
	return 0;
}
