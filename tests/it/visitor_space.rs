//! A visitor's workspace holds 100 MB; beyond it a save is refused in plain words, and small edits go on.

use std::fs::File;

use crate::harness::{ABSTRACT, Server};

#[test]
fn a_visitors_workspace_does_not_grow_beyond_its_limit() {
    let server = Server::start();
    let desk = server.visitor();
    let (_, version) = desk.read(ABSTRACT);
    // A sparse file has a size without needing a disk.
    let file = File::create(desk.file(&server, "figures/large.dat")).unwrap();
    file.set_len(100 * 1024 * 1024).unwrap();
    let large = "a line of text\n".repeat(8 * 1024);
    desk.save(ABSTRACT, &large, Some(version))
        .refused(413, "workspace_full");
    desk.save(ABSTRACT, "a few words\n", Some(version))
        .expect(200);
}
