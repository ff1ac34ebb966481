//! How Python shows values as text: `str` and `repr`.
