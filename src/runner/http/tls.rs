//! Encryption: who is trusted, and who one is. The target's own store counts, or `SSL_CERT_FILE` and
//! `SSL_CERT_DIR` of the task.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme, StreamOwned};

use super::stream::Stream;
use super::{HttpError, Options};
use crate::data::Environment;

/// Where systems keep the certificates that they trust.
const STORES: [&str; 7] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/cert.pem",
    "/var/lib/ca-certificates/ca-bundle.pem",
];

/// Puts encryption on a stream. The handshake happens here, so that its errors have their own words.
pub fn wrap(
    mut stream: Box<dyn Stream>,
    host: &str,
    options: &Options,
    environment: &Environment,
) -> Result<Box<dyn Stream>, HttpError> {
    let failed = |text: String| HttpError::Request(text);
    let config = config(options, environment)?;
    let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(error.to_string()))?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(|error| failed(worded(&error)))?;
    while connection.is_handshaking() {
        if let Err(error) = connection.complete_io(&mut stream) {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            return Err(failed(inner.map_or_else(|| super::said(&error), worded)));
        }
    }
    Ok(Box::new(Lenient(StreamOwned::new(connection, stream))))
}

/// Servers that hang up without a word have still said all there is.
struct Lenient(StreamOwned<ClientConnection, Box<dyn Stream>>);

impl std::io::Read for Lenient {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(0),
            other => other,
        }
    }
}

impl std::io::Write for Lenient {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        self.0.write(buffer)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// Errors as Python's library words those that people look for.
fn worded(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(why) => {
            format!("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {why}")
        }
        rustls::Error::InvalidMessage(_) => "[SSL: WRONG_VERSION_NUMBER] wrong version number".to_owned(),
        other => format!("[SSL] {other}"),
    }
}

fn config(options: &Options, environment: &Environment) -> Result<ClientConfig, HttpError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Request(worded(&error)))?;
    let builder = if options.validate_certs {
        builder.with_root_certificates(trusted(options.ca_path.as_deref(), environment))
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
    };
    let Some(path) = &options.client_cert else { return Ok(builder.with_no_client_auth()) };
    let failed =
        |path: &Path, error: &dyn std::fmt::Display| HttpError::Request(format!("{}: {error}", path.display()));
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|error| failed(path, &error))?;
    let key_path = options.client_key.as_ref().unwrap_or(path);
    let key = PrivateKeyDer::from_pem_file(key_path).map_err(|error| failed(key_path, &error))?;
    builder.with_client_auth_cert(chain, key).map_err(|error| HttpError::Request(worded(&error)))
}

/// The certificates by which servers are judged.
fn trusted(own: Option<&Path>, environment: &Environment) -> RootCertStore {
    let mut store = RootCertStore::empty();
    let mut files: Vec<PathBuf> = own.into_iter().flat_map(files_at).collect();
    let named = environment.filled("SSL_CERT_FILE").map(PathBuf::from);
    let folders = environment.filled("SSL_CERT_DIR").unwrap_or_default();
    if named.is_some() || !folders.is_empty() {
        files.extend(named);
        files.extend(folders.split(':').flat_map(|folder| files_at(Path::new(folder))));
    } else {
        match STORES.iter().map(Path::new).find(|path| path.is_file()) {
            Some(path) => files.push(path.to_path_buf()),
            None => files.extend(files_at(Path::new("/etc/ssl/certs"))),
        }
    }
    for path in files {
        let certificates = CertificateDer::pem_file_iter(&path).into_iter().flatten().flatten();
        store.add_parsable_certificates(certificates);
    }
    store
}

fn files_at(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_path_buf()];
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect()
}

/// Takes any certificate: `validate_certs: false`.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
