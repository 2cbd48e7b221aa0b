/** Levels of the log, gravest first. */
export const LEVELS = ["critical", "error", "warning", "info", "debug"] as const;

/** How grave a line is. */
export type Level = (typeof LEVELS)[number];

/** What a line says in parts. */
export type Fields = Readonly<Record<string, string | number | undefined>>;

/** One line of the log. */
export interface LogLine {
  readonly level: Level;
  readonly message: string;
  /** The same in parts, for machines that read the log: made only where one does. */
  readonly fields: () => Fields;
}

/** A line as it is made of an event: what clients sent is in it as they sent it. */
export type Described = Omit<LogLine, "fields"> & { readonly fields?: () => Fields };
