/*
 * How long does a PXE ROM wait for an address? Sends DISCOVERs at a steady rate, whether earlier ones were answered or
 * not, and takes the time to each OFFER by the kernel's receive timestamp: what this process itself is late to read,
 * on a machine that is busy with readers, does not count. Runs until SIGTERM.
 */

#define _GNU_SOURCE
#include "load.h"

#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
  MESSAGE = 300,            /* the least length of a BOOTP message, RFC 1542 2.1 */
  REMEMBERED = 4096,        /* transactions, the latest */
  PATIENCE_MILLISECONDS = 2000,
};

static volatile sig_atomic_t stopped;
static void stop(int signal) { (void)signal; stopped = 1; }

static uint64_t realtime(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

/* What the PXE ROM of a BIOS machine sends, its options by RFC 2132 and RFC 4578. */
static void discover(uint8_t message[MESSAGE], uint32_t transaction, unsigned machine) {
  static const uint8_t options[] = {
      99, 130, 83, 99,                                                   /* the magic cookie */
      53, 1, 1,                                                          /* DISCOVER */
      55, 7, 1, 3, 43, 54, 60, 66, 67,                                   /* wanted */
      57, 2, 1260 >> 8, 1260 & 255,                                      /* largest message */
      93, 2, 0, 0,                                                       /* Intel x86PC */
      94, 3, 1, 2, 1,                                                    /* UNDI 2.1 */
      60, 32, 'P', 'X', 'E', 'C', 'l', 'i', 'e', 'n', 't', ':', 'A', 'r', 'c', 'h', ':', '0', '0', '0', '0', '0', ':',
      'U', 'N', 'D', 'I', ':', '0', '0', '2', '0', '0', '1',
      255};
  memset(message, 0, MESSAGE);
  message[0] = 1; /* request */
  message[1] = 1; /* Ethernet */
  message[2] = 6;
  for (int i = 0; i < 4; i++) message[4 + i] = (uint8_t)(transaction >> (24 - 8 * i));
  message[10] = 0x80; /* broadcast the reply: this socket cannot hear what is sent to an address it has not */
  const uint8_t mac[] = {0x02, 0xbe, 0x7c, 0, (uint8_t)(machine >> 8), (uint8_t)machine};
  memcpy(message + 28, mac, sizeof mac);
  memcpy(message + 236, options, sizeof options);
}

static bool is_offer(const uint8_t *message, size_t length) {
  if (length < 243 || message[0] != 2) return false;
  for (size_t at = 240; at + 2 < length && message[at] != 255;) {
    if (message[at] == 53) return message[at + 2] == 2;
    at += message[at] == 0 ? 1 : 2u + message[at + 1];
  }
  return false;
}

/* Reads one datagram; its transaction, or 0 where it is no OFFER. *when: the kernel's time of its arrival. */
static uint32_t receive(int fd, uint64_t *when) {
  uint8_t message[2048], control[256];
  struct iovec vector = {message, sizeof message};
  struct msghdr header = {
      .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t length = recvmsg(fd, &header, MSG_DONTWAIT);
  if (length < 0 || !is_offer(message, (size_t)length)) return 0;
  *when = realtime();
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    struct timespec t;
    memcpy(&t, CMSG_DATA(c), sizeof t);
    *when = (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
  }
  return (uint32_t)message[4] << 24 | (uint32_t)message[5] << 16 | (uint32_t)message[6] << 8 | message[7];
}

static int open_socket(const char *interface) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
  struct sockaddr_in own = endpoint("0.0.0.0", 68);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface) + 1) ||
      setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) ||
      setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) || bind(fd, (struct sockaddr *)&own, sizeof own))
    die_errno(interface);
  return fd;
}

int run_dhcp(int argc, char **argv) {
  static const struct option known[] = {{"interface", 1, 0, 'i'}, {"rate", 1, 0, 'r'}, {"machines", 1, 0, 'm'},
                                        {"limit", 1, 0, 't'},     {0, 0, 0, 0}};
  const char *interface = NULL;
  uint64_t rate = 20, limit = 600;
  unsigned machines = 50;
  for (int o; (o = getopt_long(argc, argv, "", known, NULL)) != -1;) switch (o) {
      case 'i': interface = optarg; break;
      case 'r': rate = (uint64_t)number("--rate", optarg, 1, 1000); break;
      case 'm': machines = (unsigned)number("--machines", optarg, 1, 65535); break;
      case 't': limit = (uint64_t)number("--limit", optarg, 1, 86400); break;
      default: exit(2);
    }
  if (optind != argc || !interface) die("load dhcp needs --interface");

  int fd = open_socket(interface);
  struct sigaction action = {.sa_handler = stop};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  printf("asking\n");
  fflush(stdout);

  struct sockaddr_in everyone = endpoint("255.255.255.255", 67);
  static uint64_t sent[REMEMBERED]; /* when, by transaction; 0 once answered */
  samples waits = {0};
  uint32_t transactions = 0;
  uint64_t interval = SECOND / rate, start = monotonic(), due = start, finish = start + limit * SECOND;
  bool sending = true;
  for (;;) {
    uint64_t now = monotonic();
    if (sending && (stopped || now >= finish)) {
      sending = false;
      finish = now + PATIENCE_MILLISECONDS * (uint64_t)MILLISECOND;
    }
    if (!sending && (now >= finish || waits.count == transactions)) break;
    if (sending && now >= due) {
      uint8_t message[MESSAGE];
      transactions++;
      discover(message, transactions, transactions % machines);
      sent[transactions % REMEMBERED] = realtime();
      if (sendto(fd, message, sizeof message, 0, (struct sockaddr *)&everyone, sizeof everyone) < 0) die_errno("sendto");
      due += interval;
      continue;
    }
    struct pollfd wait = {fd, POLLIN, 0};
    uint64_t pause = sending ? due - now : 50 * MILLISECOND;
    struct timespec timeout = {(time_t)(pause / SECOND), (long)(pause % SECOND)};
    if (ppoll(&wait, 1, &timeout, NULL) <= 0) continue;
    uint64_t when = 0;
    uint32_t transaction = receive(fd, &when);
    uint64_t *asked = &sent[transaction % REMEMBERED];
    if (transaction == 0 || transaction > transactions || *asked == 0) continue;
    add_sample(&waits, (double)(when - *asked) / MILLISECOND);
    *asked = 0;
  }
  printf("{\"asked\":%u,\"answered\":%zu,\"milliseconds\":{", transactions, waits.count);
  print_samples(&waits);
  printf("}}\n");
  return waits.count == transactions ? 0 : 1;
}
