// A load client on epoll, one thread: each connection sends SIZE bytes, waits for all of them to come back, and sends again.
// The yardstick for `sounder bench`. load_epoll PORT CONNECTIONS SIZE SECONDS; prints requests per second, and with VERIFY
// (any fifth argument) compares each byte.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct connection {
  int fd;
  size_t sent, received;
};

static size_t size;
static char *payload, *buffer;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void send_on(struct connection *c) {
  ssize_t n = send(c->fd, payload + c->sent, size - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n > 0) c->sent += n;
}

int main(int argc, char **argv) {
  if (argc < 5) return fprintf(stderr, "load_epoll PORT CONNECTIONS SIZE SECONDS [VERIFY]\n"), 2;
  int count = atoi(argv[2]), verify = argc > 5;
  size = atol(argv[3]);
  double seconds = atof(argv[4]);
  payload = malloc(size);
  buffer = malloc(size < 65536 ? 65536 : size);
  for (size_t i = 0; i < size; i++) payload[i] = i * 31 + 7;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  address.sin_port = htons(atoi(argv[1]));
  int epoll = epoll_create1(0);
  struct connection *all = calloc(count, sizeof *all);
  for (int i = 0; i < count; i++) {
    all[i].fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(all[i].fd, (void *)&address, sizeof address) < 0) die("connect");
    setsockopt(all[i].fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    struct epoll_event event = {.events = EPOLLIN | (size > 65536 ? EPOLLOUT : 0), .data.ptr = &all[i]};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &event) < 0) die("epoll_ctl");
  }
  double start = now();
  long requests = 0;
  for (int i = 0; i < count; i++) send_on(&all[i]);
  while (now() - start < seconds) {
    struct epoll_event events[1024];
    int n = epoll_wait(epoll, events, 1024, 100);
    for (int i = 0; i < n; i++) {
      struct connection *c = events[i].data.ptr;
      if (events[i].events & EPOLLIN) {
        ssize_t got = recv(c->fd, buffer, size < 65536 ? 65536 : size, MSG_DONTWAIT);
        if (got == 0) return fprintf(stderr, "load_epoll: the server closed\n"), 1;
        if (got > 0) {
          if (c->received + got > size) return fprintf(stderr, "load_epoll: more came than was sent\n"), 1;
          if (verify && memcmp(buffer, payload + c->received, got)) return fprintf(stderr, "load_epoll: wrong bytes\n"), 1;
          c->received += got;
          if (c->received == size) {
            requests++;
            c->received = c->sent = 0;
          }
        }
      }
      if (c->sent < size) send_on(c);
    }
  }
  printf("%.0f\n", requests / (now() - start));
}
