//! `derive(Choice)`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, LitStr, Result, Variant};

pub fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "Choice is for enums"));
    };
    let name = &input.ident;
    let mut words = Vec::new();
    let mut variants = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new_spanned(variant, "a choice has no fields"));
        }
        words.push(word_of(variant)?);
        variants.push(&variant.ident);
    }
    Ok(quote! {
        impl crate::args::Choice for #name {
            fn as_str(self) -> &'static str {
                match self { #(Self::#variants => #words),* }
            }
        }

        impl crate::args::Field for #name {
            const KIND: crate::args::Kind = crate::args::Kind::Str;
            const CHOICES: &'static [&'static str] = &[#(#words),*];

            fn from_value(value: ::core::option::Option<crate::data::Value>) -> ::core::result::Result<Self, String> {
                match value.as_ref().and_then(crate::data::Value::as_str) {
                    #(::core::option::Option::Some(#words) => ::core::result::Result::Ok(Self::#variants),)*
                    _ => ::core::result::Result::Err(crate::args::field_error("one of the choices", value.as_ref())),
                }
            }
        }
    })
}

fn word_of(variant: &Variant) -> Result<String> {
    for attribute in &variant.attrs {
        if attribute.path().is_ident("choice") {
            return Ok(attribute.parse_args::<LitStr>()?.value());
        }
    }
    Ok(snake_case(&variant.ident.to_string()))
}

fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for (index, character) in name.chars().enumerate() {
        if character.is_uppercase() && index > 0 {
            text.push('_');
        }
        text.extend(character.to_lowercase());
    }
    text
}
