/*
 * arena -- memory that is freed all at once.
 *
 * One arena belongs to one piece of work (a request, a store job, an API call)
 * and to one thread at a time; it may be handed over with the work.  What is
 * allocated is never freed alone.  An allocation that fails ends the process
 * with one log line: every size a stranger controls was bounded before, and
 * what was accepted is on disk.
 */
#ifndef VOLENS_BASE_ARENA_H
#define VOLENS_BASE_ARENA_H

#include <stddef.h>

struct arena;

/** A new arena; its first block holds @p chunk bytes, 4096 where that is 0. */
struct arena *arena_new(size_t chunk);
/** For what stays for long and is one of many: a first block of just @p size
 *  bytes, which goes back to the system at the end. */
struct arena *arena_new_tight(size_t size);
/** Free the arena and all that was taken from it.  NULL is fine. */
void arena_free(struct arena *arena);

/** @p size bytes, zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size)
	__attribute__((malloc, alloc_size(2), returns_nonnull));
/** An array of @p n zeroed elements; dies on overflow of the product. */
void *arena_array(struct arena *arena, size_t n, size_t size)
	__attribute__((malloc, alloc_size(2, 3), returns_nonnull));
/** Copy of @p len bytes with a NUL after them; @p at may hold NULs itself. */
char *arena_copy(struct arena *arena, const void *at, size_t len)
	__attribute__((returns_nonnull));
/** Copy of a string; NULL stays NULL. */
char *arena_strdup(struct arena *arena, const char *string);
/** A formatted string. */
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));
/** Bytes taken from the system so far. */
size_t arena_size(const struct arena *arena);

/** calloc, malloc, realloc that never return NULL (same rule as above). */
void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull));
void *mem_take(size_t size) __attribute__((malloc, returns_nonnull));
void *mem_resize(void *block, size_t size) __attribute__((returns_nonnull));
char *mem_strdup(const char *string) __attribute__((returns_nonnull));

#endif
