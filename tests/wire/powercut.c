/*
 * powercut -- what a power cut leaves of a process's files.
 *
 * A library for LD_PRELOAD.  Every write to a file under $PC_DIR is remembered,
 * with what stood there before, until an fsync or fdatasync of that file that
 * began after it returns.  On SIGUSR2 the files get the state that a disk might
 * have: everything that was not synced is undone, and with PC_MODE=some a
 * random half of it, sector by sector, is done again.  Then the process ends
 * with status 99.  On SIGUSR1 syncs begin to fail with EIO, or work again; it
 * says so on standard error.
 *
 * Not simulated: names that were made or removed and not synced.  Files in
 * shared memory ("-shm") are left alone; SQLite makes them anew.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 512
#define CUT_STATUS 99

/** One change that the disk may not have yet. */
struct record {
	struct record *next, *previous;
	uint64_t number;
	dev_t device;
	ino_t inode;
	int fd; /**< a duplicate of our own */
	off_t at;
	off_t old_size;		   /**< of the file, before */
	size_t old_len;		   /**< bytes that stood at `at` */
	size_t len;		   /**< bytes written; 0: the file was cut */
	unsigned char *old, *data; /**< what stood there, what was written */
};

static struct {
	ssize_t (*pwrite)(int, const void *, size_t, off_t);
	ssize_t (*write)(int, const void *, size_t);
	int (*fsync)(int);
	int (*fdatasync)(int);
	int (*ftruncate)(int, off_t);
} real;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct record *first, *last;
static uint64_t count;
static atomic_bool fails; /**< syncs do */
static sem_t wake;
static volatile sig_atomic_t is_cut;

/* ---- remembering ------------------------------------------------------ */

static int is_ours(int fd, struct stat *ret)
{
	char link[64], path[1024];
	const char *folder = getenv("PC_DIR");
	ssize_t len;

	if (!folder || fstat(fd, ret) != 0 || !S_ISREG(ret->st_mode))
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return 0;
	path[len] = '\0';
	return strncmp(path, folder, strlen(folder)) == 0 &&
	       !strstr(path, "-shm");
}

static void *copy_of(const void *at, size_t len)
{
	void *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	if (len)
		memcpy(copy, at, len);
	return copy;
}

/** Call with the lock, before the change. */
static void remember(int fd, const struct stat *file, off_t at,
		     const void *data, size_t len)
{
	size_t reach = len;
	struct record *record = calloc(1, sizeof(*record));
	ssize_t got;

	if (!record)
		abort();
	if (!data) /* cut: everything behind `at` goes */
		reach = file->st_size > at ? (size_t)(file->st_size - at) : 0;
	record->number = ++count;
	record->device = file->st_dev;
	record->inode = file->st_ino;
	record->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	record->at = at;
	record->old_size = file->st_size;
	record->old = malloc(reach ? reach : 1);
	if (!record->old)
		abort();
	got = reach ? pread(fd, record->old, reach, at) : 0;
	record->old_len = got > 0 ? (size_t)got : 0;
	record->len = data ? len : 0;
	record->data = copy_of(data, record->len);
	record->previous = last;
	if (last)
		last->next = record;
	else
		first = record;
	last = record;
}

static void forget(struct record *record)
{
	if (record->previous)
		record->previous->next = record->next;
	else
		first = record->next;
	if (record->next)
		record->next->previous = record->previous;
	else
		last = record->previous;
	close(record->fd);
	free(record->old);
	free(record->data);
	free(record);
}

/** The disk has what was written to this file up to number @p until. */
static void kept(const struct stat *file, uint64_t until)
{
	struct record *next;

	pthread_mutex_lock(&lock);
	for (struct record *each = first; each; each = next) {
		next = each->next;
		if (each->number <= until && each->device == file->st_dev &&
		    each->inode == file->st_ino)
			forget(each);
	}
	pthread_mutex_unlock(&lock);
}

/* ---- the cut ---------------------------------------------------------- */

static uint64_t dice(void)
{
	static uint64_t state;

	if (state == 0 &&
	    getrandom(&state, sizeof(state), 0) != (ssize_t)sizeof(state))
		state = 1;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 11;
}

static void undo(const struct record *record)
{
	if (record->old_len)
		(void)!real.pwrite(record->fd, record->old, record->old_len,
				   record->at);
	(void)!real.ftruncate(record->fd, record->old_size);
}

/** Some of it had reached the disk all the same: whole, in part or not. */
static void redo_some(const struct record *record)
{
	size_t len;

	if (record->len == 0) {
		if (dice() & 1)
			(void)!real.ftruncate(record->fd, record->at);
		return;
	}
	if (dice() & 1)
		return;
	for (size_t done = 0; done < record->len; done += len) {
		len = record->len - done < SECTOR ? record->len - done : SECTOR;
		if (dice() % 8)
			(void)!real.pwrite(record->fd, record->data + done, len,
					   record->at + (off_t)done);
	}
}

static void cut(void)
{
	const char *mode = getenv("PC_MODE");

	pthread_mutex_lock(&lock); /* for good: nobody writes any more */
	for (const struct record *each = last; each; each = each->previous)
		undo(each);
	for (const struct record *each = first;
	     each && mode && strcmp(mode, "some") == 0; each = each->next)
		redo_some(each);
	_exit(CUT_STATUS);
}

static void heed(int number)
{
	if (number == SIGUSR2)
		is_cut = 1;
	sem_post(&wake);
}

static void *watch(void *arg)
{
	static const char said[] = "powercut: syncs changed\n";
	sigset_t all;

	(void)arg;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	while (!is_cut) {
		if (sem_wait(&wake) != 0 || is_cut)
			continue;
		fails = !fails;
		if (real.write(STDERR_FILENO, said, sizeof(said) - 1) < 0)
			abort();
	}
	cut();
	return NULL;
}

/** The next function of this name; ISO C knows no such cast. */
static void next_of(const char *name, void *ret)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	memcpy(ret, &symbol, sizeof(symbol));
}

__attribute__((constructor)) static void begin(void)
{
	struct sigaction action = {.sa_handler = heed, .sa_flags = SA_RESTART};
	pthread_t thread;

	next_of("pwrite64", &real.pwrite);
	next_of("write", &real.write);
	next_of("fsync", &real.fsync);
	next_of("fdatasync", &real.fdatasync);
	next_of("ftruncate64", &real.ftruncate);
	sem_init(&wake, 0, 0);
	if (pthread_create(&thread, NULL, watch, NULL) != 0)
		abort();
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
}

/* ---- in place of the C library's -------------------------------------- */

ssize_t pwrite64(int fd, const void *data, size_t len, off_t at);
int ftruncate64(int fd, off_t size);

ssize_t pwrite64(int fd, const void *data, size_t len, off_t at)
{
	struct stat file;
	ssize_t done;

	if (len == 0 || !is_ours(fd, &file))
		return real.pwrite(fd, data, len, at);
	pthread_mutex_lock(&lock);
	fstat(fd, &file);
	remember(fd, &file, at, data, len);
	done = real.pwrite(fd, data, len, at);
	pthread_mutex_unlock(&lock);
	return done;
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
	return pwrite64(fd, data, len, at);
}

ssize_t write(int fd, const void *data, size_t len)
{
	struct stat file;
	ssize_t done;
	off_t at;

	if (!real.write) /* before our constructor */
		next_of("write", &real.write);
	if (len == 0 || !real.pwrite || !is_ours(fd, &file))
		return real.write(fd, data, len);
	pthread_mutex_lock(&lock);
	fstat(fd, &file);
	at = fcntl(fd, F_GETFL) & O_APPEND ? file.st_size
					   : lseek(fd, 0, SEEK_CUR);
	remember(fd, &file, at, data, len);
	done = real.write(fd, data, len);
	pthread_mutex_unlock(&lock);
	return done;
}

int ftruncate64(int fd, off_t size)
{
	struct stat file;
	int code;

	if (!is_ours(fd, &file))
		return real.ftruncate(fd, size);
	pthread_mutex_lock(&lock);
	fstat(fd, &file);
	remember(fd, &file, size, NULL, 0);
	code = real.ftruncate(fd, size);
	pthread_mutex_unlock(&lock);
	return code;
}

int ftruncate(int fd, off_t size)
{
	return ftruncate64(fd, size);
}

static int sync_with(int fd, int (*sync)(int))
{
	struct stat file;
	uint64_t until;
	int code;

	if (!is_ours(fd, &file))
		return sync(fd);
	if (fails) {
		errno = EIO;
		return -1;
	}
	pthread_mutex_lock(&lock);
	until = count;
	pthread_mutex_unlock(&lock);
	code = sync(fd);
	if (code == 0)
		kept(&file, until);
	return code;
}

int fsync(int fd)
{
	return sync_with(fd, real.fsync);
}

int fdatasync(int fd)
{
	return sync_with(fd, real.fdatasync);
}
