//! Paints what egui hands to a graphics card, without one: the same picture on every machine.
//!
//! Corners are rounded to 1/256 of a pixel and the rest is whole numbers, so that triangles that
//! share an edge share no pixel.

use std::collections::HashMap;

use eframe::egui::epaint::{ClippedPrimitive, Primitive, Vertex};
use eframe::egui::{Color32, ColorImage, Context, FullOutput, ImageData, TextureId, TexturesDelta};
use egui_kittest::TestRenderer;
use image::{Rgba, RgbaImage};

const SUB: f32 = 256.0;

#[derive(Default)]
pub(crate) struct Painter(HashMap<TextureId, ColorImage>);

impl TestRenderer for Painter {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, images) in delta.set.drain() {
            for part in images {
                let ImageData::Color(image) = part.image;
                match part.pos {
                    None => drop(self.0.insert(id, (*image).clone())),
                    Some(at) => patch(self.0.get_mut(&id).unwrap(), &image, at),
                }
            }
        }
        for id in delta.free.drain() {
            self.0.remove(&id);
        }
    }

    fn render(&mut self, ctx: &Context, output: &FullOutput) -> Result<RgbaImage, String> {
        let scale = ctx.pixels_per_point();
        let size = ctx.content_rect().size() * scale;
        let mut canvas = Canvas {
            image: RgbaImage::from_pixel(size.x as u32, size.y as u32, Rgba([0, 0, 0, 255])),
            scale,
        };
        for part in ctx.tessellate(output.shapes.clone(), scale) {
            canvas.paint(&part, &self.0);
        }
        Ok(canvas.image)
    }
}

fn patch(whole: &mut ColorImage, part: &ColorImage, [left, top]: [usize; 2]) {
    let [width, height] = part.size;
    for row in 0..height {
        let from = &part.pixels[row * width..(row + 1) * width];
        let start = (top + row) * whole.size[0] + left;
        whole.pixels[start..start + width].copy_from_slice(from);
    }
}

struct Canvas {
    image: RgbaImage,
    scale: f32,
}

/// A corner in 1/256 of a pixel.
type Point = (i64, i64);

/// Twice the area of a triangle; positive if its corners go clockwise on the screen.
fn area(a: Point, b: Point, c: Point) -> i64 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

/// Whether a pixel whose middle lies on this edge belongs to the triangle: top and left edges do.
fn takes_edge(a: Point, b: Point) -> bool {
    b.1 < a.1 || (b.1 == a.1 && b.0 > a.0)
}

impl Canvas {
    fn paint(&mut self, part: &ClippedPrimitive, textures: &HashMap<TextureId, ColorImage>) {
        let Primitive::Mesh(mesh) = &part.primitive else {
            panic!("the window has no paint callbacks");
        };
        let texture = &textures[&mesh.texture_id];
        let edge = |points: f32, most: u32| (points * self.scale).round().clamp(0.0, most as f32);
        let (width, height) = self.image.dimensions();
        let clip = [
            edge(part.clip_rect.min.x, width) as i64,
            edge(part.clip_rect.min.y, height) as i64,
            edge(part.clip_rect.max.x, width) as i64,
            edge(part.clip_rect.max.y, height) as i64,
        ];
        for corners in mesh.indices.chunks_exact(3) {
            let corner = |at: usize| &mesh.vertices[corners[at] as usize];
            self.triangle([corner(0), corner(1), corner(2)], clip, texture);
        }
    }

    fn triangle(&mut self, mut corners: [&Vertex; 3], clip: [i64; 4], texture: &ColorImage) {
        let scale = self.scale * SUB;
        let point = |v: &Vertex| {
            let whole = |points: f32| (points * scale).round() as i64;
            (whole(v.pos.x), whole(v.pos.y))
        };
        let mut at = corners.map(point);
        if area(at[0], at[1], at[2]) < 0 {
            corners.swap(1, 2);
            at.swap(1, 2);
        }
        let whole = area(at[0], at[1], at[2]);
        if whole == 0 {
            return;
        }
        let sub = SUB as i64;
        let range = |pick: fn(&Point) -> i64, low: i64, high: i64| {
            let first = at.iter().map(pick).min().unwrap_or(0).div_euclid(sub);
            let last = at.iter().map(pick).max().unwrap_or(0).div_euclid(sub);
            first.max(low)..(last + 1).min(high)
        };
        for y in range(|p| p.1, clip[1], clip[3]) {
            for x in range(|p| p.0, clip[0], clip[2]) {
                let middle = (x * sub + sub / 2, y * sub + sub / 2);
                let weights = [(1, 2), (2, 0), (0, 1)].map(|(a, b)| {
                    let weight = area(at[a], at[b], middle);
                    (weight > 0 || (weight == 0 && takes_edge(at[a], at[b]))).then_some(weight)
                });
                if let [Some(a), Some(b), Some(c)] = weights {
                    let share = [a, b, c].map(|weight| weight as f32 / whole as f32);
                    self.blend(x as u32, y as u32, shade(corners, share, texture));
                }
            }
        }
    }

    /// Lays a colour with premultiplied alpha over what is there.
    fn blend(&mut self, x: u32, y: u32, color: [f32; 4]) {
        let under = self.image.get_pixel_mut(x, y);
        let rest = 1.0 - color[3] / 255.0;
        for (under, over) in under.0.iter_mut().zip(color).take(3) {
            *under = (over + f32::from(*under) * rest).round().clamp(0.0, 255.0) as u8;
        }
    }
}

/// The colour of a pixel: what lies between the corners' colours, times the texture's.
fn shade(corners: [&Vertex; 3], share: [f32; 3], texture: &ColorImage) -> [f32; 4] {
    let between = |pick: &dyn Fn(&Vertex) -> f32| -> f32 {
        corners
            .iter()
            .zip(share)
            .map(|(v, share)| pick(v) * share)
            .sum()
    };
    let [width, height] = texture.size;
    let texel = |part: f32, most: usize| ((part * most as f32) as usize).min(most - 1);
    let (u, v) = (between(&|v| v.uv.x), between(&|v| v.uv.y));
    let texel: Color32 = texture.pixels[texel(v, height) * width + texel(u, width)];
    let texel = texel.to_array();
    [0, 1, 2, 3]
        .map(|at| between(&|v| f32::from(v.color.to_array()[at])) * f32::from(texel[at]) / 255.0)
}
