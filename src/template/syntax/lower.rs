//! minijinja's syntax tree as a program of ours: names and constants are put back, left-leaning
//! chains become flat, and what minijinja drops (contexts of imports, `scoped`) is read again.

use std::collections::HashMap;
use std::sync::Arc;

use minijinja::machinery::ast::{self, BinOpKind, CompareOpKind, UnaryOpKind};

use super::canonical::{Canonical, DO_TARGET};
use super::program::*;
use super::syntax_error;
use crate::data::Value;
use crate::template::Result;

/// A whole template.
pub(super) fn template(parsed: &ast::Stmt<'_>, canonical: &Canonical) -> Result<Program> {
    let ast::Stmt::Template(template) = parsed else { return Err(syntax_error("not a template")) };
    let mut lowering = Lowering::new(canonical);
    let body = lowering.body(&template.children)?;
    Ok(Program { body, blocks: lowering.blocks })
}

/// An expression alone.
pub(super) fn expression(parsed: &ast::Expr<'_>, canonical: &Canonical) -> Result<Program> {
    let expression = Lowering::new(canonical).expression(parsed)?;
    Ok(Program { body: vec![Statement::Print(expression)], blocks: Vec::new() })
}

struct Lowering<'a> {
    canonical: &'a Canonical,
    names: HashMap<String, Name>,
    blocks: Vec<Arc<Block>>,
    seen: Seen,
}

/// Special names that a macro's body mentions.
#[derive(Clone, Copy, Default)]
struct Seen {
    varargs: bool,
    kwargs: bool,
    caller: bool,
}

impl Lowering<'_> {
    fn new(canonical: &Canonical) -> Lowering<'_> {
        Lowering { canonical, names: HashMap::new(), blocks: Vec::new(), seen: Seen::default() }
    }

    fn name(&mut self, identifier: &str) -> Name {
        if let Some(name) = self.names.get(identifier) {
            return name.clone();
        }
        let name: Name = self.canonical.name(identifier).into();
        self.names.insert(identifier.to_owned(), name.clone());
        name
    }

    fn body(&mut self, statements: &[ast::Stmt<'_>]) -> Result<Vec<Statement>> {
        let mut body = Vec::with_capacity(statements.len());
        for statement in statements {
            if let ast::Stmt::EmitRaw(raw) = statement {
                self.data(raw.raw, &mut body);
            } else {
                body.push(self.statement(statement)?);
            }
        }
        Ok(body)
    }

    fn data(&self, raw: &str, body: &mut Vec<Statement>) {
        let numbers = raw.split(['\u{1}', '\u{2}']).filter_map(|number| number.parse::<usize>().ok());
        for text in numbers.filter_map(|number| self.canonical.data.get(number)) {
            body.push(Statement::Data(text.as_str().into()));
        }
    }

    fn statement(&mut self, statement: &ast::Stmt<'_>) -> Result<Statement> {
        Ok(match statement {
            ast::Stmt::Template(template) => Statement::Scope(self.body(&template.children)?),
            ast::Stmt::EmitExpr(emit) => Statement::Print(self.expression(&emit.expr)?),
            ast::Stmt::EmitRaw(_) => Statement::Scope(Vec::new()),
            ast::Stmt::ForLoop(node) => self.for_loop(node)?,
            ast::Stmt::IfCond(node) => self.if_chain(node)?,
            ast::Stmt::WithBlock(node) => {
                let mut assignments = Vec::new();
                for (target, value) in &node.assignments {
                    assignments.push((self.target(target)?, self.expression(value)?));
                }
                Statement::With(assignments, self.body(&node.body)?)
            }
            ast::Stmt::Set(node) => {
                let value = self.expression(&node.expr)?;
                match &node.target {
                    ast::Expr::Var(variable) if variable.id == DO_TARGET => Statement::Do(value),
                    target => Statement::Set(self.target(target)?, value),
                }
            }
            ast::Stmt::SetBlock(node) => Statement::SetBlock(
                self.target(&node.target)?,
                node.filter.as_ref().map(|filter| self.expression(filter)).transpose()?,
                self.body(&node.body)?,
            ),
            ast::Stmt::AutoEscape(node) => Statement::Scope(self.body(&node.body)?),
            ast::Stmt::FilterBlock(node) => {
                Statement::FilterBlock(self.expression(&node.filter)?, self.body(&node.body)?)
            }
            ast::Stmt::Block(node) => {
                let name = self.name(node.name);
                let block = Arc::new(Block {
                    scoped: self.canonical.scoped.contains(&*name),
                    required: node.required,
                    body: self.body(&node.body)?,
                    name,
                });
                self.blocks.push(block.clone());
                Statement::Block(block)
            }
            ast::Stmt::Extends(node) => Statement::Extends(self.expression(&node.name)?),
            ast::Stmt::Include(node) => Statement::Include {
                name: self.expression(&node.name)?,
                ignore_missing: node.ignore_missing,
                with_context: self.context_mark(node.span()) != Some(false),
            },
            ast::Stmt::Import(node) => {
                let ast::Expr::Var(target) = &node.name else { return Err(syntax_error("expected token 'name'")) };
                Statement::Import {
                    name: self.expression(&node.expr)?,
                    target: self.name(target.id),
                    with_context: self.context_mark(node.span()) == Some(true),
                }
            }
            ast::Stmt::FromImport(node) => self.from_import(node)?,
            ast::Stmt::Macro(node) => Statement::Macro(Arc::new(self.macro_definition(node)?)),
            ast::Stmt::CallBlock(node) => Statement::CallBlock(
                Call { function: self.expression(&node.call.expr)?, arguments: self.arguments(&node.call.args)? },
                Arc::new(self.macro_definition(&node.macro_decl)?),
            ),
            ast::Stmt::Continue(_) => Statement::Continue,
            ast::Stmt::Break(_) => Statement::Break,
            ast::Stmt::Do(node) => {
                let base = self.expression(&node.call.expr)?;
                let link = Link::Call(self.arguments(&node.call.args)?);
                Statement::Do(Expression::Chain(Box::new(base), vec![link]))
            }
        })
    }

    /// Whether a tag says `with context` or `without context`.
    fn context_mark(&self, span: minijinja::machinery::Span) -> Option<bool> {
        let text = self.canonical.text.get(span.start_offset as usize..span.end_offset as usize)?;
        if text.contains(" without context") {
            return Some(false);
        }
        text.contains(" with context").then_some(true)
    }

    fn for_loop(&mut self, node: &ast::ForLoop<'_>) -> Result<Statement> {
        Ok(Statement::For(Arc::new(For {
            target: self.target(&node.target)?,
            iterated: self.expression(&node.iter)?,
            condition: node.filter_expr.as_ref().map(|condition| self.expression(condition)).transpose()?,
            recursive: node.recursive,
            body: self.body(&node.body)?,
            otherwise: self.body(&node.else_body)?,
        })))
    }

    /// `elif` nests in the syntax tree; here it is a flat list.
    fn if_chain(&mut self, node: &ast::IfCond<'_>) -> Result<Statement> {
        let mut branches = vec![(self.expression(&node.expr)?, self.body(&node.true_body)?)];
        let mut rest = &node.false_body;
        while let [ast::Stmt::IfCond(next)] = rest.as_slice() {
            branches.push((self.expression(&next.expr)?, self.body(&next.true_body)?));
            rest = &next.false_body;
        }
        Ok(Statement::If(branches, self.body(rest)?))
    }

    fn from_import(&mut self, node: &ast::Spanned<ast::FromImport<'_>>) -> Result<Statement> {
        let mut names = Vec::new();
        for (name, alias) in &node.names {
            let (ast::Expr::Var(name), alias) = (name, alias) else {
                return Err(syntax_error("expected token 'name'"));
            };
            let alias = match alias {
                Some(ast::Expr::Var(alias)) => alias.id,
                _ => name.id,
            };
            names.push((self.name(name.id), self.name(alias)));
        }
        let with_context = self.context_mark(node.span()) == Some(true);
        Ok(Statement::FromImport { name: self.expression(&node.expr)?, names, with_context })
    }

    fn macro_definition(&mut self, node: &ast::Macro<'_>) -> Result<Macro> {
        let outer = std::mem::take(&mut self.seen);
        let mut parameters = Vec::new();
        for parameter in &node.args {
            let ast::Expr::Var(parameter) = parameter else { return Err(syntax_error("expected token 'name'")) };
            parameters.push(self.name(parameter.id));
        }
        let defaults = node.defaults.iter().map(|default| self.expression(default)).collect::<Result<_>>()?;
        let body = self.body(&node.body)?;
        let inner = self.seen;
        self.seen = Seen {
            varargs: outer.varargs || inner.varargs,
            kwargs: outer.kwargs || inner.kwargs,
            caller: outer.caller || inner.caller,
        };
        Ok(Macro {
            name: self.name(node.name),
            parameters,
            defaults,
            body,
            uses_varargs: inner.varargs,
            uses_kwargs: inner.kwargs,
            uses_caller: inner.caller,
        })
    }

    fn target(&mut self, target: &ast::Expr<'_>) -> Result<Target> {
        Ok(match target {
            ast::Expr::Var(variable) => Target::Name(self.name(variable.id)),
            ast::Expr::List(list) => {
                Target::Tuple(list.items.iter().map(|item| self.target(item)).collect::<Result<_>>()?)
            }
            ast::Expr::GetAttr(attribute) => match &attribute.expr {
                ast::Expr::Var(variable) => Target::Attribute(self.name(variable.id), self.name(attribute.name)),
                _ => return Err(syntax_error("expected token '=', got '.'")),
            },
            other => return Err(syntax_error(format!("can't assign to '{}'", other.description()))),
        })
    }

    fn boxed(&mut self, expression: &ast::Expr<'_>) -> Result<Box<Expression>> {
        self.expression(expression).map(Box::new)
    }

    fn all(&mut self, expressions: &[ast::Expr<'_>]) -> Result<Vec<Expression>> {
        expressions.iter().map(|expression| self.expression(expression)).collect()
    }

    fn expression(&mut self, expression: &ast::Expr<'_>) -> Result<Expression> {
        Ok(match expression {
            ast::Expr::Var(variable) => self.variable(variable.id),
            ast::Expr::Const(constant) => Expression::Constant(self.constant(&constant.value)),
            ast::Expr::UnaryOp(node) => self.unary(node)?,
            ast::Expr::BinOp(node) => self.binary(expression, node)?,
            ast::Expr::Compare(node) => {
                let mut rest = Vec::new();
                for operand in &node.ops {
                    rest.push((comparison(operand.op), self.expression(&operand.expr)?));
                }
                Expression::Compare(self.boxed(&node.expr)?, rest)
            }
            ast::Expr::IfExpr(node) => Expression::Condition(Box::new(Condition {
                test: self.expression(&node.test_expr)?,
                then: self.expression(&node.true_expr)?,
                otherwise: node.false_expr.as_ref().map(|otherwise| self.expression(otherwise)).transpose()?,
                line: self.canonical.line(node.test_expr.span().start_offset as usize),
            })),
            ast::Expr::List(node) => Expression::List(self.all(&node.items)?),
            ast::Expr::Tuple(node) => Expression::Tuple(self.all(&node.items)?),
            ast::Expr::Map(node) => {
                let mut pairs = Vec::new();
                for (key, value) in node.keys.iter().zip(&node.values) {
                    pairs.push((self.expression(key)?, self.expression(value)?));
                }
                Expression::Dict(pairs)
            }
            _ => self.chain(expression)?,
        })
    }

    fn variable(&mut self, identifier: &str) -> Expression {
        match identifier {
            "varargs" => self.seen.varargs = true,
            "kwargs" => self.seen.kwargs = true,
            "caller" => self.seen.caller = true,
            _ => {}
        }
        Expression::Name(self.name(identifier))
    }

    fn constant(&self, constant: &minijinja::Value) -> Value {
        use minijinja::value::ValueKind;
        match constant.kind() {
            ValueKind::Bool => constant.is_true().into(),
            ValueKind::String => {
                self.canonical.constant(constant.as_str().and_then(|text| text.strip_prefix('s')).unwrap_or_default())
            }
            ValueKind::Number => {
                let number = f64::try_from(constant.clone()).unwrap_or_default().trunc();
                self.canonical.constant(&format!("{number}"))
            }
            _ => Value::NULL,
        }
    }

    fn unary(&mut self, node: &ast::Spanned<ast::UnaryOp<'_>>) -> Result<Expression> {
        if let UnaryOpKind::Not = node.op {
            if let ast::Expr::BinOp(inner) = &node.expr
                && matches!(inner.op, BinOpKind::In)
                && inner.span() == node.span()
            {
                let rest = vec![(Comparison::NotIn, self.expression(&inner.right)?)];
                return Ok(Expression::Compare(self.boxed(&inner.left)?, rest));
            }
            return Ok(Expression::Not(self.boxed(&node.expr)?));
        }
        if self.canonical.plus.contains(&node.span().start_offset)
            && let ast::Expr::UnaryOp(inner) = &node.expr
        {
            return Ok(Expression::Positive(self.boxed(&inner.expr)?));
        }
        Ok(Expression::Negative(self.boxed(&node.expr)?))
    }

    fn binary(&mut self, expression: &ast::Expr<'_>, node: &ast::BinOp<'_>) -> Result<Expression> {
        if let Some(comparison) = binary_comparison(node.op) {
            let rest = vec![(comparison, self.expression(&node.right)?)];
            return Ok(Expression::Compare(self.boxed(&node.left)?, rest));
        }
        let same_kind =
            |other: BinOpKind| std::mem::discriminant(&kind(other)) == std::mem::discriminant(&kind(node.op));
        // The left spine, from the outside in.
        let mut spine = Vec::new();
        let mut left = expression;
        while let ast::Expr::BinOp(inner) = left
            && binary_comparison(inner.op).is_none()
            && same_kind(inner.op)
        {
            spine.push((inner.op, &inner.right));
            left = &inner.left;
        }
        let first = self.expression(left)?;
        let mut rest = Vec::with_capacity(spine.len());
        for (operator, right) in spine.into_iter().rev() {
            rest.push((operator, self.expression(right)?));
        }
        let operands = |first, rest: Vec<(BinOpKind, Expression)>| {
            std::iter::once(first).chain(rest.into_iter().map(|(_, operand)| operand)).collect::<Vec<_>>()
        };
        Ok(match kind(node.op) {
            BinaryKind::And => Expression::And(operands(first, rest)),
            BinaryKind::Or => Expression::Or(operands(first, rest)),
            BinaryKind::Concat => Expression::Concat(operands(first, rest)),
            BinaryKind::Arithmetic(_) => {
                let rest = rest
                    .into_iter()
                    .filter_map(|(operator, operand)| match kind(operator) {
                        BinaryKind::Arithmetic(operator) => Some((operator, operand)),
                        _ => None,
                    })
                    .collect();
                Expression::Arithmetic(Box::new(first), rest)
            }
        })
    }

    /// Attributes, items, calls, filters and tests, from the innermost on.
    fn chain(&mut self, expression: &ast::Expr<'_>) -> Result<Expression> {
        let mut spine = Vec::new();
        let mut base = Some(expression);
        while let Some(current) = base {
            base = match current {
                ast::Expr::GetAttr(node) => Some(&node.expr),
                ast::Expr::GetItem(node) => Some(&node.expr),
                ast::Expr::Slice(node) => Some(&node.expr),
                ast::Expr::Call(node) => Some(&node.expr),
                ast::Expr::Filter(node) => {
                    spine.push(current);
                    base = node.expr.as_ref();
                    continue;
                }
                ast::Expr::Test(node) => Some(&node.expr),
                _ => break,
            };
            spine.push(current);
        }
        let first = match base {
            Some(base) => self.expression(base)?,
            None => Expression::Captured,
        };
        let mut links = Vec::with_capacity(spine.len());
        for link in spine.into_iter().rev() {
            links.push(self.link(link)?);
        }
        Ok(Expression::Chain(Box::new(first), links))
    }

    fn link(&mut self, expression: &ast::Expr<'_>) -> Result<Link> {
        Ok(match expression {
            ast::Expr::GetAttr(node) => Link::Attribute(self.name(node.name)),
            ast::Expr::GetItem(node) => Link::Item(self.expression(&node.subscript_expr)?),
            ast::Expr::Slice(node) => {
                let mut part =
                    |part: &Option<ast::Expr<'_>>| part.as_ref().map(|part| self.expression(part)).transpose();
                Link::Slice(Box::new([part(&node.start)?, part(&node.stop)?, part(&node.step)?]))
            }
            ast::Expr::Call(node) => Link::Call(self.arguments(&node.args)?),
            ast::Expr::Filter(node) => Link::Filter(self.plugin_name(node.name), self.arguments(&node.args)?),
            ast::Expr::Test(node) => Link::Test(self.plugin_name(node.name), self.arguments(&node.args)?),
            other => return Err(syntax_error(format!("unexpected {}", other.description()))),
        })
    }

    /// Dotted names stand in the rewritten text with blanks around the dots.
    fn plugin_name(&mut self, name: &str) -> Name {
        if name.contains(char::is_whitespace) {
            return name.split_whitespace().collect::<String>().into();
        }
        self.name(name)
    }

    fn arguments(&mut self, arguments: &[ast::CallArg<'_>]) -> Result<Arguments> {
        let mut lowered = Arguments::default();
        for argument in arguments {
            match argument {
                ast::CallArg::Pos(value) => lowered.positional.push(self.expression(value)?),
                ast::CallArg::Kwarg(name, value) => {
                    let value = self.expression(value)?;
                    lowered.keywords.push((self.name(name), value));
                }
                ast::CallArg::PosSplat(value) => {
                    lowered.splats.push((lowered.positional.len(), self.expression(value)?));
                }
                ast::CallArg::KwargSplat(value) => lowered.keyword_splats.push(self.expression(value)?),
            }
        }
        Ok(lowered)
    }
}

enum BinaryKind {
    And,
    Or,
    Concat,
    Arithmetic(Operator),
}

fn kind(operator: BinOpKind) -> BinaryKind {
    match operator {
        BinOpKind::ScAnd => BinaryKind::And,
        BinOpKind::ScOr => BinaryKind::Or,
        BinOpKind::Concat => BinaryKind::Concat,
        BinOpKind::Sub => BinaryKind::Arithmetic(Operator::Subtract),
        BinOpKind::Mul => BinaryKind::Arithmetic(Operator::Multiply),
        BinOpKind::Div => BinaryKind::Arithmetic(Operator::Divide),
        BinOpKind::FloorDiv => BinaryKind::Arithmetic(Operator::FloorDivide),
        BinOpKind::Rem => BinaryKind::Arithmetic(Operator::Remainder),
        BinOpKind::Pow => BinaryKind::Arithmetic(Operator::Power),
        _ => BinaryKind::Arithmetic(Operator::Add),
    }
}

fn binary_comparison(operator: BinOpKind) -> Option<Comparison> {
    Some(match operator {
        BinOpKind::Eq => Comparison::Equal,
        BinOpKind::Ne => Comparison::NotEqual,
        BinOpKind::Lt => Comparison::Less,
        BinOpKind::Lte => Comparison::LessOrEqual,
        BinOpKind::Gt => Comparison::Greater,
        BinOpKind::Gte => Comparison::GreaterOrEqual,
        BinOpKind::In => Comparison::In,
        _ => return None,
    })
}

fn comparison(operator: CompareOpKind) -> Comparison {
    match operator {
        CompareOpKind::Eq => Comparison::Equal,
        CompareOpKind::Ne => Comparison::NotEqual,
        CompareOpKind::Lt => Comparison::Less,
        CompareOpKind::Lte => Comparison::LessOrEqual,
        CompareOpKind::Gt => Comparison::Greater,
        CompareOpKind::Gte => Comparison::GreaterOrEqual,
        CompareOpKind::In => Comparison::In,
        CompareOpKind::NotIn => Comparison::NotIn,
    }
}
