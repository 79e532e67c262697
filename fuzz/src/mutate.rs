//! Random changes of known inputs, by a seed: the same seed makes the same inputs.

/// Pieces that mean something in a policy.
const WORDS: [&str; 48] = [
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "*",
    "?",
    "${",
    "}",
    "${aws:username}",
    "${a, 'b'}",
    "\\u0000",
    "\\ud800",
    "\\uffff",
    "é",
    "\u{202e}",
    "\u{1f511}",
    "null",
    "true",
    "-1e999",
    "0",
    "\"Statement\":",
    "\"Effect\":\"Allow\"",
    "\"Effect\":\"Deny\"",
    "\"Principal\":\"*\"",
    "\"NotPrincipal\":{\"AWS\":\"*\"}",
    "\"Action\":[]",
    "\"NotAction\":\"kms:*\"",
    "\"Resource\":\"*\"",
    "\"Condition\":{}",
    "\"ForAllValues:StringLikeIfExists\":",
    "\"ForAnyValue:Null\":",
    "\"Bool\":",
    "\"DateLessThan\":",
    "\"IpAddress\":",
    "\"kms:EncryptionContextKeys\":",
    "\"aws:SourceIp\":\"::/0\"",
    "\"kms:EncryptionContext:aws:sso:instance-arn\":",
    "arn:aws:iam::111122223333:root",
    "sso.amazonaws.com",
    "iam-identity-center.amazonaws.com",
    "255.255.255.255/33",
    "AROACKCEVSQ6C2EXAMPLE",
    "99999999999999999999",
    "2026-02-30T25:61:61Z",
];

/// More inputs than this are not kept beside the corpus.
const MOST_KEPT: usize = 2000;
/// Longer inputs are cut: what a policy can be, and somewhat more.
const LONGEST: usize = 40_000;

pub(crate) struct Mutator {
    state: u64,
    corpus: Vec<Vec<u8>>,
    first: usize,
}

impl Mutator {
    pub(crate) fn new(seed: u64, mut corpus: Vec<Vec<u8>>) -> Self {
        corpus.push(b"{}".to_vec());
        Self {
            state: seed,
            first: corpus.len(),
            corpus,
        }
    }

    /// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators").
    fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(1);
        usize::try_from(self.number() % end).unwrap_or(0)
    }

    fn any_input(&mut self) -> Vec<u8> {
        let at = self.below(self.corpus.len());
        self.corpus.get(at).cloned().unwrap_or_default()
    }

    /// A stretch of an input.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let longest = (length - start).min(64);
        start..start + self.below(longest + 1)
    }

    /// The next input.
    pub(crate) fn next_input(&mut self) -> Vec<u8> {
        let mut input = self.any_input();
        for _ in 0..=self.below(6) {
            self.change(&mut input);
        }
        input.truncate(LONGEST);
        input
    }

    /// Keeps an input that was still a policy, to go on from.
    pub(crate) fn keep(&mut self, input: &[u8]) {
        if self.corpus.len() < self.first + MOST_KEPT {
            self.corpus.push(input.to_vec());
        } else {
            let at = self.first + self.below(MOST_KEPT);
            if let Some(place) = self.corpus.get_mut(at) {
                *place = input.to_vec();
            }
        }
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        match self.below(9) {
            0 => {
                let at = self.below(input.len());
                let bit = self.below(8);
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
            1 => {
                let at = self.below(input.len() + 1);
                let byte = u8::try_from(self.below(256)).unwrap_or(0);
                input.insert(at, byte);
            }
            2 => {
                let range = self.range(input.len());
                input.drain(range);
            }
            3 | 4 => {
                let word = WORDS.get(self.below(WORDS.len())).copied().unwrap_or("");
                let at = self.below(input.len() + 1);
                input.splice(at..at, word.bytes());
            }
            5 => {
                let word = WORDS.get(self.below(WORDS.len())).copied().unwrap_or("");
                let range = self.range(input.len());
                input.splice(range, word.bytes());
            }
            6 => {
                let range = self.range(input.len());
                let again = input.get(range).map(<[u8]>::to_vec).unwrap_or_default();
                let at = self.below(input.len() + 1);
                input.splice(at..at, again);
            }
            7 => {
                let other = self.any_input();
                let range = self.range(other.len());
                let part = other.get(range).map(<[u8]>::to_vec).unwrap_or_default();
                let own = self.range(input.len());
                input.splice(own, part);
            }
            _ => self.change_a_text(input),
        }
    }

    /// Puts a text of another input in place of one of this: such a thing is often still a policy.
    fn change_a_text(&mut self, input: &mut Vec<u8>) {
        let other = self.any_input();
        let (own, theirs) = (texts(input), texts(&other));
        if own.is_empty() || theirs.is_empty() {
            return;
        }
        let own = own.get(self.below(own.len())).cloned();
        let theirs = theirs.get(self.below(theirs.len())).cloned();
        if let (Some(own), Some(part)) = (own, theirs.and_then(|r| other.get(r))) {
            input.splice(own, part.iter().copied());
        }
    }
}

/// Where texts in quotes stand.
fn texts(input: &[u8]) -> Vec<std::ops::Range<usize>> {
    let quotes: Vec<usize> = input
        .iter()
        .enumerate()
        .filter(|(_, b)| **b == b'"')
        .map(|(at, _)| at)
        .collect();
    quotes
        .chunks_exact(2)
        .filter_map(|pair| match pair {
            [start, end] => Some(*start..*end + 1),
            _ => None,
        })
        .collect()
}
