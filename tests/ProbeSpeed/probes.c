// Asks a watch in turn as an exec probe and as an httpGet probe do, 30 times a second each, and prints the median time and the mean CPU time
// of both: of the exec probe's process; of the httpGet probe's client and of the watch.
//   probes COUNT PORT WATCH-PID COMMAND...
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b) { return (*(double *)a > *(double *)b) - (*(double *)a < *(double *)b); }

static double median(double *values, int count) {
  qsort(values, count, sizeof *values, compare);
  return values[count / 2];
}

static void fail(const char *what) {
  perror(what);
  exit(2);
}

static double run(char **command) { // its CPU time
  pid_t child = fork();
  if (child == 0) {
    if (!freopen("/dev/null", "w", stdout)) _exit(126);
    execv(command[0], command);
    _exit(127);
  }
  int status;
  struct rusage usage;
  if (wait4(child, &status, 0, &usage) < 0 || status != 0) fail("the exec probe");
  return usage.ru_utime.tv_sec * 1e6 + usage.ru_utime.tv_usec + usage.ru_stime.tv_sec * 1e6 + usage.ru_stime.tv_usec;
}

static void get(int port) {
  static const char request[] = "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: kube-probe/1.34\r\nAccept: */*\r\nConnection: close\r\n\r\n";
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  char answer[4096];
  ssize_t length = 0, more;
  int s = socket(AF_INET, SOCK_STREAM, 0);
  if (s < 0 || connect(s, (struct sockaddr *)&address, sizeof address) < 0 || write(s, request, sizeof request - 1) < 0) fail("the httpGet probe");
  while ((more = read(s, answer + length, sizeof answer - length)) > 0) length += more;
  if (length < 15 || strncmp(answer, "HTTP/1.1 200 OK", 15) != 0) fail("the answer");
  close(s);
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  int count = atoi(argv[1]), port = atoi(argv[2]);
  double *execs = calloc(count, sizeof *execs), *gets = calloc(count, sizeof *gets), exec_cpu = 0, client_cpu = 0, watch_cpu = 0;
  clockid_t watch;
  if (clock_getcpuclockid(atoi(argv[3]), &watch) != 0) fail("the watch");
  run(argv + 4);
  get(port);
  for (int i = 0; i < count; i++) {
    double start = now(CLOCK_MONOTONIC);
    exec_cpu += run(argv + 4);
    execs[i] = now(CLOCK_MONOTONIC) - start;

    double asked = now(CLOCK_MONOTONIC), mine = now(CLOCK_PROCESS_CPUTIME_ID), its = now(watch);
    get(port);
    gets[i] = now(CLOCK_MONOTONIC) - asked;
    client_cpu += now(CLOCK_PROCESS_CPUTIME_ID) - mine;
    double left = 1e6 / 30 - (now(CLOCK_MONOTONIC) - start);
    if (left > 0) usleep((useconds_t)left);
    watch_cpu += now(watch) - its;
  }
  double e = median(execs, count), g = median(gets, count), ec = exec_cpu / count, gc = (client_cpu + watch_cpu) / count;
  printf("| %d of each | httpGet | exec | ratio |\n|---|---|---|---|\n", count);
  printf("| time, median | %.2f ms | %.2f ms | %.2f |\n", g / 1e3, e / 1e3, g / e);
  printf("| CPU time, mean | %.2f ms | %.2f ms | %.2f |\n", gc / 1e3, ec / 1e3, gc / ec);
}
