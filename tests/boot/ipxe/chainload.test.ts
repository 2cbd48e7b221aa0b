/** What a machine boots next. */

import t from "tap";
import { classify } from "../../../lib/dhcp/classify.js";
import { decodeMessage } from "../../../lib/dhcp/message.js";
import { nextInChain, type BootingClient, type ChainSettings } from "../../../lib/boot/ipxe/chainload.js";
import { makeRequest } from "../../support/dhcp-packet.js";

const SETTINGS = {
  binaries: new Set(["undionly.kpxe", "ipxe.efi", "snponly.efi", "ipxe-arm64.efi"]),
  scriptUrl: "http://192.168.1.1/auto.ipxe",
  plainScriptUrl: "tftp://192.168.1.1/auto.ipxe",
  own: { url: undefined, plainUrl: undefined, first: false },
};

interface Asking extends Partial<Pick<BootingClient, "kind" | "architecture">> {
  /** Options 77 and 175, as they are sent. */
  readonly userClass?: Buffer;
  readonly encapsulated?: Buffer;
}

function next({ userClass, encapsulated, ...facts }: Asking, settings: ChainSettings = SETTINGS): string | undefined {
  const options: [number, string][] = [];
  if (userClass !== undefined) options.push([77, userClass.toString("hex")]);
  if (encapsulated !== undefined) options.push([175, encapsulated.toString("hex")]);
  const { ipxe } = classify(decodeMessage(makeRequest({ options })));
  const found = nextInChain({ kind: "pxe", architecture: 0, ipxe, ...facts }, settings);
  if (found === undefined) return undefined;
  return "binary" in found ? found.binary : found.script;
}

await t.test("other firmware gets the iPXE of its architecture", (t) => {
  t.equal(next({}), "ipxe/undionly.kpxe");
  t.equal(next({ architecture: undefined }), "ipxe/undionly.kpxe", "who names none is BIOS");
  t.equal(next({ architecture: 7 }), "ipxe/ipxe.efi");
  t.equal(next({ architecture: 9 }), "ipxe/ipxe.efi");
  t.equal(next({ architecture: 16, kind: "http" }), "ipxe/ipxe.efi");
  t.equal(next({ architecture: 11 }), "ipxe/ipxe-arm64.efi");
  t.equal(next({ architecture: 19, kind: "http" }), "ipxe/ipxe-arm64.efi");
  t.equal(next({ architecture: 6 }), undefined, "there is none for 32 bits");
  t.equal(next({ architecture: 14 }), undefined);
  t.equal(next({ architecture: 7 }, { ...SETTINGS, binaries: new Set(["snponly.efi"]) }), "ipxe/snponly.efi");
  t.equal(next({}, { ...SETTINGS, binaries: new Set() }), undefined);
  t.end();
});

await t.test("B18 iPXE gets the script and never itself again, however it says who it is", (t) => {
  const { scriptUrl } = SETTINGS;
  t.equal(next({ userClass: Buffer.from("iPXE") }), scriptUrl);
  t.equal(next({ userClass: Buffer.from("\x04iPXE") }), scriptUrl);
  t.equal(next({ userClass: Buffer.from("\x03lab\x04iPXE") }), scriptUrl);
  t.equal(next({ userClass: Buffer.from("iPXE\0") }), scriptUrl);
  t.equal(next({ encapsulated: Buffer.from("b105018086100e130101", "hex") }), scriptUrl);
  t.equal(next({ encapsulated: Buffer.alloc(0) }), scriptUrl);
  t.equal(next({ kind: "dhcp", userClass: Buffer.from("iPXE") }), scriptUrl);
  t.equal(next({ userClass: Buffer.from("iPXE"), architecture: 7 }), scriptUrl);
  const scriptless = { ...SETTINGS, scriptUrl: undefined, plainScriptUrl: undefined };
  t.equal(next({ userClass: Buffer.from("iPXE") }, scriptless), undefined);
  t.end();
});

await t.test("iPXE that tells its features, and not HTTP, gets the script by TFTP", (t) => {
  t.equal(next({ encapsulated: Buffer.from("150101180101", "hex") }), SETTINGS.plainScriptUrl);
  t.equal(next({ encapsulated: Buffer.from("150101130101", "hex") }), SETTINGS.scriptUrl);
  t.equal(next({ encapsulated: Buffer.from("b0", "hex") }), SETTINGS.scriptUrl, "cut short");
  t.end();
});

await t.test("who does not boot gets neither", (t) => {
  t.equal(next({ kind: "dhcp" }), undefined);
  t.equal(next({ kind: "bootp" }), undefined);
  t.equal(next({ kind: "dhcp", userClass: Buffer.from("MSFT 5.0") }), undefined);
  t.end();
});
