/*
 * When does a server answer? Asks for a file again and again, from before the server is started, until an OACK or a
 * first block comes, and says when that was on the monotonic clock. Every answer is declined with an ERROR.
 */

#define _GNU_SOURCE
#include "load.h"

#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { LINGER = 50 * MILLISECOND }; /* answers to the last requests are declined too */

static const char declined[] = "\0\5\0\0enough";

int run_first(int argc, char **argv) {
  static const struct option known[] = {{"server", 1, 0, 's'}, {"port", 1, 0, 'p'},  {"file", 1, 0, 'f'},
                                        {"every", 1, 0, 'e'},  {"limit", 1, 0, 't'}, {0, 0, 0, 0}};
  const char *server = NULL, *file = "file";
  int port = 69;
  uint64_t every = 2 * MILLISECOND, limit = 20ull * SECOND;
  for (int o; (o = getopt_long(argc, argv, "", known, NULL)) != -1;) switch (o) {
      case 's': server = optarg; break;
      case 'p': port = (int)number("--port", optarg, 1, 65535); break;
      case 'f': file = optarg; break;
      case 'e': every = (uint64_t)number("--every", optarg, 100, 10000000) * 1000; break;
      case 't': limit = (uint64_t)number("--limit", optarg, 1, 3600) * SECOND; break;
      default: exit(2);
    }
  if (optind != argc || !server || strlen(file) > 200) die("load first needs --server");

  struct sockaddr_in to = endpoint(server, port);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (fd < 0) die_errno("socket");
  char request[512] = {0, 1};
  char *at = stpcpy(request + 2, file) + 1;
  at = stpcpy(stpcpy(at, "octet") + 1, "tsize") + 1;
  at = stpcpy(at, "0") + 1;

  /* Whoever starts the server has to know that the asking has begun. */
  printf("asking\n");
  fflush(stdout);
  uint64_t start = monotonic(), asked_at = 0, answered = 0, now;
  unsigned asked = 0;
  while ((now = monotonic()) < (answered ? answered + LINGER : start + limit)) {
    if (!answered && now - asked_at >= every) {
      sendto(fd, request, (size_t)(at - request), 0, (struct sockaddr *)&to, sizeof to);
      asked_at = now;
      asked++;
    }
    struct pollfd wait = {fd, POLLIN, 0};
    struct timespec pause = {0, (long)every};
    if (ppoll(&wait, 1, &pause, NULL) <= 0) continue;
    uint8_t reply[2048];
    struct sockaddr_in from;
    socklen_t from_length = sizeof from;
    ssize_t length = recvfrom(fd, reply, sizeof reply, 0, (struct sockaddr *)&from, &from_length);
    if (length < 4) continue;
    if (reply[1] == 5) die("the server said: %.*s", (int)(length - 4), (char *)reply + 4);
    if (!answered) answered = monotonic();
    sendto(fd, declined, sizeof declined, 0, (struct sockaddr *)&from, from_length);
  }
  printf("{\"answered\":%s,\"nanoseconds\":\"%lu\",\"asked\":%u}\n", answered ? "true" : "false", answered, asked);
  return answered ? 0 : 1;
}
