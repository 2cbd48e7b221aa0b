/** A configuration by which machines boot iPXE, and that Debian's installer, by a script that is made for them. */

import { ARGUMENTS, INITRD, KERNEL, MIRROR_URL, POOL_START } from "./boot-lab.js";

const BINARIES = "/usr/lib/ipxe";

/** Files of the Debian package ipxe; for skipReason(). */
export const IPXE_PROGRAMS = [`${BINARIES}/undionly.kpxe`, `${BINARIES}/ipxe.efi`] as const;

/**
 * What of iPXE goes into the lab's INI.
 *
 * @param more lines of [ipxe] in the place of those by which the daemon makes the script
 */
export function ipxeIni(more = `kernel = ${KERNEL}\ninitrd = ${INITRD}\nextra_kernel_args = ${ARGUMENTS}`): string {
  return `[bootpd]
allow_simple_dhcp = enable
pool_start = ${POOL_START}

[tftpd]
root = ${MIRROR_URL}

[httpd]
enable = yes
root = ${MIRROR_URL}

[ipxe]
binary_dir = ${BINARIES}
${more}
`;
}
