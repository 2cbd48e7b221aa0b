/*
 * When does a DHCP server answer? Asks for an address again and again, as a relay agent does, from before the server is
 * started until an OFFER comes, and says when that was on the monotonic clock and what was offered. The machine is the
 * first of those that perfdhcp simulates, so that the asking takes no address from the pool that is measured.
 */

#define _GNU_SOURCE
#include "load.h"

#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { MESSAGE = 300, PORT = 67 }; /* the least length of a BOOTP message, RFC 1542 2.1; relay agents' port */

static void discover(uint8_t message[MESSAGE], struct in_addr relay, const uint8_t *mac) {
  static const uint8_t options[] = {99, 130, 83, 99, 53, 1, 1, 55, 3, 1, 3, 51};
  static const uint8_t identifier[] = {61, 7, 1}; /* as perfdhcp's: the type of the hardware address before it */
  memset(message, 0, MESSAGE);
  message[0] = 1; /* request */
  message[1] = 1; /* Ethernet */
  message[2] = 6;
  message[3] = 1; /* one relay agent on the way */
  memcpy(message + 24, &relay, sizeof relay);
  memcpy(message + 28, mac, 6);
  memcpy(message + 236, options, sizeof options);
  memcpy(message + 236 + sizeof options, identifier, sizeof identifier);
  memcpy(message + 236 + sizeof options + sizeof identifier, mac, 6);
  message[236 + sizeof options + sizeof identifier + 6] = 255;
}

static int open_socket(const char *relay) {
  struct sockaddr_in own = endpoint(relay, PORT);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof own)) die_errno(relay);
  return fd;
}

int run_first_offer(int argc, char **argv) {
  static const struct option known[] = {
      {"server", 1, 0, 's'}, {"relay", 1, 0, 'r'}, {"every", 1, 0, 'e'}, {"limit", 1, 0, 't'}, {0, 0, 0, 0}};
  static const uint8_t mac[] = {0x00, 0x0c, 0x01, 0x02, 0x03, 0x04};
  const char *server = NULL, *relay = NULL;
  uint64_t every = 2 * MILLISECOND, limit = 20ull * SECOND;
  for (int o; (o = getopt_long(argc, argv, "", known, NULL)) != -1;) switch (o) {
      case 's': server = optarg; break;
      case 'r': relay = optarg; break;
      case 'e': every = (uint64_t)number("--every", optarg, 100, 10000000) * 1000; break;
      case 't': limit = (uint64_t)number("--limit", optarg, 1, 3600) * SECOND; break;
      default: exit(2);
    }
  if (optind != argc || !server || !relay) die("load first-offer needs --server and --relay");

  struct sockaddr_in to = endpoint(server, PORT);
  int fd = open_socket(relay);
  uint8_t message[MESSAGE];
  discover(message, endpoint(relay, PORT).sin_addr, mac);

  /* Whoever starts the server has to know that the asking has begun. */
  printf("asking\n");
  fflush(stdout);
  uint64_t start = monotonic(), asked_at = 0, answered = 0, now;
  uint32_t asked = 0;
  struct in_addr offered = {0};
  while (!answered && (now = monotonic()) < start + limit) {
    if (now - asked_at >= every) {
      asked++;
      for (int i = 0; i < 4; i++) message[4 + i] = (uint8_t)(asked >> (24 - 8 * i));
      sendto(fd, message, sizeof message, 0, (struct sockaddr *)&to, sizeof to);
      asked_at = now;
    }
    struct pollfd wait = {fd, POLLIN, 0};
    struct timespec pause = {0, (long)every};
    if (ppoll(&wait, 1, &pause, NULL) <= 0) continue;
    uint8_t reply[2048];
    ssize_t length = recv(fd, reply, sizeof reply, 0);
    if (length < 240 || reply[0] != 2 || memcmp(reply + 28, mac, sizeof mac) != 0) continue;
    answered = monotonic();
    memcpy(&offered, reply + 16, sizeof offered);
  }
  printf("{\"answered\":%s,\"nanoseconds\":\"%lu\",\"asked\":%u,\"offered\":\"%s\"}\n", answered ? "true" : "false",
         answered, asked, inet_ntoa(offered));
  return answered ? 0 : 1;
}
