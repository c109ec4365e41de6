//! What can be wrong with a model's files.

/// Why a model cannot be loaded: names the part, and what helps.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The container is not one, or is cut short.
    #[error(
        "the weights are no container of this format: {what}; write them again with the training's export"
    )]
    Container {
        /// What is wrong.
        what: String,
    },
    /// The header's JSON does not have the expected form.
    #[error("the header of the weights can't be read; write them again with the training's export")]
    Header(#[source] serde_json::Error),
    /// A figure of the header is out of its bounds.
    #[error(
        "`{field}` in the header of the weights {what}; correct it in the training's settings and export again"
    )]
    Field {
        /// Name in the header.
        field: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// A tensor is missing, of the wrong shape or holds impossible numbers.
    #[error("tensor `{tensor}` {what}; export the weights again")]
    Tensor {
        /// Its name.
        tensor: String,
        /// What is wrong with it.
        what: String,
    },
    /// The vocabulary does not fit.
    #[error("the vocabulary {what}; take the one that was exported with the weights")]
    Vocabulary {
        /// What is wrong with it.
        what: String,
    },
    /// The manifest's JSON does not have the expected form.
    #[error("the manifest of the weights can't be read; restore it from the release")]
    Manifest(#[source] serde_json::Error),
    /// A file is not the one that the manifest names.
    #[error("`{file}` is not the file of the manifest ({what}); restore it from the release")]
    Checksum {
        /// Its name.
        file: String,
        /// What differs.
        what: String,
    },
}

impl ModelError {
    pub(crate) fn tensor(tensor: &str, what: impl Into<String>) -> ModelError {
        ModelError::Tensor { tensor: tensor.into(), what: what.into() }
    }

    pub(crate) fn container(what: impl Into<String>) -> ModelError {
        ModelError::Container { what: what.into() }
    }
}
