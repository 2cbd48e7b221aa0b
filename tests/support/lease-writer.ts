/**
 * Puts leases into a database, as many as are asked for on a line of stdin, and says what became of them on a line of
 * stdout: a process of its own, so that a test can take its disk away.
 */

import { createInterface } from "node:readline";
import { LmdbStore } from "../../lib/leases/store/lmdb-store.js";
import { asError } from "../../lib/common/error.js";
import { toIpv4 } from "../../lib/net/ipv4.js";
import { mac } from "./values.js";

const HOST = mac("52:54:00:00:00:01");

const { store } = await LmdbStore.open(process.argv[2] ?? "");
let address = 0x0a000001;

function put(): Promise<string> {
  const lease = { address: toIpv4(address++), key: HOST, mac: HOST, state: "bound", starts: 0, ends: 1 } as const;
  return store.put({ ...lease, hostName: "a machine ".repeat(10) }).then(
    () => "kept",
    (error: unknown) => asError(error).message,
  );
}

process.stdout.write("open\n");
for await (const line of createInterface(process.stdin)) {
  const outcomes = await Promise.all(Array.from({ length: Number(line) }, put));
  process.stdout.write(`${[...new Set(outcomes)].join(" | ")}\n`);
}
await store.close();
process.stdout.write(`${[...LmdbStore.openToRead(process.argv[2] ?? "").load()].length} leases\n`);
