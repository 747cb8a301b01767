// A load client on epoll, one thread: the yardstick for servers, and for `sounder bench` as a client.
//
//   load_epoll PORT CONNECTIONS SIZE WARMUP SECONDS [stream]
//
// Each connection sends SIZE bytes, waits until all of them came back, and sends again; as a stream, it sends and receives as
// much as goes through, in writes of SIZE. Every byte is compared. Before all else each connection has an echo of its own, so
// that none waits to be accepted. Prints `ready` after the warmup and waits for a line on stdin; measures; prints one line of
// JSON; ends with the end of stdin. At both stops the connections are open and owed nothing: whoever started this can look at
// what the server has used so far.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  EVENTS = 1024,
  LEAST_BUFFER = 65536,
  FIRST_ECHO = 64,
  PATTERN = 251, // each connection begins elsewhere in the pattern: an echo of another's bytes is seen
  PARTS = 128,   // of each power of two of nanoseconds: percentiles are at most 0.8 % too high
  LIMIT = 10,    // seconds without an echo that is owed
};

struct connection {
  int fd, writes;    // whether epoll tells when it can be written
  char *payload;
  uint64_t sent, received;
  uint64_t since;    // when this request was begun
};

static int epoll, count, stream;
static uint64_t size;
static size_t room;
static char *buffer;
static struct connection *all;
static uint64_t owed; // bytes whose echo has not come
static uint64_t echoes[64 * PARTS];

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "load_epoll: %s\n", what);
  exit(1);
}

static void fail_with_reason(const char *what) {
  fprintf(stderr, "load_epoll: %s: %s\n", what, strerror(errno));
  exit(1);
}

static unsigned bucket_of(uint64_t value) {
  if (value < PARTS) return value;
  int shift = 63 - __builtin_clzll(value) - 7;
  return (shift + 1) * PARTS + ((value >> shift) - PARTS);
}

// The largest value of a bucket, in milliseconds.
static double bucket_top(unsigned bucket) {
  if (bucket < PARTS) return bucket / 1e6;
  int shift = bucket / PARTS - 1;
  return ((((uint64_t)(bucket % PARTS + PARTS + 1)) << shift) - 1) / 1e6;
}

static double percentile(uint64_t total, double part) {
  uint64_t seen = 0;
  for (unsigned i = 0; i < 64 * PARTS; i++) {
    seen += echoes[i];
    if (seen > 0 && seen >= part * total) return bucket_top(i);
  }
  return 0;
}

static void watch(struct connection *c, int operation, int writes) {
  struct epoll_event event = {.events = EPOLLIN | (writes ? EPOLLOUT : 0), .data.ptr = c};
  if (epoll_ctl(epoll, operation, c->fd, &event) < 0) fail_with_reason("epoll_ctl");
  c->writes = writes;
}

static void compare(struct connection *c, const char *bytes, size_t n) {
  while (n > 0) {
    size_t at = c->received % size, part = n < size - at ? n : size - at;
    if (memcmp(bytes, c->payload + at, part)) fail("wrong bytes came back");
    c->received += part;
    bytes += part;
    n -= part;
  }
}

// Connects, with an echo that blocks.
static void open_connection(struct connection *c, int port, int index) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  address.sin_port = htons(port);
  c->payload = buffer + room + index % PATTERN;
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (c->fd < 0) fail_with_reason("socket");
  struct timeval limit = {.tv_sec = LIMIT};
  setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  if (connect(c->fd, (void *)&address, sizeof address) < 0) fail_with_reason("connect");
  size_t length = size < FIRST_ECHO ? size : FIRST_ECHO;
  if (send(c->fd, c->payload, length, MSG_NOSIGNAL) != (ssize_t)length) fail_with_reason("send");
  while (c->received < length) {
    ssize_t n = recv(c->fd, buffer, length - c->received, 0);
    if (n == 0) fail("the server closed a connection");
    if (n < 0) fail_with_reason("no first echo");
    compare(c, buffer, n);
  }
  c->received = 0;
  watch(c, EPOLL_CTL_ADD, 0);
}

static void send_on(struct connection *c) {
  uint64_t at = c->sent % size;
  if (!stream && c->sent == size) return;
  ssize_t n = send(c->fd, c->payload + at, size - at, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN) fail_with_reason("send");
  if (n > 0) c->sent += n, owed += n;
  int writes = stream || c->sent < size;
  if (writes != c->writes) watch(c, EPOLL_CTL_MOD, writes);
}

// Bytes that came; a request whose echo is whole is followed by the next while `more`.
static ssize_t receive_on(struct connection *c, int more) {
  ssize_t n = recv(c->fd, buffer, room, MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) return 0;
  if (n < 0) fail_with_reason("recv");
  if (n == 0) fail("the server closed a connection");
  if (c->received + n > c->sent) fail("more came back than was sent");
  compare(c, buffer, n);
  owed -= n;
  if (stream || c->received < size) return n;
  uint64_t time = now();
  echoes[bucket_of(time - c->since)]++;
  c->received = c->sent = 0;
  c->since = time;
  if (more) send_on(c);
  return n;
}

struct loaded {
  double per_second; // bytes that came back while it lasted
  uint64_t bytes;    // with those that came after it
};

// Puts load on the server for this long, then waits until nothing is owed.
static struct loaded load(uint64_t nanoseconds) {
  struct loaded loaded = {0};
  uint64_t start = now(), last = start;
  int more = 1;
  for (int i = 0; i < count; i++) {
    all[i].since = now();
    send_on(&all[i]);
  }
  for (;;) {
    struct epoll_event events[EVENTS];
    int n = epoll_wait(epoll, events, EVENTS, 100);
    for (int i = 0; i < n; i++) {
      struct connection *c = events[i].data.ptr;
      if (events[i].events & EPOLLOUT) send_on(c);
      if (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) loaded.bytes += receive_on(c, more);
    }
    uint64_t time = now();
    if (n > 0) last = time;
    else if (time - last > LIMIT * 1000000000ull) fail("an echo did not come in 10 seconds");
    if (more && time - start >= nanoseconds) {
      loaded.per_second = loaded.bytes / ((time - start) / 1e9);
      more = 0;
      for (int i = 0; stream && i < count; i++) {
        if (all[i].writes) watch(&all[i], EPOLL_CTL_MOD, 0);
      }
    }
    if (!more && owed == 0) return loaded;
  }
}

int main(int argc, char **argv) {
  if (argc < 6) return fprintf(stderr, "load_epoll PORT CONNECTIONS SIZE WARMUP SECONDS [stream]\n"), 2;
  count = atoi(argv[2]);
  size = atoll(argv[3]);
  uint64_t warmup = atof(argv[4]) * 1e9, length = atof(argv[5]) * 1e9;
  room = size < LEAST_BUFFER ? LEAST_BUFFER : size;
  buffer = malloc(room + size + PATTERN);
  for (size_t i = 0; i < size + PATTERN; i++) buffer[room + i] = i % PATTERN * 31 + 7;
  all = calloc(count, sizeof *all);
  epoll = epoll_create1(0);
  for (int i = 0; i < count; i++) open_connection(&all[i], atoi(argv[1]), i);
  stream = argc > 6;
  if (warmup > 0) load(warmup);
  puts("ready");
  fflush(stdout);
  if (getchar() == EOF) return 0;
  memset(echoes, 0, sizeof echoes);
  struct loaded loaded = load(length);
  uint64_t total = 0;
  for (unsigned i = 0; i < 64 * PARTS; i++) total += echoes[i];
  printf("{\"echoesPerSecond\":%.3f,\"echoes\":%.3f", loaded.per_second / size, loaded.bytes / (double)size);
  if (stream) puts(",\"p50Ms\":null,\"p99Ms\":null}");
  else printf(",\"p50Ms\":%.6f,\"p99Ms\":%.6f}\n", percentile(total, 0.5), percentile(total, 0.99));
  fflush(stdout);
  while (getchar() != EOF) {}
  return 0;
}
