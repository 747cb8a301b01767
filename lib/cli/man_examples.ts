/** What somebody wants, and the commands that do it. */
export interface ManExample {
  /** What they do: a sentence that ends with a colon. */
  readonly what: string;
  /** The commands, a line each. */
  readonly commands: readonly string[];
}

/** The examples of the manual page. Tests read each command. */
export const MAN_EXAMPLES: readonly ManExample[] = [
  {
    what: "Serve on 127.0.0.1:9999, and tell of each accept, recv and close:",
    commands: ["sounder serve --log-level debug"],
  },
  {
    what: "Serve all addresses, probe idle peers, and read back what the kernel made of the options:",
    commands: ["sounder serve --host :: -v --keepalive-idle 30m --keepalive-count 5"],
  },
  { what: "Send two messages, and check that they come back:", commands: ["sounder send localhost:9999 data1 data2"] },
  {
    what: "Send a gigabyte, and get the result with its SHA-256 as JSON:",
    commands: ["head -c 1G /dev/urandom | sounder send :9999 --json"],
  },
  {
    what: "Give up after two more SYNs, with a small window:",
    commands: ["sounder send [::1]:9999 --syn-retries 2 --recv-buffer 64k hello"],
  },
  {
    what: "Time a hundred echoes, ten a second, and fail if one took longer than 50 ms:",
    commands: ["sounder ping localhost:9999 -c 100 -i 0.1 --fail-if 'max>50ms'"],
  },
  { what: "Time the handshake of any TCP server, until Ctrl-C:", commands: ["sounder ping --connect localhost:22"] },
  {
    what: "Measure at 10,000 requests a second for half a minute, and keep the result:",
    commands: ["sounder bench localhost:9999 -r 10k -d 30s --json > before.json"],
  },
  {
    what: "Fail if a later run is more than a tenth slower:",
    commands: ["sounder compare before.json after.json --fail-if 'p99>10%'"],
  },
  { what: "See which options can be set here:", commands: ["sounder sockopt"] },
];
