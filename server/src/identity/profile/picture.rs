//! Makes an uploaded picture small, square and upright, and removes the camera's metadata.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits, RgbaImage,
    codecs::jpeg::JpegEncoder,
    imageops::{FilterType, crop_imm, resize},
};
use medlane_shared::{
    fault::{Code, Fault},
    identity::AVATAR_PX,
};

use super::webp;

/// The largest width and height of a picture that is decoded, in pixels.
const SIDE_MAX_PX: u32 = 12_000;
/// The most pixels of a picture that is decoded: 6,000 by 4,000. A decoder needs up to 10 bytes for each.
const PIXELS_MAX: u64 = 24_000_000;
/// The most memory that a decoder may use for one picture, if it counts it, in bytes.
const READ_MAX_BYTES: u64 = 256 * 1024 * 1024;
/// The JPEG quality of the stored picture, of 100.
const QUALITY: u8 = 85;

/// The middle of a picture as a JPEG with sides of [`AVATAR_PX`]. The content decides the format. The header gives
/// the size, so a picture that is too large is refused before it is decoded.
///
/// # Errors
/// [`Code::PictureLarge`], [`Code::PictureUnread`].
pub fn portrait(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| Code::PictureUnread)?;
    match reader.format() {
        Some(ImageFormat::Jpeg | ImageFormat::Png) => {}
        Some(ImageFormat::WebP) => {
            for size in webp::sizes(bytes).ok_or(Code::PictureUnread)? {
                small_enough(size)?;
            }
        }
        _ => return Err(Code::PictureUnread.into()),
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX_PX);
    limits.max_image_height = Some(SIDE_MAX_PX);
    limits.max_alloc = Some(READ_MAX_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unread)?;
    small_enough(decoder.dimensions())?;
    if decoder.total_bytes() > READ_MAX_BYTES {
        return Err(Code::PictureLarge.into());
    }
    // Phones record how they were held, but do not rotate the picture.
    let orientation = decoder.orientation().map_err(unread)?;
    let read = DynamicImage::from_decoder(decoder).map_err(unread)?;
    let mut square = DynamicImage::ImageRgba8(middle(&read));
    drop(read);
    square.apply_orientation(orientation);
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, QUALITY).encode_image(&on_white(&square)).map_err(unread)?;
    Ok(out)
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn unread(error: ImageError) -> Fault {
    match error {
        ImageError::Limits(_) => Code::PictureLarge.into(),
        _ => Code::PictureUnread.into(),
    }
}

fn small_enough((width, height): (u32, u32)) -> Result<(), Fault> {
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) > SIDE_MAX_PX || pixels > PIXELS_MAX {
        return Err(Code::PictureLarge.into());
    }
    Ok(())
}

/// The square in the middle, scaled down. It is cut out first: a long strip that is scaled down first would need a
/// thousand times more memory.
fn middle(read: &DynamicImage) -> RgbaImage {
    let side = read.width().min(read.height());
    let square = crop_imm(read, (read.width() - side) / 2, (read.height() - side) / 2, side, side);
    resize(&*square, AVATAR_PX, AVATAR_PX, FilterType::Triangle)
}

/// Makes transparent parts white, because a JPEG cannot be transparent.
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
mod tests;
