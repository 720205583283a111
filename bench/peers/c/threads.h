/* Rows in shares for threads, each a multiple of 8 rows but the last. */
#include <pthread.h>
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
        if (pthread_create(&handles[t], NULL, run_task, &tasks[t])) abort();
    run_task(&tasks[0]);
    for (int t = 1; t < threads; t++) pthread_join(handles[t], NULL);
}
