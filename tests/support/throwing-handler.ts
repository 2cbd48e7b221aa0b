/**
 * Opens a socket whose handler has a mistake, and uses it after that: prints what a listener then gets of it. The one
 * argument is the network to try, `dgram` or `linux`.
 */

import { Refusal } from "../../lib/common/refusal.js";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { loadLibc } from "../../lib/os/libc.js";
import { linuxNetwork } from "../../lib/os/udp-linux.js";
import { dgramNetwork, type UdpNetwork } from "../../lib/os/udp.js";
import { ip } from "./values.js";

async function networkOf(name: string | undefined): Promise<UdpNetwork> {
  const libc = name === "linux" ? await loadLibc() : undefined;
  return libc === undefined || libc instanceof Refusal ? dgramNetwork : linuxNetwork(libc);
}

const address = ip("127.0.0.1");
const listener = createSocket("udp4").bind(0, "127.0.0.1");
await once(listener, "listening");
const peer = { address, port: listener.address().port };
const network = await networkOf(process.argv[2]);
const socket = await network.open(
  { address, port: 0 },
  {
    onDatagrams: () => {
      throw new Error("a mistake");
    },
    onError: () => undefined,
  },
);
process.once("uncaughtException", () => {
  // Like a timer that fires long after the handler.
  setImmediate(() => {
    socket.send([{ payload: Buffer.from("sent after the mistake"), peer }]);
  });
});
listener.send("x", socket.local.port, "127.0.0.1");
const [payload] = (await once(listener, "message")) as [Buffer];
process.stdout.write(payload, () => {
  process.exit();
});
