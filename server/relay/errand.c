#include "server/relay/errand.h"

static void errand_done(struct write_job *write)
{
	struct errand *errand = (struct errand *)(void *)write;
	struct errands *errands = errand->errands;

	errands->n_out--;
	if (!errands->closed)
		errand->over(errand);
	else if (errands->n_out == 0)
		errands->closed(errands->arg);
}

enum err errand_submit(struct errands *errands, struct errand *errand,
		       enum errand_kind kind)
{
	enum err err;

	errand->errands = errands;
	errand->write.done = errand_done;
	errands->n_out++;
	if (kind == ERRAND_URGENT)
		err = writer_submit_urgent(errands->writer, &errand->write);
	else
		err = writer_submit(errands->writer, &errand->write);
	if (err) { /* else it is the writer's now */
		errands->n_out--;
		errand->write.err = err;
	}
	return err;
}
