/** Packets made by hand: against octets that others made, and what tshark makes of ours. */

import { join } from "node:path";
import t from "tap";
import { encodeUdpPacket, type UdpPacket } from "../../lib/os/frame.js";
import { fixturePath, readPcap, writePackets } from "../support/pcap.js";
import { CHECK_CHECKSUMS, needsTshark, readFields } from "../support/tshark.js";
import { ip } from "../support/values.js";

const CAPTURES = ["dhclient", "dhcpcd", "ipxe-bios", "ovmf-http", "ovmf-pxe", "udhcpc"];

const SOURCE = { address: ip("192.168.0.1"), port: 67 };
const DESTINATION = { address: ip("192.168.0.199"), port: 68 };

const packetOf = (payload: Buffer, more: Partial<UdpPacket> = {}): Buffer =>
  encodeUdpPacket({ source: SOURCE, destination: DESTINATION, payload, ...more });

await t.test("the header of IPv4 is that of a known example", (t) => {
  const packet = packetOf(Buffer.alloc(87));
  t.equal(packet.toString("hex", 0, 20), "45000073000040004011b861c0a80001c0a800c7");
  t.end();
});

await t.test("the header of UDP has ports, length and checksum, and the payload follows", (t) => {
  const packet = packetOf(Buffer.from("hello"));
  // c0a8 + 0001 + c0a8 + 00c7 + 0011 + 000d + 0043 + 0044 + 000d + 6865 + 6c6c + 6f00 = 2c69b, c69d when folded.
  t.equal(packet.toString("hex", 20), "00430044000d" + "3962" + "68656c6c6f");
  t.end();
});

await t.test("an identification is written, and the checksum covers it", (t) => {
  const packet = packetOf(Buffer.alloc(87), { identification: 1 });
  t.equal(packet.toString("hex", 4, 12), "000140004011b860");
  t.end();
});

await t.test("a checksum of 0 is sent as ffff", (t) => {
  const checksum = packetOf(Buffer.alloc(2)).subarray(26, 28);
  const packet = packetOf(Buffer.from(checksum));
  t.equal(packet.toString("hex", 26, 28), "ffff");
  t.end();
});

await t.test("the longest packet there is; a longer one is refused", (t) => {
  t.equal(packetOf(Buffer.alloc(65_507, 0xff)).length, 65_535);
  t.throws(() => packetOf(Buffer.alloc(65_508)), RangeError);
  t.end();
});

await t.test("has the checksums that real clients wrote into their requests", needsTshark(), (t) => {
  for (const name of CAPTURES) {
    const path = fixturePath(`dhcp/${name}.pcap`);
    const written = readFields(path, ["udp.checksum", "ip.src"]);
    const ours = readPcap(path).map(({ from, to, payload }) =>
      encodeUdpPacket({ source: from, destination: to, payload }).toString("hex", 26, 28),
    );
    t.equal(ours.length, written.length);
    // A client without an address writes the whole packet; others leave half of the checksum to the network card.
    const requests = written.flatMap(([checksum, source], index) =>
      source === "0.0.0.0" ? [[checksum, ours[index]]] : [],
    );
    t.ok(requests.length > 0);
    for (const [checksum, our] of requests) t.equal(`0x${our}`, checksum, name);
  }
  t.end();
});

await t.test("tshark finds both checksums right, whatever the length and the octets", needsTshark(), (t) => {
  const payloads = [0, 1, 2, 3, 299, 300, 301, 547, 548, 1471, 1472].flatMap((length) => [
    Buffer.alloc(length),
    Buffer.alloc(length, 0xff),
    Buffer.from(Array.from({ length }, (_, index) => (length + index * 7) & 0xff)),
  ]);
  const file = join(t.testdir({}), "packets.pcap");
  writePackets(
    file,
    payloads.map((payload, index) => packetOf(payload, { identification: index })),
  );
  const fields = ["ip.checksum.status", "udp.checksum.status", "ip.id", "ip.ttl", "udp.length"];
  const found = readFields(file, fields, "", CHECK_CHECKSUMS);
  t.equal(found.length, payloads.length);
  found.forEach(([ipStatus, udpStatus, id, ttl, length], index) => {
    t.strictSame([ipStatus, udpStatus], ["1", "1"], `${payloads[index]?.length} octets`);
    t.strictSame([Number(id), ttl], [index, "64"]);
    t.equal(Number(length), 8 + (payloads[index]?.length ?? 0));
  });
  t.end();
});
