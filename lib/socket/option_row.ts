/** A value of a socket option as the library takes and gives it: milliseconds, bytes, counts, names, on and off. */
export type SocketOptionValue = boolean | number | string;

/**
 * How the bytes of an option are made of its value: a C int as it is (`int`), 0 or 1 (`flag`), milliseconds as whole
 * seconds (`seconds`), a name (`text`), a `struct linger` of seconds (`linger`), an interface's index (`interface`), the length of a queue (`queue`), or, to be read
 * only, the member of TCP_INFO that a listener's backlog stands in (`backlog`).
 */
export type SocketOptionCodec = "int" | "flag" | "seconds" | "text" | "linger" | "interface" | "queue" | "backlog";

/** The constants of an option on one system: `level`, `name` and how the value stands in memory. */
export type SocketConstant = readonly [level: number, name: number, codec: SocketOptionCodec];

/** The constants of an option on one system, per kind of socket where they differ. */
export interface SocketConstants {
  /** On IPv4 sockets, and on all where the rest is left out. */
  readonly any: SocketConstant;
  /** On IPv6 sockets; those that carry IPv4 as well (dual stack) get both. */
  readonly ipv6?: SocketConstant;
  /** On listeners. */
  readonly listener?: SocketConstant;
}

/** The systems that the table has columns for. */
export type SocketPlatform = "linux" | "darwin" | "windows";

/** One socket option: everything that the library, the command line, the help and the documentation know of it. */
export interface SocketOptionRow {
  /** The library's name; `keepAlive.idle` is the member `idle` of `keepAlive`. */
  readonly name: string;
  /** What kind of value it takes. */
  readonly type: "boolean" | "milliseconds" | "bytes" | "integer" | "text" | "address";
  /** Smallest and largest value that the kernel takes, in the unit of `type`. */
  readonly range?: readonly [least: number, most: number];
  /** What it does, as the help says it: one sentence without a full stop, the constants in brackets. */
  readonly summary: string;
  /** Where it is documented. */
  readonly manual: string;
  /** The constants; a system that is left out does not have the option. */
  readonly constants: Readonly<Partial<Record<SocketPlatform, SocketConstants>>>;
  /**
   * When it is set for a server: on the listener, from which accepted connections inherit it at no cost (`inherited`); on
   * the listener, which alone it concerns (`listener`); on each accepted connection (`accepted`); or by listen() itself
   * (`listen`). Left out: a server cannot have it.
   */
  readonly server?: "inherited" | "listener" | "accepted" | "listen";
  /**
   * When it is set for a client: before the SYN, which it shapes (`syn`); on the connection once it stands (`connected`);
   * or by bind() (`bind`). Left out: a client cannot have it.
   */
  readonly client?: "syn" | "connected" | "bind";
  /** Whether it can be changed while a connection stands. */
  readonly established: boolean;
  /** Whether Deno's own API sets it, so that FFI is not needed. */
  readonly builtIn?: boolean;
  /** The privilege that it needs, as capabilities(7) calls it. */
  readonly privilege?: string;
  /** The flags of the command line, each with the value that a flag without a value stands for. */
  readonly flags: readonly SocketOptionFlag[];
}

/** A flag of the command line that sets a socket option. */
export interface SocketOptionFlag {
  /** Its name, without dashes. */
  readonly name: string;
  /** What it sets, where it takes no value. */
  readonly sets?: boolean;
  /** What the help calls the value, where it takes one. */
  readonly placeholder?: string;
  /** The value where it is not given, as the help shows it. */
  readonly default?: string;
  /** One sentence for the help, without a full stop; the row's summary where it is left out. */
  readonly help?: string;
}
