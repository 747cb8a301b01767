// A TCP echo server on epoll, one thread: what a server of few system calls can do. Prints its port.
// echo_epoll [PORT]
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 1024, SIZE = 65536 };

// What the kernel did not take of an echo. While there is any, the connection is not read.
struct connection {
  int fd;
  char *rest;
  size_t from, to;
};

static int epoll;

static void watch(struct connection *c, int operation, unsigned events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(epoll, operation, c->fd, &event) < 0) perror("epoll_ctl"), exit(1);
}

static void drop(struct connection *c) {
  close(c->fd);
  free(c->rest);
  free(c);
}

static void accept_all(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    struct connection *c = calloc(1, sizeof *c);
    c->fd = fd;
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
  }
}

static void echo(struct connection *c) {
  static char buffer[SIZE];
  ssize_t n = read(c->fd, buffer, SIZE);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return drop(c);
  ssize_t sent = write(c->fd, buffer, n);
  if (sent < 0 && errno != EAGAIN) return drop(c);
  if (sent < 0) sent = 0;
  if (sent == n) return;
  if (!c->rest) c->rest = malloc(SIZE);
  c->from = 0;
  c->to = n - sent;
  for (size_t i = 0; i < c->to; i++) c->rest[i] = buffer[sent + i];
  watch(c, EPOLL_CTL_MOD, EPOLLOUT);
}

static void echo_rest(struct connection *c) {
  ssize_t sent = write(c->fd, c->rest + c->from, c->to - c->from);
  if (sent < 0 && errno != EAGAIN) return drop(c);
  if (sent > 0) c->from += sent;
  if (c->from == c->to) watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

int main(int argc, char **argv) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  address.sin_port = htons(argc > 1 ? atoi(argv[1]) : 0);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
  socklen_t length = sizeof address;
  if (bind(listener, (void *)&address, length) < 0 || listen(listener, 511) < 0) return perror("listen"), 1;
  getsockname(listener, (void *)&address, &length);
  printf("Listening on 127.0.0.1:%d (echo)\n", ntohs(address.sin_port));
  fflush(stdout);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  struct connection self = {.fd = listener};
  watch(&self, EPOLL_CTL_ADD, EPOLLIN);
  for (;;) {
    struct epoll_event events[EVENTS];
    int n = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < n; i++) {
      struct connection *c = events[i].data.ptr;
      if (c == &self) accept_all(listener);
      else if (events[i].events & EPOLLOUT) echo_rest(c);
      else echo(c);
    }
  }
}
