/* Session descriptions: RFC 8866, RFC 4566. */
#include "server/base/sdp.h"

#include <check.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define V "v=0\r\n"
#define O "o=- 3 4 IN IP4 192.0.2.9\r\n"
#define S "s=-\r\n"
#define C "c=IN IP4 192.0.2.9\r\n"
#define T "t=0 0\r\n"
#define HEAD V O S C T
#define AUDIO "m=audio 4000 RTP/AVP 0 96\r\n"

static struct arena *arena;
static struct sdp sdp;

static void set_up(void)
{
	arena = arena_new(0);
	memset(&sdp, 0, sizeof(sdp));
}

static void tear_down(void)
{
	arena_free(arena);
}

static void assert_view(struct view v, const char *wanted)
{
	ck_assert_str_eq(view_copy(arena, v), wanted);
}

static void parse(const char *text)
{
	ck_assert_msg(sdp_read(arena, view_of(text), &sdp) == ERR_OK, "%s",
		      text);
}

struct read_case {
	const char *why;
	struct view body;
	enum err err;
};
#define BODY(literal)                                                          \
	{                                                                      \
		"" literal, sizeof(literal) - 1                                \
	}

/* clang-format off */
static const struct read_case reads[] = {
	{"the least there is", BODY(V O), ERR_OK},
	{"nothing", BODY(""), ERR_SYNTAX},
	{"a session without media", BODY(HEAD), ERR_OK},
	{"one medium", BODY(HEAD AUDIO), ERR_OK},
	{"lines end with LF", BODY("v=0\no=- 1 1 IN IP4 192.0.2.1\n"), ERR_OK},
	{"the last line has no end", BODY(V "o=- 1 1 IN IP4 192.0.2.1"), ERR_OK},
	{"empty lines at the end", BODY(HEAD AUDIO "\r\n\r\n"), ERR_OK},
	{"an empty line in between", BODY(HEAD "\r\n" AUDIO), ERR_SYNTAX},
	{"an empty line first", BODY("\r\n" HEAD), ERR_SYNTAX},
	{"a NUL", BODY(HEAD "a=x\0y\r\n"), ERR_CHARSET},
	{"a NUL after the end", BODY(HEAD "\0"), ERR_CHARSET},
	{"a CR alone", BODY(HEAD "a=x\rm=audio 4000 RTP/AVP 0\r\n"), ERR_CHARSET},
	{"lines end with CR", BODY("v=0\ro=- 1 1 IN IP4 192.0.2.1\r"), ERR_CHARSET},
	{"two CRs before the LF", BODY(V "o=- 1 1 IN IP4 192.0.2.1\r\r\n"), ERR_CHARSET},
	/* Lines. */
	{"no type", BODY(HEAD "=x\r\n"), ERR_SYNTAX},
	{"no equals sign", BODY(HEAD "a\r\n"), ERR_SYNTAX},
	{"a space before the equals sign", BODY(HEAD "a =x\r\n"), ERR_SYNTAX},
	{"a type that nobody knows", BODY(HEAD "y=0\r\n"), ERR_SYNTAX},
	{"a type in upper case", BODY(HEAD "A=sendrecv\r\n"), ERR_SYNTAX},
	{"a folded line", BODY(HEAD "a=x\r\n y\r\n"), ERR_SYNTAX},
	{"all types", BODY(V O S "i=x\r\nu=x\r\ne=x\r\np=x\r\n" C "b=AS:64\r\n" T
	 "r=7d 1h 0 25h\r\nz=0 0\r\nk=prompt\r\na=x\r\n" AUDIO
	 "i=x\r\n" C "b=AS:64\r\nk=prompt\r\na=x\r\n"), ERR_OK},
	{"another order", BODY(V T C S O AUDIO), ERR_OK},
	{"text in another charset", BODY(V O "s=caf\xe9\x01\r\n" T), ERR_OK},
	/* Mandatory ones, and those that stand once. */
	{"v is not the first", BODY(O V S T), ERR_SYNTAX},
	{"no v", BODY(O S T), ERR_SYNTAX},
	{"v twice", BODY(V V O), ERR_SYNTAX},
	{"another version", BODY("v=1\r\n" O), ERR_UNSUPPORTED},
	{"no version", BODY("v=\r\n" O), ERR_SYNTAX},
	{"a version of its own", BODY("v=a\r\n" O), ERR_SYNTAX},
	{"no o", BODY(V S C T AUDIO), ERR_SYNTAX},
	{"o twice", BODY(V O O), ERR_SYNTAX},
	{"s twice", BODY(V O S S), ERR_SYNTAX},
	{"no s and no t", BODY(V O C AUDIO), ERR_OK},
	{"v in a medium", BODY(HEAD AUDIO V), ERR_SYNTAX},
	{"o in a medium", BODY(HEAD AUDIO O), ERR_SYNTAX},
	{"t in a medium", BODY(HEAD AUDIO T), ERR_SYNTAX},
	{"t twice", BODY(V O S C T "t=1 2\r\n" AUDIO), ERR_OK},
	/* o= */
	{"o: a word too few", BODY(V "o=- 1 IN IP4 192.0.2.1\r\n"), ERR_SYNTAX},
	{"o: a word too many", BODY(V "o=- 1 1 IN IP4 192.0.2.1 x\r\n"), ERR_SYNTAX},
	{"o: an id that is no number", BODY(V "o=- x 1 IN IP4 192.0.2.1\r\n"), ERR_SYNTAX},
	{"o: a negative version", BODY(V "o=- 1 -1 IN IP4 192.0.2.1\r\n"), ERR_SYNTAX},
	{"o: numbers of 40 digits", BODY(V "o=- 1111111111222222222233333333334444444444 "
	 "1111111111222222222233333333334444444444 IN IP4 192.0.2.1\r\n"), ERR_OK},
	{"o: a name", BODY(V "o=- 1 1 IN IP4 pc.example.com\r\n"), ERR_OK},
	/* t= */
	{"t: one number", BODY(V O "t=0\r\n"), ERR_SYNTAX},
	{"t: three numbers", BODY(V O "t=0 0 0\r\n"), ERR_SYNTAX},
	{"t: no numbers", BODY(V O "t=a b\r\n"), ERR_SYNTAX},
	{"t: large numbers", BODY(V O "t=99999999999999999999999 0\r\n"), ERR_OK},
	/* c= */
	{"c: none at all", BODY(V O S T AUDIO), ERR_SYNTAX},
	{"c: none, but the medium has port 0", BODY(V O S T "m=audio 0 RTP/AVP 0\r\n"), ERR_OK},
	{"c: of the medium", BODY(V O S T AUDIO C), ERR_OK},
	{"c: two words", BODY(V O "c=IN IP4\r\n"), ERR_SYNTAX},
	{"c: four words", BODY(V O "c=IN IP4 192.0.2.1 x\r\n"), ERR_SYNTAX},
	{"c: IPv6 said to be IPv4", BODY(V O "c=IN IP4 2001:db8::1\r\n"), ERR_SYNTAX},
	{"c: no address at all", BODY(V O "c=IN IP6 2001:db8::zz\r\n"), ERR_SYNTAX},
	{"c: a control byte", BODY(V O "c=IN IP4 192.0.2.1\x01\r\n"), ERR_SYNTAX},
	{"c: an empty address", BODY(V O "c=IN IP4 /127\r\n"), ERR_SYNTAX},
	/* b= */
	{"b: no colon", BODY(HEAD "b=AS\r\n"), ERR_SYNTAX},
	{"b: no number", BODY(HEAD "b=AS:x\r\n"), ERR_SYNTAX},
	{"b: an unknown type", BODY(HEAD "b=X-YZ:128\r\n"), ERR_OK},
	{"b: nine of them", BODY(HEAD "b=A:1\r\nb=A:1\r\nb=A:1\r\nb=A:1\r\nb=A:1\r\nb=A:1\r\n"
	 "b=A:1\r\nb=A:1\r\nb=A:1\r\n"), ERR_TOO_LARGE},
	/* m= */
	{"m: no format", BODY(HEAD "m=audio 4000 RTP/AVP\r\n"), ERR_SYNTAX},
	{"m: no port", BODY(HEAD "m=audio RTP/AVP 0\r\n"), ERR_SYNTAX},
	{"m: spaces at the end", BODY(HEAD "m=audio 4000 RTP/AVP 0 8  \r\n"), ERR_OK},
	{"m: the largest port", BODY(HEAD "m=audio 65535 RTP/AVP 0\r\n"), ERR_OK},
	{"m: a larger port", BODY(HEAD "m=audio 65536 RTP/AVP 0\r\n"), ERR_SYNTAX},
	{"m: a port of 30 digits",
	 BODY(HEAD "m=audio 111111111122222222223333333333 RTP/AVP 0\r\n"), ERR_SYNTAX},
	{"m: a negative port", BODY(HEAD "m=audio -1 RTP/AVP 0\r\n"), ERR_SYNTAX},
	{"m: two ports", BODY(HEAD "m=audio 4000/2 RTP/AVP 0\r\n"), ERR_OK},
	{"m: no ports", BODY(HEAD "m=audio 4000/0 RTP/AVP 0\r\n"), ERR_SYNTAX},
	{"m: half a number of ports", BODY(HEAD "m=audio 4000/ RTP/AVP 0\r\n"), ERR_SYNTAX},
	{"m: a kind and a protocol of its own", BODY(HEAD "m=x 9 Y/Z/9 *\r\n"), ERR_OK},
	{"m: a slash in the kind", BODY(HEAD "m=a/b 9 RTP/AVP 0\r\n"), ERR_SYNTAX},
	{"m: a format that is no token (hangs Sofia)",
	 BODY(V "o=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	 "m=message 9 TCP/MSRP \x01\r\n"), ERR_SYNTAX},
	{"m: bytes in the protocol (hangs Sofia)",
	 BODY(HEAD "m=audio 4921 RTP/\xe9\xaf\xdf\xcf\xce\xcd\r\n"), ERR_SYNTAX},
	/* An attribute that cannot be read is not there. */
	{"a: no name", BODY(HEAD "a=\r\n"), ERR_OK},
	{"a: a name that is no token", BODY(HEAD "a=x y:z\r\n"), ERR_OK},
	{"a: nonsense in those we know", BODY(HEAD AUDIO "a=rtpmap\r\na=rtpmap:\r\n"
	 "a=rtpmap:96\r\na=rtpmap:96 x\r\na=rtpmap:96 x/\r\na=rtpmap:96 x/0\r\n"
	 "a=rtpmap:96 x/99999999999\r\na=rtpmap:96 x/8000/\r\na=rtpmap:96 x/8000/0\r\n"
	 "a=rtpmap:31>\x01 LPC\r\na=fmtp\r\na=ptime:\r\na=ptime:-1\r\na=rtcp:\r\n"
	 "a=rtcp:99999\r\na=rtcp:4000 IN\r\n"), ERR_OK},
};
/* clang-format on */

START_TEST(what_can_be_read)
{
	const struct read_case *c = &reads[_i];
	enum err err = sdp_read(arena, c->body, &sdp);

	ck_assert_msg(err == c->err, "%s: %s", c->why, err_text(err));
	/* Each byte beyond the end is somebody else's. */
	for (size_t len = 0; len < c->body.len; len++) {
		char *copy = mem_take(len + 1);

		memcpy(copy, c->body.at, len);
		(void)!sdp_read(arena, (struct view){copy, len}, &sdp);
		free(copy);
	}
}
END_TEST

static enum err parse_times(const char *head, const char *more, size_t n)
{
	struct text text;

	text_init(&text, arena);
	text_add(&text, head);
	for (size_t i = 0; i < n; i++)
		text_add(&text, more);
	text_add(&text, "\r\n");
	return sdp_read(arena, text_view(&text), &sdp);
}

START_TEST(bounds)
{
	/* Five lines are in HEAD, and an empty one is at the end. */
	ck_assert_int_eq(parse_times(HEAD, "a=x\r\n", 194), ERR_OK);
	ck_assert_int_eq(parse_times(HEAD, "a=x\r\n", 195), ERR_TOO_LARGE);
	ck_assert_int_eq(parse_times(HEAD, "a=x\r\n", 100000), ERR_TOO_LARGE);
	ck_assert_int_eq(parse_times(HEAD, AUDIO, 8), ERR_OK);
	ck_assert_int_eq(parse_times(HEAD, AUDIO, 9), ERR_TOO_LARGE);
	ck_assert_int_eq(parse_times(HEAD, AUDIO, 10000), ERR_TOO_LARGE);
	ck_assert_int_eq(parse_times(HEAD "m=audio 4000 RTP/AVP", " 0", 32),
			 ERR_OK);
	ck_assert_int_eq(parse_times(HEAD "m=audio 4000 RTP/AVP", " 0", 33),
			 ERR_TOO_LARGE);
	ck_assert_int_eq(parse_times(HEAD "a=fmtp:96 ", "x", 16000), ERR_OK);
	ck_assert_int_eq(parse_times(HEAD "a=fmtp:96 ", "x", 16384),
			 ERR_TOO_LARGE);
	ck_assert_int_eq(parse_times(V O "c=IN IP4 ", "x", 255), ERR_OK);
	ck_assert_int_eq(parse_times(V O "c=IN IP4 ", "x", 256), ERR_SYNTAX);
}
END_TEST

struct host_case {
	const char *text;
	enum sdp_host_kind kind;
};
/* clang-format off */
static const struct host_case hosts[] = {
	{"IN IP4 192.0.2.1", SDP_HOST_IP4},
	{"in ip4 192.0.2.1", SDP_HOST_IP4},
	{"IN IP4 0.0.0.0", SDP_HOST_IP4},
	{"IN IP6 2001:db8::1", SDP_HOST_IP6},
	{"IN IP6 ::ffff:192.0.2.1", SDP_HOST_IP6},
	{"IN IP6 ::", SDP_HOST_IP6},
	{"IN IP4 224.2.36.42/127", SDP_HOST_MULTICAST},
	{"IN IP4 224.2.1.1/127/3", SDP_HOST_MULTICAST},
	{"IN IP4 239.255.255.255", SDP_HOST_MULTICAST},
	{"IN IP6 FF15::101/3", SDP_HOST_MULTICAST},
	{"IN IP4 192.0.2.1/127", SDP_HOST_MULTICAST},
	{"IN IP4 pc.example.com", SDP_HOST_NAME},
	{"IN IP6 x.invalid", SDP_HOST_NAME},
	{"IN IP4 127.1", SDP_HOST_NAME},
	{"IN IP4 0x7f000001", SDP_HOST_NAME},
	{"IN IP4 192.0.2.256", SDP_HOST_NAME},
	{"IN IP9 192.0.2.1", SDP_HOST_OTHER},
	{"ATM NSAP 47.0091.8100", SDP_HOST_FOREIGN},
};
/* clang-format on */

START_TEST(addresses)
{
	const struct host_case *c = &hosts[_i];
	struct sdp_host host;

	ck_assert_msg(sdp_host_parse(view_of(c->text), &host) == ERR_OK, "%s",
		      c->text);
	ck_assert_msg(host.kind == c->kind, "%s: %d", c->text, (int)host.kind);
}
END_TEST

START_TEST(octets_of_an_address)
{
	static const uint8_t v4[16] = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 1};
	static const uint8_t v6[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};
	struct sdp_host host;

	ck_assert(!sdp_host_parse(VIEW("IN IP4 192.0.2.1"), &host));
	ck_assert_mem_eq(host.octets, v4, 16);
	ck_assert(!sdp_host_parse(VIEW("IN IP6 2001:db8::1"), &host));
	ck_assert_mem_eq(host.octets, v6, 16);
}
END_TEST

START_TEST(two_addresses_are_for_layers)
{
	parse(HEAD AUDIO C "c=IN IP4 192.0.2.9\r\n");
	ck_assert_int_eq(sdp.media[0].host.kind, SDP_HOST_IP4);
	parse(HEAD AUDIO C "c=IN IP4 192.0.2.10\r\n");
	ck_assert_int_eq(sdp.media[0].host.kind, SDP_HOST_OTHER);
}
END_TEST

START_TEST(the_example_of_the_rfc)
{
	/* RFC 8866 section 5, with the dates of its example. */
	parse("v=0\r\n"
	      "o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r\n"
	      "s=Call to John Smith\r\n"
	      "i=SDP Offer #1\r\n"
	      "u=http://www.jdoe.example.com/home.html\r\n"
	      "e=Jane Doe <jane@jdoe.example.com>\r\n"
	      "p=+1 617 555-6011\r\n"
	      "c=IN IP4 198.51.100.1\r\n"
	      "t=0 0\r\n"
	      "m=audio 49170 RTP/AVP 0\r\n"
	      "m=audio 49180 RTP/AVP 0\r\n"
	      "m=video 51372 RTP/AVP 99\r\n"
	      "c=IN IP6 2001:db8::2\r\n"
	      "a=rtpmap:99 h263-1998/90000\r\n");
	assert_view(sdp.origin.username, "jdoe");
	ck_assert_uint_eq(sdp.origin.id, 3724394400);
	ck_assert_uint_eq(sdp.origin.version, 3724394405);
	assert_view(sdp.time, "0 0");
	ck_assert_uint_eq(sdp.n_media, 3);
	assert_view(sdp.media[1].kind, "audio");
	ck_assert_int_eq(sdp.media[1].port, 49180);
	assert_view(sdp.media[1].host.text, "198.51.100.1");
	assert_view(sdp.media[2].kind, "video");
	assert_view(sdp.media[2].host.text, "2001:db8::2");
	ck_assert_int_eq(sdp.media[2].formats[0].payload, 99);
	assert_view(sdp.media[2].formats[0].encoding, "h263-1998");
	ck_assert_uint_eq(sdp.media[2].formats[0].clock, 90000);
}
END_TEST

START_TEST(members_of_a_medium)
{
	const struct sdp_media *media;

	parse(HEAD "m=audio 4000/2 RTP/SAVPF 0 96 101 x 128 08\r\n"
		   "b=RS:0\r\nb=RR:1\r\n"
		   "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1; x\r\n"
		   "a=rtpmap:101 telephone-event/8000\r\n"
		   "a=rtpmap:99 nobody/8000\r\n"
		   "a=ptime:30\r\na=maxptime:60\r\na=recvonly\r\n"
		   "a=rtcp:53020 IN IP4 192.0.2.7\r\na=rtcp-mux\r\n"
		   "m=image 0 udptl t38\r\n");
	media = sdp.media;
	ck_assert_int_eq(media->n_ports, 2);
	assert_view(media->proto, "RTP/SAVPF");
	ck_assert_uint_eq(media->n_formats, 6);
	assert_view(media->formats[1].encoding, "opus");
	ck_assert_int_eq(media->formats[1].channels, 2);
	assert_view(media->formats[1].fmtp, "useinbandfec=1; x");
	ck_assert_uint_eq(media->formats[0].clock, 0);
	ck_assert_int_eq(media->formats[2].channels, 1);
	ck_assert_int_eq(media->formats[3].payload, -1);
	ck_assert_int_eq(media->formats[4].payload, -1);
	ck_assert_int_eq(media->formats[5].payload, -1);
	ck_assert_int_eq(media->ptime, 30);
	ck_assert_int_eq(media->maxptime, 60);
	ck_assert_int_eq(media->direction, SDP_RECVONLY);
	ck_assert_int_eq(media->rtcp_port, 53020);
	assert_view(media->rtcp_host.text, "192.0.2.7");
	ck_assert(media->rtcp_mux);
	ck_assert_uint_eq(media->about.n_bandwidths, 2);
	assert_view(media->about.bandwidths[1].type, "RR");
	ck_assert_uint_eq(media->about.bandwidths[1].value, 1);
	assert_view(media[1].formats[0].text, "t38");
	ck_assert_int_eq(media[1].direction, SDP_SENDRECV);
}
END_TEST

START_TEST(attributes_are_kept_for_later)
{
	struct view value;

	parse(HEAD "a=fingerprint:sha-256 AB:CD\r\na=setup:actpass\r\n" AUDIO
		   "a=candidate:1 1 UDP 1 192.0.2.1 4000 typ host\r\n"
		   "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\na=mid\r\n");
	ck_assert(sdp_attribute(&sdp.about, "fingerprint", &value));
	assert_view(value, "sha-256 AB:CD");
	ck_assert(!sdp_attribute(&sdp.about, "crypto", &value));
	ck_assert(sdp_attribute(&sdp.media[0].about, "crypto", &value));
	assert_view(value, "1 AES_CM_128_HMAC_SHA1_80 inline:x");
	ck_assert(sdp_attribute(&sdp.media[0].about, "mid", &value));
	ck_assert_uint_eq(value.len, 0);
	ck_assert(!sdp_attribute(&sdp.media[0].about, "candidate", &value));
	ck_assert(!sdp_attribute(&sdp.media[0].about, "Mid", &value));
}
END_TEST

struct direction_case {
	const char *session, *media;
	enum sdp_direction direction;
};
static const struct direction_case directions[] = {
	{"", "", SDP_SENDRECV},
	{"a=sendonly\r\n", "", SDP_SENDONLY},
	{"a=sendonly\r\n", "a=recvonly\r\n", SDP_RECVONLY},
	{"a=inactive\r\n", "a=sendrecv\r\n", SDP_SENDRECV},
	{"", "a=inactive\r\n", SDP_INACTIVE},
	/* Contradictions: what all of them allow. */
	{"", "a=sendrecv\r\na=sendonly\r\n", SDP_SENDONLY},
	{"", "a=recvonly\r\na=sendonly\r\n", SDP_INACTIVE},
	{"", "a=sendonly:x\r\na=SENDRECV\r\n", SDP_SENDONLY},
};

START_TEST(direction_of_session_and_medium)
{
	const struct direction_case *c = &directions[_i];

	parse(arena_printf(arena, "%s%s%s%s", HEAD, c->session, AUDIO,
			   c->media));
	ck_assert_int_eq(sdp.media[0].direction, c->direction);
}
END_TEST

START_TEST(the_mirror_of_a_direction)
{
	ck_assert_int_eq(sdp_mirror(SDP_SENDONLY), SDP_RECVONLY);
	ck_assert_int_eq(sdp_mirror(SDP_RECVONLY), SDP_SENDONLY);
	ck_assert_int_eq(sdp_mirror(SDP_SENDRECV), SDP_SENDRECV);
	ck_assert_int_eq(sdp_mirror(SDP_INACTIVE), SDP_INACTIVE);
}
END_TEST

START_TEST(contradictions)
{
	const struct sdp_format *format;

	parse(HEAD AUDIO "a=rtpmap:96 opus/48000/2\r\na=rtpmap:96 G726-32/8000"
			 "\r\na=ptime:20\r\na=ptime:40\r\na=ptime:0\r\n"
			 "a=rtcp:5000\r\na=rtcp:6000\r\n");
	format = &sdp.media[0].formats[1];
	ck_assert(format->is_ambiguous);
	ck_assert_int_eq(sdp.media[0].ptime, 20);
	ck_assert_int_eq(sdp.media[0].rtcp_port, 5000);
	parse(HEAD AUDIO "a=rtpmap:96 opus/48000/2\r\na=rtpmap:96 OPUS/48000/2"
			 "\r\na=fmtp:96 first\r\na=fmtp:96 second\r\n");
	format = &sdp.media[0].formats[1];
	ck_assert(!format->is_ambiguous);
	assert_view(format->fmtp, "first");
	parse(V "o=- 99999999999999999999 99999999999999999999 IN IP4 a\r\n");
	ck_assert_uint_eq(sdp.origin.version, UINT64_MAX);
}
END_TEST

static const char written[] = "v=0\r\n"
			      "o=- 7 9 IN IP4 192.0.2.9\r\n"
			      "s=-\r\n"
			      "c=IN IP4 192.0.2.9\r\n"
			      "t=0 0\r\n"
			      "m=audio 4000 RTP/AVP 0 101\r\n"
			      "c=IN IP6 2001:db8::1\r\n"
			      "a=rtpmap:0 PCMU/8000\r\n"
			      "a=rtpmap:101 telephone-event/8000\r\n"
			      "a=fmtp:101 0-15\r\n"
			      "a=ptime:20\r\n"
			      "a=maxptime:60\r\n"
			      "a=rtcp:4007\r\n"
			      "a=rtcp-mux\r\n"
			      "a=sendonly\r\n"
			      "m=video 0 RTP/AVP 31 H 300\r\n"
			      "m=audio 4002 RTP/AVP 96\r\n"
			      "a=rtpmap:96 opus/48000/2\r\n"
			      "a=inactive\r\n";

START_TEST(what_was_written_reads_back)
{
	struct text text;

	text_init(&text, arena);
	parse(written);
	sdp_write(&sdp, &text);
	assert_view(text_view(&text), written);
}
END_TEST

START_TEST(the_version_rises_with_each_change)
{
	struct text first, second, third;
	struct sdp_media media[3];

	text_init(&first, arena);
	text_init(&second, arena);
	text_init(&third, arena);
	parse(written);
	ck_assert(sdp_write_next(&sdp, VIEW_NONE, &first));
	ck_assert_uint_eq(sdp.origin.version, 9);
	ck_assert(!sdp_write_next(&sdp, text_view(&first), &second));
	ck_assert_uint_eq(sdp.origin.version, 9);
	ck_assert(view_equal(text_view(&first), text_view(&second)));
	memcpy(media, sdp.media, sizeof(media));
	media[0].direction = SDP_SENDRECV;
	sdp.media = media;
	ck_assert(sdp_write_next(&sdp, text_view(&second), &third));
	ck_assert_uint_eq(sdp.origin.version, 10);
	ck_assert(view_find_view(text_view(&third), VIEW("o=- 7 10 IN"), 0) !=
		  SIZE_MAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sdp");
	TCase *cases = tcase_create("descriptions");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_loop_test(cases, what_can_be_read, 0, COUNT(reads));
	tcase_add_test(cases, bounds);
	tcase_add_loop_test(cases, addresses, 0, COUNT(hosts));
	tcase_add_test(cases, octets_of_an_address);
	tcase_add_test(cases, two_addresses_are_for_layers);
	tcase_add_test(cases, the_example_of_the_rfc);
	tcase_add_test(cases, members_of_a_medium);
	tcase_add_test(cases, attributes_are_kept_for_later);
	tcase_add_loop_test(cases, direction_of_session_and_medium, 0,
			    COUNT(directions));
	tcase_add_test(cases, the_mirror_of_a_direction);
	tcase_add_test(cases, contradictions);
	tcase_add_test(cases, what_was_written_reads_back);
	tcase_add_test(cases, the_version_rises_with_each_change);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
