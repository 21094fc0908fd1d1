#include "server/events_doc.h"

#include "server/base/log_events.h"
#include "server/roff.h"

struct event {
	const char *name;
	enum log_level level;
	enum log_limit limit;
	const char *fields, *doc;
};

/* clang-format off */
#define EVENT(id, level, limit, event, fields, doc) { event, level, limit, fields, doc },
static const struct event events[] = { LOG_EVENTS(EVENT) };
/* clang-format on */

static void event_write(struct text *text, struct arena *arena,
			const struct event *event)
{
	static const char *const levels[] = {"error", "warning", "info",
					     "debug"};

	text_add(text, ".TP\n.BR ");
	roff_add(text, event->name);
	text_printf(text, " \" (%s%s)\"\n", levels[event->level],
		    event->limit == LOG_UNLIMITED ? ", always written" : "");
	roff_wrap(text, arena, event->doc);
	if (event->fields[0])
		roff_wrap(text, arena,
			  arena_printf(arena, "With: %s.", event->fields));
}

void events_write_manual(struct text *ret)
{
	struct arena *arena = arena_new(0);

	text_add(ret, ".\\\" events begin: from the table in "
		      "server/base/log_events.h\n");
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		event_write(ret, arena, &events[i]);
	text_add(ret, ".\\\" events end\n");
	arena_free(arena);
}
