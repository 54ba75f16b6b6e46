//! People of our own: the profile's file is the source itself.

use super::file::PeopleFile;
use super::{Activity, ActivityFilter, Choice, Number, Objects, Owner, Sort};
use crate::error::Result;
use crate::text::tr;

/// The embedded source. What its methods do is said at those of [`super::ContactSource`].
pub struct LocalBook {
    people: PeopleFile,
    results: Vec<String>,
}

#[allow(missing_docs)]
impl LocalBook {
    /// On the profile's file; `results` are the call results that the settings name, the usual ones when they name none.
    pub fn new(people: PeopleFile, results: Vec<String>) -> LocalBook {
        LocalBook { people, results }
    }

    /// The file itself, for what only our own people can have: a whole import at once.
    pub fn people(&self) -> &PeopleFile {
        &self.people
    }

    pub async fn find(&self, fragment: &str, among: Option<Sort>, limit: usize) -> Result<Vec<Owner>> {
        self.people.find(fragment, among, limit)
    }

    pub async fn owners(&self, number: &str) -> Result<Vec<Owner>> {
        self.people.owners(number)
    }

    pub async fn get(&self, sort: Sort, id: &str) -> Result<Owner> {
        self.people.get(sort, id)
    }

    pub async fn all(&self, sort: Sort, each: &mut dyn FnMut(Owner) -> Result<bool>) -> Result<()> {
        self.people.all(sort, each)
    }

    pub async fn create(&self, new: &Owner) -> Result<Owner> {
        Ok(self.people.create(std::slice::from_ref(new))?.remove(0))
    }

    pub async fn change(&self, whole: &Owner) -> Result<Owner> {
        self.people.rewrite(whole)?;
        self.people.get(whole.sort(), whole.id())
    }

    pub async fn delete(&self, sort: Sort, id: &str) -> Result<()> {
        self.people.delete(sort, id)
    }

    pub async fn add_number(&self, owner: &Owner, number: &Number) -> Result<bool> {
        self.people.add_number(owner, number)
    }

    pub async fn create_activity(&self, new: &Activity) -> Result<Activity> {
        self.people.create_activity(new)
    }

    pub async fn activities(&self, filter: &ActivityFilter) -> Result<Vec<Activity>> {
        self.people.activities(filter)
    }

    pub async fn activity(&self, id: &str) -> Result<Activity> {
        self.people.activity(id)
    }

    pub async fn finish_activity(&self, id: &str, result: Option<&str>, text: Option<&str>) -> Result<Activity> {
        self.people.finish_activity(id, result, text)
    }

    pub async fn objects(&self) -> Result<Objects> {
        Ok(Objects::Any)
    }

    pub async fn results(&self) -> Result<Vec<Choice>> {
        Ok(choices(&self.results))
    }
}

/// The results that the settings name; the usual ones when they name none.
pub(crate) fn choices(named: &[String]) -> Vec<Choice> {
    let choice = |name: &str| Choice { id: name.to_owned(), name: name.to_owned() };
    match named.is_empty() {
        true => usual_results().into_iter().map(choice).collect(),
        false => named.iter().map(|name| choice(name)).collect(),
    }
}

/// What usually comes of a call, for a company that has not said.
fn usual_results() -> [&'static str; 6] {
    [
        tr("Назначена встреча", "Meeting arranged"),
        tr("Отправлено предложение", "Offer sent"),
        tr("Перезвонить", "Call back"),
        tr("Вопрос решён", "Settled"),
        tr("Не заинтересован", "Not interested"),
        tr("Ошиблись номером", "Wrong number"),
    ]
}
