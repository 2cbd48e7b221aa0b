import t from "tap";
import { CSV_HEADER, formatCsv, parseCsv } from "../../../lib/leases/import/csv.js";
import { makeLease, makeLeases, makeName, sampleLeases, summaryOf } from "../../support/leases.js";
import { SeededRandom } from "../../support/random.js";
import { clientId, ip, mac } from "../../support/values.js";

const ROW = "10.0.0.1,52:54:00:00:00:01,,bound,2026-11-21T12:00:00.000Z,2026-11-22T12:00:00.000Z,";

/** What a table of these lines is read as. */
function parseRows(...rows: readonly string[]) {
  return parseCsv([CSV_HEADER, ...rows].join("\n"));
}

/** The host name's cell of a lease, as it is written. */
function cellOf(hostName: string): string | undefined {
  return formatCsv([makeLease({ hostName })])
    .split("\n")[1]
    ?.slice(ROW.length);
}

await t.test("what is written is read back unchanged", (t) => {
  const random = new SeededRandom(7);
  for (let round = 0; round < 200; round++) {
    const leases = makeLeases(random, random.below(30));
    const text = formatCsv(leases);
    if (!t.strictSame(parseCsv(text), { leases, problems: [] }, `round ${round}: ${JSON.stringify(text)}`)) break;
    if (!t.equal(text.split("\n").length, leases.length + 2, "each lease is one line")) break;
  }
  t.end();
});

await t.test("the sample is read, and written as it was", (t) => {
  const text = sampleLeases("leases.csv");
  const { leases, problems } = parseCsv(text);
  t.strictSame(problems, []);
  t.strictSame(summaryOf(leases), [
    "192.168.77.100 bound",
    "192.168.77.101 bound",
    "192.168.77.102 released",
    "192.168.77.103 declined",
  ]);
  t.match(leases[0], { key: "id:01525400770001", mac: mac("525400770001"), ends: Infinity, hostName: "build-01" });
  t.match(leases[1], { key: "52:54:00:77:00:02", starts: Date.UTC(2026, 10, 21, 15, 41, 40), hostName: undefined });
  t.match(leases[2], { hostName: "=cmd|x" });
  t.match(leases[3], { hostName: 'Büro, "West" \x1b[31m' });
  t.equal(formatCsv(leases), text);
  t.end();
});

await t.test("no lease is a line of titles", (t) => {
  t.equal(formatCsv([]), "address,mac,client_id,state,starts,ends,host_name\n");
  t.strictSame(parseCsv(formatCsv([])), { leases: [], problems: [] });
  t.end();
});

await t.test("host names are harmless for a spreadsheet, and come back", (t) => {
  const cells = [
    ["pc", "pc"],
    ["", "'"],
    ["'", "''"],
    ["=1+1", "'=1+1"],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    [" =1", `"' =1"`],
    ["＝1", "'＝1"],
    ["\t=1", "\\u0009=1"],
    ["a;=1", "a\\u003b=1"],
    ["a,b", '"a,b"'],
    ['=a"b', `"'=a""b"`],
    ["a\r\nb", "a\\u000d\\u000ab"],
    ["\\u000a", "\\\\u000a"],
    ["\x1b]0;x\x07\x9b\u202e", "\\u001b]0\\u003bx\\u0007\\u009b\\u202e"],
    ["\ud800", "\\ud800"],
    ["Büro 😀", '"Büro 😀"'],
  ] as const;
  for (const [hostName, cell] of cells) {
    t.equal(cellOf(hostName), cell, JSON.stringify(hostName));
    t.strictSame(parseRows(ROW + cell).leases, [makeLease({ hostName })]);
  }
  const random = new SeededRandom(3);
  const written = Array.from({ length: 3000 }, () => cellOf(makeName(random)) ?? "");
  t.strictSame(
    written.filter((cell) => /^"?\s*[=+\-@]|[;\p{Cc}\p{Cf}\p{Cs}\u2028]/u.test(cell)),
    [],
  );
  t.end();
});

await t.test("reads what people and spreadsheets make of it", (t) => {
  const lease = makeLease({ key: clientId("id:0152540000"), hostName: "pc" });
  const plain = `10.0.0.1,52-54-00-00-00-01,01:52:54:00:00,bound,2026-11-21T12:00:00Z,2026-11-22T12:00:00.0Z,pc`;
  for (const [text, why] of [
    [`${CSV_HEADER}\n${plain}`, "no line feed at the end, other ways to write octets"],
    [`\uFEFF${CSV_HEADER}\r\n${plain}\r\n`, "a byte order mark, RFC 4180's ends of lines"],
    [`"${CSV_HEADER.replaceAll(",", '","')}"\n"${plain.replaceAll(",", '","')}"\n`, "quotes everywhere"],
    [`${CSV_HEADER.toUpperCase().replaceAll(",", " ,")}\n\n${plain.replaceAll(",01:52", " , 01:52")}\n \n`, "spaces"],
    [`${CSV_HEADER}\n${plain.replace("01:52:54:00:00", "0152540000")}`, "a bare identifier"],
  ] as const) {
    t.strictSame(parseCsv(text), { leases: [lease], problems: [] }, why);
  }
  t.strictSame(parseRows(`${ROW}\\q \\u12 C:\\x`).leases[0]?.hostName, "\\q \\u12 C:\\x", "a backslash of a person's");
  t.end();
});

await t.test("D10 says what it cannot read and where, and reads the rest", (t) => {
  const good = ROW.replace("10.0.0.1,", "10.0.0.2,");
  const cases = [
    ["10.0.0.1", "7 cells, not 1", '"10.0.0.1"'],
    [`${ROW},`, "7 cells, not 8", undefined],
    [`${ROW}"a`, 'cells that begin with a " to end with one, on the same line', undefined],
    [`${ROW}"a"b`, 'cells that begin with a " to end with one, on the same line', undefined],
    [ROW.replace("10.0.0.1", "10.0.0.300"), "an IPv4 address that a machine can have as address", '"10.0.0.300"'],
    [ROW.replace("10.0.0.1", "255.255.255.255"), "an IPv4 address that a machine can have as address", undefined],
    [ROW.replace("52:54", "5x:54"), "a hardware address as mac", '"5x:54:00:00:00:01"'],
    [ROW.replace("52:54", "52:54:".repeat(8) + "1"), "a hardware address as mac", undefined],
    [ROW.replace(",,", ",01,"), "nothing or 2 to 255 octets in hexadecimal as client_id", '"01"'],
    [ROW.replace(",,", `,${"ab".repeat(256)},`), "nothing or 2 to 255 octets in hexadecimal as client_id", undefined],
    [ROW.replace("52:54:00:00:00:01", ""), "a mac or a client_id", undefined],
    [ROW.replace("bound", "Bound"), "bound, released, declined as state", '"Bound"'],
    [ROW.replace("11-21", "02-30"), "a time as 2026-11-21T15:23:50Z as starts", '"2026-02-30T12:00:00.000Z"'],
    [ROW.replace("2026-11-21T12:00:00.000Z", "never"), "a time as 2026-11-21T15:23:50Z as starts", '"never"'],
    [ROW.replace("2026-11-22T", "1969-11-22T"), "a time as 2026-11-21T15:23:50Z or never as ends", undefined],
    [ROW.replace("2026-11-22T", "22.11.2026 "), "a time as 2026-11-21T15:23:50Z or never as ends", undefined],
  ] as const;
  for (const [line, expected, got] of cases) {
    const { leases, problems } = parseRows(good, line, good.replace("10.0.0.2", "10.0.0.3"));
    t.strictSame(summaryOf(leases), ["10.0.0.2 bound", "10.0.0.3 bound"], expected);
    t.match(problems, [{ line: 3, expected, ...(got === undefined ? {} : { got }) }]);
    t.equal(problems.length, 1);
  }
  t.equal(parseRows(ROW.replace("bound", "b").replace("10.0.0.1", "x")).problems.length, 2, "all that is wrong");
  t.end();
});

await t.test("what it cannot read is quoted within bounds", (t) => {
  const [problem] = parseRows("\x1b\u202e".repeat(1000)).problems;
  t.match(problem?.got, /^"(?:\\u001b\\u202e){30}…"$/);
  t.end();
});

await t.test("of an address that is there twice the last is taken, and that is a problem", (t) => {
  const { leases, problems } = parseRows(ROW, `${ROW}b`, `${ROW}c`);
  t.strictSame(leases, [makeLease({ hostName: "c" })]);
  t.strictSame(problems, [
    { line: 3, expected: "each address once", got: "the first is at line 2" },
    { line: 4, expected: "each address once", got: "the first is at line 2" },
  ]);
  t.end();
});

await t.test("a text with other columns is no such table", (t) => {
  for (const text of ["", "a,b\n", CSV_HEADER.replaceAll(",", ";"), `${CSV_HEADER},x`]) {
    const { leases, problems } = parseCsv(text);
    t.strictSame(leases, []);
    t.match(problems, [{ line: 1, expected: `the columns ${CSV_HEADER}` }]);
  }
  t.end();
});

await t.test("a time that is none is not written", (t) => {
  t.throws(() => formatCsv([makeLease({ address: ip("10.0.0.9"), ends: NaN })]), RangeError);
  t.end();
});
