//! Which members a request about a custom key store must hold and which do not go together. Source:
//! KMS API reference, `CreateCustomKeyStore`, `UpdateCustomKeyStore`, `DescribeCustomKeyStores`; its
//! texts for this are not recorded. Lengths and forms are the model's matter.

use crate::chain::ServiceError;
use claviger_crypto::KeySpec;
use claviger_model::KMS;
use claviger_model::kms::error::UNSUPPORTED_OPERATION_EXCEPTION;
use claviger_model::kms::{
    CreateCustomKeyStoreRequest, CreateKeyRequest, CustomKeyStoreType,
    DescribeCustomKeyStoresRequest, OriginType, UpdateCustomKeyStoreRequest,
    XksProxyConnectivityType,
};

/// What a custom key store has behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A CloudHSM cluster.
    CloudHsm,
    /// An external key store proxy with an address of its own.
    PublicProxy,
    /// An external key store proxy behind a VPC endpoint service.
    VpcProxy,
}

/// A member's name, and whether the request holds it.
type Member = (&'static str, bool);

fn validation(text: String) -> ServiceError {
    ServiceError::validation(KMS, text)
}

fn need(members: &[Member], what: &str) -> Result<(), ServiceError> {
    match members.iter().find(|(_, sent)| !sent) {
        None => Ok(()),
        Some((name, _)) => Err(validation(format!("{what} needs {name}."))),
    }
}

fn refuse(members: &[Member], what: &str) -> Result<(), ServiceError> {
    match members.iter().find(|(_, sent)| *sent) {
        None => Ok(()),
        Some((name, _)) => Err(validation(format!("{name} is not valid for {what}."))),
    }
}

/// Checks the members of a new store.
///
/// # Errors
/// `ValidationException`.
pub(super) fn created(input: &CreateCustomKeyStoreRequest) -> Result<Kind, ServiceError> {
    let hsm = [
        ("CloudHsmClusterId", input.cloud_hsm_cluster_id.is_some()),
        ("KeyStorePassword", input.key_store_password.is_some()),
        (
            "TrustAnchorCertificate",
            input.trust_anchor_certificate.is_some(),
        ),
    ];
    let proxy = [
        (
            "XksProxyConnectivity",
            input.xks_proxy_connectivity.is_some(),
        ),
        (
            "XksProxyUriEndpoint",
            input.xks_proxy_uri_endpoint.is_some(),
        ),
        ("XksProxyUriPath", input.xks_proxy_uri_path.is_some()),
        (
            "XksProxyAuthenticationCredential",
            input.xks_proxy_authentication_credential.is_some(),
        ),
    ];
    let service = (
        "XksProxyVpcEndpointServiceName",
        input.xks_proxy_vpc_endpoint_service_name.is_some(),
    );
    let owner = (
        "XksProxyVpcEndpointServiceOwner",
        input.xks_proxy_vpc_endpoint_service_owner.is_some(),
    );
    if input.custom_key_store_type != Some(CustomKeyStoreType::ExternalKeyStore) {
        let what = "a custom key store of type AWS_CLOUDHSM";
        refuse(&proxy, what)?;
        refuse(&[service, owner], what)?;
        need(&hsm, what)?;
        return Ok(Kind::CloudHsm);
    }
    let what = "a custom key store of type EXTERNAL_KEY_STORE";
    refuse(&hsm, what)?;
    need(&proxy, what)?;
    if input.xks_proxy_connectivity == Some(XksProxyConnectivityType::VpcEndpointService) {
        need(&[service], "XksProxyConnectivity VPC_ENDPOINT_SERVICE")?;
        return Ok(Kind::VpcProxy);
    }
    refuse(&[service, owner], "XksProxyConnectivity PUBLIC_ENDPOINT")?;
    Ok(Kind::PublicProxy)
}

/// Checks the members of a change: whichever kind the store is, they must be of one kind.
///
/// # Errors
/// `ValidationException`.
pub(super) fn updated(input: &UpdateCustomKeyStoreRequest) -> Result<(), ServiceError> {
    let hsm = [
        ("CloudHsmClusterId", input.cloud_hsm_cluster_id.is_some()),
        ("KeyStorePassword", input.key_store_password.is_some()),
    ];
    let endpoint = (
        "XksProxyUriEndpoint",
        input.xks_proxy_uri_endpoint.is_some(),
    );
    let service = (
        "XksProxyVpcEndpointServiceName",
        input.xks_proxy_vpc_endpoint_service_name.is_some(),
    );
    let owner = (
        "XksProxyVpcEndpointServiceOwner",
        input.xks_proxy_vpc_endpoint_service_owner.is_some(),
    );
    let proxy = [
        endpoint,
        service,
        owner,
        ("XksProxyUriPath", input.xks_proxy_uri_path.is_some()),
        (
            "XksProxyAuthenticationCredential",
            input.xks_proxy_authentication_credential.is_some(),
        ),
        (
            "XksProxyConnectivity",
            input.xks_proxy_connectivity.is_some(),
        ),
    ];
    if hsm.iter().any(|(_, sent)| *sent) {
        refuse(&proxy, "a custom key store of type AWS_CLOUDHSM")?;
    }
    match &input.xks_proxy_connectivity {
        Some(XksProxyConnectivityType::VpcEndpointService) => need(
            &[endpoint, service],
            "XksProxyConnectivity VPC_ENDPOINT_SERVICE",
        ),
        Some(XksProxyConnectivityType::PublicEndpoint) => {
            let what = "XksProxyConnectivity PUBLIC_ENDPOINT";
            need(&[endpoint], what)?;
            refuse(&[service, owner], what)
        }
        _ => Ok(()),
    }
}

/// A store is asked for by its id or by its name.
///
/// # Errors
/// `ValidationException` for both.
pub(super) fn described(input: &DescribeCustomKeyStoresRequest) -> Result<(), ServiceError> {
    if input.custom_key_store_id.is_some() && input.custom_key_store_name.is_some() {
        return Err(validation(
            "Specify either CustomKeyStoreId or CustomKeyStoreName, but not both.".to_owned(),
        ));
    }
    Ok(())
}

/// Checks a key that is to be made in a custom key store: a symmetric single-Region one, whose origin
/// names the kind of store (KMS API reference, `CreateKey`).
///
/// # Errors
/// `ValidationException`, `UnsupportedOperationException`.
pub(super) fn key_in_store(input: &CreateKeyRequest, spec: KeySpec) -> Result<(), ServiceError> {
    let outside = match &input.origin {
        Some(OriginType::AwsCloudhsm) => false,
        Some(OriginType::ExternalKeyStore) => true,
        _ => {
            return Err(validation(
                "CustomKeyStoreId needs Origin AWS_CLOUDHSM or EXTERNAL_KEY_STORE.".to_owned(),
            ));
        }
    };
    let key = ("XksKeyId", input.xks_key_id.is_some());
    if outside {
        need(&[key], "Origin EXTERNAL_KEY_STORE")?;
    } else {
        refuse(&[key], "Origin AWS_CLOUDHSM")?;
    }
    let unsupported = |what: String| Err(ServiceError::new(&UNSUPPORTED_OPERATION_EXCEPTION, what));
    if spec != KeySpec::SymmetricDefault {
        return unsupported(format!(
            "KeySpec {spec} is not supported for keys in a custom key store."
        ));
    }
    if input.multi_region == Some(true) {
        return unsupported("A key in a custom key store cannot be multi-Region.".to_owned());
    }
    Ok(())
}
