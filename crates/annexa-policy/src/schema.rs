//! The schema that policies are validated against, and the names of its parts.

use std::str::FromStr;
use std::sync::LazyLock;

use cedar_policy::{EntityId, EntityTypeName, EntityUid, Schema};

use crate::problem::PolicyError;
use crate::question::Direction;

/// The schema in Cedar's own notation.
pub const SCHEMA: &str = include_str!("../policies/schema.cedarschema");
/// Its version: raised when a policy that was valid might no longer be, or might mean something else.
pub const SCHEMA_VERSION: u32 = 1;

/// The schema, read, with the names that questions need.
pub(crate) struct Vocabulary {
    pub(crate) schema: Schema,
    pub(crate) application: EntityTypeName,
    pub(crate) tenant: EntityTypeName,
    pub(crate) destination: EntityTypeName,
    pub(crate) supplier: EntityTypeName,
    pub(crate) provider: EntityTypeName,
    send: EntityUid,
    release: EntityUid,
    call_tool: EntityUid,
}

impl Vocabulary {
    /// The schema, read when it is first needed.
    pub(crate) fn read() -> Result<&'static Self, PolicyError> {
        static WORDS: LazyLock<Result<Vocabulary, PolicyError>> = LazyLock::new(Vocabulary::parse);
        WORDS.as_ref().map_err(PolicyError::clone)
    }

    fn parse() -> Result<Self, PolicyError> {
        let broken = |e: String| PolicyError::Schema(e);
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA).map_err(|e| broken(e.to_string()))?;
        let named = |name: &str| EntityTypeName::from_str(name).map_err(|e| broken(e.to_string()));
        let action = named("Action")?;
        let does = |d: Direction| uid(&action, d.name());
        Ok(Vocabulary {
            schema,
            application: named("Application")?,
            tenant: named("Tenant")?,
            destination: named("Destination")?,
            supplier: named("Supplier")?,
            provider: named("Provider")?,
            send: does(Direction::Send),
            release: does(Direction::Release),
            call_tool: does(Direction::CallTool),
        })
    }

    /// The action of a direction.
    pub(crate) fn action(&self, direction: Direction) -> EntityUid {
        match direction {
            Direction::Send => self.send.clone(),
            Direction::Release => self.release.clone(),
            Direction::CallTool => self.call_tool.clone(),
        }
    }
}

/// The entity of a type with an id.
pub(crate) fn uid(of: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(of.clone(), EntityId::new(id))
}
