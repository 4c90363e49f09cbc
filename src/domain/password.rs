//! Passwords: what they may be, and argon2id.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::Error;
use crate::storage;

/// Shortest password, in characters (NIST SP 800-63B).
pub const MIN_CHARS: usize = 8;
/// Longest password, in bytes; beyond it hashing would only serve to tie the server up.
pub const MAX_BYTES: usize = 1024;

/// Hashes and verifies, at most two at a time: each takes 19 MiB and some 20 ms (OWASP's first choice for argon2id).
#[derive(Clone)]
pub struct Passwords {
    places: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(2)),
        }
    }
}

impl Passwords {
    /// The PHC string of a password.
    ///
    /// # Errors
    /// [`Error::PasswordTooShort`], [`Error::PasswordTooLong`].
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        check_length(&password)?;
        let _place = self.places.acquire().await;
        tokio::task::spawn_blocking(move || hash(&password))
            .await
            .map_err(|_| closed())?
    }

    /// True if the password belongs to the hash. Without a hash it takes as long and says no, so that the time does
    /// not tell whether an account exists.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Error> {
        if password.len() > MAX_BYTES {
            return Ok(false);
        }
        let _place = self.places.acquire().await;
        tokio::task::spawn_blocking(move || verify(&password, hash.as_deref()))
            .await
            .map_err(|_| closed())?
    }
}

/// For the command line, which has no async threads to protect.
///
/// # Errors
/// As [`Passwords::hash`].
pub fn hash(password: &str) -> Result<String, Error> {
    check_length(password)?;
    let hash = argon2()
        .hash_password(password.as_bytes())
        .map_err(|error| failed(&error))?;
    Ok(hash.to_string())
}

fn verify(password: &str, hash: Option<&str>) -> Result<bool, Error> {
    let Some(hash) = hash else {
        argon2()
            .hash_password(password.as_bytes())
            .map_err(|error| failed(&error))?;
        return Ok(false);
    };
    let hash = PasswordHash::new(hash).map_err(|error| failed(&error))?;
    Ok(argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

fn check_length(password: &str) -> Result<(), Error> {
    if password.chars().count() < MIN_CHARS {
        return Err(Error::PasswordTooShort);
    }
    if password.len() > MAX_BYTES {
        return Err(Error::PasswordTooLong);
    }
    Ok(())
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

fn failed(error: &dyn std::fmt::Display) -> Error {
    storage::error::Error::from(std::io::Error::other(format!("password hash: {error}"))).into()
}

fn closed() -> Error {
    storage::error::Error::Closed.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_opens_its_own_hash_only() {
        let stored = hash("correct horse").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("correct horse", Some(&stored)).unwrap());
        assert!(!verify("correct house", Some(&stored)).unwrap());
        assert!(!verify("correct horse", None).unwrap());
    }

    #[test]
    fn lengths() {
        assert!(matches!(hash("1234567"), Err(Error::PasswordTooShort)));
        assert!(matches!(
            hash(&"x".repeat(1025)),
            Err(Error::PasswordTooLong)
        ));
        assert!(hash("ünïcödé!").is_ok());
    }
}
