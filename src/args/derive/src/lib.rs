//! `derive(Args)` and `derive(Choice)`: the declaration of options from a struct or an enum.

mod args;
mod choice;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Declares the options of a module or plugin: each field is an option, its doc comment the doc.
///
/// Of a field: `#[arg(default = …, alias = "…", required, no_log, name = "…", kind = "path",
/// elements = "str", choices("a", "b"), flatten)]`. Of the struct: `#[args(exclusive("a", "b"),
/// required_together("a", "b"), required_one_of("a", "b"), required_if(state = "link", "src"),
/// required_if(state = "link", any("a", "b")), required_by(a, "b"))]`.
#[proc_macro_derive(Args, attributes(args, arg))]
pub fn derive_args(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    args::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes an enum of unit variants the type of an option with choices. A variant's name is its
/// choice in lower case with `_` between words, or what `#[choice("…")]` says.
#[proc_macro_derive(Choice, attributes(choice))]
pub fn derive_choice(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    choice::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
