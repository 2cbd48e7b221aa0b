/** Who may boot, where an authority takes its time to say so, and what it says of a machine. */

import t from "tap";
import type { AccessPolicy, AccessRequest, Verdict } from "../../lib/access/access.js";
import { DhcpBench, POOL_START, PXE } from "../support/dhcp-bench.js";
import { MAC, text } from "../support/dhcp-packet.js";
import { Refusal } from "../../lib/common/refusal.js";

const OTHER = "52:54:00:aa:cc:01";
const UUID = "12345678-abcd-ef00-1111-abcdefabcdef";
const asks = (...codes: number[]): readonly [number, string] => [55, Buffer.from(codes).toString("hex")];

/** An authority that answers when the test does. */
class SlowAccess implements AccessPolicy {
  readonly asked: AccessRequest[] = [];
  readonly #answers: ((verdict: Verdict) => void)[] = [];
  readonly #failures: ((error: Error) => void)[] = [];

  judge(request: AccessRequest): Promise<Verdict> {
    this.asked.push(request);
    return new Promise((resolve, reject) => {
      this.#answers.push(resolve);
      this.#failures.push(reject);
    });
  }

  /** Answers question `index`; what follows from it has happened when this resolves. */
  async answer(index: number, verdict: Verdict = { granted: true }): Promise<void> {
    this.#answers[index]?.(verdict);
    await turn();
  }

  async fail(index: number, error: Error): Promise<void> {
    this.#failures[index]?.(error);
    await turn();
  }
}

/** Lets all that is settled go on. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const REFUSED = new Refusal({ code: "no-uuid" } as const);

await t.test("a machine waits for its authority, and nobody else does", async (t) => {
  const access = new SlowAccess();
  const bench = await DhcpBench.start({ access });
  t.equal(bench.discover(PXE, { xid: 1 }), undefined);
  t.equal(bench.discover(PXE, { xid: 2, chaddr: OTHER }), undefined);
  await access.answer(1);
  t.match(bench.answers(), [{ xid: 2, yiaddr: "192.168.7.100" }], "the second one need not wait for the first");
  await access.answer(0);
  t.match(bench.answers(), [{ xid: 1, yiaddr: "192.168.7.101" }]);
});

await t.test("a request that is repeated meanwhile is not asked about again, nor answered twice", async (t) => {
  const access = new SlowAccess();
  const bench = await DhcpBench.start({ access });
  for (let repetition = 0; repetition < 5; repetition++) bench.discover(PXE);
  t.equal(access.asked.length, 1);
  await access.answer(0);
  t.equal(bench.answers().length, 1);
  bench.discover(PXE);
  t.equal(access.asked.length, 2, "after that it is");
  await access.answer(1);
  t.equal(bench.answers().length, 1);
});

await t.test("the authority is told what is known of the machine, and whether it enters a stage", async (t) => {
  const asked: AccessRequest[] = [];
  const judge = (request: AccessRequest): Verdict => {
    asked.push(request);
    return { granted: true };
  };
  const bench = await DhcpBench.start({ access: { judge } });
  bench.obtain(PXE);
  bench.obtain();
  const common = { mac: MAC, uuid: UUID };
  t.match(asked, [
    { ...common, stage: "firmware", entering: true, address: undefined },
    { ...common, stage: "firmware", entering: false },
    { ...common, stage: "firmware", entering: false },
    { ...common, stage: "system", entering: true },
  ]);
});

await t.test("a machine that is refused gets no answer, and the log says why", async (t) => {
  const cause = { code: "not-listed", list: "mac", identifier: MAC, where: undefined } as const;
  const access = { judge: () => new Refusal(cause) };
  const bench = await DhcpBench.start({ access });
  t.equal(bench.discover(PXE), undefined);
  t.match(bench.log(), [/: ignored PXE firmware, .*: MAC \S+ is not in \[mac\]$/]);
});

await t.test("after a refusal a machine has to begin anew", async (t) => {
  let granted = true;
  const bench = await DhcpBench.start({ access: { judge: () => (granted ? { granted } : REFUSED) } });
  bench.obtain(PXE);
  granted = false;
  t.equal(bench.discover(PXE), undefined);
  granted = true;
  t.equal(bench.discover(), undefined, "its system is not served, though it was seen to boot before");
  t.match(bench.log().at(-1), /it was not seen to boot by PXE first/);
  t.equal(bench.obtain(PXE), POOL_START);
  t.equal(bench.obtain(), POOL_START);
});

await t.test("the host name and boot file that an authority named go to the machine, in both stages", async (t) => {
  const judge = ({ entering, stage }: AccessRequest): Verdict =>
    entering && stage === "firmware" ? { granted: true, hostName: "node7", file: "special.0" } : { granted: true };
  const bench = await DhcpBench.start({ access: { judge } });
  const wishes = [...PXE, asks(12, 67)];
  const offer = bench.discover(wishes);
  t.equal(offer?.options.get(12), text("node7"));
  t.equal(offer?.options.get(67), text("special.0"));
  t.equal(offer?.file, "special.0");
  t.equal(bench.request(POOL_START, wishes)?.file, "special.0");
  t.equal(bench.discover([asks(12)])?.options.get(12), text("node7"));
  t.equal(bench.request(POOL_START, [asks(12)])?.options.get(12), text("node7"));
  t.match(bench.log()[0], /boot file special\.0$/);
});

await t.test("a file that an authority named once is not the machine's for ever", async (t) => {
  let file: string | undefined = "special.0";
  const bench = await DhcpBench.start({ access: { judge: () => ({ granted: true, file }) } });
  bench.obtain(PXE);
  bench.obtain();
  file = undefined;
  t.equal(bench.discover(PXE)?.file, "pxelinux.0", "when the machine boots again, [bootfile] counts");
});

await t.test("an authority that breaks down is an event, and others are served on", async (t) => {
  const access = new SlowAccess();
  const bench = await DhcpBench.start({ access });
  bench.discover(PXE);
  await access.fail(0, new Error("it is on fire"));
  t.match(bench.events, [{ kind: "failed", where: "answering a DHCP request", error: { message: "it is on fire" } }]);
  bench.discover(PXE);
  t.equal(access.asked.length, 2, "the machine may ask again");
  await access.answer(1);
  t.match(bench.answers(), [{ yiaddr: POOL_START }]);
});

await t.test("a machine whose verdict comes after stop gets no answer, and nothing breaks", async (t) => {
  const access = new SlowAccess();
  const bench = await DhcpBench.start({ access });
  bench.discover(PXE);
  bench.server.stop();
  await access.answer(0);
  t.strictSame(bench.answers(), []);
  t.notOk(bench.events.some(({ kind }) => kind === "failed"));
});
