export type { Analysis, AnalysisRequest, BoundedAnalysis, Entity } from "./analysis.ts";
export { analyzerModule, DocumentAnalyzer } from "./document-analyzer.ts";
export type { DocumentAnalyzerOptions } from "./generated/options.ts";
export { default } from "./plugin.ts";
