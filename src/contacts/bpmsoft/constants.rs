//! Rows that every BPMSoft has under the same id (bpmsoft-odata §4). Names of such rows are translated and edited; ids are not.

use uuid::{Uuid, uuid};

use crate::contacts::Kind;

/// Kinds of a way to reach somebody, §4.4.
pub(super) const WORK_PHONE: Uuid = uuid!("3dddb3cc-53ee-49c4-a71f-e9e257f59e49");
pub(super) const MOBILE_PHONE: Uuid = uuid!("d4a2dc80-30ca-df11-9b2a-001d60e938c6");
pub(super) const HOME_PHONE: Uuid = uuid!("0da6a26b-d7bc-df11-b00f-001d60e938c6");
pub(super) const MAIN_PHONE: Uuid = uuid!("6a3fb10c-67cc-df11-9b2a-001d60e938c6");
pub(super) const ADDITIONAL_PHONE: Uuid = uuid!("2b387201-67cc-df11-9b2a-001d60e938c6");
pub(super) const OTHER_PHONE: Uuid = uuid!("21c0d693-9a52-43fa-b7f1-c6d8b53975d4");
pub(super) const EXTENSION: Uuid = uuid!("e9d91e45-8d92-4e38-95a0-ef8aa28c9e7a");
pub(super) const FAX: Uuid = uuid!("9a7ab41b-67cc-df11-9b2a-001d60e938c6");
pub(super) const EMAIL: Uuid = uuid!("ee1c85c3-cfcb-df11-9b2a-001d60e938c6");

/// What counts as a telephone when the CRM does not say, §4.4.
pub(super) const PHONES: [Uuid; 7] = [WORK_PHONE, MOBILE_PHONE, HOME_PHONE, MAIN_PHONE, ADDITIONAL_PHONE, OTHER_PHONE, EXTENSION];

/// Direction of a call that came in, §4.5.
pub const INCOMING: Uuid = uuid!("1d96a65f-2131-4916-8825-2d142b1000b2");
/// Direction of a call that went out, §4.5.
pub const OUTGOING: Uuid = uuid!("53f71b5f-7e17-4cf5-bf14-6a59212db422");

/// Categories and statuses of activities, §4.7.
pub(super) const TO_DO: Uuid = uuid!("f51c4643-58e6-df11-971b-001d60e938c6");
pub(super) const CALL_CATEGORY: Uuid = uuid!("e52bd583-7825-e011-8165-00155d043204");
pub(super) const NOT_STARTED: Uuid = uuid!("384d4b84-58e6-df11-971b-001d60e938c6");
pub(super) const DONE: Uuid = uuid!("4bdbb88f-58e6-df11-971b-001d60e938c6");

/// An employee among contacts, §4.8.
pub(super) const EMPLOYEE: Uuid = uuid!("60733efc-f36b-1410-a883-16d83cab0980");

/// A file among files, §4.6.
pub(super) const FILE: Uuid = uuid!("529bc2f8-0ee0-df11-971b-001d60e938c6");

/// The type that a number of this kind gets.
pub(super) fn type_of(kind: Kind, of_a_company: bool) -> Uuid {
    match kind {
        Kind::Main => MAIN_PHONE,
        Kind::Extension => EXTENSION,
        Kind::Fax => FAX,
        Kind::Mobile if !of_a_company => MOBILE_PHONE,
        Kind::Work if !of_a_company => WORK_PHONE,
        Kind::Home if !of_a_company => HOME_PHONE,
        Kind::Work => ADDITIONAL_PHONE,
        // A company has no such type of its own.
        Kind::Mobile | Kind::Home => OTHER_PHONE,
    }
}

/// The kind of a number of this type; one that a company added for itself is a work phone.
pub(super) fn kind_of(kind: Uuid) -> Kind {
    match kind {
        MOBILE_PHONE => Kind::Mobile,
        HOME_PHONE => Kind::Home,
        MAIN_PHONE => Kind::Main,
        EXTENSION => Kind::Extension,
        FAX => Kind::Fax,
        _ => Kind::Work,
    }
}

/// The column of the owner that the CRM itself keeps equal to the first number of this type (§4.9).
pub(super) fn column_of(kind: Uuid) -> Option<&'static str> {
    match kind {
        WORK_PHONE | MAIN_PHONE => Some("Phone"),
        MOBILE_PHONE => Some("MobilePhone"),
        HOME_PHONE => Some("HomePhone"),
        ADDITIONAL_PHONE => Some("AdditionalPhone"),
        FAX => Some("Fax"),
        EMAIL => Some("Email"),
        _ => None,
    }
}
