//! The sizes that a WebP file declares. Its decoder compares a frame with the canvas only after decoding the frame,
//! so a canvas of one pixel may hold a frame of 268 million pixels.

/// The bytes before the first chunk: `RIFF`, a length, `WEBP`.
const FILE_HEAD: usize = 12;
/// The bytes before a chunk's contents: its kind and length.
const CHUNK_HEAD: usize = 8;
/// The bytes before the chunks of an animation frame.
const FRAME_HEAD: usize = 16;
/// The mask of a side, which has 14 bits.
const SIDE: u32 = 0x3fff;

/// Width and height of each frame, animated or not; `None` if a chunk claims to be longer than the file.
pub fn sizes(file: &[u8]) -> Option<Vec<(u32, u32)>> {
    let mut sizes = Vec::new();
    chunks(file.get(FILE_HEAD..)?, &mut |kind, held| {
        match &kind {
            b"ANMF" => chunks(held.get(FRAME_HEAD..)?, &mut |kind, held| frame(kind, held, &mut sizes))?,
            _ => frame(kind, held, &mut sizes)?,
        }
        Some(())
    })?;
    Some(sizes)
}

fn chunks(mut rest: &[u8], each: &mut impl FnMut([u8; 4], &[u8]) -> Option<()>) -> Option<()> {
    while rest.len() >= CHUNK_HEAD {
        let (kind, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        each(*kind, after.get(..length)?)?;
        // A chunk of odd length is padded. The padding of the last one may be missing.
        rest = after.get(length + length % 2..).unwrap_or_default();
    }
    Some(())
}

fn frame(kind: [u8; 4], held: &[u8], sizes: &mut Vec<(u32, u32)>) -> Option<()> {
    match &kind {
        // RFC 6386 §9.1: after a tag of 3 bytes and a start code of 3 bytes come the two sides with their scales.
        b"VP8 " => {
            let both = held.get(6..10)?;
            let side = |at: usize| u32::from(u16::from_le_bytes([both[at], both[at + 1]])) & SIDE;
            sizes.push((side(0), side(2)));
        }
        // After a signature byte come both sides, each minus one.
        b"VP8L" => {
            let bits = u32::from_le_bytes(held.get(1..5)?.try_into().ok()?);
            sizes.push(((bits & SIDE) + 1, (bits >> 14 & SIDE) + 1));
        }
        _ => {}
    }
    Some(())
}
