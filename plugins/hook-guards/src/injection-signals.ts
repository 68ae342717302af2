/** One way in which text tries to instruct an LLM. */
export interface InjectionSignal {
  readonly name: string;
  /** How likely an injection is when only this is found, from 0 to 1; chosen so that one strong signal is enough. */
  readonly weight: number;
  /** Matched against text whose invisible characters are gone and whose white space is single spaces. */
  readonly pattern: RegExp;
}

/** Every repetition has a bound, so that no text takes more than linear time. */
export const injectionSignals: readonly InjectionSignal[] = [
  {
    name: "override_instructions",
    weight: 0.8,
    pattern:
      /\b(?:ignore|disregard|forget|override|bypass)\b[^.!?]{0,40}\b(?:previous|prior|above|earlier|preceding|system|your|all)\b[^.!?]{0,30}\b(?:instructions?|prompts?|directives?|programming)\b/i,
  },
  {
    name: "override_rules",
    weight: 0.4,
    pattern:
      /\b(?:ignore|disregard|forget|override|bypass)\b[^.!?]{0,20}\b(?:your|all|any)\b[^.!?]{0,20}\b(?:rules?|guidelines?|restrictions?|safety|filters?)\b/i,
  },
  {
    name: "reveal_prompt",
    weight: 0.6,
    pattern:
      /\b(?:reveal|show|print|repeat|output|leak|display|give me)\b[^.!?]{0,40}\b(?:system prompt|hidden prompt|(?:your|hidden|initial|original) instructions)\b/i,
  },
  {
    name: "new_persona",
    weight: 0.5,
    pattern:
      /\byou are now (?:an? |the |in )?\w{0,20} ?(?:dan|developer mode|unrestricted|jailbroken|unfiltered|free of)\b|\b(?:enable|enter) (?:developer|god|jailbreak) mode\b|\bdo anything now\b/i,
  },
  {
    name: "new_instructions",
    weight: 0.5,
    pattern: /\b(?:new|updated|real|actual) (?:system )?(?:instructions?|prompt) ?:/i,
  },
  {
    name: "chat_markup",
    weight: 0.6,
    pattern: /<\|(?:im_start|im_end|system|assistant|endoftext|start_header_id)\|>|\[\/?INST\]|<<\/?SYS>>/,
  },
  {
    name: "conceal_from_user",
    weight: 0.5,
    pattern:
      /\b(?:do not|don't|never|without) (?:tell|telling|mention|mentioning|inform|informing|alert|alerting)\b[^.!?]{0,20}\buser\b/i,
  },
  {
    name: "exfiltrate",
    weight: 0.6,
    pattern:
      /\b(?:send|post|forward|upload|exfiltrate|email)\b[^.!?]{0,40}\b(?:api keys?|passwords?|credentials|secrets?|tokens?|conversation|chat history)\b[^.!?]{0,30}\bto\b[^!?]{0,20}(?:https?:\/\/|@)/i,
  },
];

/** Tag characters and long runs of zero-width ones carry text that no reader sees; flags of regions use six tags. */
const HIDDEN_TEXT = /[\u{E0000}-\u{E007F}]{8,}|(?:\u200B|\u200C|\u200D|\u2060|\uFEFF){8,}/u;
const INVISIBLE = /\u00AD|\u200B|\u200C|\u200D|\u2060|\uFEFF|[\u{E0000}-\u{E007F}]/gu;

/** How sure it is that texts carry an injection, and why. */
export interface InjectionScore {
  /** 0 to 1: the signals combined as if each were an independent chance (noisy or). */
  readonly score: number;
  readonly signals: readonly string[];
}

/** Scores texts together; a signal counts once however often it is found. */
export function scoreInjection(texts: Iterable<string>): InjectionScore {
  const found = new Map<string, number>();
  for (const text of texts) {
    if (HIDDEN_TEXT.test(text)) found.set("hidden_text", 0.7);
    const visible = text.normalize("NFKC").replace(INVISIBLE, "").replace(/\s+/g, " ");
    for (const { name, weight, pattern } of injectionSignals) if (pattern.test(visible)) found.set(name, weight);
  }
  const innocent = [...found.values()].reduce((chance, weight) => chance * (1 - weight), 1);
  return { score: Math.round((1 - innocent) * 100) / 100, signals: [...found.keys()] };
}
