//! Small pictures of letters: bars, and a map of the week.

use anstyle::{AnsiColor, Style};

/// A map has this many shades beside none.
pub const SHADES: usize = 4;

/// A bar of at most `width` columns for `count` out of `most`; whatever is there has an eighth of a column at least.
pub fn bar(count: u64, most: u64, width: u64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if count == 0 || most == 0 {
        return String::new();
    }
    let eighths = (u128::from(count.min(most)) * u128::from(width) * 8 / u128::from(most)).max(1);
    let part = PARTS[(eighths % 8) as usize];
    "█".repeat((eighths / 8) as usize) + part
}

/// How dark a cell of a map is: 0 for nothing, [`SHADES`] for the most.
pub fn shade(count: u64, most: u64) -> usize {
    match (count, most) {
        (0, _) | (_, 0) => 0,
        (count, most) => 1 + (count.min(most) * (SHADES as u64 - 1) + most / 2) as usize / most as usize,
    }
}

/// A week by hours: a line for the hours, and one for each weekday. In less than `width` columns an hour has one column.
pub fn week(days: [&str; 7], hours: &[[u64; 24]; 7], width: usize, colored: bool) -> Vec<String> {
    const LEFT: usize = 5;
    let step = if width >= LEFT + 24 * 3 { 3 } else { 1 };
    let most = hours.iter().flatten().copied().max().unwrap_or(0);
    let every = if step == 3 { 1 } else { 6 };
    let scale = (0..24).step_by(every).map(|hour| format!("{hour:<width$}", width = step * every)).collect::<String>();
    let heading = format!("{:LEFT$}{scale}", "").trim_end().to_owned();
    let day = |(name, day): (&str, &[u64; 24])| {
        let cells: String = day.iter().map(|count| painted(shade(*count, most), step, colored)).collect();
        format!("{name:<LEFT$}{}", cells.trim_end())
    };
    [heading].into_iter().chain(days.into_iter().zip(hours).map(day)).collect()
}

fn painted(shade: usize, step: usize, colored: bool) -> String {
    const BLOCKS: [&str; SHADES + 1] = ["·", "░", "▒", "▓", "█"];
    const COLORS: [AnsiColor; SHADES] = [AnsiColor::Blue, AnsiColor::Green, AnsiColor::Yellow, AnsiColor::Red];
    let (block, gap) = if step == 3 { (BLOCKS[shade].repeat(2), " ") } else { (BLOCKS[shade].to_owned(), "") };
    let style = match shade {
        0 => Style::new().dimmed(),
        shade => COLORS[shade - 1].on_default(),
    };
    if colored { format!("{style}{block}{style:#}{gap}") } else { format!("{block}{gap}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_part() {
        for (count, most, expected) in [
            (0, 10, ""),
            (10, 10, "████"),
            (5, 10, "██"),
            (1, 1_000_000, "▏"),
            (3, 8, "█▌"),
            (7, 0, ""),
            (20, 10, "████"),
            (u64::MAX, u64::MAX, "████"),
        ] {
            assert_eq!(bar(count, most, 4), expected, "{count} of {most}");
        }
    }

    #[test]
    fn a_week_fits_the_terminal() {
        let mut hours = [[0; 24]; 7];
        hours[1][9] = 8;
        hours[6][23] = 1;
        let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        for (width, widest) in [(80, 77), (40, 29)] {
            let lines = week(days, &hours, width, false);
            assert_eq!(lines.len(), 8);
            assert!(lines.iter().all(|line| line.chars().count() <= widest), "{lines:#?}");
        }
        let wide = week(days, &hours, 80, false);
        assert!(wide[0].starts_with("     0  1  2"), "{wide:#?}");
        assert_eq!(wide[2].chars().position(|letter| letter == '█'), wide[0].find('9'));
        assert!(wide[7].ends_with("░░"), "{wide:#?}");
        assert!(week(days, &hours, 80, true)[2].contains("\u{1b}[31m██"));
    }

    proptest! {
        #[test]
        fn more_is_never_lighter(a in 0u64..1000, b in 0u64..1000, most in 1u64..1000) {
            let (less, more) = (a.min(b), a.max(b));
            prop_assert!(shade(less, most) <= shade(more, most));
            prop_assert!(shade(more, most) <= SHADES);
            prop_assert!(bar(less, most, 20).chars().count() <= bar(more, most, 20).chars().count());
            prop_assert_eq!(shade(a, most) == 0, a == 0);
            prop_assert_eq!(shade(most, most), SHADES);
        }
    }
}
