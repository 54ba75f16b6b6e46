//! Reading what the PBX really sends: numbers as text, text as numbers, `""` for nothing, one thing where a list was promised.
//!
//! The forms are those of vpbx-core §8.2 and the field notes. Every function is a `deserialize_with`; what cannot be
//! understood is absent, never an error, because one odd field must not cost a call.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// One value of any JSON shape, reduced to what we read.
enum Loose<'de> {
    Nothing,
    Text(Cow<'de, str>),
    Int(i64),
    Float(f64),
    Flag(bool),
    Many(Vec<Cow<'de, str>>),
    Map(Option<Cow<'de, str>>),
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_bool<E>(self, flag: bool) -> Result<Loose<'de>, E> {
        Ok(Loose::Flag(flag))
    }
    fn visit_i64<E>(self, int: i64) -> Result<Loose<'de>, E> {
        Ok(Loose::Int(int))
    }
    fn visit_u64<E>(self, int: u64) -> Result<Loose<'de>, E> {
        Ok(i64::try_from(int).map_or_else(|_| Loose::Text(int.to_string().into()), Loose::Int))
    }
    fn visit_f64<E>(self, float: f64) -> Result<Loose<'de>, E> {
        Ok(Loose::Float(float))
    }
    fn visit_str<E>(self, text: &str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(text.to_owned().into()))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(text.into()))
    }
    fn visit_string<E>(self, text: String) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(text.into()))
    }
    fn visit_unit<E>(self) -> Result<Loose<'de>, E> {
        Ok(Loose::Nothing)
    }
    fn visit_none<E>(self) -> Result<Loose<'de>, E> {
        Ok(Loose::Nothing)
    }
    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<Loose<'de>, D::Error> {
        value.deserialize_any(self)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Loose<'de>, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element::<Item>()? {
            all.extend(item.0);
        }
        Ok(Loose::Many(all))
    }
    /// An object where text was promised: its `name`, if it has one (`call_abonent_info`, field notes).
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Loose<'de>, A::Error> {
        let mut name = None;
        while let Some(key) = fields.next_key::<String>()? {
            match key.as_str() {
                "name" => name = fields.next_value::<Item>()?.0,
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Loose::Map(name))
    }
}

struct Item<'de>(Option<Cow<'de, str>>);

impl<'de> serde::Deserialize<'de> for Item<'de> {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        text(value).map(Item)
    }
}

/// Text, or a number or flag as its text; `""` and `null` are absent. A `String`, or a `Cow` that stays in the answer.
pub fn text<'de, D: Deserializer<'de>, T: From<Cow<'de, str>>>(value: D) -> Result<Option<T>, D::Error> {
    let text = match value.deserialize_any(LooseVisitor)? {
        Loose::Text(text) => Some(text),
        Loose::Int(int) => Some(int.to_string().into()),
        Loose::Float(float) => Some(float.to_string().into()),
        Loose::Flag(flag) => Some(flag.to_string().into()),
        Loose::Many(items) => items.into_iter().next(),
        Loose::Map(name) => name,
        Loose::Nothing => None,
    };
    Ok(text.filter(|text| !text.is_empty()).map(T::from))
}

/// A whole number, also from `"1767259800"`, `"1767259800.0"` and `1767259800.0`.
pub fn int<'de, D: Deserializer<'de>>(value: D) -> Result<Option<i64>, D::Error> {
    Ok(match value.deserialize_any(LooseVisitor)? {
        Loose::Int(int) => believable(int),
        Loose::Float(float) => whole(float),
        Loose::Text(text) => int_from(&text),
        Loose::Flag(flag) => Some(i64::from(flag)),
        Loose::Many(_) | Loose::Map(_) | Loose::Nothing => None,
    })
}

/// A fraction, also from text; a comma is a point.
pub fn fraction<'de, D: Deserializer<'de>>(value: D) -> Result<Option<f64>, D::Error> {
    Ok(match value.deserialize_any(LooseVisitor)? {
        Loose::Int(int) => Some(int as f64),
        Loose::Float(float) => Some(float),
        Loose::Text(text) => text.trim().replace(',', ".").parse().ok(),
        _ => None,
    })
}

/// True, 1, `"1"`, `"true"`.
pub fn flag<'de, D: Deserializer<'de>>(value: D) -> Result<Option<bool>, D::Error> {
    Ok(match value.deserialize_any(LooseVisitor)? {
        Loose::Flag(flag) => Some(flag),
        Loose::Int(int) => Some(int != 0),
        Loose::Text(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    })
}

/// A list of texts, also from one bare text (`recording_id`) or nothing.
pub fn texts<'de, D: Deserializer<'de>, T: From<Cow<'de, str>>>(value: D) -> Result<Vec<T>, D::Error> {
    Ok(match value.deserialize_any(LooseVisitor)? {
        Loose::Many(items) => items.into_iter().map(T::from).collect(),
        Loose::Text(text) if !text.is_empty() => vec![text.into()],
        Loose::Int(int) => vec![T::from(int.to_string().into())],
        _ => Vec::new(),
    })
}

/// A list of objects, also from one bare object or nothing: `data` of the extended report, `members` of a leg.
pub fn list<'de, D: Deserializer<'de>, T: serde::Deserialize<'de>>(value: D) -> Result<Vec<T>, D::Error> {
    struct Items<T>(std::marker::PhantomData<T>);
    impl<'de, T: serde::Deserialize<'de>> Visitor<'de> for Items<T> {
        type Value = Vec<T>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list or an object")
        }
        fn visit_unit<E>(self) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }
        fn visit_str<E>(self, _: &str) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut all = Vec::new();
            while let Some(item) = items.next_element()? {
                // Most calls have one leg; a vector that grows by itself would begin with room for four.
                all.reserve_exact(usize::from(all.is_empty()));
                all.push(item);
            }
            Ok(all)
        }
        fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Vec<T>, A::Error> {
            T::deserialize(serde::de::value::MapAccessDeserializer::new(fields)).map(|one| vec![one])
        }
    }
    value.deserialize_any(Items(std::marker::PhantomData))
}

/// An object; anything else where one was promised is an empty one.
pub fn object<'de, D: Deserializer<'de>, T: serde::Deserialize<'de> + Default>(value: D) -> Result<T, D::Error> {
    struct Object<T>(std::marker::PhantomData<T>);
    impl<'de, T: serde::Deserialize<'de> + Default> Visitor<'de> for Object<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
            T::deserialize(serde::de::value::MapAccessDeserializer::new(fields))
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<T, A::Error> {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            Ok(T::default())
        }
        fn visit_bool<E>(self, _: bool) -> Result<T, E> {
            Ok(T::default())
        }
        fn visit_i64<E>(self, _: i64) -> Result<T, E> {
            Ok(T::default())
        }
        fn visit_u64<E>(self, _: u64) -> Result<T, E> {
            Ok(T::default())
        }
        fn visit_f64<E>(self, _: f64) -> Result<T, E> {
            Ok(T::default())
        }
        fn visit_str<E>(self, _: &str) -> Result<T, E> {
            Ok(T::default())
        }
        fn visit_unit<E>(self) -> Result<T, E> {
            Ok(T::default())
        }
    }
    value.deserialize_any(Object(std::marker::PhantomData))
}

/// The whole number in a text, `"1767259800.0"` included.
pub fn int_from(text: &str) -> Option<i64> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.parse().ok().and_then(whole)).and_then(believable)
}

fn whole(float: f64) -> Option<i64> {
    float.is_finite().then_some(float as i64).and_then(believable)
}

/// Moments, durations and ids are far smaller than this, and whatever is may be added without overflow.
fn believable(int: i64) -> Option<i64> {
    (int.unsigned_abs() < 9_000_000_000_000_000).then_some(int)
}

/// Cyrillic letters that look Latin, made Latin: the document itself mixes them in `СС` and `MissGroupСallCallback` (vpbx-core §3.1).
pub fn latin(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'С' => 'C',
            'с' => 'c',
            'А' => 'A',
            'а' => 'a',
            'Е' => 'E',
            'е' => 'e',
            'О' => 'O',
            'о' => 'o',
            'Р' => 'P',
            'р' => 'p',
            'Х' => 'X',
            'х' => 'x',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Deserialize, Debug, PartialEq, Default)]
    #[serde(default)]
    struct Odd {
        #[serde(deserialize_with = "super::text")]
        extension: Option<String>,
        #[serde(deserialize_with = "super::int")]
        at: Option<i64>,
        #[serde(deserialize_with = "super::flag")]
        hold: Option<bool>,
        #[serde(deserialize_with = "super::texts")]
        recordings: Vec<String>,
    }

    fn odd(json: &str) -> (Option<String>, Option<i64>, Option<bool>, Vec<String>) {
        let Odd { extension, at, hold, recordings } = serde_json::from_str(json).unwrap();
        (extension, at, hold, recordings)
    }

    #[test]
    fn every_known_form_is_understood() {
        let same = (Some("0511".into()), Some(1767259800), Some(true), vec!["r".into()]);
        assert_eq!(odd(r#"{"extension":"0511","at":1767259800,"hold":true,"recordings":["r"]}"#), same);
        assert_eq!(odd(r#"{"extension":["0511"],"at":"1767259800","hold":"1","recordings":"r","more":{"x":[1]}}"#), same);
        assert_eq!(odd(r#"{"extension":{"name":"0511"},"at":1767259800.0,"hold":1,"recordings":["r",null,""]}"#), same);
        assert_eq!(odd(r#"{"extension":"","at":"","hold":null,"recordings":null}"#), (None, None, None, vec![]));
        assert_eq!(odd(r#"{"extension":101,"at":{},"hold":[],"recordings":""}"#), (Some("101".into()), None, None, vec![]));
    }

    #[test]
    fn a_number_that_nothing_can_be_is_absent() {
        for at in ["9223372036854775807", "-9223372036854775808", "\"9223372036854775807\"", "1e300", "\"1e300\"", "\"NaN\""] {
            assert_eq!(odd(&format!("{{\"at\":{at}}}")).1, None, "{at}");
        }
    }

    #[test]
    fn look_alikes_become_latin() {
        assert_eq!(super::latin("MissGroupСallCallback"), "MissGroupCallCallback");
    }
}
