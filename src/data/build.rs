//! Which build of the program this is: both ends of a channel must be the same one.

use std::ffi::c_void;

use libc::{c_int, dl_phdr_info, size_t};

/// The linker's build id in hexadecimal, found in the program's own memory. Where the linker gave
/// none, the version and the length of the program stand in for it.
pub fn id() -> String {
    let mut found: Option<Vec<u8>> = None;
    // SAFETY: the callback gets the pointer to `found` that is passed here, while it lives.
    unsafe {
        libc::dl_iterate_phdr(Some(look), (&raw mut found).cast::<c_void>());
    }
    match found {
        Some(id) => id.iter().map(|byte| format!("{byte:02x}")).collect(),
        None => {
            let length = std::fs::metadata("/proc/self/exe").map_or(0, |metadata| metadata.len());
            format!("{}-{length:x}", env!("CARGO_PKG_VERSION"))
        }
    }
}

/// Looks through the notes of the first object, which is the program.
///
/// # Safety
/// As `dl_iterate_phdr` calls it, with a pointer to an `Option<Vec<u8>>`.
unsafe extern "C" fn look(info: *mut dl_phdr_info, _size: size_t, found: *mut c_void) -> c_int {
    // SAFETY: the linker hands out valid headers of an object that stays loaded, and `found` is ours.
    unsafe {
        let info = &*info;
        let headers = std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum));
        for header in headers.iter().filter(|header| header.p_type == libc::PT_NOTE) {
            let start = (info.dlpi_addr + header.p_vaddr) as *const u8;
            let notes = std::slice::from_raw_parts(start, header.p_memsz as usize);
            if let Some(id) = build_id_note(notes) {
                *found.cast::<Option<Vec<u8>>>() = Some(id.to_vec());
            }
        }
    }
    1
}

/// The note of GNU's type 3: lengths of name and content, the type, then both, padded to four bytes.
fn build_id_note(mut notes: &[u8]) -> Option<&[u8]> {
    let number = |bytes: &[u8]| Some(u32::from_ne_bytes(bytes.get(..4)?.try_into().ok()?) as usize);
    loop {
        let (name, content, kind) = (number(notes)?, number(notes.get(4..)?)?, number(notes.get(8..)?)?);
        let content_start = 12 + name.next_multiple_of(4);
        let content_end = content_start + content;
        if kind == 3 && notes.get(12..12 + name)? == b"GNU\0" {
            return notes.get(content_start..content_end);
        }
        notes = notes.get(content_end.next_multiple_of(4)..)?;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_note_is_found_among_others() {
        let note = |kind: u32, content: &[u8]| {
            let lengths = [4u32, content.len() as u32, kind].map(u32::to_ne_bytes).concat();
            [lengths.as_slice(), b"GNU\0", content, &vec![0; content.len().next_multiple_of(4) - content.len()]]
                .concat()
        };
        let notes = [note(1, b"abcde"), note(3, b"\x01\x02\xff")].concat();
        assert_eq!(super::build_id_note(&notes), Some(&b"\x01\x02\xff"[..]));
        assert_eq!(super::build_id_note(&notes[..20]), None);
        assert!(super::id().len() > 5);
    }
}
