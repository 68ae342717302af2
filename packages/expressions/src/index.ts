export {
  type Condition,
  compileCondition,
  compileExpression,
  type Expression,
  type ExpressionProblem,
  findExpressionProblem,
  type Scope,
} from "./expression.ts";
export { compileTemplate, findTemplateProblem, type Template } from "./template.ts";
