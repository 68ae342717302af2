import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { SourceFile } from "../diagnostics/source-file.ts";
import { ConfigError } from "./config-error.ts";
import {
  type ConfigMap,
  type ConfigPath,
  formatPath,
  nodeAt,
  placeAt,
  placeWithin,
  plainValue,
} from "./config-node.ts";
import { keepUnchanged } from "./keep-unchanged.ts";
import { ConfigMerger } from "./merge-config.ts";
import { parseYaml } from "./parse-yaml.ts";
import { redactedValueOf, secretRedactor } from "./redact-secrets.ts";
import { type Environment, Substitution } from "./substitute.ts";

function mapOf(text: string, diagnostics = new Diagnostics()): ConfigMap {
  const node = parseYaml(new SourceFile("/project/a.yaml", text), diagnostics);
  if (node?.kind !== "map") throw new Error(`no map: ${diagnostics.list.map(({ message }) => message).join()}`);
  return node;
}

function substituted(text: string, environment: Environment = {}) {
  const diagnostics = new Diagnostics();
  const substitution = new Substitution(environment, diagnostics);
  const root = substitution.apply(mapOf(text));
  return { root, value: plainValue(root), diagnostics, secrets: substitution.secrets };
}

const textAt = (root: ConfigMap, path: ConfigPath, part?: "key" | "value") => {
  const { file, start, end } = placeAt(root, path, part);
  return file.text.slice(start, end);
};

describe("parseYaml", () => {
  it("reads what it wrote, whatever JSON it is", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 3 })), (value) => {
        fc.pre(!JSON.stringify(value).includes('"<<"') && Object.keys(value).length > 0);
        const json = JSON.stringify(value);
        expect(plainValue(mapOf(json))).toEqual(JSON.parse(json));
        const yaml = stringify(JSON.parse(json));
        expect(plainValue(mapOf(yaml))).toEqual(parse(yaml));
      }),
    );
  });

  it("merges: own keys win over merged ones, an earlier source over a later one", () => {
    const text = "one: &one { a: 1, b: 1 }\ntwo: &two { b: 2, c: 2 }\nall:\n  <<: [*one, *two]\n  a: 9\n";
    const root = mapOf(text);
    expect(plainValue(nodeAt(root, ["all"]))).toEqual({ a: 9, b: 1, c: 2 });
    expect(placeAt(root, ["all", "c"]).start).toBe(text.indexOf("2 }"));
  });

  it("takes a quoted << for the key that it is", () => {
    expect(plainValue(mapOf('"<<": { a: 1 }\n'))).toEqual({ "<<": { a: 1 } });
  });

  it("makes __proto__ a key like any other", () => {
    const value = plainValue(mapOf('{ "__proto__": { "polluted": true } }'));
    expect(Object.hasOwn(value as object, "__proto__")).toBe(true);
    expect("polluted" in {}).toBe(false);
  });

  it("refuses aliases that expand without bound, at once", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 30; level++) {
      lines.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(", ")}]`,
      );
    }
    const diagnostics = new Diagnostics();
    parseYaml(new SourceFile("a.yaml", lines.join("\n")), diagnostics);
    expect(diagnostics.list.map(({ message }) => message)).toEqual([
      "With its aliases expanded, this has more than 200000 values.",
    ]);
  });
});

describe("places", () => {
  const root = mapOf('a:\n  list:\n    - x\n    - { b: "text" }\n  empty:\n');

  it("are of the value, of the key where asked, or where nothing is written", () => {
    expect(textAt(root, ["a", "list", 0])).toBe("x");
    expect(textAt(root, ["a", "list", 1, "b"])).toBe('"text"');
    expect(textAt(root, ["a", "list", 1, "b"], "key")).toBe("b");
    expect(textAt(root, ["a", "empty"])).toBe("empty");
    expect(textAt(root, ["a", "list"])).toBe("- x");
  });

  it("are of the nearest value that is written, for one that a default filled in", () => {
    expect(textAt(root, ["a", "list", 1, "c", "d"])).toBe('{ b: "text" }');
  });

  it("inside a scalar are of the word there, where the notation allows", () => {
    const within = (text: string, offset: number, length?: number) => {
      const node = nodeAt(mapOf(text), ["a"]);
      if (node.kind !== "scalar") throw new Error("no scalar");
      const { file, start, end } = placeWithin(node, offset, length);
      return file.text.slice(start, end);
    };
    expect(within("a: one two three\n", 4)).toBe("two");
    expect(within('a: "one two three"\n', 4)).toBe("two");
    expect(within("a: 'one two three'\n", 4, 9)).toBe("two three");
    expect(within("a: x == y\n", 2)).toBe("=");
    expect(within("a: one\n", 3)).toBe("\n");
    // With an escape in it, an offset of the value is none of the text.
    expect(within('a: "\\u00e9 two"\n', 2)).toBe('"\\u00e9 two"');
    expect(within("a: |\n  one\n  two\n", 4)).toBe("|");
  });

  it("have a readable path", () => {
    expect(formatPath(["hooks", "points", "before_llm_call", 0, "use"])).toBe("hooks.points.before_llm_call[0].use");
  });
});

describe("substitution", () => {
  it.each([
    ["${N}", 8080],
    ['"${N}"', "8080"],
    ["a${N}", "a8080"],
    ["${T}", true],
    ["${KEY}", "007"],
    ["${BIG}", "12345678901234567890"],
    ["${EXP}", "1e5"],
    ["${EMPTY}", null],
    ["${EMPTY:-5}", 5],
    ["${NONE:-}", null],
    ["${NONE:-a b}", "a b"],
    ["$${N}", "${N}"],
    ["$N", "$N"],
    ["${NULL}", null],
  ])("reads %s as %j", (text, expected) => {
    const environment = {
      N: "8080",
      T: "true",
      KEY: "007",
      BIG: "12345678901234567890",
      EXP: "1e5",
      EMPTY: "",
      NULL: "null",
    };
    const { value, diagnostics } = substituted(`a: ${text}\n`, environment);
    expect(diagnostics.list).toEqual([]);
    expect(value).toEqual({ a: expected });
  });

  it("does not resolve what a value brings in", () => {
    expect(substituted("a: ${A}\n", { A: "${B} *x #y" }).value).toEqual({ a: "${B} *x #y" });
  });

  it("gives a variable whole, whatever its shape, or inside a text", () => {
    const text = "vars: { list: [1, 2], n: 3 }\na: ${vars.list}\nb: x${vars.n}\n";
    expect(substituted(text).value).toEqual({ vars: { list: [1, 2], n: 3 }, a: [1, 2], b: "x3" });
  });

  it("notes each secret, and marks every value that one is in", () => {
    const { root, secrets } = substituted('vars:\n  key: ${KEY}\na: "Bearer ${vars.key}"\n', { KEY: "s3cret-key" });
    expect(secrets).toEqual([{ name: "KEY", value: "s3cret-key" }]);
    expect(redactedValueOf(root, plainValue(root), (text) => text)).toEqual({
      a: "[redacted:KEY]",
      vars: { key: "[redacted:KEY]" },
    });
  });

  it("looks up own variables only", () => {
    const { diagnostics } = substituted("a: ${hasOwnProperty}\n");
    expect(diagnostics.list.map(({ code }) => code)).toEqual(["LLMSPELL_E_ENVIRONMENT_UNSET"]);
  });
});

describe("secretRedactor", () => {
  it("takes the longest secret first, and leaves what is too short to be one", () => {
    const redact = secretRedactor([
      { name: "PORT", value: "8080" },
      { name: "KEY", value: "secret" },
      { name: "LONG", value: "secret-and-more" },
    ]);
    expect(redact("secret-and-more secret 8080")).toBe("[redacted:LONG] [redacted:KEY] 8080");
  });

  it("knows a secret also as it is written in JSON", () => {
    const value = '-----BEGIN KEY-----\n"abc"\n-----END KEY-----';
    const redact = secretRedactor([{ name: "PEM", value }]);
    expect(redact(`${value} ${JSON.stringify({ value })}`)).toBe('[redacted:PEM] {"value":"[redacted:PEM]"}');
  });
});

describe("merging files", () => {
  const plain = (node: ConfigMap) => plainValue(node);

  it("lays a file over its imports: maps by key, lists joined, single values replaced", () => {
    const imported = mapOf("a: { x: 1, y: 1 }\nlist: [1]\nb: { z: 1 }\n");
    const own = mapOf("a: { y: 2 }\nlist: [2]\nb: text\n");
    const merger = new ConfigMerger(() => true);
    expect(plain(merger.merge(imported, own))).toEqual({ a: { x: 1, y: 2 }, list: [1, 2], b: "text" });
  });

  it("reports what two imports set differently", () => {
    const diagnostics = new Diagnostics();
    const merger = new ConfigMerger(() => false);
    const merged = merger.merge(mapOf("a: { x: 1 }\nb: 1\nc: 3\n"), mapOf("a: { y: 2 }\nb: 2\nc: 3\n"));
    merger.reportConflicts(merged, diagnostics, "/project");
    expect(plain(merged)).toEqual({ a: { x: 1, y: 2 }, b: 2, c: 3 });
    expect(diagnostics.list).toMatchObject([
      { code: "LLMSPELL_E_IMPORT_CONFLICT", message: "Two imported files set this key; the other is at a.yaml:2:1." },
    ]);
  });
});

describe("keepUnchanged", () => {
  it("keeps the nodes of what a transformation left as it was", () => {
    const before = mapOf("a: { x: 1, y: 2 }\nb: [1, 2]\nc: 3\n");
    const after = mapOf('{ "a": { "x": 1, "y": 5 }, "b": [1, 2, 3], "c": 3, "d": 4 }');
    const kept = keepUnchanged(after, before);
    expect(plainValue(kept)).toEqual({ a: { x: 1, y: 5 }, b: [1, 2, 3], c: 3, d: 4 });
    const isOld = (path: ConfigPath) => nodeAt(kept, path) === nodeAt(before, path);
    expect([["a", "x"], ["b", 1], ["c"]].map(isOld)).toEqual([true, true, true]);
    expect([["a", "y"], ["b", 2], ["d"]].map(isOld)).toEqual([false, false, false]);
  });
});

describe("ConfigError", () => {
  it("takes secrets out of messages, hints and frames", () => {
    const file = new SourceFile("/project/a.yaml", 'key: "s3cret-key"\n');
    const place = { file, start: 5, end: 17 };
    const diagnostic = {
      code: "LLMSPELL_E_CONFIG_VALUE",
      severity: "error",
      message: "Not s3cret-key.",
      hint: "No s3cret-key.",
      place,
    } as const;
    const error = new ConfigError([diagnostic], secretRedactor([{ name: "KEY", value: "s3cret-key" }]));
    for (const text of [error.message, error.format(), JSON.stringify(error.diagnostics[0]?.message)]) {
      expect(text).toContain("[redacted:KEY]");
      expect(text).not.toContain("s3cret-key");
    }
  });
});
