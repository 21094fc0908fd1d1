/*
 * What the two domains' parties are sent and answered: it is noted, tokens are
 * kept, and people answer.
 */
#include "tests/props/domains.h"

#define WATCHED_MS (900 * INT64_C(1000))

struct world domains_world;

const char *const domains_names[SIDES] = {FIXTURE_DOMAIN, "other.example"};
const char *const domains_owners[OWNERS] = {
	"sip:nora@example.com", "sip:olga@example.com", "sip:paul@example.com"};
const char *const domains_people[PEOPLE] = {
	"sip:omar@example.org", "sip:pia@example.org", "sip:rita@example.net"};

struct store *world_store(void)
{
	return fake_writer_store(domains_world.fixture.writer);
}

/* ---- notes ------------------------------------------------------------ */

/** Tokens, tags and Call-IDs are random; they are the long hex numbers. */
static const char *blot(struct view from)
{
	static const char hex[] = "0123456789abcdef";
	struct text to;

	text_init(&to, domains_world.arena);
	for (size_t i = 0; i < from.len;) {
		size_t n = 0;

		while (i + n < from.len && from.at[i + n] &&
		       strchr(hex, from.at[i + n]))
			n++;
		if (n >= 16)
			text_add(&to, "#");
		else
			text_add_bytes(&to, from.at + i, n ? n : 1);
		i += n ? n : 1;
	}
	return to.at;
}

void side_note(const struct side *side, const char *text)
{
	if (side->number != domains_world.looked_at)
		return;
	if (domains_world.n_notes == domains_world.room) {
		domains_world.room =
			domains_world.room ? 2 * domains_world.room : 256;
		domains_world.notes = mem_resize(
			domains_world.notes,
			domains_world.room * sizeof(*domains_world.notes));
	}
	domains_world.notes[domains_world.n_notes++] =
		(struct note){loop_now_ms(domains_world.fixture.loop), text};
}

/* What happens in one instant has no order. */
int note_compare(const void *a, const void *b)
{
	const struct note *one = a, *other = b;

	if (one->at_ms != other->at_ms)
		return one->at_ms < other->at_ms ? -1 : 1;
	return strcmp(one->text, other->text);
}

/** The fake's own lines have one name for all. */
static struct view without_via(const struct text *message)
{
	struct view all = text_view(message);
	size_t via = view_find_view(all, VIEW("\r\nVia: "), 0);
	size_t end = via == SIZE_MAX
			     ? 0
			     : view_find_view(all, VIEW("\r\n"), via + 2);

	return view_from(all, end);
}

static bool names(struct view message, unsigned side)
{
	return view_find_view(message, view_of(domains_names[side]), 0) !=
	       SIZE_MAX;
}

/* ---- what people get -------------------------------------------------- */

static bool find_token(struct view message, enum token_kind kind,
		       struct token *ret)
{
	char head[] = "sip:x-";
	enum token_kind found;
	size_t at;

	head[4] = token_letter(kind);
	at = view_find_view(message, view_of(head), 0);
	if (at == SIZE_MAX)
		return false;
	message = view_from(message, at + strlen("sip:"));
	message = view_head(message, view_find(message, '@', 0));
	return token_parse(message, &found, ret) == ERR_OK;
}

/** In an order that does not depend on the other side. */
static void keep(struct side *side, const char *who, struct view message,
		 const char *text)
{
	for (int kind = 0; kind < TOKEN_KINDS; kind++) {
		struct kept kept = {
			.note = {loop_now_ms(domains_world.fixture.loop), text},
			.who = arena_strdup(domains_world.arena, who),
			.kind = (enum token_kind)kind};
		size_t at = side->n_kept;

		if (!find_token(message, kept.kind, &kept.token))
			continue;
		if (at == KEPT_MOST)
			err_fatal("too many consent URIs");
		while (at > 0 &&
		       note_compare(&side->kept[at - 1].note, &kept.note) > 0) {
			side->kept[at] = side->kept[at - 1];
			at--;
		}
		side->kept[at] = kept;
		side->n_kept++;
	}
}

static unsigned person_of(const char *uri)
{
	for (unsigned i = 0; i < PEOPLE; i++)
		if (strcmp(uri, domains_people[i]) == 0)
			return i;
	return PEOPLE;
}

static void answer(const struct side *side, struct sent *sent, bool is_question)
{
	static const int to_questions[] = {200, 200, 200, 480, 404, 603};
	static const int to_messages[] = {200, 200, 603};
	unsigned dice = (unsigned)(side->mood >> (8 * person_of(sent->uri)));

	dice &= 0xff;
	if (sent->leg)
		fake_edge_answer(sent,
				 is_question ? to_questions[dice % 6]
					     : to_messages[dice % 3],
				 0);
}

static void see_leg(struct sent *sent)
{
	struct view message = without_via(&sent->message);
	bool is_seconds = names(message, 1);
	struct side *side = &domains_world.sides[is_seconds];
	bool is_question =
		view_find_view(message, VIEW("auth-policy"), 0) != SIZE_MAX;
	const char *text = blot(message);

	must(&domains_world.prng, !names(message, 0) == is_seconds,
	     "what is sent names one domain");
	keep(side, sent->uri, message, text);
	side_note(side, text);
	if (side->number == domains_world.looked_at)
		domains_world.n_questions += is_question;
	else
		domains_world.n_others++;
	answer(side, sent, is_question);
}

static bool see_new(void)
{
	bool is_any = false;

	for (struct sent *it = domains_world.fixture.edge.sent; it;
	     it = it->next) {
		if (it->is_seen)
			continue;
		it->is_seen = 1;
		is_any = true;
		see_leg(it);
	}
	return is_any;
}

void world_settle(void)
{
	do
		fixture_settle(&domains_world.fixture);
	while (see_new());
}

void side_see_answer(struct side *side, const char *who)
{
	unsigned n = 0;

	world_settle();
	for (struct answered *it = domains_world.fixture.edge.answered; it;
	     it = it->next) {
		struct view message = text_view(&it->message);
		const char *text;

		if (it->is_seen)
			continue;
		it->is_seen = 1;
		n++;
		text = blot(message);
		must(&domains_world.prng, !names(message, !side->number),
		     "no answer names the other domain");
		keep(side, who, message, text);
		side_note(side, text);
	}
	must(&domains_world.prng, n == 1, "a request has one answer");
}

void world_pass(int64_t ms)
{
	int64_t until_ms = loop_now_ms(domains_world.fixture.loop) + ms;

	/* To look once a minute takes its time: days pass at once. */
	if (ms > WATCHED_MS) {
		fake_loop_move(domains_world.fixture.loop,
			       until_ms - WATCHED_MS);
		world_settle();
	}
	for (;;) {
		int64_t now_ms = loop_now_ms(domains_world.fixture.loop);
		int64_t next_ms = fake_loop_next_ms(domains_world.fixture.loop);

		if (next_ms < now_ms)
			next_ms = next_ms < 0 ? until_ms : now_ms;
		if (next_ms >= until_ms)
			break;
		fixture_advance(&domains_world.fixture, next_ms - now_ms);
		world_settle();
	}
	fixture_advance(&domains_world.fixture,
			until_ms - loop_now_ms(domains_world.fixture.loop));
	world_settle();
}
