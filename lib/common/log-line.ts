/** Levels of the log, most severe first. */
export const LEVELS = ["critical", "error", "warning", "info", "debug"] as const;

/** The severity of a line. */
export type Level = (typeof LEVELS)[number];

/** The parts of a line, by name. */
export type Fields = Readonly<Record<string, string | number | undefined>>;

/** One line of the log. */
export interface LogLine {
  readonly level: Level;
  readonly message: string;
  /** Returns the same in parts, for programs that read the log; called only where one does. */
  readonly fields: () => Fields;
}

/** A line as it is made from an event, with what clients sent as they sent it. */
export type Described = Omit<LogLine, "fields"> & { readonly fields?: () => Fields };
