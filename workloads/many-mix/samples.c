// SPDX-License-Identifier: GPL-2.0-or-later
/* What the devices carried, all together and each of them, and how evenly. */
#include "fio.h"
#include "histogram.h"
#include "many-mix.h"
#include "shares.h"

static const json_t *find_job(const json_t *jobs, const char *name)
{
	size_t i;

	for (i = 0; i < json_array_size(jobs); i++) {
		const json_t *job = json_array_get(jobs, i);
		const char *found = json_string_value(json_object_get(job, "jobname"));

		if (found && strcmp(found, name) == 0)
			return job;
	}
	return NULL;
}

/*
 * What the job carried, and how long it took, into @all and the device's samples. Counted is what
 * was answered: the other sums of a job that was killed stay 0.
 */
static int take_job(struct drivervm_env *env, struct mix_job *j, const json_t *jobs,
		    struct histogram *all, double *worst)
{
	const json_t *job = find_job(jobs, j->name);
	json_t *lat = json_object_get(json_object_get(job, "mixed"), "lat_ns");
	struct histogram own = { 0 };
	double p99;
	int err;

	if (!lat) {
		env->ops->log(env, "fio says nothing of %s", j->name);
		return -EIO;
	}
	if (json_integer_value(json_object_get(job, "error")))
		env->ops->log(env, "%s failed: error %" JSON_INTEGER_FORMAT, j->name,
			      json_integer_value(json_object_get(job, "error")));
	err = histogram_add(&own, json_object_get(lat, "bins"));
	if (!err)
		err = histogram_add(all, json_object_get(lat, "bins"));
	j->requests = (double)own.count;
	if (!err && own.count) {
		p99 = histogram_percentile(&own, 0.99);
		if (p99 > *worst)
			*worst = p99;
		env->ops->device_sample(env, j->name, "device_latency_p99", "us", p99);
	}
	histogram_free(&own);
	return err;
}

/* How long the last of them took, s: under more load than can be carried, they end late. */
static double elapsed_s(struct drivervm_env *env, const json_t *jobs)
{
	double longest = (double)env->ops->option_uint(env, "duration_ms"), ms;
	size_t i;

	for (i = 0; i < json_array_size(jobs); i++) {
		ms = fio_number(json_array_get(jobs, i), "mixed", "runtime", NULL);
		if (ms > longest)
			longest = ms;
	}
	return longest / 1000;
}

static void give_throughput(struct drivervm_env *env, const struct mix *m, double seconds)
{
	double requests = 0, bytes = 0, served = 0, of_device;
	unsigned int rate = mix_offered(env, m);
	size_t i;

	for (i = 0; i < m->n; i++) {
		of_device = m->jobs[i].requests * (double)mix_request_bytes(env, m->jobs[i].kind);
		requests += m->jobs[i].requests;
		bytes += of_device;
		served += of_device > 0;
		env->ops->device_sample(env, m->jobs[i].name, "device_throughput", "bit/s",
					of_device * 8 / seconds);
	}
	env->ops->sample(env, "throughput", "bit/s", bytes * 8 / seconds);
	env->ops->sample(env, "transferred", "B", bytes);
	env->ops->sample(env, "request_rate", "1/s", requests / seconds);
	env->ops->sample(env, "served", "1", served / (double)m->n);
	if (rate)
		env->ops->sample(env, "carried", "1",
				 requests / seconds / ((double)rate * (double)m->n));
}

static void give_shares(struct drivervm_env *env, const struct mix *m)
{
	double share[MIX_DEVICES_MAX];
	size_t i;

	for (i = 0; i < m->n; i++)
		share[i] = m->jobs[i].requests;
	shares_of(share, m->n_of[MIX_DISK]);
	shares_of(share + m->n_of[MIX_DISK], m->n_of[MIX_CARD]);
	env->ops->sample(env, "fairness", "1", shares_jain(share, m->n));
	env->ops->sample(env, "least_share", "1", shares_least(share, m->n));
}

/* How the devices fared that are not the one which something is done to. */
static void give_others(struct drivervm_env *env, const struct mix *m, double seconds)
{
	const char *except = env->ops->option(env, "except");
	double bytes = 0, least = INFINITY, rate;
	size_t i, n = 0;

	for (i = 0; i < m->n; i++) {
		const struct mix_job *j = &m->jobs[i];

		if (strcmp(j->name, except) == 0)
			continue;
		rate = j->requests / seconds;
		bytes += j->requests * (double)mix_request_bytes(env, j->kind);
		least = fmin(least, rate);
		n++;
	}
	if (n == m->n || !n)
		return;
	env->ops->sample(env, "others", "bit/s", bytes * 8 / seconds);
	env->ops->sample(env, "others_least", "1/s", least);
}

int mix_give_samples(struct drivervm_env *env, struct mix *m, const json_t *jobs)
{
	struct histogram all = { 0 };
	double worst = 0;
	size_t i;
	int err = 0;

	for (i = 0; i < m->n && !err; i++)
		err = take_job(env, &m->jobs[i], jobs, &all, &worst);
	if (!err && !all.count) {
		env->ops->log(env, "no device answered a single request");
		err = -EIO;
	}
	if (!err) {
		give_throughput(env, m, elapsed_s(env, jobs));
		give_others(env, m, elapsed_s(env, jobs));
		give_shares(env, m);
		env->ops->sample(env, "latency_median", "us", histogram_percentile(&all, 0.5));
		env->ops->sample(env, "latency_p99", "us", histogram_percentile(&all, 0.99));
		env->ops->sample(env, "latency_p999", "us", histogram_percentile(&all, 0.999));
		env->ops->sample(env, "latency_p99_worst", "us", worst);
	}
	histogram_free(&all);
	return err;
}
