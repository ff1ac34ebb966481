//! Which tags are open, for the reference's words about wrong nesting.

use super::token::{Kind, Token};
use super::{Syntax, syntax_error};
use crate::template::Result;

/// A chain of `elif` deeper than this is refused, since it nests in the tree.
const LONGEST_CHAIN: usize = 300;

pub(super) struct Nesting<'a> {
    syntax: &'a Syntax,
    open: Vec<Open>,
}

struct Open {
    tag: String,
    /// The tags that go on or end it.
    wanted: &'static [&'static str],
    parts: usize,
}

impl<'a> Nesting<'a> {
    pub fn new(syntax: &'a Syntax) -> Self {
        Self { syntax, open: Vec::new() }
    }

    /// Follows one tag.
    pub fn enter(&mut self, tokens: &[Token]) -> Result<()> {
        let Some(tag) = tokens.first() else { return Err(syntax_error("tag name expected")) };
        if tag.kind != Kind::Name {
            return Err(syntax_error("tag name expected"));
        }
        let name = tag.text.as_str();
        if let Some(open) = self.open.last_mut()
            && open.wanted.contains(&name)
        {
            open.parts += 1;
            if open.parts > LONGEST_CHAIN {
                return Err(syntax_error("the template is nested too deeply"));
            }
            if name.starts_with("end") {
                self.open.pop();
            } else if name == "else" {
                open.wanted = if open.tag == "for" { &["endfor"] } else { &["endif"] };
            }
            return Ok(());
        }
        let wanted: &[&str] = match name {
            "if" => &["elif", "else", "endif"],
            "for" => &["endfor", "else"],
            "block" => &["endblock"],
            "macro" => &["endmacro"],
            "call" => &["endcall"],
            "filter" => &["endfilter"],
            "with" => &["endwith"],
            "autoescape" => &["endautoescape"],
            "set" if is_set_block(tokens) => &["endset"],
            "set" | "print" | "include" | "import" | "from" | "extends" => return Ok(()),
            "do" if self.syntax.with_do => return Ok(()),
            "break" | "continue" if self.syntax.with_loop_controls => return Ok(()),
            _ => return Err(self.unknown(Some(name))),
        };
        self.open.push(Open { tag: name.to_owned(), wanted, parts: 0 });
        Ok(())
    }

    pub fn finish(&self) -> Result<()> {
        if self.open.is_empty() { Ok(()) } else { Err(self.unknown(None)) }
    }

    fn unknown(&self, name: Option<&str>) -> crate::template::TemplateError {
        let mut message = match name {
            Some(name) => format!("Encountered unknown tag '{name}'."),
            None => "Unexpected end of template.".to_owned(),
        };
        if let Some(open) = self.open.last() {
            let wanted = open.wanted.iter().map(|tag| format!("'{tag}'")).collect::<Vec<_>>().join(" or ");
            let expected_outside = name.is_some_and(|name| self.open.iter().any(|open| open.wanted.contains(&name)));
            if expected_outside {
                message += &format!(
                    " You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for {wanted}."
                );
            } else {
                message += &format!(" Jinja was looking for the following tags: {wanted}.");
            }
            message += &format!(" The innermost block that needs to be closed is '{}'.", open.tag);
        }
        syntax_error(message)
    }
}

/// `{% set name %}` and `{% set name | filter %}` have a body; `{% set name = … %}` has none.
fn is_set_block(tokens: &[Token]) -> bool {
    let mut depth = 0;
    for token in tokens.iter().filter(|token| token.kind == Kind::Operator) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            "=" if depth == 0 => return false,
            "|" if depth == 0 => return true,
            _ => {}
        }
    }
    true
}
