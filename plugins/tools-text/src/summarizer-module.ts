// The tool module that runs in the worker threads of `summarizer`: the model is loaded there and nowhere else.
import { centralSentences } from "./central-sentences.ts";
import { sentencesOf } from "./sentences.ts";
import { MOST_SENTENCES, type Summary, type SummaryRequest } from "./summary.ts";
import { loadTextModel, type TextModel } from "./text-model.ts";

export { description, inputSchema } from "./summary.ts";

const DEFAULT_SENTENCES = 3;

let loading: Promise<TextModel> | undefined;

function loadModel(): Promise<TextModel> {
  loading ??= loadTextModel(["sbd"]);
  return loading;
}

/** What a pool can have done before the first call, which else does it. */
export const warmUps = {
  async load_model(): Promise<void> {
    await loadModel();
  },
  async initialize_tokenizer(): Promise<void> {
    await summarize({ text: "The tokenizer reads its first sentence. It compiles its patterns for that (once)." });
  },
};

export default async function summarize(request: SummaryRequest): Promise<Summary> {
  const model = await loadModel();
  const { text, maxCharacters, truncated } = request;
  const all = sentencesOf(text, model.read(text), model);
  const maxSentences = Math.min(MOST_SENTENCES, allowedSentences(request, all.length));
  const chosen = centralSentences(all, { maxSentences, maxCharacters, truncated });
  return {
    summary: chosen.map((sentence) => sentence.text).join(" "),
    sentences: chosen.map(({ text, start, score }) => ({ text, start, end: start + text.length, score })),
    sentenceCount: all.length,
  };
}

function allowedSentences({ maxSentences, ratio }: SummaryRequest, count: number): number {
  if (ratio === undefined) return maxSentences ?? DEFAULT_SENTENCES;
  return Math.min(maxSentences ?? count, Math.max(1, Math.floor(ratio * count)));
}
