import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { listenErrorOf } from "../../lib/net/listen_error.ts";

/** The text for an error on that system. */
function textOn(os: string, error: Error): string {
  const { build } = Deno;
  Object.defineProperty(Deno, "build", { value: { ...build, os } });
  try {
    const told = listenErrorOf(error, "127.0.0.1", 80);
    assertInstanceOf(told, error.constructor as new () => Error);
    assertStrictEquals(told.cause, error);
    return told.message;
  } finally {
    Object.defineProperty(Deno, "build", { value: build });
  }
}

Deno.test("a port that may not be bound: a privilege, or what Windows sets aside", () => {
  const error = new Deno.errors.PermissionDenied("x");
  const privilege = "cannot listen on 127.0.0.1:80: port 80 needs a privilege (ports below 1024 do): use a higher one";
  assertEquals(textOn("darwin", error), privilege);
  assertEquals(
    textOn("linux", error),
    `${privilege}, or sysctl net.ipv4.ip_unprivileged_port_start=80, or setcap cap_net_bind_service=+ep on the program`,
  );
  assertEquals(
    textOn("windows", error),
    "cannot listen on 127.0.0.1:80: port 80 is held for another program, or reserved " +
      "(netsh interface ipv4 show excludedportrange protocol=tcp)",
  );
});

Deno.test("a name that is not found, in each system's words, is NotFound", () => {
  const words = [
    "failed to lookup address information: Name or service not known",
    "No such host is known. (os error 11001)",
    "The requested name is valid, but no data of the requested type was found. (os error 11004)",
  ];
  for (const cause of [...words.map((text) => new Error(text)), new URIError("x")]) {
    const error = listenErrorOf(cause, "no.such.host", 7);
    assertInstanceOf(error, Deno.errors.NotFound);
    assertEquals(error.message, "cannot listen on no.such.host:7: host name not found");
  }
  const other = listenErrorOf(new Error("Too many open files (os error 24)"), "localhost", 7);
  assertEquals([other.name, other.message], [
    "Error",
    "cannot listen on localhost:7: Too many open files (os error 24)",
  ]);
});
