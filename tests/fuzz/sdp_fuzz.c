/* Session descriptions, and what is answered to them.  An RS (0x1e) parts an
 * offer from the next one. */
#include "policies/media.h"

#include "tests/fuzz/fuzz.h"

static const enum codec codecs[] = {CODEC_PCMU, CODEC_PCMA, CODEC_EVENT};

static void claim_within(struct view part, struct view body)
{
	FUZZ_CLAIM(!part.len || (part.at >= body.at &&
				 part.at + part.len <= body.at + body.len));
}

static void claim_section(const struct sdp_section *about, struct view body)
{
	claim_within(about->host.text, body);
	FUZZ_CLAIM(about->n_bandwidths <= SDP_BANDWIDTHS_MAX);
	FUZZ_CLAIM(about->n_attributes <= SDP_LINES_MAX);
	for (size_t i = 0; i < about->n_attributes; i++) {
		claim_within(about->attributes[i].name, body);
		claim_within(about->attributes[i].value, body);
	}
}

static void claim_media(const struct sdp_media *media, struct view body)
{
	claim_section(&media->about, body);
	claim_within(media->kind, body);
	claim_within(media->proto, body);
	claim_within(media->host.text, body);
	FUZZ_CLAIM(media->port >= 0 && media->port <= 65535);
	FUZZ_CLAIM(media->n_formats > 0 && media->n_formats <= SDP_FORMATS_MAX);
	FUZZ_CLAIM(!media->port || media->host.kind != SDP_HOST_NONE);
	for (size_t i = 0; i < media->n_formats; i++) {
		claim_within(media->formats[i].text, body);
		claim_within(media->formats[i].encoding, body);
		claim_within(media->formats[i].fmtp, body);
		FUZZ_CLAIM(media->formats[i].payload >= -1 &&
			   media->formats[i].payload <= 127);
	}
}

/* The writer is for unicast on the Internet. */
static bool host_is_writable(const struct sdp_host *host)
{
	return host->kind < SDP_HOST_MULTICAST;
}

static bool is_writable(const struct sdp *sdp)
{
	if (!host_is_writable(&sdp->origin.host) ||
	    !host_is_writable(&sdp->about.host))
		return false;
	for (size_t i = 0; i < sdp->n_media; i++)
		if (!host_is_writable(&sdp->media[i].about.host) ||
		    sdp->media[i].n_ports != 1)
			return false;
	return true;
}

static void claim_alike(const struct sdp_media *a, const struct sdp_media *b)
{
	FUZZ_CLAIM(view_equal(a->kind, b->kind));
	FUZZ_CLAIM(view_equal(a->proto, b->proto));
	FUZZ_CLAIM(a->port == b->port && a->n_formats == b->n_formats);
	for (size_t i = 0; i < a->n_formats; i++)
		FUZZ_CLAIM(a->formats[i].payload == b->formats[i].payload);
	if (!a->port)
		return;
	FUZZ_CLAIM(a->direction == b->direction && a->ptime == b->ptime);
	FUZZ_CLAIM(a->rtcp_port == b->rtcp_port && a->rtcp_mux == b->rtcp_mux);
	FUZZ_CLAIM(view_equal(a->host.text, b->host.text));
}

/* What is written anew says the same. */
static void claim_written(struct arena *arena, const struct sdp *sdp)
{
	struct text text;
	struct sdp back;
	enum err err;

	text_init(&text, arena);
	sdp_write(sdp, &text);
	err = sdp_read(arena, text_view(&text), &back);
	if (err == ERR_TOO_LARGE) /* by the directions that were not said */
		return;
	FUZZ_CLAIM(!err && back.n_media == sdp->n_media);
	FUZZ_CLAIM(back.origin.version == sdp->origin.version);
	for (size_t i = 0; i < sdp->n_media; i++)
		claim_alike(&sdp->media[i], &back.media[i]);
}

static void claim_answer(struct arena *arena, const struct sdp *offer,
			 const struct media_draft *draft)
{
	const struct media_stream *stream = &draft->session.stream;
	size_t n_open = 0;

	FUZZ_CLAIM(draft->sdp.n_media == offer->n_media);
	for (size_t i = 0; i < offer->n_media; i++) {
		FUZZ_CLAIM(
			view_equal(draft->media[i].kind, offer->media[i].kind));
		FUZZ_CLAIM(offer->media[i].port || !draft->media[i].port);
		n_open += draft->media[i].port != 0;
	}
	FUZZ_CLAIM(n_open == (size_t)stream->is_on);
	FUZZ_CLAIM(!stream->is_on || codec_is_audio(stream->codec));
	FUZZ_CLAIM(!stream->is_on ||
		   stream->receive[stream->payload] == stream->codec);
	claim_written(arena, &draft->sdp);
}

struct ends {
	struct media_rules rules;
	struct media_end end;
	struct media_session session;
	struct text last;
};

/* Ours, after theirs; and theirs again as the answer to it. */
static void offer_ours(struct arena *arena, struct ends *ends,
		       const struct sdp *answer)
{
	struct media_session session;
	struct media_draft draft;
	struct sdp last;

	FUZZ_CLAIM(!sdp_read(arena, text_view(&ends->last), &last));
	media_offer(&last, &ends->rules, &ends->end, &ends->session, &draft);
	FUZZ_CLAIM(draft.sdp.n_media == last.n_media || !last.n_media);
	claim_written(arena, &draft.sdp);
	if (!media_answered(&draft, answer, &ends->rules, &session))
		FUZZ_CLAIM(session.stream.is_on &&
			   session.n_media == answer->n_media);
}

static void offer_theirs(struct arena *arena, struct view body,
			 struct ends *ends)
{
	struct media_draft draft;
	struct sdp sdp;

	if (sdp_read(arena, body, &sdp))
		return;
	claim_section(&sdp.about, body);
	for (size_t i = 0; i < sdp.n_media; i++)
		claim_media(&sdp.media[i], body);
	if (is_writable(&sdp))
		claim_written(arena, &sdp);
	if (media_answer(&sdp, &ends->rules, &ends->end, &ends->session,
			 &draft))
		return;
	claim_answer(arena, &sdp, &draft);
	ends->session = draft.session;
	text_clear(&ends->last);
	sdp_write_next(&draft.sdp, VIEW_NONE, &ends->last);
	offer_ours(arena, ends, &sdp);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct view text = {(const char *)at, len};
	struct arena *arena = arena_new(0);
	size_t cut = view_find(text, 0x1e, 0);
	struct ends ends = {
		.rules = {.codecs = codecs, .n_codecs = 3, .latches = true},
		.end = {.port = 20000, .direction = SDP_SENDRECV}};

	text_init(&ends.last, arena);
	FUZZ_CLAIM(
		!sdp_host_parse(VIEW("IN IP4 198.51.100.1"), &ends.end.host));
	offer_theirs(arena, view_head(text, cut), &ends);
	if (cut != SIZE_MAX)
		offer_theirs(arena, view_from(text, cut + 1), &ends);
	arena_free(arena);
	return 0;
}
