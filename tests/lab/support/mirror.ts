/** A mirror of the lab: nginx that serves a folder by HTTP from one of its hosts. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "./host.js";
import type { Lab } from "./lab.js";
import type { LabProcess } from "./process.js";

function configuration(folder: string, root: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
user root;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr notice;
events { worker_connections 256; }
http {
  ${temporary.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join("\n  ")}
  default_type application/octet-stream;
  log_format lab '$request_method $uri $status $body_bytes_sent "$http_range" "$http_user_agent"';
  access_log ${folder}/access.log lab;
  server { listen 80; root ${root}; autoindex on; }
}
`;
}

export class Mirror {
  readonly #process: LabProcess;
  readonly #accessLog: string;

  private constructor(process: LabProcess, accessLog: string) {
    this.#process = process;
    this.#accessLog = accessLog;
  }

  /** Serves `root` (an absolute path) on port 80 of every address of `host`. Returns once nginx listens. */
  static async start(lab: Lab, host: Host, root: string): Promise<Mirror> {
    const folder = join(lab.directory, `nginx-on-${host.name}`);
    const path = join(folder, "nginx.conf");
    await mkdir(folder, { recursive: true });
    await writeFile(path, configuration(folder, root));
    const started = host.start("nginx", ["-p", folder, "-c", path]);
    // The sockets are bound before the first worker starts.
    await started.waitFor(/start worker process \d+/, 10);
    return new Mirror(started, join(folder, "access.log"));
  }

  /** Returns the requests so far, a line each: method, path, status, octets sent, "range", "user agent". */
  async requests(): Promise<readonly string[]> {
    return (await readFile(this.#accessLog, "utf8")).split("\n").filter((line) => line !== "");
  }

  /** Ends nginx; returns its exit code. */
  stop(): Promise<number> {
    return this.#process.stop("SIGTERM");
  }
}
