package rawjson

// What scanners of JSON are made of. Each function takes a text and the index where something
// begins, and returns the index behind it, or [None] where the text is not what it reads.

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// Special marks, with the high bit of their byte, those bytes of a word that end or complicate a
// string: a quote, a backslash, a control character, anything beyond ASCII. The lowest mark is
// exact; those above it may be off by a borrow.
func Special(w uint64) uint64 {
	quote := w ^ '"'*lowBits
	slash := w ^ '\\'*lowBits
	return ((quote - lowBits) | (slash - lowBits) | (w - ' '*lowBits) | w) & highBits
}

// SkipSpace returns the index of the first byte at or after i that is no white space.
func SkipSpace(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// SkipDigits returns the index of the first byte at or after i that is no digit.
func SkipDigits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// SkipNumber skips the number that begins at b[i] with a minus or a digit.
func SkipNumber(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	start := i
	i = SkipDigits(b, i)
	if i == start || b[start] == '0' && i > start+1 {
		return None
	}
	if i < len(b) && b[i] == '.' {
		start = i + 1
		if i = SkipDigits(b, start); i == start {
			return None
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		start = i
		if i = SkipDigits(b, start); i == start {
			return None
		}
	}
	return i
}

// SkipLiteral skips null, true or false.
func SkipLiteral(b []byte, i int, literal string) int {
	if len(b)-i < len(literal) || string(b[i:i+len(literal)]) != literal {
		return None
	}
	return i + len(literal)
}

// IsHex says whether a byte is a hexadecimal digit.
func IsHex(c byte) bool { return c-'0' <= 9 || c|0x20-'a' <= 5 }
