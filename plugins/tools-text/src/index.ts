export type { Analysis, AnalysisRequest, BoundedAnalysis, Entity } from "./analysis.ts";
export { analyzerModule, DocumentAnalyzer } from "./document-analyzer.ts";
export type { DocumentAnalyzerOptions, SummarizerOptions } from "./generated/options.ts";
export { default } from "./plugin.ts";
export { Summarizer, summarizerModule } from "./summarizer.ts";
export type { BoundedSummary, Summary, SummaryRequest, SummarySentence } from "./summary.ts";
