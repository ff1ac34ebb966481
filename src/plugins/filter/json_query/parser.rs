//! The grammar of JMESPath, by binding powers.

use super::lexer::{Token, tokens};
use crate::data::Value;

#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// `@`
    Current,
    Field(String),
    Literal(Value),
    Index(i64),
    Slice(Option<i64>, Option<i64>, Option<i64>),
    /// One after the other: `a.b`, `a[0]`, `a | b`.
    Chain(Box<Node>, Box<Node>),
    /// `[*]`: the right side for each item of a list.
    Projection(Box<Node>, Box<Node>),
    /// `*`: the right side for each value of an object.
    ValueProjection(Box<Node>, Box<Node>),
    /// `[?condition]`
    FilterProjection(Box<Node>, Box<Node>, Box<Node>),
    Flatten(Box<Node>),
    Or(Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Compare(&'static str, Box<Node>, Box<Node>),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
    Function(String, Vec<Node>),
    /// `&expression`, for functions that ask it of each item.
    Reference(Box<Node>),
}

/// What binds less ends a projection.
const PROJECTION_STOP: u8 = 10;

struct Parser<'a> {
    expression: &'a str,
    tokens: Vec<(Token, usize)>,
    at: usize,
}

pub fn parse(expression: &str) -> Result<Node, String> {
    if expression.is_empty() {
        return Err("Invalid JMESPath expression: cannot be empty.".to_owned());
    }
    let mut parser = Parser { expression, tokens: tokens(expression)?, at: 0 };
    let node = parser.expression(0)?;
    match parser.current() {
        Token::End => Ok(node),
        _ => Err(parser.unexpected()),
    }
}

fn power(token: &Token) -> u8 {
    let Token::Sign(sign) = token else { return 0 };
    match *sign {
        "|" => 1,
        "||" => 2,
        "&&" => 3,
        "==" | "!=" | "<" | "<=" | ">" | ">=" => 5,
        "[]" => 9,
        "*" => 20,
        "[?" => 21,
        "." => 40,
        "!" => 45,
        "{" => 50,
        "[" => 55,
        "(" => 60,
        _ => 0,
    }
}

fn boxed(node: Node) -> Box<Node> {
    Box::new(node)
}

impl Parser<'_> {
    fn current(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn following(&self) -> &Token {
        self.tokens.get(self.at + 1).map_or(&Token::End, |(token, _)| token)
    }

    fn advance(&mut self) -> Token {
        let token = self.current().clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.current(), Token::Sign(found) if *found == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let there = self.is_sign(sign);
        if there {
            self.advance();
        }
        there
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> String {
        let place = self.tokens[self.at].1;
        let pointer = " ".repeat(place + 1);
        match self.current() {
            Token::End => {
                format!("Invalid jmespath expression: Incomplete expression:\n\"{}\"\n{pointer}^", self.expression)
            }
            token => format!(
                "invalid token: Parse error at column {place}, token {token:?}, for expression:\n\"{}\"\n{pointer}^",
                self.expression
            ),
        }
    }

    fn expression(&mut self, binding: u8) -> Result<Node, String> {
        let mut left = self.prefix()?;
        while binding < power(self.current()) {
            left = self.infix(left)?;
        }
        Ok(left)
    }

    fn prefix(&mut self) -> Result<Node, String> {
        let unexpected = self.unexpected();
        let sign = match self.advance() {
            Token::Identifier(name) => return Ok(Node::Field(name)),
            Token::Quoted(_) if self.is_sign("(") => {
                return Err("Quoted identifier not allowed for function names.".to_owned());
            }
            Token::Quoted(name) => return Ok(Node::Field(name)),
            Token::Literal(value) => return Ok(Node::Literal(value)),
            Token::Sign(sign) => sign,
            Token::Number(_) | Token::End => return Err(unexpected),
        };
        match sign {
            "@" => Ok(Node::Current),
            "&" => Ok(Node::Reference(boxed(self.expression(0)?))),
            "!" => Ok(Node::Not(boxed(self.expression(45)?))),
            "(" => {
                let inner = self.expression(0)?;
                self.expect(")")?;
                Ok(inner)
            }
            "*" => {
                let right = if self.is_sign("]") { Node::Current } else { self.projected(20)? };
                Ok(Node::ValueProjection(boxed(Node::Current), boxed(right)))
            }
            "[?" => self.filter(Node::Current),
            "[]" => self.flatten(Node::Current),
            "{" => self.object(),
            "[" if self.is_sign("*") && *self.following() == Token::Sign("]") => {
                self.advance();
                self.advance();
                let right = self.projected(20)?;
                Ok(Node::Projection(boxed(Node::Current), boxed(right)))
            }
            "[" if self.is_sign(":") || matches!(self.current(), Token::Number(_)) => self.index(Node::Current),
            "[" => self.list(),
            _ => Err(unexpected),
        }
    }

    fn infix(&mut self, left: Node) -> Result<Node, String> {
        let unexpected = self.unexpected();
        let Token::Sign(sign) = self.advance() else { return Err(unexpected) };
        match sign {
            "." if self.take("*") => {
                let right = self.projected(40)?;
                Ok(Node::ValueProjection(boxed(left), boxed(right)))
            }
            "." => Ok(Node::Chain(boxed(left), boxed(self.after_dot(40)?))),
            "|" => Ok(Node::Chain(boxed(left), boxed(self.expression(1)?))),
            "||" => Ok(Node::Or(boxed(left), boxed(self.expression(2)?))),
            "&&" => Ok(Node::And(boxed(left), boxed(self.expression(3)?))),
            "(" => self.function(left),
            "[?" => self.filter(left),
            "[]" => self.flatten(left),
            "[" if self.is_sign(":") || matches!(self.current(), Token::Number(_)) => self.index(left),
            "[" => {
                self.expect("*")?;
                self.expect("]")?;
                let right = self.projected(20)?;
                Ok(Node::Projection(boxed(left), boxed(right)))
            }
            comparator @ ("==" | "!=" | "<" | "<=" | ">" | ">=") => {
                Ok(Node::Compare(comparator, boxed(left), boxed(self.expression(5)?)))
            }
            _ => Err(unexpected),
        }
    }

    fn filter(&mut self, left: Node) -> Result<Node, String> {
        let condition = self.expression(0)?;
        self.expect("]")?;
        let right = if self.is_sign("[]") { Node::Current } else { self.projected(21)? };
        Ok(Node::FilterProjection(boxed(left), boxed(right), boxed(condition)))
    }

    fn flatten(&mut self, left: Node) -> Result<Node, String> {
        let right = self.projected(9)?;
        Ok(Node::Projection(boxed(Node::Flatten(boxed(left))), boxed(right)))
    }

    /// What is asked of each item of a projection.
    fn projected(&mut self, binding: u8) -> Result<Node, String> {
        if power(self.current()) < PROJECTION_STOP {
            return Ok(Node::Current);
        }
        if self.is_sign("[") || self.is_sign("[?") {
            return self.expression(binding);
        }
        if self.take(".") {
            return self.after_dot(binding);
        }
        Err(self.unexpected())
    }

    fn after_dot(&mut self, binding: u8) -> Result<Node, String> {
        match self.current() {
            Token::Identifier(_) | Token::Quoted(_) | Token::Sign("*") => self.expression(binding),
            Token::Sign("[") => {
                self.advance();
                self.list()
            }
            Token::Sign("{") => {
                self.advance();
                self.object()
            }
            _ => Err(self.unexpected()),
        }
    }

    /// A number, or a slice of up to three.
    fn index(&mut self, left: Node) -> Result<Node, String> {
        if let (Token::Number(number), Token::Sign("]")) = (self.current().clone(), self.following()) {
            self.advance();
            self.advance();
            return Ok(Node::Chain(boxed(left), boxed(Node::Index(number))));
        }
        let mut parts = [None, None, None];
        let mut part = 0;
        while !self.is_sign("]") {
            match self.advance() {
                Token::Sign(":") if part < 2 => part += 1,
                Token::Number(number) if parts[part].is_none() => parts[part] = Some(number),
                _ => {
                    self.at -= 1;
                    return Err(self.unexpected());
                }
            }
        }
        self.expect("]")?;
        let slice = Node::Chain(boxed(left), boxed(Node::Slice(parts[0], parts[1], parts[2])));
        let right = self.projected(20)?;
        Ok(Node::Projection(boxed(slice), boxed(right)))
    }

    fn list(&mut self) -> Result<Node, String> {
        let mut items = vec![self.expression(0)?];
        while self.take(",") {
            items.push(self.expression(0)?);
        }
        self.expect("]")?;
        Ok(Node::List(items))
    }

    fn object(&mut self) -> Result<Node, String> {
        let mut pairs = Vec::new();
        loop {
            let unexpected = self.unexpected();
            let (Token::Identifier(name) | Token::Quoted(name)) = self.advance() else { return Err(unexpected) };
            self.expect(":")?;
            pairs.push((name, self.expression(0)?));
            if !self.take(",") {
                break;
            }
        }
        self.expect("}")?;
        Ok(Node::Object(pairs))
    }

    fn function(&mut self, name: Node) -> Result<Node, String> {
        let Node::Field(name) = name else { return Err(self.unexpected()) };
        let mut arguments = Vec::new();
        while !self.is_sign(")") {
            arguments.push(self.expression(0)?);
            if self.is_sign(",") {
                self.advance();
            }
        }
        self.expect(")")?;
        Ok(Node::Function(name, arguments))
    }
}
