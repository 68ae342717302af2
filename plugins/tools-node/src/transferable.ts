import { NOTHING_TO_TRANSFER, type Transfers } from "./worker-messages.ts";

/** What goes with which input; an input that is forgotten takes its mark along. */
const transfers = new WeakMap<object, Transfers>();

/**
 * Marks parts of a tool's input that a `worker` may take over without copying them. The pool still checks the input by the
 * tool's schema; what stays in this thread is used as it is, marked or not.
 *
 * The call that takes the buffers over leaves them empty here (`detached`), so the same input cannot be sent again: a
 * second call fails with a DataCloneError. A call that never reaches an instance leaves them as they are. The mark is on this
 * object: where a hook puts another in its place, what it holds is copied.
 *
 * @param buffers parts of `input`; not the memory of a small Node `Buffer`, which belongs to many
 * @returns `input`
 *
 * @example
 * await tools.execute({ pool: "resize", input: transferable({ image }, [image]) });
 */
export function transferable<Input extends object>(input: Input, buffers: readonly ArrayBuffer[]): Input {
  transfers.set(input, buffers);
  return input;
}

/** What may be transferred with an input. */
export function transfersOf(input: unknown): Transfers {
  return typeof input === "object" && input !== null
    ? (transfers.get(input) ?? NOTHING_TO_TRANSFER)
    : NOTHING_TO_TRANSFER;
}
