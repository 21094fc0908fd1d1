#include "server/message/envelope.h"

#include <endian.h>

#include "policies/privacy.h"
#include "server/base/date.h"
#include "server/base/random.h"
#include "server/base/siphash.h"
#include "server/list/assertion.h"
#include "server/message/cpim.h"
#include "server/base/pack.h"

#define ENVELOPE_VERSION 2
#define ENVELOPE_VERSION_NO_LIST 1 /**< still read */
#define ANONYMOUS "\"Anonymous\" <sip:anonymous@anonymous.invalid>"
#define FROM_TAG_LEN 8 /**< bytes */

/* RFC 5365 section 7.2 and the table of a B2BUA: what a leg takes over. */
static struct view make_headers(const struct request *request)
{
	bool has_date = false;
	struct text lines;

	text_init(&lines, request->arena);
	for (size_t i = 0; i < request->n_headers; i++) {
		const struct header *it = &request->headers[i];

		if (privacy_drops_header(request->privacy, it->name) ||
		    view_equal_nocase(it->name, VIEW("Privacy")) ||
		    view_has_control(it->value))
			continue;
		has_date |= view_equal_nocase(it->name, VIEW("Date"));
		text_add_header(&lines, it->name, it->value);
	}
	assertion_add_privacy(request, &lines);
	/* RFC 3428 section 4: Expires is read against Date. */
	if (request->expires_s >= 0 && !has_date) {
		text_add(&lines, "Date: ");
		date_add(&lines, request->received_at);
		text_add(&lines, "\r\n");
	}
	return text_view(&lines);
}

static struct view make_asserted(const struct request *request)
{
	struct text lines;

	text_init(&lines, request->arena);
	assertion_add(request, &lines);
	return text_view(&lines);
}

void envelope_make(const struct request *request, struct envelope *ret)
{
	char *tag = arena_alloc(request->arena, 2 * FROM_TAG_LEN + 1);
	uint8_t random[FROM_TAG_LEN];

	random_bytes(ret->id, sizeof(ret->id));
	random_bytes(random, sizeof(random));
	hex_encode(random, sizeof(random), tag);
	ret->method = request->method;
	ret->target = request->target_key;
	ret->from = privacy_hides_from(request->privacy) ? ANONYMOUS
							 : request->from;
	ret->from_tag = tag;
	/* RFC 7332 section 5: copied and decremented by a B2BUA too. */
	ret->max_forwards = request->max_forwards - 1;
	ret->privacy = request->privacy;
	ret->sender = request->sender;
	ret->headers = make_headers(request);
	ret->asserted = make_asserted(request);
}

/* What each of them takes beside its own bytes, and the fixed fields. */
#define FIELDS_LEN 128

size_t envelope_packed_len(const struct envelope *envelope)
{
	const struct view fields[] = {view_of(envelope->method),
				      view_of(envelope->target),
				      view_of(envelope->from),
				      view_of(envelope->from_tag),
				      view_of(envelope->sender.aor[0]),
				      view_of(envelope->sender.aor[1]),
				      envelope->headers,
				      envelope->asserted,
				      envelope->content.lines,
				      envelope->content.body,
				      envelope->small.lines,
				      envelope->small.body};
	size_t size = FIELDS_LEN;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		size += fields[i].len;
	return size;
}

/** @return where it lies */
static struct view add_view(struct text *bytes, struct view v)
{
	size_t before = bytes->len;

	pack_view(bytes, v);
	return v.at ? (struct view){bytes->at + before + PACKED_LEN_MIN, v.len}
		    : VIEW_NONE;
}

static const char *add_string(struct text *bytes, const char *string)
{
	return add_view(bytes, view_of(string)).at;
}

static struct content add_content(struct text *bytes,
				  const struct content *content)
{
	struct view lines = add_view(bytes, content->lines);

	return (struct content){lines, add_view(bytes, content->body)};
}

/* The bytes do not move while they are written: there is room for all. */
struct view envelope_pack(const struct envelope *envelope, size_t len,
			  struct arena *arena, struct envelope *ret)
{
	struct envelope it = *envelope;
	struct text bytes;

	text_init(&bytes, arena);
	text_reserve(&bytes, len);
	pack_u8(&bytes, ENVELOPE_VERSION);
	pack_view(&bytes, (struct view){(const char *)envelope->id,
					sizeof(envelope->id)});
	it.method = add_string(&bytes, envelope->method);
	it.target = add_string(&bytes, envelope->target);
	it.from = add_string(&bytes, envelope->from);
	it.from_tag = add_string(&bytes, envelope->from_tag);
	pack_u32(&bytes, (uint32_t)envelope->max_forwards);
	pack_u32(&bytes, (uint32_t)envelope->breadth.window);
	pack_u32(&bytes, (uint32_t)envelope->breadth.share);
	pack_u32(&bytes, envelope->privacy);
	pack_u8(&bytes, (uint8_t)envelope->sender.method);
	it.sender.aor[0] = add_string(&bytes, envelope->sender.aor[0]);
	it.sender.aor[1] = add_string(&bytes, envelope->sender.aor[1]);
	it.headers = add_view(&bytes, envelope->headers);
	it.asserted = add_view(&bytes, envelope->asserted);
	it.content = add_content(&bytes, &envelope->content);
	it.small = add_content(&bytes, &envelope->small);
	pack_u32(&bytes, (uint32_t)((uint64_t)envelope->list >> 32));
	pack_u32(&bytes, (uint32_t)envelope->list);
	*ret = it;
	return text_view(&bytes);
}

/* The bytes are ours, but a disk may lie: what a leg could not do without is
 * looked at once more. */
static enum err check(const struct envelope *envelope)
{
	if (!envelope->method || !envelope->target || !envelope->from ||
	    !envelope->from_tag || envelope->max_forwards < 0 ||
	    envelope->max_forwards > 255 || envelope->breadth.window < 1 ||
	    envelope->breadth.share < 1)
		return ERR_SYNTAX;
	if (envelope->sender.method != IDENTITY_NONE &&
	    !envelope->sender.aor[0])
		return ERR_SYNTAX;
	return ERR_OK;
}

static int64_t unpack_list(struct unpacker *from)
{
	uint64_t high = unpack_u32(from);

	return (int64_t)(high << 32 | unpack_u32(from));
}

enum err envelope_unpack(struct view bytes, struct envelope *ret)
{
	struct unpacker from = {.rest = bytes};
	struct envelope it = {.list = ENVELOPE_LIST_UNKNOWN};
	uint8_t version = unpack_u8(&from);
	struct view id;

	if (version != ENVELOPE_VERSION && version != ENVELOPE_VERSION_NO_LIST)
		return from.is_bad ? ERR_SYNTAX : ERR_UNSUPPORTED;
	id = unpack_view(&from);
	if (id.len != sizeof(it.id))
		return ERR_SYNTAX;
	memcpy(it.id, id.at, sizeof(it.id));
	it.method = unpack_string(&from);
	it.target = unpack_string(&from);
	it.from = unpack_string(&from);
	it.from_tag = unpack_string(&from);
	it.max_forwards = (int)unpack_u32(&from);
	it.breadth.window = unpack_u32(&from);
	it.breadth.share = (int)unpack_u32(&from);
	it.privacy = unpack_u32(&from);
	it.sender.method = (enum identity_method)unpack_u8(&from);
	it.sender.aor[0] = unpack_string(&from);
	it.sender.aor[1] = unpack_string(&from);
	it.headers = unpack_view(&from);
	it.asserted = unpack_view(&from);
	it.content.lines = unpack_view(&from);
	it.content.body = unpack_view(&from);
	it.small.lines = unpack_view(&from);
	it.small.body = unpack_view(&from);
	if (version != ENVELOPE_VERSION_NO_LIST)
		it.list = unpack_list(&from);
	if (unpack_end(&from) || check(&it))
		return ERR_SYNTAX;
	*ret = it;
	return ERR_OK;
}

const struct content *envelope_plain(const struct envelope *envelope)
{
	return envelope->small.body.at ? &envelope->small : &envelope->content;
}

void envelope_template(const struct envelope *envelope, struct arena *arena,
		       struct leg_template *ret)
{
	struct content text = {VIEW_NONE, VIEW_NONE};

	cpim_text(arena, envelope_plain(envelope), &text);
	*ret = (struct leg_template){
		.method = envelope->method,
		.from = envelope->from,
		.from_tag = envelope->from_tag,
		.max_forwards = envelope->max_forwards,
		.headers = envelope->headers,
		.asserted = envelope->asserted,
		.privacy = envelope->privacy,
		.content = envelope->content.lines,
		.body = envelope->content.body,
		.small_content = envelope->small.lines,
		.small_body = envelope->small.body,
		.text_content = text.lines,
		.text_body = text.body,
	};
}

/* A keyed hash of the place, so that nobody tells one leg's from another's. */
void envelope_call_id(const struct envelope *envelope, uint32_t place,
		      char ret[ENVELOPE_CALL_ID_LEN + 1])
{
	uint32_t octets = htole32(place);
	struct hash_key key;
	struct hash128 hash;
	uint64_t words[2];

	_Static_assert(sizeof(key.bytes) == ENVELOPE_ID_LEN, "a key");
	memcpy(key.bytes, envelope->id, sizeof(key.bytes));
	hash = hash_128(&key, &octets, sizeof(octets));
	words[0] = htobe64(hash.a);
	words[1] = htobe64(hash.b);
	hex_encode((const uint8_t *)words, sizeof(words), ret);
}
