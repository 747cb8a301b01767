// An empty Deno program that only listens, on the port in its argument: the least that a server on Deno can take to start.
await Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0]) }).accept();
