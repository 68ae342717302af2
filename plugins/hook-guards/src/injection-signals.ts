/** One way in which text tries to instruct an LLM. */
export interface InjectionSignal {
  readonly name: string;
  /** How likely an injection is when only this is found, from 0 to 1; chosen so that one strong signal is enough. */
  readonly weight: number;
  /** Matched against text whose invisible characters are gone and whose white space is single spaces. */
  readonly pattern: RegExp;
}

/**
 * What attackers are known to write, in English. Every repetition has a bound, so that no text takes more than linear time.
 *
 * Sources: F. Perez, I. Ribeiro, "Ignore Previous Prompt", 2022 (overriding, revealing); K. Greshake et al., "Not what
 * you've signed up for", 2023 (concealing, exfiltrating, instructions in what tools return); X. Shen et al., "Do Anything
 * Now", 2023 (personas); J. Rehberger, "ASCII Smuggler", 2024 (tag characters); OWASP LLM01:2025 (other languages,
 * encoded text); the chat templates of ChatML, Llama 2 and 3, Mistral and Gemma (markup).
 */
const englishSignals: readonly InjectionSignal[] = [
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
    pattern:
      /<\|(?:im_start|im_end|system|assistant|endoftext|start_header_id|eot_id|channel)\|>|\[\/?INST\]|<<\/?SYS>>|<(?:start|end)_of_turn>/,
  },
  {
    name: "tool_markup",
    weight: 0.6,
    pattern:
      /<\/?(?:tool_call|tool_response|tool_result|function_calls?|function_results?)>|\[\/?(?:TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS)\]|<\|(?:tool|tool_call|tool_response|python_tag)\|>/i,
  },
  {
    name: "encoded_payload",
    weight: 0.5,
    pattern: encodedPayload(),
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

/**
 * The same signals as in English, by what is said in other languages; each counts once, in whichever it is found. Letters are
 * written out, because case folding in Unicode mode takes ten times as long.
 */
const foreignSignals: readonly InjectionSignal[] = [
  {
    name: "override_instructions",
    weight: 0.8,
    pattern:
      /(?<![a-zà-ÿ])(?:ignoriere?|ignorieren sie|vergiss|vergesst|vergessen sie|missachte|missachten sie|überschreibe?)(?![a-zà-ÿ])[^.!?;]{0,40}(?<![a-zà-ÿ])(?:vorherige|bisherige|vorige|vorangegangene|frühere|obige|alle|deine|ihre)[a-zà-ÿ]{0,2}(?![a-zà-ÿ])[^.!?]{0,30}(?<![a-zà-ÿ])(?:anweisung|instruktion|vorgabe|befehl|prompt)/i,
  },
  {
    name: "override_instructions",
    weight: 0.8,
    pattern:
      /(?<![a-zà-ÿ])(?:ignore[rz]?|oublie[rz]?|ne (?:tiens|tenez) (?:pas|plus) compte|fais abstraction|faites abstraction)(?![a-zà-ÿ])[^.!?]{0,30}(?<![a-zà-ÿ])(?:instructions?|consignes?|directives?)(?![a-zà-ÿ])[^.!?]{0,20}(?<![a-zà-ÿ])(?:pr[ée]c[ée]dente?s?|ant[ée]rieure?s?|ci-dessus|initiales?|du syst[èe]me)/i,
  },
  {
    name: "override_instructions",
    weight: 0.8,
    pattern:
      /(?<![a-zà-ÿ])(?:ignor[ae]|ignorad|ignoren|olvid[ae]|olvidad|olviden|descart[ae])(?![a-zà-ÿ])[^.!?]{0,30}(?<![a-zà-ÿ])(?:instrucciones|[óo]rdenes|indicaciones|directrices)(?![a-zà-ÿ])[^.!?]{0,20}(?<![a-zà-ÿ])(?:anteriores|previas|iniciales|precedentes|de arriba|del sistema)/i,
  },
  {
    name: "override_instructions",
    weight: 0.8,
    pattern:
      /(?:忽略|忽视|忽視|无视|無視|忘记|忘記|忘掉|不要理会|不要理會)[^。!?.]{0,12}(?:之前|以前|先前|前面|以上|上面|上述|所有|全部|你的|系统|系統)[^。!?.]{0,8}(?:指令|指示|提示|命令|规则|規則|设定|設定)/u,
  },
  {
    name: "reveal_prompt",
    weight: 0.6,
    pattern:
      /(?<![a-zà-ÿ])(?:zeig[a-zà-ÿ]{0,2}|verrat[a-zà-ÿ]{0,2}|nenn[a-zà-ÿ]{0,2}|wiederhol[a-zà-ÿ]{0,2}|gib|geben sie|druck[a-zà-ÿ]{0,2})(?![a-zà-ÿ])[^.!?]{0,40}(?<![a-zà-ÿ])(?:system-?prompt|systemanweisung|systemnachricht|(?:deine|ursprünglichen?|geheimen?|versteckten?) (?:anweisung|instruktion|vorgabe))/i,
  },
  {
    name: "reveal_prompt",
    weight: 0.6,
    pattern:
      /(?<![a-zà-ÿ])(?:r[ée]v[èe]le[rz]?|montre[rz]?|affiche[rz]?|r[ée]p[èe]te[rz]?|donne[rz]?|divulgue[rz]?)(?![a-zà-ÿ])[^.!?]{0,40}(?<![a-zà-ÿ])(?:prompt (?:du )?syst[èe]me|prompt initial|message (?:du )?syst[èe]me|(?:tes|vos) (?:instructions|consignes))/i,
  },
  {
    name: "reveal_prompt",
    weight: 0.6,
    pattern:
      /(?<![a-zà-ÿ])(?:revel[ae]|mu[ée]stra(?:me)?|muestre|imprim[ae]|repit[ae]|repite|dime|d[ií]game|ens[ée][ñn]ame)(?![a-zà-ÿ])[^.!?]{0,40}(?<![a-zà-ÿ])(?:prompt (?:del? )?sistema|prompt inicial|mensaje del? sistema|(?:tus|sus) instrucciones)/i,
  },
  {
    name: "reveal_prompt",
    weight: 0.6,
    pattern:
      /(?:显示|顯示|输出|輸出|打印|重复|重複|复述|複述|告诉我|告訴我|泄露|洩露|透露|公开|公開)[^。!?.]{0,12}(?:系统提示|系統提示|系统指令|系統指令|系统消息|初始指令|初始提示|隐藏的?指令|你的(?:指令|指示|提示))/u,
  },
];

export const injectionSignals: readonly InjectionSignal[] = [...englishSignals, ...foreignSignals];

/** A long run of Base64 near a word that has it read; a hash in hexadecimal, without capitals or small letters, is none. */
function encodedPayload(): RegExp {
  const verbs = [
    "[Dd]ecode|[Dd]ecrypt|[Uu]nscramble|[Ee]xecute|[Ee]val|[Oo]bey|[Ff]ollow",
    "[Dd]ekodier[A-Za-zà-ÿ]{0,3}|[Ee]ntschlüssel[A-Za-zà-ÿ]{0,2}",
    "[Dd][ée]code[rz]?|[Dd][ée]chiffre[rz]?",
    "[Dd]ecodific[A-Za-zà-ÿ]{1,3}|[Dd]escifr[A-Za-zà-ÿ]{1,3}",
    "解码|解碼|解密",
  ];
  const verb = `(?<![A-Za-zà-ÿ])(?:${verbs.join("|")})(?![A-Za-zà-ÿ])`;
  const begin = "(?<![A-Za-z0-9+/])(?=[A-Za-z0-9+/]{0,39}[A-Z])(?=[A-Za-z0-9+/]{0,39}[a-z])[A-Za-z0-9+/]{40";
  return new RegExp(`${verb}.{0,80}${begin}}|${begin},20000}={0,2}(?![A-Za-z0-9+/=]).{0,80}${verb}`);
}

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
