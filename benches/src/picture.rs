//! The time to read, cut and write a large picture.

use std::time::Instant;

use image::{ExtendedColorType, ImageEncoder as _, codecs::png::PngEncoder};

use crate::{Failed, say};

/// A usual large picture, and the largest that the server reads.
const SIZES: [(u32, u32); 2] = [(3_000, 2_000), (6_000, 4_000)];
/// The longest time in seconds: the server reads one picture at a time, and others wait for it.
const GOAL_S: f64 = 2.0;

/// A picture that packs badly, so that the decoder has much to unpack.
fn noise(width: u32, height: u32) -> Result<Vec<u8>, Failed> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let pixels = u64::from(width) * u64::from(height);
    let raw: Vec<u8> = (0..pixels)
        .flat_map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            [u8::try_from(state >> 63).unwrap_or_default(), 0, 0, 0, 0, 0, 0, 0]
        })
        .collect();
    let mut out = Vec::new();
    PngEncoder::new(&mut out).write_image(&raw, width, height, ExtendedColorType::Rgba16)?;
    Ok(out)
}

pub fn run() -> Result<(), Failed> {
    for (width, height) in SIZES {
        let picture = noise(width, height)?;
        let began = Instant::now();
        let made = medlane_server::identity::portrait(&picture);
        let took = began.elapsed().as_secs_f64();
        let mib = f64::from(u32::try_from(picture.len())?) / 1_048_576.0;
        println!("a PNG of {width} x {height} RGBA16, {mib:.1} MiB: {took:.2} s, read: {}", made.is_ok());
        say("seconds for a picture", took, "<= 2", took <= GOAL_S);
    }
    Ok(())
}
