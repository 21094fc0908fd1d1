#include "tests/fake/fake_mixer.h"

#include "server/base/arena.h"

enum order_kind { ORDER_CONNECT, ORDER_CONTROL, ORDER_MEASURE, ORDER_REMOVE };

struct order {
	struct order *next;
	enum order_kind kind;
	uint64_t id;
	struct mixer_session session;
	struct media_controls controls;
	mixer_done_fn *done;
	void *arg;
	bool is_done; /* only its answer is due */
};

struct mixer {
	struct loop *loop;
	struct fake_participant at[FAKE_MIXER_MAX];
	unsigned n, n_conferences, most;
	uint64_t last;
	struct order *orders, **end;
	void (*event)(void *arg, const struct media_event *event);
	void *arg;
};

struct mixer *fake_mixer_new(struct loop *loop, unsigned most)
{
	struct mixer *mixer = mem_alloc(sizeof(*mixer));

	mixer->loop = loop;
	mixer->most = most;
	mixer->end = &mixer->orders;
	return mixer;
}

void fake_mixer_free(struct mixer *mixer)
{
	while (mixer->orders) {
		struct order *order = mixer->orders;

		mixer->orders = order->next;
		free(order);
	}
	free(mixer);
}

void fake_mixer_listen(struct mixer *mixer,
		       void (*event)(void *arg,
				     const struct media_event *event),
		       void *arg)
{
	mixer->event = event;
	mixer->arg = arg;
}

static struct fake_participant *find(struct mixer *mixer, uint64_t id)
{
	for (unsigned i = 0; i < mixer->n; i++) {
		if (mixer->at[i].id == id && !mixer->at[i].is_going)
			return &mixer->at[i];
	}
	return NULL;
}

static struct fake_participant *find_any(struct mixer *mixer, uint64_t id)
{
	for (unsigned i = 0; i < mixer->n; i++) {
		if (mixer->at[i].id == id)
			return &mixer->at[i];
	}
	return NULL;
}

static struct order *order_new(struct mixer *mixer, enum order_kind kind,
			       uint64_t id)
{
	struct order *order = mem_alloc(sizeof(*order));

	order->kind = kind;
	order->id = id;
	*mixer->end = order;
	mixer->end = &order->next;
	return order;
}

static void serve(struct mixer *mixer, struct order *order)
{
	struct fake_participant *it = find_any(mixer, order->id);

	if (order->is_done || !it)
		return;
	order->is_done = true;
	switch (order->kind) {
	case ORDER_CONNECT:
		it->is_connected = true;
		it->session = order->session;
		break;
	case ORDER_CONTROL:
		it->controls = order->controls;
		break;
	case ORDER_REMOVE:
		it->is_gone = true;
		it->is_connected = false;
		break;
	case ORDER_MEASURE:
		break;
	}
}

int fake_mixer_turn(struct mixer *mixer)
{
	static const struct media_stats stats = {.n_received = 7};
	struct order *order = mixer->orders;
	int n = 0;

	mixer->orders = NULL;
	mixer->end = &mixer->orders;
	while (order) {
		struct order *next = order->next;

		serve(mixer, order);
		if (order->done)
			order->done(order->arg, order->id, &stats);
		free(order);
		order = next;
		n++;
	}
	return n;
}

void mixer_settle(struct mixer *mixer)
{
	for (struct order *order = mixer->orders; order; order = order->next)
		serve(mixer, order);
}

const struct fake_participant *fake_mixer_at(const struct mixer *mixer,
					     unsigned i)
{
	return i < mixer->n ? &mixer->at[i] : NULL;
}

void fake_mixer_tell(struct mixer *mixer, unsigned i,
		     enum media_event_kind kind, unsigned key)
{
	const struct media_event event = {kind, mixer->at[i].id, key};

	mixer->event(mixer->arg, &event);
}

unsigned fake_mixer_conferences(const struct mixer *mixer)
{
	return mixer->n_conferences;
}

/* ---- server/media/mixer.h ------------------------------------------------ */

enum err mixer_conference_open(struct mixer *mixer, uint64_t *ret)
{
	mixer->n_conferences++;
	*ret = ++mixer->last;
	return ERR_OK;
}

enum err mixer_conference_close(struct mixer *mixer, uint64_t conference,
				mixer_done_fn *done, void *arg)
{
	(void)done;
	(void)arg;
	for (unsigned i = 0; i < mixer->n; i++) {
		struct fake_participant *it = &mixer->at[i];

		if (it->conference == conference && !it->is_going &&
		    mixer_remove(mixer, it->id, NULL, NULL))
			return ERR_UNKNOWN;
	}
	mixer->n_conferences--;
	return ERR_OK;
}

static unsigned n_there(const struct mixer *mixer)
{
	unsigned n = 0;

	for (unsigned i = 0; i < mixer->n; i++)
		n += !mixer->at[i].is_gone;
	return n;
}

enum err mixer_open(struct mixer *mixer, uint64_t conference, uint64_t *ret,
		    union address *ret_local)
{
	struct fake_participant *it = &mixer->at[mixer->n];

	if (n_there(mixer) >= mixer->most)
		return ERR_BUSY;
	if (mixer->n == FAKE_MIXER_MAX)
		err_fatal("too many participants for a fake mixer");
	*it = (struct fake_participant){.id = ++mixer->last,
					.conference = conference};
	*ret = it->id;
	mixer->n++;
	return address_parse(VIEW("192.0.2.1"), (int)(20000 + 2 * mixer->n),
			     ret_local);
}

enum err mixer_connect(struct mixer *mixer, uint64_t participant,
		       const struct mixer_session *session)
{
	if (!find(mixer, participant))
		return ERR_UNKNOWN;
	order_new(mixer, ORDER_CONNECT, participant)->session = *session;
	return ERR_OK;
}

enum err mixer_control(struct mixer *mixer, uint64_t participant,
		       const struct media_controls *controls,
		       mixer_done_fn *done, void *arg)
{
	struct order *order;

	if (!find(mixer, participant))
		return ERR_UNKNOWN;
	order = order_new(mixer, ORDER_CONTROL, participant);
	order->controls = *controls;
	order->done = done;
	order->arg = arg;
	return ERR_OK;
}

static enum err ask(struct mixer *mixer, uint64_t participant,
		    enum order_kind kind, mixer_done_fn *done, void *arg)
{
	struct fake_participant *it = find(mixer, participant);
	struct order *order;

	if (!it)
		return ERR_UNKNOWN;
	it->is_going = kind == ORDER_REMOVE;
	order = order_new(mixer, kind, participant);
	order->done = done;
	order->arg = arg;
	return ERR_OK;
}

enum err mixer_measure(struct mixer *mixer, uint64_t participant,
		       mixer_done_fn *done, void *arg)
{
	return ask(mixer, participant, ORDER_MEASURE, done, arg);
}

enum err mixer_remove(struct mixer *mixer, uint64_t participant,
		      mixer_done_fn *done, void *arg)
{
	return ask(mixer, participant, ORDER_REMOVE, done, arg);
}
