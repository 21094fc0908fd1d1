/* Offers and answers of one audio stream: RFC 3264, RFC 3605, RFC 5761. */
#include "policies/media.h"

#include <check.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define V "v=0\r\no=- 5 1 IN IP4 203.0.113.5\r\ns=-\r\n"
#define T "t=0 0\r\n"
#define HEAD V "c=IN IP4 203.0.113.5\r\n" T
#define PHONE "m=audio 5000 RTP/AVP 0 8 101\r\n" EVENT
#define EVENT "a=rtpmap:101 telephone-event/8000\r\n"

static struct arena *arena;
static const enum codec codecs[] = {CODEC_PCMU, CODEC_PCMA, CODEC_EVENT};
static const struct media_range own[] = {
	{{[10] = 0xff, [11] = 0xff, 198, 51, 100, 1}, 5060, 5061},
	{{[10] = 0xff, [11] = 0xff, 198, 51, 100, 1}, 20000, 29999},
};
static struct media_rules rules;
static struct media_end end;
static struct media_session session;
static struct media_draft draft;

static void set_up(void)
{
	arena = arena_new(0);
	rules = (struct media_rules){.codecs = codecs,
				     .n_codecs = COUNT(codecs),
				     .own = own,
				     .n_own = COUNT(own)};
	end = (struct media_end){.port = 20000,
				 .session_id = 77,
				 .version = 1,
				 .direction = SDP_SENDRECV};
	ck_assert(!sdp_host_parse(VIEW("IN IP4 198.51.100.1"), &end.host));
	memset(&session, 0, sizeof(session));
}

static void tear_down(void)
{
	arena_free(arena);
}

static struct sdp read(const char *text)
{
	struct sdp sdp = {.n_media = 0};

	ck_assert_msg(sdp_read(arena, view_of(text), &sdp) == ERR_OK, "%s",
		      text);
	return sdp;
}

/* The draft from its m= lines on. */
static const char *media_of(struct media_draft *of)
{
	struct text text;
	const char *at;

	text_init(&text, arena);
	sdp_write(&of->sdp, &text);
	at = strstr(text.at, "m=");
	return at ? at : "";
}

static enum media_verdict answer(const char *offer)
{
	struct sdp sdp = read(offer);

	return media_answer(&sdp, &rules, &end, &session, &draft);
}

/* Answer, and go on with what was agreed on. */
static void agree(const char *offer)
{
	ck_assert_msg(answer(offer) == MEDIA_OK, "%s", offer);
	session = draft.session;
}

#define PCMU(direction)                                                        \
	"m=audio 20000 RTP/AVP 0\r\na=rtpmap:0 "                               \
	"PCMU/8000\r\na=ptime:20\r\na=" direction "\r\n"
#define PCMA                                                                   \
	"m=audio 20000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\n"    \
	"a=sendrecv\r\n"

struct answer_case {
	const char *why, *offer;
	const char *answer; /**< from its m= lines on */
};
/* clang-format off */
static const struct answer_case answers[] = {
	{"their first codec, and events", HEAD PHONE,
	 "m=audio 20000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
	 "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"},
	{"their order", HEAD "m=audio 5000 RTP/AVP 8 0\r\n", PCMA},
	{"a static number needs no a=rtpmap", HEAD "m=audio 5000 RTP/AVP 8\r\n", PCMA},
	{"codecs that we do not speak are passed over",
	 HEAD "m=audio 5000 RTP/AVP 9 18 3 8\r\n", PCMA},
	{"their number", HEAD "m=audio 5000 RTP/AVP 97 98\r\na=rtpmap:97 pcmu/8000\r\n"
	 "a=rtpmap:98 telephone-event/8000\r\na=fmtp:98 0-11\r\n",
	 "m=audio 20000 RTP/AVP 97 98\r\na=rtpmap:97 PCMU/8000\r\n"
	 "a=rtpmap:98 telephone-event/8000\r\na=fmtp:98 0-15\r\na=ptime:20\r\na=sendrecv\r\n"},
	{"a dynamic number without a=rtpmap is nothing",
	 HEAD "m=audio 5000 RTP/AVP 97 0\r\n", PCMU("sendrecv")},
	{"events of another clock are not ours",
	 HEAD "m=audio 5000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/48000\r\n",
	 PCMU("sendrecv")},
	{"two channels are not ours",
	 HEAD "m=audio 5000 RTP/AVP 97 8\r\na=rtpmap:97 PCMU/8000/2\r\n", PCMA},
	{"a static number that stands for something else",
	 HEAD "m=audio 5000 RTP/AVP 0 8\r\na=rtpmap:0 PCMA/8000\r\n", PCMA},
	{"a number that stands for two codecs", HEAD "m=audio 5000 RTP/AVP 97 8\r\n"
	 "a=rtpmap:97 opus/48000/2\r\na=rtpmap:97 PCMU/8000\r\n", PCMA},
	{"a number over 127", HEAD "m=audio 5000 RTP/AVP 128 8\r\na=rtpmap:128 PCMU/8000\r\n",
	 PCMA},
	{"AVPF is answered alike", HEAD "m=audio 5000 RTP/AVPF 8\r\n",
	 "m=audio 20000 RTP/AVPF 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\na=sendrecv\r\n"},
	/* As many lines, in the same order. */
	{"RFC 3264 section 10.1, with an address", "v=0\r\n"
	 "o=alice 2890844526 2890844526 IN IP4 host.anywhere.com\r\ns=\r\n"
	 "c=IN IP4 203.0.113.5\r\nt=0 0\r\n"
	 "m=audio 49170 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
	 "m=video 51372 RTP/AVP 31\r\na=rtpmap:31 H261/90000\r\n"
	 "m=video 53000 RTP/AVP 32\r\na=rtpmap:32 MPV/90000\r\n",
	 PCMU("sendrecv") "m=video 0 RTP/AVP 31\r\nm=video 0 RTP/AVP 32\r\n"},
	{"RFC 4317 section 2.1, with an address", "v=0\r\n"
	 "o=alice 2890844526 2890844526 IN IP4 host.atlanta.example.com\r\ns= \r\n"
	 "c=IN IP4 203.0.113.5\r\nt=0 0\r\n"
	 "m=audio 49170 RTP/AVP 0 8 97\r\na=rtpmap:0 PCMU/8000\r\n"
	 "a=rtpmap:8 PCMA/8000\r\na=rtpmap:97 iLBC/8000\r\n"
	 "m=video 51372 RTP/AVP 31 32\r\na=rtpmap:31 H261/90000\r\na=rtpmap:32 MPV/90000\r\n",
	 PCMU("sendrecv") "m=video 0 RTP/AVP 31 32\r\n"},
	{"video is refused by port 0",
	 HEAD "m=video 5002 RTP/AVP 31 99\r\n" "m=audio 5000 RTP/AVP 8\r\n",
	 "m=video 0 RTP/AVP 31 99\r\n" PCMA},
	{"the first audio that can be is taken, the others are refused",
	 HEAD "m=audio 5000 RTP/SAVP 0\r\nm=audio 0 RTP/AVP 0\r\nm=audio 5002 RTP/AVP 18\r\n"
	 "m=audio 5004 RTP/AVP 8\r\nm=audio 5006 RTP/AVP 0\r\n",
	 "m=audio 0 RTP/SAVP 0\r\nm=audio 0 RTP/AVP 0\r\nm=audio 0 RTP/AVP 18\r\n" PCMA
	 "m=audio 0 RTP/AVP 0\r\n"},
	{"kinds that nobody knows",
	 HEAD "m=x-y 9 TCP/Z *\r\nm=audio 5000 RTP/AVP 8\r\nm=image 9 udptl t38\r\n",
	 "m=x-y 0 TCP/Z *\r\n" PCMA "m=image 0 udptl t38\r\n"},
	{"an address of its own", V T "m=audio 5000 RTP/AVP 8\r\nc=IN IP4 203.0.113.6\r\n", PCMA},
	{"of the same number twice one is taken", HEAD "m=audio 5000 RTP/AVP 8 8\r\n", PCMA},
	/* Directions. */
	{"sendonly: recvonly", HEAD "m=audio 5000 RTP/AVP 0\r\na=sendonly\r\n", PCMU("recvonly")},
	{"recvonly: sendonly", HEAD "m=audio 5000 RTP/AVP 0\r\na=recvonly\r\n", PCMU("sendonly")},
	{"inactive: inactive", HEAD "m=audio 5000 RTP/AVP 0\r\na=inactive\r\n", PCMU("inactive")},
	{"the direction of the session", HEAD "a=sendonly\r\nm=audio 5000 RTP/AVP 0\r\n",
	 PCMU("recvonly")},
	{"0.0.0.0: as it is said", V "c=IN IP4 0.0.0.0\r\n" T "m=audio 5000 RTP/AVP 0\r\n",
	 PCMU("sendrecv")},
	{"a name below .invalid: the same",
	 V "c=IN IP6 hold.invalid\r\n" T "m=audio 5000 RTP/AVP 0\r\n", PCMU("sendrecv")},
	/* RTCP. */
	{"rtcp-mux only where they offer it",
	 HEAD "m=audio 5000 RTP/AVP 8\r\na=rtcp-mux\r\n",
	 "m=audio 20000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\na=rtcp-mux\r\n"
	 "a=sendrecv\r\n"},
	{"no rtcp-mux with a number that is RTCP's", HEAD "m=audio 5000 RTP/AVP 72\r\n"
	 "a=rtpmap:72 PCMU/8000\r\na=rtcp-mux\r\n",
	 "m=audio 20000 RTP/AVP 72\r\na=rtpmap:72 PCMU/8000\r\na=ptime:20\r\na=sendrecv\r\n"},
	{"attributes that we do not know change nothing",
	 HEAD "a=group:BUNDLE 0\r\na=ice-lite\r\nm=audio 5000 RTP/AVP 8\r\na=mid:0\r\n"
	 "a=candidate:1 1 UDP 1 192.0.2.1 4000 typ host\r\na=ssrc:1 cname:x\r\n", PCMA},
};
/* clang-format on */

START_TEST(the_answer_to_an_offer)
{
	const struct answer_case *c = &answers[_i];
	enum media_verdict verdict = answer(c->offer);

	ck_assert_msg(verdict == MEDIA_OK, "%s: %s", c->why,
		      media_refusal(verdict).text);
	ck_assert_msg(!strcmp(media_of(&draft), c->answer), "%s:\n%s", c->why,
		      media_of(&draft));
}
END_TEST

struct refusal_case {
	const char *why, *offer;
	enum media_verdict verdict;
	int status, warning;
};
/* clang-format off */
static const struct refusal_case refusals[] = {
	{"no media", HEAD, MEDIA_KIND, 488, 304},
	{"video alone", HEAD "m=video 5000 RTP/AVP 31\r\n", MEDIA_KIND, 488, 304},
	{"audio that is off", HEAD "m=audio 0 RTP/AVP 0\r\n", MEDIA_KIND, 488, 304},
	{"audio in upper case", HEAD "m=AUDIO 5000 RTP/AVP 0\r\n", MEDIA_KIND, 488, 304},
	{"codecs that we do not speak", HEAD "m=audio 5000 RTP/AVP 18 9\r\n",
	 MEDIA_FORMAT, 488, 305},
	{"events without audio", HEAD "m=audio 5000 RTP/AVP 101\r\n" EVENT,
	 MEDIA_FORMAT, 488, 305},
	{"SRTP", HEAD "m=audio 5000 RTP/SAVP 0\r\n", MEDIA_TRANSPORT, 488, 302},
	{"DTLS", HEAD "m=audio 5000 UDP/TLS/RTP/SAVPF 0\r\n", MEDIA_TRANSPORT, 488, 302},
	{"RTP over TCP", HEAD "m=audio 5000 TCP/RTP/AVP 0\r\n", MEDIA_TRANSPORT, 488, 302},
	{"a name", V "c=IN IP4 pc.example.com\r\n" PHONE, MEDIA_ADDRESS, 488, 301},
	{"IPv6 at an end with IPv4", V "c=IN IP6 2001:db8::1\r\n" PHONE, MEDIA_ADDRESS, 488, 301},
	{"another type of address", V "c=IN X25 1\r\n" PHONE, MEDIA_ADDRESS, 488, 301},
	{"two addresses", V "c=IN IP4 203.0.113.5\r\nc=IN IP4 203.0.113.6\r\n" PHONE,
	 MEDIA_ADDRESS, 488, 301},
	{"another network", V "c=ATM NSAP 47\r\n" PHONE, MEDIA_NETWORK, 488, 300},
	{"multicast", V "c=IN IP4 224.2.1.1/127\r\n" PHONE, MEDIA_MULTICAST, 488, 330},
	{"a TTL", V "c=IN IP4 203.0.113.5/127\r\n" PHONE, MEDIA_MULTICAST, 488, 330},
	{"broadcast", V "c=IN IP4 255.255.255.255\r\n" PHONE, MEDIA_FORBIDDEN, 488, 399},
	{"loopback", V "c=IN IP4 127.0.0.1\r\n" PHONE, MEDIA_FORBIDDEN, 488, 399},
	{"a private address", V "c=IN IP4 10.0.0.1\r\n" PHONE, MEDIA_FORBIDDEN, 488, 399},
	{"a port under 1024", HEAD "m=audio 53 RTP/AVP 0\r\n", MEDIA_FORBIDDEN, 488, 399},
	{"two ports", HEAD "m=audio 5000/2 RTP/AVP 0\r\n", MEDIA_FORBIDDEN, 488, 399},
	{"our own media port", V "c=IN IP4 198.51.100.1\r\nm=audio 20002 RTP/AVP 0\r\n",
	 MEDIA_FORBIDDEN, 488, 399},
	{"our own SIP port", V "c=IN IP4 198.51.100.1\r\nm=audio 5060 RTP/AVP 0\r\n",
	 MEDIA_FORBIDDEN, 488, 399},
	{"the line that is nearest says why", HEAD "m=video 1 RTP/AVP 31\r\n"
	 "m=audio 5000 RTP/SAVP 0\r\nm=audio 5000 RTP/AVP 18\r\n", MEDIA_FORMAT, 488, 305},
};
/* clang-format on */

START_TEST(what_is_refused)
{
	const struct refusal_case *c = &refusals[_i];
	enum media_verdict verdict = answer(c->offer);

	ck_assert_msg(verdict == c->verdict, "%s: %d", c->why, (int)verdict);
	ck_assert_int_eq(media_refusal(verdict).status, c->status);
	ck_assert_int_eq(media_refusal(verdict).warning, c->warning);
}
END_TEST

START_TEST(what_cannot_be_read_is_400)
{
	ck_assert_int_eq(media_readable(ERR_OK), MEDIA_OK);
	ck_assert_int_eq(media_refusal(media_readable(ERR_SYNTAX)).status, 400);
	ck_assert_int_eq(media_refusal(media_readable(ERR_CHARSET)).status,
			 400);
	ck_assert_int_eq(media_refusal(media_readable(ERR_TOO_LARGE)).status,
			 488);
	ck_assert_int_eq(media_refusal(media_readable(ERR_UNSUPPORTED)).status,
			 488);
	ck_assert_int_eq(media_refusal(MEDIA_LINES).warning, 399);
	ck_assert_int_eq(media_refusal((enum media_verdict)99).status, 400);
}
END_TEST

START_TEST(addresses_that_a_setting_allows)
{
	rules.latches = true;
	agree(V "c=IN IP4 10.0.0.1\r\n" PHONE);
	ck_assert(session.stream.must_latch);
	agree(HEAD PHONE);
	ck_assert(!session.stream.must_latch);
	ck_assert_int_eq(answer(V "c=IN IP4 255.255.255.255\r\n" PHONE),
			 MEDIA_FORBIDDEN);
	rules.allow_private = true;
	agree(V "c=IN IP4 10.0.0.1\r\n" PHONE);
	ck_assert(!session.stream.must_latch);
	rules.latches = false;
	agree(V "c=IN IP4 10.0.0.1\r\n" PHONE);
	ck_assert(!session.stream.must_latch);
	ck_assert(!sdp_host_parse(VIEW("IN IP6 2001:db8::9"), &end.host));
	agree(V "c=IN IP6 2001:db8::1\r\n" PHONE);
	ck_assert_int_eq(answer(HEAD PHONE), MEDIA_ADDRESS);
}
END_TEST

START_TEST(what_the_mixer_gets)
{
	struct media_stream *stream = &session.stream;

	agree(HEAD "m=audio 5000 RTP/AVP 18 8 101\r\n" EVENT
		   "a=ptime:30\r\na=rtcp:7001 IN IP4 203.0.113.7\r\n");
	ck_assert(stream->is_on && !stream->is_on_hold);
	ck_assert_int_eq(stream->direction, SDP_SENDRECV);
	ck_assert_int_eq(stream->codec, CODEC_PCMA);
	ck_assert_int_eq(stream->payload, 8);
	ck_assert_int_eq(stream->event_payload, 101);
	ck_assert_int_eq(stream->ptime, 20);
	ck_assert_int_eq(stream->rtp.port, 5000);
	ck_assert_int_eq(stream->rtp.address[15], 5);
	ck_assert_int_eq(stream->rtcp.port, 7001);
	ck_assert_int_eq(stream->rtcp.address[15], 7);
	for (int i = 0; i < 128; i++)
		ck_assert_int_eq(stream->receive[i], i == 8	? CODEC_PCMA
						     : i == 101 ? CODEC_EVENT
								: CODEC_NONE);
}
END_TEST

struct rtcp_case {
	const char *lines;
	int rtp, rtcp;
};
static const struct rtcp_case rtcps[] = {
	{"m=audio 5000 RTP/AVP 0\r\n", 5000, 5001},
	{"m=audio 5001 RTP/AVP 0\r\n", 5001, 5002},
	{"m=audio 65535 RTP/AVP 0\r\n", 65535, 0},
	{"m=audio 5000 RTP/AVP 0\r\na=rtcp:6000\r\n", 5000, 6000},
	{"m=audio 5000 RTP/AVP 0\r\na=rtcp:6000\r\na=rtcp-mux\r\n", 5000, 5000},
	{"m=audio 5000 RTP/AVP 0\r\na=rtcp:53\r\n", 5000, 0},
	{"m=audio 5000 RTP/AVP 0\r\na=rtcp:6000 IN IP4 127.0.0.1\r\n", 5000, 0},
	{"m=audio 5000 RTP/AVP 0\r\na=rtcp:6000 IN IP6 2001:db8::1\r\n", 5000,
	 0},
	{"m=audio 5000 RTP/AVP 0\r\na=rtcp:20001 IN IP4 198.51.100.1\r\n", 5000,
	 0},
};

START_TEST(where_rtcp_goes)
{
	const struct rtcp_case *c = &rtcps[_i];

	agree(arena_printf(arena, "%s%s", HEAD, c->lines));
	ck_assert_int_eq(session.stream.rtp.port, c->rtp);
	ck_assert_int_eq(session.stream.rtcp.port, c->rtcp);
}
END_TEST

START_TEST(the_length_of_packets)
{
	agree(HEAD "m=audio 5000 RTP/AVP 0\r\na=maxptime:10\r\n");
	ck_assert_int_eq(session.stream.ptime, 10);
	agree(HEAD "m=audio 5000 RTP/AVP 0\r\na=maxptime:40\r\na=ptime:40\r\n");
	ck_assert_int_eq(session.stream.ptime, 20);
	agree(HEAD "m=audio 5000 RTP/AVP 0\r\na=ptime:0\r\n");
	ck_assert_int_eq(session.stream.ptime, 20);
}
END_TEST

START_TEST(our_order)
{
	rules.order = MEDIA_ORDER_OURS;
	agree(HEAD "m=audio 5000 RTP/AVP 8 0\r\n");
	ck_assert_int_eq(session.stream.codec, CODEC_PCMU);
	rules.n_codecs = 2;
	agree(HEAD "m=audio 5000 RTP/AVP 8 101\r\n" EVENT);
	ck_assert_int_eq(session.stream.codec, CODEC_PCMA);
	ck_assert_int_eq(session.stream.event_payload, -1);
}
END_TEST

START_TEST(hold_and_back)
{
	agree(HEAD PHONE);
	agree(HEAD PHONE "a=sendonly\r\n");
	ck_assert(session.stream.is_on_hold);
	ck_assert_int_eq(session.stream.direction, SDP_RECVONLY);
	agree(HEAD PHONE "a=inactive\r\n");
	ck_assert(session.stream.is_on_hold);
	agree(V "c=IN IP4 0.0.0.0\r\n" T PHONE);
	ck_assert(session.stream.is_on_hold);
	ck_assert_int_eq(session.stream.rtp.port, 0);
	ck_assert_int_eq(session.stream.rtcp.port, 0);
	agree(HEAD PHONE "a=recvonly\r\n");
	ck_assert(!session.stream.is_on_hold);
	agree(HEAD PHONE);
	ck_assert(!session.stream.is_on_hold);
	ck_assert_int_eq(session.stream.direction, SDP_SENDRECV);
}
END_TEST

START_TEST(lines_never_get_fewer)
{
	agree(HEAD PHONE "m=video 5002 RTP/AVP 31\r\n");
	ck_assert_int_eq(answer(HEAD PHONE), MEDIA_LINES);
	/* What is refused changes nothing. */
	ck_assert_uint_eq(session.n_media, 2);
	agree(HEAD PHONE "m=video 0 RTP/AVP 31\r\nm=audio 5004 RTP/AVP 8\r\n");
	ck_assert_uint_eq(session.n_media, 3);
	ck_assert_uint_eq(session.line, 0);
	ck_assert_int_eq(session.stream.codec, CODEC_PCMU);
}
END_TEST

START_TEST(the_stream_stays_in_its_line)
{
	agree(HEAD "m=audio 0 RTP/AVP 0\r\n" PHONE);
	ck_assert_uint_eq(session.line, 1);
	agree(HEAD "m=audio 5004 RTP/AVP 0\r\n" PHONE);
	ck_assert_uint_eq(session.line, 1);
	/* Theirs has ended, and there is another. */
	agree(HEAD "m=audio 5004 RTP/AVP 8\r\nm=audio 0 RTP/AVP 0\r\n");
	ck_assert_uint_eq(session.line, 0);
	ck_assert_int_eq(session.stream.codec, CODEC_PCMA);
}
END_TEST

START_TEST(they_end_the_stream_and_begin_it_again)
{
	agree(HEAD PHONE);
	agree(HEAD "m=audio 0 RTP/AVP 0\r\n");
	ck_assert(!session.stream.is_on);
	ck_assert_str_eq(media_of(&draft), "m=audio 0 RTP/AVP 0\r\n");
	agree(HEAD PHONE);
	ck_assert(session.stream.is_on);
	/* But not by what we cannot serve. */
	ck_assert_int_eq(answer(HEAD "m=audio 5000 RTP/AVP 18\r\n"),
			 MEDIA_FORMAT);
	ck_assert(session.stream.is_on);
}
END_TEST

START_TEST(their_time_is_repeated)
{
	struct text text;

	text_init(&text, arena);
	agree(V "c=IN IP4 203.0.113.5\r\nt=2873397496 2873404696\r\n" PHONE);
	sdp_write(&draft.sdp, &text);
	ck_assert(strstr(text.at, "\r\nt=2873397496 2873404696\r\n") != NULL);
}
END_TEST

/* --- offers of ours ------------------------------------------------------- */
static const char our_offer[] = "v=0\r\n"
				"o=- 77 1 IN IP4 198.51.100.1\r\n"
				"s=-\r\n"
				"c=IN IP4 198.51.100.1\r\n"
				"t=0 0\r\n"
				"m=audio 20000 RTP/AVP 0 8 101\r\n"
				"a=rtpmap:0 PCMU/8000\r\n"
				"a=rtpmap:8 PCMA/8000\r\n"
				"a=rtpmap:101 telephone-event/8000\r\n"
				"a=fmtp:101 0-15\r\n"
				"a=ptime:20\r\n"
				"a=rtcp-mux\r\n"
				"a=sendrecv\r\n";

START_TEST(our_first_offer)
{
	struct text text;

	text_init(&text, arena);
	media_offer(NULL, &rules, &end, &session, &draft);
	ck_assert(sdp_write_next(&draft.sdp, VIEW_NONE, &text));
	ck_assert_str_eq(text.at, our_offer);
	/* RFC 3264 section 5.1: it may come as soon as it was offered. */
	ck_assert_int_eq(draft.session.stream.receive[8], CODEC_PCMA);
}
END_TEST

START_TEST(our_next_offer_is_the_same)
{
	struct sdp last = read(our_offer);
	struct text text;

	text_init(&text, arena);
	media_offer(NULL, &rules, &end, &session, &draft);
	session = draft.session;
	media_offer(&last, &rules, &end, &session, &draft);
	ck_assert(!sdp_write_next(&draft.sdp, view_of(our_offer), &text));
	ck_assert_str_eq(text.at, our_offer);
}
END_TEST

START_TEST(our_offer_in_a_call_of_theirs)
{
	struct text text;
	struct sdp last;

	text_init(&text, arena);
	agree(HEAD "m=video 5002 RTP/AVP 31\r\nm=audio 5000 RTP/AVPF 8 97 101"
		   "\r\na=rtpmap:97 telephone-event/8000\r\n"
		   "a=rtpmap:101 opus/48000/2\r\n");
	sdp_write(&draft.sdp, &text);
	last = read(text.at);
	media_offer(&last, &rules, &end, &session, &draft);
	ck_assert_str_eq(media_of(&draft),
			 "m=video 0 RTP/AVP 31\r\n"
			 "m=audio 20000 RTP/AVPF 0 8 97\r\n"
			 "a=rtpmap:0 PCMU/8000\r\n"
			 "a=rtpmap:8 PCMA/8000\r\n"
			 "a=rtpmap:97 telephone-event/8000\r\n"
			 "a=fmtp:97 0-15\r\n"
			 "a=ptime:20\r\n"
			 "a=rtcp-mux\r\n"
			 "a=sendrecv\r\n");
}
END_TEST

START_TEST(a_number_keeps_its_codec)
{
	struct sdp last = read(our_offer);

	agree(HEAD "m=audio 5000 RTP/AVP 8 101\r\na=rtpmap:101 opus/48000/2"
		   "\r\n");
	media_offer(&last, &rules, &end, &session, &draft);
	ck_assert_int_eq(draft.formats[2].payload, 96);
	for (int i = 96; i < 128; i++)
		session.payloads[i] = CODEC_OTHER;
	media_offer(&last, &rules, &end, &session, &draft);
	ck_assert_uint_eq(draft.media[0].n_formats, 2);
}
END_TEST

START_TEST(a_line_that_is_free_is_used_again)
{
	struct sdp last = read(V "m=video 0 RTP/SAVP 31\r\n");

	media_offer(&last, &rules, &end, &session, &draft);
	ck_assert_uint_eq(draft.sdp.n_media, 1);
	ck_assert(view_equal(draft.media[0].kind, VIEW("audio")));
	ck_assert(view_equal(draft.media[0].proto, VIEW("RTP/AVP")));
}
END_TEST

struct reply_case {
	const char *why, *reply;
	enum media_verdict verdict;
};
/* clang-format off */
static const struct reply_case replies[] = {
	{"one codec", HEAD "m=audio 5000 RTP/AVP 8\r\n", MEDIA_OK},
	{"all codecs", HEAD PHONE, MEDIA_OK},
	{"one line more", HEAD PHONE "m=video 0 RTP/AVP 31\r\n", MEDIA_LINES},
	{"no line", HEAD, MEDIA_LINES},
	{"another kind", HEAD "m=video 5000 RTP/AVP 0\r\n", MEDIA_LINES},
	{"refused", HEAD "m=audio 0 RTP/AVP 0\r\n", MEDIA_KIND},
	{"another protocol", HEAD "m=audio 5000 RTP/AVPF 0\r\n", MEDIA_TRANSPORT},
	{"a codec that was not offered", HEAD "m=audio 5000 RTP/AVP 18\r\n", MEDIA_FORMAT},
	{"a name", V "c=IN IP4 pc.example.com\r\n" PHONE, MEDIA_ADDRESS},
	{"our own port", V "c=IN IP4 198.51.100.1\r\nm=audio 20000 RTP/AVP 0\r\n",
	 MEDIA_FORBIDDEN},
};
/* clang-format on */

START_TEST(the_answer_to_our_offer)
{
	const struct reply_case *c = &replies[_i];
	struct sdp reply = read(c->reply);

	media_offer(NULL, &rules, &end, &session, &draft);
	ck_assert_msg(media_answered(&draft, &reply, &rules, &session) ==
			      c->verdict,
		      "%s", c->why);
	ck_assert_uint_eq(session.n_media, c->verdict == MEDIA_OK);
}
END_TEST

START_TEST(what_we_refused_stays_refused)
{
	struct sdp last = read(HEAD PHONE "m=video 0 RTP/AVP 31\r\n");
	struct sdp reply = read(HEAD PHONE "m=video 5002 RTP/AVP 31\r\n");

	media_offer(&last, &rules, &end, &session, &draft);
	ck_assert_int_eq(media_answered(&draft, &reply, &rules, &session),
			 MEDIA_LINES);
}
END_TEST

START_TEST(each_end_has_numbers_of_its_own)
{
	struct sdp reply = read(HEAD "m=audio 5000 RTP/AVP 8 97\r\n"
				     "a=rtpmap:97 telephone-event/8000\r\n"
				     "a=sendonly\r\n");

	media_offer(NULL, &rules, &end, &session, &draft);
	ck_assert(!media_answered(&draft, &reply, &rules, &session));
	ck_assert_int_eq(session.stream.codec, CODEC_PCMA);
	ck_assert_int_eq(session.stream.event_payload, 97);
	ck_assert_int_eq(session.stream.receive[101], CODEC_EVENT);
	ck_assert_int_eq(session.stream.receive[97], CODEC_NONE);
	ck_assert_int_eq(session.stream.receive[0], CODEC_NONE);
	ck_assert_int_eq(session.stream.receive[8], CODEC_PCMA);
	ck_assert_int_eq(session.stream.direction, SDP_RECVONLY);
	ck_assert(session.stream.is_on_hold);
	ck_assert(!session.stream.rtcp_mux);
	ck_assert_int_eq(session.stream.rtcp.port, 5001);
}
END_TEST

START_TEST(rtcp_mux_if_both_want_it)
{
	struct sdp reply = read(HEAD PHONE "a=rtcp-mux\r\n");

	media_offer(NULL, &rules, &end, &session, &draft);
	ck_assert(!media_answered(&draft, &reply, &rules, &session));
	ck_assert(session.stream.rtcp_mux);
	ck_assert_int_eq(session.stream.rtcp.port, 5000);
}
END_TEST

/* --- changes -------------------------------------------------------------- */
struct change_case {
	const char *why, *was, *now;
	unsigned changes;
};
/* clang-format off */
static const struct change_case changes[] = {
	{"the same again", HEAD PHONE, HEAD PHONE, 0},
	{"another version only", HEAD PHONE, "v=0\r\no=- 5 2 IN IP4 203.0.113.5\r\n"
	 "s=other\r\nc=IN IP4 203.0.113.5\r\n" T PHONE, 0},
	{"another address", HEAD PHONE, V "c=IN IP4 203.0.113.6\r\n" T PHONE,
	 MEDIA_CHANGE_TARGET},
	{"another port", HEAD PHONE, HEAD "m=audio 5002 RTP/AVP 0 8 101\r\n" EVENT,
	 MEDIA_CHANGE_TARGET},
	{"another port of RTCP", HEAD PHONE, HEAD PHONE "a=rtcp:6000\r\n", MEDIA_CHANGE_TARGET},
	{"RTCP shares the port as such", HEAD PHONE "a=rtcp:5000\r\n", HEAD PHONE "a=rtcp-mux\r\n",
	 MEDIA_CHANGE_TARGET},
	{"hold", HEAD PHONE, HEAD PHONE "a=sendonly\r\n",
	 MEDIA_CHANGE_DIRECTION | MEDIA_CHANGE_HOLD},
	{"hold by 0.0.0.0", HEAD PHONE, V "c=IN IP4 0.0.0.0\r\n" T PHONE,
	 MEDIA_CHANGE_TARGET | MEDIA_CHANGE_HOLD},
	{"they only listen", HEAD PHONE, HEAD PHONE "a=recvonly\r\n", MEDIA_CHANGE_DIRECTION},
	{"another codec", HEAD PHONE, HEAD "m=audio 5000 RTP/AVP 8 101\r\n" EVENT,
	 MEDIA_CHANGE_CODEC},
	{"no events any more", HEAD PHONE, HEAD "m=audio 5000 RTP/AVP 0\r\n",
	 MEDIA_CHANGE_CODEC},
	{"shorter packets", HEAD PHONE, HEAD PHONE "a=maxptime:10\r\n", MEDIA_CHANGE_PTIME},
	{"they end it", HEAD "m=audio 5000 RTP/AVP 0\r\n", HEAD "m=audio 0 RTP/AVP 0\r\n",
	 MEDIA_CHANGE_ON | MEDIA_CHANGE_TARGET | MEDIA_CHANGE_DIRECTION | MEDIA_CHANGE_CODEC |
	 MEDIA_CHANGE_PTIME},
};
/* clang-format on */

START_TEST(what_has_changed)
{
	const struct change_case *c = &changes[_i];
	struct media_stream was;
	unsigned got;

	agree(c->was);
	was = session.stream;
	agree(c->now);
	got = media_changes(&was, &session.stream);
	ck_assert_msg(got == c->changes, "%s: %x", c->why, got);
}
END_TEST

static void add_answers(TCase *cases)
{
	tcase_add_loop_test(cases, the_answer_to_an_offer, 0, COUNT(answers));
	tcase_add_loop_test(cases, what_is_refused, 0, COUNT(refusals));
	tcase_add_test(cases, what_cannot_be_read_is_400);
	tcase_add_test(cases, addresses_that_a_setting_allows);
	tcase_add_test(cases, what_the_mixer_gets);
	tcase_add_loop_test(cases, where_rtcp_goes, 0, COUNT(rtcps));
	tcase_add_test(cases, the_length_of_packets);
	tcase_add_test(cases, our_order);
	tcase_add_test(cases, hold_and_back);
	tcase_add_test(cases, lines_never_get_fewer);
	tcase_add_test(cases, the_stream_stays_in_its_line);
	tcase_add_test(cases, they_end_the_stream_and_begin_it_again);
	tcase_add_test(cases, their_time_is_repeated);
}

static void add_offers(TCase *cases)
{
	tcase_add_test(cases, our_first_offer);
	tcase_add_test(cases, our_next_offer_is_the_same);
	tcase_add_test(cases, our_offer_in_a_call_of_theirs);
	tcase_add_test(cases, a_number_keeps_its_codec);
	tcase_add_test(cases, a_line_that_is_free_is_used_again);
	tcase_add_loop_test(cases, the_answer_to_our_offer, 0, COUNT(replies));
	tcase_add_test(cases, what_we_refused_stays_refused);
	tcase_add_test(cases, each_end_has_numbers_of_its_own);
	tcase_add_test(cases, rtcp_mux_if_both_want_it);
	tcase_add_loop_test(cases, what_has_changed, 0, COUNT(changes));
}

int main(void)
{
	Suite *suite = suite_create("media");
	TCase *cases = tcase_create("rules");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	add_answers(cases);
	add_offers(cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
