import { describeEntries, type EntryPlace } from "../../config/origin.js";
import type { CauseOf, NoFacts, Sentences } from "./cause.js";

/** A MAC address or a UUID, and the list that it is looked up in. */
interface Listed {
  list: "mac" | "uuid";
  identifier: string;
}

/** The facts of each cause by which a machine may not boot. */
export interface AccessCauseFacts {
  /** No entry of the list applies; `where` is the section. */
  "not-listed": Listed & { where: EntryPlace | undefined };
  /** The entry at `where` denies it. */
  "listed-disabled": Listed & { where: EntryPlace | undefined };
  /** The lists of UUIDs cannot tell about a machine that sends none. */
  "no-uuid": NoFacts;
  /** The host entry at these places disables it. */
  disabled: { where: readonly EntryPlace[] };
  /** The source of hosts that the list goes by cannot be asked. */
  "identity-unknown": { error: string };
  /** The HTTP authority answered, but not with 200. */
  "authority-refused": { url: string; status: number };
  /** The HTTP authority gave no answer: within `seconds`, or because of `error`. */
  "authority-silent": { url: string; seconds: number | undefined; error: string | undefined };
  /** An operating system asks whose firmware was not served here. */
  "not-seen-to-boot": NoFacts;
}

/** A cause by which a machine may not boot. */
export type AccessCause = CauseOf<AccessCauseFacts>;

const named = ({ list, identifier }: Listed): string => `${list.toUpperCase()} ${identifier}`;

/** The sentences of these causes. */
export const ACCESS_SENTENCES: Sentences<AccessCauseFacts> = {
  "not-listed": (cause) => `${named(cause)} is not in [${cause.list}]`,
  "listed-disabled": (cause) => `${named(cause)} is disabled in [${cause.list}]`,
  "no-uuid": () => "it sent no UUID, which access = uuid goes by",
  disabled: ({ where }) => `it is disabled (${describeEntries(where)})`,
  "identity-unknown": ({ error }) => `nobody can tell who it is: ${error}`,
  "authority-refused": ({ url, status }) => {
    const { host, pathname, search } = new URL(url);
    return `${host} answered ${status} to ${pathname}${search}`;
  },
  "authority-silent": ({ url, seconds, error }) =>
    `the authority ${new URL(url).host} gave no answer ${seconds === undefined ? `(${error ?? ""})` : `within ${seconds} s`}`,
  "not-seen-to-boot": () => "it was not seen to boot by PXE first, and allow_simple_dhcp is off",
};
