/** A part of a text: the characters from `start` to before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}
