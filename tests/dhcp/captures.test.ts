/** What real clients sent (tests/fixtures/dhcp), decoded; tshark says what is right. */

import { readdirSync } from "node:fs";
import t from "tap";
import { classify } from "../../lib/dhcp/classify.js";
import { decodeMessage, messageType, type Message } from "../../lib/dhcp/message.js";
import { DecodeError } from "../../lib/common/byte-reader.js";
import { formatIpv4 } from "../../lib/net/ipv4.js";
import { fixturePath, readPcap } from "../support/pcap.js";
import { needsTshark, readFields } from "../support/tshark.js";

const NAMES = ["dhclient", "dhcpcd", "ipxe-bios", "ovmf-http", "ovmf-pxe", "systemd-networkd", "udhcpc"];

/** In the order its octets were sent; QEMU, that has 77000000-0000-4000-…, keeps the first three fields the other way. */
const UUID = "00000077-0000-0040-8000-525400770010";

const pathOf = (name: string): string => fixturePath(`dhcp/${name}.pcap`);
const payloadsOf = (name: string): readonly Buffer[] => readPcap(pathOf(name)).map(({ payload }) => payload);

/** In tshark's words: numbers as it writes them, options without the end option that it counts too. */
const FIELDS: readonly (readonly [name: string, value: (message: Message) => string])[] = [
  ["dhcp.type", ({ op }) => `${op}`],
  ["dhcp.hw.len", ({ hlen }) => `${hlen}`],
  ["dhcp.hops", ({ hops }) => `${hops}`],
  ["dhcp.id", ({ xid }) => hexadecimal(xid, 8)],
  ["dhcp.secs", ({ secs }) => `${secs}`],
  ["dhcp.flags", ({ flags }) => hexadecimal(flags, 4)],
  ["dhcp.ip.client", ({ ciaddr }) => formatIpv4(ciaddr)],
  ["dhcp.ip.your", ({ yiaddr }) => formatIpv4(yiaddr)],
  ["dhcp.ip.server", ({ siaddr }) => formatIpv4(siaddr)],
  ["dhcp.ip.relay", ({ giaddr }) => formatIpv4(giaddr)],
  ["dhcp.option.type", ({ options }) => [...options.keys(), 0].join(",")],
  ["dhcp.option.length", ({ options }) => [...options.values()].map((value) => value.length).join(",")],
  ["dhcp.option.value", ({ options }) => [...options.values()].map((value) => value.toString("hex")).join(",")],
];

function hexadecimal(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}

await t.test("there is a capture of each client, and none that no test reads", (t) => {
  const files = readdirSync(fixturePath("dhcp")).filter((name) => name.endsWith(".pcap"));
  t.strictSame(
    files.sort(),
    NAMES.map((name) => `${name}.pcap`),
  );
  t.end();
});

for (const name of NAMES) {
  await t.test(`every field and option of ${name} is what tshark reads`, needsTshark(), (t) => {
    const theirs = readFields(
      pathOf(name),
      FIELDS.map(([field]) => field),
    );
    const ours = payloadsOf(name).map((payload) => FIELDS.map(([, value]) => value(decodeMessage(payload))));
    t.strictSame(ours, theirs);
    t.end();
  });
}

await t.test("the clients are known for what they are", (t) => {
  const all = (name: string): unknown =>
    payloadsOf(name).map((payload) => {
      const message = decodeMessage(payload);
      const { mac, clientId, uuid, kind, architecture } = classify(message);
      return { type: messageType(message), mac, clientId, uuid, kind, architecture };
    });
  const dhcp = (type: number, mac: string, clientId?: string): unknown => ({
    type,
    mac,
    clientId,
    uuid: undefined,
    kind: "dhcp",
    architecture: undefined,
  });
  const firmware = (type: number, kind: string, architecture: number, clientId?: string): unknown => {
    return { type, mac: "52:54:00:77:00:10", clientId, uuid: UUID, kind, architecture };
  };
  const [discover, request, release, inform] = [1, 3, 7, 8];
  t.strictSame(
    all("dhclient"),
    [discover, request, request, request, release].map((type) => dhcp(type, "52:54:00:77:00:01")),
  );
  t.strictSame(
    all("udhcpc"),
    [discover, request, request, release].map((type) => dhcp(type, "52:54:00:77:00:02", "id:01525400770002")),
  );
  t.strictSame(
    all("dhcpcd"),
    [discover, request, release, inform].map((type) => dhcp(type, "52:54:00:77:00:03")),
  );
  t.strictSame(
    all("systemd-networkd"),
    [discover, request, request, release].map((type) =>
      dhcp(type, "52:54:00:77:00:04", "id:ff0000000100030001525400770004"),
    ),
  );
  t.strictSame(
    all("ipxe-bios"),
    [discover, discover, request].map((type) => firmware(type, "pxe", 0, "id:01525400770010")),
  );
  t.strictSame(
    all("ovmf-pxe"),
    [discover, request].map((type) => firmware(type, "pxe", 7)),
  );
  t.strictSame(
    all("ovmf-http"),
    [discover, request].map((type) => firmware(type, "http", 16)),
  );
  t.end();
});

await t.test("B18 iPXE is known by its user class and its own option, and tells what it can do", (t) => {
  for (const payload of payloadsOf("ipxe-bios")) {
    const { userClasses, ipxe, vendorClass } = classify(decodeMessage(payload));
    t.strictSame(userClasses, ["iPXE"], "A67 raw, without a length");
    t.match(vendorClass, /^PXEClient:Arch:00000:UNDI:/);
    t.match(ipxe?.version, /^1\.\d+/);
    for (const feature of ["tftp", "dns", "pxe", "menu"]) t.ok(ipxe?.features.has(feature), feature);
    t.notOk(ipxe?.features.has("efi"));
  }
  for (const name of NAMES.filter((each) => each !== "ipxe-bios")) {
    for (const payload of payloadsOf(name)) t.equal(classify(decodeMessage(payload)).ipxe, undefined, name);
  }
  t.end();
});

/** The message, or undefined where it is refused; whatever else is thrown fails the test. */
function decodeOrRefuse(data: Buffer): Message | undefined {
  try {
    return decodeMessage(data);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

await t.test("A10 a message that is cut short is refused, or is one with fewer options, each whole", (t) => {
  for (const payload of NAMES.flatMap(payloadsOf)) {
    const whole = [...decodeMessage(payload).options];
    for (let length = 0; length < payload.length; length++) {
      // What lies behind is there to be read by mistake.
      const message = decodeOrRefuse(payload.subarray(0, length));
      if (message === undefined) continue;
      const options = [...message.options];
      if (length < 240) t.fail(`${length} octets are no message`);
      if (!sameOptions(options, whole.slice(0, options.length))) t.fail(`option of ${length} octets`);
    }
    t.pass(`${payload.length} octets`);
  }
  t.end();
});

function sameOptions(some: readonly [number, Buffer][], others: readonly [number, Buffer][]): boolean {
  return some.every(([code, value], index) => {
    const other = others[index];
    return other?.[0] === code && other[1].equals(value);
  });
}

await t.test("a message with any octet changed is refused or read, never worse", (t) => {
  for (const payload of NAMES.flatMap(payloadsOf)) {
    for (let offset = 0; offset < payload.length; offset++) {
      for (const octet of [0, 1, 0x34, 0x80, 0xff]) {
        const changed = Buffer.from(payload);
        changed[offset] = octet;
        const message = decodeOrRefuse(changed);
        if (message !== undefined) classify(message);
      }
    }
    t.pass(`${payload.length} octets`);
  }
  t.end();
});
