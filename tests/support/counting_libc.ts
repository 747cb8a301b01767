import type { Libc } from "../../lib/socket/libc.ts";

/** A C library that notes the sockets it makes, and the set of those that are not closed yet. */
export function countingLibc(libc: Libc): { counting: Libc; open: Set<number> } {
  const open = new Set<number>();
  const counting: Libc = {
    ...libc,
    socket(...args) {
      const fd = libc.socket(...args);
      open.add(fd);
      return fd;
    },
    close: (fd) => (open.delete(fd), libc.close(fd)),
  };
  return { counting, open };
}
