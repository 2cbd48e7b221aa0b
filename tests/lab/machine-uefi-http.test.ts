/** A UEFI machine boots by HTTP: EDK II's HTTP Boot, shim, GRUB, without a single TFTP packet. */

import t from "tap";
import { BOOT_TOOLS, BootLab, NETBOOT, POOL_START, SERVER } from "./support/boot-lab.js";
import { ACK, BOOT_FILTER, checkReplies, conversation, REQUEST } from "./support/boot-proof.js";
import { Capture } from "./support/capture.js";
import { skipReason } from "./support/lab.js";
import { Machine } from "./support/machine.js";

const MAC = "52:54:00:77:00:03";
const FOLDER = "debian-installer/amd64";
const skip = skipReason({ root: true, tools: [...BOOT_TOOLS, "tcpdump", "tshark"] }) ?? false;

const INI = `[bootpd]
allow_simple_dhcp = enable
pool_start = ${POOL_START}

[bootfile]
00016 = http://${SERVER}/${FOLDER}/bootnetx64.efi

[httpd]
enable = yes
root = ${NETBOOT}
`;

/** Some 10 s here; an emulated machine on a busy one may take several times that. */
t.setTimeout(300_000);

await t.test("UEFI: HTTP Boot -> shim -> GRUB", { skip }, async (t) => {
  t.setTimeout(300_000);
  const net = await BootLab.open();
  t.teardown(() => net.lab.close());
  const daemon = await net.startDaemon(INI);
  const capture = await Capture.start(net.lab, net.server, "eth0", BOOT_FILTER);
  const machine = await Machine.start(net.lab, { network: net.network, mac: MAC, firmware: "uefi-http" });
  const serial = (wanted: RegExp, seconds: number): Promise<RegExpExecArray> =>
    daemon.explaining(machine.waitFor(wanted, seconds));

  await serial(/File Size: \d+ Bytes/, 120);
  t.pass("the firmware has asked for shim's size");
  await serial(/Welcome to GRUB!/, 120);
  t.pass("shim has started GRUB");

  await machine.stop();
  await capture.stop();
  const firmware = await conversation(capture, MAC, "HTTPClient:Arch:00016");
  t.strictSame(firmware.slice(-2), [REQUEST, ACK], "the firmware's request was acknowledged");
  const vendors = await capture.read("dhcp.type == 2", ["dhcp.option.vendor_class_id"]);
  t.strictSame([...new Set(vendors.flat())], ["HTTPClient"], "and replies say that they are for HTTP Boot");
  t.strictSame(await capture.read("tftp", ["frame.number"]), [], "TFTP was not used");
  await checkReplies(t, capture);
  t.match(daemon.log, new RegExp(`GET "/${FOLDER}/bootnetx64\\.efi": 200`), "the log tells of shim");
  t.match(daemon.log, new RegExp(`GET "/${FOLDER}//?grubx64\\.efi": 200`), "and of GRUB");
  t.equal(await daemon.stop(), 0, "the daemon ends with exit code 0");
});
