import type { Document, ItsFunction, WinkMethods } from "wink-nlp";

/** What the model tells of a text beside its words; each costs time with every text. */
export type Annotation = "sbd" | "negation" | "sentiment" | "ner";

/** The English model, loaded. */
export interface TextModel {
  readonly nlp: WinkMethods;
  /** The library's types leave it out of what `out` takes. */
  readonly stem: ItsFunction<string>;
  /** Reads a text. What it says of white space is not to be relied on: some is lost, and some is added. */
  read(text: string): Document;
}

/**
 * A longer run without white space is read in pieces: the time that the model takes for one grows with its square, seconds for
 * the 20,000 characters of a picture in base64.
 */
const ENDLESS_RUN = /\S{1000}/gu;

/** Loads the model, which takes some tenths of a second. */
export async function loadTextModel(annotations: readonly Annotation[]): Promise<TextModel> {
  const [{ default: winkNLP }, { default: model }] = await Promise.all([
    import("wink-nlp"),
    import("wink-eng-lite-web-model"),
  ]);
  const nlp = winkNLP(model, [...annotations]);
  const read = (text: string) => nlp.readDoc(text.replace(ENDLESS_RUN, "$& "));
  return { nlp, stem: nlp.its.stem as ItsFunction<string>, read };
}
