/** iPXE scripts of known machines by HTTP, where another server gives the addresses, and where no DHCP runs at all. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { ClientLab } from "./support/client-lab.js";
import { Daemon } from "./support/daemon.js";
import { skipReason } from "./support/lab.js";

const OTHER = "52:54:00:77:00:99";

t.setTimeout(120_000);

await t.test(
  "a machine gets its own script by the address that it has on the link, and nobody another's",
  { skip: skipReason({ root: true, tools: ["ip", "curl"] }) ?? false },
  async (t) => {
    const net = await ClientLab.open({ "hosts.yaml": "{}\n" }, (ini) => {
      const proxy = ini.replace(/pool_start = .*\npool_count = .*\n/, "mode = auto-proxy\ninterface = eth0\n");
      return `${proxy}\n[hosts]\nfile = ./files/hosts.yaml\n`;
    });
    t.teardown(() => net.lab.close());
    const machine = await net.client("machine", "10.77.0.7/24");
    const mac = (await machine.must("cat", ["/sys/class/net/eth0/address"])).trim();
    const edited = net.daemon.log.length;
    await writeFile(
      join(net.folder, "hosts.yaml"),
      `"${mac}": {netboot: {ipxeScript: "#!ipxe\\necho mine\\n"}}\n"${OTHER}": {netboot: {ipxeScript: "#!ipxe\\necho other\\n"}}\n`,
    );
    await net.daemon.waitFor(/hosts\.yaml: 2 machines/, 10, edited);
    const get = (path: string): Promise<string> =>
      machine.must("curl", ["-s", "-w", "%{http_code}", `http://10.77.0.1/${path}`]);

    const check = async (daemon: Daemon): Promise<void> => {
      t.match(await daemon.explaining(get("auto.ipxe")), /echo mine\n200$/);
      t.match(await get(`${mac.replaceAll(":", "-")}/auto.ipxe`), /echo mine\n200$/);
      t.match(await get(`${OTHER}/auto.ipxe`), /403$/);
      await daemon.waitFor(new RegExp(`refused .* by HTTP: it is for ${OTHER} alone, not for ${mac}`), 5);
    };
    await check(net.daemon);
    await net.daemon.stop();
    const files = "root = ./files\n";
    const ini = `[tftpd]\n${files}[httpd]\n${files}[hosts]\nfile = ./files/hosts.yaml\n`;
    await check(await Daemon.start(net.lab, net.server, ini, {}, ["-t", "-H"]));
  },
);
