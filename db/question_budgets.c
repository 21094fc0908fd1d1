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
	const char *second, *day;
};

static const struct destination_sql by_host = {
	"SELECT count(*) FROM ask WHERE host = $1 AND tried_at >= $2 "
	"AND " ASK_IS_OF("$3"),
	"SELECT count(*), coalesce(min(asked_at), 0) FROM (SELECT asked_at "
	"FROM ask WHERE host = $1 AND asked_at > $2 "
	"AND " ASK_IS_OF("$3") " ORDER BY asked_at DESC LIMIT $4)"};
static const struct destination_sql by_network = {
	"SELECT count(*) FROM ask WHERE network = $1 AND network <> '' AND "
	"tried_at >= $2 AND " ASK_IS_OF("$3"),
	"SELECT count(*), coalesce(min(asked_at), 0) FROM (SELECT asked_at "
	"FROM ask WHERE network = $1 AND network <> '' AND asked_at > $2 "
	"AND " ASK_IS_OF("$3") " ORDER BY asked_at DESC LIMIT $4)"};

/** What is asked about one. */
struct destination {
	const struct destination_sql *sql;
	const char *name;
	const char *target; /**< only questions of its domain count */
	const struct asking_rate *rate;
	int64_t now;
};

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
	return query_end(&query);
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

static enum err take_host(struct store *store, const struct question_turn *of,
			  const char *host, bool is_try,
			  struct asking_verdict *verdict)
{
	const struct destination place = {&by_host, host, of->row->target,
					  &of->limits->destination, of->now};
	struct asking_destination use;
	enum err err = find_use(store, &place, &use);

	if (err)
		return err;
	use.in_second += of->n_ahead;
	use.in_day += of->n_ahead;
	if (use.in_day == of->n_ahead) /* their day begins now */
		use.oldest_at = of->now;
	asking_take_later(verdict,
			  asking_destination_when(&of->limits->destination,
						  ASKING_HOST, &use, is_try,
						  of->now),
			  of->now);
	return ERR_OK;
}

static enum err take_network(struct store *store,
			     const struct destination *place, bool is_try,
			     struct asking_verdict *verdict)
{
	struct asking_destination use;
	enum err err = find_use(store, place, &use);

	if (!err)
		asking_take_later(verdict,
				  asking_destination_when(place->rate,
							  ASKING_NETWORK, &use,
							  is_try, place->now),
				  place->now);
	return err;
}

enum err store_question_move(struct store *store,
			     const struct question_move *move, bool *ret)
{
	const struct destination place = {&by_network, move->network,
					  move->target, move->rate, move->now};
	struct asking_verdict verdict = {.at = move->now};
	struct query query;
	enum err err = take_network(store, &place, false, &verdict);

	*ret = !err && verdict.at <= move->now;
	if (!*ret)
		return err;
	query = query_begin(store, "UPDATE ask SET network = $1, tried_at = $2 "
				   "WHERE id = $3");
	query_text(&query, move->network);
	query_int(&query, move->now);
	query_int(&query, move->ask);
	return query_run(&query);
}

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

enum err question_budgets_when(struct store *store,
			       const struct question_turn *of, bool is_try,
			       struct asking_verdict *verdict)
{
	const struct asking_rate *rate = &of->limits->destination;
	bool has_rate = rate->per_second > 0 || rate->per_day > 0;
	char host[URI_KEY_ROOM];
	enum err err = ERR_OK;

	question_host(of->row->recipient, host);
	if (asking_is_home(&of->limits->home, view_of(host)))
		return ERR_OK;
	if (has_rate)
		err = take_host(store, of, host, is_try, verdict);
	if (!err && has_rate && of->network)
		err = take_network(
			store,
			&(struct destination){&by_network, of->network,
					      of->row->target, rate, of->now},
			is_try, verdict);
	if (!err && asking_has_credit(of->limits) &&
	    of->row->state != PERMISSION_GRANTED)
		err = take_traffic(store, of, verdict);
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

/** @p bytes  of the call, that pay for bytes. */
static enum err add_call(struct store *store, int64_t permission, int64_t now,
			 int64_t bytes)
{
	struct query query = query_begin(
		store,
		"INSERT INTO ask_traffic SELECT " DOMAIN_OF(
			"permission.target") ", coalesce((SELECT owner "
					     "FROM list WHERE uri = "
					     "permission.target), sender), "
					     "$1, $2, 0, 1, 0 FROM permission "
					     "WHERE id = $3 "
					     "ON CONFLICT (domain, owner, "
					     "minute) DO UPDATE SET "
					     "received = received + "
					     "excluded.received, "
					     "calls = calls + excluded.calls");

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
