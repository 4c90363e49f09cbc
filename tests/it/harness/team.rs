//! Several people on one project.

use serde_json::{Value, json};

use super::{Answer, Browser, Desk, Request, Server};

impl Desk {
    /// The same browser at another project.
    pub fn on(&self, project: i64) -> Self {
        Self {
            browser: self.browser.clone(),
            project,
        }
    }

    /// Gives somebody with an account a role; their user id.
    #[track_caller]
    pub fn share(&self, username: &str, role: &str) -> i64 {
        let answer = self.add_member(username, role).expect(201).json();
        answer["member"]["user_id"].as_i64().unwrap()
    }

    pub fn add_member(&self, username: &str, role: &str) -> Answer {
        let body = json!({ "username": username, "role": role });
        self.browser.post(&self.api("members/"), &body)
    }

    pub fn set_role(&self, user: i64, role: &str) -> Answer {
        let path = self.api(&format!("members/{user}/"));
        self.browser.json("PATCH", &path, &json!({ "role": role }))
    }

    pub fn remove_member(&self, user: i64) -> Answer {
        self.remove(&format!("members/{user}/"))
    }

    /// Everybody who takes part: `alice owner`.
    #[track_caller]
    pub fn members(&self) -> Vec<String> {
        let answer = self.browser.get(&self.api("members/")).expect(200).json();
        let members = answer["members"].as_array().unwrap();
        members
            .iter()
            .map(|member| {
                let name = member["username"].as_str().unwrap();
                format!("{name} {}", member["role"].as_str().unwrap())
            })
            .collect()
    }

    pub fn update_presence(&self, body: &Value) -> Answer {
        self.browser.post(&self.api("presence/update/"), body)
    }

    /// Everybody who is there: `alice manuscript/abstract viewing`.
    #[track_caller]
    pub fn whereabouts(&self) -> Vec<String> {
        let line = |user: &Value| {
            let section = user["section"].as_str().unwrap_or("nowhere");
            format!(
                "{} {section} {}",
                user["username"].as_str().unwrap(),
                user["state"].as_str().unwrap()
            )
        };
        self.present().iter().map(line).collect()
    }

    /// What the browser's owner can open, and what is in their bin.
    #[track_caller]
    pub fn shelves(&self) -> Value {
        let answer = self.browser.get("/writer/api/projects/");
        answer.expect(200).json()
    }

    /// The names on one of the shelves, `projects` or `bin`.
    #[track_caller]
    pub fn shelf(&self, shelf: &str) -> Vec<String> {
        let shelves = self.shelves();
        let projects = shelves[shelf].as_array().unwrap().iter();
        projects
            .map(|project| project["name"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Makes a link; its id and path.
    #[track_caller]
    pub fn link(&self, role: &str) -> (i64, String) {
        let answer = self
            .browser
            .post(&self.api("links/"), &json!({ "role": role }))
            .expect(201)
            .json();
        let path = answer["path"].as_str().unwrap().to_owned();
        (answer["link"]["id"].as_i64().unwrap(), path)
    }

    /// A `DELETE` on something of the project.
    pub fn remove(&self, rest: &str) -> Answer {
        self.browser
            .send(Request::new("DELETE", &self.api(rest)).header("Accept", "application/json"))
    }

    /// Makes another project of one's own.
    #[track_caller]
    pub fn create(&self, name: &str) -> Self {
        let answer = self
            .browser
            .post("/writer/api/projects/", &json!({ "name": name }))
            .expect(201)
            .json();
        self.on(answer["project"]["id"].as_i64().unwrap())
    }

    /// Who one is.
    #[track_caller]
    pub fn user(&self) -> i64 {
        self.browser.session()["user_id"].as_i64().unwrap()
    }

    /// The role that the page is told.
    #[track_caller]
    pub fn role(&self) -> String {
        let path = format!("/writer/api/session/?project={}", self.project);
        let session = self.browser.get(&path).expect(200).json();
        session["role"].as_str().unwrap().to_owned()
    }

    /// Says by polling where one is.
    pub fn poll(&self, section: &str) -> Answer {
        self.browser.post(
            &self.api("presence/update/"),
            &json!({ "section": section }),
        )
    }

    /// Everybody in the presence list.
    #[track_caller]
    pub fn present(&self) -> Vec<Value> {
        let answer = self.browser.get(&self.api("presence/list/"));
        answer.expect(200).json()["users"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// Their names.
    #[track_caller]
    pub fn present_names(&self) -> Vec<String> {
        let users = self.present();
        let name = |user: &Value| user["username"].as_str().unwrap().to_owned();
        users.iter().map(name).collect()
    }
}

impl Browser {
    /// Follows a link; the project it leads to.
    #[track_caller]
    pub fn join(&self, path: &str) -> Desk {
        let answer = self.get(path).expect(303);
        let to = answer.header("location").unwrap();
        let project = to
            .strip_prefix("/writer/project/")
            .and_then(|rest| rest.strip_suffix('/'))
            .and_then(|id| id.parse().ok())
            .unwrap_or_else(|| panic!("leads to {to}"));
        Desk {
            browser: self.clone(),
            project,
        }
    }
}

impl Server {
    /// Members at one project, the first of them its owner, the others with these roles: `[("bob", "editor")]`.
    #[track_caller]
    pub fn team<const N: usize>(
        &self,
        owner: &str,
        others: [(&str, &str); N],
    ) -> (Desk, [Desk; N]) {
        let owner = self.member(owner);
        let others = others.map(|(name, role)| {
            let desk = self.member(name);
            owner.share(name, role);
            desk.on(owner.project)
        });
        (owner, others)
    }
}
