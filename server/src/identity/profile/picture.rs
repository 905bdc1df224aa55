//! Pictures as they come, made small, square and upright, without what the camera noted.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder,
    imageops::FilterType,
};
use medlane_shared::{
    fault::{Code, Fault},
    identity::AVATAR_PX,
};

/// The widest and highest picture that is read.
const SIDE_MAX_PX: u32 = 12_000;
/// The most memory that reading one may take.
const READ_MAX_BYTES: u64 = 512 * 1024 * 1024;
/// How well the picture is kept, of 100.
const QUALITY: u8 = 85;

/// The middle of a picture as a JPEG of [`AVATAR_PX`] a side. What kind it is, its content says.
///
/// # Errors
/// [`Code::PictureUnread`].
pub fn portrait(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let unread = |_| Fault::new(Code::PictureUnread);
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| Code::PictureUnread)?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) {
        return Err(Code::PictureUnread.into());
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX_PX);
    limits.max_image_height = Some(SIDE_MAX_PX);
    limits.max_alloc = Some(READ_MAX_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unread)?;
    // Phones note how they were held, and do not turn the picture.
    let orientation = decoder.orientation().map_err(unread)?;
    let mut read = DynamicImage::from_decoder(decoder).map_err(unread)?;
    read.apply_orientation(orientation);
    let square = read.resize_to_fill(AVATAR_PX, AVATAR_PX, FilterType::Triangle);
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, QUALITY).encode_image(&on_white(&square)).map_err(unread)?;
    Ok(out)
}

/// What is seen through becomes white: a JPEG has no other way.
fn on_white(picture: &DynamicImage) -> image::RgbImage {
    let through = picture.to_rgba8();
    image::RgbImage::from_fn(through.width(), through.height(), |x, y| {
        let [colour @ .., alpha] = through.get_pixel(x, y).0.map(u16::from);
        image::Rgb(
            colour.map(|part| u8::try_from((part * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)),
        )
    })
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.into().write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    /// Puts an EXIF segment behind a JPEG's first marker: the orientation, and a text.
    fn with_exif(jpeg: &[u8], orientation: u8, text: &[u8]) -> Vec<u8> {
        let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        exif.extend(text);
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
    }

    #[test]
    fn a_picture_is_cut_turned_and_cleaned() {
        // Red above, blue below, noted as held upside down.
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
            let shown = image::load_from_memory(&portrait(&encoded(clear.clone(), format)).unwrap())
                .unwrap()
                .to_rgb8();
            assert!(shown.get_pixel(9, 9).0.iter().all(|part| *part > 250), "{format:?}");
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let mut broken = encoded(RgbImage::new(100, 100), ImageFormat::Jpeg);
        broken.truncate(60);
        let wide = encoded(RgbImage::new(SIDE_MAX_PX + 1, 1), ImageFormat::Png);
        for wrong in [&b""[..], b"GIF89a", b"<svg/>", b"\x89PNG\r\n\x1a\n", &broken, &wide] {
            assert_eq!(portrait(wrong).unwrap_err().code, Code::PictureUnread);
        }
    }
}
