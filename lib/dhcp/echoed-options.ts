import { MessageType, type Message } from "./message.js";
import { Code } from "../options/registry.js";

const ECHOED = [Code.clientIdentifier, Code.subnetSelection, Code.relayAgentInformation] as const;

/**
 * What goes back as it came: the client identifier (RFC 6842 3), the subnet that the client selected (RFC 3011 2), and
 * the relay agent's notes last of all (RFC 3046 2.2).
 *
 * @param type the reply's; undefined for BOOTP's, in which nothing does
 * @returns codes and values, in the order in which they go out
 */
export function echoedOptions(request: Message, type: number | undefined): readonly (readonly [number, Buffer])[] {
  if (type === undefined) return [];
  const echoed: [number, Buffer][] = [];
  for (const code of ECHOED) {
    const value = request.options.get(code);
    if (value !== undefined && goesBack(code, value, type)) echoed.push([code, value]);
  }
  return echoed;
}

/** What is no address selects no subnet, and is nothing to send. */
function goesBack(code: (typeof ECHOED)[number], { length }: Buffer, type: number): boolean {
  if (code === Code.subnetSelection) return length === 4 && type !== MessageType.nak;
  return length > 0 && length <= 255;
}
