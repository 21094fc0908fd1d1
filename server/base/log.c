#include "server/base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "server/base/loop.h"
#include "server/base/text.h"
#include "server/base/token.h"

#define LOG_LINE_MAX 4096 /**< bytes of a line with its line end */
#define LOG_TEXT_MAX 256  /**< bytes of foreign text before escaping */
#define LOG_BUFFERS 8
#define LOG_RATE 100	   /**< lines of one event in one window */
#define LOG_WINDOW_MS 1000 /**< length of a window */

static _Atomic int log_level = LOG_INFO;

static const char *const level_names[] = {"error", "warning", "info", "debug"};

/* clang-format off */
#define LOG_EVENTS_NAME(id, level, limit, event, fields, doc) [id] = event,
static const char *const event_names[] = {LOG_EVENTS(LOG_EVENTS_NAME)};
#define LOG_EVENTS_LIMIT(id, level, limit, event, fields, doc) [id] = limit,
static const uint8_t event_limits[] = {LOG_EVENTS(LOG_EVENTS_LIMIT)};
/* clang-format on */

/** How often one event was written of late. */
struct rate {
	int64_t window; /**< when its window began, monotonic ms */
	unsigned lines; /**< written in the window */
	unsigned suppressed;
};

static pthread_mutex_t rates_lock = PTHREAD_MUTEX_INITIALIZER;
static struct rate rates[LOG_EVENT_COUNT];
static unsigned n_flooding; /**< rows with suppressed > 0 */

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
	return (int)level <=
	       atomic_load_explicit(&log_level, memory_order_relaxed);
}

/** A line being put together; what does not fit is cut. */
struct line {
	char at[LOG_LINE_MAX];
	size_t len;
};

static void line_vadd(struct line *line, const char *format, va_list list)
	__attribute__((format(printf, 2, 0)));
static void line_add(struct line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void line_vadd(struct line *line, const char *format, va_list list)
{
	size_t room = sizeof(line->at) - 1 - line->len;
	int len = vsnprintf(line->at + line->len, room, format, list);

	if (len < 0)
		return;
	line->len += (size_t)len < room ? (size_t)len : room - 1;
}

static void line_add(struct line *line, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	line_vadd(line, format, list);
	va_end(list);
}

/* `2026-11-22T01:02:03.456Z info relay=7f3a event=refused` */
static void line_begin(struct line *line, enum log_event event, const char *id)
{
	int64_t now_ms = wall_now_ms();
	time_t seconds = (time_t)(now_ms / 1000);
	struct tm utc;

	line->len = 0;
	gmtime_r(&seconds, &utc);
	line_add(line, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ %s ",
		 utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
		 utc.tm_min, utc.tm_sec, (int)(now_ms % 1000),
		 level_names[log_event_level(event)]);
	if (id)
		line_add(line, "%s ", id);
	line_add(line, "event=%s", event_names[event]);
}

/* One write, so that lines of several threads do not mix.  Foreign text was
 * escaped and blotted before; what was not is caught here. */
static void line_write(struct line *line)
{
	struct view written;
	bool is_clean;

	line->len = token_blot_bytes(line->at, line->len);
	written = (struct view){line->at, line->len};
	is_clean = !view_has_control(written) &&
		   view_find(written, '\t', 0) == SIZE_MAX;
	for (size_t i = 0; !is_clean && i < line->len; i++)
		if ((unsigned char)line->at[i] < 0x20 || line->at[i] == 0x7f)
			line->at[i] = '?';
	line->at[line->len++] = '\n';
	while (write(STDERR_FILENO, line->at, line->len) < 0 && errno == EINTR)
		;
}

/* Take an event whose flood is over, to be told; n_flooding is not 0. */
static bool flood_next(int64_t now_ms, enum log_event *ret, unsigned *ret_n)
{
	for (int i = 0; i < LOG_EVENT_COUNT; i++) {
		struct rate *rate = &rates[i];

		if (!rate->suppressed || now_ms - rate->window < LOG_WINDOW_MS)
			continue;
		*ret = (enum log_event)i;
		*ret_n = rate->suppressed;
		rate->suppressed = 0;
		n_flooding--;
		return true;
	}
	return false;
}

/* Sum up what was left out in windows that are over. */
static void floods_tell(int64_t now_ms)
{
	enum log_event event;
	struct line line;
	unsigned n;
	bool any;

	do {
		pthread_mutex_lock(&rates_lock);
		any = n_flooding && flood_next(now_ms, &event, &n);
		pthread_mutex_unlock(&rates_lock);
		if (!any)
			return;
		line_begin(&line, event, NULL);
		line_add(&line, " suppressed=%u", n);
		line_write(&line);
	} while (any);
}

static bool rate_admits(enum log_event event, int64_t now_ms)
{
	struct rate *rate = &rates[event];
	bool admitted = true;

	if (event_limits[event] == LOG_UNLIMITED)
		return true;
	pthread_mutex_lock(&rates_lock);
	if (now_ms - rate->window >= LOG_WINDOW_MS) {
		rate->window = now_ms;
		rate->lines = 0;
	}
	if (rate->lines < LOG_RATE) {
		rate->lines++;
	} else {
		if (!rate->suppressed++)
			n_flooding++;
		admitted = false;
	}
	pthread_mutex_unlock(&rates_lock);
	return admitted;
}

const char *log_event_name(enum log_event event)
{
	return event_names[event];
}

void log_write(enum log_event event, const char *id, const char *format, ...)
{
	int64_t now_ms = monotonic_now_ms();
	struct line line;
	va_list list;

	floods_tell(now_ms);
	if (!rate_admits(event, now_ms))
		return;
	line_begin(&line, event, id);
	if (format) {
		line_add(&line, " ");
		va_start(list, format);
		line_vadd(&line, format, list);
		va_end(list);
	}
	line_write(&line);
}

const char *log_text(const char *string)
{
	return string ? log_view(view_of(string)) : "-";
}

/* Controls of C0 and C1, and what turns lines or the direction of writing:
 * U+2028 to U+202E and U+2066 to U+2069. */
static bool is_shown(struct view character)
{
	const uint8_t *at = (const uint8_t *)character.at;

	switch (character.len) {
	case 0:
		return false;
	case 1:
		/* A byte from 0x80 on stands alone only where it is bad. */
		return at[0] >= 0x20 && at[0] < 0x7f && at[0] != '"' &&
		       at[0] != '\\';
	case 2:
		return at[0] != 0xc2 || at[1] >= 0xa0;
	case 3:
		if (at[0] != 0xe2)
			return true;
		return !(at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) &&
		       !(at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9);
	default:
		return true;
	}
}

/* One character (or one bad byte) of @p v into @p to; returns its end. */
static char *put_character(char *to, struct view character)
{
	size_t i;

	if (is_shown(character)) {
		memcpy(to, character.at, character.len);
		return to + character.len;
	}
	for (i = 0; i < character.len; i++) {
		uint8_t byte = (uint8_t)character.at[i];

		*to++ = '\\';
		if (byte == '"' || byte == '\\') {
			*to++ = (char)byte;
			continue;
		}
		*to++ = 'x';
		hex_encode(&byte, 1, to);
		to += 2;
	}
	return to;
}

/* Printable ASCII without quotes and backslashes, up to where a token may
 * begin: nearly all that is ever logged. */
static size_t plain_length(struct view v)
{
	/* 0: as it is; 1: to be escaped; '%' and '-': of a token, perhaps. */
	static const uint8_t odd[256] = {
		[0x00 ... 0x1f] = 1, [0x7f ... 0xff] = 1, ['"'] = 1,
		['\\'] = 1,	     ['%'] = '%',	  ['-'] = '-'};
	enum token_kind kind;
	size_t len;

	for (len = 0; len < v.len; len++) {
		uint8_t what = odd[(uint8_t)v.at[len]];

		if (!what)
			continue;
		if (what == 1)
			return len;
		if (what == '%') /* an escape, or the letter before it */
			return len ? len - 1 : 0;
		if (len && token_shown_len(view_from(v, len - 1), &kind))
			return len - 1;
	}
	return len;
}

const char *log_view(struct view v)
{
	static _Thread_local char buffers[LOG_BUFFERS][4 * LOG_TEXT_MAX + 16];
	static _Thread_local unsigned next;
	char *buffer = buffers[next++ % LOG_BUFFERS];
	char *to = buffer;
	size_t taken = 0, whole = v.len;

	/* What is cut in a token is blotted all the same. */
	v = view_head(v, LOG_TEXT_MAX + 3 * (2 + TOKEN_HEX));
	*to++ = '"';
	while (taken < v.len && taken < LOG_TEXT_MAX) {
		struct view rest = view_from(v, taken);
		size_t len = plain_length(rest), token_len;
		enum token_kind kind;

		/* One that is longer than the room is cut in the end. */
		if (len > LOG_TEXT_MAX - taken)
			len = LOG_TEXT_MAX - taken;
		to = mempcpy(to, rest.at, len);
		taken += len;
		rest = view_from(v, taken);
		if (!rest.len || taken == LOG_TEXT_MAX)
			break;
		len = view_utf8_length(rest);
		if (taken + (len ? len : 1) > LOG_TEXT_MAX)
			break;
		token_len = token_shown_len(rest, &kind);
		if (token_len) {
			to = token_blot_to(to, kind);
			taken += token_len;
			continue;
		}
		to = put_character(to, view_head(rest, len ? len : 1));
		taken += len ? len : 1;
	}
	if (taken < whole)
		to = mempcpy(to, "...", 3);
	*to++ = '"';
	*to = '\0';
	return buffer;
}
