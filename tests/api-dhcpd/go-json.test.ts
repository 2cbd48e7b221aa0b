/** Bodies and answers as Go's encoding/json reads and writes them: tests/fixtures/api-dhcpd/go-json.json. */

import { readFileSync } from "node:fs";
import t from "tap";
import { formatAnswer, type Answer } from "../../lib/api-dhcpd/answer.js";
import { readQuery } from "../../lib/api-dhcpd/query.js";

/**
 * What a handler of Go 1.26 answered, made of json.Unmarshal and json.Encoder as api-dhcpd's. Left out are fields that
 * occur twice with a wrong type or `null` among them, and cut UTF-8 of several octets, of which Go counts each.
 */
interface Vector {
  /** In Base64. */
  readonly body: string;
  readonly status: number;
  /** An object of `mac`, `client`, `leasetime` and `slave`; empty where the status is 400. */
  readonly answer: string;
}

const vectors = JSON.parse(
  readFileSync(new URL("../../../tests/fixtures/api-dhcpd/go-json.json", import.meta.url), "utf8"),
) as readonly Vector[];

const NOTHING: Answer = {
  mac: "",
  client: "",
  hostname: "",
  ip: "",
  gateway: "",
  netmask: "",
  broadcast: "",
  prefix: "",
  dns: "",
  domain: "",
  ntp: "",
  leaseSeconds: 86400,
  description: "",
  method: "Dynamic",
};

/** The fields between `client` and `leasetime`, and the two before `slave`, of an answer that says nothing. */
const MIDDLE =
  '"hostname":"","ip":"","gateway":"","netmask":"","broadcast":"","prefix":"","dns":"","domain":"","ntp":"",';
const LAST = '"description":"","method":"Dynamic",';

await t.test("reads every body, and writes every text, as Go does", (t) => {
  t.ok(vectors.length > 30);
  for (const { body, status, answer } of vectors) {
    const octets = Buffer.from(body, "base64");
    const query = readQuery(octets);
    const name = JSON.stringify(octets.toString("latin1"));
    t.equal(query === undefined ? 400 : 200, status, name);
    if (query === undefined) continue;
    const written = formatAnswer({ ...NOTHING, ...query });
    t.equal(written.replace(MIDDLE, "").replace(LAST, ""), answer, name);
  }
  t.end();
});

await t.test("writes the fields in api-dhcpd's order, and the lease time in nanoseconds", (t) => {
  const answer: Answer = {
    mac: "52:54:00:00:00:01",
    client: "web1",
    hostname: "web1.example.org",
    ip: "10.0.0.5",
    gateway: "10.0.0.1",
    netmask: "255.255.255.0",
    broadcast: "10.0.0.255",
    prefix: "24",
    dns: "10.0.0.2,10.0.0.3",
    domain: "example.org,example.net",
    ntp: "10.0.0.4",
    leaseSeconds: 86400,
    description: "rack 1 & 2",
    method: "ByClientID",
  };
  t.equal(
    formatAnswer(answer),
    '{"mac":"52:54:00:00:00:01","client":"web1","hostname":"web1.example.org","ip":"10.0.0.5",' +
      '"gateway":"10.0.0.1","netmask":"255.255.255.0","broadcast":"10.0.0.255","prefix":"24",' +
      '"dns":"10.0.0.2,10.0.0.3","domain":"example.org,example.net","ntp":"10.0.0.4",' +
      '"leasetime":86400000000000,"description":"rack 1 \\u0026 2","method":"ByClientID","slave":false}\n',
  );
  const leaseTimeOf = (leaseSeconds: number): string =>
    /"leasetime":([0-9]+)/.exec(formatAnswer({ ...answer, leaseSeconds }))?.[1] ?? "";
  t.equal(leaseTimeOf(0), "0");
  t.equal(leaseTimeOf(2.5), "2000000000");
  t.equal(leaseTimeOf(Infinity), "4294967295000000000", "what DHCP sends for ever, and Go's duration can hold");
  t.end();
});
