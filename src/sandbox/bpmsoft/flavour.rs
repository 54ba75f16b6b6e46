//! The two builds of the product: where their addresses are and which cookies they give (bpmsoft-odata §1, §2.2).

/// A build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    /// .NET 8: `/crm/odata`
    Core,
    /// .NET Framework: `/crm-framework/0/odata`
    Framework,
}

/// What is at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The site itself.
    Root,
    SignIn,
    SignInPage,
    Ping,
    /// The rest of the path, below the root of the service.
    OData(String),
    Settings,
    Nowhere,
}

impl Flavour {
    /// The virtual directory.
    pub(super) fn directory(self) -> &'static str {
        match self {
            Flavour::Core => "/crm",
            Flavour::Framework => "/crm-framework",
        }
    }

    /// The number of the configuration, which only one of them has in its addresses.
    fn workspace(self) -> &'static str {
        match self {
            Flavour::Core => "",
            Flavour::Framework => "0/",
        }
    }

    pub(super) fn odata(self) -> String {
        format!("{}/{}odata", self.directory(), self.workspace())
    }

    pub(super) fn sign_in_page(self) -> String {
        let page = match self {
            Flavour::Core => "Login/Login.html",
            Flavour::Framework => "Login/NuiLogin.aspx",
        };
        format!("{}/{page}", self.directory())
    }

    /// What this path, without the virtual directory and its slash, leads to.
    pub(super) fn place(self, path: &str) -> Place {
        match path {
            "" => return Place::Root,
            "ServiceModel/AuthService.svc/Login" => return Place::SignIn,
            "Login/Login.html" | "Login/NuiLogin.aspx" => return Place::SignInPage,
            _ => {}
        }
        let Some(path) = path.strip_prefix(self.workspace()) else { return Place::Nowhere };
        match path {
            "odata" => Place::OData(String::new()),
            "api/HealthCheck/Ping" => Place::Ping,
            "DataService/json/SyncReply/QuerySysSettings" => Place::Settings,
            _ => path.strip_prefix("odata/").map_or(Place::Nowhere, |rest| Place::OData(rest.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_build_has_the_workspace_in_its_addresses() {
        for (flavour, path, place) in [
            (Flavour::Core, "odata/Contact", Place::OData("Contact".into())),
            (Flavour::Core, "0/odata/Contact", Place::Nowhere),
            (Flavour::Framework, "0/odata/Contact", Place::OData("Contact".into())),
            (Flavour::Framework, "odata/Contact", Place::Nowhere),
            (Flavour::Framework, "0/odata/", Place::OData(String::new())),
            (Flavour::Framework, "ServiceModel/AuthService.svc/Login", Place::SignIn),
            (Flavour::Framework, "0/ServiceModel/AuthService.svc/Login", Place::Nowhere),
        ] {
            assert_eq!(flavour.place(path), place, "{path}");
        }
    }
}
