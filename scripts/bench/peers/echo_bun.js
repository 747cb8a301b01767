// A TCP echo server on Bun.listen: echo_bun.js PORT
import process from "node:process";

// deno-lint-ignore no-undef -- Bun runs this
Bun.listen({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  allowHalfOpen: true,
  socket: {
    open(socket) {
      socket.data = { rest: undefined, ended: false };
      socket.setNoDelay(true);
    },
    data(socket, bytes) {
      const sent = Math.max(socket.write(bytes), 0);
      if (sent === bytes.length) return;
      // What the kernel did not take. While there is any, the socket is not read.
      socket.data.rest = bytes.slice(sent);
      socket.pause();
    },
    drain(socket) {
      const { rest } = socket.data;
      if (!rest) return;
      const sent = Math.max(socket.write(rest), 0);
      socket.data.rest = sent < rest.length ? rest.subarray(sent) : undefined;
      if (socket.data.rest) return;
      if (socket.data.ended) socket.end();
      else socket.resume();
    },
    end(socket) {
      socket.data.ended = true;
      if (!socket.data.rest) socket.end();
    },
    error() {},
  },
});
