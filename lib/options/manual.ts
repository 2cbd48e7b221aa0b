import { optionValue } from "./values.js";
import { type OptionType, knownOptions } from "./registry.js";

const RULES = `Sub-options of 43, 63, 122, 175, 177 and 224 to 254 are set one by one (\`43.6 = uint8:8\`). They are joined into one
option, in the order of the file. Sub-options have numbers from 0 to 255; Juniper's zero touch provisioning uses 0. A
value of \`0x\` or \`text:\` makes a sub-option without octets. A vendor class may contain blanks
(\`43.2@Cisco Systems = …\`). An option that is not in this table takes octets; every other option takes octets or its
own kind of value. A value longer than 255 octets is split for clients that support this (RFC 3396), and is not sent to
others.

\`\`\`ini
[option]
mtu = 1400
domain-search = a.example; b.example
classless-static-route = 10.17.0.0/16 via 10.0.0.1; 0.0.0.0/0 via 10.0.0.254
43@ubnt = 0x0104c0a80105
43.6@PXEClient = uint8:8
43.0@Juniper = text:jinstall.tgz
43.1@Juniper = text:router.conf
175.176 = uint8:1
224 = text:a value of our own
time-servers = none
\`\`\`
`;

/** The manual's text on `[option]`: the options with their names and values. */
export const optionManual = [
  RULES,
  "| option | names | value | defined in |",
  "| --- | --- | --- | --- |",
  ...rows(),
].join("\n");

function rows(): readonly string[] {
  const settable = [...knownOptions.values()].filter(({ reserved }) => reserved === undefined);
  return settable.map(({ code, name, aliases, type, source }) => {
    const names = [name, ...aliases].map((each) => `\`${each}\``).join(", ");
    return `| ${code} | ${names} | ${brief(type)} | ${source} |`;
  });
}

/** Shortens the description of a value: every option accepts octets, so the rows leave that out. */
function brief(type: OptionType): string {
  return optionValue(type).expected.replace(/, or octets such as \S+$/, "");
}
