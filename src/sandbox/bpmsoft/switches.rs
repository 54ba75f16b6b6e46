//! How this installation differs from another, as far as the control API can change it (bpmsoft-odata §8).

use std::num::NonZero;

use serde::{Deserialize, Serialize};

/// What holds from now on.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Switches {
    /// Rows in one answer: `OData4PageSize`, else `MaxEntityRowCount`.
    pub(super) page_cap: NonZero<u64>,
    /// `@odata.nextLink` after a page that was cut.
    pub(super) next_link: bool,
    /// Empty lookups and dates as null instead of an empty GUID and the year 1.
    pub(super) nulls: bool,
    /// Unknown property names in a body: 400 instead of silence.
    pub(super) refuse_unknown: bool,
    /// `CreatedById` and `CreatedOn` are taken from the body.
    pub(super) author_from_body: bool,
    /// Status of the answer to a wrong set name.
    pub(super) missing_set: u16,
    /// Tables and columns that this installation lacks: `Lead`, `Call.CaseId`.
    pub(super) hidden: Vec<String>,
    /// Sets that the user may not read, nor write.
    pub(super) refused: Vec<String>,
    /// Sets that the user may not write.
    pub(super) read_only: Vec<String>,
    /// Writes must repeat the token.
    pub(super) csrf: bool,
    /// The token comes with the first answer of the root instead of the sign-in's.
    pub(super) late_csrf: bool,
    /// `BPMSESSIONID` comes with a later answer on .NET, too.
    pub(super) late_session: bool,
    /// What a lost session is answered with.
    pub(super) lost: Lost,
    /// Everything is answered with 503.
    pub(super) down: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(super) enum Lost {
    /// 401 with `ForceUseSession`, else the way to the sign-in page.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    #[serde(rename = "401")]
    Status401,
    #[serde(rename = "302")]
    Redirect,
    /// The sign-in page itself, with status 200.
    #[serde(rename = "html")]
    Page,
}

impl Default for Switches {
    fn default() -> Switches {
        Switches {
            page_cap: NonZero::new(20_000).unwrap_or(NonZero::<u64>::MIN),
            next_link: false,
            nulls: false,
            refuse_unknown: false,
            author_from_body: false,
            missing_set: 200,
            hidden: Vec::new(),
            refused: Vec::new(),
            read_only: Vec::new(),
            csrf: true,
            late_csrf: false,
            late_session: false,
            lost: Lost::Auto,
            down: false,
        }
    }
}
