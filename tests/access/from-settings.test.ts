import t, { type Test } from "tap";
import type { AccessRequest, Verdict } from "../../lib/access/access.js";
import { makeAccess, rulesOf } from "../../lib/access/settings.js";
import { IdentifierList } from "../../lib/access/list.js";
import { IniHosts } from "../../lib/inventory/ini/ini-hosts.js";
import { macToInteger, type Mac } from "../../lib/net/mac.js";
import { loadText } from "../support/configuration.js";
import { mac, uuid } from "../support/values.js";
import { startWebServer } from "../support/web-server.js";
import { causeOf, told, type Told } from "../support/verdict.js";

const POOL = "[bootpd]\npool_start = 192.168.1.100\n";
const UUID = "12345678-abcd-ef00-1111-abcdefabcdef";

/** What a configuration says of a machine. */
async function judge(t: Test, text: string, changes: Partial<AccessRequest> = {}): Promise<Told> {
  const config = loadText(t, text);
  const { settings, file } = config;
  const isKnown = (mac: Mac): boolean => new IniHosts(settings, file).find({ mac, clientId: undefined }) !== undefined;
  const verdict = await makeAccess(config, isKnown).judge({
    mac: mac("52-54-00-00-00-01"),
    uuid: uuid(UUID),
    stage: "firmware",
    entering: true,
    address: undefined,
    ...changes,
  });
  return told(verdict);
}

await t.test("without access everybody may, whatever the lists say", async (t) => {
  t.match(await judge(t, `${POOL}[mac]\n52-54-00-00-00-01 = disable`), { granted: true });
});

await t.test(
  "access = mac goes by [mac], and lets machines with a reserved address in unless it says otherwise",
  async (t) => {
    const lines = [`${POOL}access = mac`, "[mac]", "1C-69-7A/24 = enable", "52-54-00-00-00-02 = disable"];
    const reserved = ["[static_dhcp]", "52-54-00-00-00-01 = 192.168.1.20", "52-54-00-00-00-02 = 192.168.1.21"];
    const text = [...lines, ...reserved].join("\n");
    const cases = {
      "52-54-00-00-00-01": true,
      "52-54-00-00-00-02": false,
      "1C-69-7A-00-00-01": true,
      "52-54-00-00-00-03": false,
    };
    for (const [address, granted] of Object.entries(cases)) {
      t.equal((await judge(t, text, { mac: mac(address) })).granted, granted, address);
    }
    t.equal((await judge(t, lines.join("\n"))).granted, false, "without a reserved address");
  },
);

await t.test("access = uuid goes by [uuid], not by reserved addresses", async (t) => {
  const text = `${POOL}access = uuid\n[uuid]\n${UUID} = yes\n[static_dhcp]\n52-54-00-00-00-01 = 192.168.1.20`;
  t.match(await judge(t, text), { granted: true });
  t.match(await judge(t, text, { uuid: undefined }), { granted: false });
});

await t.test("access = http asks as [http] says, as long as [bootpd] timeout where [http] has none", async (t) => {
  const server = await startWebServer(t, ({ url = "" }, response) => {
    if (url.startsWith("/slow")) return;
    response.end("Client: Tester-001\n");
  });
  const http = `access = http\n[http]\nlocation = 127.0.0.1:${server.port}/base\npxe = /boot.cgi\ndhcp = os`;
  t.match(await judge(t, `${POOL}${http}`), { granted: true, hostName: "Tester-001" });
  t.match(await judge(t, `${POOL}${http}`, { stage: "system" }), { granted: true });
  t.match(await judge(t, `${POOL}${http}\nalways_check = yes`, { entering: false }), { granted: true });
  t.strictSame(
    server.requests.map(({ target }) => target.split("?")[0]),
    ["/base/boot.cgi", "/base/os", "/base/boot.cgi"],
  );
  const slow = http.replace("/base", "/slow");
  t.match(await judge(t, `${POOL}timeout = 0.1\n${slow}`), { granted: false, reason: /no answer within 0\.1 s/ });
  t.match(await judge(t, `${POOL}timeout = 60\n${slow}\ntimeout = 0.1`), { reason: /no answer within 0\.1 s/ });
});

await t.test("a section of identifiers makes rules in its order", (t) => {
  const { settings } = loadText(t, `${POOL}[buggy_clients]\n1C-69-7A-00-00-01 = no\n1C-69-7A/24 = yes`);
  const list = new IdentifierList(rulesOf(settings.buggy_clients, "pybootd.ini"));
  t.equal(list.find(macToInteger(mac("1C-69-7A-00-00-01")))?.allow, false);
  t.equal(list.find(macToInteger(mac("1C-69-7A-00-00-02")))?.allow, true);
  t.end();
});

await t.test("who is refused by a list is refused by the line that says so, or by the section", (t) => {
  const config = loadText(t, `${POOL}access = mac\n[mac]\n52-54-00-00-00-02 = disable\n1C-69-7A/24 = enable`);
  const policy = makeAccess(config, () => false);
  const causeFor = (text: string): unknown => {
    const facts = { uuid: undefined, stage: "firmware", entering: true, address: undefined } as const;
    return causeOf(policy.judge({ mac: mac(text), ...facts }) as Verdict);
  };
  const { file: source } = config;
  t.strictSame(causeFor("52-54-00-00-00-02"), {
    code: "listed-disabled",
    list: "mac",
    identifier: "52:54:00:00:00:02",
    where: { source, line: 5 },
  });
  t.strictSame(causeFor("52-54-00-00-00-03"), {
    code: "not-listed",
    list: "mac",
    identifier: "52:54:00:00:00:03",
    where: { source, line: 4 },
  });
  t.end();
});
