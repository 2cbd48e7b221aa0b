/** A laptop and one machine on a cable: while the machine is off there is no carrier, and it is yet to be switched on. */

import t from "tap";
import { Capture } from "./support/capture.js";
import { Daemon } from "./support/daemon.js";
import { DhcpScript } from "./support/dhcp-script.js";
import { Lab, skipReason } from "./support/lab.js";

t.setTimeout(120_000);

const INI = `[bootpd]
interface = eth0
allow_simple_dhcp = yes
pool_start = 10.77.0.100
[tftpd]
root = .
`;

await t.test(
  "a cable whose other end is off is served when it comes on",
  { skip: skipReason({ root: true, tools: ["ip", "udhcpc", "tcpdump", "tshark"] }) ?? false },
  async (t) => {
    const lab = await Lab.open();
    t.teardown(() => lab.close());
    const [server, client] = [await lab.host("server"), await lab.host("client")];
    await lab.link(server, "10.77.0.1/24", client, undefined);
    await client.must("ip", ["link", "set", "eth0", "down"]);
    t.match(await server.must("ip", ["link", "show", "eth0"]), /NO-CARRIER/);

    const daemon = await Daemon.start(lab, server, INI);
    t.match(daemon.log, /TFTP: eth0, port 69/);
    t.notMatch(daemon.log, /by broadcast/, "its hardware address is known");
    await client.must("ip", ["link", "set", "eth0", "up"]);
    const capture = await Capture.start(lab, client, "eth0", "udp port 67");
    const script = await DhcpScript.write(lab, client);
    await daemon.explaining(
      client.must("udhcpc", ["-i", "eth0", "-f", "-n", "-q", "-t", "5", "-T", "2", "-s", script.path]),
    );
    t.equal((await script.told()).address, "10.77.0.100");
    await capture.stop();
    const replies = await capture.read("dhcp.type == 2", ["eth.dst"]);
    t.notOk(replies.flat().includes("ff:ff:ff:ff:ff:ff"), "in frames of its own");
  },
);
