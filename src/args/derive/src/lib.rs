//! `derive(Args)` and `derive(Choice)`: the declaration of options from a struct.

use proc_macro::TokenStream;

#[proc_macro_derive(Args, attributes(args, arg))]
pub fn derive_args(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}

#[proc_macro_derive(Choice, attributes(choice))]
pub fn derive_choice(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}
