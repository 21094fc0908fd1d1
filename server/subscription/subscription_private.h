/*
 * subscription_private -- what the files of this room share; nobody else
 * includes it.
 *
 *   notifier     all of them: packages, the row of SUBSCRIBE, changes
 *   subscribe    SUBSCRIBE: what it asks for, and its response
 *   subscription the life of one
 *   notify       NOTIFY, and what its response means
 */
#ifndef VOLENS_SERVER_SUBSCRIPTION_SUBSCRIPTION_PRIVATE_H
#define VOLENS_SERVER_SUBSCRIPTION_SUBSCRIPTION_PRIVATE_H

#include <sys/queue.h>

#include "server/base/loop.h"
#include "server/sip/dialog.h"
#include "server/sip/received.h"
#include "server/subscription.h"

/** The reason of a Subscription-State that is terminated (RFC 6665 section
 *  4.1.3). */
enum ending {
	ENDING_NONE,	   /**< it is active */
	ENDING_TIMEOUT,	   /**< time is over, or Expires: 0 */
	ENDING_NORESOURCE, /**< the resource is gone */
	ENDING_REJECTED,   /**< they may not any more */
	ENDING_PROBATION,  /**< we stop: come again later */
	ENDINGS
};

struct subscription {
	struct notifier *notifier;
	const struct event_package *package;
	LIST_ENTRY(subscription) link;
	struct dialog *dialog;
	struct dialog_usage_owner owner; /**< of the dialog's requests */
	char *resource, *contact;	 /**< user part of ours */
	char *event;	  /**< value of Event: "conference;id=7" */
	const char *type; /**< of the bodies */
	struct identity subscriber;
	char *aors[2];	 /**< its strings */
	int64_t ends_ms; /**< on the loop's clock */
	struct loop_timer expiry, pace;
	uint64_t since;	  /**< state that the subscriber has */
	uint64_t written; /**< state in the NOTIFY under way */
	uint32_t version;
	unsigned n_failed; /**< NOTIFYs in a row that may be sent again */
	bool is_due;	   /**< there is something to tell */
	bool is_paced;	   /**< not before the timer */
	enum ending ending;
	struct notify *notify; /**< under way; or NULL */
};
LIST_HEAD(subscriptions, subscription);

struct notifier {
	struct notifier_settings settings;
	struct loop *loop;
	const struct event_package *packages[4];
	struct method_module rows[4];
	size_t n_packages;
	struct subscriptions all;
	size_t n;
	struct message *message; /**< a SUBSCRIBE that is read; reused */
	struct text names;	 /**< value of Allow-Events */
	bool is_draining;
};

/* notifier.c */
/** NULL: there is none of this name. */
const struct event_package *notifier_find(const struct notifier *notifier,
					  struct view name);

/* subscribe.c */
void notifier_receive(void *module, struct request *request);
/** A request in the dialog of a subscription. */
void subscription_receive(void *arg, struct dialog *dialog,
			  struct received *received);

/* subscription.c */
struct subscription *subscription_new(struct notifier *notifier,
				      const struct event_package *package,
				      const struct identity *subscriber);
/** It owns the dialog from now on, and is in the table. */
void subscription_begin(struct subscription *subscription,
			struct dialog *dialog);
/** So many seconds from now; 0: it ends with the next NOTIFY.  The whole state
 *  is told at once. */
void subscription_extend(struct subscription *subscription, int expires_s);
/** It ends: a last NOTIFY leaves. */
void subscription_end(struct subscription *subscription, enum ending ending);
/** Nothing more leaves. */
void subscription_free(struct subscription *subscription);
/** Something may have changed. */
void subscription_stir(struct subscription *subscription);
/** What came of the NOTIFY. */
void subscription_notified(struct subscription *subscription, int status,
			   int retry_after_s);

/* notify.c */
/** Send one now; ERR_FULL, ERR_CONFLICT: the dialog takes none any more. */
enum err notify_send(struct subscription *subscription) MUST_CHECK;
/** Forget the one under way. */
void notify_drop(struct subscription *subscription);

#endif
