//! TLS to the engine: the certificates of its authority and of the client.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::ApiError;
use super::options::Settled;

pub(super) fn config(settled: &Settled) -> Result<ClientConfig, ApiError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(ApiError::said_by)?;
    let builder = if settled.validate_certs {
        builder.with_root_certificates(roots(settled.ca_path.as_deref())?)
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider)))
    };
    let given = |path: &Option<std::path::PathBuf>| path.clone().filter(|path| path.exists());
    match (given(&settled.client_cert), given(&settled.client_key)) {
        (Some(certificate), Some(key)) => {
            let chain = certificates(&certificate)?;
            let key = PrivateKeyDer::from_pem_file(&key).map_err(|error| of_file(&key, error))?;
            builder.with_client_auth_cert(chain, key).map_err(ApiError::said_by)
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ApiError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).map_err(|error| of_file(path, error))?.collect();
    found.map_err(|error| of_file(path, error))
}

/// The authority that was given, or those that the system trusts.
fn roots(given: Option<&Path>) -> Result<RootCertStore, ApiError> {
    let mut store = RootCertStore::empty();
    let system = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
    let path = given.or_else(|| system.iter().map(Path::new).find(|path| path.exists()));
    for certificate in path.map(certificates).transpose()?.unwrap_or_default() {
        store.add(certificate).map_err(ApiError::said_by)?;
    }
    Ok(store)
}

fn of_file(path: &Path, error: impl std::fmt::Display) -> ApiError {
    ApiError::said(format!("{}: {error}", path.display()))
}

impl ApiError {
    fn said_by(error: impl std::fmt::Display) -> Self {
        Self::said(error.to_string())
    }
}

/// Takes any certificate, because the user asked for `tls` without a check.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
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
