//! Everything that can be documented, brought to one shape.

use crate::args::{ArgSpec, DefaultValue, Kind, OptionSpec, Rule};
use crate::data::{Data, Map, Value};
use crate::plugins;
use crate::project::settings::{Default, Setting, plugins as configured};
use crate::template::Names;

/// A module or plugin.
pub struct Entry {
    /// `module`, `filter`, …
    pub kind: &'static str,
    /// With its collection.
    pub name: String,
    pub aliases: Vec<String>,
    pub summary: String,
    pub options: Vec<OptionEntry>,
    /// What options demand of each other, a sentence each.
    pub rules: Vec<String>,
    /// A module takes a line of text besides its options.
    pub free_form: bool,
}

/// One option.
pub struct OptionEntry {
    pub name: String,
    pub about: String,
    pub type_name: String,
    pub elements: Option<String>,
    pub required: bool,
    pub default: Value,
    pub choices: Vec<String>,
    pub aliases: Vec<String>,
    pub suboptions: Vec<OptionEntry>,
    /// Where else it can be set.
    pub setting: Option<&'static Setting>,
}

impl Entry {
    fn new(kind: &'static str, name: String, summary: impl Into<String>) -> Self {
        Self {
            kind,
            name,
            aliases: Vec::new(),
            summary: summary.into(),
            options: Vec::new(),
            rules: Vec::new(),
            free_form: false,
        }
    }

    /// Without a collection that may be left out.
    pub fn short_name(&self) -> &str {
        self.name.strip_prefix("ansible.builtin.").unwrap_or(&self.name)
    }

    pub fn is_called(&self, name: &str) -> bool {
        let name = name.strip_prefix("ansible.legacy.").unwrap_or(name);
        let is = |known: &str| known == name || known.strip_prefix("ansible.builtin.") == Some(name);
        is(&self.name) || self.aliases.iter().any(|alias| is(alias))
    }
}

/// All of a type, sorted by name; nothing for types that are not kept.
pub fn of_type(plugin_type: &str) -> Option<Vec<Entry>> {
    let mut entries = match plugin_type {
        "module" => modules(),
        "filter" => named("filter", plugins::filter::FAMILIES.concat().iter().map(|filter| filter.names)),
        "test" => named("test", plugins::test::FAMILIES.concat().iter().map(|test| test.names)),
        "lookup" => named("lookup", plugins::lookup::FAMILIES.concat().iter().map(|lookup| lookup.names)),
        "callback" => callbacks(),
        "connection" => connections(),
        "become" => methods(),
        "inventory" | "cache" | "shell" | "vars" => only_configured(plugin_type)?,
        "strategy" => strategies(),
        _ => return None,
    };
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Some(entries)
}

fn modules() -> Vec<Entry> {
    crate::modules::all()
        .filter(|module| !module.name.starts_with("muster."))
        .map(|module| {
            let mut entry = Entry::new("module", module.name.to_owned(), module.summary);
            entry.aliases = module.aliases.iter().map(|alias| (*alias).to_owned()).collect();
            entry.options = declared(module.spec);
            entry.rules = module.spec.all_rules().map(sentence).collect();
            entry.free_form = module.traits.free_form;
            entry
        })
        .collect()
}

fn named(kind: &'static str, all: impl Iterator<Item = Names>) -> Vec<Entry> {
    all.map(|names| {
        let mut entry = Entry::new(kind, names.full(), names.doc);
        let full = |alias: &&str| {
            if alias.contains('.') { (*alias).to_owned() } else { format!("{}.{alias}", names.collection) }
        };
        entry.aliases = names.aliases.iter().map(full).collect();
        entry
    })
    .collect()
}

fn callbacks() -> Vec<Entry> {
    plugins::callback::ALL
        .iter()
        .map(|callback| {
            let name = format!("{}.{}", callback.collection, callback.name);
            let mut entry = Entry::new("callback", name, callback.summary);
            entry.options = callback.options.iter().map(set_from_outside).collect();
            entry
        })
        .collect()
}

fn connections() -> Vec<Entry> {
    plugins::connection::ALL
        .iter()
        .map(|plugin| {
            let name = plugin.declaration.name;
            let mut entry = Entry::new("connection", format!("ansible.builtin.{name}"), plugin.summary);
            entry.aliases = plugin.aliases.iter().map(|alias| format!("ansible.builtin.{alias}")).collect();
            entry.options = configured_options("connection", name);
            entry
        })
        .collect()
}

fn methods() -> Vec<Entry> {
    plugins::r#become::ALL
        .iter()
        .map(|method| {
            let name = method.declaration.name;
            let collection =
                if configured::find("become", name).is_some() { "ansible.builtin" } else { "community.general" };
            let mut entry = Entry::new("become", format!("{collection}.{name}"), method.summary);
            entry.options = configured_options("become", name);
            entry
        })
        .collect()
}

fn strategies() -> Vec<Entry> {
    plugins::strategy::ALL
        .iter()
        .map(|kind| Entry::new("strategy", format!("ansible.builtin.{}", kind.name), kind.summary))
        .collect()
}

/// Types of which only the options are known here.
fn only_configured(plugin_type: &str) -> Option<Vec<Entry>> {
    let (kind, known) = configured::TYPES.iter().find(|(name, _)| *name == plugin_type)?;
    let entries = known.iter().map(|plugin| {
        let mut entry = Entry::new(kind, format!("ansible.builtin.{}", plugin.name), "");
        entry.options = configured_options(plugin_type, plugin.name);
        entry
    });
    Some(entries.collect())
}

fn configured_options(plugin_type: &str, name: &str) -> Vec<OptionEntry> {
    let options = configured::find(plugin_type, name).map_or(&[][..], |plugin| plugin.options);
    options.iter().map(set_from_outside).collect()
}

fn declared(spec: &'static ArgSpec) -> Vec<OptionEntry> {
    // Those with an underscore are set by the program itself.
    let public = spec.all_options().filter(|option| !option.name.starts_with('_'));
    let mut options: Vec<OptionEntry> = public.map(option).collect();
    options.sort_by(|a, b| a.name.cmp(&b.name));
    options
}

fn option(option: &'static OptionSpec) -> OptionEntry {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    OptionEntry {
        name: option.name.to_owned(),
        about: option.doc.to_owned(),
        type_name: type_name(option.kind).to_owned(),
        elements: option.elements.map(|kind| type_name(kind).to_owned()),
        required: option.required,
        default: match option.default {
            DefaultValue::None => Value::NULL,
            DefaultValue::Bool(flag) => flag.into(),
            DefaultValue::Int(number) => Data::Int(number).into(),
            DefaultValue::Float(number) => number.into(),
            DefaultValue::Str(text) => text.into(),
            DefaultValue::List(items) => texts(items),
            DefaultValue::EmptyDict => Map::new().into(),
        },
        choices: owned(option.choices),
        aliases: owned(option.aliases),
        suboptions: option.suboptions.map(declared).unwrap_or_default(),
        setting: None,
    }
}

fn set_from_outside(setting: &'static Setting) -> OptionEntry {
    OptionEntry {
        name: setting.name.to_owned(),
        about: setting.about.to_owned(),
        type_name: if setting.type_name.is_empty() { "string" } else { setting.type_name }.to_owned(),
        elements: None,
        required: setting.required,
        default: match setting.default {
            Default::Null => Value::NULL,
            Default::Bool(flag) => flag.into(),
            Default::Int(number) => Data::Int(number).into(),
            Default::Float(number) => number.into(),
            Default::Text(text) => text.into(),
            Default::BelowHome(rest) => format!("$ANSIBLE_HOME{rest}").into(),
            Default::Texts(items) => texts(items),
            Default::Pairs(pairs) => pairs.iter().copied().collect::<Map>().into(),
        },
        choices: setting.choices.iter().map(|choice| (*choice).to_owned()).collect(),
        aliases: Vec::new(),
        suboptions: Vec::new(),
        setting: Some(setting),
    }
}

fn texts(items: &[&str]) -> Value {
    Value::list(items.iter().map(|item| Value::from(*item)))
}

pub fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Str => "str",
        Kind::Bool => "bool",
        Kind::Int => "int",
        Kind::Float => "float",
        Kind::Path => "path",
        Kind::Raw => "raw",
        Kind::List => "list",
        Kind::Dict => "dict",
        Kind::Json => "json",
        Kind::Jsonarg => "jsonarg",
        Kind::Bytes => "bytes",
        Kind::Bits => "bits",
    }
}

fn sentence(rule: &Rule) -> String {
    match rule {
        Rule::Exclusive(names) => format!("Only one of {} may be given.", names.join(", ")),
        Rule::RequiredTogether(names) => format!("{} are given together or not at all.", names.join(", ")),
        Rule::RequiredOneOf(names) => format!("One of {} is required.", names.join(", ")),
        Rule::RequiredIf { option, value, required, any } => {
            let (what, verb) = if *any { (required.join(" or "), "is") } else { (required.join(", "), "required:") };
            match verb {
                "is" => format!("With {option}={value}, {what} is required."),
                _ => format!("With {option}={value}, these are required: {what}."),
            }
        }
        Rule::RequiredBy { option, required } => format!("With {option}, these are required: {}.", required.join(", ")),
    }
}
