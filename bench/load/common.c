#include "load.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t monotonic(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(2);
}

void die_errno(const char *what) { die("%s: %s", what, strerror(errno)); }

long number(const char *option, const char *text, long least, long most) {
  char *end;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (errno || end == text || *end || value < least || value > most)
    die("%s: expected a number from %ld to %ld, got \"%s\"", option, least, most, text);
  return value;
}

struct sockaddr_in endpoint(const char *address, int port) {
  struct sockaddr_in made = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (inet_pton(AF_INET, address, &made.sin_addr) != 1) die("expected an IPv4 address, got \"%s\"", address);
  return made;
}

random_source seeded(uint64_t seed) {
  /* One step of splitmix64, so that neighbouring seeds give unlike sequences; the state must not be 0. */
  uint64_t z = seed + 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return (random_source){z ? z : 1};
}

uint32_t random_below(random_source *random, uint32_t bound) {
  uint64_t x = random->state;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  random->state = x;
  return (uint32_t)(((x * 0x2545f4914f6cdd1du) >> 32) * bound >> 32);
}

void add_sample(samples *all, double value) {
  if (all->count == all->room) {
    all->room = all->room ? all->room * 2 : 1024;
    all->values = realloc(all->values, all->room * sizeof *all->values);
    if (!all->values) die_errno("realloc");
  }
  all->values[all->count++] = value;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* By nearest rank: the least sample that at least `share` of all do not exceed. */
static double percentile(const samples *all, double share) {
  size_t rank = (size_t)(share * (double)all->count + 0.999999);
  return all->values[rank ? rank - 1 : 0];
}

void print_samples(samples *all) {
  double sum = 0;
  for (size_t i = 0; i < all->count; i++) sum += all->values[i];
  if (all->count == 0) {
    printf("\"p50\":0,\"p99\":0,\"max\":0,\"mean\":0");
    return;
  }
  qsort(all->values, all->count, sizeof *all->values, compare);
  printf("\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f,\"mean\":%.3f", percentile(all, 0.5), percentile(all, 0.99),
         all->values[all->count - 1], sum / (double)all->count);
}
