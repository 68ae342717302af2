import type { CatalogImplementation, PluginIdentity } from "@llmspell/config";
import { HookMap, SyncBailHook } from "tapable";
import type { ErrorOrigin, ImplementationContext, KindHooks } from "../plugins/plugin.ts";
import { kernelErrors } from "./kernel-errors.ts";
import { guardTaps } from "./tap-guard.ts";

type KindHook = SyncBailHook<[options: never, context: ImplementationContext], unknown>;

/** The creators of every kind, as tapable hooks: one map of hooks a kind, one hook an implementation. */
export class KindRegistry {
  readonly #kinds: HookMap<HookMap<KindHook>>;

  constructor(report: (error: Error, origin: ErrorOrigin) => void) {
    this.#kinds = hookMap((kind) =>
      hookMap((name) => {
        const hook: KindHook = new SyncBailHook(["options", "context"]);
        guardTaps(hook, `${kind} ${name}`, report);
        return hook;
      }),
    );
  }

  hook(kind: string, name: string): KindHook {
    return this.#kinds.for(kind).for(name);
  }

  /** The view of one plugin: it may tap only what its manifest declares. */
  viewFor(plugin: PluginIdentity, declared: readonly Pick<CatalogImplementation, "kind" | "name">[]) {
    const check = (kind: string, name: string) => {
      if (declared.some((item) => item.kind === kind && item.name === name)) return;
      throw kernelErrors.LLMSPELL_E_PLUGIN_UNDECLARED({ plugin: plugin.name, what: `the ${kind} \`${name}\`` });
    };
    return {
      for: (kind: string): KindHooks<unknown> => ({
        for: (name) => {
          check(kind, name);
          return this.hook(kind, name);
        },
      }),
    };
  }
}

/** tapable types a hook map by its hooks' class; the factory is all that matters here. */
function hookMap<Hook>(create: (key: string) => Hook): HookMap<Hook> {
  return new HookMap(create);
}
