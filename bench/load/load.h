/* What the parts of the load generator share: time, random numbers, samples, options. */
#ifndef LOAD_H
#define LOAD_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

/* The commands; each prints one JSON object on standard output and returns the exit code. */
int run_tftp(int argc, char **argv);
int run_first(int argc, char **argv);
int run_first_offer(int argc, char **argv);
int run_dhcp(int argc, char **argv);

enum { MILLISECOND = 1000 * 1000, SECOND = 1000 * MILLISECOND }; /* in nanoseconds */

/* CLOCK_MONOTONIC in nanoseconds: the clock of Node's process.hrtime too. */
uint64_t monotonic(void);

/* Ends the program with exit code 2, a usage error or a machine that lacks what is needed. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* As die(), with what errno says. */
void die_errno(const char *what) __attribute__((noreturn));

/* A number from `text`, which must be one, between `least` and `most`. */
long number(const char *option, const char *text, long least, long most);

struct sockaddr_in endpoint(const char *address, int port);

/* xorshift64*; good enough to lose packets by, and the same on every machine. */
typedef struct {
  uint64_t state;
} random_source;

random_source seeded(uint64_t seed);
uint32_t random_below(random_source *random, uint32_t bound);

typedef struct {
  double *values;
  size_t count, room;
} samples;

void add_sample(samples *all, double value);

/* "p50":…,"p99":…,"max":…,"mean":… of the samples, all 0 where there is none; sorts them. */
void print_samples(samples *all);

#endif
