/*
 * lists -- requests that name many recipients, until they have their response.
 *
 * A method that takes lists has a plan, a table of named steps, and a module
 * whose plan it is (list_request.h): server/message for MESSAGE.  The module
 * receives the request from the edge and hands it over with the plan.
 *
 *   receive -> translate -> authorize -> the module's steps -> respond -> ...
 *
 * What every plan needs is here: the driver, the steps of a list, the response.
 * What the request was accepted for is the module's.
 *
 * Loop thread only.
 */
#ifndef VOLENS_SERVER_LIST_LISTS_H
#define VOLENS_SERVER_LIST_LISTS_H

#include "db/allowances.h"
#include "db/index.h"
#include "db/list_table.h"
#include "policies/ours.h"
#include "server/base/counters.h"
#include "server/base/uri.h"
#include "server/edge.h"

struct lists;
struct plan; /* list_request.h */

struct lists_settings {
	struct loop *loop;
	struct edge *edge;
	struct index *index;
	struct counters *counters;
	struct allowances *allowances;	 /**< NULL: senders have no limits */
	const struct list_table *stored; /**< stored lists; NULL: there are none
					  */
	struct ours ours;
	struct uri_rules uri_rules;
	size_t list_length; /**< most entries after merging */
	size_t list_bytes;  /**< most bytes of one list document */
	size_t body_bytes;  /**< most bytes of a request body */
	int breadth_max;    /**< most Max-Breadth we take: 60 */
};

struct lists *lists_new(const struct lists_settings *settings);
/** An authenticated request for a service, and the way it goes; owned from now
 *  on.  @p module is that of the plan. */
void lists_receive(struct lists *lists, const struct plan *plan, void *module,
		   struct request *request);
/** Requests without a response, and the memory that they may need. */
size_t lists_count(const struct lists *lists);
size_t lists_bytes(const struct lists *lists);
/** The module goes, and the writer has nothing of it any more: free its
 *  requests. */
void lists_drop(struct lists *lists, const void *module);
/** After its modules, and before the edge. */
void lists_free(struct lists *lists);

#endif
