//! Names of the places where people are kept.

use serde::Deserialize;

/// The places, as the setting `contacts` names them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The profile's own file
    #[default]
    Local,
    /// The PBX's address book
    Addressbook,
    /// BPMSoft, over OData
    Bpmsoft,
}

impl Place {
    /// The place that the setting names so.
    pub fn named(key: &str) -> Option<Place> {
        [Place::Local, Place::Addressbook, Place::Bpmsoft].into_iter().find(|place| place.key() == key)
    }

    /// As in the setting, in JSON and in the store.
    pub fn key(self) -> &'static str {
        match self {
            Place::Local => "local",
            Place::Addressbook => "addressbook",
            Place::Bpmsoft => "bpmsoft",
        }
    }
}
