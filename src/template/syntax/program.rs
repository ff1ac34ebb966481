//! A compiled template: a tree that owns its parts, is shared between threads, and has its long
//! chains flat.

use std::sync::Arc;

use crate::data::Value;

pub type Name = Arc<str>;

/// A template or an expression, ready to be evaluated any number of times.
#[derive(Debug)]
pub struct Program {
    pub body: Vec<Statement>,
    /// All blocks, the nested ones too.
    pub blocks: Vec<Arc<Block>>,
}

#[derive(Debug)]
pub enum Statement {
    Data(Arc<str>),
    Print(Expression),
    For(Arc<For>),
    /// Conditions with their bodies, and the body of `else`.
    If(Vec<(Expression, Vec<Statement>)>, Vec<Statement>),
    With(Vec<(Target, Expression)>, Vec<Statement>),
    Set(Target, Expression),
    SetBlock(Target, Option<Expression>, Vec<Statement>),
    FilterBlock(Expression, Vec<Statement>),
    /// A body of its own scope without any other effect.
    Scope(Vec<Statement>),
    Macro(Arc<Macro>),
    CallBlock(Call, Arc<Macro>),
    Block(Arc<Block>),
    Extends(Expression),
    Include {
        name: Expression,
        ignore_missing: bool,
        with_context: bool,
    },
    Import {
        name: Expression,
        target: Name,
        with_context: bool,
    },
    FromImport {
        name: Expression,
        names: Vec<(Name, Name)>,
        with_context: bool,
    },
    Do(Expression),
    Break,
    Continue,
}

#[derive(Debug)]
pub struct For {
    pub target: Target,
    pub iterated: Expression,
    pub condition: Option<Expression>,
    pub recursive: bool,
    pub body: Vec<Statement>,
    pub otherwise: Vec<Statement>,
}

#[derive(Debug)]
pub struct Macro {
    pub name: Name,
    pub parameters: Vec<Name>,
    /// Of the last parameters.
    pub defaults: Vec<Expression>,
    pub body: Vec<Statement>,
    pub uses_varargs: bool,
    pub uses_kwargs: bool,
    pub uses_caller: bool,
}

#[derive(Debug)]
pub struct Block {
    pub name: Name,
    pub required: bool,
    pub scoped: bool,
    pub body: Vec<Statement>,
}

#[derive(Debug)]
pub enum Target {
    Name(Name),
    Tuple(Vec<Target>),
    Attribute(Name, Name),
}

#[derive(Debug)]
pub enum Expression {
    Constant(Value),
    Name(Name),
    List(Vec<Expression>),
    Tuple(Vec<Expression>),
    Dict(Vec<(Expression, Expression)>),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    Positive(Box<Expression>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
    /// `~`: the texts of all, in a row.
    Concat(Vec<Expression>),
    /// Operators from left to right.
    Arithmetic(Box<Expression>, Vec<(Operator, Expression)>),
    Compare(Box<Expression>, Vec<(Comparison, Expression)>),
    Condition(Box<Condition>),
    /// Attributes, items, calls, filters and tests from left to right.
    Chain(Box<Expression>, Vec<Link>),
    /// The captured text of a block that is filtered.
    Captured,
}

#[derive(Debug)]
pub struct Condition {
    pub test: Expression,
    pub then: Expression,
    pub otherwise: Option<Expression>,
    pub line: usize,
}

#[derive(Debug)]
pub enum Link {
    Attribute(Name),
    Item(Expression),
    Slice(Box<[Option<Expression>; 3]>),
    Call(Arguments),
    Filter(Name, Arguments),
    Test(Name, Arguments),
}

#[derive(Debug)]
pub struct Call {
    pub function: Expression,
    pub arguments: Arguments,
}

#[derive(Debug, Default)]
pub struct Arguments {
    pub positional: Vec<Expression>,
    pub keywords: Vec<(Name, Expression)>,
    /// `*items`, after which position in `positional`.
    pub splats: Vec<(usize, Expression)>,
    /// `**mapping`
    pub keyword_splats: Vec<Expression>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}
