//! Where MANGO OFFICE is on the public network; settings may name other addresses.

/// The API (vpbx-core §1.1).
pub const API: &str = "https://app.mango-office.ru/vpbx/";

/// The call-tracking widgets; the id of a widget follows (vpbx-data §3.4).
pub const WIDGETS: &str = "https://widgets-api.mango-office.ru/v1/calltracking/";

/// The host of recordings (vpbx-data §1.2).
pub const RECORDINGS_HOST: &str = "files.mango-office.ru";
