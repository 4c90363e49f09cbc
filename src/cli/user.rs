//! `user add`, `user passwd`, `user list`, `user remove`.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::Subcommand;

use super::open::Data;
use crate::domain::Error;
use crate::domain::accounts::Operator;
use crate::ground::clock::Clock;

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Add an account; the password is asked for
    Add {
        /// 2 to 39 small letters, digits and hyphens
        name: String,
        /// May use the operator's pages
        #[arg(long)]
        admin: bool,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Set an account's password and end its sessions
    Passwd {
        /// The account
        name: String,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the accounts
    List {
        /// As a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Remove an account; its projects are kept and it is said where
    Remove {
        /// The account
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

pub(super) fn run(data: &Path, command: UserCommand) -> anyhow::Result<()> {
    match command {
        UserCommand::Add {
            name,
            admin,
            password_stdin,
        } => {
            let data = Data::create(data, 1)?;
            let password = password(password_stdin)?;
            let name = operator(&data)
                .add(&name, &password, admin, Clock::system().now())
                .map_err(explain)?;
            say!(
                "Added {name}{}.",
                if admin { ", an administrator" } else { "" }
            );
        }
        UserCommand::Passwd {
            name,
            password_stdin,
        } => {
            let data = Data::existing(data)?;
            let password = password(password_stdin)?;
            operator(&data)
                .set_password(&name, &password)
                .map_err(explain)?;
            say!("{name} has a new password and is logged out everywhere.");
        }
        UserCommand::List { json } => list(&Data::existing(data)?, json)?,
        UserCommand::Remove { name, yes } => {
            let data = Data::existing(data)?;
            if !yes {
                confirm(&name)?;
            }
            let kept = operator(&data)
                .remove(&name, Clock::system().now())
                .map_err(explain)?;
            say!("Removed {name}.");
            for directory in kept {
                say!(
                    "A project of {name} is kept in {}",
                    data.workspace.root().join(directory).display()
                );
            }
        }
    }
    Ok(())
}

fn operator(data: &Data) -> Operator {
    Operator::new(data.db.clone(), data.workspace.clone())
}

fn list(data: &Data, json: bool) -> anyhow::Result<()> {
    let users = operator(data).list()?;
    if json {
        let users: Vec<_> = users
            .iter()
            .map(|user| {
                serde_json::json!({
                    "user_id": user.id, "username": user.username, "admin": user.is_admin,
                    "created_at": user.created_at.to_rfc3339(),
                })
            })
            .collect();
        say!("{}", serde_json::to_string(&users)?);
        return Ok(());
    }
    for user in users {
        let since = user.created_at.to_rfc3339();
        say!(
            "{:<39}  since {}{}",
            user.username,
            &since[..10],
            if user.is_admin { "  admin" } else { "" }
        );
    }
    Ok(())
}

fn password(from_stdin: bool) -> anyhow::Result<String> {
    if from_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    if !std::io::stdin().is_terminal() {
        bail!("without a terminal to ask on, give the password with --password-stdin");
    }
    let password = rpassword::prompt_password("Password: ").context("cannot read the password")?;
    if rpassword::prompt_password("Again: ").context("cannot read the password")? != password {
        bail!("the two passwords differ");
    }
    Ok(password)
}

fn confirm(name: &str) -> anyhow::Result<()> {
    if !std::io::stdin().is_terminal() {
        bail!("without a terminal to ask on, removing an account needs --yes");
    }
    eprint!("Remove the account {name}? Its projects are kept. Type yes to go on: ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if answer.trim() != "yes" {
        bail!("nothing was changed");
    }
    Ok(())
}

fn explain(error: Error) -> anyhow::Error {
    match error {
        Error::UsernameInvalid => anyhow::anyhow!(
            "a username has 2 to 39 small letters, digits and hyphens, with no hyphen first or last"
        ),
        Error::UsernameReserved => anyhow::anyhow!("this name is reserved"),
        Error::UsernameTaken => anyhow::anyhow!("there is an account of this name already"),
        Error::UserNotFound => anyhow::anyhow!("there is no account of this name"),
        Error::PasswordTooShort => anyhow::anyhow!("a password needs at least 8 characters"),
        Error::PasswordTooLong => anyhow::anyhow!("a password can be at most 1024 bytes long"),
        other => other.into(),
    }
}
