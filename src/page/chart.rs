//! Pictures of a page, in SVG.

use std::fmt::Write;

use super::{Stack, escaped, grouped};

/// A week by hours: the more, the darker.
pub(super) fn week(name: &str, days: [&str; 7], hours: &[[u64; 24]; 7]) -> String {
    const LEFT: usize = 34;
    const TOP: usize = 16;
    const CELL: (usize, usize) = (36, 24);
    let most = hours.iter().flatten().copied().max().unwrap_or(0);
    let mut picture = opened(name, LEFT + 24 * CELL.0, TOP + 7 * CELL.1);
    for hour in 0..24 {
        label(&mut picture, LEFT + hour * CELL.0 + CELL.0 / 2, TOP - 5, "middle", &hour.to_string());
    }
    for (n, (day, hours)) in days.iter().zip(hours).enumerate() {
        let top = TOP + n * CELL.1;
        label(&mut picture, 0, top + CELL.1 / 2 + 4, "start", day);
        for (hour, count) in hours.iter().enumerate() {
            let left = LEFT + hour * CELL.0;
            // An hour with one call is to be told from an hour with none.
            let dark = if *count == 0 { 1.0 } else { 0.12 + 0.88 * *count as f64 / most as f64 };
            let class = if *count == 0 { "empty" } else { "heat" };
            let _ = write!(
                picture,
                "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"3\" fill-opacity=\"{dark:.3}\"><title>{} {hour}:00 — {}</title></rect>",
                left + 1,
                top + 1,
                CELL.0 - 2,
                CELL.1 - 2,
                escaped(day),
                grouped(*count)
            );
        }
    }
    picture + "</svg>"
}

/// Columns side by side, each of parts that stand on each other.
pub(super) fn stacks(name: &str, parts: [&str; 3], stacks: &[Stack]) -> String {
    const SIZE: (f64, f64) = (900.0, 200.0);
    const LEFT: f64 = 60.0;
    const TOP: f64 = 8.0;
    /// Width of a letter.
    const LETTER: f64 = 6.4;
    let most = stacks.iter().map(|stack| stack.parts.iter().sum()).max().unwrap_or(0);
    let top = ceiling(most);
    let height = |count: u64| count as f64 / top as f64 * SIZE.1;
    let mut picture = opened(name, (LEFT + SIZE.0) as usize, (TOP + SIZE.1) as usize + 20);
    for line in 0..=4 {
        let count = top * line / 4;
        let y = TOP + SIZE.1 - height(count);
        let _ = write!(picture, "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>", LEFT + SIZE.0);
        label(&mut picture, LEFT as usize - 8, y as usize + 4, "end", &grouped(count));
    }
    let step = SIZE.0 / stacks.len().max(1) as f64;
    let width = (step * 0.72).clamp(0.5, 60.0);
    // A name of a day takes about sixty units: under more columns than there is room for, only some have theirs.
    let every = stacks.len().div_ceil(14).max(1);
    let room = (step * every as f64 / LETTER) as usize;
    for (n, stack) in stacks.iter().enumerate() {
        let middle = LEFT + step * (n as f64 + 0.5);
        let mut base = TOP + SIZE.1;
        for (part, (count, called)) in stack.parts.iter().zip(parts).enumerate().filter(|(_, (count, _))| **count > 0) {
            base -= height(*count);
            let _ = write!(
                picture,
                "<rect class=\"p{part}\" x=\"{:.2}\" y=\"{base:.2}\" width=\"{width:.2}\" height=\"{:.2}\"><title>{}: {} {}</title></rect>",
                middle - width / 2.0,
                height(*count),
                escaped(&stack.name),
                escaped(called),
                grouped(*count)
            );
        }
        if n % every == 0 {
            label(&mut picture, middle as usize, (TOP + SIZE.1) as usize + 15, "middle", &cut(&stack.label, room));
        }
    }
    picture + "</svg>"
}

/// At most so many letters, with `…` where it was cut.
fn cut(text: &str, letters: usize) -> String {
    match text.chars().count() > letters {
        true => text.chars().take(letters.saturating_sub(1)).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

/// A round number that is not less, and divides by four.
fn ceiling(most: u64) -> u64 {
    let mut unit = 1;
    loop {
        if let Some(round) = [4, 8, 12, 16, 20, 24, 32, 40, 48, 60, 80].into_iter().map(|round| round * unit).find(|round| *round >= most) {
            return round;
        }
        unit *= 10;
    }
}

fn opened(name: &str, width: usize, height: usize) -> String {
    format!("<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">", escaped(name))
}

fn label(picture: &mut String, x: usize, y: usize, anchor: &str, text: &str) {
    let _ = write!(picture, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{}</text>", escaped(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number() {
        for (most, round) in [(0, 4), (4, 4), (5, 8), (9, 12), (13, 16), (21, 24), (41, 48), (99, 120), (4134, 4800), (100_000, 120_000)] {
            assert_eq!(ceiling(most), round);
        }
    }

    #[test]
    fn a_column_is_as_high_as_its_number() {
        let stack = |parts| Stack { name: "a".into(), label: "a".into(), parts };
        let picture = stacks("x", ["p", "q", "r"], &[stack([4, 0, 0]), stack([1, 1, 2]), stack([0, 0, 0])]);
        for height in ["height=\"200.00\"", "height=\"50.00\"", "height=\"100.00\""] {
            assert!(picture.contains(height), "{picture}");
        }
        assert_eq!(picture.matches("<rect").count(), 4);
    }

    #[test]
    fn a_million_million_calls_and_none_at_all_are_drawn() {
        for count in [0, u64::MAX / 100] {
            let picture = stacks("x", ["p", "q", "r"], &[Stack { name: "a".into(), label: "a".into(), parts: [count, 0, 0] }]);
            assert!(!picture.contains("NaN") && !picture.contains("inf"), "{picture}");
            assert!(!week("x", ["d"; 7], &[[count; 24]; 7]).contains("NaN"));
        }
        assert!(!stacks("x", ["p", "q", "r"], &[]).contains("NaN"));
    }
}
