//! The weights container: a header, and tensors that are handed out once each, checked.
//!
//! Nothing in the bytes is trusted: places, shapes and numbers are checked before they are used, and a tensor that
//! nobody asked for is an error too.

use std::collections::BTreeMap;

use crate::error::ModelError;
use crate::header::{Dtype, Entry, Header};

const MAGIC: &[u8; 8] = b"ANXMODL1";

/// Tensors and the data area begin at multiples of it.
const ALIGNMENT: usize = 64;

/// Weights beyond it are damage: with this bound no sum of the forward pass leaves what 32-bit floats can hold.
const LARGEST_WEIGHT: f32 = 1e4;

/// A parsed container whose tensors have not been taken yet.
#[derive(Debug)]
pub(crate) struct Container<'a> {
    pub header: Header,
    data: &'a [u8],
    left: BTreeMap<String, Entry>,
}

impl<'a> Container<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Container<'a>, ModelError> {
        let (header, data) = split(bytes)?;
        let header = Header::parse(header)?;
        let mut left = BTreeMap::new();
        for entry in &header.tensors {
            check_place(entry, data.len())?;
            if left.insert(entry.name.clone(), entry.clone()).is_some() {
                return Err(ModelError::tensor(&entry.name, "is listed twice"));
            }
        }
        check_apart(&header.tensors)?;
        Ok(Container { header, data, left })
    }

    /// The tensor `name` of 8-bit integers.
    pub(crate) fn integers(&mut self, name: &str, shape: &[usize]) -> Result<Vec<i8>, ModelError> {
        let bytes = self.take(name, Dtype::I8, shape)?;
        Ok(bytes.iter().map(|byte| byte.cast_signed()).collect())
    }

    /// The tensor `name` of floating-point numbers, all finite and of plausible size.
    pub(crate) fn floats(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let bytes = self.take(name, Dtype::F32, shape)?;
        let numbers: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        match numbers.iter().position(|x| x.is_nan() || x.abs() > LARGEST_WEIGHT) {
            None => Ok(numbers),
            Some(at) => Err(ModelError::tensor(name, format!("holds an impossible number at place {at}"))),
        }
    }

    /// The scales `name`: as [`Container::floats`], and none negative.
    pub(crate) fn scales(&mut self, name: &str, rows: usize) -> Result<Vec<f32>, ModelError> {
        let scales = self.floats(name, &[rows])?;
        match scales.iter().position(|x| *x < 0.0) {
            None => Ok(scales),
            Some(at) => Err(ModelError::tensor(name, format!("holds a negative scale at place {at}"))),
        }
    }

    /// An error if a tensor is left over.
    pub(crate) fn finish(self) -> Result<(), ModelError> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => Err(ModelError::tensor(name, "is no part of a model of these dimensions")),
        }
    }

    fn take(&mut self, name: &str, dtype: Dtype, shape: &[usize]) -> Result<&'a [u8], ModelError> {
        let entry = self.left.remove(name).ok_or_else(|| ModelError::tensor(name, "is missing"))?;
        if entry.dtype != dtype || entry.shape != shape {
            let what = format!("is {:?} {:?} where {dtype:?} {shape:?} is needed", entry.dtype, entry.shape);
            return Err(ModelError::tensor(name, what));
        }
        let range = entry.offset..entry.offset + entry.bytes;
        self.data.get(range).ok_or_else(|| ModelError::tensor(name, "reaches past the end of the weights"))
    }
}

/// The header's JSON and the data area.
fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), ModelError> {
    let after_magic =
        bytes.strip_prefix(MAGIC).ok_or_else(|| ModelError::container("its first bytes differ"))?;
    let (length, rest) = after_magic
        .split_first_chunk::<4>()
        .ok_or_else(|| ModelError::container("it ends within the header's length"))?;
    let length = u32::from_le_bytes(*length) as usize;
    let header = rest.get(..length).ok_or_else(|| ModelError::container("it ends within the header"))?;
    let start = (MAGIC.len() + 4 + length).next_multiple_of(ALIGNMENT);
    Ok((header, bytes.get(start..).unwrap_or_default()))
}

fn check_place(entry: &Entry, data: usize) -> Result<(), ModelError> {
    let count = entry.shape.iter().try_fold(1usize, |product, side| product.checked_mul(*side));
    let bytes = count.and_then(|count| count.checked_mul(entry.dtype.size()));
    if bytes != Some(entry.bytes) {
        let what = format!("has {} bytes, which is not what its shape {:?} needs", entry.bytes, entry.shape);
        return Err(ModelError::tensor(&entry.name, what));
    }
    if !entry.offset.is_multiple_of(ALIGNMENT) {
        let what = format!("begins at {}, no multiple of {ALIGNMENT}", entry.offset);
        return Err(ModelError::tensor(&entry.name, what));
    }
    match entry.offset.checked_add(entry.bytes) {
        Some(end) if end <= data => Ok(()),
        _ => Err(ModelError::tensor(&entry.name, "reaches past the end of the weights")),
    }
}

fn check_apart(entries: &[Entry]) -> Result<(), ModelError> {
    let mut entries: Vec<&Entry> = entries.iter().filter(|entry| entry.bytes > 0).collect();
    entries.sort_by_key(|entry| entry.offset);
    for pair in entries.windows(2) {
        if let [first, second] = pair
            && first.offset + first.bytes > second.offset
        {
            return Err(ModelError::tensor(&second.name, format!("overlaps `{}`", first.name)));
        }
    }
    Ok(())
}
