import t from "tap";
import {
  ALICE,
  BOB,
  CAROL,
  DAVE,
  DECLINE_SECONDS,
  makeTable,
  OFFER_SECONDS,
  show,
  START,
  take,
} from "../support/lease-table.js";
import { ip, macNumber } from "../support/values.js";

await t.test("machines get the addresses of the pool in order, each one its own", (t) => {
  const { table } = makeTable();
  t.equal(take(table, ALICE), "10.0.0.10");
  t.equal(take(table, BOB), "10.0.0.11");
  t.equal(take(table, CAROL), "10.0.0.12");
  t.equal(table.holderOf(ip("10.0.0.11")), BOB);
  t.equal(table.holderOf(ip("10.0.0.13")), undefined);
  t.end();
});

await t.test("a pool that is exhausted offers nothing", (t) => {
  const { table } = makeTable({ count: 2 });
  take(table, ALICE);
  take(table, BOB);
  t.equal(take(table, CAROL), undefined);
  t.equal(table.addressOf(CAROL), undefined);
  t.equal(makeTable({ count: 0 }).table.offer(ALICE, undefined), undefined, "an empty one too");
  t.end();
});

await t.test("a machine keeps its address, for ever, whatever it asks", (t) => {
  const { table, clock } = makeTable();
  t.equal(take(table, ALICE), "10.0.0.10");
  clock.advance(400 * 86_400 * 1000);
  t.equal(take(table, ALICE, "10.0.0.12"), "10.0.0.10");
  t.equal(show(table.addressOf(ALICE)), "10.0.0.10");
  t.ok(table.mayHave(ALICE, ip("10.0.0.10")));
  t.notOk(table.mayHave(ALICE, ip("10.0.0.12")));
  t.notOk(table.mayHave(BOB, ip("10.0.0.10")));
  t.end();
});

await t.test("binding tells whether the machine had the address", (t) => {
  const { table } = makeTable();
  const address = table.offer(ALICE, undefined) ?? START;
  t.equal(table.bind(ALICE, address).renewed, false);
  t.equal(table.bind(ALICE, address).renewed, true);
  table.release(ALICE, address);
  t.equal(table.bind(ALICE, address).renewed, false, "not after it was given back");
  t.equal(table.bind(BOB, ip("10.0.0.12")).renewed, false, "also without an offer");
  t.equal(show(table.addressOf(BOB)), "10.0.0.12");
  t.end();
});

await t.test("an address that is only offered has no holder", (t) => {
  const { table } = makeTable();
  table.offer(ALICE, undefined);
  t.equal(show(table.addressOf(ALICE)), "10.0.0.10");
  t.equal(table.holderOf(START), undefined);
  t.end();
});

await t.test("a machine gets the address it asks for where that is free in the pool", (t) => {
  const { table } = makeTable({ count: 5, excluded: ["10.0.0.13"], reservations: [[DAVE, "10.0.0.12"]] });
  t.equal(take(table, ALICE, "10.0.0.14"), "10.0.0.14");
  t.equal(take(table, BOB, "10.0.0.14"), "10.0.0.10", "not another's");
  t.equal(take(table, CAROL, "10.0.0.13"), "10.0.0.11", "not an excluded one");
  for (const [asked, why] of [
    ["10.0.0.12", "a reserved one"],
    ["10.0.0.9", "one before the pool"],
    ["10.0.0.15", "one behind the pool"],
    ["0.0.0.0", "none"],
  ] as const) {
    t.notOk(table.mayHave(macNumber(1), ip(asked)), why);
    t.equal(take(table, macNumber(1), asked), undefined, `and nothing else is left for who asks for ${why}`);
  }
  t.end();
});

await t.test("a reserved address is its machine's alone, from the first request on, also outside of the pool", (t) => {
  const { table } = makeTable({
    count: 2,
    reservations: [
      [ALICE, "10.0.0.10"],
      [BOB, "10.0.0.200"],
    ],
  });
  t.equal(show(table.addressOf(BOB)), "10.0.0.200");
  t.equal(take(table, CAROL, "10.0.0.10"), "10.0.0.11");
  t.equal(take(table, DAVE), undefined, "the pool has no more");
  t.equal(take(table, BOB, "10.0.0.11"), "10.0.0.200");
  t.equal(take(table, ALICE), "10.0.0.10");
  t.notOk(table.mayHave(DAVE, ip("10.0.0.200")));
  t.ok(table.mayHave(BOB, ip("10.0.0.200")));
  t.end();
});

await t.test("an address is ours when the pool or a reservation has it, whoever holds it", (t) => {
  const { table } = makeTable({ count: 3, excluded: ["10.0.0.11"], reservations: [[BOB, "10.0.0.200"]] });
  take(table, ALICE);
  const ours = ["10.0.0.10", "10.0.0.12", "10.0.0.200"];
  const others = ["10.0.0.9", "10.0.0.11", "10.0.0.13", "10.0.0.201", "192.168.1.10"];
  for (const address of ours) t.equal(table.isOurs(ip(address)), true, address);
  for (const address of others) t.equal(table.isOurs(ip(address)), false, address);
  t.end();
});

await t.test("A33 an excluded address is nobody's", (t) => {
  const { table } = makeTable({ count: 3, excluded: ["10.0.0.10", "10.0.0.12"] });
  t.notOk(table.mayHave(ALICE, ip("10.0.0.10")));
  t.equal(take(table, ALICE, "10.0.0.10"), "10.0.0.11");
  t.equal(take(table, BOB), undefined);
  t.end();
});

await t.test("an offer is held for its time, and counted anew when it is repeated", (t) => {
  const { table, clock } = makeTable({ count: 1 });
  table.offer(ALICE, undefined);
  clock.advance(59_999);
  t.equal(table.offer(BOB, undefined), undefined);
  table.offer(ALICE, undefined);
  clock.advance(59_999);
  t.equal(table.offer(BOB, START), undefined, "also for who asks for it");
  clock.advance(1001);
  t.equal(show(table.offer(BOB, undefined)), "10.0.0.10");
  t.equal(table.addressOf(ALICE), undefined);
  t.notOk(table.mayHave(ALICE, START), "who comes too late has lost it");
  t.end();
});

await t.test("an offer that nobody else needs waits for its machine longer", (t) => {
  const { table, clock } = makeTable({ count: 2 });
  table.offer(ALICE, undefined);
  clock.advance(3_600_000);
  t.equal(show(table.offer(BOB, undefined)), "10.0.0.11", "a fresh address comes first");
  t.ok(table.mayHave(ALICE, START));
  t.equal(table.bind(ALICE, START).renewed, false);
  t.end();
});

await t.test("offers that nobody took are given to others, the oldest first", (t) => {
  const { table, clock } = makeTable();
  for (const key of [ALICE, BOB, CAROL]) {
    table.offer(key, undefined);
    clock.advance(1000);
  }
  table.offer(ALICE, undefined);
  clock.advance((OFFER_SECONDS + 1) * 1000);
  t.equal(show(table.offer(DAVE, undefined)), "10.0.0.11", "Bob's; Alice asked again");
  t.equal(show(table.offer(macNumber(1), undefined)), "10.0.0.12");
  t.equal(show(table.offer(macNumber(2), undefined)), "10.0.0.10");
  t.equal(table.offer(macNumber(3), undefined), undefined, "those are held now");
  t.end();
});

await t.test("a bound address is not taken away, however old", (t) => {
  const { table, clock } = makeTable({ count: 1 });
  take(table, ALICE);
  clock.advance(400 * 86_400 * 1000);
  t.equal(table.offer(BOB, undefined), undefined);
  t.end();
});

await t.test("a released address stays its machine's, which no longer holds it", (t) => {
  const { table } = makeTable({ count: 1 });
  take(table, ALICE);
  t.equal(table.release(ALICE, START), true);
  t.equal(table.holderOf(START), undefined);
  t.equal(table.offer(BOB, START), undefined);
  t.equal(take(table, ALICE), "10.0.0.10");
  t.equal(table.holderOf(START), ALICE);
  t.end();
});

await t.test("only the holder can release, and only once", (t) => {
  const { table } = makeTable();
  take(table, ALICE);
  table.offer(BOB, undefined);
  t.equal(table.release(BOB, START), false, "another's");
  t.equal(table.release(BOB, ip("10.0.0.11")), false, "one that was only offered");
  t.equal(table.release(CAROL, START), false, "who has none");
  t.equal(table.release(ALICE, ip("10.0.0.11")), false, "another than its own");
  t.equal(table.release(ALICE, START), true);
  t.equal(table.release(ALICE, START), false);
  t.end();
});

await t.test("a declined address is left alone for its time; the machine gets another", (t) => {
  const { table, clock } = makeTable({ count: 2 });
  take(table, ALICE);
  t.equal(table.decline(ALICE, START), true);
  t.equal(table.decline(ALICE, START), false, "it is no longer its");
  t.equal(table.holderOf(START), undefined);
  t.equal(take(table, ALICE, "10.0.0.10"), "10.0.0.11");
  t.notOk(table.mayHave(BOB, START));
  clock.advance(DECLINE_SECONDS * 1000 - 1);
  t.equal(take(table, BOB), undefined);
  clock.advance(1);
  t.equal(take(table, BOB), "10.0.0.10");
  t.equal(take(table, CAROL), undefined, "given once");
  t.end();
});

await t.test("an offered address can be declined too, by its machine only", (t) => {
  const { table } = makeTable();
  table.offer(ALICE, undefined);
  t.equal(table.decline(BOB, START), false);
  t.equal(table.decline(ALICE, ip("10.0.0.11")), false);
  t.equal(table.decline(ALICE, START), true);
  t.equal(show(table.offer(ALICE, undefined)), "10.0.0.11");
  t.end();
});

await t.test("declined addresses come back in the order they were declined", (t) => {
  const { table, clock } = makeTable();
  for (const key of [ALICE, BOB, CAROL]) take(table, key);
  for (const [key, address] of [
    [BOB, "10.0.0.11"],
    [ALICE, "10.0.0.10"],
  ] as const) {
    table.decline(key, ip(address));
    clock.advance(1000);
  }
  clock.advance(DECLINE_SECONDS * 1000);
  t.equal(take(table, DAVE), "10.0.0.11");
  t.equal(take(table, ALICE), "10.0.0.10");
  t.end();
});

await t.test("a machine that takes another server's offer gives ours back at once", (t) => {
  const { table } = makeTable({ count: 1 });
  table.offer(ALICE, undefined);
  table.withdraw(ALICE, START);
  t.equal(table.addressOf(ALICE), undefined);
  t.equal(take(table, BOB), "10.0.0.10");
  t.equal(take(table, ALICE), undefined);
  t.end();
});

await t.test("what a machine took is not withdrawn, and who has nothing loses nothing", (t) => {
  const { table } = makeTable();
  take(table, ALICE);
  table.withdraw(ALICE, START);
  t.equal(table.holderOf(START), ALICE);
  table.release(ALICE, START);
  table.withdraw(ALICE, START);
  t.equal(show(table.addressOf(ALICE)), "10.0.0.10", "also not what it gave back");
  table.withdraw(BOB, START);
  t.equal(table.addressOf(BOB), undefined);
  t.end();
});

await t.test("fresh addresses are given before those that came back", (t) => {
  const { table } = makeTable();
  table.offer(ALICE, undefined);
  table.withdraw(ALICE, START);
  t.equal(take(table, BOB), "10.0.0.11");
  t.equal(take(table, CAROL), "10.0.0.12");
  t.equal(take(table, DAVE), "10.0.0.10");
  t.end();
});
