/* How far a word is from the one that was meant. */
#include "api/ctl/commands.h"

unsigned word_distance(const char *a, const char *b)
{
	enum { MOST = 20 };
	unsigned row[MOST + 1];
	size_t len_b = strnlen(b, MOST);

	for (unsigned j = 0; j <= len_b; j++)
		row[j] = j;
	for (unsigned i = 1; i <= strnlen(a, MOST); i++) {
		unsigned before = row[0]++;

		for (size_t j = 1; j <= len_b; j++) {
			unsigned changed = before + (a[i - 1] != b[j - 1]);
			unsigned added = row[j] + 1, left_out = row[j - 1] + 1;

			before = row[j];
			row[j] = added < left_out ? added : left_out;
			if (changed < row[j])
				row[j] = changed;
		}
	}
	return row[len_b];
}
