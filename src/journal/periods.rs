//! Which parts of a period are still to be asked for, and in what pieces. All of them are `[since, until)` in Unix seconds.

/// A period that is asked for at once.
pub(super) type Window = (i64, i64);

const DAY: i64 = 24 * 60 * 60;

/// Exactly 30 days fail (vpbx-core §6.2.1).
const LONGEST: i64 = 29 * DAY;

/// Gaps cut into what the PBX answers at once, the newest first: what a person looks at comes first.
pub(super) fn windows(gaps: &[Window]) -> Vec<Window> {
    let mut windows = Vec::new();
    for &(since, until) in gaps.iter().rev() {
        let mut end = until;
        while end > since {
            windows.push(((end - LONGEST).max(since), end));
            end -= LONGEST;
        }
    }
    windows
}

/// What of `[since, until)` is not covered by `done`, which is in order and disjoint.
pub(super) fn missing(done: &[Window], since: i64, until: i64) -> Vec<Window> {
    let mut gaps = Vec::new();
    let mut from = since;
    for &(begin, end) in done.iter().filter(|(begin, end)| *begin < until && *end > since) {
        if begin > from {
            gaps.push((from, begin));
        }
        from = from.max(end);
    }
    if from < until {
        gaps.push((from, until));
    }
    gaps
}

/// `done` with one more piece, joined where they touch.
pub(super) fn joined(mut done: Vec<Window>, piece: Window) -> Vec<Window> {
    done.push(piece);
    done.sort_unstable();
    let mut joined: Vec<Window> = Vec::new();
    for (since, until) in done {
        match joined.last_mut() {
            Some(last) if since <= last.1 => last.1 = last.1.max(until),
            _ => joined.push((since, until)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn windows_are_shorter_than_thirty_days_and_leave_nothing_out() {
        let windows = windows(&[(0, 100 * DAY)]);
        assert!(windows.iter().all(|(since, until)| until - since < 30 * DAY));
        assert_eq!(windows.iter().map(|(since, until)| until - since).sum::<i64>(), 100 * DAY);
        assert_eq!(windows[0].1, 100 * DAY);
    }

    proptest! {
        #[test]
        fn what_is_missing_and_what_is_done_make_the_whole(
            pieces in proptest::collection::vec((0i64..1000, 0i64..200), 0..8),
            since in 0i64..1000,
            length in 1i64..500,
        ) {
            let done = pieces.into_iter().filter(|(_, length)| *length > 0).fold(Vec::new(), |done, (at, length)| joined(done, (at, at + length)));
            let until = since + length;
            let gaps = missing(&done, since, until);
            for second in since..until {
                let is_done = done.iter().any(|(a, b)| (*a..*b).contains(&second));
                let is_gap = gaps.iter().any(|(a, b)| (*a..*b).contains(&second));
                prop_assert!(is_done != is_gap, "{second} {done:?} {gaps:?}");
            }
        }
    }
}
