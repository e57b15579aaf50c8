//! No text makes a reader of values panic, and what is read is written so that it reads the same again.

use podlapse_model::{ImageReference, Quantity, Selector, default_pull_policy, with_default_tag};

const PIECES: [&str; 48] = [
    "",
    "0",
    "1",
    "9",
    "007",
    "18446744073709551616",
    ".",
    "-",
    "+",
    "e",
    "E",
    "i",
    "Ki",
    "Ei",
    "m",
    "n",
    "k",
    "P",
    "e9",
    "E-99999999999",
    "e2147483647",
    "e-2147483648",
    "é",
    "\0",
    "\n",
    " ",
    "in",
    "notin",
    "!",
    "=",
    "==",
    "!=",
    "(",
    ")",
    ",",
    "<",
    ">",
    "/",
    "@",
    ":",
    "_",
    "__",
    "app",
    "a.b",
    "sha256:",
    "LATEST",
    "[::1]:5",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
];

/// Texts put together of up to seven pieces, the same in every run.
fn texts() -> impl Iterator<Item = String> {
    let mut state = 1_u64;
    let mut below = move |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    (0..20_000).map(move |_| (0..below(8)).map(|_| PIECES[below(PIECES.len() as u64) as usize]).collect())
}

#[test]
fn any_text_is_a_quantity_or_an_error() {
    let mut sum = Quantity::ZERO;
    for text in texts() {
        let Ok(quantity) = Quantity::parse(&text) else { continue };
        sum += &quantity;
        let _ = (
            quantity.value(),
            quantity.milli_value(),
            quantity.as_approximate_f64(),
            quantity.to_decimal_text(),
            sum.to_string(),
        );
        assert!((quantity <= sum) == (sum >= quantity), "{text}");
    }
}

#[test]
fn any_text_is_a_selector_or_an_error() {
    for text in texts() {
        if let Ok(selector) = Selector::parse(&text) {
            assert_eq!(Selector::parse(&selector.to_string()).as_ref(), Ok(&selector), "{text}");
        }
    }
}

#[test]
fn any_text_is_an_image_or_an_error() {
    for text in texts() {
        let _ = (with_default_tag(&text), default_pull_policy(&text));
        if let Ok(image) = ImageReference::parse(&text) {
            assert!(!image.repository.is_empty(), "{text}");
        }
    }
}
