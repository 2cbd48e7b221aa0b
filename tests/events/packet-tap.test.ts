/** What is tapped is what the servers receive and send, octet by octet. */

import t from "tap";
import { PacketTap, type TappedPacket } from "../../lib/events/packet-tap.js";
import { formatIpv4 } from "../../lib/net/ipv4.js";
import type { Endpoint } from "../../lib/os/udp.js";
import { DhcpBench, PXE, SERVER as DHCP_SERVER } from "../support/dhcp-bench.js";
import { makeRequest } from "../support/dhcp-packet.js";
import { ManualClock } from "../support/manual-clock.js";
import { MemorySource } from "../support/memory-source.js";
import { SERVER, TftpBench } from "../support/tftp-bench.js";
import { makeAck, makeError, makeRequest as makeRead } from "../support/tftp-packet.js";
import { ip } from "../support/values.js";

const START = Date.UTC(2026, 0, 1);

const name = ({ address, port }: Endpoint): string => `${formatIpv4(address)}:${port}`;

/** A tap whose packets are kept: `direction local peer octets`. */
function openTap(): { tap: PacketTap; seen: string[]; times: number[]; end: () => void } {
  const seen: string[] = [];
  const times: number[] = [];
  const tap = new PacketTap(new ManualClock());
  const end = tap.subscribe((packet: TappedPacket) => {
    seen.push(`${packet.direction} ${name(packet.local)} ${name(packet.peer)} ${packet.octets.toString("hex")}`);
    times.push(packet.time);
  });
  return { tap, seen, times, end };
}

await t.test("DHCP: requests and replies, those in frames too, and what cannot be decoded", async (t) => {
  const { tap, seen, times, end } = openTap();
  const bench = await DhcpBench.start({ tap, frames: true });
  const request = makeRequest({ options: [[53, "01"], ...PXE] });
  const [offer] = bench.askRaw(request);
  t.ok(offer?.mac, "the reply is a frame");
  t.strictSame(seen.splice(0), [
    `in 0.0.0.0:67 0.0.0.0:68 ${request.toString("hex")}`,
    `out ${offer?.from ?? ""} ${offer?.to ?? ""} ${offer?.wire.payload.toString("hex") ?? ""}`,
  ]);
  const relayed = makeRequest({ giaddr: "192.168.7.254", options: [[53, "01"], ...PXE] });
  const relay = { address: ip("192.168.7.254"), port: 67 };
  const [answer] = bench.askRaw(relayed, { from: relay, to: { address: ip(DHCP_SERVER), port: 67 } });
  t.strictSame(seen.splice(0), [
    `in ${DHCP_SERVER}:67 192.168.7.254:67 ${relayed.toString("hex")}`,
    `out ${DHCP_SERVER}:67 192.168.7.254:67 ${answer?.wire.payload.toString("hex") ?? ""}`,
  ]);
  bench.askRaw(Buffer.from("junk"));
  t.strictSame(seen.splice(0), [`in 0.0.0.0:67 0.0.0.0:68 ${Buffer.from("junk").toString("hex")}`]);
  t.ok(times.every((time) => time === START));
  end();
  bench.askRaw(request);
  t.strictSame(seen, [], "nothing once nobody listens");
  t.equal(tap.listening, false);
});

await t.test("DHCP: the boot server's port too", async (t) => {
  const { tap, seen } = openTap();
  const bench = await DhcpBench.start({ tap, proxy: true });
  const request = makeRequest({ ciaddr: "192.168.7.77", options: [[53, "03"], ...PXE] });
  const from = { address: ip("192.168.7.77"), port: 4011 };
  const [answer] = bench.askRaw(request, { from, to: { address: ip(DHCP_SERVER), port: 4011 } });
  t.strictSame(seen, [
    `in ${DHCP_SERVER}:4011 192.168.7.77:4011 ${request.toString("hex")}`,
    `out ${DHCP_SERVER}:4011 192.168.7.77:4011 ${answer?.wire.payload.toString("hex") ?? ""}`,
  ]);
});

for (const singlePort of [false, true]) {
  await t.test(`TFTP: requests, OACK, the first ACK and errors; single_port = ${singlePort}`, async (t) => {
    const { tap, seen } = openTap();
    const files = new MemorySource({ file: Buffer.alloc(3000, 1) });
    const bench = await TftpBench.start(files, { singlePort }, undefined, undefined, tap);
    const hex = (octets: Buffer): string => octets.toString("hex");
    const sent = (index: number): string => hex(bench.network.sent[index]?.payload ?? Buffer.alloc(0));

    const client = bench.client(2001);
    await client.fetch("file", { blksize: 600, tsize: 0 });
    const local = `192.168.7.1:${client.serverPort}`;
    t.strictSame(seen.splice(0), [
      `in ${name(SERVER)} 192.168.7.9:2001 ${hex(makeRead("file", { blksize: 600, tsize: 0 }))}`,
      `out ${local} 192.168.7.9:2001 ${sent(0)}`,
      `in ${local} 192.168.7.9:2001 ${hex(makeAck(0))}`,
    ]);
    const before = bench.network.sent.length;
    await bench.client(2002).request("missing");
    t.match(seen.splice(0), [/^in .*:69 192\.168\.7\.9:2002 0001/, `:2002 ${sent(before)}`]);
    const aborting = bench.client(2003);
    await aborting.request("file");
    await aborting.send(makeAck(1));
    await aborting.send(makeAck(2));
    await aborting.send(makeError(0, "enough"));
    t.strictSame(
      seen.splice(0).map((line) => line.replace(/ \S+ 192\.168\.7\.9:/, " ")),
      [`in 2003 ${hex(makeRead("file"))}`, `in 2003 ${hex(makeAck(1))}`, `in 2003 ${hex(makeError(0, "enough"))}`],
    );
  });
}
