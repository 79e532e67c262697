//! The six operations on custom key stores. None can be reached from here, so none can be made, and
//! there is none to connect, change or delete: each request is checked and authorised as AWS does
//! and then told so. Source: KMS API reference, the operations named; KMS Developer Guide, "Key
//! stores". What a request must hold is in `key_store_members`.

use super::key_store_members::{self as members, Kind};
use super::page;
use super::parameters::required;
use crate::chain::{
    Authorized, Demand, Facts, Interrupt, Object, Op, RecordParts, Request, ServiceError, Target,
    Turn,
};
use claviger_model::kms::error::{
    CLOUD_HSM_CLUSTER_NOT_FOUND_EXCEPTION, CUSTOM_KEY_STORE_NOT_FOUND_EXCEPTION,
    XKS_PROXY_URI_UNREACHABLE_EXCEPTION, XKS_PROXY_VPC_ENDPOINT_SERVICE_NOT_FOUND_EXCEPTION,
};
use claviger_model::kms::{
    ConnectCustomKeyStoreRequest, ConnectCustomKeyStoreResponse, CreateCustomKeyStoreRequest,
    CreateCustomKeyStoreResponse, DeleteCustomKeyStoreRequest, DeleteCustomKeyStoreResponse,
    DescribeCustomKeyStoresRequest, DescribeCustomKeyStoresResponse,
    DisconnectCustomKeyStoreRequest, DisconnectCustomKeyStoreResponse, UpdateCustomKeyStoreRequest,
    UpdateCustomKeyStoreResponse,
};
use claviger_model::{KMS, Service};
use claviger_trail::Json;

/// Declares an operation on custom key stores: its shapes, what it refuses by itself, what it does
/// once it is allowed, and what of the request its record shows.
macro_rules! store_operation {
    (
        $(#[$doc:meta])*
        $name:ident($input:ident) -> $output:ident, read_only: $read_only:literal;
        first: $first:expr;
        perform: $perform:expr;
        shown: $shown:expr;
    ) => {
        $(#[$doc])*
        pub struct $name;

        impl Op for $name {
            type Input = $input;
            type Output = $output;
            type Resolved = ();
            const SERVICE: &'static Service = KMS;
            const NAME: &'static str = stringify!($name);
            const READ_ONLY: bool = $read_only;

            fn resolve(request: &Request<Self>, _: &Turn<'_>) -> Result<(), ServiceError> {
                let first: fn(&$input) -> Result<(), ServiceError> = $first;
                first(&request.input)
            }

            fn demands(
                request: &Request<Self>,
                (): &(),
                _: &Turn<'_>,
            ) -> Result<Vec<Demand>, ServiceError> {
                let account = request.caller.account().map(|a| a.to_string());
                let facts = Facts::default().maybe("kms:calleraccount", account);
                let action = concat!("kms:", stringify!($name));
                Ok(vec![Demand::new(action, Target::Any).with_facts(facts)])
            }

            fn perform(
                authorized: &Authorized<Self>,
                _: &mut Turn<'_>,
            ) -> Result<$output, Interrupt> {
                let perform: fn(&$input) -> Result<$output, ServiceError> = $perform;
                Ok(perform(authorized.input())?)
            }

            fn record(
                request: &Request<Self>,
                _: Option<&()>,
                _: Option<&$output>,
            ) -> RecordParts {
                let shown: fn(&$input) -> Option<Json> = $shown;
                RecordParts {
                    parameters: shown(&request.input),
                    ..RecordParts::default()
                }
            }
        }
    };
}

/// There is no store of this id or name.
pub(super) fn no_store(named: &str) -> ServiceError {
    ServiceError::new(
        &CUSTOM_KEY_STORE_NOT_FOUND_EXCEPTION,
        format!("Custom key store {named} does not exist."),
    )
}

/// The refusal of every operation that needs a store of an id.
fn refuse<T>(id: &Option<String>) -> Result<T, ServiceError> {
    let id: &str = required(id, "customKeyStoreId")?;
    Err(no_store(id))
}

fn id_shown(id: &Option<String>) -> Option<Json> {
    Object::new()
        .maybe("customKeyStoreId", id.as_ref())
        .finish()
}

store_operation! {
    /// Creates a custom key store, if what is behind it can be reached; nothing can from here.
    CreateCustomKeyStore(CreateCustomKeyStoreRequest) -> CreateCustomKeyStoreResponse,
        read_only: false;
    first: |input| members::created(input).map(|_| ());
    perform: |input| Err(match members::created(input)? {
        Kind::CloudHsm => ServiceError::new(
            &CLOUD_HSM_CLUSTER_NOT_FOUND_EXCEPTION,
            format!(
                "CloudHSM cluster {} cannot be found.",
                input.cloud_hsm_cluster_id.as_deref().unwrap_or_default(),
            ),
        ),
        // The proxy is asked for its health while the store is created; behind an endpoint service
        // only once it is connected, but that service must be there.
        Kind::PublicProxy => ServiceError::new(
            &XKS_PROXY_URI_UNREACHABLE_EXCEPTION,
            format!(
                "The external key store proxy at {}{} cannot be reached.",
                input.xks_proxy_uri_endpoint.as_deref().unwrap_or_default(),
                input.xks_proxy_uri_path.as_deref().unwrap_or_default(),
            ),
        ),
        Kind::VpcProxy => ServiceError::new(
            &XKS_PROXY_VPC_ENDPOINT_SERVICE_NOT_FOUND_EXCEPTION,
            format!(
                "VPC endpoint service {} cannot be found.",
                input.xks_proxy_vpc_endpoint_service_name.as_deref().unwrap_or_default(),
            ),
        ),
    });
    // The cluster has another name in AWS's record than in the request (KMS Developer Guide,
    // "CreateCustomKeyStore" log entry). Password, certificate and credential are not in it.
    shown: |input| Object::new()
        .maybe("customKeyStoreName", input.custom_key_store_name.as_ref())
        .maybe("clusterId", input.cloud_hsm_cluster_id.as_ref())
        .maybe("customKeyStoreType", input.custom_key_store_type.as_ref())
        .maybe("xksProxyConnectivity", input.xks_proxy_connectivity.as_ref())
        .maybe("xksProxyUriEndpoint", input.xks_proxy_uri_endpoint.as_ref())
        .maybe("xksProxyUriPath", input.xks_proxy_uri_path.as_ref())
        .maybe(
            "xksProxyVpcEndpointServiceName",
            input.xks_proxy_vpc_endpoint_service_name.as_ref(),
        )
        .maybe(
            "xksProxyVpcEndpointServiceOwner",
            input.xks_proxy_vpc_endpoint_service_owner.as_ref(),
        )
        .finish();
}

store_operation! {
    /// Connects a store to what is behind it.
    ConnectCustomKeyStore(ConnectCustomKeyStoreRequest) -> ConnectCustomKeyStoreResponse,
        read_only: false;
    first: |_| Ok(());
    perform: |input| refuse(&input.custom_key_store_id);
    shown: |input| id_shown(&input.custom_key_store_id);
}

store_operation! {
    /// Lists the stores of the account and Region: there are none.
    DescribeCustomKeyStores(DescribeCustomKeyStoresRequest) -> DescribeCustomKeyStoresResponse,
        read_only: true;
    first: members::described;
    perform: |input| {
        if let Some(named) = input.custom_key_store_id.as_ref().or(input.custom_key_store_name.as_ref()) {
            return Err(no_store(named));
        }
        // No page has ended, so no marker was ever given.
        if input.marker.is_some() {
            return Err(page::invalid());
        }
        Ok(DescribeCustomKeyStoresResponse {
            custom_key_stores: Some(Vec::new()),
            truncated: Some(false),
            ..DescribeCustomKeyStoresResponse::default()
        })
    };
    shown: |input| Object::new()
        .maybe("customKeyStoreId", input.custom_key_store_id.as_ref())
        .maybe("customKeyStoreName", input.custom_key_store_name.as_ref())
        .maybe("limit", input.limit.as_ref())
        .maybe("marker", input.marker.as_ref())
        .finish();
}

store_operation! {
    /// Disconnects a store from what is behind it.
    DisconnectCustomKeyStore(DisconnectCustomKeyStoreRequest) -> DisconnectCustomKeyStoreResponse,
        read_only: false;
    first: |_| Ok(());
    perform: |input| refuse(&input.custom_key_store_id);
    shown: |input| id_shown(&input.custom_key_store_id);
}

store_operation! {
    /// Changes a store.
    UpdateCustomKeyStore(UpdateCustomKeyStoreRequest) -> UpdateCustomKeyStoreResponse,
        read_only: false;
    first: members::updated;
    perform: |input| refuse(&input.custom_key_store_id);
    shown: |input| Object::new()
        .maybe("customKeyStoreId", input.custom_key_store_id.as_ref())
        .maybe("newCustomKeyStoreName", input.new_custom_key_store_name.as_ref())
        .maybe("clusterId", input.cloud_hsm_cluster_id.as_ref())
        .maybe("xksProxyConnectivity", input.xks_proxy_connectivity.as_ref())
        .maybe("xksProxyUriEndpoint", input.xks_proxy_uri_endpoint.as_ref())
        .maybe("xksProxyUriPath", input.xks_proxy_uri_path.as_ref())
        .maybe(
            "xksProxyVpcEndpointServiceName",
            input.xks_proxy_vpc_endpoint_service_name.as_ref(),
        )
        .maybe(
            "xksProxyVpcEndpointServiceOwner",
            input.xks_proxy_vpc_endpoint_service_owner.as_ref(),
        )
        .finish();
}

store_operation! {
    /// Deletes a store without keys.
    DeleteCustomKeyStore(DeleteCustomKeyStoreRequest) -> DeleteCustomKeyStoreResponse,
        read_only: false;
    first: |_| Ok(());
    perform: |input| refuse(&input.custom_key_store_id);
    shown: |input| id_shown(&input.custom_key_store_id);
}
