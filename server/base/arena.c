#include "server/base/arena.h"

#include <stdarg.h>
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

struct arena *arena_new(size_t chunk)
{
	struct arena *arena = mem_alloc(sizeof(*arena));

	arena->next_size = size_aligned(chunk ? chunk : ARENA_FIRST);
	arena->total = sizeof(*arena);
	arena->blocks = block_new(arena, arena->next_size);
	arena->blocks->next = NULL;
	return arena;
}

void arena_free(struct arena *arena)
{
	struct block *block, *next;

	if (!arena)
		return;
	for (block = arena->blocks; block; block = next) {
		next = block->next;
		MEM_SHOW(block->data, block->size);
		free(block);
	}
	free(arena);
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
