import { chmodSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { findReader, missingPermissions, type Reader } from "../../lib/os/reader.js";

const TABLES = {
  passwd: "root:x:0:0:root:/root:/bin/bash\nboot:x:990:991::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n",
  group: "root:x:0:\nboot:x:991:\nimages:x:992:www,boot\n",
};

/** Somebody who owns nothing here. */
const STRANGER: Reader = { name: "stranger", uid: 4_000_000, gids: [4_000_000] };

await t.test("a user has its own group, and those that name it", (t) => {
  const boot = { name: "boot", uid: 990, gids: [991, 992] };
  t.strictSame(findReader(TABLES, "boot"), boot);
  t.strictSame(findReader(TABLES, "990"), boot);
  t.strictSame(findReader(TABLES, "boot", "images"), { ...boot, gids: [992] }, "or the one that it is given");
  t.strictSame(findReader(TABLES, "boot", "7"), { ...boot, gids: [7] });
  t.equal(findReader(TABLES, "boot", "nosuchgroup"), undefined);
  t.equal(findReader(TABLES, "somebody"), undefined);
  t.end();
});

/** Folders that let everybody in, with a file; only what is missing there counts, not what is around them. */
function makeTree(t: Test): {
  readonly folder: string;
  readonly missing: (name: string, reader?: Reader) => readonly string[];
} {
  const folder = t.testdir({ outer: { "images and more": { "boot.0": "" } } });
  for (const name of ["", "outer", "outer/images and more"]) chmodSync(join(folder, name), 0o755);
  chmodSync(join(folder, "outer/images and more/boot.0"), 0o644);
  return {
    folder,
    missing: (name, reader = STRANGER) =>
      missingPermissions(join(folder, name), reader)
        .filter((each) => each.includes(folder))
        .map((each) => each.replace(folder, "")),
  };
}

await t.test("a reader may enter all folders, list the last, and read a file", (t) => {
  const { folder, missing } = makeTree(t);
  const [images, file] = ["outer/images and more", "outer/images and more/boot.0"];
  t.strictSame(missing(file), []);
  t.strictSame(missing(images), []);
  chmodSync(join(folder, "outer"), 0o700);
  chmodSync(join(folder, images), 0o754);
  chmodSync(join(folder, file), 0o600);
  t.strictSame(missing("outer"), ["o+rx /outer"]);
  t.strictSame(missing(images), ["o+x /outer", "o+rx '/outer/images and more'"]);
  t.strictSame(missing(file), ["o+x /outer", "o+x '/outer/images and more'", "o+r '/outer/images and more/boot.0'"]);
  symlinkSync(join(folder, "outer"), join(folder, "linked"));
  t.strictSame(missing("linked"), ["o+rx /outer"], "what a link leads to");
  chmodSync(join(folder, "outer"), 0o755);
  t.end();
});

await t.test(
  "an owner goes by its own bits, a group by its; root by none; what is not there is another matter",
  (t) => {
    const { folder, missing } = makeTree(t);
    const { uid, gid } = statSync(folder);
    if (uid !== 0) {
      chmodSync(join(folder, "outer"), 0o077);
      t.strictSame(missing("outer", { name: "owner", uid, gids: [gid] }), ["u+rx /outer"]);
    }
    chmodSync(join(folder, "outer"), 0o707);
    t.strictSame(missing("outer", { ...STRANGER, gids: [1, gid] }), ["g+rx /outer"]);
    chmodSync(join(folder, "outer"), 0o700);
    t.strictSame(missing("outer", { name: "root", uid: 0, gids: [0] }), []);
    t.strictSame(missing("nowhere"), []);
    chmodSync(join(folder, "outer"), 0o755);
    t.end();
  },
);
