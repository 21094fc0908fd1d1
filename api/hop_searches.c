#include "api/hop_searches.h"

#include <string.h>

#include "api/conference_order.h"
#include "server/base/loop.h"

#define RETRY_S 5

struct hop_searches {
	const struct api_settings *settings;
	TAILQ_HEAD(, waiting_search) running;
	size_t n;
	bool is_stopped;
};

/** Of one thread; it stays when that has given up. */
struct waiting_search {
	struct hop_search search; /**< first */
	struct hop_searches *all;
	struct loop_call *call;
	struct loop_timer timer;
	char *uri;
	TAILQ_ENTRY(waiting_search) link;
};

/** What the loop answers. */
struct search_answer {
	enum err err;
	struct found_hops found;
};

struct hop_searches *hop_searches_new(const struct api_settings *settings)
{
	struct hop_searches *searches = mem_alloc(sizeof(*searches));

	*searches = (struct hop_searches){.settings = settings};
	TAILQ_INIT(&searches->running);
	return searches;
}

static void call_answer(struct loop_call *call, enum err err,
			const struct found_hops *found)
{
	struct arena *arena = loop_call_arena(call);
	struct search_answer *answer = NULL;

	if (arena) {
		answer = arena_alloc(arena, sizeof(*answer));
		answer->err = err;
		if (found) {
			answer->found = *found;
			if (found->proxy)
				answer->found.proxy =
					arena_strdup(arena, found->proxy);
		}
	}
	loop_call_done(call, answer);
}

static void waiting_search_end(struct waiting_search *it, enum err err,
			       const struct found_hops *found)
{
	struct hop_searches *all = it->all;

	TAILQ_REMOVE(&all->running, it, link);
	all->n--;
	loop_timer_clear(all->settings->loop, &it->timer);
	call_answer(it->call, err, found);
	free(it->uri);
	free(it);
}

static void waiting_search_give_up(struct waiting_search *it, enum err err)
{
	const struct api_settings *settings = it->all->settings;

	settings->forget_hops(settings->arg, &it->search);
	waiting_search_end(it, err, NULL);
}

static void search_late(void *arg)
{
	waiting_search_give_up(arg, ERR_TIMEOUT);
}

static void search_done(struct hop_search *search,
			const struct found_hops *found)
{
	struct waiting_search *it = (struct waiting_search *)(void *)search;

	waiting_search_end(it, ERR_OK, found);
}

void hop_searches_stop(struct hop_searches *searches)
{
	struct waiting_search *it;

	searches->is_stopped = true;
	while ((it = TAILQ_FIRST(&searches->running)))
		waiting_search_give_up(it, ERR_SHUTDOWN);
}

void hop_searches_free(struct hop_searches *searches)
{
	if (!searches)
		return;
	hop_searches_stop(searches);
	free(searches);
}

struct search_order {
	struct hop_searches *all;
	const char *uri;
};

static void search_run(struct loop_call *call, void *arg)
{
	const struct search_order *order = arg;
	struct hop_searches *all = order->all;
	const struct api_settings *settings = all->settings;
	struct waiting_search *it;

	if (all->is_stopped || all->n == HOP_SEARCHES) {
		call_answer(call, all->is_stopped ? ERR_SHUTDOWN : ERR_BUSY,
			    NULL);
		return;
	}
	it = mem_alloc(sizeof(*it));
	*it = (struct waiting_search){
		.all = all, .call = call, .uri = mem_strdup(order->uri)};
	it->search.uri = it->uri;
	it->search.done = search_done;
	loop_timer_init(&it->timer, search_late, it);
	loop_timer_set(settings->loop, &it->timer,
		       (int64_t)HOP_SEARCH_S * 1000);
	TAILQ_INSERT_TAIL(&all->running, it, link);
	all->n++;
	settings->find_hops(settings->arg, &it->search);
}

static void refuse(struct exchange *exchange, enum err err)
{
	struct problem problem = {.status = 504,
				  .reason = "dns",
				  .detail = "The name servers do not answer."};

	if (err == ERR_SHUTDOWN) {
		respond_err(exchange, err, "URI");
		return;
	}
	if (err == ERR_BUSY) {
		problem.status = 429;
		problem.reason = "limit";
		problem.detail = "The relay looks for the hops of other URIs; "
				 "try again in a moment.";
		problem.retry_after_s = RETRY_S;
	}
	respond_problem(exchange, &problem);
}

bool exchange_find_hops(struct exchange *exchange, const char *uri,
			const struct found_hops **ret)
{
	struct search_order what = {exchange->api->hop_searches, uri};
	const struct loop_order order = {search_run, &what};
	const struct search_answer *answer;
	const void *found;

	if (!exchange_loop(exchange, &order, &found))
		return false;
	answer = found;
	if (answer->err) {
		refuse(exchange, answer->err);
		return false;
	}
	*ret = &answer->found;
	return true;
}
