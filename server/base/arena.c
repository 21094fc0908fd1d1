#include "server/base/arena.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/base/err.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif

#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#define ARENA_GAP 16 /**< unreadable bytes after each allocation */
#define MEM_HIDE(at, len) ASAN_POISON_MEMORY_REGION(at, len)
#define MEM_SHOW(at, len) ASAN_UNPOISON_MEMORY_REGION(at, len)
#else
#define ARENA_GAP 0
#define MEM_HIDE(at, len) ((void)0)
#define MEM_SHOW(at, len) ((void)0)
#endif

#define ARENA_ALIGN 16
#define ARENA_FIRST 4096
#define ARENA_BLOCK_MAX 65536
#define SPARES_MAX 128	 /**< empty arenas that a thread keeps */
#define SPARES_TRIED 8	 /**< of them, for one that is large enough */
#define SPARE_SIZE 16384 /**< none with a larger block is kept */

struct block {
	struct block *next;
	size_t size; /**< bytes of data */
	size_t used;
	_Alignas(ARENA_ALIGN) unsigned char data[];
};

struct arena {
	struct block *blocks; /**< the newest first; it is the one filled */
	size_t next_size;     /**< data bytes of the next block */
	size_t total;	      /**< bytes taken from the system */
	bool is_tight;	      /**< its memory goes back to the system */
};

void *mem_alloc(size_t size)
{
	void *block = calloc(1, size ? size : 1);

	if (!block)
		err_fatal("out of memory");
	return block;
}

void *mem_take(size_t size)
{
	void *block = malloc(size ? size : 1);

	if (!block)
		err_fatal("out of memory");
	return block;
}

void *mem_resize(void *block, size_t size)
{
	void *moved = realloc(block, size ? size : 1);

	if (!moved)
		err_fatal("out of memory");
	return moved;
}

char *mem_strdup(const char *string)
{
	size_t size = strlen(string) + 1;

	return memcpy(mem_alloc(size), string, size);
}

static size_t size_aligned(size_t size)
{
	if (size > SIZE_MAX / 2)
		err_fatal("allocation of an absurd size");
	return (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
}

/* Blocks are not cleared as a whole: arena_alloc() clears what it gives. */
static struct block *block_new(struct arena *arena, size_t size)
{
	struct block *block = malloc(sizeof(*block) + size);

	if (!block)
		err_fatal("out of memory");
	block->size = size;
	block->used = 0;
	MEM_HIDE(block->data, size);
	arena->total += sizeof(*block) + size;
	return block;
}

static void blocks_free(struct block *block)
{
	struct block *next;

	for (; block; block = next) {
		next = block->next;
		MEM_SHOW(block->data, block->size);
		free(block);
	}
}

static void arena_release(struct arena *arena)
{
	blocks_free(arena->blocks);
	free(arena);
}

/*
 * Empty arenas of this thread, for its next pieces of work: what one request
 * gives back is just what another one asks for, and the system's allocator
 * would join and split it in between.  Not where the sanitizer looks for what
 * is used after its end.
 */
struct spares {
	size_t n;
	struct arena *at[SPARES_MAX];
};

#ifdef ARENA_POISON
static struct spares *spares_of_thread(void)
{
	return NULL;
}
#else
static _Thread_local struct spares *spares_here;
static pthread_key_t spares_key;
static pthread_once_t spares_once = PTHREAD_ONCE_INIT;

static void spares_free(void *at)
{
	struct spares *spares = at;

	spares_here = NULL;
	while (spares->n)
		arena_release(spares->at[--spares->n]);
	free(spares);
}

static void spares_make_key(void)
{
	if (pthread_key_create(&spares_key, spares_free))
		err_fatal("no key for the spare arenas of a thread");
}

static struct spares *spares_of_thread(void)
{
	if (spares_here)
		return spares_here;
	pthread_once(&spares_once, spares_make_key);
	spares_here = mem_alloc(sizeof(*spares_here));
	pthread_setspecific(spares_key, spares_here);
	return spares_here;
}
#endif

/* One of the latest, whose memory is still in the cache.  Where all are too
 * small and no more may be kept, one makes room for a larger one. */
static struct arena *spare_take(size_t size)
{
	struct spares *spares = spares_of_thread();

	if (!spares)
		return NULL;
	for (size_t i = 1; i <= spares->n && i <= SPARES_TRIED; i++) {
		struct arena **at = &spares->at[spares->n - i];
		struct arena *arena = *at;

		if (arena->blocks->size < size)
			continue;
		*at = spares->at[--spares->n];
		return arena;
	}
	if (spares->n == SPARES_MAX)
		arena_release(spares->at[--spares->n]);
	return NULL;
}

/* Its newest block stays, the largest as a rule: the next piece of work may do
 * with it alone. */
static bool spare_keep(struct arena *arena)
{
	struct spares *spares = spares_of_thread();
	struct block *block = arena->blocks;

	if (!spares || arena->is_tight || spares->n == SPARES_MAX ||
	    block->size > SPARE_SIZE)
		return false;
	blocks_free(block->next);
	block->next = NULL;
	block->used = 0;
	arena->next_size = block->size;
	arena->total = sizeof(*arena) + sizeof(*block) + block->size;
	spares->at[spares->n++] = arena;
	return true;
}

static struct arena *arena_make(size_t size)
{
	struct arena *arena = mem_alloc(sizeof(*arena));

	arena->next_size = size;
	arena->total = sizeof(*arena);
	arena->blocks = block_new(arena, arena->next_size);
	arena->blocks->next = NULL;
	return arena;
}

struct arena *arena_new(size_t chunk)
{
	size_t size = size_aligned(chunk ? chunk : ARENA_FIRST);
	struct arena *arena = spare_take(size);

	return arena ? arena : arena_make(size);
}

struct arena *arena_new_tight(size_t size)
{
	struct arena *arena = arena_make(size_aligned(size));

	arena->is_tight = true;
	return arena;
}

void arena_free(struct arena *arena)
{
	if (arena && !spare_keep(arena))
		arena_release(arena);
}

/* A big piece gets a block of its own, behind the one that is being filled, so
 * that the room left there is not lost. */
static struct block *block_for(struct arena *arena, size_t size)
{
	struct block *block = arena->blocks;

	if (block->size - block->used >= size)
		return block;
	if (size > arena->next_size / 2) {
		block = block_new(arena, size);
		block->next = arena->blocks->next;
		arena->blocks->next = block;
		return block;
	}
	if (arena->next_size < ARENA_BLOCK_MAX)
		arena->next_size *= 2;
	block = block_new(arena, arena->next_size);
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

/* As arena_alloc(), not cleared. */
static void *take(struct arena *arena, size_t size)
{
	size_t room = size_aligned(size ? size : 1) + ARENA_GAP;
	struct block *block = block_for(arena, room);
	void *at = block->data + block->used;

	block->used += room;
	MEM_SHOW(at, size);
	return at;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return memset(take(arena, size), 0, size);
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		err_fatal("allocation of an absurd size");
	return arena_alloc(arena, n * size);
}

char *arena_copy(struct arena *arena, const void *at, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		err_fatal("allocation of an absurd size");
	copy = take(arena, len + 1);
	if (len)
		memcpy(copy, at, len);
	copy[len] = '\0';
	return copy;
}

char *arena_strdup(struct arena *arena, const char *string)
{
	return string ? arena_copy(arena, string, strlen(string)) : NULL;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	char quick[256];
	char *copy;
	va_list list, again;
	int len;

	va_start(list, format);
	va_copy(again, list);
	len = vsnprintf(quick, sizeof(quick), format, list);
	va_end(list);
	if (len < 0)
		err_fatal("a format that cannot be printed");
	if ((size_t)len < sizeof(quick)) {
		copy = arena_copy(arena, quick, (size_t)len);
	} else {
		copy = take(arena, (size_t)len + 1);
		vsnprintf(copy, (size_t)len + 1, format, again);
	}
	va_end(again);
	return copy;
}

size_t arena_size(const struct arena *arena)
{
	return arena->total;
}
