/* What questions may take of a destination, and in bytes. */
#include "db/questions.h"

#include "db/permission_requests.h"
#include "db/transaction.h"
#include "server/base/uri.h"

#define MINUTE_S 60
/** Minutes of which something may lie in an hour. */
#define HOUR_MINUTES 60

const char *question_host(const char *recipient, char ret[URI_KEY_ROOM])
{
	char person[URI_KEY_ROOM];
	struct view host = uri_key_domain(
		uri_key_person(recipient, person) ? person : recipient);

	memcpy(ret, host.len ? host.at : "", host.len);
	ret[host.len] = '\0';
	return ret;
}

/** What counts for one destination. */
struct destination_sql {
	enum asking_place place;
	const char *second, *day, *bytes;
};

/** Questions to one host, or one network. */
#define OF_HOST "FROM ask WHERE host = $1 AND "
#define OF_NETWORK                                                             \
	"FROM ask_network n JOIN ask ON ask.id = n.ask WHERE n.network = $1 "  \
	"AND n."

static const struct destination_sql by_host = {
	ASKING_HOST,
	"SELECT count(*) " OF_HOST "tried_at >= $2 AND " ASK_IS_OF("$3"),
	"SELECT count(*), coalesce(min(asked_at), 0) FROM (SELECT "
	"asked_at " OF_HOST "asked_at > $2 AND " ASK_IS_OF(
		"$3") " ORDER BY asked_at DESC LIMIT $4)",
	"SELECT coalesce(sum(bytes), 0) " OF_HOST
	"tried_at > $2 AND " ASK_IS_OF("$3")};
static const struct destination_sql by_network = {
	ASKING_NETWORK,
	"SELECT count(*) " OF_NETWORK "tried_at >= $2 AND " ASK_IS_OF("$3"),
	"SELECT count(*), coalesce(min(at), 0) FROM (SELECT n.asked_at AS "
	"at " OF_NETWORK "asked_at > $2 AND " ASK_IS_OF(
		"$3") " ORDER BY n.asked_at DESC LIMIT $4)",
	"SELECT coalesce(sum(n.bytes), 0) " OF_NETWORK
	"tried_at > $2 AND " ASK_IS_OF("$3")};

/** What is asked about one. */
struct destination {
	const struct destination_sql *sql;
	const char *name;
	const char *target; /**< only questions of its domain count */
	const struct asking_rate *rate;
	int64_t now;
};

/** Not many rows: each has taken its part of the day's bytes. */
static enum err find_bytes(struct store *store, const struct destination *place,
			   int64_t *ret)
{
	struct query query = query_begin(store, place->sql->bytes);

	query_text(&query, place->name);
	query_int(&query, place->now - ASKING_DAY_S);
	query_text(&query, place->target);
	if (query_next(&query))
		*ret = query_get_int(&query);
	return query_end(&query);
}

static enum err find_use(struct store *store, const struct destination *place,
			 struct asking_destination *ret)
{
	struct query query = query_begin(store, place->sql->second);
	enum err err;

	*ret = (struct asking_destination){0};
	query_text(&query, place->name);
	query_int(&query, place->now);
	query_text(&query, place->target);
	if (query_next(&query))
		ret->in_second = (int)query_get_int(&query);
	err = query_end(&query);
	if (err)
		return err;
	query = query_begin(store, place->sql->day);
	query_text(&query, place->name);
	query_int(&query, place->now - ASKING_DAY_S);
	query_text(&query, place->target);
	query_int(&query, place->rate->per_day);
	if (query_next(&query)) {
		ret->in_day = (int)query_get_int(&query);
		ret->oldest_at = query_get_int(&query);
	}
	err = query_end(&query);
	return err || place->rate->bytes_per_day <= 0
		       ? err
		       : find_bytes(store, place, &ret->bytes);
}

enum err store_question_host_use(struct store *store,
				 const struct question_place *of,
				 struct asking_destination *ret)
{
	return find_use(store,
			&(struct destination){&by_host, of->host, of->target,
					      of->rate, of->now},
			ret);
}

/** @p n_ahead  that take their turn before it. */
static enum err take_destination(struct store *store,
				 const struct destination *place, int n_ahead,
				 const struct asking_need *need,
				 struct asking_verdict *verdict)
{
	struct asking_destination use;
	enum err err = find_use(store, place, &use);

	if (err)
		return err;
	use.in_second += n_ahead;
	use.in_day += n_ahead;
	if (use.in_day == n_ahead) /* their day begins now */
		use.oldest_at = place->now;
	asking_take_later(verdict,
			  asking_destination_when(place->rate,
						  place->sql->place, &use, need,
						  place->now),
			  place->now);
	return ERR_OK;
}

/* ---- networks -------------------------------------------------------------
 */

enum err question_note_network(struct store *store, int64_t ask,
			       const char *network, int64_t now, int64_t bytes)
{
	struct query query = query_begin(
		store, "INSERT INTO ask_network (network, ask, asked_at, "
		       "tried_at, bytes) VALUES ($1, $2, $3, $3, $4) "
		       "ON CONFLICT (network, ask) DO UPDATE SET "
		       "tried_at = excluded.tried_at, "
		       "bytes = bytes + excluded.bytes");

	query_text(&query, network);
	query_int(&query, ask);
	query_int(&query, now);
	query_int(&query, bytes);
	return query_run(&query);
}

enum err question_settle_network(struct store *store,
				 const struct question_sent *sent)
{
	struct query query =
		query_begin(store, "UPDATE ask_network SET bytes = bytes + $1 "
				   "WHERE network = $2 AND ask = $3");

	query_int(&query, sent->bytes - sent->before - sent->placed);
	query_text(&query, sent->network);
	query_int(&query, sent->ask);
	return query_run(&query);
}

/** Did it go there before? */
static enum err was_there(struct store *store, int64_t ask, const char *network,
			  bool *ret)
{
	struct query query = query_begin(store, "SELECT 1 FROM ask_network "
						"WHERE network = $1 AND "
						"ask = $2");

	query_text(&query, network);
	query_int(&query, ask);
	return query_exists(&query, ret);
}

static enum err note_move(struct store *store, const struct question_move *move)
{
	struct query query = query_begin(
		store, "UPDATE ask SET tried_at = $1 WHERE id = $2");

	query_int(&query, move->now);
	query_int(&query, move->from->ask);
	return query_run(&query);
}

/** What may leave there, of what is reserved. */
static enum err find_room(struct store *store, const struct question_move *move,
			  const struct destination *place, int64_t *ret)
{
	int64_t reserved = move->from->reserved - move->from->bytes;
	struct asking_need need = {.bytes = move->bytes};
	struct asking_destination use = {0};
	enum err err =
		was_there(store, move->from->ask, move->network, &need.is_try);

	*ret = 0;
	if (!err)
		err = find_use(store, place, &use);
	if (err || asking_destination_when(move->rate, place->sql->place, &use,
					   &need, move->now)
				   .at > move->now)
		return err;
	*ret = asking_destination_room(move->rate, &use);
	if (move->from->reserved && *ret > reserved)
		*ret = reserved;
	return ERR_OK;
}

enum err store_question_move(struct store *store,
			     const struct question_move *move,
			     int64_t *ret_room)
{
	const struct destination place = {&by_network, move->network,
					  move->target, move->rate, move->now};
	int64_t room;
	enum err err = find_room(store, move, &place, &room);

	*ret_room = err ? 0 : room;
	if (err || room <= 0)
		return err;
	err = question_settle_network(store, move->from);
	if (!err)
		err = question_note_network(store, move->from->ask,
					    move->network, move->now,
					    room == INT64_MAX ? 0 : room);
	return err ? err : note_move(store, move);
}

/* ---- bytes and calls of an owner ------------------------------------------
 */

enum err store_question_traffic(struct store *store,
				const struct question_client *client,
				int64_t now, struct asking_traffic *ret)
{
	struct query query = query_begin(
		store, "SELECT coalesce(sum(iif(minute > $1, received, 0)), "
		       "0), coalesce(sum(sent), 0), "
		       "coalesce(sum(iif(minute > $1, calls, 0)), 0), "
		       "coalesce(sum(requests), 0) FROM ask_traffic "
		       "WHERE owner = $2 AND minute >= $1 AND "
		       "domain = " DOMAIN_OF("$3"));

	/* Of the minute that an hour begins in what came counts for nothing,
	 * and what left counts whole. */
	*ret = (struct asking_traffic){0};
	query_int(&query, now / MINUTE_S - HOUR_MINUTES);
	query_text(&query, client->owner);
	query_text(&query, client->target);
	if (query_next(&query)) {
		ret->received = query_get_int(&query);
		ret->sent = query_get_int(&query);
		ret->calls = query_get_int(&query);
		ret->requests = query_get_int(&query);
	}
	return query_end(&query);
}

/** In bytes, and in requests. */
static enum err take_traffic(struct store *store,
			     const struct question_turn *of,
			     struct asking_verdict *verdict)
{
	int64_t need = of->bytes ? of->bytes : QUESTION_BYTES_LEAST;
	struct asking_traffic traffic;
	enum err err = store_question_traffic(
		store, &(struct question_client){of->owner, of->row->target},
		of->now, &traffic);

	if (err)
		return err;
	asking_take_later(
		verdict, asking_bytes_when(of->limits, &traffic, need, of->now),
		of->now);
	asking_take_later(verdict,
			  asking_calls_when(of->limits, &traffic, of->now),
			  of->now);
	return ERR_OK;
}

bool question_is_home(const struct asking_limits *limits, const char *recipient)
{
	char host[URI_KEY_ROOM];

	return asking_is_home(&limits->home,
			      view_of(question_host(recipient, host)));
}

/** A host or a network that it would go to. */
static struct destination place_of(const struct question_turn *of,
				   const struct destination_sql *sql,
				   const char *name)
{
	return (struct destination){sql, name, of->row->target,
				    &of->limits->destination, of->now};
}

static bool needs_credit(const struct question_turn *of)
{
	return asking_has_credit(of->limits) &&
	       of->row->state != PERMISSION_GRANTED;
}

enum err question_budgets_when(struct store *store,
			       const struct question_turn *of, bool is_try,
			       struct asking_verdict *verdict)
{
	bool has_rate = asking_has_rate(&of->limits->destination);
	const struct asking_need need = {
		is_try, of->bytes ? of->bytes : QUESTION_BYTES_LEAST};
	char name[URI_KEY_ROOM];
	struct destination host, network;
	enum err err = ERR_OK;

	if (question_is_home(of->limits, of->row->recipient))
		return ERR_OK;
	host = place_of(of, &by_host, question_host(of->row->recipient, name));
	network = place_of(of, &by_network, of->network);
	if (has_rate)
		err = take_destination(store, &host, of->n_ahead, &need,
				       verdict);
	if (!err && has_rate && of->network)
		err = take_destination(store, &network, 0, &need, verdict);
	if (!err && needs_credit(of))
		err = take_traffic(store, of, verdict);
	return err;
}

static enum err less(struct store *store, const struct destination *place,
		     int64_t *room)
{
	struct asking_destination use = {0};
	enum err err = find_bytes(store, place, &use.bytes);
	int64_t more = err ? 0 : asking_destination_room(place->rate, &use);

	if (more < *room)
		*room = more;
	return err;
}

enum err store_question_room(struct store *store,
			     const struct question_turn *of, int64_t *ret)
{
	char name[URI_KEY_ROOM];
	struct destination host, network;
	struct asking_traffic traffic = {0};
	enum err err = ERR_OK;

	*ret = INT64_MAX;
	if (question_is_home(of->limits, of->row->recipient))
		return ERR_OK;
	host = place_of(of, &by_host, question_host(of->row->recipient, name));
	network = place_of(of, &by_network, of->network);
	if (needs_credit(of))
		err = store_question_traffic(
			store,
			&(struct question_client){of->owner, of->row->target},
			of->now, &traffic);
	if (!err && needs_credit(of))
		*ret = asking_credit(of->limits, &traffic);
	if (!err && host.rate->bytes_per_day > 0)
		err = less(store, &host, ret);
	if (!err && host.rate->bytes_per_day > 0 && of->network)
		err = less(store, &network, ret);
	return err;
}

enum err store_question_traffic_add(struct store *store,
				    const struct question_client *client,
				    int64_t at,
				    const struct asking_traffic *more)
{
	struct query query = query_begin(
		store, "INSERT INTO ask_traffic VALUES (" DOMAIN_OF(
			       "$1") ", $2, $3, $4, $5, $6, $7) "
				     "ON CONFLICT (domain, owner, minute) DO "
				     "UPDATE SET "
				     "received = received + excluded.received, "
				     "sent = sent + excluded.sent, "
				     "calls = calls + excluded.calls, "
				     "requests = requests + excluded.requests");

	query_text(&query, client->target);
	query_text(&query, client->owner);
	query_int(&query, at / MINUTE_S);
	query_int(&query, more->received);
	query_int(&query, more->sent);
	query_int(&query, more->calls);
	query_int(&query, more->requests);
	return query_run(&query);
}

#define CALL_DOMAIN DOMAIN_OF("permission.target")
#define CALL_OWNER QUESTION_OWNER("permission.target", "sender")
#define ADD_CALL                                                               \
	"INSERT INTO ask_traffic SELECT " CALL_DOMAIN ", " CALL_OWNER          \
	", $1, $2, 0, 1, 0 FROM permission WHERE id = $3 "                     \
	"ON CONFLICT (domain, owner, minute) DO UPDATE SET "                   \
	"received = received + excluded.received, "                            \
	"calls = calls + excluded.calls"

/** @p bytes  of the call, that pay for bytes. */
static enum err add_call(struct store *store, int64_t permission, int64_t now,
			 int64_t bytes)
{
	struct query query = query_begin(store, ADD_CALL);

	store->received = 0; /* it is for one owner alone */
	query_int(&query, now / MINUTE_S);
	query_int(&query, bytes);
	query_int(&query, permission);
	return query_run(&query);
}

enum err question_received(struct store *store, int64_t permission, int64_t now)
{
	return store->received > 0
		       ? add_call(store, permission, now, store->received)
		       : ERR_OK;
}

enum err notice_received(struct store *store, int64_t permission, int64_t now)
{
	return store->received > 0 ? add_call(store, permission, now, 0)
				   : ERR_OK;
}

enum err question_pay(struct store *store,
		      const struct permission_change *change,
		      const struct permission *row)
{
	enum err err;

	if (row->state != PERMISSION_PENDING || store->received <= 0 ||
	    (change->event != EVENT_ADDED && change->event != EVENT_AGAIN))
		return ERR_OK;
	err = question_received(store, row->id, change->now);
	if (err == ERR_OK && row->ask_due_at > change->now)
		err = store_permission_request_defer(store, row->id,
						     change->now);
	return err;
}

enum err question_traffic_forget(struct store *store, int64_t now)
{
	struct query query =
		query_begin(store, "DELETE FROM ask_traffic WHERE minute < $1");

	query_int(&query, now / MINUTE_S - HOUR_MINUTES);
	return query_run(&query);
}
