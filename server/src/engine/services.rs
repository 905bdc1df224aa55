//! What a room keeps once for the whole server, found by its type: threads, pools, functions that a lower room calls.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
};

/// The services of the rooms.
#[derive(Default)]
pub struct Services(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Services {
    /// Adds a service.
    #[must_use]
    pub fn with<T: Any + Send + Sync>(mut self, service: T) -> Self {
        self.0.insert(TypeId::of::<T>(), Box::new(service));
        self
    }

    /// The service of a type.
    #[must_use]
    pub fn get<T: Any + Send + Sync>(&self) -> &T {
        let found = self.0.get(&TypeId::of::<T>()).and_then(|service| service.downcast_ref());
        found.unwrap_or_else(|| unreachable!("{} is not among the services", type_name::<T>()))
    }
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Services({})", self.0.len())
    }
}
