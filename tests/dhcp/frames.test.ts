import { Refusal } from "../../lib/common/refusal.js";
import { constants } from "node:os";
import t from "tap";
import { openFrames } from "../../lib/dhcp/frames.js";
import { FakeKernel } from "../support/fake-kernel.js";
import { ip, mac } from "../support/values.js";

const ignore = (): void => undefined;

await t.test("A83 where a packet socket can be had, frames are sent", (t) => {
  const kernel = new FakeKernel();
  const frames = openFrames(kernel, "eth0", ignore);
  if (frames instanceof Refusal) throw new Error(frames.cause);
  const [source, destination] = [
    { address: ip("192.168.7.1"), port: 67 },
    { address: ip("192.168.7.100"), port: 68 },
  ];
  frames.send({ source, destination, payload: Buffer.alloc(300), mac: mac("52:54:00:aa:bb:01") });
  t.equal(kernel.sent.length, 1);
  t.end();
});

await t.test("A83 where none can be had, there is a reason", (t) => {
  t.match(openFrames(undefined, "eth0", ignore), { cause: "a frame for one machine takes Linux and koffi" });
  const kernel = new FakeKernel();
  t.match(openFrames(kernel, "eth9", ignore), { cause: "if_nametoindex eth9: ENODEV" });
  kernel.denial = constants.errno.EAFNOSUPPORT;
  t.match(openFrames(kernel, "eth0", ignore), { cause: "socket AF_PACKET: EAFNOSUPPORT" });
  for (const [name, denial] of [
    ["EPERM", constants.errno.EPERM],
    ["EACCES", constants.errno.EACCES],
  ] as const) {
    kernel.denial = denial;
    const reason = `a frame for one machine takes the privilege CAP_NET_RAW (socket AF_PACKET: ${name})`;
    t.match(openFrames(kernel, "eth0", ignore), { cause: reason });
  }
  t.end();
});
