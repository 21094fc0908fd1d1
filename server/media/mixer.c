#include "server/media/mixer.h"

#include <unistd.h>

#include "server/base/arena.h"
#include "server/media/media_thread.h"
#include "server/media/ports.h"
#include "server/media/room_private.h"

#define INDEX(id) ((uint32_t)(id))
#define THREADS_MAX 64
#define VOLUME_MIN (-40)
#define VOLUME_MAX 20
#define MOST 100000 /* participants or conferences */

/* A conference, or a participant that holds a port. */
struct conference {
	uint64_t id; /* 0: none */
	unsigned thread;
	unsigned n; /* participants with a port */
	bool is_closing;
};

struct participant {
	uint64_t id;	     /* 0: none */
	unsigned conference; /* index */
	unsigned port;
	bool is_going; /* an order to remove it is on its way */
};

struct mixer {
	struct mixer_settings settings;
	struct ports ports;
	struct media_thread *threads[THREADS_MAX];
	unsigned load[THREADS_MAX]; /* participants */
	unsigned n_threads;
	struct conference *conferences;
	struct participant *participants;
	unsigned n_conferences, n_participants;
	unsigned next_conference, next_participant; /* where to look first */
	uint32_t generation; /* the upper half of the next id */
	LIST_HEAD(, mixer_order) out;
};

/* ---- orders ------------------------------------------------------------- */

static void conference_forget(struct mixer *mixer, unsigned index)
{
	mixer->conferences[index].id = 0;
	mixer->n_conferences--;
}

static void participant_forget(struct mixer *mixer, uint64_t id)
{
	struct participant *participant = &mixer->participants[INDEX(id)];
	struct conference *conference =
		&mixer->conferences[participant->conference];

	ports_give_back(&mixer->ports, participant->port);
	mixer->load[conference->thread]--;
	conference->n--;
	participant->id = 0;
	mixer->n_participants--;
}

static void answered(struct loop_post *post)
{
	struct mixer_order *order =
		(struct mixer_order *)(void *)((char *)post -
					       offsetof(struct mixer_order,
							post));
	struct mixer *mixer = order->owner;

	if (mixer) {
		LIST_REMOVE(order, out);
		if (order->kind == MEDIA_ORDER_REMOVE)
			participant_forget(mixer, order->participant);
		else if (order->kind == MEDIA_ORDER_NOTHING)
			conference_forget(mixer, INDEX(order->conference));
		if (order->done)
			order->done(order->arg,
				    order->participant ? order->participant
						       : order->conference,
				    &order->stats);
	}
	free(order);
}

static struct mixer_order *order_new(struct mixer *mixer,
				     enum media_order_kind kind,
				     uint64_t conference, uint64_t participant)
{
	struct mixer_order *order = mem_alloc(sizeof(*order));

	order->kind = kind;
	order->conference = conference;
	order->participant = participant;
	order->owner = mixer;
	order->post.run = answered;
	LIST_INSERT_HEAD(&mixer->out, order, out);
	return order;
}

static void order_send(struct mixer *mixer, struct mixer_order *order)
{
	const struct conference *conference =
		&mixer->conferences[INDEX(order->conference)];

	media_thread_order(mixer->threads[conference->thread], order);
}

/* ---- who is there -------------------------------------------------------- */

static struct conference *conference_find(const struct mixer *mixer,
					  uint64_t id)
{
	struct conference *conference =
		INDEX(id) < mixer->settings.conferences_max
			? &mixer->conferences[INDEX(id)]
			: NULL;

	return conference && id && conference->id == id &&
			       !conference->is_closing
		       ? conference
		       : NULL;
}

static struct participant *participant_find(const struct mixer *mixer,
					    uint64_t id)
{
	struct participant *participant =
		INDEX(id) < mixer->settings.participants_max
			? &mixer->participants[INDEX(id)]
			: NULL;

	return participant && id && participant->id == id &&
			       !participant->is_going
		       ? participant
		       : NULL;
}

static struct mixer_order *order_to(struct mixer *mixer,
				    const struct participant *participant,
				    enum media_order_kind kind)
{
	return order_new(mixer, kind,
			 mixer->conferences[participant->conference].id,
			 participant->id);
}

static uint64_t id_of(struct mixer *mixer, unsigned index)
{
	if (++mixer->generation == 0)
		mixer->generation = 1;
	return (uint64_t)mixer->generation << 32 | index;
}

static unsigned least_loaded(const struct mixer *mixer)
{
	unsigned best = 0;

	for (unsigned i = 1; i < mixer->n_threads; i++)
		if (mixer->load[i] < mixer->load[best])
			best = i;
	return best;
}

/* ---- conferences --------------------------------------------------------- */

enum err mixer_conference_open(struct mixer *mixer, uint64_t *ret)
{
	unsigned max = mixer->settings.conferences_max;
	unsigned at = mixer->next_conference;

	if (mixer->n_conferences >= max)
		return ERR_BUSY;
	while (mixer->conferences[at].id)
		at = (at + 1) % max;
	mixer->next_conference = (at + 1) % max;
	mixer->conferences[at] = (struct conference){
		.id = id_of(mixer, at), .thread = least_loaded(mixer)};
	mixer->n_conferences++;
	*ret = mixer->conferences[at].id;
	return ERR_OK;
}

/* The orders are served in order: the answer to the last is one to all. */
enum err mixer_conference_close(struct mixer *mixer, uint64_t id,
				mixer_done_fn *done, void *arg)
{
	struct conference *conference = conference_find(mixer, id);
	struct mixer_order *order;

	if (!conference)
		return ERR_UNKNOWN;
	for (unsigned i = 0; i < mixer->settings.participants_max; i++) {
		struct participant *participant = &mixer->participants[i];

		if (participant->id && !participant->is_going &&
		    participant->conference == INDEX(id))
			if (mixer_remove(mixer, participant->id, NULL, NULL))
				return ERR_UNKNOWN;
	}
	conference->is_closing = true;
	order = order_new(mixer, MEDIA_ORDER_NOTHING, id, 0);
	order->done = done;
	order->arg = arg;
	order_send(mixer, order);
	return ERR_OK;
}

/* ---- participants -------------------------------------------------------- */

static struct participant *participant_new(struct mixer *mixer,
					   uint64_t conference, unsigned port)
{
	unsigned max = mixer->settings.participants_max;
	unsigned at = mixer->next_participant;

	while (mixer->participants[at].id)
		at = (at + 1) % max;
	mixer->next_participant = (at + 1) % max;
	mixer->participants[at] =
		(struct participant){.id = id_of(mixer, at),
				     .conference = INDEX(conference),
				     .port = port};
	mixer->n_participants++;
	return &mixer->participants[at];
}

static const union address *address_told(const struct mixer *mixer)
{
	const struct mixer_settings *settings = &mixer->settings;

	return settings->advertised.any.sa_family ? &settings->advertised
						  : &settings->address;
}

enum err mixer_open(struct mixer *mixer, uint64_t id, uint64_t *ret,
		    union address *ret_local)
{
	struct conference *conference = conference_find(mixer, id);
	const struct mixer_settings *settings = &mixer->settings;
	struct participant *participant;
	struct mixer_order *order;
	unsigned port;
	int fd = -1;
	enum err err;

	if (!conference)
		return ERR_UNKNOWN;
	if (conference->n >= settings->participants_per_conference ||
	    mixer->n_participants >= settings->participants_max)
		return ERR_BUSY;
	err = ports_open(&mixer->ports, &fd, &port);
	if (err)
		return err;
	participant = participant_new(mixer, id, port);
	conference->n++;
	mixer->load[conference->thread]++;
	order = order_to(mixer, participant, MEDIA_ORDER_OPEN);
	order->fd = fd;
	order_send(mixer, order);
	*ret = participant->id;
	*ret_local = *address_told(mixer);
	address_set_port(ret_local, (int)port);
	return ERR_OK;
}

enum err mixer_connect(struct mixer *mixer, uint64_t id,
		       const struct mixer_session *session)
{
	struct participant *participant = participant_find(mixer, id);
	enum err err = media_session_check(session);
	struct mixer_order *order;

	if (!participant)
		return ERR_UNKNOWN;
	if (err)
		return err;
	if (mixer_owns(mixer, &session->remote) ||
	    session->remote.any.sa_family !=
		    mixer->settings.address.any.sa_family)
		return ERR_HOSTILE;
	order = order_to(mixer, participant, MEDIA_ORDER_CONNECT);
	order->session = *session;
	order_send(mixer, order);
	return ERR_OK;
}

enum err mixer_control(struct mixer *mixer, uint64_t id,
		       const struct media_controls *controls,
		       mixer_done_fn *done, void *arg)
{
	struct participant *participant = participant_find(mixer, id);
	struct mixer_order *order;

	if (!participant)
		return ERR_UNKNOWN;
	if (controls->volume_db < VOLUME_MIN ||
	    controls->volume_db > VOLUME_MAX)
		return ERR_UNSUPPORTED;
	order = order_to(mixer, participant, MEDIA_ORDER_CONTROL);
	order->controls = *controls;
	order->done = done;
	order->arg = arg;
	order_send(mixer, order);
	return ERR_OK;
}

static enum err ask(struct mixer *mixer, uint64_t id,
		    enum media_order_kind kind, mixer_done_fn *done, void *arg)
{
	struct participant *participant = participant_find(mixer, id);
	struct mixer_order *order;

	if (!participant)
		return ERR_UNKNOWN;
	participant->is_going = kind == MEDIA_ORDER_REMOVE;
	order = order_to(mixer, participant, kind);
	order->done = done;
	order->arg = arg;
	order_send(mixer, order);
	return ERR_OK;
}

enum err mixer_measure(struct mixer *mixer, uint64_t id, mixer_done_fn *done,
		       void *arg)
{
	return ask(mixer, id, MEDIA_ORDER_MEASURE, done, arg);
}

enum err mixer_remove(struct mixer *mixer, uint64_t id, mixer_done_fn *done,
		      void *arg)
{
	return ask(mixer, id, MEDIA_ORDER_REMOVE, done, arg);
}

void mixer_settle(struct mixer *mixer)
{
	for (unsigned i = 0; i < mixer->n_threads; i++)
		media_thread_settle(mixer->threads[i]);
}

bool mixer_owns(const struct mixer *mixer, const union address *address)
{
	return ports_have(&mixer->ports, &mixer->settings.address, address) ||
	       ports_have(&mixer->ports, address_told(mixer), address);
}

void mixer_measure_all(const struct mixer *mixer, struct mixer_gauges *ret)
{
	*ret = (struct mixer_gauges){.n_conferences = mixer->n_conferences,
				     .n_participants = mixer->n_participants,
				     .n_ports = mixer->ports.n_used,
				     .n_threads = mixer->n_threads};
	for (unsigned i = 0; i < mixer->n_threads; i++) {
		struct media_thread *thread = mixer->threads[i];
		struct media_stats totals;

		ret->n_late_ticks += media_thread_late_ticks(thread);
		ret->n_lost_events += media_thread_lost_events(thread);
		media_thread_totals(thread, &totals);
		media_counts_add(&ret->totals, &totals);
	}
}

/* ---- the whole ----------------------------------------------------------- */

/* Of a participant that is not going. */
static void event(void *arg, const struct media_event *told)
{
	struct mixer *mixer = arg;

	if (participant_find(mixer, told->participant))
		mixer->settings.event(mixer->settings.arg, told);
}

static bool settings_are_good(const struct mixer_settings *settings)
{
	return settings->threads <= THREADS_MAX &&
	       !address_is_wildcard(&settings->address) &&
	       settings->participants_max >= 1 &&
	       settings->participants_max <= MOST &&
	       settings->conferences_max >= 1 &&
	       settings->conferences_max <= MOST &&
	       settings->participants_per_conference >= 1 &&
	       settings->talkers_max >= 1 &&
	       settings->talkers_max <= ROOM_TALKERS_MAX &&
	       settings->threshold_dbm0 >= -90 && settings->threshold_dbm0 <= 0;
}

static unsigned threads_wanted(const struct mixer_settings *settings)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN) / 2;

	if (settings->threads)
		return settings->threads;
	if (n < 1)
		return 1;
	return n < THREADS_MAX ? (unsigned)n : THREADS_MAX;
}

static enum err threads_start(struct mixer *mixer)
{
	const struct mixer_settings *settings = &mixer->settings;
	const struct media_thread_settings plan = {
		.engine = {.participants_max = settings->participants_max,
			   .conferences_max = settings->conferences_max,
			   .talkers_max = settings->talkers_max,
			   .threshold_dbm0 = settings->threshold_dbm0,
			   .timeout_s = settings->timeout_s},
		.loop = settings->loop,
		.counters = settings->counters,
		.event = event,
		.arg = mixer};
	unsigned n = threads_wanted(settings);

	for (; mixer->n_threads < n; mixer->n_threads++) {
		enum err err = media_thread_new(
			&plan, &mixer->threads[mixer->n_threads]);

		if (err)
			return err;
	}
	return ERR_OK;
}

/* The start fails, not the first call. */
static enum err ports_try(struct ports *ports)
{
	unsigned port;
	int fd = -1;
	enum err err = ports_open(ports, &fd, &port);

	if (err)
		return err;
	close(fd);
	ports_give_back(ports, port);
	return ERR_OK;
}

enum err mixer_new(const struct mixer_settings *settings, struct mixer **ret)
{
	struct mixer *mixer;
	struct ports ports;
	enum err err;

	if (!settings_are_good(settings))
		return ERR_SYNTAX;
	err = ports_init(&ports, &settings->address, settings->port_first,
			 settings->port_last);
	if (err)
		return err;
	mixer = mem_alloc(sizeof(*mixer));
	mixer->settings = *settings;
	mixer->ports = ports;
	mixer->conferences = mem_alloc(settings->conferences_max *
				       sizeof(*mixer->conferences));
	mixer->participants = mem_alloc(settings->participants_max *
					sizeof(*mixer->participants));
	LIST_INIT(&mixer->out);
	err = ports_try(&mixer->ports);
	if (!err)
		err = threads_start(mixer);
	if (err)
		mixer_free(mixer);
	else
		*ret = mixer;
	return err;
}

void mixer_free(struct mixer *mixer)
{
	struct mixer_order *order;

	if (!mixer)
		return;
	for (unsigned i = 0; i < mixer->n_threads; i++)
		media_thread_free(mixer->threads[i]);
	LIST_FOREACH(order, &mixer->out, out)
	order->owner = NULL;
	ports_release(&mixer->ports);
	free(mixer->conferences);
	free(mixer->participants);
	free(mixer);
}
