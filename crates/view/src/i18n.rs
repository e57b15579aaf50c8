//! The languages of the interface, through Fluent.

use std::fmt;
use std::rc::Rc;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use serde::Serialize;
use unic_langid::langid;

/// A language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    Chinese,
}

impl Language {
    /// Every language, in the order of the menu.
    pub const ALL: [Language; 2] = [Language::English, Language::Chinese];

    /// Its tag, as in `lang="zh-CN"`.
    pub const fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Chinese => "zh-CN",
        }
    }

    /// Its name in itself.
    pub const fn endonym(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::Chinese => "简体中文",
        }
    }

    /// The language that a tag asks for, as browsers and addresses write it.
    ///
    /// ```
    /// use podlapse_view::Language;
    /// assert_eq!(Language::from_tag("zh-Hans-CN"), Some(Language::Chinese));
    /// assert_eq!(Language::from_tag("de"), None);
    /// ```
    pub fn from_tag(tag: &str) -> Option<Language> {
        match tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "en" => Some(Language::English),
            "zh" => Some(Language::Chinese),
            _ => None,
        }
    }

    /// The sentences of what would fix a Pod, in a file of their own: the page does not load what it does not show.
    fn advice(self) -> &'static str {
        match self {
            Language::English => include_str!("../i18n/advice.en.ftl"),
            Language::Chinese => include_str!("../i18n/advice.zh-CN.ftl"),
        }
    }

    fn source(self) -> &'static str {
        match self {
            Language::English => include_str!("../i18n/en.ftl"),
            Language::Chinese => include_str!("../i18n/zh-CN.ftl"),
        }
    }
}

/// A value that a message names.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg<'a> {
    /// Text as it is.
    Text(&'a str),
    /// A number, which may choose a plural.
    Number(i64),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Arg::Text(text)
    }
}
impl<'a> From<&'a String> for Arg<'a> {
    fn from(text: &'a String) -> Self {
        Arg::Text(text)
    }
}
impl From<usize> for Arg<'_> {
    fn from(number: usize) -> Self {
        Arg::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// The messages of one language. Cloning is cheap.
#[derive(Clone)]
pub struct Messages {
    language: Language,
    bundle: Rc<FluentBundle<FluentResource>>,
}

impl PartialEq for Messages {
    fn eq(&self, other: &Self) -> bool {
        self.language == other.language
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Messages").field(&self.language).finish()
    }
}

impl Messages {
    /// The messages of a language.
    pub fn new(language: Language) -> Self {
        let id = match language {
            Language::English => langid!("en"),
            Language::Chinese => langid!("zh-CN"),
        };
        let mut bundle = FluentBundle::new(vec![id]);
        // The isolation marks around values would be seen in text that is copied into a terminal.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource(language.source()));
        Messages { language, bundle: Rc::new(bundle) }
    }

    /// The messages of a language with the sentences of [`crate::advice()`].
    ///
    /// ```
    /// use podlapse_view::{Language, Messages};
    /// assert_eq!(Messages::with_advice(Language::English).text("advice-heading"), "What would fix it");
    /// ```
    pub fn with_advice(language: Language) -> Self {
        let mut messages = Messages::new(language);
        // Nobody else has the new bundle yet.
        if let Some(bundle) = Rc::get_mut(&mut messages.bundle) {
            bundle.add_resource_overriding(resource(language.advice()));
        }
        messages
    }

    /// Their language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The message `key`; the key itself if there is none, so that a gap is seen.
    ///
    /// ```
    /// use podlapse_view::{Language, Messages};
    /// assert_eq!(Messages::new(Language::English).text("view-events"), "Events");
    /// ```
    pub fn text(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// The message `key` with its values.
    pub fn with(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let mut values = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            let value = match value {
                Arg::Text(text) => FluentValue::from(*text),
                Arg::Number(number) => FluentValue::from(*number),
            };
            values.set(*name, value);
        }
        self.bundle.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned()
    }

    /// Whether there is a message `key`.
    pub fn has(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }
}

/// A test reads the files strictly; a broken entry costs that entry alone.
fn resource(text: &str) -> FluentResource {
    FluentResource::try_new(text.to_owned()).unwrap_or_else(|(resource, _)| resource)
}

#[cfg(test)]
mod tests {
    use podlapse_model::{SortedMap, SortedSet};

    use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
    use podlapse_core::why::Rule;

    use super::*;
    use crate::{Stage, TERMS, TermGroup, Tone, Topic, examples};

    fn variables(pattern: &Pattern<&str>, into: &mut SortedSet<String>) {
        for element in &pattern.elements {
            let PatternElement::Placeable { expression } = element else { continue };
            match expression {
                Expression::Inline(InlineExpression::VariableReference { id }) => {
                    into.insert(id.name.to_owned());
                }
                Expression::Inline(_) => {}
                Expression::Select { selector, variants } => {
                    if let InlineExpression::VariableReference { id } = selector {
                        into.insert(id.name.to_owned());
                    }
                    variants.iter().for_each(|variant| variables(&variant.value, into));
                }
            }
        }
    }

    fn messages(language: Language) -> SortedMap<String, SortedSet<String>> {
        let text = [language.source(), language.advice()].concat();
        let resource = fluent_syntax::parser::parse(text.as_str()).map_err(|(_, errors)| errors).unwrap();
        let mut found = SortedMap::new();
        for entry in resource.body {
            let Entry::Message(message) = entry else { continue };
            let mut names = SortedSet::new();
            variables(&message.value.unwrap(), &mut names);
            assert!(found.insert(message.id.name.to_owned(), names).is_none(), "{} is there twice", message.id.name);
        }
        found
    }

    #[test]
    fn both_languages_have_the_same_messages_with_the_same_values() {
        let (english, chinese) = (messages(Language::English), messages(Language::Chinese));
        assert_eq!(english.keys().collect::<Vec<_>>(), chinese.keys().collect::<Vec<_>>());
        assert_eq!(english, chinese);
    }

    #[test]
    fn every_rule_stage_tone_and_example_has_its_words() {
        for language in Language::ALL {
            let messages = Messages::new(language);
            let mut keys: Vec<String> = Vec::new();
            for rule in Rule::ALL {
                keys.extend([format!("rule-{}", rule.slug()), format!("rule-{}-why", rule.slug())]);
            }
            keys.extend(Stage::ALL.iter().map(|stage| format!("stage-{}", stage.slug())));
            keys.extend(Tone::ALL.iter().map(|tone| format!("tone-{}", tone.slug())));
            keys.extend(Topic::ALL.iter().map(|topic| format!("topic-{}", topic.slug())));
            keys.extend(TermGroup::ALL.iter().map(|group| format!("term-group-{}", group.slug())));
            keys.extend(TERMS.iter().map(|term| format!("term-{}", term.name)));
            for example in examples() {
                keys.extend([format!("example-{}", example.slug), format!("example-{}-try", example.slug)]);
            }
            let missing: Vec<_> = keys.into_iter().filter(|key| !messages.has(key)).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", language.tag());
        }
    }
}
