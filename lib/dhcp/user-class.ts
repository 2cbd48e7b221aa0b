import { withoutPadding } from "../options/codec.js";

/**
 * Returns the user classes in option 77. RFC 3004 4 defines a list of texts, each after a length octet; iPXE and others
 * send the bare text, such as `iPXE`. Where the lengths do not fill the option exactly, the whole value is one text.
 *
 * @param value of the option
 * @returns at least one, unless the option is empty
 */
export function userClasses(value: Buffer | undefined): readonly string[] {
  if (value === undefined || value.length === 0) return [];
  return instancesIn(value) ?? [withoutPadding(value).toString("latin1")];
}

/** @returns undefined where the lengths do not tile the option, or one of them is 0 */
function instancesIn(value: Buffer): readonly string[] | undefined {
  const instances: string[] = [];
  let offset = 0;
  while (offset < value.length) {
    const end = offset + 1 + value.readUInt8(offset);
    if (end === offset + 1 || end > value.length) return undefined;
    instances.push(value.toString("latin1", offset + 1, end));
    offset = end;
  }
  return instances;
}
