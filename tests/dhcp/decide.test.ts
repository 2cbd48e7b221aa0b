/** What a message asks for and what it gets: RFC 2131 4.3, conformance A.4. */

import t from "tap";
import { askedAddress, decide, type Decision } from "../../lib/dhcp/decide.js";
import { decodeMessage } from "../../lib/dhcp/message.js";
import type { LeaseView } from "../../lib/leases/allocator.js";
import { formatIpv4, UNSPECIFIED, type Ipv4 } from "../../lib/net/ipv4.js";
import { Subnet } from "../../lib/net/subnet.js";
import { makeRequest, quad, type RequestFields } from "../support/dhcp-packet.js";
import { ip, macNumber } from "../support/values.js";
import { describeCause } from "../../lib/events/causes/describe.js";

const SERVER = "192.168.7.1";
const OWN = "192.168.7.100";
const FREE = "192.168.7.101";
/** In the network, but not in the pool. */
const FOREIGN = "192.168.7.200";
const TAKEN = "192.168.7.102";

const context = {
  subnet: Subnet.holding(ip(SERVER), ip("255.255.255.0")),
  source: ip("0.0.0.0"),
  isOthers: () => true,
  serverIdentifiers: [ip(SERVER)],
  authoritative: false,
};

/** What is known of a machine that asks for an address. */
type Leases = (asked: Ipv4) => LeaseView;

/** The machine has OWN, and so may have nothing else. */
const known: Leases = (asked) => ({
  own: ip(OWN),
  held: ip(OWN),
  state: "bound",
  reserved: false,
  otherCard: undefined,
  mayHave: asked === ip(OWN),
  isOurs: asked !== ip(FOREIGN),
  hasLost: false,
  mayDecline: true,
});

/** The machine has nothing yet, and only FREE is to be had. */
const unknown: Leases = (asked) => ({
  own: undefined,
  held: undefined,
  state: undefined,
  reserved: false,
  otherCard: undefined,
  mayHave: asked === ip(FREE),
  isOurs: asked !== ip(FOREIGN),
  hasLost: false,
  mayDecline: true,
});

/** `kind address` of a decision, with its reason where it has one. */
function decision(leases: Leases, type: string, fields: RequestFields, options: RequestFields["options"] = []): string {
  const message = decodeMessage(makeRequest({ ...fields, options: [[53, type], ...options] }));
  return describe(decide(message, { ...context, leases: leases(askedAddress(message)) }));
}

function describe(made: Decision): string {
  const address = "address" in made ? made.address : "requested" in made ? made.requested : undefined;
  const where = address === undefined ? "" : ` ${formatIpv4(address)}`;
  return `${made.kind}${where}${"cause" in made ? `: ${describeCause(made.cause)}` : ""}`;
}

const [DISCOVER, REQUEST, DECLINE, RELEASE, INFORM] = ["01", "03", "04", "07", "08"] as const;

await t.test("without option 53 it is BOOTP", (t) => {
  t.equal(decide(decodeMessage(makeRequest()), { ...context, leases: unknown(UNSPECIFIED) }).kind, "bootp");
  t.end();
});

await t.test("A29 a DISCOVER gets an offer, of the address it asks for where it asks for one", (t) => {
  t.equal(decision(unknown, DISCOVER, {}), "offer");
  t.equal(decision(unknown, DISCOVER, {}, [[50, quad(FREE)]]), `offer ${FREE}`);
  t.equal(decision(unknown, DISCOVER, {}, [[50, "c0a8"]]), "offer", "a malformed wish is none");
  t.end();
});

await t.test("A22 what a DISCOVER has no business to say is ignored", (t) => {
  t.equal(decision(unknown, DISCOVER, { ciaddr: TAKEN, secs: 65535 }, [[54, quad("10.0.0.1")]]), "offer");
  t.end();
});

await t.test("A38 SELECTING: another server was taken, so that ours is withdrawn", (t) => {
  const options = [
    [54, quad("192.168.7.254")],
    [50, quad(OWN)],
  ] as const;
  t.equal(decision(known, REQUEST, {}, options), "withdraw: it took the offer of another DHCP server, 192.168.7.254");
  t.end();
});

await t.test("A39 SELECTING: what was offered is acknowledged", (t) => {
  const options = [
    [54, quad(SERVER)],
    [50, quad(OWN)],
  ] as const;
  t.equal(decision(known, REQUEST, {}, options), `acknowledge ${OWN}`);
  t.end();
});

await t.test(
  "A40 SELECTING: an address that is free, but was not offered (we were restarted), is acknowledged",
  (t) => {
    t.equal(
      decision(unknown, REQUEST, {}, [
        [54, quad(SERVER)],
        [50, quad(FREE)],
      ]),
      `acknowledge ${FREE}`,
    );
    t.end();
  },
);

await t.test("A41 SELECTING: an address that it cannot have is refused, with the reason", (t) => {
  const select = (leases: Leases, address: string): string =>
    decision(leases, REQUEST, {}, [
      [54, quad(SERVER)],
      [50, quad(address)],
    ]);
  t.equal(select(unknown, TAKEN), `refuse ${TAKEN}: it is not free or not in the pool`);
  t.equal(select(known, TAKEN), `refuse ${TAKEN}: the machine's address is ${OWN}`);
  t.equal(select(unknown, "10.0.0.5"), "refuse 10.0.0.5: it is not in 192.168.7.0/24");
  t.end();
});

await t.test(
  "an address that another card of the machine has is refused in every state, with the name of that card",
  (t) => {
    const waiting: Leases = (asked) => ({
      ...unknown(asked),
      hasLost: asked === ip(TAKEN),
      otherCard: { key: macNumber(9), address: ip(TAKEN) },
    });
    const refused = `refuse ${TAKEN}: another card of its machine, 52:54:00:00:00:09, has it`;
    t.equal(decision(waiting, REQUEST, { ciaddr: TAKEN }), refused, "RENEWING");
    t.equal(decision(waiting, REQUEST, {}, [[50, quad(TAKEN)]]), refused, "INIT-REBOOT");
    t.equal(
      decision(waiting, REQUEST, {}, [
        [54, quad(SERVER)],
        [50, quad(TAKEN)],
      ]),
      refused,
      "SELECTING",
    );
    t.end();
  },
);

await t.test("A42 SELECTING: without an address it is malformed", (t) => {
  t.match(decision(unknown, REQUEST, {}, [[54, quad(SERVER)]]), /^ignore: /);
  t.end();
});

await t.test("A42a RENEWING, REBINDING: option 54 beside ciaddr changes nothing where it is ours", (t) => {
  const renew = (leases: Leases, ciaddr: string, server = SERVER): string =>
    decision(leases, REQUEST, { ciaddr }, [[54, quad(server)]]);
  t.equal(renew(known, OWN), `acknowledge ${OWN}`);
  t.match(renew(known, TAKEN), /^refuse 192\.168\.7\.102: /);
  t.equal(renew(unknown, FREE), `acknowledge ${FREE}`, "as after a restart");
  t.match(renew(unknown, FOREIGN), /^ignore: it has 192\.168\.7\.200, which is not ours to give/);
  t.match(renew(known, OWN, "192.168.7.254"), /^withdraw: it took the offer of another DHCP server/);
  t.end();
});

await t.test("A43 INIT-REBOOT: a known machine with its address is acknowledged", (t) => {
  t.equal(decision(known, REQUEST, {}, [[50, quad(OWN)]]), `acknowledge ${OWN}`);
  t.end();
});

await t.test("A44 INIT-REBOOT: a known machine with another address is refused", (t) => {
  t.equal(decision(known, REQUEST, {}, [[50, quad(FREE)]]), `refuse ${FREE}: the machine's address is ${OWN}`);
  t.match(decision(known, REQUEST, {}, [[50, quad("10.0.0.5")]]), /^refuse 10\.0\.0\.5: /);
  t.end();
});

await t.test("A45 INIT-REBOOT: an unknown machine gets no answer; another server may know it", (t) => {
  for (const address of [FREE, TAKEN]) {
    t.equal(
      decision(unknown, REQUEST, {}, [[50, quad(address)]]),
      `ignore: it believes to have ${address}, of which we have no record`,
    );
  }
  t.end();
});

await t.test("A50 an address in option 50 counts before one in ciaddr", (t) => {
  t.equal(decision(known, REQUEST, { ciaddr: TAKEN }, [[50, quad(OWN)]]), `acknowledge ${OWN}`);
  t.end();
});

await t.test("A46 A48 RENEWING, REBINDING: the machine's own address is acknowledged", (t) => {
  t.equal(decision(known, REQUEST, { ciaddr: OWN }), `acknowledge ${OWN}`);
  t.end();
});

await t.test("A47 RENEWING: an address that is another's is refused; a free one in the pool is acknowledged", (t) => {
  t.match(decision(known, REQUEST, { ciaddr: TAKEN }), /^refuse 192\.168\.7\.102: /);
  t.match(decision(unknown, REQUEST, { ciaddr: TAKEN }), /^refuse 192\.168\.7\.102: /);
  t.equal(decision(unknown, REQUEST, { ciaddr: FREE }), `acknowledge ${FREE}`, "as after a restart");
  t.end();
});

await t.test("A49 REBINDING: what another server gave is left to it", (t) => {
  t.match(
    decision(unknown, REQUEST, { ciaddr: FOREIGN }),
    /^ignore: it has 192\.168\.7\.200, which is not ours to give/,
  );
  t.match(decision(known, REQUEST, { ciaddr: FOREIGN }), /^refuse 192\.168\.7\.200: /);
  t.end();
});

await t.test("a REQUEST that names no address at all is ignored", (t) => {
  t.match(decision(known, REQUEST, {}), /^ignore: it names no address/);
  t.end();
});

await t.test("A53 DECLINE: only of an address that the machine was given, and only to us", (t) => {
  const decline = (leases: Leases, address: string, server: string): string =>
    decision(leases, DECLINE, {}, [
      [50, quad(address)],
      [54, quad(server)],
    ]);
  t.equal(decline(known, OWN, SERVER), `decline ${OWN}`);
  t.match(decline(known, TAKEN, SERVER), /^ignore: /);
  t.match(decline(unknown, FREE, SERVER), /^ignore: /);
  t.match(decline(known, OWN, "192.168.7.254"), /^ignore: /);
  t.match(decision(known, DECLINE, {}, [[50, quad(OWN)]]), /^ignore: /, "it has to name the server");
  t.match(decision(known, DECLINE, {}, [[54, quad(SERVER)]]), /^ignore: /, "and the address");
  t.end();
});

await t.test("A54 RELEASE: only of the machine's own address, and only to us", (t) => {
  t.equal(decision(known, RELEASE, { ciaddr: OWN }, [[54, quad(SERVER)]]), `release ${OWN}`);
  t.equal(decision(known, RELEASE, { ciaddr: OWN }), `release ${OWN}`, "old clients do not name the server");
  t.match(decision(known, RELEASE, { ciaddr: TAKEN }, [[54, quad(SERVER)]]), /^ignore: /);
  t.match(decision(unknown, RELEASE, { ciaddr: FREE }, [[54, quad(SERVER)]]), /^ignore: /);
  t.match(decision(known, RELEASE, { ciaddr: OWN }, [[54, quad("192.168.7.254")]]), /^ignore: /);
  t.match(decision(unknown, RELEASE, {}), /^ignore: /);
  t.end();
});

await t.test("A55 INFORM: a client that has an address is told the parameters there", (t) => {
  t.equal(decision(unknown, INFORM, { ciaddr: "192.168.7.9" }), "inform 192.168.7.9");
  t.equal(decision(unknown, INFORM, { ciaddr: "192.168.7.9", giaddr: "10.0.0.1" }), "inform 192.168.7.9");
  t.match(decision(unknown, INFORM, {}), /^ignore: /);
  t.match(decision(unknown, INFORM, { ciaddr: "10.0.0.9" }), /^ignore: .*10\.0\.0\.9, which is not in 192\.168\.7\.0/);
  t.end();
});

await t.test("A56 what only servers send, and what is no type, is ignored", (t) => {
  for (const type of ["00", "02", "05", "06", "09", "0a", "ff", "", "0101"]) {
    t.match(decision(known, type, { ciaddr: OWN }, [[50, quad(OWN)]]), /^ignore: its message type/, type);
  }
  t.end();
});
