package render

import "bytes"

// appendMoney appends a JSON number as a sum: "$86.40", "$1,240.00", "-$5.00". The number's own
// digits are kept, so that no sum is rounded: what has more than two decimals shows them all, and
// what is written in another way (1e3) is shown as it is. Nothing is an unknown amount.
func appendMoney(dst, number []byte) []byte {
	if len(number) == 0 {
		return append(dst, "amount unknown"...)
	}
	digits, negative := bytes.CutPrefix(number, []byte("-"))
	whole, fraction, _ := bytes.Cut(digits, []byte("."))
	if len(whole) == 0 || !allDigits(whole) || !allDigits(fraction) {
		return AppendClean(append(dst, '$'), number)
	}
	if negative {
		dst = append(dst, '-')
	}
	dst = append(dst, '$')
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, c)
	}
	dst = append(append(dst, '.'), fraction...)
	for n := len(fraction); n < 2; n++ {
		dst = append(dst, '0')
	}
	return dst
}

func allDigits(s []byte) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
