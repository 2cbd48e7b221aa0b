import { makeRequest } from "../support/dhcp-packet.js";
import { fixturePath, readPcap } from "../support/pcap.js";

const CAPTURES = ["dhclient", "dhcpcd", "ipxe-bios", "ovmf-http", "ovmf-pxe", "systemd-networkd", "udhcpc"];

/** Option 82 with circuit, remote, link selection, server identifier override, source port; then 43, 77, 119, 52. */
export const seedOptions: readonly (readonly [code: number, value: string])[] = [
  [82, "0104aabbccdd0202eeff05040a4d00010b040a4d000113020044"],
  [43, "4704800100000a0400626f6fff"],
  [77, "0469505845"],
  [119, "076578616d706c65036f726700c000"],
  [52, "03"],
  [93, "00070009"],
  [175, "b00101eb03010203"],
  [61, "ff0102030400020000ab11"],
];

/** Messages of real clients, and options that they did not send. */
export const dhcpSeeds: readonly Buffer[] = [
  ...CAPTURES.flatMap((name) => readPcap(fixturePath(`dhcp/${name}.pcap`)).map(({ payload }) => payload)),
  ...seedOptions.map((option) => makeRequest({ giaddr: "192.168.7.9", options: [[53, "01"], option] })),
  makeRequest({
    options: [
      [53, "03"],
      [54, "c0a80701"],
      [50, "c0a80764"],
    ],
  }),
  makeRequest({
    options: [
      [53, "04"],
      [54, "c0a80701"],
      [50, "c0a80764"],
    ],
  }),
  makeRequest({
    ciaddr: "192.168.7.100",
    options: [
      [53, "07"],
      [54, "c0a80701"],
    ],
  }),
  makeRequest({ vendor: "" }),
];
