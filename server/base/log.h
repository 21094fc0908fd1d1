/*
 * log -- one line per event on standard error, any thread.
 *
 * `relay=7f3a event=refused status=470 missing=1`: the id first, the event word
 * from one table (log_events.h), then key=value.  Values from the network are
 * escaped (log_text does it): a line stays a line.  Never: credentials, tokens,
 * bodies. A flood of one event is cut to 100 lines a second and summed up later
 * by a line of its own: `event=<word> suppressed=<n>`.  Changes of consent are
 * never cut (LOG_UNLIMITED).
 *
 * policies/, db/ and base/ return errors and do not log.
 */
#ifndef VOLENS_BASE_LOG_H
#define VOLENS_BASE_LOG_H

#include "server/base/log_events.h"
#include "server/base/view.h"

void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/**
 * Write one line: `time level <id> event=<event> <format...>`.  The arguments
 * are looked at only where the level of the event is enabled.
 *
 * @param event   of the table (log_events.h)
 * @param id      "kind=hex", such as "relay=7f3a"; NULL where there is none
 * @param format  the key=value pairs, or NULL; wrap foreign text in log_text()
 */
#define log_event(event, ...)                                                  \
	(log_enabled(log_event_level(event)) ? log_write(event, __VA_ARGS__)   \
					     : (void)0)
void log_write(enum log_event event, const char *id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/** As the line has it: "refused". */
const char *log_event_name(enum log_event event);

/**
 * Foreign text made safe for a log line: quoted, control bytes, quotes and
 * bytes that are not UTF-8 escaped, tokens of consent URIs blotted out, cut at
 * 256 bytes.  The result lives in one
 * of 8 per-thread buffers: good for use in one log_event() call.
 */
const char *log_text(const char *string);
const char *log_view(struct view v);

#endif
