//! `derive(Args)`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, ExprLit, Field, Fields, Ident, Lit, LitStr, Meta, Result, Token, Type,
    parenthesized,
};

pub fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "Args is for structs"));
    };
    let fields: Vec<&Field> = match &data.fields {
        Fields::Named(named) => named.named.iter().collect(),
        Fields::Unit => Vec::new(),
        Fields::Unnamed(_) => return Err(Error::new_spanned(&input.ident, "options need names")),
    };
    let name = &input.ident;
    let rules = rules_of(&input.attrs)?;
    let mut options = Vec::new();
    let mut flattened = Vec::new();
    let mut fills = Vec::new();
    let mut accepted = Vec::new();
    for field in fields {
        let declared = Declared::of(field)?;
        let (ident, ty) = (&declared.ident, &field.ty);
        if declared.unused {
            accepted.push(quote! { _ = &filled.#ident; });
        }
        if declared.flatten {
            flattened.push(quote! { <#ty as crate::args::Args>::SPEC });
            fills.push(quote! { #ident: <#ty as crate::args::Args>::from_checked(map)? });
        } else {
            let option = &declared.name;
            options.push(declared.spec(ty));
            fills.push(quote! { #ident: crate::args::take::<#ty>(map, #option)? });
        }
    }
    Ok(quote! {
        impl crate::args::Args for #name {
            const SPEC: &'static crate::args::ArgSpec = &crate::args::ArgSpec {
                options: &[#(#options),*],
                flattened: &[#(#flattened),*],
                rules: &[#(#rules),*],
            };

            fn from_checked(map: &mut crate::data::Map) -> ::core::result::Result<Self, String> {
                _ = &map;
                let filled = Self { #(#fills),* };
                #(#accepted)*
                ::core::result::Result::Ok(filled)
            }
        }

        impl crate::args::Field for #name {
            const KIND: crate::args::Kind = crate::args::Kind::Dict;
            const SUBOPTIONS: ::core::option::Option<&'static crate::args::ArgSpec> =
                ::core::option::Option::Some(<Self as crate::args::Args>::SPEC);

            fn from_value(value: ::core::option::Option<crate::data::Value>) -> ::core::result::Result<Self, String> {
                let mut map = <crate::data::Map as crate::args::Field>::from_value(value)?;
                <Self as crate::args::Args>::from_checked(&mut map)
            }
        }
    })
}

/// What a field's attributes and doc comment say.
struct Declared {
    ident: Ident,
    name: String,
    doc: String,
    aliases: Vec<LitStr>,
    choices: Option<Vec<LitStr>>,
    default: Option<TokenStream>,
    kind: Option<Ident>,
    elements: Option<Ident>,
    required: bool,
    no_log: bool,
    flatten: bool,
    /// Accepted for the sake of playbooks, without a meaning here.
    unused: bool,
}

impl Declared {
    fn of(field: &Field) -> Result<Self> {
        let ident = field.ident.clone().ok_or_else(|| Error::new_spanned(field, "options need names"))?;
        let mut declared = Self {
            name: ident.unraw().to_string(),
            doc: doc_of(&field.attrs),
            ident,
            aliases: Vec::new(),
            choices: None,
            default: None,
            kind: None,
            elements: None,
            required: false,
            no_log: false,
            flatten: false,
            unused: false,
        };
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("arg")) {
            attribute.parse_nested_meta(|meta| declared.take(&meta))?;
        }
        Ok(declared)
    }

    fn take(&mut self, meta: &ParseNestedMeta) -> Result<()> {
        let word = meta.path.require_ident()?.to_string();
        match word.as_str() {
            "required" => self.required = true,
            "no_log" => self.no_log = true,
            "flatten" => self.flatten = true,
            "unused" => self.unused = true,
            "alias" => self.aliases.push(meta.value()?.parse()?),
            "name" => self.name = meta.value()?.parse::<LitStr>()?.value(),
            "kind" => self.kind = Some(kind_of(&meta.value()?.parse()?)?),
            "elements" => self.elements = Some(kind_of(&meta.value()?.parse()?)?),
            "choices" => self.choices = Some(strings_in_parentheses(meta)?),
            "default" => self.default = Some(default_of(&meta.value()?.parse()?)?),
            _ => return Err(meta.error("no such attribute of an option")),
        }
        Ok(())
    }

    /// The `OptionSpec` of the field.
    fn spec(&self, ty: &Type) -> TokenStream {
        let Self { name, doc, aliases, no_log, .. } = self;
        let field = quote! { <#ty as crate::args::Field> };
        let kind = match &self.kind {
            Some(kind) => quote! { crate::args::Kind::#kind },
            None => quote! { #field::KIND },
        };
        let elements = match &self.elements {
            Some(kind) => quote! { ::core::option::Option::Some(crate::args::Kind::#kind) },
            None => quote! { #field::ELEMENTS },
        };
        let choices = match &self.choices {
            Some(words) => quote! { &[#(#words),*] },
            None => quote! { #field::CHOICES },
        };
        let required = match (self.required, &self.default) {
            (true, _) => quote! { true },
            (false, Some(_)) => quote! { false },
            (false, None) => quote! { !#field::OPTIONAL },
        };
        let default = self.default.clone().unwrap_or_else(|| quote! { crate::args::DefaultValue::None });
        quote! {
            crate::args::OptionSpec {
                name: #name,
                aliases: &[#(#aliases),*],
                kind: #kind,
                elements: #elements,
                required: #required,
                default: #default,
                choices: #choices,
                no_log: #no_log,
                suboptions: #field::SUBOPTIONS,
                doc: #doc,
            }
        }
    }
}

/// The doc comment as one text; lines that were wrapped are joined, paragraphs kept.
fn doc_of(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        let Meta::NameValue(pair) = &attribute.meta else { continue };
        let Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) = &pair.value else { continue };
        match line.value().trim() {
            "" => text.push('\n'),
            line => {
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push(' ');
                }
                text.push_str(line);
            }
        }
    }
    text
}

fn kind_of(word: &LitStr) -> Result<Ident> {
    let kind = match word.value().as_str() {
        "str" => "Str",
        "bool" => "Bool",
        "int" => "Int",
        "float" => "Float",
        "path" => "Path",
        "raw" => "Raw",
        "list" => "List",
        "dict" => "Dict",
        "json" => "Json",
        "jsonarg" => "Jsonarg",
        "bytes" => "Bytes",
        "bits" => "Bits",
        _ => return Err(Error::new_spanned(word, "no such type of an option")),
    };
    Ok(format_ident!("{kind}"))
}

/// `true`, `5`, `-1`, `0.5`, `"text"`, `["a", "b"]`, or `{}` for an empty dict.
fn default_of(value: &Expr) -> Result<TokenStream> {
    let path = quote! { crate::args::DefaultValue };
    match value {
        Expr::Lit(ExprLit { lit, .. }) => match lit {
            Lit::Bool(flag) => Ok(quote! { #path::Bool(#flag) }),
            Lit::Int(number) => Ok(quote! { #path::Int(#number) }),
            Lit::Float(number) => Ok(quote! { #path::Float(#number) }),
            Lit::Str(text) => Ok(quote! { #path::Str(#text) }),
            _ => Err(Error::new_spanned(value, "no such default")),
        },
        Expr::Unary(_) => Ok(quote! { #path::Int(#value) }),
        Expr::Array(array) => Ok(quote! { #path::List(&#array) }),
        Expr::Block(_) => Ok(quote! { #path::EmptyDict }),
        _ => Err(Error::new_spanned(value, "no such default")),
    }
}

fn strings_in_parentheses(meta: &ParseNestedMeta) -> Result<Vec<LitStr>> {
    let content;
    parenthesized!(content in meta.input);
    Ok(Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?.into_iter().collect())
}

fn rules_of(attributes: &[Attribute]) -> Result<Vec<TokenStream>> {
    let mut rules = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("args")) {
        attribute.parse_nested_meta(|meta| {
            rules.push(rule_of(&meta)?);
            Ok(())
        })?;
    }
    Ok(rules)
}

fn rule_of(meta: &ParseNestedMeta) -> Result<TokenStream> {
    let path = quote! { crate::args::Rule };
    let word = meta.path.require_ident()?.to_string();
    let names = |meta| strings_in_parentheses(meta);
    Ok(match word.as_str() {
        "exclusive" => {
            let names = names(meta)?;
            quote! { #path::Exclusive(&[#(#names),*]) }
        }
        "required_together" => {
            let names = names(meta)?;
            quote! { #path::RequiredTogether(&[#(#names),*]) }
        }
        "required_one_of" => {
            let names = names(meta)?;
            quote! { #path::RequiredOneOf(&[#(#names),*]) }
        }
        "required_if" => {
            let content;
            parenthesized!(content in meta.input);
            let option = Ident::parse_any(&content)?.unraw().to_string();
            content.parse::<Token![=]>()?;
            let value: LitStr = content.parse()?;
            content.parse::<Token![,]>()?;
            let (any, required) = required_names(&content)?;
            quote! {
                #path::RequiredIf { option: #option, value: #value, required: &[#(#required),*], any: #any }
            }
        }
        "required_by" => {
            let content;
            parenthesized!(content in meta.input);
            let option = Ident::parse_any(&content)?.unraw().to_string();
            content.parse::<Token![,]>()?;
            let required = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?.into_iter();
            quote! { #path::RequiredBy { option: #option, required: &[#(#required),*] } }
        }
        _ => return Err(meta.error("no such rule")),
    })
}

/// `"a", "b"` (all of them) or `any("a", "b")`.
fn required_names(content: syn::parse::ParseStream) -> Result<(bool, Vec<LitStr>)> {
    if content.peek(Ident) {
        let word: Ident = content.parse()?;
        if word != "any" {
            return Err(Error::new_spanned(word, "only `any(…)` may stand here"));
        }
        let names;
        parenthesized!(names in content);
        return Ok((true, Punctuated::<LitStr, Token![,]>::parse_terminated(&names)?.into_iter().collect()));
    }
    Ok((false, Punctuated::<LitStr, Token![,]>::parse_terminated(content)?.into_iter().collect()))
}
