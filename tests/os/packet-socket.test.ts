/** The system calls of a packet socket; tests/lab/packet-socket.test.ts tests that frames arrive. */

import { constants } from "node:os";
import t from "tap";
import { openFrameSender } from "../../lib/os/frame-sender.js";
import { encodeUdpPacket } from "../../lib/os/frame.js";
import { openPacketSocket } from "../../lib/os/packet-socket.js";
import { DESCRIPTOR, FakeKernel } from "../support/fake-kernel.js";
import { ip, mac } from "../support/values.js";

const { EINTR, ENETDOWN, EPERM } = constants.errno;

const MAC = mac("52:54:00:aa:bb:01");

/** struct sockaddr_ll of packet(7): family, protocol, index, type of hardware, kind of packet, length, address. */
const addressOn = (index: string): string => `1100` + `0800` + index + `0000` + `00` + `06` + `525400aabb010000`;

await t.test("a packet goes out of the interface to the hardware address", (t) => {
  const kernel = new FakeKernel();
  const errors: Error[] = [];
  const socket = openPacketSocket(kernel, "eth0", (error) => errors.push(error));
  t.strictSame(kernel.sockets, [[17, 0o2004002, 0]], "AF_PACKET; SOCK_DGRAM that does not wait; it receives nothing");
  socket.send(Buffer.from("0102", "hex"), MAC);
  t.strictSame(kernel.sent, [{ packet: "0102", address: addressOn("07000000") }]);
  t.strictSame(errors, []);
  t.end();
});

await t.test("an interface that came back with another index is found", (t) => {
  const kernel = new FakeKernel();
  const errors: NodeJS.ErrnoException[] = [];
  const socket = openPacketSocket(kernel, "eth0", (error) => errors.push(error));
  socket.send(Buffer.from("00", "hex"), MAC);
  kernel.index = 0;
  socket.send(Buffer.from("01", "hex"), MAC);
  t.match(errors, [{ code: "ENODEV", message: /eth0/ }], "while it is away");
  kernel.index = 0x1234;
  socket.send(Buffer.from("02", "hex"), MAC);
  kernel.index = 0x1235;
  socket.send(Buffer.from("03", "hex"), MAC);
  t.strictSame(kernel.sent, [
    { packet: "00", address: addressOn("07000000") },
    { packet: "02", address: addressOn("34120000") },
    { packet: "03", address: addressOn("35120000") },
  ]);
  t.equal(errors.length, 1);
  t.end();
});

await t.test("what the kernel refuses is told; what a signal interrupts is sent again", (t) => {
  const kernel = new FakeKernel();
  const errors: NodeJS.ErrnoException[] = [];
  const socket = openPacketSocket(kernel, "eth0", (error) => errors.push(error));
  kernel.refusals.push(EINTR, EINTR, 0, ENETDOWN);
  for (const octet of [1, 2, 3]) socket.send(Buffer.from([octet]), MAC);
  t.strictSame(
    kernel.sent.map(({ packet }) => packet),
    ["01", "03"],
  );
  t.match(errors, [{ code: "ENETDOWN", message: `sendto ${MAC} on eth0: ENETDOWN` }]);
  t.equal(errors.length, 1);
  t.end();
});

await t.test("opening fails with the system's error", (t) => {
  const kernel = new FakeKernel();
  const ignore = (): void => undefined;
  t.throws(() => openPacketSocket(kernel, "eth9", ignore), { code: "ENODEV" });
  kernel.denial = EPERM;
  t.throws(() => openPacketSocket(kernel, "eth0", ignore), { code: "EPERM" });
  t.end();
});

await t.test("a closed socket sends nothing, and is closed once", (t) => {
  const kernel = new FakeKernel();
  const socket = openPacketSocket(kernel, "eth0", () => t.fail("an error"));
  socket.close();
  socket.close();
  socket.send(Buffer.from("01", "hex"), MAC);
  t.strictSame(kernel.closed, [DESCRIPTOR]);
  t.strictSame(kernel.sent, []);
  t.end();
});

await t.test("a frame is the packet of its datagram", (t) => {
  const kernel = new FakeKernel();
  const frames = openFrameSender(kernel, "eth0", () => t.fail("an error"));
  const packet = {
    source: { address: ip("192.168.7.1"), port: 67 },
    destination: { address: ip("192.168.7.100"), port: 68 },
    payload: Buffer.from("a reply"),
  };
  frames.send({ ...packet, mac: MAC });
  t.strictSame(kernel.sent, [{ packet: encodeUdpPacket(packet).toString("hex"), address: addressOn("07000000") }]);
  frames.close();
  t.strictSame(kernel.closed, [DESCRIPTOR]);
  t.end();
});
