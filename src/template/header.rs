//! Overrides of how a template is written: by option, or by a `#jinja2:` line at its beginning.

use std::sync::Arc;

use super::syntax::Syntax;
use super::{Result, TemplateError};
use crate::data::{Value, python};

pub(super) const PREFIX: &str = "#jinja2:";

/// Takes the header off a text and applies it.
pub(super) fn strip<'a>(text: &'a str, syntax: &mut Syntax) -> Result<&'a str> {
    let Some(rest) = text.strip_prefix(PREFIX) else { return Ok(text) };
    let (line, body) = rest.split_once('\n').unwrap_or((rest, ""));
    for pair in line.split(',') {
        let Some((name, value)) = pair.split_once(':') else {
            return Err(TemplateError::syntax("failed to parse jinja2 override, did not find the `:` separator"));
        };
        let value = python::literal_eval(value.trim())
            .map_err(|_| TemplateError::syntax(format!("failed to parse jinja2 override '{}'", value.trim())))?;
        apply(syntax, name.trim(), &value)?;
    }
    Ok(body)
}

/// Applies one override.
pub(super) fn apply(syntax: &mut Syntax, name: &str, value: &Value) -> Result<()> {
    if value.is_null() && name != "line_statement_prefix" && name != "line_comment_prefix" {
        return Ok(());
    }
    let text = || -> Result<Arc<str>> {
        value.as_text().map(|text| text.shared().clone()).ok_or_else(|| wrong(name, "str", value))
    };
    let flag = || value.as_bool().ok_or_else(|| wrong(name, "bool", value));
    let prefix = || if value.is_null() { Ok(None) } else { text().map(Some) };
    match name {
        "block_start_string" => syntax.block.0 = text()?,
        "block_end_string" => syntax.block.1 = text()?,
        "variable_start_string" => syntax.variable.0 = text()?,
        "variable_end_string" => syntax.variable.1 = text()?,
        "comment_start_string" => syntax.comment.0 = text()?,
        "comment_end_string" => syntax.comment.1 = text()?,
        "line_statement_prefix" => syntax.line_statement = prefix()?,
        "line_comment_prefix" => syntax.line_comment = prefix()?,
        "trim_blocks" => syntax.trim_blocks = flag()?,
        "lstrip_blocks" => syntax.lstrip_blocks = flag()?,
        "keep_trailing_newline" => syntax.keep_trailing_newline = flag()?,
        "newline_sequence" => {
            let newline = text()?;
            if !matches!(&*newline, "\n" | "\r\n" | "\r") {
                return Err("'newline_sequence' must be one of '\\n', '\\r\\n', or '\\r'.".into());
            }
            syntax.newline = newline;
        }
        _ => return Err(TemplateError::syntax(format!("unknown template override {}", python::text_repr(name)))),
    }
    Ok(())
}

fn wrong(name: &str, wanted: &str, value: &Value) -> TemplateError {
    TemplateError::syntax(format!("template override '{name}' must be of type '{wanted}', not '{}'", value.type_name()))
}
