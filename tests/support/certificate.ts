import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate for 127.0.0.1 that is its own authority, and its key: the files `NAME.pem` and `NAME.key`. */
export interface MadeCertificate {
  readonly paths: { readonly certificate: string; readonly key: string };
  readonly cert: string;
  readonly key: string;
}

/** Makes one with OpenSSL. @param folder that exists */
export function makeCertificate(folder: string, name: string): MadeCertificate {
  const paths = { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const names = ["-subj", "/CN=pybootd", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-out", paths.certificate, "-keyout", paths.key];
  execFileSync("openssl", [...made, ...names, ...files], { stdio: "ignore" });
  return { paths, cert: readFileSync(paths.certificate, "utf8"), key: readFileSync(paths.key, "utf8") };
}
