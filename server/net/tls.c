/* Sets of contexts: making, sharing, changing. */
#include "server/net/tls_private.h"

#include "server/base/arena.h"

struct tls {
	struct tls_settings settings;
	pthread_mutex_t lock;
	struct tls_set *set; /**< under the lock */
};

enum err net_tls_new(const struct tls_settings *settings, struct tls **ret,
		     struct certificate_problem *ret_problem)
{
	struct tls_set *set;
	enum err err = net_tls_set_new(settings, &set, ret_problem);

	if (err)
		return err;
	*ret = mem_alloc(sizeof(**ret));
	(*ret)->settings = *settings;
	(*ret)->set = set;
	pthread_mutex_init(&(*ret)->lock, NULL);
	return ERR_OK;
}

enum err net_tls_reload(struct tls *tls,
			struct certificate_problem *ret_problem)
{
	struct tls_set *set, *before;
	enum err err = net_tls_set_new(&tls->settings, &set, ret_problem);

	if (err)
		return err;
	pthread_mutex_lock(&tls->lock);
	before = tls->set;
	tls->set = set;
	pthread_mutex_unlock(&tls->lock);
	atomic_store(&before->is_old, true);
	net_tls_give_back(before);
	return ERR_OK;
}

struct tls_set *net_tls_take(struct tls *tls)
{
	struct tls_set *set;

	pthread_mutex_lock(&tls->lock);
	set = tls->set;
	atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);
	pthread_mutex_unlock(&tls->lock);
	return set;
}

/* Acq_rel: who frees it sees all that others did with it. */
void net_tls_give_back(struct tls_set *set)
{
	if (atomic_fetch_sub_explicit(&set->references, 1,
				      memory_order_acq_rel) == 1)
		net_tls_set_free(set);
}

const struct tls_certificate *net_tls_choose(const struct tls_set *set,
					     const char *name)
{
	for (size_t i = 0; name && i < set->n_certificates; i++)
		if (net_tls_has_name(set->certificates[i].names, name))
			return &set->certificates[i];
	return &set->certificates[0];
}

bool net_tls_ends(struct tls *tls, enum tls_dated kind, struct tls_end *ret)
{
	struct tls_set *set = net_tls_take(tls);

	*ret = set->ends[kind];
	net_tls_give_back(set);
	return ret->file != NULL;
}

bool net_tls_is_for(struct tls *tls, const char *domain)
{
	struct tls_set *set = net_tls_take(tls);
	bool is_there = false;

	for (size_t i = 0; i < set->n_certificates && !is_there; i++)
		is_there = net_tls_has_name(set->certificates[i].names, domain);
	net_tls_give_back(set);
	return is_there;
}

void net_tls_domains(struct tls *tls, struct text *ret)
{
	struct tls_set *set = net_tls_take(tls);
	size_t n = 0;

	for (size_t i = 0; i < set->n_certificates; i++)
		net_tls_names_tell(set->certificates[i].names, &n, ret);
	net_tls_give_back(set);
}

const struct tls_settings *net_tls_settings(const struct tls *tls)
{
	return &tls->settings;
}

void net_tls_free(struct tls *tls)
{
	if (!tls)
		return;
	net_tls_give_back(tls->set);
	pthread_mutex_destroy(&tls->lock);
	free(tls);
}
