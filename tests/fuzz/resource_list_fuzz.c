/* Recipient lists: read, flattened, made into a history list and packed; and
 * what the journal gives back when its bytes are not ours. */
#include "server/message/envelope.h"
#include "server/message/stored_recipients.h"

#include "tests/fuzz/fuzz.h"

#define MOST 50
#define DOMAIN "relay.example.com"

static const struct uri_rules rules = {.allow_private = false};

static enum err add(void *arg, const struct resource_list_entry *entry)
{
	return recipients_add(arg, entry);
}

static const char *const services[] = {"lists"};
static const struct ours ours = {
	.domain = DOMAIN, .services = services, .n_services = 1};

static enum err read_list(struct arena *arena, struct view document,
			  struct recipients *ret)
{
	struct resource_list list = {
		.limits = {65536, 5000, 32}, .entry = add, .arg = ret};
	enum err err;

	*ret = (struct recipients){
		.arena = arena, .rules = &rules, .ours = &ours, .most = MOST};
	recipients_init(ret);
	err = resource_list_read(&list, document);
	if (err)
		FUZZ_CLAIM(list.problem || ret->problem);
	return err;
}

static void claim_recipients(const struct recipients *set)
{
	FUZZ_CLAIM(set->n <= MOST);
	for (size_t i = 0; i < set->n; i++) {
		const struct recipient *it = &set->at[i];
		struct uri uri;

		FUZZ_CLAIM(!uri_parse(view_of(it->uri), &uri));
		FUZZ_CLAIM(!uri_check_sendable(&uri, &rules));
		FUZZ_CLAIM(!uri.headers.len);
		FUZZ_CLAIM(!ours_has(&ours, &uri));
		FUZZ_CLAIM(!view_has_control(view_of(it->uri)));
		for (size_t other = 0; other < i; other++)
			FUZZ_CLAIM(strcmp(it->key, set->at[other].key));
	}
}

/* Nobody else is in the history than those who may be, and it reads again. */
static void claim_history(struct arena *arena, const struct recipients *set)
{
	struct resource_list_name names[MOST];
	size_t n_named = 0, n_hidden[COPY_TO + 1] = {0};
	struct recipients again;
	struct text history;

	for (size_t i = 0; i < set->n; i++) {
		names[i] = (struct resource_list_name){set->at[i].name,
						       set->at[i].copy,
						       set->at[i].is_anonymous};
		if (names[i].copy == COPY_BCC)
			continue;
		n_named += !names[i].is_anonymous;
		n_hidden[names[i].copy] += names[i].is_anonymous;
	}
	text_init(&history, arena);
	if (!resource_list_write_history(names, set->n, &history)) {
		FUZZ_CLAIM(n_named + n_hidden[COPY_TO] + n_hidden[COPY_CC] ==
			   0);
		return;
	}
	FUZZ_CLAIM(!read_list(arena, text_view(&history), &again));
	/* The anonymous are one recipient at the most, in whatever role. */
	FUZZ_CLAIM(again.n >= n_named && again.n <= n_named + 1);
}

static void claim_packed(struct arena *arena, const struct recipients *set)
{
	struct stored_recipient *stored, *told;
	size_t n, len = stored_recipients_packed_len(set);
	struct view bytes;

	told = arena_array(arena, set->n + 1, sizeof(*told));
	bytes = stored_recipients_pack(set, len, arena, told);
	FUZZ_CLAIM(bytes.len <= len);
	FUZZ_CLAIM(!stored_recipients_unpack(bytes, arena, &stored, &n));
	FUZZ_CLAIM(n == set->n);
	for (size_t i = 0; i < n; i++) {
		FUZZ_CLAIM(!strcmp(stored[i].uri, set->at[i].uri));
		FUZZ_CLAIM(!strcmp(stored[i].key, set->at[i].key));
		FUZZ_CLAIM(told[i].uri == stored[i].uri &&
			   told[i].key == stored[i].key);
	}
}

static bool is_in_place(struct view a, struct view b)
{
	return a.at == b.at && a.len == b.len;
}

static bool is_same(const struct envelope *a, const struct envelope *b)
{
	return !memcmp(a->id, b->id, sizeof(a->id)) && a->method == b->method &&
	       a->target == b->target && a->from == b->from &&
	       a->from_tag == b->from_tag &&
	       a->max_forwards == b->max_forwards &&
	       a->breadth.window == b->breadth.window &&
	       a->breadth.share == b->breadth.share &&
	       a->privacy == b->privacy && a->list == b->list &&
	       a->sender.method == b->sender.method &&
	       a->sender.aor[0] == b->sender.aor[0] &&
	       a->sender.aor[1] == b->sender.aor[1] &&
	       is_in_place(a->headers, b->headers) &&
	       is_in_place(a->asserted, b->asserted) &&
	       is_in_place(a->content.lines, b->content.lines) &&
	       is_in_place(a->content.body, b->content.body) &&
	       is_in_place(a->small.lines, b->small.lines) &&
	       is_in_place(a->small.body, b->small.body);
}

/* What can be read from bytes of anybody packs to something as good. */
static void claim_unpacked(struct arena *arena, struct view bytes)
{
	struct envelope envelope, again, told;
	struct stored_recipient *stored;
	size_t n;

	if (!stored_recipients_unpack(bytes, arena, &stored, &n))
		for (size_t i = 0; i < n; i++)
			FUZZ_CLAIM(stored[i].uri && stored[i].key);
	if (envelope_unpack(bytes, &envelope))
		return;
	bytes = envelope_pack(&envelope, envelope_packed_len(&envelope), arena,
			      &told);
	FUZZ_CLAIM(!envelope_unpack(bytes, &again));
	FUZZ_CLAIM(is_same(&told, &again));
	FUZZ_CLAIM(view_equal(envelope.content.body, again.content.body));
	FUZZ_CLAIM(!strcmp(envelope.from, again.from));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct view input = {(const char *)at, len};
	struct arena *arena = arena_new(0);
	struct recipients set;

	if (!read_list(arena, input, &set)) {
		claim_recipients(&set);
		claim_history(arena, &set);
		claim_packed(arena, &set);
	}
	claim_unpacked(arena, input);
	arena_free(arena);
	return 0;
}
