//! The wire protocols: AWS JSON 1.1 and the query protocol, to and from the document form that the
//! core works on. It finds out which service and operation a request is for and reads its
//! document; it validates nothing against the model's constraints and decides nothing.

mod form;
mod json;
mod query;
mod reply;
mod route;
mod s3;
mod s3_xml;
mod xml;

pub use form::{BadForm, Form};
pub use reply::respond;
pub(crate) use route::front_door_shape;
pub use route::{Routed, Unroutable, route};

#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod tests;
