// A TCP echo server on node:net: echo_node.mjs PORT
import { createServer } from "node:net";
import process from "node:process";

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on("data", (bytes) => {
    if (!socket.write(bytes)) socket.pause();
  });
  socket.on("drain", () => socket.resume());
  socket.on("end", () => socket.end());
  socket.on("error", () => socket.destroy());
});
server.listen({ host: "127.0.0.1", port: Number(process.argv[2]), backlog: 511 });
