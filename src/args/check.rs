//! Checks arguments against a spec, with the reference's messages.
