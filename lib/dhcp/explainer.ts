import type { Answer } from "./link.js";
import type { Sender } from "./request.js";
import type { Served } from "./served.js";

/** Is told how a server deals with each request. The answers of a server that has one carry origins. */
export interface Explainer {
  /** A request came from this sender. */
  readonly recognised: (sender: Sender) => void;
  /** A request gets this answer. */
  readonly answered: (served: Served, answer: Answer) => void;
}
