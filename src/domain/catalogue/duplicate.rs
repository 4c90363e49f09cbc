//! Duplicating: a copy of a project's files, as a new project of one's own. The history stays with the original.

use super::{Catalogue, member, require_another, require_room, to_owner};
use crate::domain::Error;
use crate::domain::access::Access;
use crate::domain::transfer;
use crate::ground::clock::Timestamp;
use crate::ground::ids::ProjectId;
use crate::ground::names::ProjectName;
use crate::storage::projects;
use crate::storage::workspace::parked;

impl Catalogue {
    /// Copies a project. The copy is called `name`, or, without one, `…-copy`, `…-copy-2` after the original.
    ///
    /// It is made where projects are parked and then moved to its owner: a process killed before that leaves nothing
    /// that looks like the project and is not.
    ///
    /// # Errors
    /// [`Error::MembersOnly`], [`Error::ProjectExists`], [`Error::TooManyProjects`].
    pub async fn duplicate(
        &self,
        access: &Access,
        name: Option<ProjectName>,
        now: Timestamp,
    ) -> Result<ProjectId, Error> {
        let owner = member(&access.session)?.clone();
        let original = access.project.id;
        let (user, wanted) = (owner.clone(), name.clone());
        let checked = self.db.read(move |connection| {
            let taken =
                |name: &ProjectName| projects::is_name_taken(connection, user.id, name.as_str());
            match wanted {
                Some(name) if taken(&name)? => Err(Error::ProjectExists),
                _ => Ok(()),
            }
        });
        checked.await?;
        self.rooms.flush_project(original).await;
        let (workspace, projects_of) = (self.workspace.clone(), self.projects.clone());
        let staged = tokio::task::spawn_blocking(move || {
            let dir = projects_of.dir(original)?;
            Ok::<_, Error>(workspace.stage_copy(&dir)?)
        });
        let staged = staged
            .await
            .map_err(|_| crate::storage::error::Error::Closed)??;

        let fallback = copy_name(&access.project.name);
        let (edited_at, workspace) = (access.project.edited_at, self.workspace.clone());
        let copy = staged.clone();
        let copied = self.db.write(move |tx| {
            match &name {
                Some(name) => require_room(tx, &owner, name.as_str())?,
                None => require_another(tx, &owner)?,
            }
            let name = name.as_ref().map_or(fallback.as_str(), ProjectName::as_str);
            let id = projects::insert_parked(tx, name, edited_at.or(Some(now)), now)?;
            workspace.unstage(&staged, &parked(id))?;
            let project = projects::find(tx, id)?.ok_or(Error::ProjectNotFound)?;
            transfer::begin(tx, &project, to_owner(&owner, name), now)?;
            Ok::<_, Error>(id)
        });
        let id = copied
            .await
            .inspect_err(|_| self.workspace.discard_staged(&copy))?;
        self.projects.finish_transfer(id).await?;
        Ok(id)
    }
}

/// `Grant-copy` for `Grant`; a long name is cut, so that the copy's is a name as well.
fn copy_name(name: &str) -> String {
    const ENDING: &str = "-copy";
    let mut stem: String = name.chars().take(ProjectName::MAX - ENDING.len()).collect();
    while stem.len() + ENDING.len() > 200 || stem.ends_with([' ', '.']) {
        stem.pop();
    }
    format!("{stem}{ENDING}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_copy_is_a_name() {
        assert_eq!(copy_name("Grant 2026"), "Grant 2026-copy");
        for name in [
            "x".repeat(64),
            "日".repeat(64),
            format!("{}. .", "a".repeat(57)),
        ] {
            let copy = copy_name(&name);
            assert_eq!(copy.parse::<ProjectName>().unwrap().as_str(), copy);
        }
    }
}
