import type { ErrorCode } from "@llmspell/base";
import type { Place } from "./source-file.ts";

/** Something wrong with a configuration, a manifest or a plugin, and where. */
export interface Diagnostic {
  readonly code: ErrorCode;
  readonly severity: "error" | "warning";
  /** What was expected and what was found, one or two sentences. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** Where it stands; absent when it concerns no place in a file. */
  readonly place?: Place | undefined;
}

/** Collects what is wrong, so that everything is reported at once. */
export class Diagnostics {
  readonly list: Diagnostic[] = [];

  error(code: ErrorCode, message: string, place?: Place, hint?: string): void {
    this.add({ code, severity: "error", message, hint, place });
  }

  warn(code: ErrorCode, message: string, place?: Place, hint?: string): void {
    this.add({ code, severity: "warning", message, hint, place });
  }

  /** Takes a diagnostic in, unless it says the same of the same place: an alias brings a value in many times. */
  add(diagnostic: Diagnostic): void {
    const isSame = ({ message, place }: Diagnostic) =>
      message === diagnostic.message &&
      place?.start === diagnostic.place?.start &&
      place?.file === diagnostic.place?.file;
    if (!this.list.some(isSame)) this.list.push(diagnostic);
  }

  /** By file and place, so that a reader goes through the file once; what has no place comes first. */
  get inOrder(): readonly Diagnostic[] {
    const files = [...new Set(this.list.map(({ place }) => place?.file))];
    const rank = ({ place }: Diagnostic) => (place === undefined ? -1 : files.indexOf(place.file));
    return [...this.list].sort(
      (left, right) => rank(left) - rank(right) || (left.place?.start ?? 0) - (right.place?.start ?? 0),
    );
  }

  get errors(): readonly Diagnostic[] {
    return this.list.filter(({ severity }) => severity === "error");
  }

  get warnings(): readonly Diagnostic[] {
    return this.list.filter(({ severity }) => severity === "warning");
  }
}
