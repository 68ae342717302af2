import { type HookData, isPlainObject } from "@llmspell/hooks";

/**
 * A merge patch that rewrites strings of the data, wherever they stand below the chosen fields; `undefined` when none
 * changes. An array with a changed string is replaced as a whole, because merge patches cannot reach into arrays.
 *
 * @param fields dotted paths; all of the data unless given
 */
export function patchStrings(
  data: HookData,
  fields: readonly string[] | undefined,
  rewrite: (text: string) => string,
): HookData | undefined {
  const isChosen = chooseFields(fields);
  const patchObject = (object: HookData, path: string): HookData | undefined => {
    const changes = Object.entries(object).flatMap(([key, value]) => {
      const own = path === "" ? key : `${path}.${key}`;
      const chosen = isChosen(own);
      if (chosen === "no") return [];
      const after = isPlainObject(value)
        ? patchObject(value, own)
        : chosen === "yes"
          ? mapStrings(value, rewrite)
          : value;
      return after === undefined || after === value ? [] : [[key, after] as const];
    });
    return changes.length === 0 ? undefined : Object.fromEntries(changes);
  };
  return patchObject(data, "");
}

/** Every string of the data below the chosen fields; the objects in `except` are left out. */
export function* stringsOf(
  data: HookData,
  fields: readonly string[] | undefined,
  except: ReadonlySet<unknown> = new Set(),
): Generator<string> {
  for (const value of fields === undefined ? [data] : fields.map((field) => valueAt(data, field))) {
    yield* stringsIn(value, except);
  }
}

/** Every string of a value, at any depth; the objects in `except` are left out. */
export function* stringsIn(value: unknown, except: ReadonlySet<unknown> = new Set()): Generator<string> {
  if (typeof value === "string") yield value;
  else if (Array.isArray(value)) for (const item of value) yield* stringsIn(item, except);
  else if (isPlainObject(value) && !except.has(value)) {
    for (const item of Object.values(value)) yield* stringsIn(item, except);
  }
}

/** The value at a dotted path; `undefined` where there is none. */
export function valueAt(data: HookData, field: string): unknown {
  return field.split(".").reduce<unknown>((value, key) => (isPlainObject(value) ? value[key] : undefined), data);
}

/** The values at the fields by their paths, as far as they are there; all of the data without fields. */
export function pickFields(data: HookData, fields: readonly string[] | undefined): HookData {
  if (fields === undefined) return data;
  const picked = fields.map((field) => [field, valueAt(data, field)] as const);
  return Object.fromEntries(picked.filter(([, value]) => value !== undefined));
}

/** Whether a path lies in a chosen field, or only on the way to one. */
function chooseFields(fields: readonly string[] | undefined): (path: string) => "yes" | "no" | "beyond" {
  if (fields === undefined) return () => "yes";
  return (path) => {
    if (fields.some((field) => path === field || path.startsWith(`${field}.`))) return "yes";
    return fields.some((field) => field.startsWith(`${path}.`)) ? "beyond" : "no";
  };
}

/** The value with its strings rewritten; the value itself where none changes. */
function mapStrings(value: unknown, rewrite: (text: string) => string): unknown {
  if (typeof value === "string") return rewrite(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => mapStrings(item, rewrite));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, item, mapStrings(item, rewrite)] as const);
  if (entries.every(([, before, after]) => before === after)) return value;
  return Object.fromEntries(entries.map(([key, , after]) => [key, after]));
}
