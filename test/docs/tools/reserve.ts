import type { Create } from "@llmspell/kernel";
import type { ScalingDecision, ScalingPolicy, ScalingSnapshot } from "@llmspell/tools";

/** Keeps a share of the pool free: with 0.25, five instances for what four could serve. */
export class ReservePolicy implements ScalingPolicy {
  readonly interval = 500;
  readonly cooldown = 5000;
  readonly #share: number;

  constructor(share: number) {
    this.#share = share;
  }

  decide({ size, min, max, concurrency, load, waiting }: ScalingSnapshot): ScalingDecision | undefined {
    const needed = (load + waiting) / concurrency;
    const sizeWith = (share: number) => Math.min(max, Math.max(min, Math.ceil(needed * (1 + share))));
    // Shrinks only when twice the reserve would be free, or a load between two sizes would make it swing.
    const target = Math.max(sizeWith(this.#share), Math.min(size, sizeWith(2 * this.#share)));
    return target === size ? undefined : { target, reason: `${needed.toFixed(1)} instances are in use` };
  }
}

const create: Create<ScalingPolicy, { readonly share: number }> = ({ share }) => new ReservePolicy(share);
export default create;
