//! Rows and tables: how one kind of entity is held in memory and named in the store. It does not
//! know what the entities mean.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// One row: its version (1 for the first, one more for each change) and its value.
#[derive(Debug)]
pub struct Row<T> {
    /// How often the row was written.
    pub version: u64,
    /// What it holds, shared with every older snapshot that still shows it.
    pub value: Arc<T>,
}

impl<T> Clone for Row<T> {
    fn clone(&self) -> Self {
        Self {
            version: self.version,
            value: Arc::clone(&self.value),
        }
    }
}

/// A persistent, ordered table: a clone shares everything with its original.
pub type Table<T> = imbl::OrdMap<<T as Stored>::Id, Row<T>>;

/// An entity that has a row of its own in the store.
pub trait Stored: Serialize + DeserializeOwned + Send + Sync + Sized + 'static {
    /// What names the row in memory; tables list in its order.
    type Id: Ord + Clone + std::fmt::Debug + Send + Sync;
    /// The collection's name in the store. Part of the format: never changed, never given again.
    const COLLECTION: &'static str;
    /// The name of this entity's row.
    fn id(&self) -> Self::Id;
    /// The row's key in the store for a name. Part of the format.
    fn row(id: &Self::Id) -> String;
    /// The entity's table in a snapshot.
    fn table(snapshot: &super::Snapshot) -> &Table<Self>;
    /// The entity's table in a snapshot that is being made.
    fn table_mut(snapshot: &mut super::Snapshot) -> &mut Table<Self>;
}

/// Which row of which collection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowName {
    /// The collection.
    pub collection: &'static str,
    /// The row's key in it.
    pub row: String,
}

/// The name of an entity's row.
#[must_use]
pub fn row_name<T: Stored>(id: &T::Id) -> RowName {
    RowName {
        collection: T::COLLECTION,
        row: T::row(id),
    }
}
