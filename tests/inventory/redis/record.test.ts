/** The keys of api-dhcpd as machines. */

import t from "tap";
import { parseGoDuration } from "../../../lib/inventory/redis/go-duration.js";
import { RedisRecords, type ReadKey } from "../../../lib/inventory/redis/records.js";
import { describeOrigins } from "../../../lib/inventory/host.js";
import { RedisError } from "../../../lib/redis/error.js";
import { ip, mac } from "../../support/values.js";

function hash(fields: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(fields));
}

function keys(
  some: Readonly<Record<string, Readonly<Record<string, string>> | RedisError | undefined>>,
): ReadonlyMap<string, ReadKey> {
  return new Map(
    Object.entries(some).map(([key, read]) => [
      key,
      read === undefined || read instanceof RedisError ? read : hash(read),
    ]),
  );
}

const LAB = {
  "lease-time": "1h30m",
  gateway: "10.9.0.1",
  broadcast: "10.9.0.255",
  dns: "10.9.0.2, 10.9.0.3",
  domain: "lab.example,example",
  ntp: "10.9.0.4",
  prefix: "24",
};
const ONE = "mac:52:54:00:00:00:01";
const TWO = "mac:52:54:00:00:00:02";

await t.test("times are those of Go", (t) => {
  const times: readonly (readonly [string, number | undefined])[] = [
    ["24h", 86400],
    ["1h30m", 5400],
    ["1.5h", 5400],
    [".5m", 30],
    ["90s", 90],
    ["1500ms", 1.5],
    ["24", undefined],
    ["", undefined],
    ["1d", undefined],
    ["-1h", undefined],
    ["0", undefined],
    ["0s", undefined],
    ["1 h", undefined],
    ["1..5h", undefined],
  ];
  for (const [text, seconds] of times) t.equal(parseGoDuration(text), seconds, text);
  t.end();
});

await t.test("a machine has its address and host name, and the options of its group", (t) => {
  const records = new RedisRecords("redis://r:6379/0");
  const { set, problems } = records.read(
    keys({
      [ONE]: { ip: "10.9.0.11", hostname: "one", description: "first", group: "lab", ts: "1760000000", dynamic: "1" },
      [TWO]: { ip: "10.9.0.12" },
      "group:lab": LAB,
      "group:default": { "lease-time": "24h" },
    }),
  );
  t.strictSame(problems, []);
  const [one, two] = set;
  t.match(one, {
    id: ONE,
    host: {
      macs: [mac("52-54-00-00-00-01")],
      address: ip("10.9.0.11"),
      hostName: "one",
      facts: {
        leaseSeconds: 5400,
        router: ip("10.9.0.1"),
        dns: [ip("10.9.0.2"), ip("10.9.0.3")],
        domainSearch: ["lab.example", "example"],
        ntp: [ip("10.9.0.4")],
        mask: ip("255.255.255.0"),
        broadcast: undefined,
      },
    },
  });
  t.match(two, { id: TWO, host: { hostName: undefined, facts: { leaseSeconds: 86400 } } });
  t.equal(one === undefined ? "" : describeOrigins(one.host), `redis://r:6379/0 ${ONE}`);
  t.end();
});

await t.test("a change gives the machines that it concerns, and no others", (t) => {
  const records = new RedisRecords("r");
  records.read(keys({ [ONE]: { ip: "10.9.0.11", group: "lab" }, [TWO]: { ip: "10.9.0.12" } }));
  const idsOf = (read: ReadonlyMap<string, ReadKey>): unknown => {
    const { members, ...changes } = records.read(read);
    const all = [changes, records.refresh(members)];
    return [all.flatMap(({ set }) => set.map(({ id }) => id)), all.flatMap(({ gone }) => gone.map(({ id }) => id))];
  };
  t.strictSame(idsOf(keys({ "group:lab": LAB })), [[ONE], []]);
  t.strictSame(idsOf(keys({ "group:default": { ntp: "10.9.0.4" } })), [[TWO], []]);
  t.strictSame(idsOf(keys({ [ONE]: { ip: "10.9.0.11", group: "lab", ts: "1", description: "new" } })), [[], []]);
  t.strictSame(idsOf(keys({ [ONE]: { ip: "10.9.0.11", group: "" } })), [[ONE], []]);
  t.strictSame(idsOf(keys({ "group:lab": undefined, [TWO]: undefined })), [[], [TWO]]);
  t.strictSame(
    [...records.entries()].map(({ id }) => id),
    [ONE],
  );
  t.end();
});

await t.test("what is wrong is told with its key once, and leaves all others alone", (t) => {
  const records = new RedisRecords("r");
  const wrong = keys({
    [ONE]: { ip: "10.9.0.11", group: "lab" },
    [TWO]: new RedisError("WRONGTYPE Operation against a key holding the wrong kind of value", "WRONGTYPE"),
    "mac:52:54:00:00:00:03": { ip: "10.9.0.300" },
    "mac:52:54:00": { ip: "10.9.0.13" },
    "mac:52:54:00:00:00:04": { ip: "10.9.0.14", hostname: "under_score" },
    "client:": { ip: "10.9.0.15" },
    "group:lab": { ...LAB, prefix: "x", "lease-time": "24" },
  });
  const { set, problems } = records.read(wrong);
  t.match(problems.map(({ key, reason }) => `${key} ${reason}`).sort(), [
    /^client: expected client: and a host name/,
    /^group:lab lease-time: expected a time with its unit such as 24h .*got "24"/,
    /^group:lab prefix: expected the length .*got "x"/,
    /^mac:52:54:00 expected mac: and a MAC address/,
    /^mac:52:54:00:00:00:02 expected a hash: WRONGTYPE/,
    /^mac:52:54:00:00:00:03 ip: expected .*got "10.9.0.300"/,
    /^mac:52:54:00:00:00:04 hostname: expected .*got "under_score"/,
  ]);
  t.strictSame(set.map(({ id }) => id).sort(), [ONE, "mac:52:54:00:00:00:04"]);
  t.match(set[0], { host: { facts: { router: ip("10.9.0.1"), mask: undefined, leaseSeconds: undefined } } });
  t.strictSame(records.read(wrong), { set: [], gone: [], problems: [], members: [ONE] });
  t.strictSame([...records.keys()].sort(), [...wrong.keys()].sort());
  t.match(records.read(keys({ [TWO]: { ip: "10.9.0.12" } })), { set: [{ id: TWO }], problems: [] });
  t.match(records.read(keys({ [TWO]: { ip: "x" } })), { gone: [{ id: TWO }], problems: [{ key: TWO }] });
  t.end();
});

await t.test("client: is the host name that a machine sends; it is kept by an identifier of type 0", (t) => {
  const records = new RedisRecords("r");
  const { set } = records.read(keys({ "client:node-1": { ip: "10.9.0.21", hostname: "one" } }));
  t.match(set, [{ id: "client:node-1", host: { macs: [], clientId: "id:006e6f64652d31", address: ip("10.9.0.21") } }]);
  t.end();
});

await t.test("of two spellings of a MAC address that of api-dhcpd counts first", (t) => {
  const records = new RedisRecords("r");
  const { set } = records.read(
    keys({ "mac:52-54-00-00-00-0A": { ip: "10.9.0.1" }, "mac:52:54:00:00:00:0a": { ip: "10.9.0.2" } }),
  );
  t.strictSame(
    set.map(({ id, place }) => [id, place]),
    [
      ["mac:52-54-00-00-00-0A", 1],
      ["mac:52:54:00:00:00:0a", 0],
    ],
  );
  t.end();
});
