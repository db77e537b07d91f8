package contract

// versionWindow is how many versions below the highest are remembered one by one.
const versionWindow = 4096

// versions remembers which versions came by: the highest, and which of the
// versionWindow up to it. The zero value has seen none.
type versions struct {
	high int64
	seen [versionWindow / 64]uint64
}

// has reports whether version n (at least 1) came by, as far as is remembered.
func (v *versions) has(n int64) bool {
	if n > v.high || v.high-n >= versionWindow {
		return false
	}
	slot := n % versionWindow
	return v.seen[slot/64]&(1<<(slot%64)) != 0
}

// add remembers version n (at least 1).
func (v *versions) add(n int64) {
	if n > v.high {
		v.advance(n)
	}
	if v.high-n >= versionWindow {
		return
	}
	slot := n % versionWindow
	v.seen[slot/64] |= 1 << (slot % 64)
}

// advance moves the window up to n, forgetting what falls out of it.
func (v *versions) advance(n int64) {
	if n-v.high >= versionWindow {
		clear(v.seen[:])
	} else {
		for k := v.high + 1; k <= n; k++ {
			slot := k % versionWindow
			v.seen[slot/64] &^= 1 << (slot % 64)
		}
	}
	v.high = n
}
