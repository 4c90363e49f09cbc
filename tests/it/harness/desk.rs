//! A browser at work on a project.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Answer, Browser, Request, Server, eventually};

/// The section that most tests write in.
pub const ABSTRACT: &str = "manuscript/abstract";

/// A browser and the project it works on.
#[derive(Clone)]
pub struct Desk {
    pub browser: Browser,
    pub project: i64,
}

impl Desk {
    /// A path of the project's API.
    pub fn api(&self, rest: &str) -> String {
        format!("/writer/api/project/{}/{rest}", self.project)
    }

    pub fn section(&self, id: &str) -> String {
        self.api(&format!("section/{id}/"))
    }

    pub fn get(&self, id: &str) -> Answer {
        self.browser.get(&self.section(id))
    }

    /// Text and version of a section.
    #[track_caller]
    pub fn read(&self, id: &str) -> (String, u64) {
        let answer = self.get(id).expect(200).json();
        assert_eq!(answer["section"], id);
        let content = answer["content"].as_str().unwrap().to_owned();
        (content, answer["version"].as_u64().unwrap())
    }

    #[track_caller]
    pub fn text(&self, id: &str) -> String {
        self.read(id).0
    }

    /// Saves a text made from a version, or in place of whatever is there.
    #[track_caller]
    pub fn save(&self, id: &str, content: &str, version: Option<u64>) -> Answer {
        self.browser.send(self.saving(id, content, version))
    }

    /// The request of a save.
    pub fn saving(&self, id: &str, content: &str, version: Option<u64>) -> Request {
        let mut body = json!({ "content": content });
        if let Some(version) = version {
            body["version"] = version.into();
        }
        Request::new("PUT", &self.section(id)).body("application/json", body.to_string())
    }

    /// Saves in place of whatever is there; the version it became.
    #[track_caller]
    pub fn write(&self, id: &str, content: &str) -> u64 {
        let answer = self.save(id, content, None).expect(200).json();
        answer["version"].as_u64().unwrap()
    }

    pub fn save_sections(&self, sections: &Value, versions: &Value) -> Answer {
        self.browser.post(
            &self.api("save-sections/"),
            &json!({ "sections": sections, "versions": versions }),
        )
    }

    pub fn add(&self, document: &str, name: &str) -> Answer {
        self.browser.post(
            &self.api("sections/"),
            &json!({ "document": document, "name": name }),
        )
    }

    pub fn change(&self, id: &str, change: &Value) -> Answer {
        self.browser.json("PATCH", &self.section(id), change)
    }

    pub fn delete(&self, id: &str) -> Answer {
        self.browser.send(Request::new("DELETE", &self.section(id)))
    }

    /// The sections of a document in order; those that are switched off with a `-` before their name.
    #[track_caller]
    pub fn outline(&self, document: &str) -> Vec<String> {
        let answer = self.browser.get(&self.api("sections/")).expect(200).json();
        let documents = answer["documents"].as_array().unwrap();
        let found = documents
            .iter()
            .find(|known| known["id"] == document)
            .unwrap();
        let sections = found["sections"].as_array().unwrap();
        sections
            .iter()
            .map(|section| {
                let id = section["id"].as_str().unwrap();
                let name = id.strip_prefix(&format!("{document}/")).unwrap();
                let off = if section["included"] == true { "" } else { "-" };
                format!("{off}{name}")
            })
            .collect()
    }

    /// The rows of a section's history, newest first.
    #[track_caller]
    pub fn history(&self, id: &str) -> Vec<Value> {
        let path = self.api(&format!("history/?section={id}"));
        let answer = self.browser.get(&path).expect(200).json();
        answer["versions"].as_array().unwrap().clone()
    }

    #[track_caller]
    pub fn at_version(&self, id: &str, version: u64) -> String {
        let path = self.api(&format!("history/{version}/?section={id}"));
        let answer = self.browser.get(&path).expect(200).json();
        answer["content"].as_str().unwrap().to_owned()
    }

    /// Every text that the section ever had, oldest first.
    #[track_caller]
    pub fn past_texts(&self, id: &str) -> Vec<String> {
        let (_, newest) = self.read(id);
        (1..=newest)
            .map(|version| self.at_version(id, version))
            .collect()
    }

    /// Where a file of the project lies, by the owner's name.
    pub fn file(&self, server: &Server, path: &str) -> PathBuf {
        let session = self.browser.session();
        let owner = session["username"].as_str().unwrap();
        let name = session["project"].as_str().unwrap();
        server.data(&format!("{owner}/{name}/scitex/writer/{path}"))
    }

    /// Where the file of a section lies.
    pub fn section_file(&self, server: &Server, id: &str) -> PathBuf {
        self.file(server, &format!("sections/{id}.tex"))
    }

    /// Waits until the section's file holds this text.
    #[track_caller]
    pub fn file_holds(&self, server: &Server, id: &str, text: &str) {
        let file = self.section_file(server, id);
        eventually(&format!("{} holds the text", file.display()), || {
            fs::read(&file).is_ok_and(|bytes| bytes == text.as_bytes())
        });
    }
}
