#include "server/session/session_private.h"

#include "server/base/sdp.h"

#define TEXT_ROOM 448 /* bytes of a description, mostly */

static struct session_ours *ours_new(void)
{
	struct arena *arena =
		arena_new_tight(sizeof(struct session_ours) + TEXT_ROOM + 64);
	struct session_ours *ours = arena_alloc(arena, sizeof(*ours));

	ours->arena = arena;
	return ours;
}

void session_ours_free(struct session_ours *ours)
{
	if (ours)
		arena_free(ours->arena);
}

const struct session_ours *session_ours_of(const struct session_fork *fork)
{
	return fork->ours ? fork->ours : fork->session->offer;
}

static const struct session_ours *last_of(const struct session_fork *fork)
{
	return fork ? session_ours_of(fork) : NULL;
}

/* The version of our last description: a next one counts on from it. */
static struct media_end end_of(const struct session *session,
			       const struct session_ours *last)
{
	struct media_end end = session->local;

	if (last)
		end.version = last->draft.sdp.origin.version;
	return end;
}

static void write_ours(struct session_ours *ours,
		       const struct session_ours *last)
{
	struct text text;

	text_init(&text, ours->arena);
	text_reserve(&text, TEXT_ROOM);
	sdp_write_next(&ours->draft.sdp, last ? last->text : VIEW_NONE, &text);
	ours->text = text_view(&text);
}

/* A draft points into what it follows, so that is read again from its text. */
struct session_ours *session_offer(struct session *session,
				   const struct session_fork *fork)
{
	const struct session_ours *last = last_of(fork);
	struct media_end end = end_of(session, last);
	static const struct media_session none;
	struct session_ours *ours = ours_new();
	struct sdp before;
	bool has_last =
		last &&
		sdp_read(ours->arena,
			 (struct view){arena_copy(ours->arena, last->text.at,
						  last->text.len),
				       last->text.len},
			 &before) == ERR_OK;

	media_offer(has_last ? &before : NULL, session->rules, &end,
		    fork ? &fork->media : &none, &ours->draft);
	write_ours(ours, last);
	return ours;
}

static enum media_verdict answer(const struct session_fork *fork,
				 struct view theirs, struct session_ours *ours)
{
	struct media_end end = end_of(fork->session, session_ours_of(fork));
	enum media_verdict verdict;
	struct sdp offer;

	theirs.at = arena_copy(ours->arena, theirs.at, theirs.len);
	verdict = media_readable(sdp_read(ours->arena, theirs, &offer));
	if (verdict)
		return verdict;
	return media_answer(&offer, fork->session->rules, &end, &fork->media,
			    &ours->draft);
}

struct session_ours *session_answer(const struct session_fork *fork,
				    struct view theirs,
				    struct media_refusal *ret_refusal)
{
	struct session_ours *ours = ours_new();
	enum media_verdict verdict = answer(fork, theirs, ours);

	if (verdict) {
		*ret_refusal = media_refusal(verdict);
		session_ours_free(ours);
		return NULL;
	}
	write_ours(ours, session_ours_of(fork));
	return ours;
}

void session_ours_take(struct session_fork *fork, struct session_ours *ours)
{
	session_ours_free(fork->ours);
	fork->ours = ours;
}

struct content session_content(const struct session_ours *ours)
{
	return ours ? (struct content){VIEW("Content-Type: "
					    "application/sdp\r\n"),
				       ours->text}
		    : (struct content){VIEW_NONE, VIEW_NONE};
}

bool session_take_answer(struct session_fork *fork, struct view theirs)
{
	const struct session_ours *ours = session_ours_of(fork);
	struct arena *arena = arena_new(0);
	struct media_session media;
	struct sdp sdp;
	bool is_fine = ours && sdp_read(arena, theirs, &sdp) == ERR_OK &&
		       media_answered(&ours->draft, &sdp, fork->session->rules,
				      &media) == MEDIA_OK;

	if (is_fine) {
		fork->media = media;
		fork->is_agreed = true;
	}
	arena_free(arena);
	return is_fine;
}
