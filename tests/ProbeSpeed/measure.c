/* Runs a command, and prints its wall time and CPU time in microseconds, its peak memory in KiB and its exit code to standard error.
   It is small itself: the peak memory of a child counts from that of its parent. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long microseconds(struct timeval time) { return time.tv_sec * 1000000L + time.tv_usec; }

int main(int count, char **arguments) {
    struct timespec start, end;
    struct rusage usage;
    int status;
    if (count < 2) {
        return 2;
    }

    clock_gettime(CLOCK_MONOTONIC, &start);
    pid_t child = vfork();
    if (child == 0) {
        execv(arguments[1], arguments + 1);
        _exit(127);
    }

    wait4(child, &status, 0, &usage);
    clock_gettime(CLOCK_MONOTONIC, &end);
    fprintf(stderr, "%ld %ld %ld %d\n",
            (end.tv_sec - start.tv_sec) * 1000000L + (end.tv_nsec - start.tv_nsec) / 1000,
            microseconds(usage.ru_utime) + microseconds(usage.ru_stime), usage.ru_maxrss, WEXITSTATUS(status));
    return 0;
}
