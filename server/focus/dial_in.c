/* An INVITE to a conference URI (RFC 4579 section 5.1): of its creator, of whom
 * they called, and of whom others added. */
#include "server/focus/focus_private.h"

#include "server/base/log.h"

static void refuse(struct conferences *conferences, struct request *request,
		   int status, const char *reason)
{
	struct header retry_after = {VIEW("Retry-After"), VIEW("30")};
	bool is_later = status == 486 || status == 503;
	struct response response = {.status = status,
				    .reason = reason,
				    .headers = &retry_after,
				    .n_headers = is_later ? 1 : 0};

	log_event(LOG_EVENT_REFUSED, request->id,
		  "status=%d reason=%s call-id=%s target=%s", status,
		  log_text(reason ? reason : ""), log_text(request->call_id),
		  log_text(request->target_key));
	edge_respond(conferences->settings.edge, request, &response);
	request_free(request);
}

static struct conference_room *room_of(const struct conferences *conferences,
				       const char *user)
{
	size_t skip = strlen(CONFERENCE_USER_PREFIX);

	return user && strlen(user) > skip
		       ? room_find_known(conferences, user + skip)
		       : NULL;
}

const char *conferences_domain_of(const struct conferences *conferences,
				  const char *user)
{
	const struct conference_room *room = room_of(conferences, user);

	return room ? room->domain : NULL;
}

static struct conference_room *find_room(const struct conferences *conferences,
					 const struct request *request)
{
	struct conference_room *room =
		room_of(conferences, request->conference);
	const char *domain = request->domain ? request->domain
					     : conferences->settings.domain;

	/* At another domain than its own it is not there. */
	return room && room->state == CONFERENCE_LIVE &&
			       strcmp(room->domain, domain) == 0
		       ? room
		       : NULL;
}

/* Somebody called them here, and is still permitted to. */
static bool is_invited(const struct conference_room *room,
		       const struct identity *who)
{
	struct conference_party *party;

	TAILQ_FOREACH(party, &room->parties, link)
	{
		if (party->caller && is_one_of(who, party->key) &&
		    party_is_permitted(party))
			return true;
	}
	return false;
}

/* A yes that was taken back, or ran out, lets nobody in. */
static bool may_join(struct conference_room *room,
		     const struct request *request)
{
	struct conference_access access;

	if (conference_access(room->conferences, room->id, &request->sender,
			      &access) != ERR_OK)
		return false;
	return conference_may(access.role, ACT_JOIN, &access.rules) &&
	       (access.role == ROLE_CREATOR ||
		is_invited(room, &request->sender));
}

/* RFC 3891 section 3: only one's own call. */
static int check_replaces(const struct conference_room *room,
			  const struct request *request)
{
	const struct conference_party *party;
	struct session *session = NULL;
	int status = session_replaces(room->conferences->settings.sessions,
				      request, &session);

	if (status || !session)
		return status;
	party = session_arg(session);
	return party->room == room && party == party_of(room, &request->sender)
		       ? 0
		       : 403;
}

static void party_withdraw(struct conference_party *party)
{
	struct conference_room *room = party->room;

	TAILQ_REMOVE(&room->parties, party, link);
	room->n_parties--;
}

static void accept_call(struct conference_room *room, struct request *request)
{
	struct conferences *conferences = room->conferences;
	struct conference_party *party = party_add_dial_in(room, request);
	enum party_answer answer = party_accept(party);

	if (answer == PARTY_ACCEPTED) {
		room_check(room); /* its creator may have come back */
		return;
	}
	party_withdraw(party);
	if (answer == PARTY_REFUSED)
		request_free(request);
	else
		refuse(conferences, request, 503, "No Media Port");
}

void conferences_receive_dial_in(struct conferences *conferences,
				 struct request *request)
{
	struct conference_room *room = find_room(conferences, request);
	struct conference_limit limit;
	bool is_full; /* all the same to who calls */
	int status;

	if (conferences->is_draining) {
		refuse(conferences, request, 503, NULL);
		return;
	}
	if (!room || !may_join(room, request)) {
		refuse(conferences, request, room ? 403 : 404, NULL);
		return;
	}
	status = check_replaces(room, request);
	if (status) {
		refuse(conferences, request, status, NULL);
		return;
	}
	limit = room_limit(room, 1, &is_full);
	if (limit.status)
		refuse(conferences, request, limit.status, limit.reason);
	else
		accept_call(room, request);
}
