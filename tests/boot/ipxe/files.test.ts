/** What TFTP serves for iPXE. */

import t from "tap";
import { readStart } from "../../../lib/files/source.js";
import { withIpxe } from "../../../lib/boot/ipxe/files.js";
import { noHosts } from "../../../lib/inventory/source.js";
import { Scripts } from "../../../lib/boot/ipxe/scripts.js";
import { MemorySource } from "../../support/memory-source.js";

const scripts = new Scripts({
  hosts: {
    ...noHosts,
    find: ({ mac }) => ({ macs: [mac], facts: {}, netboot: { script: "#!ipxe\necho {mac} {ip}\n" }, origins: [] }),
  },
  named: undefined,
  once: { isDone: () => false },
  settings: { script: undefined, scriptUrl: undefined, kernel: undefined, forUnknown: true },
  onUnknown: () => undefined,
  onGiven: () => undefined,
});
const files = withIpxe(new MemorySource({ kernel: Buffer.from("kernel"), "ipxe.efi": Buffer.from("the root's") }), {
  binaries: new MemorySource({ "undionly.kpxe": Buffer.from("undionly"), "ipxe.efi": Buffer.from("iPXE") }),
  scripts,
  server: { origin: "http://192.168.1.1", reports: true },
});

async function textOf(name: string, mac = "52-54-00-61-a1-70"): Promise<string> {
  const file = await files.open(name, { mac, ip: "192.168.1.100" });
  return (await readStart(file, 1000)).toString();
}

await t.test(
  "iPXE's programs under a folder of their own, and by their names where the root has no such file",
  async (t) => {
    t.equal(await textOf("ipxe/undionly.kpxe"), "undionly");
    t.equal(await textOf("/ipxe//ipxe.efi"), "iPXE");
    t.equal(await textOf("undionly.kpxe"), "undionly");
    t.equal(await textOf("ipxe.efi"), "the root's");
    t.equal(await textOf("kernel"), "kernel");
    await t.rejects(textOf("ipxe/absent.efi"), { name: "FileError", kind: "not-found" });
    await t.rejects(textOf("ipxe/../../etc/passwd"));
  },
);

await t.test("the script where iPXE's programs look for it; they have no address by then", async (t) => {
  const script = "#!ipxe\nisset ${ip} || dhcp ||\necho 52-54-00-61-a1-70 192.168.1.100\n";
  t.equal(await textOf("autoexec.ipxe"), script);
  t.equal(await textOf("ipxe/autoexec.ipxe"), script);
  t.equal(await textOf("auto.ipxe"), script);
});
