import type { HookContext } from "../hook-context.ts";

/** A hook that needs nothing but a call, and where it stands in its plan. */
export interface ChainedHook {
  readonly handler: (context: HookContext) => unknown;
  /** Whether the hook is called; throws when it cannot say. */
  readonly condition: ((context: HookContext) => boolean) | undefined;
}

/** Where a chain came to before all hooks had answered with nothing, or which of them it left out. */
export interface ChainStop {
  /** How many hooks are done. */
  readonly done: number;
  /** What the hook at position `done` answered or threw; `undefined` when it has not been called. */
  readonly held: { readonly answer: unknown } | { readonly error: unknown } | undefined;
  /** Positions of hooks whose condition did not hold; `undefined` when there are none. */
  readonly skipped: readonly number[] | undefined;
}

/**
 * Calls hooks in order as long as they answer at once, and with nothing.
 *
 * @param signal looked at before each hook but the first
 * @returns `undefined` when all were called and did so; else where it came to
 */
export type HookChain = (context: HookContext, signal: AbortSignal | undefined) => ChainStop | undefined;

/** A part of a chain. */
interface Link {
  readonly run: HookChain;
  readonly end: number;
}

/**
 * How many hooks one generated function calls: V8 optimises each place of a call for the one function that it finds
 * there, which a loop has only one place for; but what grows too large it optimises badly.
 */
const HOOKS_PER_LINK = 32;

/** Makes the chain of the hooks that begin a plan. */
export function chainHooks(hooks: readonly ChainedHook[]): HookChain {
  const links: Link[] = [];
  for (let start = 0; start < hooks.length; start += HOOKS_PER_LINK) links.push(makeLink(hooks, start));
  const [first] = links;
  if (first === undefined) return () => undefined;
  return links.length === 1 ? first.run : joinLinks(links, hooks.length);
}

function joinLinks(links: readonly Link[], end: number): HookChain {
  return (context, signal) => {
    let skipped: readonly number[] | undefined;
    for (const link of links) {
      const stop = link.run(context, signal);
      if (stop === undefined) continue;
      if (stop.skipped !== undefined) skipped = skipped === undefined ? stop.skipped : [...skipped, ...stop.skipped];
      if (stop.done < link.end) return { ...stop, skipped };
    }
    return skipped === undefined ? undefined : { done: end, held: undefined, skipped };
  };
}

function makeLink(hooks: readonly ChainedHook[], start: number): Link {
  const end = Math.min(hooks.length, start + HOOKS_PER_LINK);
  try {
    return { run: generateLink(hooks, start, end), end };
  } catch (error) {
    // Where code must not be made from strings (node --disallow-code-generation-from-strings) a loop does the same.
    if (error instanceof EvalError) return { run: loopLink(hooks, start, end), end };
    throw error;
  }
}

/** Nothing of what hooks are called or contain goes into the code: only positions do. */
function generateLink(hooks: readonly ChainedHook[], start: number, end: number): HookChain {
  const members = hooks.slice(start, end);
  const names = members.flatMap((_, offset) => [`h${start + offset}`, `c${start + offset}`]);
  const calls = members.map(({ condition }, offset) => generateCall(start + offset, condition !== undefined));
  const make = new Function(
    ...names,
    `return function chain(context, signal) {
      let done = ${start}, answer, skipped;
      try {
        ${calls.join("\n")}
      } catch (error) {
        return { done, held: { error }, skipped };
      }
      return skipped === undefined ? undefined : { done: ${end}, held: undefined, skipped };
    }`,
  );
  return make(...members.flatMap(({ handler, condition }) => [handler, condition])) as HookChain;
}

function generateCall(index: number, isConditional: boolean): string {
  const begin =
    index === 0
      ? ""
      : `done = ${index}; if (signal !== undefined && signal.aborted) return { done, held: undefined, skipped };`;
  const call = `answer = h${index}(context); if (answer !== undefined) return { done, held: { answer }, skipped };`;
  return isConditional
    ? `${begin} if (c${index}(context)) { ${call} } else (skipped ??= []).push(${index});`
    : begin + call;
}

function loopLink(hooks: readonly ChainedHook[], start: number, end: number): HookChain {
  return (context, signal) => {
    let done = start;
    let skipped: number[] | undefined;
    try {
      for (const { handler, condition } of hooks.slice(start, end)) {
        if (done > 0 && signal?.aborted) return { done, held: undefined, skipped };
        if (condition === undefined || condition(context)) {
          const answer = handler(context);
          if (answer !== undefined) return { done, held: { answer }, skipped };
        } else {
          skipped ??= [];
          skipped.push(done);
        }
        done++;
      }
    } catch (error) {
      return { done, held: { error }, skipped };
    }
    return skipped === undefined ? undefined : { done: end, held: undefined, skipped };
  };
}
