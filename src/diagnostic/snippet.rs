//! Diagnostics as rustc prints them: message, place, source line with carets, help and notes.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin as Place, Renderer, Snippet};

use super::{Diagnostic, Origin};

/// The text of a diagnostic in the style of rustc, without the colour.
pub fn render(diagnostic: &Diagnostic) -> String {
    rendered(&Level::ERROR, diagnostic, &Renderer::plain())
}

/// The same with colours.
pub fn render_colored(diagnostic: &Diagnostic) -> String {
    rendered(&Level::ERROR, diagnostic, &Renderer::styled())
}

/// A warning in the style of rustc.
pub fn render_warning(diagnostic: &Diagnostic, colored: bool) -> String {
    let renderer = if colored { Renderer::styled() } else { Renderer::plain() };
    rendered(&Level::WARNING, diagnostic, &renderer)
}

fn rendered(level: &Level<'static>, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let mut links = diagnostic.chain().peekable();
    let mut groups: Vec<Group<'_>> = Vec::new();
    while let Some(link) = links.next() {
        let is_first = groups.is_empty();
        let mut origin = &link.origin;
        let mut reason = None;
        let mut members = vec![link];
        // Causes at the same place belong under the same line; the last of them is the reason.
        while let Some(cause) =
            links.next_if(|cause| cause.origin.is_none() || origin.is_none() || cause.origin == *origin)
        {
            origin = if origin.is_none() { &cause.origin } else { origin };
            reason = Some(cause.message.as_str());
            members.push(cause);
        }
        let title = if is_first {
            level.clone().primary_title(&link.message)
        } else {
            Level::NOTE.secondary_title(format!("caused by: {}", link.message))
        };
        let label = members.iter().rev().find_map(|member| member.aside.as_ref()?.label.as_deref()).or(reason);
        let mut group = title.element_or_nothing(element(origin, AnnotationKind::Primary, label));
        // Without a source line there is nothing that a label could stand beside.
        if let (None, Some(reason)) = (excerpt(origin), reason) {
            group = group.element(Level::NOTE.message(reason));
        }
        groups.push(group);
        for (note, place) in members.iter().flat_map(|member| &member.notes) {
            let group = Level::NOTE.secondary_title(note);
            groups.push(group.element_or_nothing(element(place, AnnotationKind::Context, None)));
        }
        for hint in members.iter().flat_map(|member| &member.hints) {
            groups.push(Group::with_title(Level::HELP.secondary_title(hint)));
        }
        for suggestion in members.iter().filter_map(|member| member.aside.as_ref()?.suggestion.as_deref()) {
            groups.push(Group::with_title(Level::HELP.secondary_title(suggestion)));
        }
    }
    renderer.render(&groups) + "\n"
}

trait OrNothing<'a> {
    fn element_or_nothing(self, element: Option<Element<'a>>) -> Group<'a>;
}

impl<'a> OrNothing<'a> for annotate_snippets::Title<'a> {
    fn element_or_nothing(self, element: Option<Element<'a>>) -> Group<'a> {
        match element {
            Some(element) => self.element(element),
            None => Group::with_title(self),
        }
    }
}

/// The source line of a place, marked; or just the place, where its text cannot be shown.
fn element<'a>(origin: &Origin, kind: AnnotationKind, label: Option<&'a str>) -> Option<Element<'a>> {
    if origin.is_none() {
        return None;
    }
    let shown = excerpt(origin);
    let Some((text, first_line, span)) = shown else {
        let mut place = Place::path(source_name(origin));
        if origin.line() > 0 {
            place = place.line(origin.line() as usize);
        }
        if origin.column() > 0 {
            place = place.char_column(origin.column() as usize);
        }
        return Some(place.into());
    };
    let annotation = kind.span(span).label(label.map(Cow::Borrowed));
    let snippet =
        Snippet::source(text).path(source_name(origin)).line_start(first_line).fold(true).annotation(annotation);
    Some(snippet.into())
}

fn source_name(origin: &Origin) -> String {
    origin.at(0, 0).to_string()
}

/// The line of a place with its neighbours, the number of the first, and what is meant, as bytes.
fn excerpt(origin: &Origin) -> Option<(String, usize, Range<usize>)> {
    let number = (origin.line() as usize).checked_sub(1)?;
    let bytes = std::fs::read(origin.path()?).ok()?;
    let content = String::from_utf8_lossy(&bytes);
    // The lines of an encrypted file are not what the place is about.
    if content.starts_with("$ANSIBLE_VAULT") {
        return None;
    }
    let first = number.saturating_sub(1);
    let lines: Vec<&str> = content.lines().skip(first).take(3).collect();
    let line = lines.get(number - first)?;
    let before: usize = lines[..number - first].iter().map(|line| line.len() + 1).sum();
    let span = word_at(line, origin.column() as usize);
    Some((lines.join("\n"), first + 1, before + span.start..before + span.end))
}

/// The word or quoted text that begins at the column, which counts characters from 1.
fn word_at(line: &str, column: usize) -> Range<usize> {
    let indent = line.len() - line.trim_start().len();
    let start = match column.checked_sub(1) {
        None => indent,
        Some(skipped) => line.char_indices().nth(skipped).map_or(line.len(), |(index, _)| index),
    };
    let rest = &line[start..];
    let length = match rest.chars().next() {
        None => 0,
        Some(quote @ ('"' | '\'')) => rest[1..].find(quote).map_or(rest.len(), |end| end + 2),
        _ if column == 0 => rest.trim_end().len(),
        Some(first) => rest
            .char_indices()
            .skip(1)
            .find(|(_, character)| character.is_whitespace() || ":,]}".contains(*character))
            .map_or(rest.len(), |(index, _)| index)
            .max(first.len_utf8()),
    };
    start..start + length
}

#[cfg(test)]
mod tests {
    use super::{Diagnostic, Origin, render, word_at};

    #[test]
    fn words_at_a_column() {
        for (line, column, expected) in [
            ("- name: web", 3, "name"),
            ("  hosts: all  ", 10, "all"),
            ("a: 'b c' d", 4, "'b c'"),
            ("x", 9, ""),
            ("  whole line ", 0, "whole line"),
            ("ünï: x", 1, "ünï"),
        ] {
            assert_eq!(&line[word_at(line, column)], expected, "{line:?} at {column}");
        }
    }

    #[test]
    fn a_chain_with_places() {
        let folder = std::env::temp_dir().join(format!("muster-snippet-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a scratch folder");
        let path = folder.join("site.yml");
        std::fs::write(&path, "- hosts: all\n  tsks:\n    - ping:\n").expect("a scratch file");
        let origin = Origin::file(&path);
        let diagnostic = Diagnostic::new("'tsks' is not a keyword of a play")
            .at(&origin.at(2, 3))
            .label("not known")
            .hint("did you mean 'tasks'?")
            .note("the play begins here", &origin.at(1, 3))
            .caused_by(Diagnostic::new("something below").at(&origin.at(3, 7)));
        let expected = "\
error: 'tsks' is not a keyword of a play
 --> site.yml:2:3
  |
2 |   tsks:
  |   ^^^^ not known
  |
note: the play begins here
 --> site.yml:1:3
  |
1 | - hosts: all
  |   -----
help: did you mean 'tasks'?
note: caused by: something below
 --> site.yml:3:7
  |
3 |     - ping:
  |       ^^^^
";
        let shown = render(&diagnostic).replace(&format!("{}/", folder.display()), "");
        // A folder that stays is no reason to fail.
        let _ = std::fs::remove_dir_all(&folder);
        assert_eq!(shown, expected);
    }

    #[test]
    fn places_without_text() {
        let described = Origin::described("<CLI option '-e'>").at(1, 2);
        let diagnostic = Diagnostic::new("no variables").at(&described).caused_by(Diagnostic::new("bad"));
        let expected = "error: no variables\n--> <CLI option '-e'>:1:2\n = note: bad\n";
        assert_eq!(render(&diagnostic), expected);
        let diagnostic = Diagnostic::new("a").caused_by(Diagnostic::new("b"));
        assert_eq!(render(&diagnostic), "error: a\n |\n = note: b\n");
    }
}
