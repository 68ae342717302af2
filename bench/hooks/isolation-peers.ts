import { produce } from "immer";

type Data = Record<string, unknown>;

/** A hook that writes into what it is given. */
export type WritingHook = (data: Data) => void;

/** Hooks that each look at the data and write a key of their own. */
export function writingHooks(count: number): readonly WritingHook[] {
  return Array.from({ length: count }, (_, index) => (data: Data) => {
    data[`found${index}`] = { of: countMessages(data), score: index };
  });
}

/** What a hook looks at before it changes anything. */
export function countMessages({ messages }: Readonly<Data>): number {
  return Array.isArray(messages) ? messages.length : 0;
}

/** Each hook gets a copy. */
export function isolateByCopy(data: Data, hooks: readonly WritingHook[]): Data {
  const merged = { ...data };
  for (const [index, hook] of hooks.entries()) {
    const own = structuredClone(data);
    hook(own);
    merged[`found${index}`] = own[`found${index}`];
  }
  return merged;
}

/** Each hook gets a draft. */
export function isolateByDraft(data: Data, hooks: readonly WritingHook[]): Data {
  const merged = { ...data };
  for (const [index, hook] of hooks.entries()) {
    const own = produce(data, (draft) => hook(draft));
    merged[`found${index}`] = own[`found${index}`];
  }
  return merged;
}

/** Each hook gets a proxy that keeps what is written, at every depth. */
export function isolateByProxy(data: Data, hooks: readonly WritingHook[]): Data {
  const merged = { ...data };
  for (const hook of hooks) {
    const { proxy, writes } = recordingProxy(data);
    hook(proxy);
    for (const [key, value] of writes) merged[key] = value;
  }
  return merged;
}

function recordingProxy(target: Data): { readonly proxy: Data; readonly writes: ReadonlyMap<string, unknown> } {
  const writes = new Map<string, unknown>();
  const proxy = new Proxy(target, {
    get(source, key) {
      if (typeof key !== "string") return Reflect.get(source, key);
      if (writes.has(key)) return writes.get(key);
      const value = source[key];
      if (typeof value !== "object" || value === null) return value;
      const nested = recordingProxy(value as Data).proxy;
      writes.set(key, nested);
      return nested;
    },
    set(_, key, value) {
      if (typeof key === "string") writes.set(key, value);
      return true;
    },
  });
  return { proxy, writes };
}
