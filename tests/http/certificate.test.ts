import { join } from "node:path";
import t from "tap";
import { makeCertificate } from "../support/certificate.js";
import { complaintsOf, loadText } from "../support/configuration.js";

const POOL = "[bootpd]\npool_start = 192.168.1.100\n";

const FOLDER = t.testdir({ text: "no PEM" });
const { paths, cert, key } = makeCertificate(FOLDER, "server");

await t.test("a certificate and its key make it HTTPS, on port 443 where none is set", (t) => {
  const text = `${POOL}[httpd]\ncertificate = ${paths.certificate}\nkey = ${paths.key}`;
  const { certificate, settings } = loadText(t, text);
  t.strictSame(certificate, { cert, key });
  t.equal(settings.httpd.port, 443);
  t.equal(loadText(t, `${text}\nport = 8443`).settings.httpd.port, 8443);
  t.match(loadText(t, POOL), { certificate: undefined, settings: { httpd: { port: 80 } } });
  t.end();
});

await t.test("one without the other is an error", (t) => {
  t.strictSame(complaintsOf(t, `${POOL}[httpd]\ncertificate = ${paths.certificate}`), [
    "FILE:4 [httpd] key: expected a key too, for HTTPS, got a certificate alone",
  ]);
  t.strictSame(complaintsOf(t, `${POOL}[httpd]\nkey = ${paths.key}`), [
    "FILE:4 [httpd] certificate: expected a certificate too, for HTTPS, got a key alone",
  ]);
  t.end();
});

await t.test("what cannot be used is told before anything starts", (t) => {
  const other = makeCertificate(FOLDER, "other").paths;
  const text = join(FOLDER, "text");
  const complaints = (certificate: string, key: string): readonly string[] =>
    complaintsOf(t, `${POOL}[httpd]\ncertificate = ${certificate}\nkey = ${key}`);
  t.match(complaints("absent.pem", "absent.key"), [
    /^FILE:4 \[httpd\] certificate: expected a file that can be read, got ENOENT/,
    /^FILE:5 \[httpd\] key: expected a file that can be read, got ENOENT/,
  ]);
  t.match(complaints(text, paths.key), [/^FILE:4 \[httpd\] certificate: expected a certificate in PEM, got .+text \(/]);
  t.match(complaints(paths.certificate, text), [
    /^FILE:5 \[httpd\] key: expected a key in PEM without a passphrase, got/,
  ]);
  t.match(complaints(paths.certificate, other.key), [
    /^FILE:5 \[httpd\] key: expected the key of the certificate, got/,
  ]);
  t.end();
});
