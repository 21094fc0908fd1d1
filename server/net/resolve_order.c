#include "server/base/random.h"
#include "server/net/resolve_private.h"

static void record_swap(struct record *a, struct record *b)
{
	struct record kept = *a;

	*a = *b;
	*b = kept;
}

/* By rank; those without a weight come first in theirs, as RFC 2782 wants it
 * before the choice. */
static int record_compare(const void *a, const void *b)
{
	const struct record *left = a, *right = b;

	if (left->rank != right->rank)
		return left->rank < right->rank ? -1 : 1;
	return (left->weight > 0) - (right->weight > 0);
}

/* Choose one of the first @p n by weight and put it first. */
static void record_choose(struct record *records, size_t n)
{
	uint64_t sum = 0, running = 0, random;
	size_t i;

	for (i = 0; i < n; i++)
		sum += records[i].weight;
	random_bytes(&random, sizeof(random));
	random %= sum + 1;
	for (i = 0; i < n; i++) {
		running += records[i].weight;
		if (running >= random)
			break;
	}
	if (i == n)
		i = 0;
	/* The rest keeps its order: those without a weight stay in front. */
	for (; i > 0; i--)
		record_swap(&records[i], &records[i - 1]);
}

void records_order(struct record *records, size_t n)
{
	size_t i, end;

	qsort(records, n, sizeof(*records), record_compare);
	for (i = 0; i < n; i++) {
		end = i + 1;
		while (end < n && records[end].rank == records[i].rank)
			end++;
		if (end - i > 1)
			record_choose(records + i, end - i);
	}
}

void records_hops(const struct record *records, size_t n, struct resolve *ret)
{
	struct record copy[RECORDS_KEPT];

	if (n > RECORDS_KEPT)
		n = RECORDS_KEPT;
	memcpy(copy, records, n * sizeof(*records));
	records_order(copy, n); /* each request has its own throw */
	ret->n_hops = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < copy[i].n_addresses; j++) {
			if (ret->n_hops == RESOLVE_HOPS_MAX)
				return;
			ret->hops[ret->n_hops++] =
				(struct hop){.protocol = copy[i].protocol,
					     .address = copy[i].addresses[j]};
		}
}
