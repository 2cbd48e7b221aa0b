/*
 * Many TFTP readers in one process, each with a socket (and so a port) of its own, as so many boot ROMs: they
 * acknowledge, repeat their last packet after a second without an answer, and give up after six of them. Every octet
 * is compared with the reference as it arrives.
 *
 * With --loss the readers lose packets themselves, both those they get and those they send. Which ones depends only on
 * the seed, the transfer's number and the packet's position in the transfer: every server meets the same bad cable.
 */

#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RRQ = 1, DATA = 3, ACK = 4, ERROR = 5, OACK = 6 }; /* RFC 1350 5, RFC 2347 */

enum {
  DEFAULT_BLOCK = 512,          /* RFC 1350 2 */
  MOST_BLOCK = 65464,           /* RFC 2348 */
  BATCH = 32,                   /* datagrams read at once from a reader with a window */
  EVENTS = 512,                 /* sockets served between two looks at the clock */
  MOST_TRIES = 6,
  SWEEP = 20 * MILLISECOND,     /* how often the readers' timers are looked at */
  PATIENCE = SECOND,            /* how long a reader waits before it repeats its last packet */
};

typedef enum { WAITING, ASKING, READING, ENDED } phase;

typedef struct {
  int fd;
  phase phase;
  unsigned index;               /* the transfer's number */
  const uint8_t *content;       /* what must arrive */
  size_t block_size;
  unsigned window;
  uint64_t next;                /* the block that is due, counted without wrapping */
  size_t received;              /* octets in order so far */
  unsigned in_window;           /* blocks in order since the last acknowledgement */
  bool gap_told;                /* the server knows of the present gap */
  unsigned tries;
  uint64_t started, heard;      /* the latter: when the last packet came or was repeated */
  random_source loss;
} reader;

static struct {
  struct sockaddr_in server;
  const char *file;
  size_t size, stride;
  unsigned readers, transfers, block_size, window, loss;
  bool eager;
  uint64_t seed, stagger, limit;
  const uint8_t *reference;
  size_t reference_size;
} set;

static struct {
  uint64_t octets, data, acks, duplicates, gaps, timeouts, lost_in, lost_out, strays;
  unsigned begun, complete, corrupt, refused, failed;
  unsigned block_size, window;  /* those that the server agreed to last */
  char refusal[128];            /* what its last ERROR said */
  samples times;                /* milliseconds of complete transfers */
  uint64_t last_end;
} tally;

static int poller;
static uint64_t now; /* read once for each batch of events */

static bool lost(reader *r) { return set.loss && random_below(&r->loss, 10000) < set.loss; }

static void put(reader *r, const uint8_t *packet, size_t length) {
  if (lost(r)) {
    tally.lost_out++;
    return;
  }
  const struct sockaddr *to = r->phase == ASKING ? (const struct sockaddr *)&set.server : NULL;
  socklen_t to_length = to ? sizeof set.server : 0;
  /* An ICMP message that came meanwhile fails this call without anything sent; the second one sends. */
  for (int i = 0; i < 2; i++)
    if (sendto(r->fd, packet, length, 0, to, to_length) >= 0) return;
}

static void acknowledge(reader *r) {
  uint16_t block = (uint16_t)(r->next - 1);
  uint8_t packet[] = {0, ACK, (uint8_t)(block >> 8), (uint8_t)block};
  r->in_window = 0;
  tally.acks++;
  put(r, packet, sizeof packet);
}

static size_t add_text(uint8_t *packet, size_t at, const char *text) {
  size_t length = strlen(text) + 1;
  memcpy(packet + at, text, length);
  return at + length;
}

static size_t add_option(uint8_t *packet, size_t at, const char *name, unsigned value) {
  char text[16];
  snprintf(text, sizeof text, "%u", value);
  return add_text(packet, add_text(packet, at, name), text);
}

static void ask(reader *r) {
  uint8_t packet[512] = {0, RRQ};
  char name[256];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  snprintf(name, sizeof name, set.file, r->index); /* checked in options(): one %d at most */
#pragma GCC diagnostic pop
  size_t length = add_text(packet, add_text(packet, 2, name), "octet");
  if (set.block_size) {
    length = add_option(packet, length, "tsize", 0);
    length = add_option(packet, length, "blksize", set.block_size);
    if (set.window > 1) length = add_option(packet, length, "windowsize", set.window);
  }
  put(r, packet, length);
}

static void begin(reader *r) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) die_errno("socket");
  unsigned index = tally.begun++;
  *r = (reader){
      .fd = fd,
      .phase = ASKING,
      .index = index,
      .content = set.reference + index * set.stride,
      .block_size = DEFAULT_BLOCK,
      .window = 1,
      .next = 1,
      .started = now,
      .heard = now,
      .loss = seeded(set.seed * 1000003 + index),
  };
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = r};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event)) die_errno("epoll_ctl");
  ask(r);
}

/* The transfer is over, one way or another: the reader takes the next one, where there is one left. */
static void end(reader *r) {
  close(r->fd);
  r->phase = ENDED;
  tally.last_end = now;
  if (tally.begun < set.transfers) begin(r);
}

static void fail(reader *r, unsigned *counter) {
  ++*counter;
  end(r);
}

/* Options that were granted; false when one is wrong: unasked for, larger than asked, or not the file's size. */
static bool granted(reader *r, const char *packet, size_t length) {
  if (length < 3 || packet[length - 1] != 0) return false;
  for (const char *at = packet + 2, *stop = packet + length; at < stop;) {
    const char *name = at, *value = at + strlen(at) + 1;
    if (value >= stop) return false;
    at = value + strlen(value) + 1;
    unsigned long count = strtoul(value, NULL, 10);
    if (strcasecmp(name, "blksize") == 0 && count >= 8 && count <= set.block_size) r->block_size = count;
    else if (strcasecmp(name, "windowsize") == 0 && count >= 1 && count <= set.window) r->window = (unsigned)count;
    else if (strcasecmp(name, "tsize") != 0 || count != set.size) return false;
  }
  tally.block_size = (unsigned)r->block_size;
  tally.window = r->window;
  return true;
}

static void take_data(reader *r, const uint8_t *packet, size_t length) {
  uint16_t block = (uint16_t)(packet[2] << 8 | packet[3]);
  uint16_t ahead = (uint16_t)(block - (uint16_t)r->next);
  if (set.eager && ahead != 0) { /* edk2's Mtftp4RrqHandleData */
    ahead < 0x8000 ? tally.gaps++ : tally.duplicates++;
    acknowledge(r);
    return;
  }
  if (ahead == UINT16_MAX) { /* the last one again: our acknowledgement got lost, or was too slow */
    tally.duplicates++;
    acknowledge(r);
    return;
  }
  if (ahead >= 0x8000) { /* an older one; the last of that window will be acknowledged */
    tally.duplicates++;
    return;
  }
  if (ahead > 0) { /* RFC 7440 4: acknowledge the last block in order, once for a gap */
    if (!r->gap_told) {
      tally.gaps++;
      acknowledge(r);
    }
    r->gap_told = true;
    return;
  }
  size_t octets = length - 4;
  if (octets > r->block_size || r->received + octets > set.size ||
      memcmp(r->content + r->received, packet + 4, octets) != 0) {
    fail(r, &tally.corrupt);
    return;
  }
  r->received += octets;
  r->next++;
  r->gap_told = false;
  tally.octets += octets;
  tally.data++;
  if (octets < r->block_size) {
    acknowledge(r);
    if (r->received != set.size) {
      fail(r, &tally.corrupt);
      return;
    }
    tally.complete++;
    add_sample(&tally.times, (double)(now - r->started) / MILLISECOND);
    end(r);
  } else if (++r->in_window >= r->window) {
    acknowledge(r);
  }
}

static void take(reader *r, uint8_t *packet, size_t length, const struct sockaddr_in *from) {
  if (length < 4 || packet[0] != 0) {
    tally.strays++;
    return;
  }
  unsigned opcode = packet[1];
  bool first_block = packet[2] == 0 && packet[3] == 1;
  if (r->phase == ASKING && opcode != OACK && opcode != ERROR && !(opcode == DATA && first_block)) {
    tally.strays++; /* of an earlier transfer from the same port */
    return;
  }
  if (lost(r)) {
    tally.lost_in++;
    return;
  }
  r->heard = now;
  r->tries = 0;
  if (r->phase == ASKING) {
    if (connect(r->fd, (const struct sockaddr *)from, sizeof *from)) die_errno("connect");
    r->phase = READING;
    if (opcode == DATA) tally.block_size = DEFAULT_BLOCK, tally.window = 1;
    if (opcode == OACK && !granted(r, (const char *)packet, length)) {
      fail(r, &tally.corrupt);
      return;
    }
  }
  if (opcode == DATA) take_data(r, packet, length);
  else if (opcode == OACK && r->next == 1) acknowledge(r);
  else if (opcode == ERROR) {
    snprintf(tally.refusal, sizeof tally.refusal, "%.*s", (int)(length - 4), (const char *)packet + 4);
    fail(r, &tally.refused);
  }
}

static void serve(reader *r) {
  static uint8_t packets[BATCH][MOST_BLOCK + 4];
  static struct sockaddr_in from[BATCH];
  static struct iovec vectors[BATCH];
  static struct mmsghdr messages[BATCH];
  int fd = r->fd;
  unsigned index = r->index;
  unsigned room = r->window > 1 ? BATCH : 1; /* lock-step: there is never a second one to wait for */
  for (unsigned i = 0; i < room; i++) {
    vectors[i] = (struct iovec){packets[i], sizeof packets[i]};
    messages[i].msg_hdr = (struct msghdr){
        .msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &vectors[i], .msg_iovlen = 1};
  }
  int count;
  if (room == 1) {
    socklen_t from_length = sizeof from[0];
    ssize_t length = recvfrom(fd, packets[0], sizeof packets[0], 0, (struct sockaddr *)&from[0], &from_length);
    if (length < 0) return; /* nothing, or an ICMP message: the timer decides */
    messages[0].msg_len = (unsigned)length;
    count = 1;
  } else {
    count = recvmmsg(fd, messages, room, MSG_DONTWAIT, NULL);
  }
  /* What follows the end of a transfer is not the next one's. */
  for (int i = 0; i < count && r->phase != ENDED && r->index == index; i++)
    take(r, packets[i], messages[i].msg_len, &from[i]);
}

static void sweep(reader *all, uint64_t start) {
  for (unsigned i = 0; i < set.readers; i++) {
    reader *r = &all[i];
    if (r->phase == WAITING && now - start >= i * set.stagger && tally.begun < set.transfers) begin(r);
    if ((r->phase != ASKING && r->phase != READING) || now - r->heard < PATIENCE) continue;
    tally.timeouts++;
    r->heard = now;
    r->gap_told = false;
    if (++r->tries >= MOST_TRIES) fail(r, &tally.failed);
    else if (r->phase == ASKING) ask(r);
    else acknowledge(r);
  }
}

static void map_reference(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat about;
  if (fd < 0 || fstat(fd, &about)) die_errno(path);
  set.reference_size = (size_t)about.st_size;
  set.reference = about.st_size == 0 ? (const uint8_t *)"" : mmap(NULL, set.reference_size, PROT_READ, MAP_SHARED, fd, 0);
  if (set.reference == MAP_FAILED) die_errno(path);
  close(fd);
}

static void check_name(void) {
  const char *sign = strchr(set.file, '%');
  if (sign && (sign[1] != 'd' || strchr(sign + 1, '%'))) die("--file: expected at most one %%d, got \"%s\"", set.file);
  if (strlen(set.file) > 200) die("--file: too long");
}

static void options(int argc, char **argv) {
  static const struct option known[] = {
      {"server", 1, 0, 's'},   {"port", 1, 0, 'p'},      {"file", 1, 0, 'f'},       {"reference", 1, 0, 'r'},
      {"size", 1, 0, 'z'},     {"stride", 1, 0, 'd'},    {"readers", 1, 0, 'c'},    {"transfers", 1, 0, 'n'},
      {"blksize", 1, 0, 'b'},  {"windowsize", 1, 0, 'w'}, {"loss", 1, 0, 'l'},      {"seed", 1, 0, 'e'},
      {"eager", 1, 0, 'a'},
      {"stagger", 1, 0, 'g'},  {"limit", 1, 0, 't'},     {0, 0, 0, 0}};
  const char *server = NULL, *reference = NULL;
  int port = 69;
  long size = -1;
  set.file = "file";
  set.readers = 1;
  set.block_size = 1428;
  set.window = 1;
  set.seed = 1;
  set.limit = 60ull * SECOND;
  for (int o; (o = getopt_long(argc, argv, "", known, NULL)) != -1;) switch (o) {
      case 's': server = optarg; break;
      case 'p': port = (int)number("--port", optarg, 1, 65535); break;
      case 'f': set.file = optarg; break;
      case 'r': reference = optarg; break;
      case 'z': size = number("--size", optarg, 0, 1l << 40); break;
      case 'd': set.stride = (size_t)number("--stride", optarg, 0, 1l << 30); break;
      case 'c': set.readers = (unsigned)number("--readers", optarg, 1, 20000); break;
      case 'n': set.transfers = (unsigned)number("--transfers", optarg, 1, 10000000); break;
      case 'b': set.block_size = (unsigned)number("--blksize", optarg, 0, MOST_BLOCK); break;
      case 'w': set.window = (unsigned)number("--windowsize", optarg, 1, 65535); break;
      case 'l': set.loss = (unsigned)number("--loss", optarg, 0, 9999); break;
      case 'e': set.seed = (uint64_t)number("--seed", optarg, 0, 1l << 40); break;
      case 'a': set.eager = number("--eager", optarg, 0, 1); break;
      case 'g': set.stagger = (uint64_t)number("--stagger", optarg, 0, 60l * 1000 * 1000) * 1000; break;
      case 't': set.limit = (uint64_t)number("--limit", optarg, 1, 86400) * SECOND; break;
      default: exit(2);
    }
  if (optind != argc || !server || !reference) die("load tftp needs --server and --reference");
  check_name();
  set.server = endpoint(server, port);
  if (!set.transfers) set.transfers = set.readers;
  map_reference(reference);
  set.size = size < 0 ? set.reference_size : (size_t)size;
  if ((set.transfers - 1) * set.stride + set.size > set.reference_size)
    die("the reference has %zu octets, too few for %u files", set.reference_size, set.transfers);
}

static double cpu_seconds(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void print_tally(double seconds) {
  for (char *c = tally.refusal; *c; c++)
    if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ' || (unsigned char)*c > '~') *c = '?';
  printf("{\"wanted\":%u,\"complete\":%u,\"corrupt\":%u,\"refused\":%u,\"failed\":%u,\"refusal\":\"%s\","
         "\"octets\":%lu,\"seconds\":%.6f,\"blksize\":%u,\"windowsize\":%u,\"data\":%lu,\"acks\":%lu,"
         "\"duplicates\":%lu,\"gaps\":%lu,\"timeouts\":%lu,\"lostIn\":%lu,\"lostOut\":%lu,\"strays\":%lu,"
         "\"cpuSeconds\":%.3f,\"milliseconds\":{",
         set.transfers, tally.complete, tally.corrupt, tally.refused, tally.failed, tally.refusal, tally.octets,
         seconds, tally.block_size, tally.window, tally.data, tally.acks, tally.duplicates, tally.gaps, tally.timeouts,
         tally.lost_in, tally.lost_out, tally.strays, cpu_seconds());
  print_samples(&tally.times);
  printf("}}\n");
}

int run_tftp(int argc, char **argv) {
  options(argc, argv);
  if (set.readers > set.transfers) set.readers = set.transfers;
  reader *all = calloc(set.readers, sizeof *all);
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (!all || poller < 0) die_errno("start");

  uint64_t start = now = monotonic(), swept = start;
  sweep(all, start);
  unsigned *ended[] = {&tally.complete, &tally.corrupt, &tally.refused, &tally.failed};
  for (;;) {
    unsigned over = 0;
    for (size_t i = 0; i < sizeof ended / sizeof *ended; i++) over += *ended[i];
    if (over >= set.transfers || now - start >= set.limit) break;
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poller, events, EVENTS, (int)(SWEEP / MILLISECOND));
    now = monotonic();
    for (int i = 0; i < count; i++) serve(events[i].data.ptr);
    if (now - swept >= SWEEP) {
      swept = now;
      sweep(all, start);
    }
  }
  bool all_ended = tally.complete + tally.corrupt + tally.refused + tally.failed >= set.transfers;
  print_tally((double)((all_ended ? tally.last_end : now) - start) / SECOND);
  return tally.complete == set.transfers ? 0 : 1;
}
