/**
 * A Worker of a server whose first accept() finds no free descriptor.
 *
 * @module
 */
/// <reference lib="webworker" />
import "../../lib/echo/serve_worker.ts";

const { listen } = Deno;

Object.assign(Deno, {
  listen: (options: Deno.TcpListenOptions) => {
    const listener = listen(options);
    const accept = listener.accept.bind(listener);
    listener.accept = () => {
      listener.accept = accept;
      return Promise.reject(new Deno.errors.Busy("too many open files"));
    };
    return listener;
  },
});
