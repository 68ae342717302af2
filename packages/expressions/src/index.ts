export {
  type Condition,
  compileCondition,
  compileExpression,
  type Expression,
  type ExpressionProblem,
  findExpressionProblem,
  type Scope,
} from "./expression.ts";
export { compileTemplate, compileText, findTemplateProblem, type Template, textOf } from "./template.ts";
