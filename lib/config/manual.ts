import type { OptionSpec, Schema } from "./spec.js";

const HEADER = `# Configuration

The configuration is one INI file, given with \`-c\`. \`npm run docs\` generates this page from the table that the program
itself uses.

- Names of options are not case-sensitive. \`=\` or \`:\` ends a name. Lines that are indented deeper continue a value.
- \`;\` and \`#\` begin a comment only at the start of a line; inside a value they are part of it. If the whole text is not a valid value, a \`;\` after a blank begins a comment, as in files for Python 2.
- An option may appear twice if both have the same value. \`access\`, \`address\`, \`boot_file\`, \`dns\`, \`gateway\`, \`notify\` and \`servername\` of \`[bootpd]\`, and \`file\` of \`[logger]\`, may be empty; an empty one counts as not set.
- A yes-or-no value is \`yes\`, \`on\`, \`true\`, \`enable\`, \`enabled\`, \`high\` or \`1\`, or \`no\`, \`off\`, \`false\`, \`disable\`, \`disabled\`, \`low\` or \`0\`.
- A time is a number of seconds, or has a unit: \`90s\`, \`15m\`, \`12h\`, \`7d\`. \`;\` separates the addresses of a list.
- MAC addresses, in names too, are written as \`00-1E-4F-C4-95-EE\`, \`00:1e:4f:c4:95:ee\`, \`001e.4fc4.95ee\` or \`001e4fc495ee\`. A mask counts leading bits: \`00-1E-4F/24\`.
- Some options and sections have a second name from PyBootd. If both names appear, the name below applies, and a warning names the other.
- Relative paths are relative to the folder of the file.

\`pybootd --check -c FILE\` checks a file and prints what it would serve. Every error names its line, what was expected,
what was found, and the nearest known name.
`;

/** Writes the manual of a configuration's sections and options, in Markdown. */
export function writeManual(schema: Schema): string {
  const sections = Object.entries(schema).map(([name, section]) => {
    const also = section.aliases.map((alias) => `\`[${alias}]\``);
    const aliases = also.length === 0 ? "" : ` PyBootd also called it ${also.join(", ")}.`;
    const title = section.kind === "family" ? `${name} NAME` : name;
    const intro = `## [${title}]\n\n${section.meaning}${aliases}\n`;
    if (section.kind === "table") {
      const kinds = `Each name is ${section.key.expected}; each value is ${section.value.expected}.`;
      const details = section.details === undefined ? "" : `\n${section.details}\n`;
      return `${intro}\n${kinds}\n\n\`\`\`ini\n[${name}]\n${section.example}\n\`\`\`\n${details}`;
    }
    const rows = Object.entries(section.options).map(([option, spec]) => row(option, spec));
    return `${intro}\n| option | value | default | meaning |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
  });
  return [HEADER, ...sections].join("\n");
}

function row(name: string, { codec, fallback, meaning, aliases }: OptionSpec<unknown>): string {
  const also = aliases.length === 0 ? "" : ` Also: \`${aliases.join("`, `")}\`.`;
  const cells = [`\`${name}\``, codec.expected, fallback === undefined ? "" : `\`${fallback}\``, meaning + also];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
