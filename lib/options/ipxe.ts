import { readTlvs } from "./tlv.js";

/** The facts that iPXE sends about itself in the encapsulated options of option 175. */
export interface IpxeFacts {
  /** The known features of its build, by iPXE's names. */
  readonly features: ReadonlySet<string>;
  /** The version, such as `1.21.1`; undefined where iPXE does not send it. */
  readonly version: string | undefined;
}

/** iPXE's feature codes (src/include/ipxe/features.h and dhcp.h of its sources); a value of 0 means not supported. */
const FEATURES: ReadonlyMap<number, string> = new Map([
  [0x10, "pxeext"],
  [0x11, "iscsi"],
  [0x12, "aoe"],
  [0x13, "http"],
  [0x14, "https"],
  [0x15, "tftp"],
  [0x16, "ftp"],
  [0x17, "dns"],
  [0x18, "bzimage"],
  [0x19, "multiboot"],
  [0x1a, "slam"],
  [0x1b, "srp"],
  [0x20, "nbi"],
  [0x21, "pxe"],
  [0x22, "elf"],
  [0x23, "comboot"],
  [0x24, "efi"],
  [0x25, "fcoe"],
  [0x26, "vlan"],
  [0x27, "menu"],
  [0x28, "sdi"],
  [0x29, "nfs"],
]);

const VERSION = 0xeb;
const NO_PROXY = 0xb0;

/** The flag against iPXE's wait for proxyDHCP: one server gives both address and boot file (conformance B19). */
export const NO_PROXY_DHCP = Buffer.from([NO_PROXY, 1, 1]);

/** Reads option 175. Ignores unknown entries. */
export function ipxeFacts(value: Buffer): IpxeFacts {
  const features = new Set<string>();
  let version: string | undefined;
  for (const { code, value: octets } of readTlvs(value)) {
    const name = FEATURES.get(code);
    if (name !== undefined && octets.some((octet) => octet !== 0)) features.add(name);
    if (code === VERSION && octets.length > 0) version = [...octets].join(".");
  }
  return { features, version };
}
