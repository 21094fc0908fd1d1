#include "server/media/engine.h"

#include "server/base/arena.h"
#include "server/media/g711.h"
#include "server/media/room_private.h"

#define INDEX(id) ((uint32_t)(id))

struct engine {
	struct engine_settings settings;
	struct party_context context;
	struct party **parties; /**< by the index of their id */
	struct room **rooms;	/**< likewise */
	unsigned n_parties;
	struct media_stats gone; /**< of participants that are */
};

struct engine *engine_new(const struct engine_settings *settings)
{
	struct engine *engine = mem_alloc(sizeof(*engine));

	g711_open();
	engine->settings = *settings;
	engine->context = (struct party_context){
		.threshold = mix_level_of(settings->threshold_dbm0),
		.timeout_ticks =
			(int64_t)settings->timeout_s * PARTY_TICKS_PER_S,
		.report = settings->report,
		.arg = settings->arg};
	engine->parties =
		mem_alloc(settings->participants_max * sizeof(struct party *));
	engine->rooms =
		mem_alloc(settings->conferences_max * sizeof(struct room *));
	return engine;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	for (unsigned i = 0; i < engine->settings.participants_max; i++)
		if (engine->parties[i])
			engine_remove(engine, engine->parties[i]->id);
	free(engine->parties);
	free(engine->rooms);
	free(engine);
}

static struct party *find(const struct engine *engine, uint64_t id)
{
	struct party *party = INDEX(id) < engine->settings.participants_max
				      ? engine->parties[INDEX(id)]
				      : NULL;

	return party && party->id == id ? party : NULL;
}

void engine_open(struct engine *engine, uint64_t conference,
		 uint64_t participant, int fd)
{
	struct room **room = &engine->rooms[INDEX(conference)];
	struct party *party = party_new(participant, INDEX(conference), fd);

	if (!*room)
		*room = room_new();
	room_add(*room, party);
	engine->parties[INDEX(participant)] = party;
	engine->n_parties++;
}

void engine_connect(struct engine *engine, uint64_t participant,
		    const struct mixer_session *session)
{
	struct party *party = find(engine, participant);

	if (party)
		party_connect(party, &engine->context, session);
}

void engine_control(struct engine *engine, uint64_t participant,
		    const struct media_controls *controls)
{
	struct party *party = find(engine, participant);

	if (party)
		party_control(party, controls);
}

void engine_measure(const struct engine *engine, uint64_t participant,
		    struct media_stats *ret)
{
	const struct party *party = find(engine, participant);

	*ret = (struct media_stats){0};
	if (party)
		party_measure(party, ret);
}

void engine_measure_all(const struct engine *engine, struct media_stats *ret)
{
	*ret = engine->gone;
	for (unsigned i = 0; i < engine->settings.participants_max; i++)
		if (engine->parties[i])
			media_counts_add(ret, &engine->parties[i]->stats);
}

void engine_remove(struct engine *engine, uint64_t participant)
{
	struct party *party = find(engine, participant);
	struct room **room;

	if (!party)
		return;
	room = &engine->rooms[party->conference];
	room_remove(*room, party);
	if (room_is_empty(*room)) {
		room_free(*room);
		*room = NULL;
	}
	engine->parties[INDEX(participant)] = NULL;
	engine->n_parties--;
	media_counts_add(&engine->gone, &party->stats);
	party_free(party);
}

unsigned engine_participants(const struct engine *engine)
{
	return engine->n_parties;
}

void engine_tick(struct engine *engine, uint64_t n)
{
	engine->context.tick += (int64_t)n;
	for (unsigned i = 0; i < engine->settings.conferences_max; i++)
		if (engine->rooms[i])
			room_tick(engine->rooms[i], &engine->context,
				  engine->settings.talkers_max, n);
}
