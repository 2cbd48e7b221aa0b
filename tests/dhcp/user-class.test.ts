import t from "tap";
import { ipxeFacts } from "../../lib/options/ipxe.js";
import { userClasses } from "../../lib/dhcp/user-class.js";

const classes = (hex: string): readonly string[] => userClasses(Buffer.from(hex, "hex"));
const text = (value: string): string => Buffer.from(value, "latin1").toString("hex");

await t.test("A67 option 77 is a list of texts with their lengths (RFC 3004)", (t) => {
  t.strictSame(classes(`04${text("iPXE")}`), ["iPXE"]);
  t.strictSame(classes(`04${text("iPXE")}03${text("lab")}`), ["iPXE", "lab"]);
  t.end();
});

await t.test("A67 where the lengths do not tile it, it is one raw text", (t) => {
  t.strictSame(classes(text("iPXE")), ["iPXE"], "as iPXE sends it");
  t.strictSame(classes(text("x;y;ztp")), ["x;y;ztp"], "as switches do");
  t.strictSame(classes(text("onie_vendor")), ["onie_vendor"]);
  t.strictSame(classes(`${text("iPXE")}00`), ["iPXE"], "with a NUL behind");
  t.strictSame(classes(`00${text("a")}`).length, 1, "an empty instance tiles nothing");
  t.strictSame(classes("05aabb").length, 1, "one that runs past the end");
  t.end();
});

await t.test("A67 an empty option names no class, and neither does one that is not there", (t) => {
  t.strictSame(classes(""), []);
  t.strictSame(userClasses(undefined), []);
  t.end();
});

await t.test("A76 option 175 tells what iPXE can do, and its version", (t) => {
  const { features, version } = ipxeFacts(Buffer.from("130101140100270101eb03011501b0010199", "hex"));
  t.strictSame([...features], ["http", "menu"], "a feature of value 0 is none");
  t.equal(version, "1.21.1");
  t.end();
});

await t.test("A76 a malformed option 175 tells nothing, and no less of iPXE", (t) => {
  for (const hex of ["", "13", "1305", "ff1301", "0000"]) {
    t.strictSame([...ipxeFacts(Buffer.from(hex, "hex")).features], [], hex);
  }
  t.end();
});
