import type { ErrorCode } from "@llmspell/base";
import type { ConfigPath } from "../reading/config-node.ts";
import type { Descent } from "./descents.ts";

/** An implementation that the configuration chooses. */
export interface FoundUse {
  readonly kind: string;
  readonly name: string;
  readonly path: ConfigPath;
}

/** A string that must be a name which something defines. */
export interface FoundReference {
  readonly word: string;
  readonly name: string;
  readonly path: ConfigPath;
  /** The name is the key at `path`, not its value. */
  readonly isKey: boolean;
  /** What the schema says about why only such names will do. */
  readonly reason: string | undefined;
}

/** A string that is a path or a module, to be made absolute. */
export interface FoundLocation {
  readonly form: "path" | "module";
  readonly path: ConfigPath;
}

/** A fault inside a value: bad CEL, a bad regular expression, a cycle. */
export interface FoundProblem {
  readonly code: ErrorCode;
  readonly message: string;
  /** The message without what it quotes from the value, as far as it can be shown of a secret. */
  readonly summary?: string;
  readonly path: ConfigPath;
  /** Characters into the string where it goes wrong. */
  readonly offset?: number;
  readonly hint?: string | undefined;
}

/** Two values of one object, the second of which has too little against the first. */
export interface FoundContradiction extends Descent {
  /** Of the object. */
  readonly path: ConfigPath;
  /** Whether the configuration cannot be used as it is. */
  readonly isError: boolean;
  readonly reason: string | undefined;
}

/** What the annotations of the schema tell about one configuration. */
export interface Findings {
  readonly uses: FoundUse[];
  readonly references: FoundReference[];
  readonly locations: FoundLocation[];
  readonly problems: FoundProblem[];
  readonly contradictions: FoundContradiction[];
  /** The names that the configuration defines, by word. */
  readonly defined: Map<string, Set<string>>;
}

export function emptyFindings(): Findings {
  return { uses: [], references: [], locations: [], problems: [], contradictions: [], defined: new Map() };
}
