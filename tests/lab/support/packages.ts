/** Which Debian package has which command or file that the lab uses; .ci/run installs them all. */

const PACKAGES: Readonly<Record<string, string>> = {
  atftp: "atftp",
  busybox: "busybox",
  curl: "curl",
  dhclient: "isc-dhcp-client",
  dhcpcd: "dhcpcd-base",
  dhcpd: "isc-dhcp-server",
  dhcrelay: "isc-dhcp-relay",
  dnsmasq: "dnsmasq-base",
  ethtool: "ethtool",
  faketime: "faketime",
  findmnt: "util-linux",
  ip: "iproute2",
  iptables: "iptables",
  "kea-dhcp4": "kea-dhcp4-server",
  logger: "bsdutils",
  "mkfs.ext4": "e2fsprogs",
  mount: "mount",
  nft: "nftables",
  nginx: "nginx-light",
  nmap: "nmap",
  nsenter: "util-linux",
  openssl: "openssl",
  prlimit: "util-linux",
  "qemu-system-aarch64": "qemu-system-arm",
  "qemu-system-x86_64": "qemu-system-x86",
  "redis-sentinel": "redis-sentinel",
  "redis-server": "redis-server",
  setpriv: "util-linux",
  shellcheck: "shellcheck",
  socat: "socat",
  ss: "iproute2",
  sysctl: "procps",
  strace: "strace",
  "systemd-analyze": "systemd",
  tcpdump: "tcpdump",
  tftp: "tftp-hpa",
  tshark: "tshark",
  udhcpc: "udhcpc",
  unshare: "util-linux",
};

const FOLDERS: readonly (readonly [folder: string, packageName: string])[] = [
  ["/usr/lib/debian-installer/images/12/amd64/", "debian-installer-12-netboot-amd64"],
  ["/usr/lib/debian-installer/images/12/arm64/", "debian-installer-12-netboot-arm64"],
  ["/usr/lib/ipxe/qemu/", "ipxe-qemu"],
  ["/usr/lib/ipxe/", "ipxe"],
  ["/usr/share/AAVMF/", "qemu-efi-aarch64"],
  ["/usr/share/OVMF/", "ovmf"],
  ["/usr/lib/systemd/", "systemd"],
  ["/usr/share/seabios/", "seabios"],
];

/** The Debian packages that have these commands and files, each once; what no package has (a device) is left out. */
export function packagesOf(commandsOrFiles: readonly string[]): readonly string[] {
  const names = commandsOrFiles.flatMap(
    (tool) => PACKAGES[tool] ?? FOLDERS.find(([folder]) => tool.startsWith(folder))?.[1] ?? [],
  );
  return [...new Set(names)].sort();
}
