import { strict as assert } from "node:assert";
import { classify } from "../../lib/dhcp/classify.js";
import { decodeMessage, encodeMessage, type Message } from "../../lib/dhcp/message.js";
import { ipxeFacts } from "../../lib/options/ipxe.js";
import { decodePxeOptions } from "../../lib/options/pxe.js";
import { Code } from "../../lib/options/codes.js";
import { linkOf, relayNotes } from "../../lib/dhcp/relay.js";
import { userClasses } from "../../lib/dhcp/user-class.js";
import { DecodeError } from "../../lib/common/byte-reader.js";
import { DhcpBench, POOL_START, SERVER, type Way } from "../support/dhcp-bench.js";
import { ip } from "../support/values.js";
import { makeRequest } from "../support/dhcp-packet.js";
import { dhcpSeeds, seedOptions } from "./dhcp-seeds.js";
import { allowing, words, type Target } from "./target.js";

const BOOT_SERVER: Way = { from: { address: ip(POOL_START), port: 4011 }, to: { address: ip(SERVER), port: 4011 } };

const dictionary: readonly Buffer[] = [
  ...seedOptions.map(([code, value]) =>
    Buffer.from(code.toString(16).padStart(2, "0") + (value.length / 2).toString(16).padStart(2, "0") + value, "hex"),
  ),
  ...["63825363", "350101", "350103", "350104", "350107", "350108", "5200", "2b00", "ff", "00000000"].map((text) =>
    Buffer.from(text, "hex"),
  ),
  ...words("PXEClient", "HTTPClient", "PXEClient:Arch:00007", "iPXE", "d-i", "AAPLBSDPC"),
];

/** The header and the options of messages, and each option that has something inside. */
const messages: Target = {
  name: "DHCP messages and options",
  seeds: dhcpSeeds,
  dictionary,
  run(input) {
    const message = allowing(DecodeError, () => decodeMessage(input));
    if (message === undefined) return;
    classify(message);
    const notes = relayNotes(message);
    linkOf(message, notes);
    checkAgain(message);
  },
};

/** Checks that a message that was read is the same after it was written and read again. */
function checkAgain(message: Message): void {
  // Our own sname and file always end with a NUL, and we never overload them with options.
  if (message.sname.length > 63 || message.file.length > 127 || message.options.has(Code.overload)) return;
  const again = decodeMessage(encodeMessage(message));
  assert.deepEqual([...again.options].sort(byCode), [...message.options].sort(byCode));
  assert.deepEqual({ ...again, options: undefined }, { ...message, options: undefined });
}

function byCode([one]: readonly [number, Buffer], [other]: readonly [number, Buffer]): number {
  return one - other;
}

/** The contents of options 43, 77, 82 and 175, and arbitrary octets there. */
const values: Target = {
  name: "values of options 43, 77, 82, 175",
  seeds: seedOptions.map(([, value]) => Buffer.from(value, "hex")),
  dictionary,
  run(input) {
    allowing(DecodeError, () => decodePxeOptions(input));
    allowing(DecodeError, () => ipxeFacts(input));
    userClasses(input);
    const request = decodeMessage(makeRequest({ options: [[53, "01"]] }));
    const notes = relayNotes({ ...request, options: new Map([...request.options, [82, input]]) });
    linkOf(request, notes);
  },
};

/** The whole server, with its leases, in memory. */
async function server(proxy: boolean): Promise<Target> {
  const bench = await DhcpBench.start({
    allowSimple: true,
    authoritative: true,
    poolCount: 50,
    proxy,
    bootServer: true,
    reservations: { "52:54:00:aa:bb:01": "192.168.7.20 pc" },
  });
  return {
    name: proxy ? "the DHCP server as a proxy" : "the DHCP server",
    seeds: dhcpSeeds,
    dictionary,
    run(input) {
      // The length of the datagram chooses the port that it arrives on.
      const port = input.length % 3 === 0 ? 4011 : 67;
      const replies = bench.askRaw(input, port === 67 ? {} : BOOT_SERVER);
      for (const event of bench.events.splice(0)) {
        if (event.kind === "failed") throw event.error;
        if (event.kind === "lease-lost") throw new Error(event.cause.message);
      }
      assert.ok(replies.length <= 1, `${replies.length} replies to one request`);
      for (const { op, xid, wire } of replies) {
        assert.equal(op, 2);
        assert.equal(xid, input.readUInt32BE(4));
        assert.ok(wire.payload.length >= 300 && wire.payload.length <= 1500, `${wire.payload.length} octets`);
      }
      bench.clock.advance(input.length % 7);
    },
  };
}

export async function dhcpTargets(): Promise<readonly Target[]> {
  return [messages, values, await server(false), await server(true)];
}
