/** What replies say, octet by octet. */

import t from "tap";
import { classify } from "../../lib/dhcp/classify.js";
import { decodeMessage, encodeMessage, MessageType } from "../../lib/dhcp/message.js";
import { buildReply } from "../../lib/dhcp/reply.js";
import type { ReplyContent } from "../../lib/dhcp/reply-content.js";
import type { NetworkFacts } from "../../lib/dhcp/reply-facts.js";
import { UNSPECIFIED } from "../../lib/net/ipv4.js";
import { Subnet } from "../../lib/net/subnet.js";
import { makeRequest, quad, readReply, text, type Reply, type RequestFields } from "../support/dhcp-packet.js";
import { NO_OPTIONS, TEST_ORIGINS } from "../support/option-plan.js";
import { ip } from "../support/values.js";

const FACTS: NetworkFacts = {
  serverAddress: ip("192.168.7.1"),
  subnet: Subnet.holding(ip("192.168.7.1"), ip("255.255.255.0")),
  router: ip("192.168.7.254"),
  dns: [ip("192.168.7.53"), ip("8.8.8.8")],
  domain: "example.org",
  leaseSeconds: 3600,
  serverName: "boot.example.org",
  options: NO_OPTIONS,
  origins: TEST_ORIGINS,
};

const GIVEN = ip("192.168.7.100");
const { offer, ack, nak } = MessageType;
const PXE = [60, text("PXEClient:Arch:00007:UNDI:003016")] as const;
const UUID = [97, "0012345678abcdef001111abcdefabcdef"] as const;

/** The octets that go out for a DISCOVER with these fields. */
function reply(fields: RequestFields, content: Partial<ReplyContent> = {}, facts: Partial<NetworkFacts> = {}): Reply {
  const request = decodeMessage(makeRequest(fields));
  const whole = { type: offer, yiaddr: GIVEN, ...content };
  return readReply(encodeMessage(buildReply(request, classify(request), { ...FACTS, ...facts }, whole)));
}

/** As {@link reply}, for a DHCP message with these options. */
function offered(
  options: RequestFields["options"],
  content: Partial<ReplyContent> = {},
  facts?: Partial<NetworkFacts>,
): Reply {
  return reply({ options: [[53, "01"], ...(options ?? [])] }, content, facts);
}

/** Option 55 of these codes. */
const asks = (...codes: number[]): readonly [number, string] => [55, Buffer.from(codes).toString("hex")];

await t.test("A6 the header echoes the request's and says who serves", (t) => {
  const fields = {
    xid: 0xfedcba98,
    flags: 0x8000,
    giaddr: "192.168.7.9",
    hops: 3,
    secs: 77,
    options: [[53, "01"]],
  } as const;
  const chaddr = "525400aabb01000000000000000000ff";
  t.match(reply({ ...fields, htype: 1, chaddr }, { bootFile: "boot.0" }), {
    op: 2,
    htype: 1,
    hlen: 6,
    hops: 0,
    xid: 0xfedcba98,
    secs: 0,
    flags: 0x8000,
    ciaddr: "0.0.0.0",
    yiaddr: "192.168.7.100",
    siaddr: "192.168.7.1",
    giaddr: "192.168.7.9",
    chaddr,
    sname: "boot.example.org",
    file: "boot.0",
  });
  t.match(reply({ htype: 32, hlen: 16, chaddr: "ff".repeat(16) }), { htype: 32, hlen: 16, chaddr: "ff".repeat(16) });
  t.end();
});

await t.test("A6 ciaddr is echoed in an ACK and in a BOOTP reply only", (t) => {
  const fields = { ciaddr: "192.168.7.100", options: [[53, "03"]] } as const;
  t.equal(reply(fields, { type: ack }).ciaddr, "192.168.7.100");
  t.equal(reply(fields, { type: undefined }).ciaddr, "192.168.7.100");
  t.equal(reply(fields, { type: offer }).ciaddr, "0.0.0.0");
  t.equal(reply(fields, { type: nak }).ciaddr, "0.0.0.0");
  t.end();
});

await t.test("A20 OFFER and ACK have the type, the server and the lease time, asked or not", (t) => {
  for (const type of [offer, ack]) {
    const { codes, options } = offered([asks(15)], { type });
    t.strictSame(codes, [53, 54, 51, 15]);
    t.equal(options.get(53), `0${type}`);
    t.equal(options.get(54), quad("192.168.7.1"));
    t.equal(options.get(51), "00000e10");
  }
  t.equal(offered([], {}, { leaseSeconds: 0xffffffff }).options.get(51), "ffffffff", "for ever");
  t.equal(offered([], {}, { leaseSeconds: 2 ** 40 }).options.get(51), "ffffffff", "A35 and no overflow");
  t.end();
});

await t.test("A19 what is asked is sent, where it is configured, once", (t) => {
  const { codes, options } = offered([asks(1, 3, 6, 15, 28, 58, 59, 12, 42, 119, 0, 255, 6, 6)], { hostName: "node7" });
  t.strictSame(codes, [53, 54, 51, 1, 3, 6, 15, 28, 58, 59, 12]);
  t.equal(options.get(1), quad("255.255.255.0"));
  t.equal(options.get(3), quad("192.168.7.254"));
  t.equal(options.get(6), quad("192.168.7.53") + quad("8.8.8.8"));
  t.equal(options.get(15), text("example.org"), "A21 without a NUL");
  t.equal(options.get(28), quad("192.168.7.255"));
  t.equal(options.get(58), "00000708", "half of the lease time");
  t.equal(options.get(59), "00000c4e", "seven eighths of it");
  t.equal(options.get(12), text("node7"));
  t.end();
});

await t.test("A19 what is not asked is not sent", (t) => {
  t.strictSame(offered([asks(6)], { hostName: "node7", bootFile: "boot.0", bootFileBlocks: 9 }).codes, [53, 54, 51, 6]);
  t.end();
});

await t.test("A19 a client that asks for nothing gets what every one needs", (t) => {
  t.strictSame(offered([], { hostName: "node7" }).codes, [53, 54, 51, 1, 3, 6, 12, 15]);
  t.end();
});

await t.test("what is not configured is not sent, not even empty", (t) => {
  t.strictSame(offered([asks(3, 6, 12, 15)], {}, { router: undefined, dns: [], domain: "" }).codes, [53, 54, 51]);
  t.end();
});

await t.test("A18 the mask goes before the router, and the rest in the order it was asked", (t) => {
  t.strictSame(offered([asks(3, 6, 1)]).codes, [53, 54, 51, 1, 3, 6]);
  t.strictSame(offered([asks(15, 3, 1, 6)]).codes, [53, 54, 51, 1, 15, 3, 6]);
  t.end();
});

await t.test("A55 an ACK to an INFORM has no address, no lease time and no renewal times", (t) => {
  const informed = offered([asks(1, 3, 58, 59, 51)], { type: ack, yiaddr: UNSPECIFIED });
  t.strictSame(informed.codes, [53, 54, 1, 3]);
  t.equal(informed.yiaddr, "0.0.0.0");
  t.end();
});

await t.test("the mask and the router go to firmware and BOOTP clients whatever they ask for, the mask first", (t) => {
  const HTTP = [60, text("HTTPClient:Arch:00016:UNDI:003016")] as const;
  for (const firmware of [PXE, HTTP]) {
    t.strictSame(offered([firmware, asks(66, 28)]).codes.slice(3), [1, 3, 28], "a Raspberry Pi 3 asks for neither");
    t.strictSame(offered([firmware, asks(28, 3)]).codes.slice(3), [1, 28, 3], "in the client's order");
    t.strictSame(offered([firmware, asks(1)]).codes.slice(3), [1, 3]);
    t.strictSame(offered([firmware, asks()]).codes.slice(3), [1, 3], "an empty list");
  }
  t.strictSame(reply({ options: [asks(15)] }, { type: undefined }).codes, [1, 3, 15], "BOOTP");
  t.strictSame(offered([asks(15)]).codes.slice(3), [15], "not to other clients");
  const relayed = reply({ giaddr: "10.9.0.1", options: [[53, "01"], PXE, asks(66)] }, {});
  t.ok(relayed.options.has(3), "behind a relay agent too");
  t.end();
});

await t.test("A20 A6 a NAK has the type, the server, a reason and what is echoed, and nothing in the header", (t) => {
  const options = [[53, "03"], [50, quad("10.0.0.9")], [61, "01525400aabb01"], asks(1, 3, 6), PXE, UUID] as const;
  const refused = reply(
    { ciaddr: "10.0.0.9", options },
    { type: nak, yiaddr: UNSPECIFIED, message: "not yours", bootFile: "boot.0", hostName: "node7" },
  );
  t.strictSame(refused.codes, [53, 54, 56, 61]);
  t.equal(refused.options.get(56), text("not yours"));
  t.match(refused, { ciaddr: "0.0.0.0", yiaddr: "0.0.0.0", siaddr: "0.0.0.0", sname: "", file: "" });
  t.end();
});

await t.test("A51 a NAK through a relay agent has the broadcast flag; other replies have the client's", (t) => {
  const options = [[53, "03"]] as const;
  t.equal(reply({ giaddr: "192.168.7.9", options }, { type: nak }).flags, 0x8000);
  t.equal(reply({ giaddr: "192.168.7.9", flags: 0x0001, options }, { type: nak }).flags, 0x8001);
  t.equal(reply({ options }, { type: nak }).flags, 0);
  t.equal(reply({ giaddr: "192.168.7.9", options }, { type: ack }).flags, 0);
  t.end();
});

await t.test("B3 PXE firmware is told to load the boot file and look no further", (t) => {
  const content = { bootFile: "bootx64.efi", bootFileBlocks: 3000 };
  const answer = offered([PXE, UUID, [93, "0007"], asks(1, 3, 13, 43, 60, 66, 67, 97)], content);
  t.strictSame(answer.codes, [53, 54, 51, 1, 3, 13, 43, 60, 66, 67, 0, 97]);
  t.equal(answer.options.get(60), text("PXEClient"), "A65 in its short form");
  t.equal(answer.options.get(43), "060108ff", "B10 PXE_DISCOVERY_CONTROL 8, and the end of the list");
  t.equal(answer.options.get(97), UUID[1], "A70 as it was sent");
  t.equal(answer.options.get(66), text("boot.example.org"));
  t.equal(answer.options.get(67), text("bootx64.efi"));
  t.equal(answer.options.get(13), "0bb8");
  t.match(answer, { siaddr: "192.168.7.1", file: "bootx64.efi" }, "A78 in the header too");
  t.end();
});

await t.test("B3 what makes PXE firmware boot is sent whether it asks or not", (t) => {
  t.strictSame(offered([PXE, UUID, asks(1)], { bootFile: "boot.0" }).codes, [53, 54, 51, 1, 3, 60, 43, 97]);
  t.strictSame(
    offered([PXE, asks(1)], { bootFile: "boot.0" }).codes,
    [53, 54, 51, 1, 3, 60, 43],
    "97 only to who sent it",
  );
  t.end();
});

await t.test("B25 PXE firmware without a boot file gets an address and nothing of PXE", (t) => {
  const answer = offered([PXE, UUID, asks(1, 43, 60, 66, 67, 97)]);
  t.strictSame(answer.codes, [53, 54, 51, 1, 3]);
  t.equal(answer.file, "");
  t.end();
});

await t.test("B1 who is no firmware gets nothing of PXE, though a boot file where it asks for one", (t) => {
  const answer = offered([asks(1, 43, 60, 66, 67, 97)], { bootFile: "boot.0" });
  t.strictSame(answer.codes, [53, 54, 51, 1, 66, 67, 0]);
  t.end();
});

await t.test("B21 B22 HTTP boot firmware is answered as HTTPClient, with the URL, and without option 43", (t) => {
  const url = "http://192.168.7.1/bootx64.efi";
  const answer = offered([[60, text("HTTPClient:Arch:00016:UNDI:003000")], UUID, asks(1, 3, 43, 60, 67, 97)], {
    bootFile: url,
  });
  t.strictSame(answer.codes, [53, 54, 51, 1, 3, 60, 67, 0]);
  t.equal(answer.options.get(60), text("HTTPClient"));
  t.equal(answer.options.get(67), text(url));
  t.equal(answer.file, url);
  t.end();
});

await t.test("option 13 counts blocks of 512 octets, and is left out where they are too many or not known", (t) => {
  const blocks = (bootFileBlocks: number | undefined): string | undefined =>
    offered([asks(13)], { bootFile: "boot.0", bootFileBlocks }).options.get(13);
  t.equal(blocks(1), "0001");
  t.equal(blocks(0), "0000");
  t.equal(blocks(65535), "ffff");
  t.equal(blocks(65536), undefined);
  t.equal(blocks(undefined), undefined);
  t.end();
});

await t.test("A24 a BOOTP reply has exactly 300 octets, no type, no lease time, and what fits", (t) => {
  const bootp = { type: undefined, bootFile: "boot.0", hostName: "node7" };
  const answer = reply({}, bootp);
  t.equal(answer.size, 300);
  t.strictSame(answer.codes, [1, 3, 6, 12, 15]);
  t.match(answer, { yiaddr: "192.168.7.100", file: "boot.0" });
  const crowded = reply({}, bootp, { domain: "a-domain-name-of-more-than-thirty-octets.example.org" });
  t.equal(crowded.size, 300);
  t.strictSame(crowded.codes, [1, 3, 6, 12], "what does not fit is left out");
  t.equal(reply({ options: [[61, "01525400aabb01"]] }, bootp).size, 300);
  t.end();
});

await t.test("A28 the client identifier is echoed octet by octet, in a NAK too, and not made up", (t) => {
  for (const identifier of ["01525400aabb01", "ff", `00${"ab".repeat(100)}`]) {
    for (const type of [offer, ack, nak]) {
      t.equal(offered([[61, identifier]], { type }).options.get(61), identifier);
    }
  }
  t.equal(offered([]).options.has(61), false);
  t.equal(offered([[61, ""]]).options.has(61), false, "an empty one counts as none");
  t.end();
});

await t.test("A59 the relay agent's information is echoed as it came, last of all", (t) => {
  const information = "0104deadbeef0206525400aabb01fe00ff7f";
  for (const type of [offer, ack, nak]) {
    const answer = offered([[61, "01525400aabb01"], asks(1, 3, 6), [82, information]], { type });
    t.equal(answer.options.get(82), information);
    t.strictSame(answer.codes.slice(-2), [61, 82]);
  }
  t.equal(offered([[82, ""]]).options.has(82), false, "an empty one is not");
  t.end();
});
