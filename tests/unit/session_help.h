/*
 * session_help -- calls over scripted transactions and a scripted clock.
 *
 * The test is the other side: it takes what leaves, message by message, and
 * answers.  What the owner of a call hears is written down, a line each.
 */
#ifndef VOLENS_TESTS_UNIT_SESSION_HELP_H
#define VOLENS_TESTS_UNIT_SESSION_HELP_H

#include "server/session/sessions.h"
#include "tests/fake/fake_loop.h"
#include "tests/fake/fake_sip.h"

#define BOB "sip:bob@example.org"
#define CRLF "\r\n"
#define SDP_TYPE "Content-Type: application/sdp\r\n"
/** What a phone says: PCMU, PCMA and keys at 192.0.2.9:4000. */
#define SDP_WITH(direction)                                                    \
	"v=0\r\no=- 7 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\n"     \
	"t=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\n"                            \
	"a=rtpmap:101 telephone-event/8000\r\n" direction
#define SDP_PHONE SDP_WITH("")
/** Video only: nothing for us. */
#define SDP_VIDEO                                                              \
	"v=0\r\no=- 7 2 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\n"     \
	"t=0 0\r\nm=video 4000 RTP/AVP 34\r\n"
#define CONTACT "Contact: <sip:bob@192.0.2.9:5060>\r\n"

struct session_fixture {
	struct loop *loop;
	struct sip *sip;
	struct sessions_settings settings;
	struct media_rules rules;
	struct counters counters;
	struct sessions *sessions;
	struct text heard;
	bool is_permitted;
	bool holds_go, holds_confirm; /**< the row is not on disk yet */
	struct session *session;      /**< that was made last */
	struct request *request;      /**< that came last */
	struct invitation invitation;
	/* Copies of what was told last. */
	struct media_stream stream;
	struct session_end end;
	char branch[64], target[128], routes[256], hop[128], remote_tag[64];
	char call_id[64], local_tag[64], request_uri[128], local[128],
		remote[128];
	struct session_record record; /**< of these */
	bool takes_other;
	bool ends_identified; /**< whoever is named may not be there */
	bool is_cancelled;    /**< what comes was, and has its answer */
};
extern struct session_fixture fix;

void session_set_up(void);
void session_tear_down(void);
/** Until nothing more happens at this instant. */
void session_run(void);
/** The same, and the clock goes on by so much. */
void session_pass(int64_t ms);
/** The next message that left; it has to begin so. */
const char *session_expect(const char *begin);
/** Nothing (more) left. */
void session_expect_none(void);
/** What the owner heard since the last look. */
const char *session_heard(void);

/** The number in CSeq. */
unsigned session_cseq(const char *message);

struct session *session_call(void);
/** The other side answers, and all that follows happens. */
void session_reply(const char *request, int status, const char *tag,
		   const char *lines, const char *body);
void session_receive(const char *bytes);
/** A call that was answered: @p lines of its 200.  @return its INVITE */
const char *session_confirmed(const char *lines);
/** A request in the dialog of our call. */
const char *session_in_dialog(const char *method, unsigned cseq,
			      const char *lines, const char *body);

/** An INVITE of theirs; @p body NULL: none. */
const char *session_invite_of(const char *lines, const char *body);
/** A call of theirs that is confirmed. */
void session_accepted(const char *lines);
/** A request in the dialog of their call. */
const char *session_in_theirs(const char *method, unsigned cseq,
			      const char *lines, const char *body);
/** No timer is left, and no leg. */
void session_expect_quiet(void);

#endif
