/*
 * refusals -- writes the records of requests that were refused (db/records.h).
 *
 * Only those of identified senders are written, REFUSALS_AN_HOUR of each sender
 * and module, when the writer has nothing else to do: they wait in memory until
 * then, and a crash may lose them.
 *
 * Loop thread only.
 */
#ifndef VOLENS_SERVER_LIST_REFUSALS_H
#define VOLENS_SERVER_LIST_REFUSALS_H

#include "db/job_group.h"
#include "server/list/list_request.h"

struct refusals;

struct refusals_settings {
	struct loop *loop;
	struct writer *writer;
	struct job_group *jobs; /**< closed before the refusals are freed */
	int64_t keep_done_s;	/**< 0: none are kept */
};
struct refusals *refusals_new(const struct refusals_settings *settings);
/** Nothing is written any more. */
void refusals_stop(struct refusals *refusals);
/** Stopped, and no store_job is out. */
void refusals_free(struct refusals *refusals);
bool refusals_idle(const struct refusals *refusals);

/** A request that was refused; all of it is copied. */
struct refused {
	const char *call_id, *sender, *target, *source, *method;
	const char *conference; /**< id; NULL: none */
	int64_t at;
	int status;
	const struct recipients *recipients;
	/** Of each recipient; NULL: no permission was the reason. */
	const enum verdict *verdicts;
};
#define REFUSALS_AN_HOUR 60
#define REFUSAL_RECIPIENTS_MAX 1000 /**< those without permission first */
void refusals_take(struct refusals *refusals, const struct refused *refused);
/** The request of @p list, to be written if its sender is known. */
void refusals_take_list(struct refusals *refusals,
			const struct list_request *list);

#endif
