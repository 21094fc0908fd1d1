/*
 * subscription -- event packages, and who is subscribed to what: the notifier
 * of RFC 6665.
 *
 * Whoever has a state that others may watch registers a package: its name, who
 * may see which resource, and how the state is written.  Then event_changed()
 * is all that it has to say.  The notifier answers SUBSCRIBE, keeps the
 * subscriptions, and sends NOTIFY: at once after each SUBSCRIBE, after changes
 * no faster than the pace of the package, and a last one at the end.
 *
 *   SUBSCRIBE --may()--> active --time, Expires: 0, end of the resource,
 *                                 permission gone, failed NOTIFY--> terminated
 *
 * A subscription has a dialog of its own.  One NOTIFY is under way at a time,
 * so none overtakes another; changes in between become one.
 *
 * Bounds: the subscriptions in all and of one subscriber (503), the bytes of a
 * notification (EVENT_BODY_MAX).  Loop thread only.  server/subscription
 * implements this.
 */
#ifndef VOLENS_SERVER_SUBSCRIPTION_H
#define VOLENS_SERVER_SUBSCRIPTION_H

#include "server/base/text.h"
#include "server/edge.h"

struct notifier;
struct sip;

#define EVENT_BODY_MAX 65536

struct notifier_settings {
	struct loop *loop;
	struct sip *sip;
	struct edge *edge;
	size_t subscriptions_max; /**< in all */
	size_t subscriber_max;	  /**< of one subscriber */
};

struct notifier *notifier_new(const struct notifier_settings *settings);
/** No NOTIFY is sent any more.  Before edge_free(). */
void notifier_free(struct notifier *notifier);
size_t notifier_count(const struct notifier *notifier);

/** What is to be written. */
struct event_notice {
	const char *resource; /**< as may() named it */
	const struct identity *subscriber;
	const char *type; /**< of the body: one of the package's */
	/** What write() returned for the NOTIFY before that arrived; 0: all of
	 *  the state is wanted. */
	uint64_t since;
	uint32_t version; /**< 0 in the first NOTIFY, then one more each time */
};

/** What may() says. */
struct event_access {
	/** ERR_OK; ERR_AUTHENTICATE: 401; ERR_FORBIDDEN: 403; ERR_UNKNOWN: 404.
	 */
	enum err err;
	/** Name of the resource for this package; in the request's arena. */
	const char *resource;
};

struct event_package {
	const char *name;	  /**< "conference" */
	enum purpose purpose;	  /**< of the Request-URIs that it serves */
	const char *const *types; /**< of bodies; the first is for subscribers
				     without Accept; NULL ends */
	int least_s, usual_s, most_s; /**< of a subscription */
	int pace_ms;		      /**< between two changes told */
	/** May they subscribe?  Sender and Request-URI are in @p request. */
	struct event_access (*may)(void *arg, const struct request *request);
	/** May they still?  Asked before each NOTIFY; false ends it as
	 *  `rejected`. */
	bool (*may_still)(void *arg, const char *resource,
			  const struct identity *subscriber);
	/** Append the state to @p body, empty before; 0: nothing has changed
	 *  since. @return what stands for the state as it is now */
	uint64_t (*write)(void *arg, const struct event_notice *notice,
			  struct text *body);
	void *arg;
};
/** Its name is in Allow-Events from now on.  @p package lives as long as the
 *  notifier. */
void notifier_register(struct notifier *notifier,
		       const struct event_package *package);

void event_changed(struct notifier *notifier,
		   const struct event_package *package, const char *resource);
/** The resource is gone: the last state is told, and each subscription to it
 *  ends as `noresource`. */
void event_ended(struct notifier *notifier, const struct event_package *package,
		 const char *resource);

#endif
