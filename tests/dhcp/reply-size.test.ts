/** Replies fit what the client takes, and leave out the least needed first. */

import t from "tap";
import { classify } from "../../lib/dhcp/classify.js";
import { decodeMessage, encodeMessage, MessageType } from "../../lib/dhcp/message.js";
import { buildReply } from "../../lib/dhcp/reply.js";
import type { ReplyContent } from "../../lib/dhcp/reply-content.js";
import { toIpv4 } from "../../lib/net/ipv4.js";
import { Subnet } from "../../lib/net/subnet.js";
import { makeRequest, readReply, text, type Reply, type RequestFields } from "../support/dhcp-packet.js";
import { NO_OPTIONS, TEST_ORIGINS } from "../support/option-plan.js";
import { ip } from "../support/values.js";

const PXE = [60, text("PXEClient:Arch:00007:UNDI:003016")] as const;
const asks = (...codes: number[]): readonly [number, string] => [55, Buffer.from(codes).toString("hex")];

/** An offer to a client that asks for the DNS servers; there are `servers` of them, of 4 octets each. */
function offered(
  options: NonNullable<RequestFields["options"]>,
  servers: number,
  content: Partial<ReplyContent> = {},
): Reply {
  const facts = {
    serverAddress: ip("192.168.7.1"),
    subnet: Subnet.holding(ip("192.168.7.1"), ip("255.255.255.0")),
    router: ip("192.168.7.254"),
    dns: Array.from({ length: servers }, (_, index) => toIpv4(0x0a000001 + index)),
    domain: "d".repeat(200),
    leaseSeconds: 3600,
    serverName: "192.168.7.1",
    options: NO_OPTIONS,
    origins: TEST_ORIGINS,
  };
  const request = decodeMessage(makeRequest({ options: [[53, "01"], ...options] }));
  const whole = { type: MessageType.offer, yiaddr: ip("192.168.7.100"), ...content };
  return readReply(encodeMessage(buildReply(request, classify(request), facts, whole)));
}

const maximum = (size: number): readonly [number, string] => [57, size.toString(16).padStart(4, "0")];

await t.test("A16 a client that names no size gets at most 548 octets", (t) => {
  const { codes, size } = offered([asks(1, 3, 6, 15)], 40);
  t.strictSame(codes, [53, 54, 51, 1, 3, 6], "the domain name would not fit");
  t.ok(size <= 548, `${size}`);
  t.end();
});

await t.test("A16 option 57 counts the headers of IP and UDP", (t) => {
  // 240 + 15 of essentials + 6 + 6 + 162 + 202 + 1 for the end
  const whole = 632;
  t.match(offered([asks(1, 3, 6, 15), maximum(whole + 28)], 40), { size: whole, codes: [53, 54, 51, 1, 3, 6, 15] });
  t.strictSame(offered([asks(1, 3, 6, 15), maximum(whole + 27)], 40).codes, [53, 54, 51, 1, 3, 6], "one octet less");
  t.end();
});

await t.test("A16 a size below what every client has to take is not believed", (t) => {
  for (const value of ["0000", "0001", "0100", "023f"]) {
    t.equal(offered([asks(1, 3, 6), [57, value]], 40).codes.includes(6), true, value);
  }
  t.equal(offered([asks(1, 3, 6), [57, "ff"]], 40).codes.includes(6), true, "nor one that is none");
  t.end();
});

await t.test("A16 no reply is larger than an Ethernet frame carries, whatever a client says", (t) => {
  const identifier = "ab".repeat(255);
  const options = [asks(1, 3, 6, 66, 67, 15), [57, "ff00"], [61, identifier], [82, identifier]] as const;
  const content = { bootFile: "b".repeat(250) };
  t.match(offered(options, 50, content), { size: 1452, codes: [53, 54, 51, 1, 3, 6, 66, 67, 0, 15, 61, 82] });
  t.match(offered(options, 60, content), { size: 1290, codes: [53, 54, 51, 1, 3, 6, 66, 67, 0, 61, 82] });
  t.end();
});

await t.test("A17 what is left out is what is asked last; what makes it boot stays", (t) => {
  const options = [PXE, [97, `00${"ab".repeat(16)}`], asks(15, 6, 1, 3, 67)] as const;
  const { codes } = offered(options, 40, { bootFile: "boot.efi" });
  t.strictSame(codes, [53, 54, 51, 1, 15, 3, 67, 0, 60, 43, 97], "40 DNS servers are too many, the rest fits");
  t.end();
});

await t.test("A13 a value that is longer than an option is left out, not split", (t) => {
  t.strictSame(offered([asks(1, 6), maximum(1500)], 64).codes, [53, 54, 51, 1], "64 DNS servers are 256 octets");
  t.strictSame(offered([asks(1, 6), maximum(1500)], 63).codes, [53, 54, 51, 1, 6]);
  t.end();
});

await t.test("A14 a boot file that the header does not hold travels in option 67 only", (t) => {
  const nameOf = (length: number): ReplyContent["bootFile"] => `${"d/".repeat(60)}${"x".repeat(length - 120)}`;
  const offer = (length: number): Reply => offered([PXE, asks(1, 66, 67)], 1, { bootFile: nameOf(length) });
  t.equal(offer(127).file.length, 127, "127 octets and a NUL fit");
  t.equal(offer(127).options.get(67)?.length, 254);
  t.equal(offer(128).file, "", "it is not cut short");
  t.equal(offer(128).options.get(67)?.length, 256);
  t.equal(offer(255 - 120).options.get(67), text(nameOf(255 - 120) ?? ""));
  t.end();
});

await t.test("A14 firmware is sent such a name in option 67 even if it does not ask for that", (t) => {
  const bootFile = "d/".repeat(70);
  const { codes, options, file } = offered([PXE, asks(1)], 1, { bootFile });
  t.strictSame(codes, [53, 54, 51, 1, 3, 60, 43, 67, 0]);
  t.equal(options.get(67), text(bootFile));
  t.equal(file, "");
  t.strictSame(offered([asks(1)], 1, { bootFile }).codes, [53, 54, 51, 1], "others are not");
  t.end();
});
