/** The script that the lab's DHCP clients call with what they were told; the machine's own files stay as they are. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "./host.js";
import type { Lab } from "./lab.js";
import type { LabProcess } from "./process.js";

/** The parameters of an ACK as the client's script gets them. */
export interface Told {
  readonly address: string;
  readonly mask: string;
  readonly router: string;
  readonly dns: string;
  readonly domain: string;
}

/** dhclient declines what its script, which is to look, ends badly for; the other clients look themselves. */
const PROBE = `if [ "$reason" = BOUND ]; then
  busybox arping -D -q -c 2 -w 2 -I "$interface" "$new_ip_address" || exit 1
fi
`;

/** dhclient and dhcpcd say reason=BOUND new_ip_address=…; udhcpc gives "bound" as its argument, and ip=… */
function script(output: string, probe: string): string {
  return `#!/bin/sh
${probe}case "\${reason:-$1}" in
  BOUND | REBOOT | RENEW | REBIND)
    ip address replace "$new_ip_address/$new_subnet_mask" dev "$interface"
    echo "$new_ip_address|$new_subnet_mask|$new_routers|$new_domain_name_servers|$new_domain_name" >>${output} ;;
  bound | renew)
    ip address replace "$ip/$subnet" dev "$interface"
    echo "$ip|$subnet|$router|$dns|$domain" >>${output} ;;
  RELEASE | EXPIRE | STOP | deconfig) ip address flush dev "$interface" scope global ;;
esac
`;
}

export class DhcpScript {
  readonly #told: LabProcess;

  private constructor(
    /** The executable file. */
    readonly path: string,
    told: LabProcess,
  ) {
    this.#told = told;
  }

  /** Writes the script for the client on `host`; `probing` where it is to look by ARP whether an address is in use. */
  static async write(lab: Lab, host: Host, probing?: "probing"): Promise<DhcpScript> {
    const path = join(lab.directory, `dhcp-script-${host.name}`);
    const output = `${path}.told`;
    await writeFile(path, script(output, probing === undefined ? "" : PROBE), { mode: 0o755 });
    await writeFile(output, "");
    return new DhcpScript(path, host.start("tail", ["-n", "+1", "-f", output]));
  }

  /** Waits up to 30 s for the first parameters that the client gets, then throws. */
  async told(): Promise<Told> {
    const [, address = "", mask = "", router = "", dns = "", domain = ""] = await this.#told.waitFor(
      /^(.*)\|(.*)\|(.*)\|(.*)\|(.*)$/m,
      30,
    );
    return { address, mask, router, dns, domain };
  }
}
