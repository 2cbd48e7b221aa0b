/** Profiles of firmware: their settings, and the clients that they apply to. */

import t, { type Test } from "tap";
import { makeProfiles } from "../../lib/dhcp/profile-settings.js";
import { builtInProfiles } from "../../lib/machine/built-in-profiles.js";
import { classify } from "../../lib/dhcp/classify.js";
import { decodeMessage } from "../../lib/dhcp/message.js";
import type { ClientQuirks } from "../../lib/machine/profile.js";
import { loadText } from "../support/configuration.js";
import { makeRequest, text, type RequestFields } from "../support/dhcp-packet.js";

const PXE = [60, text("PXEClient:Arch:00000:UNDI:002001")] as const;
const UEFI = [60, text("PXEClient:Arch:00007:UNDI:003016")] as const;
const PI = "b8:27:eb:00:00:01";

/** Returns a function that tells the quirks of a client with some options under a configuration. */
function treatedBy(t: Test, ini: string): (options: RequestFields["options"], chaddr?: string) => ClientQuirks {
  const { settings, origins } = loadText(
    t,
    ini.includes("[bootpd]") ? ini : `[bootpd]\npool_start = 192.168.1.100\n${ini}`,
  );
  const profiles = makeProfiles(settings, origins);
  return (options = [], chaddr = "52:54:00:00:00:01") => {
    const request = decodeMessage(makeRequest({ chaddr, options: [[53, "01"], ...options] }));
    const quirks = Object.entries(profiles.quirksOf(classify(request)));
    return Object.fromEntries(quirks.filter(([name]) => name !== "origins"));
  };
}

await t.test("every built-in profile says why it is there, where that was found, and what it changes", (t) => {
  for (const { name, reason, source, match, quirks } of builtInProfiles) {
    t.match(name, /^[a-z0-9-]+$/);
    t.ok(reason.length > 20, name);
    t.match(source, /[#/.]/, name);
    t.ok(Object.keys(match).length > 0, name);
    t.ok(Object.keys(quirks).length > 0, name);
  }
  t.equal(new Set(builtInProfiles.map(({ name }) => name)).size, builtInProfiles.length);
  t.end();
});

await t.test("B20 a Raspberry Pi is known by its MAC address or by the beginning of option 97", (t) => {
  const quirks = treatedBy(t, "");
  t.match(quirks([PXE], PI), { menuLabel: "Raspberry Pi Boot   ", replyDelaySeconds: 2.5, nulTerminate: false });
  t.equal(quirks([PXE], "dc:a6:32:00:00:01").menuLabel, "Raspberry Pi Boot");
  t.equal(
    quirks([PXE, [97, "00525069341531d00032ad9fd8374ae5"]], "02:00:00:00:00:01").menuLabel,
    undefined,
    "16 octets",
  );
  t.equal(
    quirks([PXE, [97, "00525069341531d00032ad9fd8374ae5d6"]], "02:00:00:00:00:01").menuLabel,
    "Raspberry Pi Boot",
  );
  t.strictSame(quirks([], PI), {}, "its operating system needs nothing");
  t.end();
});

await t.test("C14 a Raspberry Pi, which takes a copy for the next block, gets none before the whole timeout", (t) => {
  const quirks = treatedBy(t, "");
  const byUuid: RequestFields["options"] = [PXE, [97, "00525069341531d00032ad9fd8374ae5d6"]];
  t.equal(quirks([PXE], PI).leastWait, "timeout");
  t.equal(quirks([PXE], "dc:a6:32:00:00:01").leastWait, "timeout");
  t.equal(quirks(byUuid, "02:00:00:00:00:01").leastWait, "timeout");
  t.equal(quirks([PXE, [77, text("iPXE")]], PI).leastWait, "timeout", "also where iPXE runs on it");
  t.equal(quirks([PXE]).leastWait, undefined);
  t.end();
});

await t.test("C14 least_wait is a time or the whole timeout", (t) => {
  const wait = (value: string): unknown =>
    treatedBy(t, `[profile lab]\nmatch_arch = 0\nleast_wait = ${value}\n`)([PXE]).leastWait;
  t.equal(wait("timeout"), "timeout");
  t.equal(wait("0.05"), 0.05);
  t.equal(wait("1s"), 1);
  t.throws(() => wait("soon"), /least_wait: expected a time .*, or timeout/);
  t.end();
});

await t.test("B17 UEFI is told in the other way by a proxy, unless the user says how", (t) => {
  const proxy = "[bootpd]\nmode = auto-proxy\n";
  t.strictSame(treatedBy(t, "")([UEFI, [93, "0007"]]), {}, "a server bypasses");
  t.equal(treatedBy(t, proxy)([UEFI, [93, "0007"]]).pxeStyle, "binl");
  t.equal(treatedBy(t, proxy)([UEFI, [93, "000b"]]).pxeStyle, "binl");
  t.equal(treatedBy(t, proxy)([PXE, [93, "0000"]]).pxeStyle, undefined, "BIOS");
  t.equal(treatedBy(t, `${proxy}pxe_style = bypass\n`)([UEFI, [93, "0007"]]).pxeStyle, "bypass");
  t.equal(treatedBy(t, `${proxy}[profile uefi-proxy]\nenable = no\n`)([UEFI, [93, "0007"]]).pxeStyle, undefined);
  const other = `${proxy}pxe_style = bypass\n[profile hp]\nmatch_mac = 52-54-00/24\npxe_style = binl\n`;
  t.equal(treatedBy(t, other)([UEFI, [93, "0007"]]).pxeStyle, "binl", "a profile says more than what is for all");
  t.end();
});

await t.test("of several profiles each setting is that of the first that has one", (t) => {
  const ini = `[profile one]
match_arch = 7; 9
reply_delay = 1s
[profile two]
match_vendor = PXEClient
reply_delay = 9s
max_blksize = 1024
refuse_options = blksize; windowsize
[profile three]
match_user_class = lab
broadcast = yes
`;
  const quirks = treatedBy(t, ini);
  t.strictSame(quirks([UEFI, [93, "0007"]]), {
    replyDelaySeconds: 1,
    maxBlockSize: 1024,
    refuseOptions: ["blksize", "windowsize"],
  });
  t.match(quirks([PXE, [77, `03${text("lab")}`]]), { replyDelaySeconds: 9, broadcast: true });
  t.end();
});

await t.test("a profile with the name of a built-in one changes it, and keeps the rest", (t) => {
  const quirks = treatedBy(t, '[profile raspberry-pi-3]\nreply_delay = 0\nmenu_label = "Mine "\n');
  t.match(quirks([PXE], PI), { menuLabel: "Mine ", replyDelaySeconds: 0, nulTerminate: false });
  t.end();
});

await t.test("firmware with a vendor class of its own is PXE firmware where a profile says so", (t) => {
  const quirks = treatedBy(t, "[profile oem]\nmatch_vendor = HW-Client\nclient = pxe\n");
  t.strictSame(quirks([[60, text("HW-Client:1")]]), { kind: "pxe", vendorClass: "HW-Client" });
  t.strictSame(quirks([PXE]), {});
  t.end();
});
