//! Random 256-bit secrets and their digests. The secret goes to the browser, the digest to the database.

use std::fmt;
use std::hash::{Hash, Hasher};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digest(pub [u8; 32]);

impl Hash for Digest {
    /// Eight of its bytes are as good as all of them: a digest is random already.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (eight, _) = self.0.split_at(8);
        state.write(eight);
    }
}

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// A secret of 256 random bits. `Debug` does not show it.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl Secret {
    /// A new one, from the operating system's generator by way of the thread's `ChaCha`.
    #[must_use]
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// Reads the 43 characters that [`Secret::encode`] wrote; `None` for anything else.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// 43 characters of URL-safe base64.
    #[must_use]
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What the database keeps.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// A further token that only the holder of this secret can present, e.g. for `purpose` "csrf".
    #[must_use]
    pub fn derive(&self, purpose: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(purpose.as_bytes());
        hash.update([0]);
        hash.update(self.0);
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Compares two tokens in a time that does not depend on where they differ.
#[must_use]
pub fn same_token(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_survives_its_text_form_and_hides_in_debug() {
        let secret = Secret::random();
        let text = secret.encode();
        assert_eq!(text.len(), 43);
        assert_eq!(Secret::decode(&text).unwrap().digest(), secret.digest());
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert!(Secret::decode("short").is_none());
    }
}
