/* Rows in shares for threads, each a multiple of 8 rows but the last. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

struct task {
    double **data;
    long count, start, stop;
    int index;
    void (*work)(const struct task *, long, long);
};

static void *run_task(void *argument) {
    struct task *task = argument;
    task->work(task, task->start, task->stop);
    return NULL;
}

/* Start a thread on another core than the caller's, where the system can be told so: left alone it often begins on the same one. */
static void start_elsewhere(pthread_t *handle, struct task *task) {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes)) abort();
#ifdef __linux__
    cpu_set_t others;
    if (!sched_getaffinity(0, sizeof others, &others)) {
        CPU_CLR(sched_getcpu(), &others);
        if (CPU_COUNT(&others) && pthread_attr_setaffinity_np(&attributes, sizeof others, &others)) abort();
    }
#endif
    if (pthread_create(handle, &attributes, run_task, task)) abort();
    pthread_attr_destroy(&attributes);
}

static void in_threads(void (*work)(const struct task *, long, long), double **data, long count, int threads) {
    struct task tasks[threads];
    pthread_t handles[threads];
    long share = (count / threads + 7) / 8 * 8;
    for (int t = 0; t < threads; t++) {
        long start = t * share < count ? t * share : count;
        long stop = t == threads - 1 || start + share > count ? count : start + share;
        tasks[t] = (struct task){data, count, start, stop, t, work};
    }
    for (int t = 1; t < threads; t++)
        start_elsewhere(&handles[t], &tasks[t]);
    run_task(&tasks[0]);
    for (int t = 1; t < threads; t++) pthread_join(handles[t], NULL);
}
