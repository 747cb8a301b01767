import { assertEquals, assertRejects } from "@std/assert";
import { readAccessFile } from "../../lib/cli/access_file.ts";
import { UsageError } from "../../lib/cli/usage_error.ts";
import { AccessList } from "../../lib/core/access_list.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const FILES: [what: string, text: string, entries: string[]][] = [
  ["entries of all kinds", "192.0.2.7\n192.0.2.0/24\n2001:db8::/32\n[::1]\n", [
    "192.0.2.7",
    "192.0.2.0/24",
    "2001:db8::/32",
    "[::1]",
  ]],
  ["no line end at the end", "192.0.2.7", ["192.0.2.7"]],
  ["comments and empty lines", "# office\n\n192.0.2.7 # door\n\t\n10.0.0.0/8#lab\n  # end", [
    "192.0.2.7",
    "10.0.0.0/8",
  ]],
  ["CRLF, and a byte order mark", "\uFEFF192.0.2.7\r\n\r\n  10.0.0.0/8  \r\n# end\r\n", ["192.0.2.7", "10.0.0.0/8"]],
  ["an empty file", "", []],
  ["only comments", "# none yet\n", []],
];

Deno.test("readAccessFile() reads one entry a line", async () => {
  for (const [what, text, entries] of FILES) {
    await using folder = await temporaryFolder({ "list.txt": text });
    const read = await readAccessFile(`${folder.path}/list.txt`);
    assertEquals(read, entries, what);
    new AccessList({ allow: read });
  }
});

const WRONG: [text: string, line: number, message: string][] = [
  ["192.0.2.7\nlocalhost\n", 2, 'bad CIDR "localhost": host names are not looked up: write their addresses'],
  [
    "# a\n\n\n10.0.0.1/8 # b",
    4,
    'bad CIDR "10.0.0.1/8": the address has bits after its prefix: write 10.0.0.0/8, or 10.0.0.1 for the one address',
  ],
  ["10.0.0.0/33\r\n", 1, 'bad prefix in "10.0.0.0/33": use a whole number of bits from 0 to 32'],
  [
    "10.0.0.1 10.0.0.2",
    1,
    'bad CIDR "10.0.0.1 10.0.0.2": write an address or a block, such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32',
  ],
  ["::1\r\n010.0.0.1\r\n", 2, 'bad CIDR "010.0.0.1": some read leading zeros as octal: write each octet without them'],
];

Deno.test("readAccessFile() names the file, the line, the value and what would do", async () => {
  for (const [text, line, message] of WRONG) {
    await using folder = await temporaryFolder({ "list.txt": text });
    const path = `${folder.path}/list.txt`;
    assertEquals((await assertRejects(() => readAccessFile(path), UsageError)).message, `${path}:${line}: ${message}`);
  }
});

Deno.test("readAccessFile() names a file that cannot be read", async () => {
  await using folder = await temporaryFolder({ "folder/list.txt": "" });
  const missing = `${folder.path}/missing.txt`;
  const { message } = await assertRejects(() => readAccessFile(missing), UsageError);
  assertEquals(message, `cannot read ${missing}: there is no such file or folder`);
  await assertRejects(() => readAccessFile(`${folder.path}/folder`), UsageError, `cannot read ${folder.path}/folder: `);
});

Deno.test({
  name: "readAccessFile() names the permission that is missing",
  permissions: { read: false },
  fn: async () => {
    const { message } = await assertRejects(() => readAccessFile("list.txt"), UsageError);
    assertEquals(message, "cannot read list.txt: not permitted: run Deno with --allow-read");
  },
});
