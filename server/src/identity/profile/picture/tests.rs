use image::{ImageBuffer, Luma, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.into().write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// Inserts an EXIF segment after a JPEG's first marker, with an orientation and a text.
fn with_exif(jpeg: &[u8], orientation: u8, text: &[u8]) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(text);
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
}

/// A PNG whose header claims another size, with a valid checksum.
fn png_of_size(mut png: Vec<u8>, width: u32, height: u32) -> Vec<u8> {
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = png[12..29].iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    });
    png[29..33].copy_from_slice(&(!sum).to_be_bytes());
    png
}

/// A JPEG whose frame header claims another size.
fn jpeg_of_size(mut jpeg: Vec<u8>, width: u16, height: u16) -> Vec<u8> {
    let at = jpeg.windows(2).position(|marker| matches!(marker, [0xff, 0xc0 | 0xc2])).unwrap();
    jpeg[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

fn chunk(kind: &[u8], held: &[u8]) -> Vec<u8> {
    let length = u32::try_from(held.len()).unwrap().to_le_bytes();
    [kind, &length, held, if held.len() % 2 == 1 { &[0][..] } else { &[] }].concat()
}

fn webp(chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"RIFF", &[b"WEBP".to_vec(), chunks.concat()].concat())
}

/// The header of a lossy key frame, and as much data as a decompression bomb needs.
fn vp8(width: u16, height: u16) -> Vec<u8> {
    let head = [0x10, 0, 0, 0x9d, 0x01, 0x2a];
    chunk(b"VP8 ", &[&head[..], &width.to_le_bytes(), &height.to_le_bytes(), &[0; 64]].concat())
}

fn vp8l(width: u32, height: u32) -> Vec<u8> {
    let bits = (width - 1) | (height - 1) << 14;
    chunk(b"VP8L", &[&[0x2f][..], &bits.to_le_bytes(), &[0; 64]].concat())
}

/// The header of an extended file with a canvas of one pixel.
fn canvas(flags: u8) -> Vec<u8> {
    chunk(b"VP8X", &[flags, 0, 0, 0, 0, 0, 0, 0, 0, 0])
}

fn animated(frame: &[u8]) -> Vec<u8> {
    let frame = chunk(b"ANMF", &[&[0; 16][..], frame].concat());
    webp(&[canvas(2), chunk(b"ANIM", &[0; 6]), frame.clone(), frame])
}

#[test]
fn a_picture_is_cut_turned_and_cleaned() {
    // Red above, blue below, with the note that the camera was held upside down.
    let halves =
        RgbImage::from_fn(600, 400, |_, y| if y < 200 { Rgb([220, 0, 0]) } else { Rgb([0, 0, 220]) });
    let jpeg = with_exif(&encoded(halves, ImageFormat::Jpeg), 3, b"GPS 23.58N 58.38E");
    let cut = portrait(&jpeg).unwrap();
    assert!(
        !cut.windows(4).any(|part| part == b"Exif" || part == b"GPS "),
        "nothing of the camera's is left"
    );
    let shown = image::load_from_memory(&cut).unwrap().to_rgb8();
    assert_eq!(shown.dimensions(), (AVATAR_PX, AVATAR_PX));
    let [r, _, b] = shown.get_pixel(128, 20).0;
    assert!(b > 150 && r < 100, "the picture stands upright: {r} {b}");
}

#[test]
fn what_is_seen_through_becomes_white() {
    let clear = RgbaImage::from_pixel(10, 10, Rgba([0, 0, 0, 0]));
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let shown =
            image::load_from_memory(&portrait(&encoded(clear.clone(), format)).unwrap()).unwrap().to_rgb8();
        assert!(shown.get_pixel(9, 9).0.iter().all(|part| *part > 250), "{format:?}");
    }
}

#[test]
fn what_is_no_picture_is_refused() {
    let mut broken = encoded(RgbImage::new(100, 100), ImageFormat::Jpeg);
    broken.truncate(60);
    let lies = [b"RIFF\x10\0\0\0WEBPEXIF\xff\xff\xff\xff".to_vec(), vec![0; 16]].concat();
    for wrong in [&b""[..], b"GIF89a", b"<svg/>", b"\x89PNG\r\n\x1a\n", &broken, &lies] {
        assert_eq!(portrait(wrong).unwrap_err().code, Code::PictureUnread);
    }
}

#[test]
fn a_picture_that_would_be_too_large_is_refused_by_its_head() {
    let png = encoded(ImageBuffer::<Rgba<u16>, _>::new(8, 8), ImageFormat::Png);
    let jpeg = encoded(RgbImage::new(8, 8), ImageFormat::Jpeg);
    for (what, bomb) in [
        ("PNG of 16 bits, 1.5 GB decoded", png_of_size(png.clone(), 12_000, 12_000)),
        ("PNG, as wide as a number can say", png_of_size(png.clone(), 0x7fff_ffff, 1)),
        ("PNG, just too many pixels", png_of_size(png, 6_000, 4_001)),
        ("JPEG, the largest there is", jpeg_of_size(jpeg.clone(), u16::MAX, u16::MAX)),
        ("JPEG, just too many pixels", jpeg_of_size(jpeg, 6_000, 4_001)),
        ("WebP, lossy", webp(&[vp8(16_383, 16_383)])),
        ("WebP, lossless", webp(&[vp8l(16_384, 16_384)])),
        ("WebP, a canvas of one pixel with a large frame", webp(&[canvas(0), vp8(16_383, 16_383)])),
        ("WebP, the same without loss", webp(&[canvas(0), vp8l(16_384, 16_384)])),
        ("WebP, animated", animated(&vp8(16_383, 16_383))),
        ("WebP, animated without loss", animated(&vp8l(16_384, 16_384))),
    ] {
        assert_eq!(portrait(&bomb).unwrap_err().code, Code::PictureLarge, "{what}");
    }
}

#[test]
fn a_strip_is_cut_before_it_is_made_small() {
    // Scaled down before cutting, it would have 12,000 × 256 × 256 pixels.
    for (width, height) in [(SIDE_MAX_PX, 1), (1, SIDE_MAX_PX)] {
        let strip = ImageBuffer::<Luma<u8>, _>::from_pixel(width, height, Luma([200]));
        let cut = portrait(&encoded(strip, ImageFormat::Png)).unwrap();
        let shown = image::load_from_memory(&cut).unwrap();
        assert_eq!((shown.width(), shown.height()), (AVATAR_PX, AVATAR_PX));
    }
}

#[test]
fn of_an_animation_the_first_frame_is_taken() {
    let mut still = encoded(RgbaImage::from_pixel(1, 1, Rgba([9, 9, 9, 255])), ImageFormat::WebP);
    let shown = portrait(&animated(&still.split_off(12))).unwrap();
    assert_eq!(image::load_from_memory(&shown).unwrap().width(), AVATAR_PX);
}
