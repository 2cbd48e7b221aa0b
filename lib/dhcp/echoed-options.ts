import { MessageType, type Message } from "./message.js";
import { Code } from "../options/codes.js";

const ECHOED = [Code.clientIdentifier, Code.subnetSelection, Code.relayAgentInformation] as const;

/**
 * Returns the options that a reply echoes: the client identifier (RFC 6842 3), the subnet selected by the client (RFC
 * 3011 2), and last the relay agent information (RFC 3046 2.2).
 *
 * @param type the reply's; undefined for a BOOTP reply, which echoes nothing
 * @returns codes and values, in sending order
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

/** Whether an option is echoed. A subnet selection that is no address selects nothing. */
function goesBack(code: (typeof ECHOED)[number], { length }: Buffer, type: number): boolean {
  if (code === Code.subnetSelection) return length === 4 && type !== MessageType.nak;
  return length > 0 && length <= 255;
}
