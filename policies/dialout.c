#include "policies/dialout.h"

/* Looks without taking: the bucket is a copy. */
static int64_t bucket_wait(struct bucket bucket, int64_t now_ms, int rate,
			   int burst)
{
	return rate > 0 ? bucket_take(&bucket, now_ms, rate, burst) : 0;
}

static int least(int a, int b)
{
	return b > 0 && b < a ? b : a;
}

static struct dialout_wait ask_relay(const struct dialout_limits *limits,
				     const struct dialout_gate *gate,
				     int64_t now_ms)
{
	if (gate->n_ringing >= limits->ringing)
		return (struct dialout_wait){DIALOUT_RELAY, 0};
	return (struct dialout_wait){
		DIALOUT_RELAY,
		bucket_wait(gate->bucket, now_ms, limits->rate, limits->burst)};
}

/* A host gets its calls one by one, without a burst. */
static struct dialout_wait ask_destination(const struct dialout_limits *limits,
					   const struct dialout_gate *gate,
					   int64_t now_ms)
{
	int64_t paused_ms = gate->paused_until_ms - now_ms;
	int64_t wait_ms =
		bucket_wait(gate->bucket, now_ms, limits->destination_rate,
			    limits->destination_rate);

	return (struct dialout_wait){DIALOUT_DESTINATION,
				     paused_ms > wait_ms ? paused_ms : wait_ms};
}

struct dialout_wait dialout_ask(const struct dialout_limits *limits,
				const struct dialout_call *call, int64_t now_ms)
{
	struct dialout_wait wait = ask_relay(limits, call->relay, now_ms);

	if (call->relay->n_ringing >= limits->ringing || wait.wait_ms > 0)
		return wait;
	if (call->conference->n_ringing >=
	    least(limits->ringing_per_conference, call->breadth))
		return (struct dialout_wait){DIALOUT_CONFERENCE, 0};
	if (call->recipient->n_ringing > 0)
		return (struct dialout_wait){DIALOUT_RECIPIENT, 0};
	if (call->destination->n_ringing >= limits->destination_ringing)
		return (struct dialout_wait){DIALOUT_DESTINATION, 0};
	wait = ask_destination(limits, call->destination, now_ms);
	if (wait.wait_ms > 0)
		return wait;
	return (struct dialout_wait){DIALOUT_NOWHERE, 0};
}

void dialout_begin(const struct dialout_limits *limits,
		   const struct dialout_call *call, int64_t now_ms)
{
	if (limits->rate > 0)
		bucket_take(&call->relay->bucket, now_ms, limits->rate,
			    limits->burst);
	if (limits->destination_rate > 0)
		bucket_take(&call->destination->bucket, now_ms,
			    limits->destination_rate, limits->destination_rate);
	call->relay->n_ringing++;
	call->conference->n_ringing++;
	call->destination->n_ringing++;
	call->recipient->n_ringing++;
}

void dialout_over(const struct dialout_call *call)
{
	call->relay->n_ringing--;
	call->conference->n_ringing--;
	call->destination->n_ringing--;
	call->recipient->n_ringing--;
}

void dialout_pause(struct dialout_gate *destination, int retry_after_s,
		   int64_t now_ms)
{
	int64_t until_ms;

	if (retry_after_s > DIALOUT_PAUSE_MAX_S)
		retry_after_s = DIALOUT_PAUSE_MAX_S;
	until_ms = now_ms + (int64_t)retry_after_s * 1000;
	if (retry_after_s > 0 && until_ms > destination->paused_until_ms)
		destination->paused_until_ms = until_ms;
}
