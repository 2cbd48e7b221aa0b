import { parseMacPattern, parseUuidPattern, type BitPattern } from "../net/bit-pattern.js";
import type { Profile } from "./profile.js";

/** A built-in profile, with the reason for it and the source of that. */
export interface BuiltInProfile extends Profile {
  readonly reason: string;
  readonly source: string;
}

/** The built-in workarounds for firmware that deviates from the standards. More specific profiles come first. */
export const builtInProfiles: readonly BuiltInProfile[] = [
  {
    name: "raspberry-pi-3",
    match: { macs: macs("B8-27-EB/24"), vendors: ["PXEClient"] },
    quirks: { menuLabel: "Raspberry Pi Boot   ", nulTerminate: false, replyDelaySeconds: 2.5, leastWait: "timeout" },
    reason:
      "it boots only where a PXE menu has this entry, with three blanks behind; an answer within two seconds locks it up; it takes a NUL for a part of a name; it takes a second copy of a block for the next block",
    source: "raspberrypi/firmware#862, #871, #934, #941, #1631",
  },
  {
    name: "raspberry-pi-4",
    // "RPi4", in the four octets after the type octet of option 97.
    match: { uuids: uuids("52506934-0000-0000-0000-000000000000/32"), vendors: ["PXEClient"] },
    quirks: { menuLabel: "Raspberry Pi Boot", leastWait: "timeout" },
    reason: "it boots only where a PXE menu has this entry; it takes a second copy of a block for the next block",
    source: "raspberrypi/documentation#1460, raspberrypi/rpi-eeprom#103, raspberrypi/firmware#1631",
  },
  {
    name: "raspberry-pi",
    match: {
      macs: macs("DC-A6-32/24", "E4-5F-01/24", "D8-3A-DD/24", "28-CD-C1/24", "2C-CF-67/24", "88-A2-9E/24"),
      vendors: ["PXEClient"],
    },
    quirks: { menuLabel: "Raspberry Pi Boot", leastWait: "timeout" },
    reason: "it boots only where a PXE menu has this entry; it takes a second copy of a block for the next block",
    source: "raspberrypi/firmware#941, #1631, tinkerbell/smee AddRPIOpt43",
  },
  {
    name: "apple-bsdp",
    match: { vendors: ["AAPLBSDPC"] },
    quirks: { kind: "dhcp" },
    reason: "it speaks Apple's own protocol in option 43, and a PXE menu means nothing to it",
    source: "ipxe/ipxe#54, bruienne/bsdpy#9",
  },
  {
    name: "u-boot",
    match: { vendors: ["U-Boot"] },
    quirks: { kind: "pxe", pxeStyle: "plain" },
    reason:
      "it is firmware that does not call itself so; it takes siaddr and the file, and warns of options it does not know",
    source: "u-boot net/bootp.c, siderolabs/omni-infra-provider-bare-metal#48",
  },
  {
    name: "uefi-proxy",
    match: {
      architectures: [6, 7, 8, 9, 10, 11, 25, 27, 29, 33, 34, 35, 36, 37, 39],
      vendors: ["PXEClient"],
      mode: "proxy",
    },
    quirks: { pxeStyle: "binl" },
    reason: "some UEFI firmware ignores a proxyDHCP offer with 43.6 = 08, and all of it asks port 4011 without",
    source: "danderson/netboot pixiecore/README.booting.md, dnsmasq CHANGELOG 2.76",
  },
];

function macs(...texts: readonly string[]): readonly BitPattern[] {
  return texts.map((text) => mustBe(parseMacPattern(text), text));
}

function uuids(...texts: readonly string[]): readonly BitPattern[] {
  return texts.map((text) => mustBe(parseUuidPattern(text), text));
}

function mustBe(pattern: BitPattern | undefined, text: string): BitPattern {
  if (pattern === undefined) throw new Error(`${text} is no pattern`);
  return pattern;
}
