//! A ticket for the printer. The page draws it with its own fonts, so that every language prints correctly.

use fast_qr::qr::QRBuilder;
use js_sys::Function;
use medlane_shared::fault::{Code, Fault};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// The dots of a row: paper of 80 mm at 203 dpi.
const WIDTH: u32 = 576;
/// The quiet zone around the QR code, in dots.
const QUIET: u32 = 24;
/// The size of the QR code without its quiet zone, in dots.
const QR: u32 = 264;
/// A pixel darker than this, of 255, becomes black.
const BLACK: u32 = 128;

/// A picture with one bit for each dot.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The dots of a row.
    pub width: u32,
    /// The number of rows.
    pub height: u32,
    /// The bits, base64; a set bit is black.
    pub dots: String,
}

/// The contents of a ticket, from the top.
pub struct Lines<'a> {
    /// Each line: its text, its size in dots, and whether it is bold. The label is the largest.
    pub lines: &'a [(String, u32, bool)],
    /// The text of the QR code, and the text under it.
    pub qr: Option<(String, String)>,
}

/// Draws a ticket.
///
/// # Errors
/// [`Code::Internal`] if the browser cannot: the printer is not at fault.
pub fn draw(lines: &Lines<'_>) -> Result<Picture, Fault> {
    picture(lines).ok_or_else(|| Code::Internal.into())
}

fn picture(lines: &Lines<'_>) -> Option<Picture> {
    let text_height: u32 = lines.lines.iter().map(|(_, size, _)| size * 3 / 2).sum();
    let qr_height = lines.qr.as_ref().map_or(0, |_| QR + 2 * QUIET + 42);
    let height = text_height + qr_height + QUIET;
    let document = web_sys::window()?.document()?;
    let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(WIDTH);
    canvas.set_height(height);
    let pen: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    pen.set_fill_style_str("#fff");
    pen.fill_rect(0.0, 0.0, f64::from(WIDTH), f64::from(height));
    pen.set_fill_style_str("#000");
    pen.set_text_align("center");
    // A canvas does not inherit the writing direction of the page.
    let way = document.document_element()?.get_attribute("dir").unwrap_or_default();
    js_sys::Reflect::set(&pen, &"direction".into(), &way.into()).ok()?;
    let style = web_sys::window()?.get_computed_style(&document.document_element()?).ok()??;
    let family = style.get_property_value("font-family").ok()?;
    let mut y = 0;
    let write = |words: &str, size: u32, bold: bool, y: &mut u32| {
        *y += size * 3 / 2;
        pen.set_font(&format!("{} {size}px {family}", if bold { 700 } else { 400 }));
        let room = f64::from(WIDTH - 2 * QUIET);
        // A name that is too long is drawn narrower, not cut off.
        pen.fill_text_with_max_width(words, f64::from(WIDTH / 2), f64::from(*y - size / 3), room).ok()
    };
    for (words, size, bold) in lines.lines {
        write(words, *size, *bold, &mut y)?;
    }
    if let Some((says, under)) = &lines.qr {
        let code = QRBuilder::new(says.as_bytes()).build().ok()?;
        let modules = u32::try_from(code.size).ok()?;
        let dot = QR / modules;
        let left = (WIDTH - dot * modules) / 2;
        for row in 0..modules {
            for column in 0..modules {
                if code[row as usize][column as usize].value() {
                    let (x, y) = (left + column * dot, y + QUIET + row * dot);
                    pen.fill_rect(f64::from(x), f64::from(y), f64::from(dot), f64::from(dot));
                }
            }
        }
        y += QUIET + dot * modules + QUIET;
        write(under, 26, false, &mut y)?;
    }
    let image = pen.get_image_data(0.0, 0.0, f64::from(WIDTH), f64::from(height)).ok()?;
    let dark = |dot: &[u8]| dot.iter().take(3).map(|part| u32::from(*part)).sum::<u32>() / 3 < BLACK;
    let bits: Vec<bool> = image.data().0.chunks_exact(4).map(dark).collect();
    let bytes =
        bits.chunks_exact(8).map(|eight| eight.iter().fold(0_u8, |byte, bit| byte << 1 | u8::from(*bit)));
    Some(Picture { width: WIDTH, height, dots: base64(bytes)? })
}

/// Uses the browser's own base64 function.
fn base64(bytes: impl Iterator<Item = u8>) -> Option<String> {
    let binary: String = bytes.map(char::from).collect();
    let write: Function =
        js_sys::Reflect::get(&js_sys::global(), &JsValue::from("btoa")).ok()?.dyn_into().ok()?;
    write.call1(&js_sys::global(), &binary.into()).ok()?.as_string()
}
