/** What the operator sets in `[option]`, in replies. */

import t from "tap";
import { classify } from "../../lib/dhcp/classify.js";
import { decodeMessage, encodeMessage, MessageType } from "../../lib/dhcp/message.js";
import { buildReply } from "../../lib/dhcp/reply.js";
import type { ReplyContent } from "../../lib/dhcp/reply-content.js";
import type { NetworkFacts } from "../../lib/dhcp/reply-facts.js";
import { UNSPECIFIED } from "../../lib/net/ipv4.js";
import { Subnet } from "../../lib/net/subnet.js";
import { makeRequest, quad, readReply, text, type Reply, type RequestFields } from "../support/dhcp-packet.js";
import { planOf, TEST_ORIGINS } from "../support/option-plan.js";
import { ip } from "../support/values.js";

type Options = NonNullable<RequestFields["options"]>;

const PXE = [60, text("PXEClient:Arch:00007:UNDI:003016")] as const;
const HTTP = [60, text("HTTPClient:Arch:00016:UNDI:003000")] as const;
const UUID = [97, "0012345678abcdef001111abcdefabcdef"] as const;
const asks = (...codes: number[]): Options[number] => [55, Buffer.from(codes).toString("hex")];

/** An offer of a server with these lines in its `[option]`. */
function offered(
  lines: readonly string[],
  options: Options,
  content: Partial<ReplyContent> = {},
  facts: Partial<NetworkFacts> = {},
): Reply {
  const request = decodeMessage(
    makeRequest({ options: content.type === undefined && "type" in content ? options : [[53, "01"], ...options] }),
  );
  const network = {
    serverAddress: ip("192.168.7.1"),
    subnet: Subnet.holding(ip("192.168.7.1"), ip("255.255.255.0")),
    router: ip("192.168.7.254"),
    dns: [ip("192.168.7.53")],
    domain: "example.org",
    leaseSeconds: 3600,
    serverName: "boot.example.org",
    options: planOf(...lines),
    origins: TEST_ORIGINS,
    ...facts,
  };
  const whole = { type: MessageType.offer, yiaddr: ip("192.168.7.100"), ...content };
  return readReply(encodeMessage(buildReply(request, classify(request), network, whole)));
}

await t.test("A19 what is set is sent to who asks for it, once, and to nobody else", (t) => {
  const lines = ["ntp-servers = 10.0.0.1", "mtu = 1400", "100 = EST5EDT"];
  const answer = offered(lines, [asks(42, 26, 42, 101)]);
  t.strictSame(answer.codes, [53, 54, 51, 42, 26]);
  t.equal(answer.options.get(42), quad("10.0.0.1"));
  t.equal(answer.options.get(26), "0578");
  t.strictSame(offered(lines, [asks(1)]).codes, [53, 54, 51, 1]);
  t.end();
});

await t.test("A19 who lists nothing gets what is usual, then what is set, but nothing of a vendor's", (t) => {
  t.strictSame(
    offered(["ntp-servers = 10.0.0.1", "43 = 0x0104", "60 = ours"], []).codes,
    [53, 54, 51, 1, 3, 6, 15, 42],
  );
  t.strictSame(offered(["42 = 10.0.0.1"], [], { type: undefined }).codes, [1, 3, 6, 15, 42], "A24 BOOTP too");
  t.end();
});

await t.test("what is set takes the place of what the server makes", (t) => {
  const lines = ["router = 10.0.0.9", "dns = 0x0a000035", "domain-name = other.example", "bootfile-name = other.0"];
  const { options, codes, file } = offered(lines, [asks(1, 3, 6, 15, 66, 67)], { bootFile: "boot.0" });
  t.strictSame(codes, [53, 54, 51, 1, 3, 6, 15, 66, 67, 0]);
  t.equal(options.get(3), quad("10.0.0.9"));
  t.equal(options.get(6), quad("10.0.0.53"));
  t.equal(options.get(15), text("other.example"), "A63 without a NUL");
  t.equal(options.get(67), text("other.0"));
  t.equal(file, "boot.0", "but not of the header");
  t.end();
});

await t.test("none keeps an option from being sent", (t) => {
  const lines = ["router = none", "43 = none", "60 = none", "42 = none"];
  const answer = offered(lines, [PXE, asks(1, 3, 42, 43, 60)], { bootFile: "boot.0" });
  t.strictSame(answer.codes, [53, 54, 51, 1]);
  t.end();
});

await t.test("A20 A28 nothing that is set is in a NAK, nor in the place of what a message has to have", (t) => {
  const options = [asks(42, 3), [61, "01525400aabb01"]] as const;
  const refused = offered(["42 = 10.0.0.1", "router = none"], options, { type: MessageType.nak, yiaddr: UNSPECIFIED });
  t.strictSame(refused.codes, [53, 54, 61]);
  t.end();
});

await t.test("A55 T1 and T2 are not told to who has no lease, set or not", (t) => {
  const informed = { type: MessageType.ack, yiaddr: UNSPECIFIED };
  t.strictSame(offered(["58 = 600", "42 = 10.0.0.1"], [asks(58, 59, 42)], informed).codes, [53, 54, 42]);
  t.equal(offered(["58 = 600"], [asks(58, 59)]).options.get(58), "00000258");
  t.end();
});

await t.test("A18 what is asked comes in its order, the mask before the router, then what is forced", (t) => {
  const lines = ["42 = 10.0.0.1", "209 = pxelinux.cfg/a", "26 = 1400"];
  const options = [PXE, UUID, [61, "01525400aabb01"], [82, "0104deadbeef"], asks(42, 3, 26, 1, 60)] as const;
  const { codes } = offered(lines, options, { bootFile: "boot.0" });
  t.strictSame(codes, [53, 54, 51, 1, 42, 3, 26, 60, 43, 97, 209, 61, 82]);
  t.end();
});

await t.test("A17 what is forced and the mask stay where what is asked has no room", (t) => {
  const lines = [`224 = 0x${"aa".repeat(250)}`, "42 = 10.0.0.1", "210 = http://mirror.example/"];
  const options = [PXE, UUID, [61, "01525400aabb01"], asks(224, 6, 1, 3, 225, 42)] as const;
  const dns = Array.from({ length: 20 }, () => ip("10.0.0.53"));
  const { codes } = offered(lines, options, { bootFile: "boot.0" }, { dns });
  t.strictSame(codes, [53, 54, 51, 1, 6, 3, 42, 60, 43, 97, 210, 61], "250 octets are too many, the rest fits");
  t.end();
});

await t.test("A13 a long list goes to who asks for it, in parts", (t) => {
  const names = Array.from({ length: 40 }, (_, index) => `domain-number-${index}.example`);
  const line = `domain-search = ${names.join("; ")}`;
  const { codes, options } = offered([line], [asks(119), [57, "05dc"]]);
  t.strictSame(codes, [53, 54, 51, 119, 119, 119]);
  t.ok((options.get(119)?.length ?? 0) > 2 * 510);
  t.strictSame(offered([line], [asks(119)]).codes, [53, 54, 51], "A16 unless it does not fit");
  t.end();
});

await t.test("A13 another long value goes to who asks for a list too, and so knows of parts", (t) => {
  const line = `224 = 0x${"ab".repeat(256)}`;
  const { codes, options } = offered([line], [asks(224, 119), [57, "05dc"]]);
  t.strictSame(codes, [53, 54, 51, 224, 224]);
  t.equal(options.get(224), "ab".repeat(256));
  t.strictSame(offered([line], [asks(224, 121), [57, "05dc"]]).codes, [53, 54, 51, 224, 224]);
  t.strictSame(offered([line], [asks(224), [57, "05dc"]]).codes, [53, 54, 51]);
  t.end();
});

await t.test("A13 a boot file that is too long for option 67 is never split", (t) => {
  const content = { bootFile: "d/".repeat(150) };
  t.strictSame(offered([], [PXE, asks(67, 119, 121), [57, "05dc"]], content).codes, [53, 54, 51, 1, 3, 60, 43]);
  t.end();
});

await t.test("A74 who is sent 121 is not sent 3 and 33", (t) => {
  const lines = ["121 = default via 192.168.7.254", "static-routes = 10.1.2.3 192.168.7.9"];
  const { codes, options } = offered(lines, [asks(1, 3, 33, 121, 6)]);
  t.strictSame(codes, [53, 54, 51, 1, 121, 6]);
  t.equal(options.get(121), `00${quad("192.168.7.254")}`);
  t.strictSame(offered(lines, [asks(1, 3, 33)]).codes, [53, 54, 51, 1, 3, 33], "who does not ask for it is");
  t.strictSame(offered(["121 = none"], [asks(3, 121)]).codes, [53, 54, 51, 3], "as is who asks in vain");
  const long = `121 = ${Array.from({ length: 60 }, (_, index) => `10.0.${index}.0/24 via 10.0.0.1`).join("; ")}`;
  t.strictSame(offered([long], [asks(3, 121)]).codes, [53, 54, 51, 3], "and to whom it does not fit");
  t.end();
});

await t.test("A64 43 for all goes to PXE firmware unasked, to others if they ask, and not to HTTP firmware", (t) => {
  const line = "43.6 = uint8:3";
  t.equal(offered([line], [PXE, asks(1)], { bootFile: "boot.0" }).options.get(43), "060103ff");
  t.equal(offered([line], [asks(43)]).options.get(43), "060103ff");
  t.strictSame(offered([line], [asks(1)]).codes, [53, 54, 51, 1]);
  const url = { bootFile: "http://192.168.7.1/boot.efi" };
  t.strictSame(offered([line], [HTTP, asks(43, 60)], url).codes, [53, 54, 51, 1, 3, 60], "B22");
  t.end();
});

await t.test("A64 43 and 60 for a vendor class go to it unasked, other options if it asks", (t) => {
  const lines = ["43@ubnt = 0x0104c0a80105", "60@ubnt = ubnt", "42@ubnt = 10.0.0.7", "42 = 10.0.0.1"];
  const vendor = [60, text("ubnt")] as const;
  t.strictSame(offered(lines, [vendor, asks(1, 42)]).codes, [53, 54, 51, 1, 42, 60, 43]);
  t.equal(offered(lines, [vendor, asks(1, 42)]).options.get(42), quad("10.0.0.7"));
  t.equal(offered(lines, [[60, text("udhcp")], asks(42, 43)]).options.get(42), quad("10.0.0.1"));
  t.strictSame(offered(lines, [[60, text("udhcp")], asks(42, 43)]).codes, [53, 54, 51, 42]);
  const firmware = offered(lines, [PXE, asks(1)], { bootFile: "boot.0" });
  t.equal(firmware.options.get(43), "060108ff", "firmware has its own");
  t.equal(firmware.options.get(60), text("PXEClient"), "A65");
  t.end();
});

await t.test("A66 A70 what the client sent comes back as it was, whatever is set", (t) => {
  const answer = offered(["42 = 10.0.0.1"], [PXE, UUID, [61, "00ff"], asks(42)], { bootFile: "boot.0" });
  t.equal(answer.options.get(61), "00ff");
  t.equal(answer.options.get(97), UUID[1]);
  t.end();
});

await t.test("A71 108 goes to who asks for it, with an address as before", (t) => {
  const answer = offered(["v6-only-preferred = 300"], [asks(1, 108)]);
  t.equal(answer.options.get(108), "0000012c");
  t.equal(answer.yiaddr, "192.168.7.100");
  t.strictSame(offered([], [asks(1, 108)]).codes, [53, 54, 51, 1]);
  t.end();
});

await t.test("A72 118 is not made up, and goes back as it came, where it is an address", (t) => {
  t.strictSame(offered([], [asks(1, 118)]).codes, [53, 54, 51, 1]);
  for (const malformed of ["0a0000", "0a000000ff", "0a00000b".repeat(2)]) {
    t.strictSame(offered([], [[118, malformed], asks(1)]).codes, [53, 54, 51, 1], malformed);
  }
  t.strictSame(offered([], [[118, quad("10.0.0.0")], asks(1)]).codes, [53, 54, 51, 1, 118]);
  t.end();
});

await t.test("A73 A75 A76 lists of names and addresses, and iPXE's options, go out as they are set", (t) => {
  const lines = ["119 = eng.apple.com; marketing.apple.com", "150 = 10.0.0.1; 10.0.0.2", "175.176 = uint8:1"];
  const { options } = offered(lines, [asks(119, 150, 175)]);
  t.equal(options.get(119), "03656e67056170706c6503636f6d00096d61726b6574696e67c004");
  t.equal(options.get(150), quad("10.0.0.1") + quad("10.0.0.2"));
  t.equal(options.get(175), "b00101");
  t.end();
});

await t.test("A77 209 to 211 go to PXE firmware though it does not ask, to others if they do", (t) => {
  const lines = [
    "pxelinux-configfile = pxelinux.cfg/lab",
    "pxelinux-pathprefix = http://mirror.example/",
    "211 = 600",
    "208 = 0xf100747e",
  ];
  const { codes, options } = offered(lines, [PXE, asks(1, 208)], { bootFile: "pxelinux.0" });
  t.strictSame(codes, [53, 54, 51, 1, 3, 208, 60, 43, 209, 210, 211]);
  t.equal(options.get(209), text("pxelinux.cfg/lab"));
  t.equal(options.get(210), text("http://mirror.example/"));
  t.equal(options.get(211), "00000258");
  t.equal(options.get(208), "f100747e");
  t.strictSame(offered(lines, [asks(1, 210)]).codes, [53, 54, 51, 1, 210]);
  t.strictSame(offered(lines, [HTTP, asks(1)], { bootFile: "http://10.0.0.1/" }).codes, [53, 54, 51, 1, 3, 60]);
  t.end();
});

await t.test("A78 A75 the TFTP server is who serves, or the next server", (t) => {
  const content = { bootFile: "boot.0" };
  const own = offered([], [asks(66, 150)], content);
  t.equal(own.siaddr, "192.168.7.1");
  t.equal(own.options.get(66), text("boot.example.org"));
  t.equal(own.options.get(150), quad("192.168.7.1"));
  const other = offered([], [asks(66, 150)], content, { nextServer: ip("192.168.7.9") });
  t.equal(other.siaddr, "192.168.7.9");
  t.equal(other.options.get(66), text("192.168.7.9"));
  t.equal(other.options.get(150), quad("192.168.7.9"));
  t.equal(other.options.get(54), quad("192.168.7.1"), "which does not make it the DHCP server");
  t.strictSame(offered([], [asks(66, 150)]).codes, [53, 54, 51], "neither is told where there is nothing to load");
  t.end();
});

await t.test("A35 a client that asks for a time gets it between the bounds, T1 and T2 with it", (t) => {
  const facts = { leaseBounds: { least: 600, most: Infinity } };
  const wants = (wish: string): Reply => offered([], [[51, wish], asks(58, 59)], {}, facts);
  t.match([...wants("00000708").options], [[53], [54], [51, "00000708"], [58, "00000384"], [59, "00000627"]]);
  t.equal(wants("00000001").options.get(51), "00000258");
  t.equal(wants("ffffffff").options.get(51), "ffffffff");
  t.strictSame(wants("ffffffff").codes, [53, 54, 51], "none of what comes before the end, where there is no end");
  t.equal(offered([], [[51, "00000708"]]).options.get(51), "00000e10", "without bounds all get the same");
  t.end();
});
