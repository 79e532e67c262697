//! Reads a service model of botocore (`service-2.json`), keeping the model's own order of members.
//! A trait that the generator does not know is refused, so that no constraint is lost in silence.
//! Documentation text is skipped.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;
use std::io::Read;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// A JSON object in the order it was written.
#[derive(Debug)]
pub(crate) struct Ordered<T>(pub(crate) Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Ordered<T> {
    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
            type Value = Ordered<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<T>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Ordered(pairs))
            }
        }
        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

/// One service model.
#[derive(Debug, Deserialize)]
pub(crate) struct Model {
    pub(crate) metadata: Metadata,
    pub(crate) operations: Ordered<OperationModel>,
    pub(crate) shapes: Ordered<ShapeModel>,
}

/// What the model says of the service as a whole.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    pub(crate) api_version: String,
    pub(crate) endpoint_prefix: String,
    pub(crate) protocol: String,
    pub(crate) json_version: Option<String>,
    pub(crate) target_prefix: Option<String>,
    pub(crate) signing_name: Option<String>,
    pub(crate) xml_namespace: Option<String>,
}

/// One operation.
#[derive(Debug, Deserialize)]
pub(crate) struct OperationModel {
    pub(crate) input: Option<BodyRef>,
    pub(crate) output: Option<BodyRef>,
    #[serde(default)]
    pub(crate) errors: Vec<ShapeRef>,
}

/// An operation's input or output.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BodyRef {
    pub(crate) shape: String,
    pub(crate) result_wrapper: Option<String>,
}

/// A reference to a shape, with the traits of the place it stands in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ShapeRef {
    pub(crate) shape: String,
    pub(crate) location_name: Option<String>,
    #[serde(rename = "documentation")]
    _documentation: Option<IgnoredAny>,
    #[serde(rename = "deprecated")]
    _deprecated: Option<IgnoredAny>,
    #[serde(rename = "deprecatedMessage")]
    _deprecated_message: Option<IgnoredAny>,
    #[serde(rename = "deprecatedSince")]
    _deprecated_since: Option<IgnoredAny>,
    #[serde(rename = "idempotencyToken")]
    _idempotency_token: Option<IgnoredAny>,
    #[serde(rename = "box")]
    _boxed: Option<IgnoredAny>,
}

/// One shape: the union of what the kinds of shape may carry.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ShapeModel {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) members: Ordered<ShapeRef>,
    #[serde(default)]
    pub(crate) required: Vec<String>,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    pub(crate) pattern: Option<String>,
    #[serde(rename = "enum", default)]
    pub(crate) values: Vec<String>,
    #[serde(default)]
    pub(crate) sensitive: bool,
    pub(crate) member: Option<ShapeRef>,
    pub(crate) key: Option<ShapeRef>,
    pub(crate) value: Option<ShapeRef>,
    #[serde(default)]
    pub(crate) flattened: bool,
    #[serde(default)]
    pub(crate) document: bool,
    pub(crate) error: Option<ErrorTrait>,
    #[serde(default)]
    pub(crate) exception: bool,
    #[serde(default)]
    pub(crate) fault: bool,
    #[serde(rename = "union")]
    _union: Option<IgnoredAny>,
    #[serde(rename = "retryable")]
    _retryable: Option<IgnoredAny>,
    #[serde(rename = "box")]
    _boxed: Option<IgnoredAny>,
    #[serde(rename = "documentation")]
    _documentation: Option<IgnoredAny>,
    #[serde(rename = "deprecated")]
    _deprecated: Option<IgnoredAny>,
    #[serde(rename = "deprecatedMessage")]
    _deprecated_message: Option<IgnoredAny>,
}

/// The error trait of the query services.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorTrait {
    pub(crate) code: Option<String>,
    pub(crate) http_status_code: Option<u16>,
}

impl Model {
    /// Reads the newest model of a service from botocore's `data` folder.
    ///
    /// # Errors
    /// A text that names the file and what is wrong with it.
    pub(crate) fn read(data: &Path, service: &str) -> Result<Self, String> {
        let path = newest_model(&data.join(service))?;
        let file = std::fs::File::open(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let mut text = String::new();
        let read = if path.extension().is_some_and(|e| e == "gz") {
            flate2::read::GzDecoder::new(file).read_to_string(&mut text)
        } else {
            std::io::BufReader::new(file).read_to_string(&mut text)
        };
        read.map_err(|e| format!("{}: {e}", path.display()))?;
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// A shape by its name in the model.
    ///
    /// # Errors
    /// When the model refers to a shape that it does not have.
    pub(crate) fn shape(&self, name: &str) -> Result<&ShapeModel, String> {
        self.shapes
            .get(name)
            .ok_or_else(|| format!("the model has no shape {name}"))
    }

    /// The names of all shapes that inputs and outputs reach, in the model's order.
    ///
    /// # Errors
    /// When the model refers to a shape that it does not have.
    pub(crate) fn reachable(&self) -> Result<Vec<&str>, String> {
        let mut seen = std::collections::BTreeSet::new();
        let mut open: Vec<&str> = Vec::new();
        for (_, operation) in &self.operations.0 {
            open.extend(operation.input.iter().map(|b| b.shape.as_str()));
            open.extend(operation.output.iter().map(|b| b.shape.as_str()));
        }
        while let Some(name) = open.pop() {
            if seen.insert(name) {
                open.extend(self.shape(name)?.refers_to().map(|r| r.shape.as_str()));
            }
        }
        let all = self.shapes.0.iter().map(|(n, _)| n.as_str());
        Ok(all.filter(|n| seen.contains(n)).collect())
    }
}

impl ShapeModel {
    /// Everything the shape refers to.
    pub(crate) fn refers_to(&self) -> impl Iterator<Item = &ShapeRef> {
        let members = self.members.0.iter().map(|(_, r)| r);
        let parts = [&self.member, &self.key, &self.value];
        members.chain(parts.into_iter().flatten())
    }

    /// Whether it is a string with a closed set of values.
    pub(crate) fn is_enum(&self) -> bool {
        self.kind == "string" && !self.values.is_empty() && !self.sensitive
    }
}

/// The model file in the service's folder with the highest API version.
fn newest_model(folder: &Path) -> Result<PathBuf, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let versions = entries.filter_map(Result::ok).map(|e| e.path());
    versions
        .flat_map(|v| [v.join("service-2.json.gz"), v.join("service-2.json")])
        .filter(|p| p.is_file())
        .max()
        .ok_or_else(|| format!("{}: no service-2.json in it", folder.display()))
}
