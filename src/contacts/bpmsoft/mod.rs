//! BPMSoft as a place where people are kept and where calls are written down. Only this directory knows OData (bpmsoft-odata).
//!
//! `session` signs in and stays signed in, `tables` reads and writes rows, `model` knows which tables and columns this installation has;
//! above them stand people, activities and calls.

mod activities;
pub mod calls;
mod constants;
mod kept;
mod model;
mod odata;
mod people;
mod session;
mod sides;
mod tables;

use uuid::Uuid;

pub use kept::forget;
pub use session::{Access, FindPassword, at_hand};

use self::tables::Tables;
use super::{PeopleFile, Sort};
use crate::error::Result;

/// A CRM, and the people of it that were seen. What its methods do is said at those of [`super::ContactSource`].
pub struct Crm {
    tables: Tables,
    people: PeopleFile,
}

impl Crm {
    /// Asks nothing yet.
    pub fn new(access: Access, people: PeopleFile) -> Result<Crm> {
        Ok(Crm { tables: Tables::new(access)?, people })
    }

    /// Signs in once with a password that is to be proved, and finds out what this installation is.
    pub async fn prove(&self) -> Result<()> {
        self.tables.session().prove().await?;
        self.tables.find_out().await.map(drop)
    }

    /// Signs in if need be, for whoever wants to know whether it works.
    pub async fn greet(&self) -> Result<()> {
        self.tables.phones().await?;
        self.tables.rows(odata::Query::of("Contact").select("Id").order("Id").top(1)).await.map(drop)
    }

    /// `/0` or nothing: the classic and the newer build have their pages at different addresses.
    pub async fn workspace(&self) -> Result<String> {
        Ok(self.tables.found().await?.workspace.clone())
    }
}

/// The section of the CRM's site that shows such a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A person or a company
    Owner(Sort),
    /// A call
    Call,
}

impl Shown {
    fn card(self) -> &'static str {
        match self {
            Shown::Owner(Sort::Contact) => "ContactPageV2",
            Shown::Owner(Sort::Account) => "AccountPageV2",
            Shown::Call => "CallPageV2",
        }
    }
}

/// The address of a row's page for a browser. `template` may have `{app}`, `{workspace}`, `{card}` and `{id}`.
pub fn page(template: &str, app: &str, workspace: &str, shown: Shown, id: Uuid) -> String {
    let values = [("{app}", app), ("{workspace}", workspace), ("{card}", shown.card()), ("{id}", &id.to_string())];
    values.into_iter().fold(template.to_owned(), |page, (name, value)| page.replace(name, value))
}

/// The pages of the classic interface, which every build has.
pub const PAGE: &str = "{app}{workspace}/Nui/ViewModule.aspx#CardModuleV2/{card}/edit/{id}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_both_builds() {
        let id = Uuid::from_u128(1);
        assert_eq!(
            page(PAGE, "https://crm.test/bpmsoft", "/0", Shown::Owner(Sort::Contact), id),
            "https://crm.test/bpmsoft/0/Nui/ViewModule.aspx#CardModuleV2/ContactPageV2/edit/00000000-0000-0000-0000-000000000001"
        );
        assert!(
            page(PAGE, "https://crm.test", "", Shown::Call, id)
                .starts_with("https://crm.test/Nui/ViewModule.aspx#CardModuleV2/CallPageV2/")
        );
    }
}
