import { get } from "node:http";
import type { Clock } from "../common/clock.js";
import { formatIpv4 } from "../net/ipv4.js";
import type { Endpoint } from "../os/udp.js";

/**
 * Milliseconds until an answer is late. Two late answers to questions a second apart are noticed before a client asks for
 * the second time, three to five seconds after the first (RFC 2131 4.1).
 */
const LATE_MILLISECONDS = 600;

/**
 * Asks `GET /ping` of a master.
 *
 * @throws why the master does not serve: it cannot be reached, is late, or answers with another status than 200
 */
export function pingMaster({ address, port }: Endpoint, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    // Each question takes a connection of its own: an open one may outlive the way to the master.
    const request = get({ host: formatIpv4(address), port, path: "/ping", agent: false }, (response) => {
      response.resume();
      // The status counts; its body may end as it likes.
      response.on("error", () => undefined);
      end(response.statusCode === 200 ? undefined : new Error(`it answers ${response.statusCode ?? "nothing"}`));
      request.destroy();
    });
    const cancel = clock.after(LATE_MILLISECONDS, () => {
      // The answer may wait in the socket where this process was late itself.
      clock.afterInput(() => {
        end(new Error(`no answer within ${LATE_MILLISECONDS} ms`));
        request.destroy();
      });
    });
    const end = (trouble: Error | undefined): void => {
      cancel();
      if (trouble === undefined) resolve();
      else reject(trouble);
    };
    request.on("error", end);
  });
}
